package urf

import (
	"runtime"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Gradient is a map with the derivatives that training needs below it. All maps but
// that of [Maclaurin] are of this kind.
type Gradient[T asm.Float] interface {
	Map[T]
	// Backward sets dx (n×In) to (∂Φ/∂x)ᵀ·dz for each row of x (n×In) and of dz (n×Out), the
	// gradient of a loss for the features of x, and returns it. dx == nil allocates; dx must not
	// overlap x or dz; ws may be nil. A row's gradient does not depend on the other rows.
	//
	// Where a feature has a kink, its slope to the left counts, as in [Deriv]: at the floor a
	// rectified feature has the slope [ReLU.Slope]. Features of [ArcCos] of order 0 are
	// steps, so their gradient is zero everywhere. A feature that was cut because of its size
	// has no slope.
	//
	// The projections are computed again, so the cost is that of Phi and of one transposed
	// projection: for kind Hadamard a fast transform as well.
	Backward(dx, x, dz *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T]
}

// slopes is the part of a map's derivative that follows the projection.
type slopes[T asm.Float] interface {
	// back replaces h, the projection of a row x, by the gradient for h that dz, the one for
	// the features, makes. It returns the factor c of a gradient c·x for x itself. tmp has
	// backScratch elements.
	back(h, dz, x, tmp []T) T
	backScratch() int
}

// projectBack sets the rows of dx to scale·Gᵀ·h̄ + c·x with h̄ and c from f.back.
func projectBack[T asm.Float](m Map[T], g ortho.Projection[T], scale T, f slopes[T], dx, x, dz *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dx = checkBack(m, dx, x, dz)
	if ws == nil {
		ws = new(Workspace[T])
	}
	step := max(16, blockElements/max(dz.Cols(), 1)) * runtime.GOMAXPROCS(0)
	for lo := 0; lo < x.Rows(); lo += step {
		n := min(step, x.Rows()-lo)
		in := x.ViewInto(&ws.in, lo, 0, n, x.Cols())
		if scale != 1 {
			in = scaleRows(ws, in, scale, min(step, x.Rows()))
		}
		h := ws.projected(n, g.Rows(), min(step, x.Rows()))
		g.Apply(h, in, &ws.projection)
		backRows(f, h, dz.ViewInto(&ws.part, lo, 0, n, dz.Cols()), x.ViewInto(&ws.in, lo, 0, n, x.Cols()), ws)
		out := dx.ViewInto(&ws.out, lo, 0, n, dx.Cols())
		g.ApplyT(out, h, &ws.projection)
		for i := range n {
			row := out.Row(i)
			if scale != 1 {
				asm.Scale(row, row, scale)
			}
			if c := ws.factors[i]; c != 0 {
				asm.Axpy(row, c, x.Row(lo+i))
			}
		}
	}
	return dx
}

// projected returns an n×m matrix for projections and n factors, in memory made for
// most rows.
func (w *Workspace[T]) projected(n, m, most int) *mat.Dense[T] {
	if w.h.Rows() < most || w.h.Cols() != m {
		w.h = *mat.New[T](most, m)
	}
	if len(w.factors) < most {
		w.factors = make([]T, most)
	}
	return w.h.ViewInto(&w.hView, 0, 0, n, m)
}

// backRows calls f for each row of a block.
func backRows[T asm.Float](f slopes[T], h, dz, x *mat.Dense[T], ws *Workspace[T]) {
	if h.Rows()*h.Cols() < 1<<14 || runtime.GOMAXPROCS(0) == 1 {
		tmp := ws.scratch(f.backScratch())
		for i := range h.Rows() {
			ws.factors[i] = f.back(h.Row(i), dz.Row(i), x.Row(i), tmp)
		}
		return
	}
	par.For(h.Rows(), 1+1<<13/h.Cols(), func(lo, hi int) {
		tmp := make([]T, f.backScratch())
		for i := lo; i < hi; i++ {
			ws.factors[i] = f.back(h.Row(i), dz.Row(i), x.Row(i), tmp)
		}
	})
}

// checkBack checks the arguments of Backward and makes dx if it is nil.
func checkBack[T asm.Float](m Map[T], dx, x, dz *mat.Dense[T]) *mat.Dense[T] {
	const op = "urf.Gradient.Backward"
	switch {
	case x.Cols() != m.In():
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{m.Out(), m.In()}, Why: "columns of x and inputs of the map differ"})
	case dz.Rows() != x.Rows() || dz.Cols() != m.Out():
		panic(&mat.ShapeError{Op: op, A: [2]int{dz.Rows(), dz.Cols()}, B: [2]int{x.Rows(), m.Out()}, Why: "dz has the wrong shape"})
	case dx == nil:
		return mat.New[T](x.Rows(), m.In())
	case dx.Rows() != x.Rows() || dx.Cols() != m.In():
		panic(&mat.ShapeError{Op: op, A: [2]int{dx.Rows(), dx.Cols()}, B: [2]int{x.Rows(), m.In()}, Why: "dx has the wrong shape"})
	case dx.Overlaps(x):
		panic(&mat.OverlapError{Op: op, Dst: "dx", Src: "x"})
	case dx.Overlaps(dz):
		panic(&mat.OverlapError{Op: op, Dst: "dx", Src: "dz"})
	}
	return dx
}

func (m *rectified[T]) Backward(dx, x, dz *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	return projectBack(m, m.g, m.scale, m, dx, x, dz, ws)
}

func (m *rectified[T]) backScratch() int { return 0 }

func (m *rectified[T]) back(h, dz, _, _ []T) T {
	if m.bias != nil {
		asm.Add(h, h, m.bias)
	}
	switch m.order {
	case 0:
		clear(h)
	case 1:
		// A table, because a branch on random signs costs more than all the rest.
		slope := [2]T{T(m.slope * m.unit), m.unit}
		for i, v := range h {
			h[i] = T(slope[above(v, m.floor)] * dz[i])
		}
	case 2:
		slope := [2]T{0, 2 * m.unit}
		for i, v := range h {
			h[i] = T(T(slope[above(v, 0)]*v) * dz[i])
		}
	}
	return 0
}

// above is 1 if v > floor, else 0; it compiles to no branch.
func above[T asm.Float](v, floor T) int {
	i := 0
	if v > floor {
		i = 1
	}
	return i
}

func (m *waves[T]) Backward(dx, x, dz *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dx = projectBack(m, m.g, m.scale, m, dx, x, dz, ws)
	for i := range dx.Rows() {
		row, linear := dx.Row(i), dz.Row(i)[m.waves():]
		for k, j := range m.spec.Linear {
			row[j] = asm.FMA(T(m.slope*m.scale), linear[k], row[j])
		}
	}
	return dx
}

func (m *waves[T]) backScratch() int { return 2 * m.g.Rows() }

func (m *waves[T]) back(h, dz, _, tmp []T) T {
	n := len(h)
	if m.lengths != nil {
		asm.Mul(h, h, m.lengths)
	}
	if m.spec.Pairs {
		sin, cos := tmp[:n], tmp[n:2*n]
		asm.BiasSincos(sin, cos, h, nil, m.unit)
		asm.Mul(cos, cos, dz[n:2*n])
		asm.Mul(sin, sin, dz[:n])
		copy(h, cos)
		asm.Axpy(h, -1, sin)
	} else {
		asm.Add(h, h, m.phase)
		asm.Sin(h, h)
		asm.Scale(h, h, -m.unit)
		asm.Mul(h, h, dz[:n])
	}
	if m.lengths != nil {
		asm.Mul(h, h, m.lengths)
	}
	return 0
}

func (m *universal[T]) Backward(dx, x, dz *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dx = projectBack(m, m.g, 1, m, dx, x, dz, ws)
	for i := range dx.Rows() {
		if linear := m.linear(dz.Row(i)); linear != nil {
			asm.Add(dx.Row(i), dx.Row(i), linear)
		}
	}
	return dx
}

func (m *universal[T]) backScratch() int { return (2 + m.phi.shape.width()) * m.g.Rows() }

// back takes the features z = e^(E+iP) apart again: their gradients for E and P are
// Re(z̄·dz) and Im(z̄·dz).
func (m *universal[T]) back(h, dz, x, tmp []T) T {
	n := len(h)
	z, e, p := tmp[2*n:], tmp[n:2*n], tmp[:n]
	copy(z, h)
	m.phi.finish(z, asm.SumSquares(x), 0, tmp[:2*n])
	if m.phi.shape == magnitude {
		asm.Mul(e, z, dz[:n])
		cutSlopes(e, z)
		asm.Mul(h, e, m.phi.re)
		return -2 * asm.Dot(e, m.phi.qre)
	}
	re, im, dre, dim := z[:n], z[n:2*n], dz[:n], dz[n:2*n]
	asm.Mul(p, im, dre)
	asm.Mul(h, re, dim)
	asm.Axpy(h, -1, p) // the gradient for P
	copy(p, e)         // the magnitudes, which finish left in its scratch
	asm.Mul(re, re, dre)
	asm.Mul(im, im, dim)
	asm.Add(e, re, im)
	cutSlopes(e, p)
	c := asm.Dot(e, m.phi.qre) + asm.Dot(h, m.phi.qim)
	asm.Mul(h, h, m.phi.im)
	asm.Mul(e, e, m.phi.re)
	asm.Add(h, h, e)
	return -2 * c
}

// cutSlopes clears the gradients for the exponents of features that saturate cut.
func cutSlopes[T asm.Float](d, magnitudes []T) {
	limit := largest[T]()
	if asm.Sum(magnitudes) < limit {
		return
	}
	for i, v := range magnitudes {
		if v >= limit {
			d[i] = 0
		}
	}
}
