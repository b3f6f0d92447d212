package mat

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/internal/par"
)

// ErrNoConvergence says that an iteration did not settle. With finite input
// this is not known to happen.
var ErrNoConvergence = errors.New("iteration did not converge")

// maxSweeps is how often QL may sweep for one eigenvalue; two or three are usual.
const maxSweeps = 60

// SymEigen computes a = V·diag(values)·Vᵀ for a symmetric a (n×n, only the lower
// triangle is read): values ascending, column j of vectors the unit eigenvector
// of values[j]. values (length n) and vectors (n×n) may be nil, which allocates;
// vectors may be a. Of equal values the order is fixed too.
//
// Householder tridiagonalisation, then implicit QL with Wilkinson's shift (its
// scalars are float64 for both types), each rotation by [asm.Rotate]. The
// values are right to about n·ε·‖a‖, not relative to each value, so those of a
// semidefinite matrix may come out a little below zero.
//
// Errors wrap [ErrNotFinite], [ErrRange] where an eigenvalue is beyond the largest
// T (its magnitude can be n times the largest element's), or [ErrNoConvergence]. Cost about 4·n³
// multiply-adds, 3·n² elements of memory.
//
// Source: C. Reinsch, J. Wilkinson, Handbook for Automatic Computation, volume
// II, contributions II/1 to II/4, 1971.
func SymEigen[T asm.Float](values []T, vectors, a *Dense[T]) ([]T, *Dense[T], error) {
	const op = "mat.SymEigen"
	n := checkSquare(op, a)
	if values != nil && len(values) != n {
		panic(wrong(op, "room for %d values of a matrix of %d×%d", len(values), n, n))
	}
	top := T(0)
	for i := range n {
		row := a.Row(i)[:i+1]
		if err := checkFinite(op, i, row); err != nil {
			return nil, nil, err
		}
		for _, v := range row {
			top = max(top, T(math.Abs(float64(v))))
		}
	}
	checkSameOrApart(op, "vectors", vectors, "a", a)
	if vectors = newOr(op, vectors, n, n); values == nil {
		values = make([]T, n)
	}
	if n == 0 {
		return values, vectors, nil
	}

	// Work at a largest element near 1, scaled by a power of two.
	e := exponent(top)
	down := power[T](-e)
	buf := getScratch[T](n * (2*n + 4))
	defer putScratch(buf)
	w := Dense[T]{n, n, n, (*buf)[:n*n]}
	vt := Dense[T]{n, n, n, (*buf)[n*n : 2*n*n]}
	for i := range n {
		for j, v := range a.Row(i)[:i+1] {
			v *= down
			w.data[i*n+j], w.data[j*n+i] = v, v
		}
	}
	d, off := make([]float64, n), make([]float64, n)
	var h reflectors[T]
	tridiagonal(w, d, off, &h, (*buf)[2*n*n:])
	clear(vt.Row(0))
	vt.data[0] = 1
	for i := 1; i < n; i++ {
		vt.data[i*n] = 0
	}
	h.expand(vt.part(1, 1, n-1, n-1))

	q := ql[T]{d: d, e: off, vt: vt, eps: float64(epsilon[T]())}
	if l := q.run(maxSweeps); l >= 0 {
		return nil, nil, fmt.Errorf("%s: eigenvalue %d: %w", op, l, ErrNoConvergence)
	}
	order := sortedIndex(d)
	up := math.Ldexp(1, e)
	for _, k := range []int{order[0], order[n-1]} {
		if v := T(d[k] * up); math.IsInf(float64(v), 0) {
			return nil, nil, fmt.Errorf("%s: an eigenvalue is beyond the largest %T: %w", op, v, ErrRange)
		}
	}
	for j, k := range order {
		values[j] = T(d[k] * up)
		for i, v := range vt.Row(k) {
			vectors.data[i*vectors.stride+j] = v
		}
	}
	return values, vectors, nil
}

// sortedIndex returns the order that sorts d ascending, equal ones as they stand.
func sortedIndex(d []float64) []int {
	order := make([]int, len(d))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(d[i], d[j]) })
	return order
}

// tridiagonal reduces the symmetric w to its diagonal d and the elements e beside it,
// e[i] between i and i+1, w = Q·tri(d, e)·Qᵀ with Q = diag(1, reflectors h). It
// needs both triangles of w and destroys them; buf holds 4·n elements.
//
// The rank-two update of one step and the product with the reflector of the
// next run over each row together, so that w is read once a step.
func tridiagonal[T asm.Float](w Dense[T], d, e []float64, h *reflectors[T], buf []T) {
	n := w.rows
	steps := max(n-2, 0)
	h.reset(w.part(0, 1, n-1, n-1), steps)
	v, p := buf[:n], buf[n:2*n]          // this step's reflector and product
	lv, lp := buf[2*n:3*n], buf[3*n:4*n] // the last step's
	for k := range n {
		row := w.Row(k)[k:]
		if k > 0 && steps > 0 {
			asm.Axpy(row, -lv[k], lp[k:])
			asm.Axpy(row, -lp[k], lv[k:])
		}
		d[k] = float64(row[0])
		if k == n-1 {
			break
		}
		if k >= steps {
			e[k] = float64(row[1])
			continue
		}
		tau := reflect(row[1:])
		h.tau[k] = tau
		e[k] = float64(row[1])
		copy(v[k+1:], row[1:])
		v[k+1] = 1
		par.For(n-k-1, 1+1<<15/(n-k), func(lo, hi int) {
			for i := k + 1 + lo; i < k+1+hi; i++ {
				row := w.Row(i)[k+1:]
				if k > 0 {
					asm.Axpy(row, -lv[i], lp[k+1:])
					asm.Axpy(row, -lp[i], lv[k+1:])
				}
				p[i] = tau * asm.Dot(row, v[k+1:])
			}
		})
		asm.Axpy(p[k+1:], -tau/2*asm.Dot(p[k+1:], v[k+1:]), v[k+1:])
		v, p, lv, lp = lv, lp, v, p
	}
	for i0 := 0; i0 < steps; i0 += wyBlock {
		h.finish(i0, min(i0+wyBlock, steps))
	}
}

// ql is the implicit QL iteration on a symmetric tridiagonal matrix: diagonal d
// becomes the eigenvalues, and every rotation of neighbouring rows is applied to vt.
type ql[T asm.Float] struct {
	d, e []float64 // e[i] couples i and i+1
	vt   Dense[T]
	eps  float64
	todo []rotation[T]
}

// rotation turns rows i and i+1 by an angle of at most a right one: s is its
// sine, t the tangent of its half.
type rotation[T asm.Float] struct {
	i    int
	t, s T
}

// noise bounds what the roundings of a sweep leave beside the elements of a
// block, as a part of the largest: 4 units of the last place of the scalars.
const noise = 0x1p-51

// lowest is negligible in a matrix whose largest element is near 1. Far below it
// the relative test fails: eps times an element would be subnormal.
const lowest = 0x1p-400

// run returns −1, or the index of an eigenvalue that took more than the given
// number of sweeps.
//
// A block is what lies between elements that are negligible beside their
// neighbours. Inside it, elements below its noise are negligible too: where a
// block has rows of the size of the noise (a matrix of low rank, or graded), each
// sweep brings the noise of the large rows there, and those elements would
// never become small beside their neighbours.
func (q *ql[T]) run(sweeps int) int {
	end, floor := -1, 0.0
	for l := range q.d {
		if l > end {
			end = q.split(l, lowest)
			q.e[end] = 0
			floor = max(noise*q.largest(l, end), lowest)
		}
		for n := 0; ; n++ {
			m := q.split(l, floor)
			if m == l {
				break
			}
			if n == sweeps {
				return l
			}
			q.sweep(l, m)
		}
	}
	q.flush()
	return -1
}

// split returns the first m from l on whose e[m] is negligible: at most floor, or
// small beside its neighbours on the diagonal.
func (q *ql[T]) split(l int, floor float64) int {
	for m := l; m < len(q.d)-1; m++ {
		if math.Abs(q.e[m]) <= max(q.eps*(math.Abs(q.d[m])+math.Abs(q.d[m+1])), floor) {
			return m
		}
	}
	return len(q.d) - 1
}

// largest returns the largest magnitude of an element of the block l…end.
func (q *ql[T]) largest(l, end int) float64 {
	top := 0.0
	for i := l; i <= end; i++ {
		top = max(top, math.Abs(q.d[i]), math.Abs(q.e[i]))
	}
	return top
}

// sweep chases the bulge of one shifted QL step from m up to l.
func (q *ql[T]) sweep(l, m int) {
	d, e := q.d, q.e
	g := (d[l+1] - d[l]) / (2 * e[l])
	g = d[m] - d[l] + e[l]/(g+math.Copysign(hypot(g, 1), g))
	s, c, p := 1.0, 1.0, 0.0
	for i := m - 1; i >= l; i-- {
		f, b := s*e[i], c*e[i]
		// The sign of g goes to r, so that c ≥ 0 and the angle is at most a right one.
		r := math.Copysign(hypot(f, g), g)
		if e[i+1] = r; r == 0 { // the block falls apart here
			d[i+1] -= p
			e[m] = 0
			return
		}
		s, c = f/r, g/r
		g = d[i+1] - p
		r = math.FMA(d[i]-g, s, float64(2*c*b))
		p = float64(s * r) // rounded before it is added
		d[i+1] = g + p
		g = math.FMA(c, r, -b)
		q.todo = append(q.todo, rotation[T]{i, T(s / (1 + c)), T(s)})
	}
	d[l] -= p
	e[l] = g
	e[m] = 0
	if len(q.todo) > 8*len(d) {
		q.flush()
	}
}

// hypot returns √(x²+y²) without avoidable overflow or underflow.
func hypot(x, y float64) float64 {
	x, y = math.Abs(x), math.Abs(y)
	if x < y {
		x, y = y, x
	}
	if y == 0 {
		return x
	}
	y /= x
	return x * math.Sqrt(math.FMA(y, y, 1))
}

// flush applies the rotations to vt, by columns: a strip of all rows stays in the L2
// cache for all of them.
func (q *ql[T]) flush() {
	const strip = 128
	n := q.vt.cols
	par.For((n+strip-1)/strip, 1+1<<15/(1+len(q.todo)*strip), func(lo, hi int) {
		for c := lo; c < hi; c++ {
			from, to := c*strip, min(c*strip+strip, n)
			for _, r := range q.todo {
				x, y := q.vt.Row(r.i)[from:to], q.vt.Row(r.i + 1)[from:to]
				asm.Rotate(x, y, r.t, r.s)
			}
		}
	})
	q.todo = q.todo[:0]
}
