package rng

import (
	"math"

	"nnk/asm"
)

// Exponential sets dst[i] to element start+i of the exponential distribution with
// mean 1: −ln u with u = (w+½)/2³² of 32-bit number w (float32), or with 2⁶⁴ and
// the 64-bit number (float64). For float32 too, u and its logarithm are float64 and
// the result is rounded: a float32 u would be 1 too often.
func Exponential[T asm.Float](s Stream, dst []T, start uint64) {
	var words [64]uint32
	var numbers [64]uint64
	var u [64]float64
	_, single := any(dst).([]float32)
	for len(dst) > 0 {
		n := min(len(dst), len(u))
		if single {
			s.Words(words[:n], start)
			for i, w := range words[:n] {
				u[i] = (float64(w) + 0.5) * 0x1p-32
			}
		} else {
			s.Bits(numbers[:n], start)
			for i, b := range numbers[:n] {
				u[i] = math.FMA(float64(uint32(b>>32)), 0x1p32, float64(uint32(b))+0.5) * 0x1p-64
			}
		}
		asm.Log(u[:n], u[:n])
		for i, v := range u[:n] {
			dst[i] = T(0 - v) // not −v: ln 1 = +0 stays +0
		}
		dst, start = dst[n:], start+uint64(n)
	}
}

// Rayleigh sets dst[i] to element start+i of the Rayleigh distribution with σ = 1,
// the length of a normal vector in the plane: √(2e), e element start+i of
// [Exponential].
func Rayleigh[T asm.Float](s Stream, dst []T, start uint64) {
	Exponential(s, dst, start)
	for i, v := range dst {
		dst[i] = T(math.Sqrt(float64(2 * v)))
	}
}
