package snnk

import (
	"nnk/asm"
	"nnk/mat"
)

// normEpsilon is what [NewLayerNorm] adds to a variance.
const normEpsilon = 1e-5

// LayerNorm is y = γ ⊙ (x − mean)/√(variance + ε) + β, mean and variance over the
// elements of each row (Ba et al. 2016). γ and β are trained.
type LayerNorm[T asm.Float] struct {
	gamma, beta *Param[T]
	epsilon     T
	params      []*Param[T]
	xhat        mat.Buffer[T] // normalised rows of the last Forward
	inverse     []T           // 1/√(variance + ε) of each row
	y, dx       mat.Buffer[T]
	row         []T
	forward     *mat.Dense[T] // xhat of the last Forward, nil before it
}

// NewLayerNorm returns a layer with the parameters NAME.weight (γ = 1) and NAME.bias (β
// = 0), and ε = 10⁻⁵.
func NewLayerNorm[T asm.Float](name string, width int) *LayerNorm[T] {
	ones := make([]T, width)
	for j := range ones {
		ones[j] = 1
	}
	return LayerNormOf(name, ones, make([]T, width), normEpsilon)
}

// LayerNormOf returns a layer with the given γ and β, which it keeps and training changes. It panics if their
// lengths differ.
func LayerNormOf[T asm.Float](name string, gamma, beta []T, epsilon T) *LayerNorm[T] {
	d := len(gamma)
	if len(beta) != d {
		panic(&mat.ShapeError{Op: "snnk.LayerNormOf", A: [2]int{1, d}, B: [2]int{1, len(beta)}, Why: "lengths differ"})
	}
	n := &LayerNorm[T]{gamma: NewParam(name+".weight", mat.Of(1, d, gamma), false), beta: NewParam(name+".bias", mat.Of(1, d, beta), false), epsilon: epsilon, row: make([]T, d)}
	n.params = []*Param[T]{n.gamma, n.beta}
	return n
}

// In is the width.
func (n *LayerNorm[T]) In() int { return n.gamma.Value.Cols() }

// Out is the width.
func (n *LayerNorm[T]) Out() int { return n.gamma.Value.Cols() }

// Params are γ and β.
func (n *LayerNorm[T]) Params() []*Param[T] { return n.params }

// Forward sets dst to the normalised rows; see [NormaliseRow].
func (n *LayerNorm[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	d := n.In()
	checkWidth("snnk.LayerNorm.Forward", x, d)
	dst = output(&n.y, "snnk.LayerNorm.Forward", dst, x, d)
	xhat := n.xhat.Shape(x.Rows(), d)
	if cap(n.inverse) < x.Rows() {
		n.inverse = make([]T, x.Rows())
	}
	n.inverse = n.inverse[:x.Rows()]
	gamma, beta := n.gamma.Value.Row(0), n.beta.Value.Row(0)
	for i := range x.Rows() {
		h := xhat.Row(i)
		n.inverse[i] = NormaliseRow(h, x.Row(i), n.epsilon)
		out := dst.Row(i)
		asm.Mul(out, h, gamma)
		asm.Add(out, out, beta)
	}
	n.forward = xhat
	return dst
}

// Backward uses, with h the normalised row and g = dy ⊙ γ,
// ∂loss/∂x = (g − mean(g) − h·mean(g ⊙ h))/√(variance + ε).
func (n *LayerNorm[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	d := n.In()
	checkBackward("snnk.LayerNorm.Backward", n.forward, dy, d)
	gamma := n.gamma.Value.Row(0)
	if !n.gamma.Frozen {
		sum := n.gamma.Grad.Row(0)
		for i := range dy.Rows() {
			asm.Mul(n.row, dy.Row(i), n.forward.Row(i))
			asm.Add(sum, sum, n.row)
		}
	}
	if !n.beta.Frozen {
		addRows(n.beta.Grad.Row(0), dy)
	}
	if !wantDX {
		return nil
	}
	dx = output(&n.dx, "snnk.LayerNorm.Backward", dx, dy, d)
	for i := range dy.Rows() {
		out, h := dx.Row(i), n.forward.Row(i)
		asm.Mul(out, dy.Row(i), gamma)
		mean, along := asm.Sum(out)/T(d), asm.Dot(out, h)/T(d)
		asm.Axpy(out, -along, h)
		for j, v := range out {
			out[j] = (v - mean) * n.inverse[i]
		}
	}
	return dx
}
