package urf

import (
	"math"
	"testing"
)

// TestDensitiesAreOfTheQuantiles: the density at a quantile is the inverse of the
// quantile's slope, so that what Transform shows is what the maps sample.
func TestDensitiesAreOfTheQuantiles(t *testing.T) {
	for law := HalfNormal; law <= UniformLaw; law++ {
		for _, u := range []float64{0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99} {
			const h = 1e-5
			slope := (law.quantile(u+h) - law.quantile(u-h)) / (2 * h)
			if got := slope * law.density(law.quantile(u)); math.Abs(got-1) > 1e-6 {
				t.Errorf("%v at %g: slope times density is %g, want 1", law, u, got)
			}
		}
	}
}

// TestTransformOfNothing: a function of waves alone has no continuous part, and a
// transform far out vanishes without NaN.
func TestTransformOfNothing(t *testing.T) {
	if re, im := (Spectrum{Constant: 1, Waves: []Wave{{1, 2, 3}}}).Transform(0.5); re != 0 || im != 0 {
		t.Errorf("got %g, %g, want 0", re, im)
	}
	for _, name := range ExactNames() {
		s, _, err := ExactSpectrum(name, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		for _, xi := range []float64{1e9, -1e9, math.Inf(1)} {
			if re, im := s.Transform(xi); !(math.Hypot(re, im) < 1e-15) {
				t.Errorf("%s at %g: got %g, %g", name, xi, re, im)
			}
		}
	}
}
