package asm

import "math"

// FMA returns x*y + z with one rounding, in T's own precision.
func FMA[T Float](x, y, z T) T {
	switch x := any(x).(type) {
	case float32:
		return T(fma32(x, any(y).(float32), any(z).(float32)))
	case float64:
		return T(fma64(x, any(y).(float64), any(z).(float64)))
	}
	panic("unreachable")
}

// fma32 computes the float32 fused multiply-add in float64: the product of two
// float32 is exact there, so the only hazard is that the float64 sum, once
// rounded, lies on a midpoint between two float32 (its low 29 bits are
// 0x10000000) or below the float32 normal range, where the midpoints lie
// elsewhere. Only there oddRound repairs it.
func fma32(x, y, z float32) float32 {
	p := float64(float64(x) * float64(y)) // converted, so that no compiler fuses it into a later sum
	s := p + float64(z)
	if b := math.Float64bits(s); b&0x1fffffff == 0x10000000 || b&(1<<63-1) < 0x381<<52 {
		s = oddRound(p, float64(z), s)
	}
	return float32(s)
}

// oddRound returns p+z rounded to odd in float64, given s = p+z rounded to
// nearest. A sum rounded to odd in 53 bits rounds once more to 24 bits or fewer
// as the exact sum would.
func oddRound(p, z, s float64) float64 {
	v := s - p
	e := (p - (s - v)) + (z - v) // exact error of s (two-sum)
	b := math.Float64bits(s)
	if !(e != 0) || b&1 == 1 || e != e {
		return s
	}
	if (e > 0) == (s > 0) {
		b++ // the exact sum is farther from zero than s
	} else {
		b--
	}
	return math.Float64frombits(b)
}
