package snnk

import (
	"math"

	"nnk/asm"
)

// NormaliseRow sets dst to (x − mean)/√(variance + ε), mean and variance over the elements of x, and
// returns 1/√(variance + ε). Sums are those of [asm.Sum] and [asm.SumSquares]. dst may be x.
func NormaliseRow[T asm.Float](dst, x []T, epsilon T) T {
	n := T(len(x))
	mean := asm.Sum(x) / n
	for j, v := range x {
		dst[j] = v - mean
	}
	r := 1 / T(math.Sqrt(float64(asm.SumSquares(dst)/n+epsilon)))
	asm.Scale(dst, dst, r)
	return r
}
