package rng

import "nnk/asm"

// Normal sets dst[i] to element start+i of the standard normal distribution.
func Normal[T asm.Float](s Stream, dst []T, start uint64) {
	per := 64
	if _, ok := any(dst).([]float64); ok {
		per = 32
	}
	var buf [chunk]uint32
	var values [chunk]T
	for k := s.walk(per, start, len(dst)); ; {
		w, ok := k.next(&buf)
		if !ok {
			return
		}
		if n := len(w) / asm.PhiloxGroup * per; n == k.hi-k.lo {
			asm.Normal(dst[k.at:k.at+n], w)
		} else {
			asm.Normal(values[:n], w)
			copy(dst[k.at:], values[k.lo:k.hi])
		}
	}
}
