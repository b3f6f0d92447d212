package asm

import "math"

// Exp sets dst[i] = e^x[i]. dst and x must have equal lengths and may be the same
// slice. The error is below 1 ulp; Exp(NaN) is NaN, Exp(+Inf) +Inf, Exp(−Inf) +0.
//
// n = x/ln 2 rounded to nearest, r = x − n·ln 2 in two fused steps, a polynomial
// for e^r, and the scale 2ⁿ in two factors, so that the only rounding of a
// subnormal result is the last one.
func Exp[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		exp32(dst, any(x).([]float32))
	case []float64:
		exp64(dst, any(x).([]float64))
	}
}

func expGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = exp1f32(v)
	}
}

func expGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = exp1f64(v)
	}
}

// The magic numbers: a sum with 1.5·2^23 (1.5·2^52) has its unit place at the
// last bit, so the addition rounds to an integer and the low bits hold it.
const (
	magic32 = 0x1.8p23
	magic64 = 0x1.8p52
)

// exp1f32 is e^x. Outside [−104, 89] the result is 0 or +Inf; clamping keeps n in
// the range that two scale factors reach. A NaN passes the comparisons.
func exp1f32(x float32) float32 {
	if x > 89 {
		x = 89
	}
	if x < -104 {
		x = -104
	}
	t := fma32(x, 0x1.715476p0, magic32) // 1/ln 2
	n := t - magic32
	r := fma32(-n, 0x1.62e43p-1, x)          // ln 2, upper part
	r = fma32(-n, -0x1.05c610ca86c39p-29, r) // ln 2, lower part
	p := float32(0x1.694c82p-10)
	p = fma32(p, r, 0x1.12397cp-7)
	p = fma32(p, r, 0x1.555a26p-5)
	p = fma32(p, r, 0x1.555492p-3)
	p = fma32(p, r, 0x1.fffffap-2)
	p = fma32(p, r, 1)
	p = fma32(p, r, 1)
	k := int32(math.Float32bits(t)) - int32(math.Float32bits(magic32))
	half := k >> 1
	return p * pow2f32(half) * pow2f32(k-half)
}

// pow2f32 is 2^k for −126 ≤ k ≤ 127.
func pow2f32(k int32) float32 { return math.Float32frombits(uint32(k+127) << 23) }

// exp1f64 is e^x; see exp1f32.
func exp1f64(x float64) float64 {
	if x > 710 {
		x = 710
	}
	if x < -746 {
		x = -746
	}
	t := fma64(x, 0x1.71547652b82fep0, magic64)
	n := t - magic64
	r := fma64(-n, 0x1.62e42fefa39efp-1, x)
	r = fma64(-n, 0x1.abc9e3b39803fp-56, r)
	p := 0x1.ad1ed5c443d87p-26
	p = fma64(p, r, 0x1.289f82efc7d7dp-22)
	p = fma64(p, r, 0x1.71df56047beb6p-19)
	p = fma64(p, r, 0x1.a019ab3499553p-16)
	p = fma64(p, r, 0x1.a01a011bcda97p-13)
	p = fma64(p, r, 0x1.6c16c17cc1075p-10)
	p = fma64(p, r, 0x1.1111111128978p-7)
	p = fma64(p, r, 0x1.555555555320dp-5)
	p = fma64(p, r, 0x1.5555555555501p-3)
	p = fma64(p, r, 0.5)
	p = fma64(p, r, 1)
	p = fma64(p, r, 1)
	k := int64(math.Float64bits(t)) - int64(math.Float64bits(magic64))
	half := k >> 1
	return p * pow2f64(half) * pow2f64(k-half)
}

// pow2f64 is 2^k for −1022 ≤ k ≤ 1023.
func pow2f64(k int64) float64 { return math.Float64frombits(uint64(k+1023) << 52) }
