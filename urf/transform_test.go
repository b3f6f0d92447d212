package urf

import (
	"math"
	"testing"
)

// eachLaw calls f for every row of the table of laws but the first.
func eachLaw(t *testing.T, f func(t *testing.T, l *law)) {
	for i := range laws[1:] {
		l := Law(i + 1)
		s := Spectrum{Constant: 0.5, Law: l, Cont: Wave{1, 2, 0.3}}
		if again, err := ParseSpectrum(s.String()); err != nil || again.String() != s.String() || again.Law != l {
			t.Errorf("law %d: read again, %v is %v, error %v", i+1, s, again, err)
		}
		t.Run(l.String(), func(t *testing.T) { f(t, &laws[l]) })
	}
}

// TestDensitiesAreOfTheQuantiles: the density at a quantile is the inverse of the
// quantile's slope, so that what Transform shows is what the maps sample.
func TestDensitiesAreOfTheQuantiles(t *testing.T) {
	eachLaw(t, func(t *testing.T, l *law) {
		for _, u := range []float64{0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99} {
			const h = 1e-5
			slope := (l.quantile(u+h) - l.quantile(u-h)) / (2 * h)
			if got := slope * l.density(l.quantile(u)); math.Abs(got-1) > 1e-6 {
				t.Errorf("at %g: slope times density is %g, want 1", u, got)
			}
		}
		for _, u := range []float64{0x1p-60, 1 - 0x1p-53} {
			if v := l.quantile(u); !(v >= 0 && v < 1e17) {
				t.Errorf("quantile of %g is %g", u, v)
			}
		}
	})
}

// TestLawMeans: the closed forms of E cos κz and E sin κz are the integrals over the law, of
// which there must be one closed form at least: what the spectrum is for.
func TestLawMeans(t *testing.T) {
	eachLaw(t, func(t *testing.T, l *law) {
		within := 1e-5 // of the midpoint rule
		if l.end == nil {
			within = 1e-3 // the sum over the tail converges slowly
		}
		for _, f := range []struct {
			name   string
			closed func(z float64) float64
			wave   func(x float64) float64
		}{{"cosine", l.cosine, cos}, {"sine", l.sine, math.Sin}} {
			if f.closed == nil {
				continue
			}
			for _, z := range []float64{0, 1e-3, 0.4, -1.3, 2, 3.5} {
				want := l.integrate(0, func(u float64) float64 { return f.wave(u * z) })
				if got := f.closed(z); !(math.Abs(got-want) <= within) {
					t.Errorf("%s at %g is %g, its integral %g", f.name, z, got, want)
				}
			}
			for _, z := range []float64{1e6, -1e300} {
				if got := f.closed(z); !(math.Abs(got) < 1e-5) {
					t.Errorf("%s at %g is %g", f.name, z, got)
				}
			}
		}
		if l.cosine == nil && l.sine == nil {
			t.Error("neither mean has a closed form")
		}
		if l.cosine != nil && l.sine != nil { // a phase in between
			got, want := l.meanWave(Wave{1, 0.7, 0.6}, 1.1), l.integrate(0, func(u float64) float64 { return cos(0.77*u + 0.6) })
			if !(math.Abs(got-want) <= within) {
				t.Errorf("of phase 0.6: %g, its integral %g", got, want)
			}
		}
	})
}

// TestLawTails: E e^(tκ) grows without bound as t nears the rate, and is finite below.
func TestLawTails(t *testing.T) {
	eachLaw(t, func(t *testing.T, l *law) {
		far := l.quantile(1 - 0x1p-50)
		decay := -(log(l.density(far)) - log(l.density(far/2))) / (far / 2) // of the density, far out
		switch {
		case math.IsInf(l.rate, 1): // faster than any exponential, or nothing beyond an end
			if !(l.density(1.5*far) < 1e-10) {
				t.Errorf("density %g at %g", l.density(1.5*far), 1.5*far)
			}
		case math.Abs(decay-l.rate) > 0.05:
			t.Errorf("the tail falls with the rate %g, not %g", decay, l.rate)
		}
		if (l.end == nil) != (l.rate == 0) {
			t.Errorf("rate %g, but the tail can be cut: %t", l.rate, l.end != nil)
		}
	})
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
