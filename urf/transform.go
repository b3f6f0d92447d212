package urf

import "math"

// Transform returns F(ξ) = ∫ f(z)·e^(−2πiξz) dz of the continuous part of s, real and
// imaginary part: π·r(κ)·e^(±iθ) at κ = 2π·|ξ|, r the density of its mass over
// frequencies and θ its phase, with the sign of ξ (SNNK §3.1; F is the paper's). The
// waves and the constant are atoms and not in it. It is 0 without a continuous part.
func (s Spectrum) Transform(xi float64) (re, im float64) {
	c := s.Cont
	kappa := 2 * math.Pi * math.Abs(xi) / c.Freq
	if s.Law == NoLaw || math.IsInf(kappa, 1) {
		return 0, 0
	}
	sin, cos := phase(c.Phase)
	if xi < 0 {
		sin = -sin
	}
	r := math.Pi * (c.Mass * laws[s.Law].density(kappa) / c.Freq)
	return r * cos, r * sin
}

// phase returns sin θ and cos θ, exact at multiples of π/2.
func phase(theta float64) (sin, cos float64) {
	sin, cos = sincos(theta)
	if q := theta / (math.Pi / 2); q == math.RoundToEven(q) {
		return math.RoundToEven(sin), math.RoundToEven(cos)
	}
	return sin, cos
}
