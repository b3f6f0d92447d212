package snnk

import (
	"math"

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

// needsInput reports whether backward reads z: the slope of ReLU can be told from
// its output.
func (e elementwise[T]) needsInput() bool {
	name := e.act.Name()
	return name != "relu" && name != "none"
}

// forward sets z += bias (nil for none) and y = f(z). y may be z.
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
		if e.act.Name() == "relu" {
			asm.BiasReLU(out, in, bias, 0, 1)
			continue
		}
		if bias != nil {
			asm.Add(in, in, bias)
		}
		urf.Eval(e.act, out, in)
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
		switch {
		case e.act.Name() == "none":
			copy(dz.Row(i), dy.Row(i))
		case e.act.Name() == "relu":
			reluSlope(dz.Row(i), dy.Row(i), y.Row(i))
		default:
			slopes(e.act, dz.Row(i), dy.Row(i), z.Row(i))
		}
	}
}

// slopes sets dz = dy ⊙ f′(z) by pieces whose slopes lie on the stack.
func slopes[T asm.Float](act urf.Activation, dz, dy, z []T) {
	var slope [256]T
	for len(dz) > 0 {
		n := min(len(dz), len(slope))
		urf.Deriv(act, slope[:n], z[:n])
		asm.Mul(dz[:n], dy[:n], slope[:n])
		dz, dy, z = dz[n:], dy[n:], z[n:]
	}
}

// reluSlope sets dz[i] = dy[i] where y[i] > 0, else +0, for outputs y of ReLU, which are
// positive or +0. It selects by a mask: the signs of a layer's inputs are as good as random, and
// a branch on them is guessed wrong half of the time.
func reluSlope[T asm.Float](dz, dy, y []T) {
	switch dz := any(dz).(type) {
	case []float32:
		dy, y := any(dy).([]float32)[:len(dz)], any(y).([]float32)[:len(dz)]
		for i, v := range dy {
			mask := -int32(math.Float32bits(y[i])) >> 31 // all ones for y > 0
			dz[i] = math.Float32frombits(math.Float32bits(v) & uint32(mask))
		}
	case []float64:
		dy, y := any(dy).([]float64)[:len(dz)], any(y).([]float64)[:len(dz)]
		for i, v := range dy {
			mask := -int64(math.Float64bits(y[i])) >> 63
			dz[i] = math.Float64frombits(math.Float64bits(v) & uint64(mask))
		}
	}
}

// Activation is an activation as a module of its own; [Linear] can have one inside.
type Activation[T asm.Float] struct {
	width int
	e     elementwise[T]
	x, y  *mat.Dense[T]
	out   buffer[T]
	dx    buffer[T]
}

// NewActivation returns f for rows of the given width.
func NewActivation[T asm.Float](width int, act urf.Activation) *Activation[T] {
	return &Activation[T]{width: width, e: elementwise[T]{act: act}}
}

// In is the width.
func (a *Activation[T]) In() int { return a.width }

// Out is the width.
func (a *Activation[T]) Out() int { return a.width }

// Params is empty.
func (a *Activation[T]) Params() []*Param[T] { return nil }

// Forward sets dst to f(x).
func (a *Activation[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Activation.Forward", x, a.width)
	a.x, a.y = x, a.out.output("snnk.Activation.Forward", dst, x.Rows(), a.width)
	a.e.forward(a.y, x, nil)
	return a.y
}

// Backward sets dx to dy ⊙ f′(x).
func (a *Activation[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	checkBackward("snnk.Activation.Backward", a.x, dy, a.width)
	if !wantDX {
		return nil
	}
	dx = a.dx.output("snnk.Activation.Backward", dx, dy.Rows(), a.width)
	a.e.backward(dx, dy, a.x, a.y)
	return dx
}
