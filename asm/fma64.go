package asm

import "math"

// softFMA returns x·y + z with one rounding from additions and multiplications alone,
// for processors without the instruction: math.FMA's integer arithmetic takes several times
// as long. It is the algorithm of S. Boldo and G. Melquiond (Emulation of a FMA and
// correctly rounded sums: proved algorithms using rounding to odd, IEEE Trans. Computers
// 57, 2008): product and sum with their errors, the errors' sum rounded to odd. About 45
// operations. Where an intermediate could leave the normal range, math.FMA computes.
func softFMA(x, y, z float64) float64 {
	const bias, margin = 1023, 64
	ex, ey, ez := exponent64(x), exponent64(y), exponent64(z)
	// |x·y| is in 2^±900, its error a multiple of 2^−1006; z is below 2^976.
	if ex-margin >= 2046-2*margin || ey-margin >= 2046-2*margin || ex+ey-(2*bias-900) > 1800 || ez > 2000 {
		if x == 0 || y == 0 {
			return float64(x*y) + z
		}
		return math.FMA(x, y, z)
	}
	ph := float64(x * y)
	xh, xl := split64(x)
	yh, yl := split64(y)
	pl := float64(xl*yl) - (((ph - float64(xh*yh)) - float64(xl*yh)) - float64(xh*yl))
	th, tl := twoSum64(z, pl)
	vh, vl := twoSum64(ph, th)
	return vh + oddRound(tl, vl, tl+vl)
}

// exponent64 is the biased exponent of x.
func exponent64(x float64) uint32 { return uint32(math.Float64bits(x)>>52) & 0x7ff }

// split64 returns x as a sum of two numbers of at most 26 bits (Veltkamp).
func split64(x float64) (hi, lo float64) {
	c := float64(x * (1<<27 + 1))
	hi = c - (c - x)
	return hi, x - hi
}

// twoSum64 returns x+y and its rounding error (Knuth).
func twoSum64(x, y float64) (s, e float64) {
	s = x + y
	v := s - x
	return s, (x - (s - v)) + (y - v)
}
