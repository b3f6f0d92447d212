package urf

import "math"

// factors are the constants of the universal random feature
//
//	Λ_g(z) = (1−4A)^(d/4)·exp(A‖g‖² + √(1−4A)·gᵀz − zᵀz/2)
//
// and of the sum over frequencies. They stand together so that a test can change
// each and see that the features lose their mean.
type factors struct {
	quarter float64 // d·quarter: the power of 1−4A
	four    float64 // in √(1−4A)
	half    float64 // of zᵀz
	norm    float64 // of A‖g‖²
	wave    float64 // ρη = i·wave·κ
	phase   float64 // of θ
	turn    float64 // of κ·b
	mass    float64 // of c = r/p
	unit    float64 // of 1/√m
}

var trueFactors = factors{quarter: 0.25, four: 4, half: 0.5, norm: 1, wave: 1, phase: 1, turn: 1, mass: 1, unit: 1}

// pair is ρ and η of one feature, real and imaginary parts, and its A. ρη is iκ, or
// 1 for the exponential kernel.
type pair struct{ rhoRe, rhoIm, etaRe, etaIm, a float64 }

// direction is α as its cosine and sine, exact at multiples of π/4 of 2α.
type direction struct{ cos, sin, cos2, sin2 float64 }

func directionOf(turns float64) direction {
	s, c := sincos(math.Pi * turns)
	s2, c2 := sincos(2 * math.Pi * turns)
	if t := 2 * turns; t == math.RoundToEven(t) {
		s, c = math.RoundToEven(s), math.RoundToEven(c)
	}
	if t := 4 * turns; t == math.RoundToEven(t) {
		s2, c2 = math.RoundToEven(s2), math.RoundToEven(c2)
	}
	return direction{c, s, c2, s2}
}

// wavePair is ρ = r·e^(iα), η = (κ/r)·e^(i(π/2−α)).
func wavePair(dir direction, kappa, r float64) pair {
	return pair{r * dir.cos, r * dir.sin, kappa / r * dir.sin, kappa / r * dir.cos, 0}
}

// place is where a moment is taken: ‖x‖², ‖w‖², xᵀw and d.
type place struct{ x2, w2, dot, d float64 }

// phi is ‖Re(ρ)x + Re(η)w‖².
func (p pair) phi(at place) float64 {
	v := float64(p.rhoRe*p.rhoRe*at.x2) + float64(p.etaRe*p.etaRe*at.w2) + float64(2*p.rhoRe*p.etaRe*at.dot)
	return max(v, 0)
}

// optimalA minimises E|Z|²: A = (1 − 1/t)/8 with t = 2d/(√((2φ+d)²+8dφ) + 2φ + d).
func optimalA(phi, d float64) float64 {
	s := float64(2*phi) + d
	t := 2 * d / (math.Sqrt(float64(s*s)+float64(8*d*phi)) + s)
	return (1 - 1/t) / 8
}

// logAbs is ln E|Z|² for Z = Λ(ρx)·Λ(ηw).
func (p pair) logAbs(at place) float64 {
	scale, stretch := p.prefactor(at.d)
	squares := float64((float64(p.rhoRe*p.rhoRe)-float64(p.rhoIm*p.rhoIm))*at.x2) + float64((float64(p.etaRe*p.etaRe)-float64(p.etaIm*p.etaIm))*at.w2)
	return scale + float64(stretch*p.phi(at)) - squares
}

// logSquare is ln E Z², real and imaginary part.
func (p pair) logSquare(at place) (re, im float64) {
	scale, stretch := p.prefactor(at.d)
	sqRe := float64((float64(p.rhoRe*p.rhoRe)-float64(p.rhoIm*p.rhoIm))*at.x2) + float64((float64(p.etaRe*p.etaRe)-float64(p.etaIm*p.etaIm))*at.w2)
	sqIm := float64(2*p.rhoRe*p.rhoIm*at.x2) + float64(2*p.etaRe*p.etaIm*at.w2)
	crossRe := float64(2 * (float64(p.rhoRe*p.etaRe) - float64(p.rhoIm*p.etaIm)) * at.dot)
	crossIm := float64(2 * (float64(p.rhoRe*p.etaIm) + float64(p.rhoIm*p.etaRe)) * at.dot)
	return scale + float64(stretch*(sqRe+crossRe)) - sqRe, float64(stretch*(sqIm+crossIm)) - sqIm
}

// prefactor is ln((1−4A)^d·(1−8A)^(−d/2)) and 2(1−4A)/(1−8A).
func (p pair) prefactor(d float64) (scale, stretch float64) {
	four, eight := 1-float64(4*p.a), 1-float64(8*p.a)
	return float64(d*log(four)) - float64(d/2*log(eight)), 2 * four / eight
}

// second is E (Re(Z·e^(iψ)))² = (E|Z|² + Re(e^(2iψ)·E Z²))/2.
func (p pair) second(at place, psi float64) float64 {
	abs := exp(p.logAbs(at))
	re, im := p.logSquare(at)
	return (abs + float64(exp(re)*cos(math.FMA(2, psi, im)))) / 2
}
