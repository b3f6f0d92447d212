package mat

import (
	"nnk/asm"
	"nnk/internal/alias"
)

// MulVec sets dst = a·x for a vector x of a.Cols() elements, by the chain of
// [Mul], and returns it; dst == nil allocates. dst must not overlap a or x.
func MulVec[T asm.Float](dst []T, a *Dense[T], x []T) []T {
	const op = "mat.MulVec"
	if len(x) != a.cols {
		panic(&ShapeError{Op: op, A: shape(a), B: [2]int{len(x), 1}, Why: "inner dimensions differ"})
	}
	if dst == nil {
		dst = make([]T, a.rows)
	} else {
		if len(dst) != a.rows {
			panic(wrong(op, "dst has %d elements, want %d", len(dst), a.rows))
		}
		checkApart(op, "dst", &Dense[T]{1, len(dst), len(dst), dst}, "a", a)
		if alias.Overlap(dst, x) {
			panic(&OverlapError{op, "dst", "x"})
		}
	}
	p := product[T]{m: 1, n: a.rows, k: a.cols, a: operand[T]{1, len(x), len(x), 1, x}, b: byCols(a), c: dst, cs: a.rows}
	p.run()
	return dst
}
