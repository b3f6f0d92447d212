package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Phi is a module of features, from which a [TrainableLayer] can be made: [Features], without
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
