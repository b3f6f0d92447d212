package asm

// Sum returns the sum of x in the lanes of [Dot]: acc[j] += x[i] for i ≡ j (mod
// L), i ascending from +0, padded with +0 to a multiple of L, and the same fold.
func Sum[T Float](x []T) T {
	switch x := any(x).(type) {
	case []float32:
		return T(sum32(x))
	case []float64:
		return T(sum64(x))
	}
	panic("unreachable")
}

// SumSquares returns the sum of the squares of x: Dot(x, x). The lanes bound it
// by the latency of an FMA, not by its loads, so it needs no kernel of its own.
func SumSquares[T Float](x []T) T { return Dot(x, x) }

func sumGeneric32(x []float32) float32 {
	var acc [L32]float32
	for ; len(x) >= L32; x = x[L32:] {
		for j, v := range x[:L32] {
			acc[j] += v
		}
	}
	return fold32(&acc, x, ones32[:len(x)])
}

func sumGeneric64(x []float64) float64 {
	var acc [L64]float64
	for ; len(x) >= L64; x = x[L64:] {
		for j, v := range x[:L64] {
			acc[j] += v
		}
	}
	return fold64(&acc, x, ones64[:len(x)])
}

// x·1 + acc is x + acc with the same one rounding, so the fold of a dot product
// with ones takes the tail of a sum.
var (
	ones32 = [L32]float32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
	ones64 = [L64]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}
)
