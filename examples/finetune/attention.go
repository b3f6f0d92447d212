package main

import (
	"math"
	"runtime"
	"sync"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// attention is multi-head self-attention (Vaswani et al. 2017) as a module on
// tokens: rows are tokens, and each group of `tokens` rows is one image. Queries,
// keys, values and the output pass through four modules of equal width, which may be adapted.
type attention[T asm.Float] struct {
	tokens, heads int
	q, k, v, out  snnk.Module[T]

	last   [3]*mat.Dense[T] // queries, keys and values of the last Forward
	weight memory[T]        // attention of each image, head and token to the tokens: rows×(heads·tokens)
	mixed  memory[T]        // the values, mixed by these weights
	dMixed *mat.Dense[T]
	grad   [3]memory[T]
	work   memory[T] // one tokens×tokens matrix for an image
	dx     memory[T]
	part   memory[T]
}

// memory is a matrix that grows to the largest batch.
type memory[T asm.Float] struct {
	data []T
	m    *mat.Dense[T]
}

// shape returns a rows×cols matrix of unspecified content, valid until the next call.
func (b *memory[T]) shape(rows, cols int) *mat.Dense[T] {
	if b.m == nil || b.m.Rows() != rows || b.m.Cols() != cols {
		if rows*cols > len(b.data) {
			b.data = make([]T, rows*cols)
		}
		b.m = mat.Of(rows, cols, b.data[:rows*cols])
	}
	return b.m
}

func (a *attention[T]) In() int  { return a.q.In() }
func (a *attention[T]) Out() int { return a.out.Out() }

func (a *attention[T]) Params() []*snnk.Param[T] {
	return paramsOf(a.q, a.k, a.v, a.out)
}

// imageGrain is the number of images whose attention is worth a goroutine.
const imageGrain = 8

// forImages calls body for ranges that together are all n images, on as many goroutines as there are processors.
func forImages(n int, body func(lo, hi int)) {
	processors := runtime.GOMAXPROCS(0)
	step := max((n+processors-1)/processors, imageGrain)
	var wg sync.WaitGroup
	for lo := 0; lo < n; lo += step {
		wg.Go(func() { body(lo, min(lo+step, n)) })
	}
	wg.Wait()
}

// head is what one head of one image reads and writes: views of matrices.
type head[T asm.Float] struct {
	q, k, v, p, o, dq, dk, dv, dp, do mat.Dense[T]
}

// Forward sets dst to out(softmax(Q·Kᵀ/√width)·V), each head on its columns.
func (a *attention[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	rows, width := x.Rows(), a.In()
	if rows%a.tokens != 0 {
		panic(&mat.ShapeError{Op: "attention.Forward", A: [2]int{rows, width}, B: [2]int{a.tokens, width}, Why: "rows are not whole images"})
	}
	a.last = [3]*mat.Dense[T]{a.q.Forward(nil, x), a.k.Forward(nil, x), a.v.Forward(nil, x)}
	a.weight.shape(rows, a.heads*a.tokens)
	o := a.mixed.shape(rows, width)
	scale := T(1 / math.Sqrt(float64(width/a.heads)))
	forImages(rows/a.tokens, func(lo, hi int) {
		var h head[T]
		for i := range (hi - lo) * a.heads {
			a.views(&h, lo+i/a.heads, i%a.heads)
			mat.MulT(&h.p, &h.q, &h.k)
			for t := range a.tokens {
				softmax(h.p.Row(t), scale)
			}
			mat.Mul(&h.o, &h.p, &h.v)
		}
	})
	return a.out.Forward(dst, o)
}

// views sets the parts of h to those of one head of one image.
func (a *attention[T]) views(h *head[T], image, number int) {
	t, w := a.tokens, a.In()/a.heads
	i, j := image*t, number*w
	a.last[0].ViewInto(&h.q, i, j, t, w)
	a.last[1].ViewInto(&h.k, i, j, t, w)
	a.last[2].ViewInto(&h.v, i, j, t, w)
	a.weight.m.ViewInto(&h.p, i, number*t, t, t)
	a.mixed.m.ViewInto(&h.o, i, j, t, w)
}

// softmax replaces s by the softmax of scale·s.
func softmax[T asm.Float](s []T, scale T) {
	top := s[0]
	for _, v := range s {
		top = max(top, v)
	}
	for i, v := range s {
		s[i] = (v - top) * scale
	}
	asm.Exp(s, s)
	asm.Scale(s, s, 1/asm.Sum(s))
}

// Backward uses, for weights P = softmax(S/√w) and G = ∂loss/∂P,
// ∂loss/∂S = P ⊙ (G − rowsum(P ⊙ G))/√w.
func (a *attention[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	projections := [3]snnk.Module[T]{a.q, a.k, a.v}
	needed := [3]bool{}
	for i, m := range projections {
		needed[i] = wantDX || trains(m)
	}
	if a.dMixed = a.out.Backward(nil, dy, needed[0] || needed[1] || needed[2]); a.dMixed == nil {
		return nil
	}
	rows, width := dy.Rows(), a.In()
	for i := range a.grad {
		a.grad[i].shape(rows, width)
	}
	work := a.work.shape(rows, a.tokens)
	scale := T(1 / math.Sqrt(float64(width/a.heads)))
	forImages(rows/a.tokens, func(lo, hi int) {
		var h head[T]
		for i := range (hi - lo) * a.heads {
			a.views(&h, lo+i/a.heads, i%a.heads)
			a.gradientViews(&h, work, lo+i/a.heads, i%a.heads)
			if needed[2] {
				mat.TMul(&h.dv, &h.p, &h.do)
			}
			if needed[0] || needed[1] {
				mat.MulT(&h.dp, &h.do, &h.v)
				for t := range a.tokens {
					p, g := h.p.Row(t), h.dp.Row(t)
					mean := asm.Dot(p, g)
					for j, v := range g {
						g[j] = (v - mean) * scale
					}
					asm.Mul(g, g, p)
				}
				mat.Mul(&h.dq, &h.dp, &h.k)
				mat.TMul(&h.dk, &h.dp, &h.q)
			}
		}
	})
	if wantDX && dx == nil {
		dx = a.dx.shape(rows, width)
	}
	for i, m := range projections {
		switch {
		case !needed[i]:
		case !wantDX:
			m.Backward(nil, a.grad[i].m, false)
		case i == 0:
			m.Backward(dx, a.grad[i].m, true)
		default:
			add(dx, m.Backward(a.part.shape(rows, width), a.grad[i].m, true))
		}
	}
	if !wantDX {
		return nil
	}
	return dx
}

// gradientViews sets the gradients in h to those of one head of one image.
func (a *attention[T]) gradientViews(h *head[T], work *mat.Dense[T], image, number int) {
	t, w := a.tokens, a.In()/a.heads
	i, j := image*t, number*w
	a.grad[0].m.ViewInto(&h.dq, i, j, t, w)
	a.grad[1].m.ViewInto(&h.dk, i, j, t, w)
	a.grad[2].m.ViewInto(&h.dv, i, j, t, w)
	a.dMixed.ViewInto(&h.do, i, j, t, w)
	work.ViewInto(&h.dp, i, 0, t, t)
}

// add adds b to a.
func add[T asm.Float](a, b *mat.Dense[T]) {
	for i := range a.Rows() {
		asm.Add(a.Row(i), a.Row(i), b.Row(i))
	}
}

// paramsOf joins the parameters of modules; nil modules have none.
func paramsOf[T asm.Float](modules ...snnk.Module[T]) []*snnk.Param[T] {
	var all []*snnk.Param[T]
	for _, m := range modules {
		if m != nil {
			all = append(all, m.Params()...)
		}
	}
	return all
}

// trains reports whether m has a parameter that is not frozen.
func trains[T asm.Float](m interface{ Params() []*snnk.Param[T] }) bool {
	for _, p := range m.Params() {
		if !p.Frozen {
			return true
		}
	}
	return false
}
