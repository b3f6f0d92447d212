package asm

import "math"

// GELU sets dst[i] = x·Φ(x), x = x[i], with the normal distribution function
// Φ(x) = erfc(−x/√2)/2 (Hendrycks and Gimpel, arXiv 1606.08415). dst may be x. GELU(±0)
// is ±0, GELU(−Inf) −0. The error is below 8 ulp, in the negative
// tail too; where e^(−x²/2) is subnormal, |x| units of the smallest subnormal number.
//
// It is max(x, 0) − |x|·erfc(|x|/√2)/2.
func GELU[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		gelu32(dst, any(x).([]float32))
	case []float64:
		gelu64(dst, any(x).([]float64))
	}
}

func geluGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = gelu1f32(v)
	}
}

func geluGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = gelu1f64(v)
	}
}

func gelu1f32(x float32) float32 {
	a := abs32(x)
	if a > 14.5 {
		a = 14.5
	}
	h := 0.5 * a
	sq := float32(h * a)
	phi := 0.5 * tail32(a*0x1.6a09e6p-1, sq, fma32(h, a, -sq)) // √½
	m := x
	if !(m > 0) {
		m = 0
	}
	r := fma32(-a, phi, m)
	if x == 0 {
		r = x
	}
	return r
}

func gelu1f64(x float64) float64 {
	a := math.Abs(x)
	if a > 39 {
		a = 39
	}
	h := 0.5 * a
	sq := float64(h * a)
	phi := 0.5 * tail64(a*0x1.6a09e667f3bcdp-1, sq, fma64(h, a, -sq))
	m := x
	if !(m > 0) {
		m = 0
	}
	r := fma64(-a, phi, m)
	if x == 0 {
		r = x
	}
	return r
}

// GELUTanh sets dst[i] = x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))), x = x[i], the
// approximation of [GELU] that many networks were trained with. dst may be x. Computed
// as x·σ(t), t = x·(2√(2/π) + 0.0713548…·x²). The error is below 4 ulp for x > −1; for smaller x it
// grows with |t|, whose own rounding the exponential magnifies.
func GELUTanh[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		geluTanh32(dst, any(x).([]float32))
	case []float64:
		geluTanh64(dst, any(x).([]float64))
	}
}

func geluTanhGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = geluTanh1f32(v)
	}
}

func geluTanhGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = geluTanh1f64(v)
	}
}

func geluTanh1f32(x float32) float32 {
	t := float32(x * fma32(float32(x*x), 0x1.2444f2p-4, 0x1.988454p0))
	e := exp1f32(-abs32(t))
	n := float32(1)
	if x < 0 {
		n = e
	}
	if x < -1000 {
		x = -1000 // so that −Inf gives −0
	}
	return x * (n / (1 + e))
}

func geluTanh1f64(x float64) float64 {
	t := float64(x * fma64(float64(x*x), 0x1.2444f2a4d8b4bp-4, 0x1.9884533d43651p0))
	e := exp1f64(-math.Abs(t))
	n := 1.0
	if x < 0 {
		n = e
	}
	if x < -1000 {
		x = -1000
	}
	return x * (n / (1 + e))
}
