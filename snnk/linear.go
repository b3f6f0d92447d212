package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/urf"
)

// Linear is a trained dense layer y = f(x·Wᵀ + b).
type Linear[T asm.Float] struct {
	weight, bias *Param[T] // out×in and 1×out; bias is nil if there is none
	act          urf.Activation
	params       []*Param[T]

	x          *mat.Dense[T] // of the last Forward
	xt, yt     mat.Buffer[T] // transposed: see product
	z, y       mat.Buffer[T] // before and after the activation
	grad       mat.Buffer[T] // ∂loss/∂z
	dx         mat.Buffer[T]
	last       *mat.Dense[T] // the outputs of the last Forward
	elementary elementwise[T]
}

// NewLinear returns a layer with the parameters NAME.weight and NAME.bias. Weights
// come from the stream, by [InitHe] for activations that rectify (see [urf.Activation.Rectifies]), by [InitXavier] for other
// activations; biases are 0.
func NewLinear[T asm.Float](name string, in, out int, act urf.Activation, s rng.Stream) *Linear[T] {
	w := mat.New[T](out, in)
	if act.Rectifies() {
		InitHe(w, s)
	} else {
		InitXavier(w, s)
	}
	return LinearOf(name, w, make([]T, out), act)
}

// LinearOf returns a layer with the given weight (out×in) and bias (length out, nil
// for none), which it keeps and training changes.
func LinearOf[T asm.Float](name string, weight *mat.Dense[T], bias []T, act urf.Activation) *Linear[T] {
	if weight == nil {
		panic(&mat.ArgumentError{Op: "snnk.LinearOf", Why: "no weights for " + name})
	}
	l := &Linear[T]{weight: NewParam(name+".weight", weight, true), act: act, elementary: elementwise[T]{act: act}}
	l.params = []*Param[T]{l.weight}
	if bias != nil {
		if len(bias) != weight.Rows() {
			panic(&mat.ArgumentError{Op: "snnk.LinearOf", Why: fmt.Sprintf("%d biases for weights of %d×%d", len(bias), weight.Rows(), weight.Cols())})
		}
		l.bias = NewParam(name+".bias", mat.Of(1, len(bias), bias), false)
		l.params = append(l.params, l.bias)
	}
	return l
}

// Weight is the out×in matrix of weights, Bias the 1×out biases, nil if there are none.
func (l *Linear[T]) Weight() *Param[T] { return l.weight }
func (l *Linear[T]) Bias() *Param[T]   { return l.bias }

// Activation is f.
func (l *Linear[T]) Activation() urf.Activation { return l.act }

// In is the number of inputs.
func (l *Linear[T]) In() int { return l.weight.Value.Cols() }

// Out is the number of outputs.
func (l *Linear[T]) Out() int { return l.weight.Value.Rows() }

// Params are the weight and, if there is one, the bias.
func (l *Linear[T]) Params() []*Param[T] { return l.params }

// Forward sets dst to f(x·Wᵀ + b): products by the chain of [mat.Mul] from +0, then one
// addition of the bias, then the activation.
func (l *Linear[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Linear.Forward", x, l.In())
	dst = output(&l.y, "snnk.Linear.Forward", dst, x, l.Out())
	var bias []T
	if l.bias != nil {
		bias = l.bias.Value.Row(0)
	}
	z := dst
	if l.elementary.needsInput() {
		z = l.z.Shape(x.Rows(), l.Out())
	}
	l.product(z, x)
	l.elementary.forward(dst, z, bias)
	l.x, l.last = x, dst
	return dst
}

// product sets z = x·Wᵀ. Both ways have the same bits: mat.MulT copies the weights to
// panels, which for few rows costs more than a transposed copy of inputs and outputs.
func (l *Linear[T]) product(z, x *mat.Dense[T]) {
	n, in, out := x.Rows(), l.In(), l.Out()
	if n*(in+out) >= in*out {
		mat.MulT(z, x, l.weight.Value)
		return
	}
	xt, yt := l.xt.Shape(in, n), l.yt.Shape(out, n)
	asm.Transpose(in, n, xt.Data(), xt.Stride(), x.Data(), x.Stride())
	mat.Mul(yt, l.weight.Value, xt)
	asm.Transpose(n, out, z.Data(), z.Stride(), yt.Data(), yt.Stride())
}

// Backward adds dzᵀ·x to the gradient of W and the column sums of dz, in the order of
// the rows, to that of b, where dz = dy ⊙ f′; ∂loss/∂x = dz·W.
func (l *Linear[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	checkBackward("snnk.Linear.Backward", l.x, dy, l.Out())
	dz := dy
	if !l.act.IsIdentity() {
		dz = l.grad.Shape(dy.Rows(), dy.Cols())
		l.elementary.backward(dz, dy, l.z.Last(), l.last)
	}
	if !l.weight.Frozen {
		mat.TMulAdd(l.weight.Grad, dz, l.x)
	}
	if l.bias != nil && !l.bias.Frozen {
		addRows(l.bias.Grad.Row(0), dz)
	}
	if !wantDX {
		return nil
	}
	dx = output(&l.dx, "snnk.Linear.Backward", dx, dy, l.In())
	return mat.Mul(dx, dz, l.weight.Value)
}

// addRows adds the rows of a to sum, in their order.
func addRows[T asm.Float](sum []T, a *mat.Dense[T]) {
	for i := range a.Rows() {
		asm.Add(sum, sum, a.Row(i))
	}
}
