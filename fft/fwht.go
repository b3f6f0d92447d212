package fft

import (
	"fmt"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
)

// FWHT sets each row of dst to the unnormalised Walsh–Hadamard transform of that
// row of x, in natural order: H·x with H[i][j] = (−1)^(number of ones in i&j). The
// n columns must be a power of two (or none). dst has the shape of x, is x or does not overlap it, and nil
// allocates. Applying it twice multiplies by n. Cost: n·log₂(n) additions a row;
// rows run in parallel.
func FWHT[T asm.Float](dst, x *mat.Dense[T]) *mat.Dense[T] {
	const op = "fft.FWHT"
	rows, n := x.Rows(), x.Cols()
	if n&(n-1) != 0 {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("x is %d×%d; the number of columns is not a power of two", rows, n)})
	}
	if dst == nil {
		dst = mat.New[T](rows, n)
	}
	if dst.Rows() != rows || dst.Cols() != n {
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{rows, n}, Why: "shapes differ"})
	}
	if !dst.Same(x) && dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	const grain = 1 << 16 // elements that are worth a goroutine
	if rows*n <= grain {
		fwhtRows(dst, x, 0, rows) // without the closure, which allocates
		return dst
	}
	par.For(rows, grain/n+1, func(lo, hi int) { fwhtRows(dst, x, lo, hi) })
	return dst
}

func fwhtRows[T asm.Float](dst, x *mat.Dense[T], lo, hi int) {
	for i := lo; i < hi; i++ {
		row := dst.Row(i)
		copy(row, x.Row(i))
		asm.FWHT(row)
	}
}
