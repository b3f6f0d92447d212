//go:build slow

package urf

import (
	"math"
	"testing"

	"nnk/rng/ortho"
)

// TestMeanAndVarianceSlow: as TestMeanAndVariance, of more rows and seeds.
func TestMeanAndVarianceSlow(t *testing.T) { testMeanAndVariance(t, 128, 600) }

// TestClosedFormsSlow: as TestClosedForms, with millions of features.
func TestClosedFormsSlow(t *testing.T) { testClosedForms(t, 24, 1<<14, 0.5, 1, 1.5) }

// TestMutations: each factor of the features is needed. With any of them wrong the
// test of the mean fails on one of the cases at least.
func TestMutations(t *testing.T) {
	const seeds = 200
	spectrum := Spectrum{Constant: 0.3, Waves: []Wave{{1, 0.5, 0.9}, {0.7, 1.1, -1.3}}}
	projection := ortho.Spec{M: 256, D: testD}
	const b = 2
	x, w := vectors(testD, 1, 0.9, 0.5)
	var cases []URF
	for _, angle := range []float64{-0.25, 0.5, 0, 0.25} { // the quietest first
		cases = append(cases, URF{Projection: projection, Spectrum: spectrum, Angle: angle, Damping: GivenA, A: -0.2})
	}
	off := func(s URF, f factors) float64 {
		v := samples(t, s, f, seeds, x, w, []float64{b})
		mean, variance, _ := moments(v)
		z := []float64{0.45 + b}
		spectrum.Eval(z, z)
		return math.Abs(mean-z[0]) / math.Sqrt(variance/float64(seeds))
	}
	for _, s := range cases {
		if e := off(s, trueFactors); !(e <= 4) {
			t.Errorf("angle %g: the true factors are off by %.1f standard errors", s.Angle, e)
		}
	}
	for _, m := range []struct {
		name   string
		change func(f *factors)
	}{
		{"quarter of the power 2×", func(f *factors) { f.quarter *= 2 }},
		{"quarter missing", func(f *factors) { f.quarter = 0 }},
		{"4A becomes 8A", func(f *factors) { f.four = 8 }},
		{"4A missing", func(f *factors) { f.four = 0 }},
		{"zᵀz/2 missing", func(f *factors) { f.half = 0 }},
		{"zᵀz without the half", func(f *factors) { f.half = 1 }},
		{"sign of zᵀz/2", func(f *factors) { f.half = -0.5 }},
		{"A‖g‖² missing", func(f *factors) { f.norm = 0 }},
		{"A‖g‖² 2×", func(f *factors) { f.norm = 2 }},
		{"frequency 2π×", func(f *factors) { f.wave = 2 * math.Pi }},
		{"frequency √2×", func(f *factors) { f.wave = math.Sqrt2 }},
		{"frequency of the bias 2π×", func(f *factors) { f.turn = 2 * math.Pi }},
		{"bias missing", func(f *factors) { f.turn = 0 }},
		{"sign of the bias", func(f *factors) { f.turn = -1 }},
		{"sign of θ", func(f *factors) { f.phase = -1 }},
		{"θ missing", func(f *factors) { f.phase = 0 }},
		{"θ 2×", func(f *factors) { f.phase = 2 }},
		{"c 2×", func(f *factors) { f.mass = 2 }},
		{"c √2×", func(f *factors) { f.mass = math.Sqrt2 }},
		{"1/√m √2×", func(f *factors) { f.unit = math.Sqrt2 }},
		{"1/√m 2π×", func(f *factors) { f.unit = 2 * math.Pi }},
	} {
		worst := 0.0
		for _, s := range cases {
			f := trueFactors
			m.change(&f)
			worst = math.Max(worst, off(s, f))
			if worst > 4 {
				break
			}
		}
		if !(worst > 4) {
			t.Errorf("%s: the mean is off by %.1f standard errors only: the test would not see it", m.name, worst)
		}
	}
}
