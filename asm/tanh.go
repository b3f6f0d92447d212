package asm

import "math"

// Tanh sets dst[i] = tanh x[i]. dst may be x. Tanh(±0) is ±0, Tanh(±Inf) ±1. The error
// is below 1 ulp.
//
// For |x| < 1 an odd polynomial, beyond it 1 − 2/(e^2|x| + 1) with the sign of x.
func Tanh[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		tanh32(dst, any(x).([]float32))
	case []float64:
		tanh64(dst, any(x).([]float64))
	}
}

func tanhGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = tanh1f32(v)
	}
}

func tanhGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = tanh1f64(v)
	}
}

func tanh1f32(x float32) float32 {
	a := abs32(x)
	z := float32(a * a)
	p := float32(0x1.4ad2b2p-13)
	p = fma32(p, z, -0x1.00a3fp-10)
	p = fma32(p, z, 0x1.af19d2p-9)
	p = fma32(p, z, -0x1.1f09f8p-7)
	p = fma32(p, z, 0x1.661p-6)
	p = fma32(p, z, -0x1.ba1c2cp-5)
	p = fma32(p, z, 0x1.11113p-3)
	p = fma32(p, z, -0x1.555556p-2)
	small := fma32(float32(a*z), p, a)
	if a > 20 {
		a = 20
	}
	r := 1 - 2/(exp1f32(2*a)+1)
	if a < 1 {
		r = small
	}
	return copysign32(r, x)
}

func tanh1f64(x float64) float64 {
	a := math.Abs(x)
	z := float64(a * a)
	p := 0x1.ada5f015a6cc5p-26
	p = fma64(p, z, -0x1.196a68393489cp-22)
	p = fma64(p, z, 0x1.70fd4269fdf8cp-20)
	p = fma64(p, z, -0x1.4e07de111ddp-18)
	p = fma64(p, z, 0x1.e9954c812932bp-17)
	p = fma64(p, z, -0x1.41e6601952608p-15)
	p = fma64(p, z, 0x1.948b0ac74ee4fp-14)
	p = fma64(p, z, -0x1.f51d80a63468fp-13)
	p = fma64(p, z, 0x1.3551529743b81p-11)
	p = fma64(p, z, -0x1.7da2b0a2818c5p-10)
	p = fma64(p, z, 0x1.d6d3c3e6d55c7p-9)
	p = fma64(p, z, -0x1.226e350e10ca7p-7)
	p = fma64(p, z, 0x1.664f488054b88p-6)
	p = fma64(p, z, -0x1.ba1ba1ba113f7p-5)
	p = fma64(p, z, 0x1.1111111111071p-3)
	p = fma64(p, z, -0x1.5555555555555p-2)
	small := fma64(float64(a*z), p, a)
	if a > 20 {
		a = 20
	}
	r := 1 - 2/(exp1f64(2*a)+1)
	if a < 1 {
		r = small
	}
	return math.Copysign(r, x)
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

func copysign32(x, sign float32) float32 {
	return math.Float32frombits(math.Float32bits(x)&^(1<<31) | math.Float32bits(sign)&(1<<31))
}
