package mat

import (
	"errors"
	"fmt"

	"nnk/asm"
	"nnk/internal/fault"
)

// Errors that come from data. The functions wrap them with the place; test with
// errors.Is. ErrNotFinite and ErrRange are the same values in all packages.
var (
	ErrSingular  = errors.New("matrix is singular to working precision")
	ErrNotFinite = fault.NotFinite
	ErrRange     = fault.Range
)

// PivotError tells where a factorisation stopped: the pivot of row Index came
// out as Value. It wraps [ErrSingular].
type PivotError struct {
	Op    string // the function, such as "mat.Cholesky"
	Index int
	Value float64
}

func (e *PivotError) Error() string {
	return fmt.Sprintf("%s: pivot %d is %g: %v", e.Op, e.Index, e.Value, ErrSingular)
}

// Unwrap returns [ErrSingular].
func (e *PivotError) Unwrap() error { return ErrSingular }

// checkFinite returns an error that wraps ErrNotFinite and names the first NaN
// or infinity of x, element (row, 0…) of a matrix, or nil.
func checkFinite[T asm.Float](op string, row int, x []T) error {
	if s := asm.Dot(x, x); s-s == 0 {
		return nil // a NaN or infinity would have made the sum of squares one
	}
	for j, v := range x {
		if v-v != 0 {
			return fmt.Errorf("%s: element (%d, %d) is %g: %w", op, row, j, float64(v), ErrNotFinite)
		}
	}
	return nil // only the square overflowed
}

// CheckFinite returns an error that wraps [ErrNotFinite] and names the row and column,
// both counted from 0, of the first element of x that is NaN or infinite. The first
// row of x has the number row.
func CheckFinite[T asm.Float](x *Dense[T], row int) error {
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			if v-v != 0 {
				return fmt.Errorf("row %d column %d is %g: %w", row+i, j, float64(v), ErrNotFinite)
			}
		}
	}
	return nil
}
