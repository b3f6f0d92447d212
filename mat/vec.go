package mat

import "nnk/asm"

// MulVec sets dst = a·x for a vector x of a.Cols() elements, by the chain of
// [Mul], and returns it; dst == nil allocates.
func MulVec[T asm.Float](dst []T, a *Dense[T], x []T) []T {
	if len(x) != a.cols || (dst != nil && len(dst) != a.rows) {
		panic(&ShapeError{Op: "mat.MulVec", A: shape(a), B: [2]int{len(x), 1}, Why: "lengths differ"})
	}
	if dst == nil {
		dst = make([]T, a.rows)
	}
	p := product[T]{m: 1, n: a.rows, k: a.cols, a: operand[T]{1, len(x), len(x), 1, x}, b: byCols(a), c: dst, cs: a.rows}
	p.run()
	return dst
}
