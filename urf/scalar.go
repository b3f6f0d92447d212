package urf

import (
	"math"

	"nnk/asm"
	"nnk/rng"
)

// One value at a time of the kernels in asm and rng, for fits and predictions.

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

func log1p(x float64) float64 {
	v := [1]float64{x}
	asm.Log1p(v[:], v[:])
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

// halfNormalQuantile is the x of which a standard normal value is closer to 0 with
// probability u.
func halfNormalQuantile(u float64) float64 {
	v := [1]float64{(1 - u) / 2}
	rng.NormalQuantile(v[:], v[:])
	return math.Abs(v[0])
}
