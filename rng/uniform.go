package rng

import "nnk/asm"

// Uniform sets dst[i] to element start+i of the uniform distribution on [0, 1): a
// multiple of 2⁻²⁴ (float32) or 2⁻⁵³ (float64).
func Uniform[T asm.Float](s Stream, dst []T, start uint64) {
	switch dst := any(dst).(type) {
	case []float32:
		s.groups(64, start, len(dst), func(w []uint32, lo, hi, at int) {
			for i, v := range w[lo:hi] {
				dst[at+i] = float32(v>>8) * 0x1p-24
			}
		})
	case []float64:
		s.groups(32, start, len(dst), func(w []uint32, lo, hi, at int) {
			for i := lo; i < hi; i++ {
				dst[at+i-lo] = float64(number64(w, i)>>11) * 0x1p-53
			}
		})
	}
}

// Rademacher sets dst[i] to element start+i of the distribution that is +1 or −1
// with equal probability.
func Rademacher[T asm.Float](s Stream, dst []T, start uint64) {
	skip := int(start % 32)
	s.groups(64, start/32, (skip+len(dst)+31)/32, func(w []uint32, lo, hi, at int) {
		for i, v := range w[lo:hi] {
			for b := range 32 {
				if j := (at+i)*32 + b - skip; j >= 0 && j < len(dst) {
					dst[j] = T(1 - 2*int(v>>b&1))
				}
			}
		}
	})
}
