package urf

import (
	"math"

	"nnk/asm"
)

// One value at a time of the kernels in asm, for fits and predictions.

func exp(x float64) float64 {
	v := [1]float64{x}
	asm.Exp(v[:], v[:])
	return v[0]
}

func log(x float64) float64 {
	v := [1]float64{x}
	asm.Log(v[:], v[:])
	return v[0]
}

func sincos(x float64) (sin, cos float64) {
	v := [2]float64{x}
	asm.Sincos(v[:1], v[1:], v[:1])
	return v[0], v[1]
}

func cos(x float64) float64 {
	_, c := sincos(x)
	return c
}

// expm1 is e^x − 1 to a few ulp.
func expm1(x float64) float64 {
	if !(math.Abs(x) < 0.5) {
		return exp(x) - 1
	}
	p := 1.0 // Horner's scheme of Σ xᵏ/k!, to x¹⁵/15!
	for k := 16.0; k > 1; k-- {
		p = math.FMA(p, x/k, 1)
	}
	return p * x
}

// tanh is to a few ulp.
func tanh(x float64) float64 {
	e := expm1(-2 * math.Abs(x))
	return math.Copysign(-e/(2+e), x)
}

// erfc is 1 − erf to a few ulp, by the series e^(−x²)·(2/√π)·Σ 2ⁿ·x^(2n+1)/(2n+1)!! of
// erf for small |x| and by the continued fraction of e^(x²)·erfc beyond.
func erfc(x float64) float64 {
	a := math.Abs(x)
	if a < 2 {
		return 1 - erfSmall(x)
	}
	if a > 40 {
		return 1 - math.Copysign(1, x)
	}
	f := a
	for k := 60; k > 0; k-- {
		f = a + float64(k)/2/f
	}
	tail := exp(-a*a) / (f * math.Sqrt(math.Pi))
	if x < 0 {
		return 2 - tail
	}
	return tail
}

// erf is to a few ulp.
func erf(x float64) float64 {
	if math.Abs(x) < 2 {
		return erfSmall(x)
	}
	return 1 - erfc(x)
}

func erfSmall(x float64) float64 {
	z := float64(2 * x * x)
	p := 1.0
	for n := 40.0; n > 0; n-- {
		p = math.FMA(p, z/(2*n+1), 1)
	}
	return 2 / math.Sqrt(math.Pi) * exp(-x*x) * x * p
}

// sigmoid is 1/(1 + e^−x).
func sigmoid(x float64) float64 {
	e := exp(-math.Abs(x))
	if x < 0 {
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// log1p is ln(1+x) for 0 ≤ x ≤ 1, to a few ulp: the rounding of 1+x is made good to
// first order.
func log1p(x float64) float64 {
	u := 1 + x
	return log(u) + (x-(u-1))/u
}
