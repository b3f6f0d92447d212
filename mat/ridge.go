package mat

import (
	"fmt"

	"nnk/asm"
)

// RidgeSolve sets dst to the solution X of (S + λ·diag(w))·X = T and returns it:
// the minimiser of ‖Z·X − Y‖² + λ·Σ w[i]·‖X[i]‖² when S = ZᵀZ and T = ZᵀY. S is n×n,
// symmetric, its lower triangle is read; T and dst are n×c; dst == nil allocates
// and dst may be t, or overlap s, which is copied first. The weights w ≥ 0 have length n; nil means all 1, and
// 0 leaves a row, such as that of a constant feature, unpenalised.
//
// The diagonal is FMA(λ, w[i], S[i][i]); then [Cholesky] and [CholeskySolve].
//
// It returns an error that wraps [ErrRange] for a negative or non-finite λ or
// weight, [ErrNotFinite] for such an element of S or T, and [ErrSingular] (a
// [*PivotError]) where S + λ·diag(w) is not positive definite to working precision; dst is
// then left as it was. Cost n³/6 + n²·c multiply-adds.
func RidgeSolve[T asm.Float](dst, s, t *Dense[T], lambda T, w []T) (*Dense[T], error) {
	const op = "mat.RidgeSolve"
	n := checkSquare(op, s)
	if t.rows != n {
		panic(&ShapeError{Op: op, A: shape(s), B: shape(t), Why: "row counts differ"})
	}
	dst = newOr(op, dst, n, t.cols)
	checkSameOrApart(op, "dst", dst, "t", t)
	if err := checkPenalty(op, n, lambda, w); err != nil {
		return nil, err
	}
	for i := range n {
		if err := checkFinite(op+": right-hand side", i, t.Row(i)); err != nil {
			return nil, err
		}
	}
	buf := getScratch[T](n * n)
	defer putScratch(buf)
	l := Dense[T]{n, n, n, *buf}
	for i := range n {
		row := l.Row(i)[:i+1]
		copy(row, s.Row(i))
		p := T(1)
		if w != nil {
			p = w[i]
		}
		row[i] = asm.FMA(lambda, p, row[i])
	}
	if _, err := Cholesky(&l, &l); err != nil {
		return nil, fmt.Errorf("%s: λ = %g: %w", op, float64(lambda), err)
	}
	return CholeskySolve(dst, &l, t), nil
}

// RidgeUnit is the unit of λ in [RidgeWithConstant]: the mean of the diagonal of S = ZᵀZ without its last element, or 1
// where that is not a positive number.
func RidgeUnit[T asm.Float](s *Dense[T]) T {
	n := checkSquare("mat.RidgeUnit", s) - 1
	sum := T(0)
	for i := range n {
		sum += s.At(i, i)
	}
	if !(sum > 0) || sum-sum != 0 {
		return 1
	}
	return sum / T(n)
}

// RidgeWithConstant returns the X that minimises ‖Z·X − Y‖² + λ·s·‖X‖² from S = ZᵀZ (n×n, its lower triangle is read) and
// T = ZᵀY (n×c), where the last feature is a constant, whose row is not penalised, and s is
// [RidgeUnit]: λ is free of the units of the features and of the number of samples. factor (n×n), unless it is nil, gets the
// Cholesky factor of the penalised sums; it may be s.
//
// Errors and cost are those of [RidgeSolve]. After an error the content of factor is not specified.
func RidgeWithConstant[T asm.Float](factor, s, t *Dense[T], lambda T) (*Dense[T], error) {
	const op = "mat.RidgeWithConstant"
	n := checkSquare(op, s)
	if t.rows != n || n == 0 {
		panic(&ShapeError{Op: op, A: shape(s), B: shape(t), Why: "want as many rows, and the constant"})
	}
	if err := checkPenalty(op, n, lambda, nil); err != nil {
		return nil, err
	}
	for i := range n {
		if err := checkFinite(op+": right-hand side", i, t.Row(i)); err != nil {
			return nil, err
		}
	}
	if factor == nil {
		buf := getScratch[T](n * n)
		defer putScratch(buf)
		factor = &Dense[T]{n, n, n, *buf}
	} else if factor.rows != n || factor.cols != n {
		panic(&ShapeError{Op: op, A: shape(factor), B: shape(s), Why: "factor has the wrong shape"})
	}
	checkSameOrApart(op, "factor", factor, "s", s)
	checkApart(op, "factor", factor, "t", t)
	penalty := T(lambda * RidgeUnit(s)) // rounded: the sum below must not be fused with it
	for i := range n {
		row := factor.Row(i)[:i+1]
		copy(row, s.Row(i))
		if i < n-1 {
			row[i] += penalty
		}
	}
	if _, err := Cholesky(factor, factor); err != nil {
		return nil, fmt.Errorf("%s: λ = %g: %w", op, float64(lambda), err)
	}
	return CholeskySolve(nil, factor, t), nil
}

// checkPenalty checks λ and the weights of n rows, which may be nil.
func checkPenalty[T asm.Float](op string, n int, lambda T, w []T) error {
	if w != nil && len(w) != n {
		panic(wrong(op, "%d weights for %d rows", len(w), n))
	}
	if !(lambda >= 0) || lambda-lambda != 0 {
		return fmt.Errorf("%s: λ = %g: %w", op, float64(lambda), ErrRange)
	}
	for i, v := range w {
		if !(v >= 0) || v-v != 0 {
			return fmt.Errorf("%s: weight %d is %g: %w", op, i, float64(v), ErrRange)
		}
	}
	return nil
}
