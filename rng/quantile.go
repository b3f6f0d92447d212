package rng

import (
	"math"

	"nnk/asm"
)

// NormalQuantile sets dst[i] to the x below which a standard normal value lies
// with probability p[i], and to NaN unless 0 ≤ p ≤ 1; 0 and 1 give −Inf and +Inf. dst
// may be p. The error is below 2 ulp for float64, also for subnormal p, and below 1
// ulp for float32.
//
// With q = p − ½, which is exact where it is used: x = q·√(2π) + q·q²·A(0.375²−q²) for
// |q| ≤ 0.375. Beyond, with r = √(−ln min(p, 1−p)): |x| = r + B(r−1.4375) for r < 5, or
// r + C(r−5). A, B and C are rational functions of degrees 6 and 7, fitted with weights
// that make the relative error of x nearly equal everywhere; the leading term
// carries most of x, so their rounding errors count less than one half.
func NormalQuantile[T asm.Float](dst, p []T) {
	p = p[:len(dst)]
	var x, tail [64]float64
	for len(p) > 0 {
		n := min(len(p), len(x))
		for i, v := range p[:n] {
			x[i] = float64(v)
			tail[i] = min(x[i], 1-x[i])
		}
		asm.Log(tail[:n], tail[:n])
		for i := range n {
			dst[i] = T(normalQuantile(x[i], -tail[i]))
		}
		dst, p = dst[n:], p[n:]
	}
}

// normalQuantile is the quantile of p, l being −ln min(p, 1−p).
func normalQuantile(p, l float64) float64 {
	q := p - 0.5
	if q >= -0.375 && q <= 0.375 {
		z := float64(q * q)
		a := rational(0x1.2p-3-z, &quantileCentre)
		// √(2π) as a sum of two numbers.
		return math.FMA(q, 0x1.40d931ff62706p+1, float64(q*math.FMA(z, a, -0x1.a6a0d6f814637p-53)))
	}
	switch {
	case p == 0:
		return math.Inf(-1)
	case p == 1:
		return math.Inf(1)
	case !(p > 0 && p < 1):
		return math.NaN()
	}
	r := math.Sqrt(l)
	rest := math.FMA(-r, r, l) / (2 * r) // what r lacks to the root
	var g float64
	if r < 5 {
		g = rational(r-1.4375, &quantileTail)
	} else {
		g = rational(r-5, &quantileFar)
	}
	return math.Copysign(r+(g+rest), q)
}

// rational is the quotient of two polynomials; c holds the coefficients of the
// numerator, then those of the denominator, from the constant on.
func rational(t float64, c *[16]float64) float64 {
	p, q := c[7], c[15]
	for k := 6; k >= 0; k-- {
		p = math.FMA(p, t, c[k])
		q = math.FMA(q, t, c[8+k])
	}
	return p / q
}

// The coefficients of A, B and C.
var (
	quantileCentre = [16]float64{
		0x1.fe9b804d47315p+1, 0x1.63859a43eb6a0p+6, 0x1.64bf68c30c76ep+9, 0x1.3801706f8c655p+11,
		0x1.c4b100d2aaf56p+11, 0x1.956cdaa7d1171p+10, 0x1.c0249e412da29p+4, 0,
		1, 0x1.a843683f85b66p+4, 0x1.0b1b8591defb0p+8, 0x1.3eecddd2036ecp+10,
		0x1.6f156f7e42e7ep+11, 0x1.6cde5898389fap+11, 0x1.bc5abda439aeep+9, 0,
	}
	quantileTail = [16]float64{
		-0x1.2e29e0612046cp-2, 0x1.d1a432064b4c8p-4, 0x1.dc260551db0f4p-1, 0x1.cc2d60a1390bap-1,
		0x1.8623ca3c896e8p-2, 0x1.4a63b1a2316c5p-4, 0x1.08dc9bd7d9476p-7, 0x1.2eee0e7b67357p-12,
		1, 0x1.152ebb4c396edp+1, 0x1.d89fd495fa983p+0, 0x1.92ccf98774948p-1,
		0x1.651778a1ef05ep-3, 0x1.2fcb3e8900d6ap-6, 0x1.6d70b8f59a558p-11, 0x1.61aaff1391d72p-28,
	}
	quantileFar = [16]float64{
		0x1.a86c704fb949ap+0, 0x1.76d05d9144cbdp+0, 0x1.ffede6c64f539p-2, 0x1.5cae7f801e886p-4,
		0x1.f8e42e5a80600p-8, 0x1.7bbc56aaec145p-12, 0x1.090306aa6c5c8p-17, 0x1.f5ac9bd4bf524p-25,
		1, 0x1.32f5205336241p-1, 0x1.18193f42de73fp-3, 0x1.e6659bdb1f326p-7,
		0x1.9b1d6325045aap-11, 0x1.3416fb2fcf4e4p-16, 0x1.2ec7cd3ce2d64p-23, 0x1.eafa4c9757b8ep-48,
	}
)
