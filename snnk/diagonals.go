package snnk

import (
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Phi is a module of features, from which a [Kernel] can be made: [Features], without
// parameters, or [Diagonals].
type Phi[T asm.Float] interface {
	Module[T]
	// Map is Φ.
	Map() urf.Gradient[T]
}

// Diagonals are features whose diagonals and biases are trained; see [urf.Diagonals].
type Diagonals[T asm.Float] struct {
	phi    *urf.Diagonals[T]
	params []*Param[T]     // the diagonals of each round, then the biases
	grads  []*mat.Dense[T] // of the diagonals that are not frozen
	x      *mat.Dense[T]   // of the last Forward
	record urf.Record[T]
	z, dx  mat.Buffer[T]
}

// NewDiagonals returns features that start as those of s; see [urf.NewDiagonals] for what s may
// be. The parameters are NAME.diagonal0, NAME.diagonal1, … in the order in which they are
// applied, and NAME.bias.
func NewDiagonals[T asm.Float](name string, s urf.Spec) (*Diagonals[T], error) {
	phi, err := urf.NewDiagonals[T](s)
	if err != nil {
		return nil, fmt.Errorf("snnk: %w", err)
	}
	return DiagonalsOf(name, phi), nil
}

// DiagonalsOf returns the module that trains phi, whose numbers it changes.
func DiagonalsOf[T asm.Float](name string, phi *urf.Diagonals[T]) *Diagonals[T] {
	d := &Diagonals[T]{phi: phi}
	diagonals, bias := phi.Numbers()
	for r, v := range diagonals {
		d.params = append(d.params, NewParam(fmt.Sprintf("%s.diagonal%d", name, r), v, false))
	}
	d.params = append(d.params, NewParam(name+".bias", mat.Of(1, len(bias), bias), false))
	d.grads = make([]*mat.Dense[T], len(diagonals))
	return d
}

// Map is the map that is trained, a [*urf.Diagonals].
func (d *Diagonals[T]) Map() urf.Gradient[T] { return d.phi }

// In is the number of inputs d.
func (d *Diagonals[T]) In() int { return d.phi.In() }

// Out is the number of features M.
func (d *Diagonals[T]) Out() int { return d.phi.Out() }

// Params are the diagonals of each round and the biases.
func (d *Diagonals[T]) Params() []*Param[T] { return d.params }

// Forward sets dst (n×M) to the features of x.
func (d *Diagonals[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Diagonals.Forward", x, d.In())
	d.x = x
	return d.phi.PhiRecord(output(&d.z, "snnk.Diagonals.Forward", dst, x, d.Out()), x, &d.record)
}

// Backward adds the gradients of the parameters that are not frozen and sets dx to
// (∂Φ/∂x)ᵀ·dy, by the transposed fast transform.
func (d *Diagonals[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	checkBackward("snnk.Diagonals.Backward", d.x, dy, d.Out())
	if wantDX {
		dx = output(&d.dx, "snnk.Diagonals.Backward", dx, dy, d.In())
	} else {
		dx = nil
	}
	for r := range d.grads {
		d.grads[r] = nil
		if p := d.params[r]; !p.Frozen {
			d.grads[r] = p.Grad
		}
	}
	var bias []T
	if p := d.params[len(d.grads)]; !p.Frozen {
		bias = p.Grad.Row(0)
	}
	d.phi.Gradients(dx, dy, &d.record, d.grads, bias)
	return dx
}

// Kernel is a trained layer y = Ψ·Φ(x) + b (SNNK, equation 3): features, with or
// without parameters, and a matrix.
type Kernel[T asm.Float] struct {
	phi    Phi[T]
	psi    *Linear[T]
	params []*Param[T]
}

// NewKernel returns the layer with out outputs whose Ψ and b are zero, from where the
// loss falls for every seed; for other starts see [InitPsi], [Kernel.Refit] and [KernelOf]. Its
// parameters are those of phi, NAME.weight (Ψ, out×M) and NAME.bias.
func NewKernel[T asm.Float](name string, phi Phi[T], out int) *Kernel[T] {
	return newKernel(phi, zeroLinear[T](name, phi.Out(), out, true))
}

// KernelOf returns the layer that starts as l: with features without parameters, or with
// [Diagonals] called NAME.phi if the map of l has such. It copies the numbers of l.
func KernelOf[T asm.Float](name string, l *Layer[T]) (*Kernel[T], error) {
	bias := make([]T, l.Out())
	copy(bias, l.bias)
	psi := LinearOf(name, l.psi.Clone(), bias, urf.Activation{})
	switch phi := l.phi.(type) {
	case *urf.Diagonals[T]:
		return newKernel[T](DiagonalsOf(name+".phi", phi.Clone()), psi), nil
	case urf.Gradient[T]:
		return newKernel[T](NewFeatures(phi), psi), nil
	}
	return nil, fmt.Errorf("snnk: no gradient for %.80s: %w", l.phi.Spec(), urf.ErrSpec)
}

func newKernel[T asm.Float](phi Phi[T], psi *Linear[T]) *Kernel[T] {
	return &Kernel[T]{phi, psi, append(slices.Clone(phi.Params()), psi.params...)}
}

// Phi is the module of the features, Psi that of Ψ and b.
func (k *Kernel[T]) Phi() Phi[T]     { return k.phi }
func (k *Kernel[T]) Psi() *Linear[T] { return k.psi }

// In is the number of inputs.
func (k *Kernel[T]) In() int { return k.phi.In() }

// Out is the number of outputs.
func (k *Kernel[T]) Out() int { return k.psi.Out() }

// Params are those of the features, Ψ and b.
func (k *Kernel[T]) Params() []*Param[T] { return k.params }

// Forward sets dst to Ψ·Φ(x) + b.
func (k *Kernel[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if dst != nil && dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: "snnk.Kernel.Forward", Dst: "dst", Src: "x"})
	}
	return k.psi.Forward(dst, k.phi.Forward(nil, x))
}

// Backward adds the gradients of Ψ and b, and goes on through Φ if it has parameters or
// wantDX.
func (k *Kernel[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	below := wantDX || trains[T](k.phi)
	dz := k.psi.Backward(nil, dy, below)
	if !below {
		return nil
	}
	return k.phi.Backward(dx, dz, wantDX)
}

// Layer returns the layer for inference, with a copy of all numbers.
func (k *Kernel[T]) Layer() *Layer[T] {
	var phi urf.Map[T] = k.phi.Map()
	if d, ok := phi.(*urf.Diagonals[T]); ok {
		phi = d.Clone()
	}
	return New(phi, k.psi.weight.Value.Clone(), slices.Clone(k.psi.bias.Value.Row(0)))
}

// Refit replaces Ψ and b by those of least squares for inputs x and targets y; see
// [Layer.Refit].
func (k *Kernel[T]) Refit(x, y *mat.Dense[T], lambda float64) error {
	l := k.Layer()
	if err := l.Refit(x, y, lambda); err != nil {
		return err
	}
	k.psi.weight.Value.Copy(l.psi)
	copy(k.psi.bias.Value.Row(0), l.bias)
	return nil
}
