package rng

import "nnk/asm"

// Normal sets dst[i] to element start+i of the standard normal distribution.
func Normal[T asm.Float](s Stream, dst []T, start uint64) {
	per := 64
	if _, ok := any(dst).([]float64); ok {
		per = 32
	}
	var buf [chunk]T
	s.groups(per, start, len(dst), func(w []uint32, lo, hi, at int) {
		b := buf[:len(w)*per/64]
		if lo == 0 && hi == len(b) {
			asm.Normal(dst[at:at+hi], w)
			return
		}
		asm.Normal(b, w)
		copy(dst[at:], b[lo:hi])
	})
}
