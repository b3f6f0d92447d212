package mat

import (
	"fmt"

	"nnk/asm"
)

// ShapeError is the value that the package panics with when shapes do not fit
// together, which is a mistake in the program, not in its data. Recover and
// errors.As find it.
type ShapeError struct {
	Op   string // the function, such as "mat.Mul"
	A, B [2]int // the two shapes, rows and columns
	Why  string // what does not fit
}

func (e *ShapeError) Error() string {
	return fmt.Sprintf("%s: %d×%d and %d×%d: %s", e.Op, e.A[0], e.A[1], e.B[0], e.B[1], e.Why)
}

func shape[T asm.Float](a *Dense[T]) [2]int { return [2]int{a.rows, a.cols} }
