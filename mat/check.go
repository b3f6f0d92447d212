package mat

import (
	"fmt"

	"nnk/asm"
)

// ShapeError says that two shapes do not fit together. It, [OverlapError] and
// [ArgumentError] are what the packages panic with for mistakes in the program, not in its
// data; recover and errors.As find them.
type ShapeError struct {
	Op   string // the function, such as "mat.Mul"
	A, B [2]int // the two shapes, rows and columns
	Why  string // what does not fit
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("%s: %d×%d and %d×%d: %s", e.Op, e.A[0], e.A[1], e.B[0], e.B[1], e.Why)
}

// OverlapError says that what a function writes shares memory with what it reads.
type OverlapError struct {
	Op       string // the function, such as "mat.Mul"
	Dst, Src string // the two arguments, such as "dst" and "a"
}

func (e *OverlapError) Error() string {
	return fmt.Sprintf("%s: %s overlaps %s", e.Op, e.Dst, e.Src)
}

// ArgumentError says what is wrong with an argument where no two shapes are to blame.
type ArgumentError struct {
	Op  string // the function, such as "mat.Dense.Row"
	Why string // such as "there is no row 5 in 3×4"
}

func (e *ArgumentError) Error() string { return e.Op + ": " + e.Why }

// wrong returns an ArgumentError with a formatted reason.
func wrong(op, format string, args ...any) *ArgumentError {
	return &ArgumentError{op, fmt.Sprintf(format, args...)}
}

func shape[T asm.Float](a *Dense[T]) [2]int { return [2]int{a.rows, a.cols} }

// checkShape panics unless dst is r×c.
func checkShape[T asm.Float](op string, dst *Dense[T], r, c int) {
	if dst.rows != r || dst.cols != c {
		panic(&ShapeError{Op: op, A: shape(dst), B: [2]int{r, c}, Why: "dst has the wrong shape"})
	}
}

// checkApart panics if dst, which may be nil, overlaps src.
func checkApart[T asm.Float](op, dstName string, dst *Dense[T], srcName string, src *Dense[T]) {
	if dst != nil && dst.Overlaps(src) {
		panic(&OverlapError{op, dstName, srcName})
	}
}

// checkSameOrApart is checkApart for functions that can work in place.
func checkSameOrApart[T asm.Float](op, dstName string, dst *Dense[T], srcName string, src *Dense[T]) {
	if dst != nil && !dst.Same(src) && dst.Overlaps(src) {
		panic(&OverlapError{op, dstName, srcName})
	}
}
