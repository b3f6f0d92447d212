package mat

import (
	"fmt"
	"math"

	"nnk/asm"
)

// QR is the factorisation A = Q·R of a tall matrix, Q with orthonormal columns
// and R upper triangular with a diagonal ≥ 0, which makes both unique where A
// has full rank, and Q of a square matrix of independent normals uniform (Haar)
// among the orthogonal matrices. The zero value is ready for [QR.Factor]; a QR
// may be used again and then allocates only for larger matrices.
//
// Householder reflectors in blocks of 32 columns. Inside a block every sum is an
// [asm.Dot], outside the products of package mat are used, so the bits depend
// on nothing but A. With a, an array whose rows are the columns of A, and for each block of
// rows i0 … i1−1, operations being those of T where nothing else is said:
//
//	for i = i0, …, i1−1, with x = a[i][i:]:
//	    τ_i = 0, and x stays, if all elements but x[0] are 0; else
//	    x = x·2^−e, the largest |x[k]| then being from ½ up to 1 (but |e| ≤ 126 or, in float64, 1022);  α = x[0]
//	    β = √(fma(α, α, dot(x[1:], x[1:]))) with the sign that α does not have, the root in float64 and rounded
//	    x[1:] = x[1:]·(1/(α − β));  x[0] = β·2^e;  τ_i = (β − α)/β
//	    each later row c = a[k][i:] of the block becomes fma(−τ_i·dot(v, c), v, c), v being x with 1 in place of x[0]
//	V has rows v of the block, from column i0 on, zeros before their 1
//	U, upper triangular: U[j][j] = −τ_j;  U[i][j] = −τ_j·(the chain of U[i][k]·z[k], k = i … j−1, from +0), i < j,
//	    z[k] = V[k][j] + dot(V[k][j+1:], V[j][j+1:])
//	C = a[i1:][i0:] becomes C + ((C·Vᵀ)·U)·V, by matrix products that add to C
//
// Qᵀ is made from the first n rows of the unit matrix, the last block first: its part from row and column i0
// on, C, becomes C + ((C·Vᵀ)·Uᵀ)·V. Then row i changes its sign if a[i][i] is negative or −0.
type QR[T asm.Float] struct {
	at   Dense[T] // Aᵀ, then Rᵀ on and left of the diagonal and the reflectors right of it
	data []T
	h    reflectors[T]
}

// Factor computes the factorisation of a (m×n, m ≥ n), which it does not change. The columns'
// norms must not overflow. An element that is NaN or infinite gives an error
// that wraps [ErrNotFinite]. Cost n²·(m − n/3) multiply-adds.
func (f *QR[T]) Factor(a *Dense[T]) error {
	const op = "mat.QR.Factor"
	m, n := a.rows, a.cols
	if m < n {
		panic(wrong(op, "a is %d×%d, with more columns than rows", m, n))
	}
	for i := range m {
		if err := checkFinite(op, i, a.Row(i)); err != nil {
			return err
		}
	}
	f.data = grow(f.data, m*n)
	f.at = Dense[T]{n, m, m, f.data}
	transpose(f.at, *a)
	f.h.reset(f.at, n)
	buf := getScratch[T](wyBlock * (m + 2*n))
	defer putScratch(buf)
	for i0 := 0; i0 < n; i0 += wyBlock {
		i1 := min(i0+wyBlock, n)
		f.panel(i0, i1)
		f.h.finish(i0, i1)
		f.h.apply(f.at.part(i1, i0, n-i1, m-i0), i0, i1, false, *buf)
	}
	return nil
}

// panel reduces columns i0…i1 of A, one reflector at a time.
func (f *QR[T]) panel(i0, i1 int) {
	for i := i0; i < i1; i++ {
		x := f.at.Row(i)[i:]
		tau := reflect(x)
		f.h.tau[i] = tau
		beta := x[0]
		x[0] = 1
		for k := i + 1; k < i1; k++ {
			c := f.at.Row(k)[i:]
			asm.Axpy(c, -tau*asm.Dot(x, c), x)
		}
		x[0] = beta
	}
}

// R sets dst to R (n×n, zeros below the diagonal) and returns it; dst == nil
// allocates.
func (f *QR[T]) R(dst *Dense[T]) *Dense[T] {
	n := f.at.rows
	dst = newOr("mat.QR.R", dst, n, n)
	for i := range n {
		row := dst.Row(i)
		clear(row[:i])
		s := f.sign(i)
		for j := i; j < n; j++ {
			row[j] = s * f.at.data[j*f.at.stride+i]
		}
	}
	return dst
}

// Q sets dst to Q (m×n) and returns it; dst == nil allocates. Cost n²·(m − n/3)
// multiply-adds.
func (f *QR[T]) Q(dst *Dense[T]) *Dense[T] {
	n, m := f.at.rows, f.at.cols
	dst = newOr("mat.QR.Q", dst, m, n)
	buf := getScratch[T](n * m)
	defer putScratch(buf)
	qt := Dense[T]{n, m, m, *buf}
	f.h.expand(qt)
	for i := range n {
		if f.sign(i) < 0 {
			row := qt.Row(i)
			for j := range row {
				row[j] = -row[j]
			}
		}
	}
	transpose(*dst, qt)
	return dst
}

// sign is −1 where the reflectors left a negative (or −0) diagonal in R.
func (f *QR[T]) sign(i int) T { return T(math.Copysign(1, float64(f.at.data[i*f.at.stride+i]))) }

// Solve sets dst to the X (n×c) that minimises ‖A·X − B‖, B m×c, and returns it;
// dst == nil allocates, and dst may overlap b, which is copied first. A diagonal element of R that is not larger than m·ε times the largest
// of its column means that A's columns are dependent to working precision: a
// [*PivotError] tells which. Cost 2·m·n·c multiply-adds.
func (f *QR[T]) Solve(dst, b *Dense[T]) (*Dense[T], error) {
	const op = "mat.QR.Solve"
	n, m := f.at.rows, f.at.cols
	if b.rows != m {
		panic(&ShapeError{Op: op, A: [2]int{m, n}, B: shape(b), Why: "row counts differ"})
	}
	dst = newOr(op, dst, n, b.cols)
	for i := range m {
		if err := checkFinite(op, i, b.Row(i)); err != nil {
			return nil, err
		}
	}
	for i := range n {
		top := 0.0
		for _, v := range f.at.Row(i)[:i+1] {
			top = max(top, math.Abs(float64(v)))
		}
		if r := math.Abs(float64(f.at.At(i, i))); !(r > top*float64(m)*float64(epsilon[T]())) {
			return nil, &PivotError{op, i, r}
		}
	}
	buf := getScratch[T](b.cols*m + wyBlock*(m+2*b.cols))
	defer putScratch(buf)
	bt := Dense[T]{b.cols, m, m, (*buf)[:b.cols*m]}
	transpose(bt, *b)
	for i0 := 0; i0 < n; i0 += wyBlock {
		f.h.apply(bt.part(0, i0, b.cols, m-i0), i0, min(i0+wyBlock, n), false, (*buf)[b.cols*m:])
	}
	transpose(*dst, bt.part(0, 0, b.cols, n))
	rt := f.at.part(0, 0, n, n)
	return SolveLowerT(dst, &rt, dst), nil
}

// LeastSquares sets dst to the X (n×c) that minimises ‖A·X − B‖, a m×n with m ≥ n
// and b m×c, by [QR], and returns it; dst == nil allocates, and dst may overlap a and
// b, which are copied first. Errors are those of
// [QR.Factor] and [QR.Solve].
//
// It keeps about twice as many digits as the normal equations of [RidgeSolve],
// at twice the cost, and needs all of A at once.
func LeastSquares[T asm.Float](dst, a, b *Dense[T]) (*Dense[T], error) {
	var f QR[T]
	if err := f.Factor(a); err != nil {
		return nil, fmt.Errorf("mat.LeastSquares: %w", err)
	}
	x, err := f.Solve(dst, b)
	if err != nil {
		return nil, fmt.Errorf("mat.LeastSquares: %w", err)
	}
	return x, nil
}
