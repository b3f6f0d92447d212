package asm

import "math"

// Log1p sets dst[i] = ln(1 + x), x = x[i], without cancellation near 0. dst may be x.
// Log1p(±0) is ±0, Log1p(−1) −Inf; of anything below −1 it is NaN. The error is
// below 1.5 ulp.
//
// u = 1 + x is rounded; its rounding error c enters as c/u beside the polynomial of
// [Log].
func Log1p[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		log1p32(dst, any(x).([]float32))
	case []float64:
		log1p64(dst, any(x).([]float64))
	}
}

func log1pGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = log1p1f32(v)
	}
}

func log1pGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = log1p1f64(v)
	}
}

func log1p1f32(x float32) float32 {
	switch {
	case x < -1 || x != x:
		return float32(math.NaN())
	case x == -1:
		return float32(math.Inf(-1))
	case x == 0 || x > math.MaxFloat32:
		return x
	}
	u := 1 + x
	v := u - 1
	c := ((1 - (u - v)) + (x - v)) / u
	const sqrtHalf = 0x3f3504f3 // bits of √½
	b := int32(math.Float32bits(u)) - sqrtHalf
	k := float32(b >> 23)
	f := math.Float32frombits(uint32(b&0x7fffff+sqrtHalf)) - 1
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
	q := fma32(k, -0x1.05c610ca86c39p-29, float32(p*float32(f*f))) + c
	return fma32(k, 0x1.62e43p-1, f+q)
}

func log1p1f64(x float64) float64 {
	switch {
	case x < -1 || x != x:
		return math.NaN()
	case x == -1:
		return math.Inf(-1)
	case x == 0 || x > math.MaxFloat64:
		return x
	}
	u := 1 + x
	v := u - 1
	c := ((1 - (u - v)) + (x - v)) / u
	const sqrtHalf = 0x3fe6a09e667f3bcd // bits of √½
	b := int64(math.Float64bits(u)) - sqrtHalf
	k := float64(b >> 52)
	f := math.Float64frombits(uint64(b&(1<<52-1)+sqrtHalf)) - 1
	s := f / (2 + f)
	z := float64(s * s)
	p := 0x1.2f0b56dd20a5dp-3
	p = fma64(p, z, 0x1.39a122bef71a6p-3)
	p = fma64(p, z, 0x1.746644e0a05b6p-3)
	p = fma64(p, z, 0x1.c71c51eb7ec1dp-3)
	p = fma64(p, z, 0x1.2492494217a8cp-2)
	p = fma64(p, z, 0x1.999999997fac3p-2)
	p = fma64(p, z, 0x1.5555555555593p-1)
	h := float64(0.5 * f * f)
	w := fma64(s, fma64(z, p, h), float64(k*0x1.abc9e3b39803fp-56)+c)
	return fma64(k, 0x1.62e42fefa39efp-1, f-(h-w))
}
