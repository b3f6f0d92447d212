package rng

import "nnk/asm"

// Cauchy sets dst[i] to element start+i of the Cauchy distribution with scale 1:
// tan(π·u) with u = (w+½)/2³² of 32-bit number w (float32), or with 2⁶⁴ and the
// 64-bit number (float64). The pole at u = ½ is never met.
//
// The angle is q quarter turns, q = 0 or 1 (2 is 0 again: the period is half a
// turn), and a rest of |r| ≤ π/4 that is rounded to T after the exact reduction; with
// sin r and cos r of [asm.Sincos] the value is sin/cos for q = 0 and −cos/sin for q = 1.
func Cauchy[T asm.Float](s Stream, dst []T, start uint64) {
	var rest, sin, cos [64]T
	var odd [64]bool
	for len(dst) > 0 {
		n := min(len(dst), len(rest))
		quarters(s, rest[:n], odd[:n], start)
		asm.Sincos(sin[:n], cos[:n], rest[:n])
		for i := range dst[:n] {
			if odd[i] {
				dst[i] = -cos[i] / sin[i]
			} else {
				dst[i] = sin[i] / cos[i]
			}
		}
		dst, start = dst[n:], start+uint64(n)
	}
}

// quarters splits the angles π·(w+½)/2³² or π·(w+½)/2⁶⁴ into quarter turns (odd
// or even) and a rest.
func quarters[T asm.Float](s Stream, rest []T, odd []bool, start uint64) {
	switch rest := any(rest).(type) {
	case []float32:
		var words [64]uint32
		s.Words(words[:len(rest)], start)
		for i := range rest {
			// 2w+1 in units of which 2³² are a quarter turn.
			w := words[i]
			rest[i] = float32(int32(w<<1|1)) * 0x1p-32 * 0x1.921fb6p0
			odd[i] = (w+1<<30)>>31 == 1
		}
	case []float64:
		var numbers [64]uint64
		s.Bits(numbers[:len(rest)], start)
		for i := range rest {
			w := numbers[i]
			rest[i] = float64(int64(w<<1|1)) * 0x1p-64 * 0x1.921fb54442d18p0
			odd[i] = (w+1<<62)>>63 == 1
		}
	}
}
