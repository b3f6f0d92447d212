package snnk

import (
	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/urf"
)

// elementwise is an activation with its derivative, on matrices.
type elementwise[T asm.Float] struct {
	act urf.Activation
}

// elementGrain is the number of elements that are worth a goroutine's start.
const elementGrain = 1 << 14

// needsInput reports whether backward reads z.
func (e elementwise[T]) needsInput() bool { return !e.act.SlopeFromOutput() }

// forward sets y = f(z + bias), without bias if that is nil, and z += bias if backward
// reads z. y may be z.
func (e elementwise[T]) forward(y, z *mat.Dense[T], bias []T) {
	if z.Rows()*z.Cols() <= elementGrain {
		e.forwardRows(y, z, bias, 0, z.Rows())
		return
	}
	par.For(z.Rows(), max(elementGrain/z.Cols(), 1), func(lo, hi int) { e.forwardRows(y, z, bias, lo, hi) })
}

func (e elementwise[T]) forwardRows(y, z *mat.Dense[T], bias []T, lo, hi int) {
	for i := lo; i < hi; i++ {
		out, in := y.Row(i), z.Row(i)
		if bias != nil && e.needsInput() {
			asm.Add(in, in, bias)
			urf.Eval(e.act, out, in)
			continue
		}
		urf.EvalBias(e.act, out, in, bias)
	}
}

// backward sets dz = dy ⊙ f′(z), where y = f(z); at a kink the slope is that to its left. dz may be dy.
func (e elementwise[T]) backward(dz, dy, z, y *mat.Dense[T]) {
	if dy.Rows()*dy.Cols() <= elementGrain {
		e.backwardRows(dz, dy, z, y, 0, dy.Rows())
		return
	}
	par.For(dy.Rows(), max(elementGrain/dy.Cols(), 1), func(lo, hi int) { e.backwardRows(dz, dy, z, y, lo, hi) })
}

func (e elementwise[T]) backwardRows(dz, dy, z, y *mat.Dense[T], lo, hi int) {
	for i := lo; i < hi; i++ {
		var in []T
		if e.needsInput() {
			in = z.Row(i)
		}
		urf.EvalBackward(e.act, dz.Row(i), dy.Row(i), in, y.Row(i))
	}
}

// Elementwise is an activation as a module of its own; [Linear] can have one inside.
type Elementwise[T asm.Float] struct {
	width int
	e     elementwise[T]
	x, y  *mat.Dense[T]
	out   mat.Buffer[T]
	dx    mat.Buffer[T]
}

// NewElementwise returns f for rows of the given width.
func NewElementwise[T asm.Float](width int, act urf.Activation) *Elementwise[T] {
	return &Elementwise[T]{width: width, e: elementwise[T]{act: act}}
}

// In is the width.
func (a *Elementwise[T]) In() int { return a.width }

// Out is the width.
func (a *Elementwise[T]) Out() int { return a.width }

// Params is empty.
func (a *Elementwise[T]) Params() []*Param[T] { return nil }

// Forward sets dst to f(x).
func (a *Elementwise[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Elementwise.Forward", x, a.width)
	a.x, a.y = x, output(&a.out, "snnk.Elementwise.Forward", dst, x, a.width)
	a.e.forward(a.y, x, nil)
	return a.y
}

// Backward sets dx to dy ⊙ f′(x).
func (a *Elementwise[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	checkBackward("snnk.Elementwise.Backward", a.x, dy, a.width)
	if !wantDX {
		return nil
	}
	dx = output(&a.dx, "snnk.Elementwise.Backward", dx, dy, a.width)
	a.e.backward(dx, dy, a.x, a.y)
	return dx
}
