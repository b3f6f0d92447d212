package asm

import "math"

// Expm1 sets dst[i] = e^x − 1, x = x[i], without cancellation near 0. dst may be x.
// Expm1(±0) is ±0, Expm1(−Inf) −1. The error is below 2 ulp.
//
// With x = n·ln 2 + r as in [Exp], it is 2·(2^(n−1)·(e^r − 1) + 2^(n−1) − ½).
func Expm1[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		expm132(dst, any(x).([]float32))
	case []float64:
		expm164(dst, any(x).([]float64))
	}
}

func expm1Generic32(dst, x []float32) {
	for i, v := range x {
		dst[i] = expm11f32(v)
	}
}

func expm1Generic64(dst, x []float64) {
	for i, v := range x {
		dst[i] = expm11f64(v)
	}
}

func expm11f32(x float32) float32 {
	c := x
	if c > 89 {
		c = 89
	}
	if c < -30 {
		c = -30
	}
	t := fma32(c, 0x1.715476p0, magic32)
	n := t - magic32
	r := fma32(-n, 0x1.62e43p-1, c)
	r = fma32(-n, -0x1.05c610ca86c39p-29, r)
	p := float32(0x1.a2d99ep-13)
	p = fma32(p, r, 0x1.6d2e04p-10)
	p = fma32(p, r, 0x1.110fc2p-7)
	p = fma32(p, r, 0x1.555502p-5)
	p = fma32(p, r, 0x1.555556p-3)
	p = fma32(p, r, 0x1p-1)
	p = fma32(float32(r*r), p, r)
	s := pow2f32(int32(math.Float32bits(t)) - int32(math.Float32bits(magic32)) - 1)
	p = 2 * fma32(s, p, s-0.5)
	if x == 0 {
		p = x
	}
	return p
}

func expm11f64(x float64) float64 {
	c := x
	if c > 710 {
		c = 710
	}
	if c < -50 {
		c = -50
	}
	t := fma64(c, 0x1.71547652b82fep0, magic64)
	n := t - magic64
	r := fma64(-n, 0x1.62e42fefa39efp-1, c)
	r = fma64(-n, 0x1.abc9e3b39803fp-56, r)
	p := 0x1.1f86f02e50c02p-29
	p = fma64(p, r, 0x1.af4ec8740b0b4p-26)
	p = fma64(p, r, 0x1.27e4cfaf3f1e1p-22)
	p = fma64(p, r, 0x1.71de01adc10d6p-19)
	p = fma64(p, r, 0x1.a01a01ab9879dp-16)
	p = fma64(p, r, 0x1.a01a01ac1dc6cp-13)
	p = fma64(p, r, 0x1.6c16c16c156a5p-10)
	p = fma64(p, r, 0x1.1111111110051p-7)
	p = fma64(p, r, 0x1.5555555555557p-5)
	p = fma64(p, r, 0x1.5555555555557p-3)
	p = fma64(p, r, 0x1p-1)
	p = fma64(float64(r*r), p, r)
	s := pow2f64(int64(math.Float64bits(t)) - int64(math.Float64bits(magic64)) - 1)
	p = 2 * fma64(s, p, s-0.5)
	if x == 0 {
		p = x
	}
	return p
}
