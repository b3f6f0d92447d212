package asm

import (
	"math"
	"math/bits"
)

// Sincos sets sin[i], cos[i] to the sine and cosine of x[i], in radians. The
// lengths must be equal; sin or cos may be x. The error is below 1 ulp for every
// argument, however large. Sin(±0) is ±0; of ±Inf and NaN both are NaN.
//
// The argument is reduced by n·π/2 in three parts with fused steps, exact to more
// than twice the precision for |x| ≤ 2^22 (float64) and 2^15 (float32); beyond that
// the product with the binary digits of 2/π is formed in integers (Payne and Hanek).
func Sincos[T Float](sin, cos, x []T) {
	sin, cos = sin[:len(x)], cos[:len(x)]
	switch x := any(x).(type) {
	case []float32:
		sincos32(any(sin).([]float32), any(cos).([]float32), x)
	case []float64:
		sincos64(any(sin).([]float64), any(cos).([]float64), x)
	}
}

// Sin sets dst[i] to the sine of x[i]; see [Sincos]. dst may be x.
func Sin[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		sin32(dst, any(x).([]float32))
	case []float64:
		sin64(dst, any(x).([]float64))
	}
}

// Cos sets dst[i] to the cosine of x[i]; see [Sincos]. dst may be x.
func Cos[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		cos32(dst, any(x).([]float32))
	case []float64:
		cos64(dst, any(x).([]float64))
	}
}

func sincosGeneric32(sin, cos, x []float32) {
	for i, v := range x {
		sin[i], cos[i] = sincos1f32(v)
	}
}

func sincosGeneric64(sin, cos, x []float64) {
	for i, v := range x {
		sin[i], cos[i] = sincos1f64(v)
	}
}

func sinGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i], _ = sincos1f32(v)
	}
}

func sinGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i], _ = sincos1f64(v)
	}
}

func cosGeneric32(dst, x []float32) {
	for i, v := range x {
		_, dst[i] = sincos1f32(v)
	}
}

func cosGeneric64(dst, x []float64) {
	for i, v := range x {
		_, dst[i] = sincos1f64(v)
	}
}

func sincos1f32(x float32) (sin, cos float32) {
	if !(x <= 0x1p15 && x >= -0x1p15) {
		s, c := sincos1f64(float64(x))
		return float32(s), float32(c)
	}
	t := fma32(x, 0x1.45f306p-1, magic32) // 2/π
	n := t - magic32
	// π/2 in three parts: the first step is exact, of the second the rounding errors
	// of the product and of the sum go to the correction r1.
	r := fma32(-n, 0x1.921fb6p0, x)
	p := float32(n * 0x1.777a5cp-25)
	r0 := r + p
	v := r0 - r
	r1 := (r - (r0 - v)) + (p - v) + fma32(n, 0x1.777a5cp-25, -p)
	r1 = fma32(n, 0x1.ee59dap-50, r1)
	z := float32(r0 * r0)
	s := fma32(fma32(-0x1.9953fep-13, z, 0x1.110778p-7), z, -0x1.555546p-3)
	s = r0 + fma32(float32(r0*z), s, r1)
	c := fma32(fma32(0x1.99e91p-16, z, -0x1.6c0c2ap-10), z, 0x1.55554ap-5)
	h := float32(0.5 * z)
	w := 1 - h
	c = w + fma32(float32(z*z), c, fma32(-r0, r1, (1-w)-h))
	q := math.Float32bits(t)
	if x == 0 {
		s = x // keeps the sign of zero
	}
	if q&1 == 1 {
		s, c = c, s
	}
	if q&2 == 2 {
		s = -s
	}
	if (q+1)&2 == 2 {
		c = -c
	}
	return s, c
}

func sincos1f64(x float64) (sin, cos float64) {
	var r0, r1 float64
	var q uint64
	if x <= 0x1p22 && x >= -0x1p22 {
		t := fma64(x, 0x1.45f306dc9c883p-1, magic64)
		n := t - magic64
		r := fma64(-n, 0x1.921fb54442d18p0, x)
		p := float64(n * -0x1.1a62633145c07p-54)
		r0 = r + p
		v := r0 - r
		r1 = (r - (r0 - v)) + (p - v) + fma64(n, -0x1.1a62633145c07p-54, -p)
		r1 = fma64(n, 0x1.f1976b7ed8fbcp-110, r1)
		q = math.Float64bits(t)
	} else {
		r0, r1, q = reduceHuge(x)
	}
	z := float64(r0 * r0)
	s := 0x1.5d8e364688fdp-33
	s = fma64(s, z, -0x1.ae5e5475213aep-26)
	s = fma64(s, z, 0x1.71de355f0807p-19)
	s = fma64(s, z, -0x1.a01a019bf2245p-13)
	s = fma64(s, z, 0x1.111111110f75dp-7)
	s = fma64(s, z, -0x1.5555555555548p-3)
	s = r0 + fma64(float64(r0*z), s, r1)
	c := -0x1.8fa682cb34b45p-37
	c = fma64(c, z, 0x1.1ee9dbd21dc01p-29)
	c = fma64(c, z, -0x1.27e4f7f19e747p-22)
	c = fma64(c, z, 0x1.a01a019c8f3f9p-16)
	c = fma64(c, z, -0x1.6c16c16c15016p-10)
	c = fma64(c, z, 0x1.555555555554bp-5)
	h := float64(0.5 * z)
	w := 1 - h
	c = w + fma64(float64(z*z), c, fma64(-r0, r1, (1-w)-h))
	if x == 0 {
		s = x // keeps the sign of zero
	}
	if q&1 == 1 {
		s, c = c, s
	}
	if q&2 == 2 {
		s = -s
	}
	if (q+1)&2 == 2 {
		c = -c
	}
	return s, c
}

// reduceHuge returns x − q·π/2 as a sum r0 + r1 for finite |x| ≥ 2^22, and NaN for
// others. Only the last two bits of q matter.
//
// x = m·2^e with a 53-bit integer m. The bits of 2/π that lie more than two places
// above the binary point of the product give multiples of 4, so a window of 192
// bits of 2/π is enough: two bits of quotient and 126 of fraction are right, and no
// float64 comes closer than 2^-62 to a multiple of π/2.
func reduceHuge(x float64) (r0, r1 float64, q uint64) {
	b := math.Float64bits(x)
	exp := int(b >> 52 & 0x7ff)
	if exp == 0x7ff {
		return math.NaN(), math.NaN(), 0
	}
	m := b&(1<<52-1) | 1<<52
	// Word i of twoOverPi has the weights 2^-(64i+1) … 2^-(64i+64). The product
	// with m·2^e must keep weights below 2^2: skip the first e−2 bits.
	skip := exp - 1075 - 2
	var w [3]uint64
	for i := range w {
		w[i] = window(skip + 64*i)
	}
	hi2, _ := bits.Mul64(m, w[2])
	hi1, lo1 := bits.Mul64(m, w[1])
	lo0 := m * w[0]
	low, carry := bits.Add64(lo1, hi2, 0)
	high := lo0 + hi1 + carry
	// high:low are 128 bits, the first two of them the quotient mod 4.
	q = high >> 62
	high = high<<2 | low>>62
	low <<= 2
	negative := high>>63 == 1 // fraction ≥ ½: round the quotient up
	if negative {
		q++
		low = -low
		high = ^high
		if low == 0 {
			high++
		}
	}
	// The fraction as a sum of two float64, normalised first.
	shift := bits.LeadingZeros64(high)
	high, low = high<<shift|low>>(64-shift), low<<shift
	f0 := float64(high >> 11)
	f1 := math.Ldexp(float64((high<<53|low>>11)>>11), -53) // the 53 bits below
	scale := -53 - shift
	f0, f1 = math.Ldexp(f0, scale), math.Ldexp(f1, scale)
	p := float64(f0 * 0x1.921fb54442d18p0)
	e := fma64(f0, 0x1.921fb54442d18p0, -p)
	e = fma64(f0, 0x1.1a62633145c07p-54, fma64(f1, 0x1.921fb54442d18p0, e))
	r0 = p + e
	r1 = (p - r0) + e
	if negative != (x < 0) {
		r0, r1 = -r0, -r1
	}
	if x < 0 {
		q = -q
	}
	return r0, r1, q
}

// window returns the 64 bits of 2/π that begin after the first skip fractional
// bits; bits before the point are zero.
func window(skip int) uint64 {
	if skip <= -64 {
		return 0
	}
	if skip < 0 {
		return twoOverPi[0] >> -skip
	}
	i, s := skip/64, skip%64
	v := twoOverPi[i] << s
	if s > 0 {
		v |= twoOverPi[i+1] >> (64 - s)
	}
	return v
}

// twoOverPi holds the first 1280 fractional bits of 2/π, as 2/π = Σ w[i]·2^-64(i+1).
// The largest exponent of float64 needs 971 − 2 skipped bits and a window of 192.
var twoOverPi = [20]uint64{
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
	0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
	0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
}
