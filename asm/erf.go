package asm

import "math"

// Erf sets dst[i] = erf x[i] = 2/√π ∫₀ˣ e^(−t²) dt. dst may be x. Erf(±0) is ±0, Erf(±Inf)
// ±1. The error is below 2 ulp.
//
// For |x| < 1 an odd polynomial, beyond it 1 − erfc |x| with the sign of x.
func Erf[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		erf32(dst, any(x).([]float32))
	case []float64:
		erf64(dst, any(x).([]float64))
	}
}

func erfGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = erf1f32(v)
	}
}

func erfGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = erf1f64(v)
	}
}

func erf1f32(x float32) float32 {
	a := abs32(x)
	z := float32(a * a)
	p := float32(-0x1.1fd45cp-17)
	p = fma32(p, z, 0x1.c77348p-14)
	p = fma32(p, z, -0x1.b99eb6p-11)
	p = fma32(p, z, 0x1.55dcc6p-8)
	p = fma32(p, z, -0x1.b821e6p-6)
	p = fma32(p, z, 0x1.ce2eap-4)
	p = fma32(p, z, -0x1.812744p-2)
	p = fma32(p, z, 0x1.06eba8p-3)
	r := 1 - erfc1f32(a)
	if a < 1 {
		r = fma32(a, p, a)
	}
	return copysign32(r, x)
}

func erf1f64(x float64) float64 {
	a := math.Abs(x)
	z := float64(a * a)
	p := -0x1.e6d7700df3b08p-32
	p = fma64(p, z, 0x1.d79042b723db9p-29)
	p = fma64(p, z, -0x1.9cb226e632392p-27)
	p = fma64(p, z, 0x1.b061038669827p-26)
	p = fma64(p, z, -0x1.3599fd18da519p-25)
	p = fma64(p, z, 0x1.a214079786167p-25)
	p = fma64(p, z, -0x1.92562fe0464f5p-23)
	p = fma64(p, z, 0x1.bd230568357f5p-20)
	p = fma64(p, z, -0x1.f4f898c96fe6cp-17)
	p = fma64(p, z, 0x1.f9a46b264ac27p-14)
	p = fma64(p, z, -0x1.c02dbb84cec8cp-11)
	p = fma64(p, z, 0x1.565bcd2c72001p-8)
	p = fma64(p, z, -0x1.b82ce31320246p-6)
	p = fma64(p, z, 0x1.ce2f21a0446fbp-4)
	p = fma64(p, z, -0x1.812746b037a0bp-2)
	p = fma64(p, z, 0x1.06eba8214db69p-3)
	r := 1 - erfc1f64(a)
	if a < 1 {
		r = fma64(a, p, a)
	}
	return math.Copysign(r, x)
}

// Erfc sets dst[i] = erfc x[i] = 1 − erf x[i], without cancellation. dst may be x.
// Erfc(+Inf) is 0, Erfc(−Inf) 2. The error is below 7 ulp.
//
// erfc y = e^(−y²)·erfcx y for y = |x|, where y² is carried in two parts, and
// (1+2y)·erfcx y is a polynomial in (y−k)/(y+k), which maps [0, ∞) to [−1, 1); see
// Shepherd and Laframboise, Math. Comp. 36 (1981). For x < 0 it is 2 − erfc y.
func Erfc[T Float](dst, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		erfc32(dst, any(x).([]float32))
	case []float64:
		erfc64(dst, any(x).([]float64))
	}
}

func erfcGeneric32(dst, x []float32) {
	for i, v := range x {
		dst[i] = erfc1f32(v)
	}
}

func erfcGeneric64(dst, x []float64) {
	for i, v := range x {
		dst[i] = erfc1f64(v)
	}
}

func erfc1f32(x float32) float32 {
	y := abs32(x)
	if y > 10.25 {
		y = 10.25 // erfc is 0 from 10.06 on
	}
	sq := float32(y * y)
	r := tail32(y, sq, fma32(y, y, -sq))
	if x < 0 {
		r = 2 - r
	}
	return r
}

func erfc1f64(x float64) float64 {
	y := math.Abs(x)
	if y > 27.5 {
		y = 27.5 // erfc is 0 from 27.23 on
	}
	sq := float64(y * y)
	r := tail64(y, sq, fma64(y, y, -sq))
	if x < 0 {
		r = 2 - r
	}
	return r
}

// tail32 is erfc y for y ≥ 0, given y² = sq + low.
func tail32(y, sq, low float32) float32 {
	q := (y - 3) / (y + 3)
	p := float32(-0x1.21d0f20p-12)
	p = fma32(p, q, -0x1.a133a80p-11)
	p = fma32(p, q, 0x1.05ab420p-9)
	p = fma32(p, q, 0x1.5203b00p-9)
	p = fma32(p, q, -0x1.85cc260p-6)
	p = fma32(p, q, 0x1.17baca0p-4)
	p = fma32(p, q, -0x1.e88a420p-4)
	p = fma32(p, q, 0x1.09842a0p-3)
	p = fma32(p, q, -0x1.85a15a0p-5)
	p = fma32(p, q, -0x1.15c08a0p-3)
	p = fma32(p, q, 0x1.40c5220p+0)
	e := exp1f32(-sq)
	e = fma32(-e, low, e)
	return float32(e*p) / fma32(2, y, 1)
}

// tail64 is erfc y for y ≥ 0, given y² = sq + low.
func tail64(y, sq, low float64) float64 {
	q := (y - 4) / (y + 4)
	p := 0x1.57766c474bb72p-30
	p = fma64(p, q, 0x1.f52bd4db827bcp-30)
	p = fma64(p, q, -0x1.e46ff4f7d53f8p-27)
	p = fma64(p, q, -0x1.334c684f30cadp-26)
	p = fma64(p, q, 0x1.d9122092779f2p-24)
	p = fma64(p, q, 0x1.4070257da6effp-24)
	p = fma64(p, q, -0x1.bb3da464a49f4p-21)
	p = fma64(p, q, 0x1.3b80118fd6399p-22)
	p = fma64(p, q, 0x1.7f2f095432ac6p-18)
	p = fma64(p, q, -0x1.788cbb5dfd554p-17)
	p = fma64(p, q, -0x1.995a2469c2d03p-16)
	p = fma64(p, q, 0x1.3be0682c5341dp-13)
	p = fma64(p, q, -0x1.a1df1c86a1ba7p-13)
	p = fma64(p, q, -0x1.8d4a9c319f70bp-11)
	p = fma64(p, q, 0x1.49c67278b36a5p-8)
	p = fma64(p, q, -0x1.09623882a098ap-6)
	p = fma64(p, q, 0x1.3079edf6b1df5p-5)
	p = fma64(p, q, -0x1.0fb06dfe558bap-4)
	p = fma64(p, q, 0x1.7fee004e10f4ap-4)
	p = fma64(p, q, -0x1.9ddb23c3e88dep-4)
	p = fma64(p, q, 0x1.16ecefcfa5426p-4)
	p = fma64(p, q, 0x1.f7f5df66fd6b6p-7)
	p = fma64(p, q, -0x1.1df1ad154a28fp-3)
	p = fma64(p, q, 0x1.3ba5916e9fd7fp+0)
	e := exp1f64(-sq)
	e = fma64(-e, low, e)
	return float64(e*p) / fma64(2, y, 1)
}
