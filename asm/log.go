package asm

import "math"

// Log sets dst[i] = ln x[i]. dst and x must have equal lengths and may be the same
// slice. The error is below 1 ulp in float64; Log(±0) is −Inf, Log(+Inf) +Inf, Log of
// a negative number or NaN is NaN.
//
// x = 2^k·(1+f) with 1+f in [√½, √2), and ln x = k·ln 2 + ln(1+f) by a polynomial
// in f (float32) or in s = f/(2+f) (float64).
func Log[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		log32(dst, any(x).([]float32))
	case []float64:
		log64(dst, any(x).([]float64))
	}
}

func logGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = log1f32(v)
	}
}

func logGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = log1f64(v)
	}
}

func log1f32(x float32) float32 {
	switch {
	case x < 0 || x != x:
		return float32(math.NaN())
	case x == 0:
		return float32(math.Inf(-1))
	case x > math.MaxFloat32:
		return x
	}
	var e int32
	if x < 0x1p-126 {
		x *= 0x1p24
		e = -24
	}
	const sqrtHalf = 0x3f3504f3 // bits of √½
	b := int32(math.Float32bits(x)) - sqrtHalf
	e += b >> 23
	f := math.Float32frombits(uint32(b&0x7fffff+sqrtHalf)) - 1
	k := float32(e)
	p := float32(0x1.2cb38cp-4)
	p = fma32(p, f, -0x1.ddb316p-4)
	p = fma32(p, f, 0x1.dc7628p-4)
	p = fma32(p, f, -0x1.fbbf2ap-4)
	p = fma32(p, f, 0x1.23de3ep-3)
	p = fma32(p, f, -0x1.556288p-3)
	p = fma32(p, f, 0x1.999d2ap-3)
	p = fma32(p, f, -0x1.ffffe6p-3)
	p = fma32(p, f, 0x1.555554p-2)
	p = fma32(p, f, -0.5)
	// ln(1+f) = f + p·f²; the lower part of k·ln 2 joins the smaller term.
	q := fma32(k, -0x1.05c610ca86c39p-29, float32(p*float32(f*f)))
	return fma32(k, 0x1.62e43p-1, f+q)
}

func log1f64(x float64) float64 {
	switch {
	case x < 0 || x != x:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case x > math.MaxFloat64:
		return x
	}
	var e int64
	if x < 0x1p-1022 {
		x *= 0x1p54
		e = -54
	}
	const sqrtHalf = 0x3fe6a09e667f3bcd // bits of √½
	b := int64(math.Float64bits(x)) - sqrtHalf
	e += b >> 52
	f := math.Float64frombits(uint64(b&(1<<52-1)+sqrtHalf)) - 1
	k := float64(e)
	s := f / (2 + f)
	z := float64(s * s)
	p := 0x1.2f0b56dd20a5dp-3
	p = fma64(p, z, 0x1.39a122bef71a6p-3)
	p = fma64(p, z, 0x1.746644e0a05b6p-3)
	p = fma64(p, z, 0x1.c71c51eb7ec1dp-3)
	p = fma64(p, z, 0x1.2492494217a8cp-2)
	p = fma64(p, z, 0x1.999999997fac3p-2)
	p = fma64(p, z, 0x1.5555555555593p-1)
	// ln(1+f) = 2s + s·z·p = f − (f²/2 − s·(f²/2 + z·p)).
	h := float64(0.5 * f * f)
	u := fma64(s, fma64(z, p, h), float64(k*0x1.abc9e3b39803fp-56))
	return fma64(k, 0x1.62e42fefa39efp-1, f-(h-u))
}
