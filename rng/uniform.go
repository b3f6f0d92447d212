package rng

import "nnk/asm"

// Uniform sets dst[i] to element start+i of the uniform distribution on [0, 1): a
// multiple of 2⁻²⁴ (float32) or 2⁻⁵³ (float64).
func Uniform[T asm.Float](s Stream, dst []T, start uint64) {
	switch dst := any(dst).(type) {
	case []float32:
		uniform32(s, dst, start)
	case []float64:
		uniform64(s, dst, start)
	}
}

func uniform32(s Stream, dst []float32, start uint64) {
	var buf [chunk]uint32
	for k := s.walk(64, start, len(dst)); ; {
		w, ok := k.next(&buf)
		if !ok {
			return
		}
		for i, v := range w[k.lo:k.hi] {
			dst[k.at+i] = float32(v>>8) * 0x1p-24
		}
	}
}

func uniform64(s Stream, dst []float64, start uint64) {
	var buf [chunk]uint32
	for k := s.walk(32, start, len(dst)); ; {
		w, ok := k.next(&buf)
		if !ok {
			return
		}
		for i := range dst[k.at : k.at+k.hi-k.lo] {
			dst[k.at+i] = float64(number64(w, k.lo+i)>>11) * 0x1p-53
		}
	}
}

// Rademacher sets dst[i] to element start+i of the distribution that is +1 or −1
// with equal probability.
func Rademacher[T asm.Float](s Stream, dst []T, start uint64) {
	var words [64]uint32
	for len(dst) > 0 {
		skip := start % 32
		n := min(uint64(len(dst)), 32*uint64(len(words))-skip)
		s.Words(words[:(skip+n+31)/32], start/32)
		for i := range dst[:n] {
			j := skip + uint64(i)
			dst[i] = T(1 - 2*int(words[j/32]>>(j%32)&1))
		}
		dst, start = dst[n:], start+n
	}
}
