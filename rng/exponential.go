package rng

import (
	"math"

	"nnk/asm"
)

// Exponential sets dst[i] to element start+i of the exponential distribution with
// mean 1: −ln u with u = (w+½)/2³² of 32-bit number w (float32), or with 2⁶⁴ and
// the 64-bit number (float64), u rounded to T.
func Exponential[T asm.Float](s Stream, dst []T, start uint64) {
	centred(s, dst, start)
	asm.Log(dst, dst)
	for i, v := range dst {
		dst[i] = 0 - v // not −v: ln 1 = +0 stays +0
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

// centred sets dst[i] to (w+½)/2³² or (w+½)/2⁶⁴ for number w = start+i, rounded to
// T; 0 never occurs, 1 may.
func centred[T asm.Float](s Stream, dst []T, start uint64) {
	switch dst := any(dst).(type) {
	case []float32:
		s.groups(64, start, len(dst), func(w []uint32, lo, hi, at int) {
			for i, v := range w[lo:hi] {
				dst[at+i] = float32((float64(v) + 0.5) * 0x1p-32)
			}
		})
	case []float64:
		s.groups(32, start, len(dst), func(w []uint32, lo, hi, at int) {
			for i := lo; i < hi; i++ {
				v := number64(w, i)
				dst[at+i-lo] = math.FMA(float64(uint32(v>>32)), 0x1p32, float64(uint32(v))+0.5) * 0x1p-64
			}
		})
	}
}
