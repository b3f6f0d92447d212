package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// LoRA is a dense layer with a trained correction of low rank (Hu et al. 2022), for
// comparison: y = f(W·x + s·B·(A·x) + b), A is rank×in and B out×rank. W and b are
// frozen.
type LoRA[T asm.Float] struct {
	base     *Linear[T]
	a, b     *Param[T]
	scale    T
	params   []*Param[T]
	h, delta mat.Buffer[T] // s·x·Aᵀ and s·x·Aᵀ·Bᵀ
	dh, dx   mat.Buffer[T]
}

// NewLoRA freezes the parameters of base and returns it with a correction of the given
// rank and scale s, rank·(in + out) parameters NAME.a (normal from the stream, of variance
// 1/in) and NAME.b (zero: the outputs of base keep their bits). The usual scale is α/rank.
func NewLoRA[T asm.Float](name string, base *Linear[T], rank int, scale float64, s rng.Stream) *LoRA[T] {
	if rank < 1 {
		panic(&mat.ArgumentError{Op: "snnk.NewLoRA", Why: fmt.Sprintf("rank %d, want 1 at least", rank)})
	}
	a := mat.New[T](rank, base.In())
	InitHe(a, s)
	asm.Scale(a.Data(), a.Data(), T(0.7071067811865476)) // variance 2/in to 1/in
	l := &LoRA[T]{base: base, scale: T(scale), a: NewParam(name+".a", a, true), b: NewParam(name+".b", mat.New[T](base.Out(), rank), true)}
	for _, p := range base.params {
		p.Frozen = true
		l.params = append(l.params, p)
	}
	l.params = append(l.params, l.a, l.b)
	return l
}

// In is the number of inputs.
func (l *LoRA[T]) In() int { return l.base.In() }

// Out is the number of outputs.
func (l *LoRA[T]) Out() int { return l.base.Out() }

// Params are the frozen ones of the layer, then A and B.
func (l *LoRA[T]) Params() []*Param[T] { return l.params }

// Forward sets dst to f(W·x + s·B·(A·x) + b).
func (l *LoRA[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.LoRA.Forward", x, l.In())
	base := l.base
	dst = output(&base.y, "snnk.LoRA.Forward", dst, x, l.Out())
	z := dst
	if base.elementary.needsInput() {
		z = base.z.Shape(x.Rows(), l.Out())
	}
	base.product(z, x)
	h := mat.MulT(l.h.Shape(x.Rows(), l.a.Value.Rows()), x, l.a.Value)
	asm.Scale(h.Data(), h.Data(), l.scale)
	addNonzero(z, z, mat.MulT(l.delta.Shape(x.Rows(), l.Out()), h, l.b.Value))
	var bias []T
	if base.bias != nil {
		bias = base.bias.Value.Row(0)
	}
	base.elementary.forward(dst, z, bias)
	base.x, base.last = x, dst
	return dst
}

// Backward adds to the gradients of A and B.
func (l *LoRA[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	base := l.base
	checkBackward("snnk.LoRA.Backward", base.x, dy, l.Out())
	dz := dy
	if !base.act.IsIdentity() {
		dz = base.grad.Shape(dy.Rows(), dy.Cols())
		base.elementary.backward(dz, dy, base.z.Last(), base.last)
	}
	if !l.b.Frozen {
		mat.TMulAdd(l.b.Grad, dz, l.h.Last())
	}
	dh := mat.Mul(l.dh.Shape(dz.Rows(), l.a.Value.Rows()), dz, l.b.Value)
	asm.Scale(dh.Data(), dh.Data(), l.scale)
	if !l.a.Frozen {
		mat.TMulAdd(l.a.Grad, dh, base.x)
	}
	if !wantDX {
		return nil
	}
	dx = output(&l.dx, "snnk.LoRA.Backward", dx, dy, l.In())
	mat.Mul(dx, dz, base.weight.Value)
	return mat.MulAdd(dx, dh, l.a.Value)
}

// Merge returns the plain layer W + s·B·A with the same outputs up to rounding, its
// parameters named as those of the base layer.
func (l *LoRA[T]) Merge(name string) *Linear[T] {
	b := l.b.Value.Clone()
	asm.Scale(b.Data(), b.Data(), l.scale)
	w := mat.MulAdd(l.base.weight.Value.Clone(), b, l.a.Value)
	var bias []T
	if l.base.bias != nil {
		bias = append(bias, l.base.bias.Value.Row(0)...)
	}
	return LinearOf(name, w, bias, l.base.act)
}
