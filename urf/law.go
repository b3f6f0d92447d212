package urf

import (
	"fmt"
	"math"
	"slices"
)

// Law is a distribution of frequencies κ > 0.
type Law int

// The laws of continuous spectra. Those of f(z) give f(a·z) with frequencies a·κ.
const (
	NoLaw         Law = iota
	HalfNormal        // exp(−z²/2)
	Rayleigh          // z·exp(−z²/2), with mass √(2/π) and phase −π/2
	HalfCauchy        // exp(−|z|)
	Exponential       // 1/(1+z²)
	Sech              // sech z
	UniformLaw        // sin(z)/z
	VarianceGamma     // 1/(1+z²)²
)

// A law is a row of the table of laws: all that anything knows of one. Functions are of κ > 0, but
// for quantile, cosine and sine.
type law struct {
	name     string
	density  func(kappa float64) float64
	quantile func(u float64) float64 // the inverse distribution function, for 0 < u < 1
	// rate is the exponential rate of the tail: E e^(tκ) is finite only for t below it.
	rate float64
	// end is where an integral over the law of what grows like e^(growth·κ) may stop; nil: the tail
	// is too heavy for that.
	end func(growth float64) float64
	// cosine and sine are E cos κz and E sin κz; nil: there is no closed form.
	cosine, sine func(z float64) float64
}

// laws in the order of the constants.
var laws = []law{
	{name: "none"},
	{
		name:    "half-normal",
		density: func(kappa float64) float64 { return math.Sqrt(2/math.Pi) * exp(-kappa*kappa/2) }, quantile: halfNormalQuantile,
		rate: math.Inf(1), end: func(growth float64) float64 { return growth + 10 },
		cosine: func(z float64) float64 { return exp(-z * z / 2) },
	},
	{
		name:    "rayleigh",
		density: func(kappa float64) float64 { return kappa * exp(-kappa*kappa/2) }, quantile: func(u float64) float64 { return math.Sqrt(-2 * log(1-u)) },
		rate: math.Inf(1), end: func(growth float64) float64 { return growth + 10 },
		sine: func(z float64) float64 { return math.Sqrt(math.Pi/2) * z * exp(-z*z/2) },
	},
	{
		name:    "half-cauchy",
		density: func(kappa float64) float64 { return 2 / math.Pi / (1 + float64(kappa*kappa)) }, quantile: func(u float64) float64 { sin, cos := sincos(math.Pi / 2 * u); return sin / cos },
		rate:   0,
		cosine: func(z float64) float64 { return exp(-math.Abs(z)) },
	},
	{
		name:    "exponential",
		density: func(kappa float64) float64 { return exp(-kappa) }, quantile: func(u float64) float64 { return -log(1 - u) },
		rate: 1, end: func(growth float64) float64 { return tailEnd(1, growth) },
		cosine: func(z float64) float64 { return 1 / (1 + float64(z*z)) },
		sine:   func(z float64) float64 { return z / (1 + float64(z*z)) },
	},
	{
		name: "sech",
		density: func(kappa float64) float64 {
			e := exp(-math.Pi / 2 * kappa) // sech(πκ/2) without overflow
			return 2 * e / (1 + float64(e*e))
		},
		quantile: func(u float64) float64 { // the inverse of (4/π)·atan(tanh(πκ/4))
			sin, cos := sincos(math.Pi / 2 * u)
			return 2 / math.Pi * log((1+sin)/cos)
		},
		rate: math.Pi / 2, end: func(growth float64) float64 { return tailEnd(math.Pi/2, growth) },
		cosine: func(z float64) float64 { return 2 / (exp(z) + exp(-z)) },
	},
	{
		name:    "uniform",
		density: func(kappa float64) float64 { return float64(count(kappa <= 1)) }, quantile: func(u float64) float64 { return u },
		rate: math.Inf(1), end: func(float64) float64 { return 1 },
		cosine: sinc,
		sine:   func(z float64) float64 { s, _ := sincos(z / 2); return s * sinc(z/2) },
	},
	{
		// |G − G′| for G, G′ of the gamma distribution of shape 2: an even mixture of those of shapes 1 and 2.
		name:    "variance-gamma",
		density: func(kappa float64) float64 { return (1 + kappa) / 2 * exp(-kappa) }, quantile: varianceGammaQuantile,
		rate: 1, end: func(growth float64) float64 { return tailEnd(1, growth) },
		cosine: func(z float64) float64 { q := 1 / (1 + float64(z*z)); return q * q },
		sine:   func(z float64) float64 { q := 1 / (1 + float64(z*z)); return z * q * (0.5 + q) },
	},
}

// varianceGammaQuantile solves e^(−κ)·(1 + κ/2) = 1 − u by Newton's steps on κ − ln(1 + κ/2) + ln(1 − u),
// which is convex and increases, from a point beyond the root: ln(1 + κ/2) ≤ κ/2.
func varianceGammaQuantile(u float64) float64 {
	tail := -log(1 - u)
	kappa := 2 * tail
	for range 8 {
		kappa -= (kappa - log1p(kappa/2) - tail) / (1 - 1/(2+kappa))
	}
	return kappa
}

// tailEnd is where a tail of the given rate may be cut.
func tailEnd(rate, growth float64) float64 { return 45 / (rate - min(growth, rate*0.99)) }

// sinc is sin(z)/z.
func sinc(z float64) float64 {
	if z == 0 {
		return 1
	}
	s, _ := sincos(z)
	return s / z
}

func (l Law) String() string {
	if l < 0 || int(l) >= len(laws) {
		return fmt.Sprintf("Law(%d)", int(l))
	}
	return laws[l].name
}

// lawNamed returns the law of a name, −1 if there is none.
func lawNamed(name string) Law {
	return Law(slices.IndexFunc(laws, func(l law) bool { return l.name == name }))
}

// meanWave is E cos(κ·z + phase) for κ of the scale and phase of w.
func (l *law) meanWave(w Wave, z float64) float64 {
	im, re := phase(w.Phase)
	if re != 0 && l.cosine == nil || im != 0 && l.sine == nil {
		return l.integrate(0, func(u float64) float64 { return cos(math.FMA(w.Freq*u, z, w.Phase)) })
	}
	mean := 0.0
	if re != 0 {
		mean = re * l.cosine(w.Freq*z)
	}
	if im != 0 {
		mean -= float64(im * l.sine(w.Freq*z))
	}
	return mean
}

// integrationSteps of the midpoint rule.
const integrationSteps = 1 << 13

// integrate returns the mean of h over the law, for an h that grows like
// e^(growth·u).
func (l *law) integrate(growth float64, h func(u float64) float64) (sum float64) {
	if l.end == nil { // equal parts of probability
		for i := range 8 * integrationSteps {
			sum += float64(h(l.quantile((float64(i)+0.5)/(8*integrationSteps))) / (8 * integrationSteps))
		}
		return sum
	}
	step := l.end(growth) / integrationSteps
	for i := range integrationSteps {
		u := (float64(i) + 0.5) * step
		sum += float64(l.density(u) * h(u) * step)
	}
	return sum
}
