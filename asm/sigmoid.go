package asm

import "math"

// Sigmoid sets dst[i] = σ(x) = 1/(1 + e^(−x)), x = x[i]. dst may be x. The error is below
// 2.5 ulp, for large negative x too: there it is e^x/(1 + e^x).
func Sigmoid[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		sigmoid32(dst, any(x).([]float32))
	case []float64:
		sigmoid64(dst, any(x).([]float64))
	}
}

func sigmoidGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid1f32(v)
	}
}

func sigmoidGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = sigmoid1f64(v)
	}
}

func sigmoid1f32(x float32) float32 {
	e := exp1f32(-abs32(x))
	n := float32(1)
	if x < 0 {
		n = e
	}
	return n / (1 + e)
}

func sigmoid1f64(x float64) float64 {
	e := exp1f64(-math.Abs(x))
	n := 1.0
	if x < 0 {
		n = e
	}
	return n / (1 + e)
}

// SiLU sets dst[i] = x·σ(x), x = x[i], also called swish. dst may be x. SiLU(±0) is
// ±0, SiLU(−Inf) −0. The error is below 3.5 ulp;
// where e^x is subnormal, |x|/2 units of the smallest subnormal number.
func SiLU[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		silu32(dst, any(x).([]float32))
	case []float64:
		silu64(dst, any(x).([]float64))
	}
}

func siluGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = silu1f32(v)
	}
}

func siluGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = silu1f64(v)
	}
}

func silu1f32(x float32) float32 {
	s := sigmoid1f32(x)
	if x < -1000 {
		x = -1000 // so that −Inf gives −0
	}
	return x * s
}

func silu1f64(x float64) float64 {
	s := sigmoid1f64(x)
	if x < -1000 {
		x = -1000
	}
	return x * s
}

// Softplus sets dst[i] = ln(1 + e^x), x = x[i]. dst may be x. It is max(x, 0) +
// ln(1 + e^(−|x|)); the error is below 3 ulp.
func Softplus[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		softplus32(dst, any(x).([]float32))
	case []float64:
		softplus64(dst, any(x).([]float64))
	}
}

func softplusGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = softplus1f32(v)
	}
}

func softplusGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = softplus1f64(v)
	}
}

func softplus1f32(x float32) float32 {
	m := x
	if m < 0 {
		m = 0
	}
	return m + log1p1f32(exp1f32(-abs32(x)))
}

func softplus1f64(x float64) float64 {
	m := x
	if m < 0 {
		m = 0
	}
	return m + log1p1f64(exp1f64(-math.Abs(x)))
}
