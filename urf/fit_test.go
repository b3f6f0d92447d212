package urf

import (
	"errors"
	"math"
	"testing"
)

func namedActivation(t *testing.T, name string) Activation {
	t.Helper()
	a, err := ActivationByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestFitWithoutPenalty(t *testing.T) {
	var names []string
	for _, f := range activations() {
		if f.spectrum == nil && f.name != "none" {
			names = append(names, f.name)
		}
	}
	if testing.Short() {
		names = []string{"gelu"}
	}
	for _, name := range names {
		a := namedActivation(t, name)
		var opt FitOptions
		if testing.Short() {
			opt.Harmonics = 64
		}
		fit, err := FitSpectrum(a, -4, 4, opt)
		if err != nil {
			t.Fatal(err)
		}
		if !(fit.Bias <= 1e-3) {
			t.Errorf("%s: bias %g, want at most 1e-3", name, fit.Bias)
		}
		t.Logf("%s: bias %.2e, %d waves, mass %g", name, fit.Bias, len(fit.Spectrum.Waves), fit.Spectrum.Mass())
	}
}

// TestFitOffCentre: waves have their phases about zero, also where the range has not.
func TestFitOffCentre(t *testing.T) {
	fit, err := FitSpectrum(namedActivation(t, "gelu"), -1, 6, FitOptions{Harmonics: 64})
	if err != nil {
		t.Fatal(err)
	}
	if !(fit.Bias <= 1e-3) {
		t.Errorf("bias %g, want at most 1e-3", fit.Bias)
	}
}

// TestConstantIsFree: under a penalty that leaves no wave the constant is the mean.
func TestConstantIsFree(t *testing.T) {
	fit, err := FitSpectrum(namedActivation(t, "sigmoid"), -4, 4, FitOptions{Lambda: 1e9, R: 1, Harmonics: 8})
	if err != nil {
		t.Fatal(err)
	}
	if c := fit.Spectrum.Constant; !(math.Abs(c-0.5) <= 1e-6) || fit.Spectrum.Mass() > 1e-6 {
		t.Errorf("constant %g and mass %g, want 0.5 and 0", c, fit.Spectrum.Mass())
	}
}

// TestFrontier: less penalty never raises the squared error or lowers the
// penalised sum, and the frontier trades bias for variance.
func TestFrontier(t *testing.T) {
	for _, name := range []string{"relu", "tanh", "silu"} {
		a, _ := ActivationByName(name)
		opt := FitOptions{R: 2, Harmonics: 200}
		if testing.Short() {
			opt.Harmonics = 40
		}
		front, err := FitFrontier(a, -4, 4, nil, opt)
		if err != nil {
			t.Fatal(err)
		}
		if len(front) < 5 {
			t.Errorf("%s: frontier of %d fits", name, len(front))
		}
		for i, f := range front {
			t.Logf("%s: λ %8.1e bias %8.2e variance %9.3e, %d waves", name, f.Lambda, f.Bias, f.Variance, len(f.Spectrum.Waves))
			if i > 0 && !(f.Bias < front[i-1].Bias && f.Variance > front[i-1].Variance && f.Lambda < front[i-1].Lambda) {
				t.Errorf("%s: fit %d does not trade bias for variance", name, i)
			}
		}
	}
}

func TestFitErrors(t *testing.T) {
	relu, _ := ActivationByName("relu")
	pole := ActivationOf("pole", func(z float64) float64 { return 1 / (z - 0.0125) }, nil)
	for _, c := range []struct {
		a      Activation
		lo, hi float64
		opt    FitOptions
	}{
		{relu, 1, 1, FitOptions{}},
		{relu, math.NaN(), 1, FitOptions{}},
		{relu, math.Inf(-1), 1, FitOptions{}},
		{relu, -1, 1, FitOptions{Period: 1}},
		{relu, -1, 1, FitOptions{Lambda: -1}},
		{relu, -1, 1, FitOptions{Harmonics: 8, Points: 8}},
		{pole, -1, 1, FitOptions{Harmonics: 10, Points: 80}},
		{relu, -1, 1e300, FitOptions{Harmonics: 10, Points: 80}},
		{relu, -1, 1e60, FitOptions{Harmonics: 10, Points: 80}},
	} {
		if _, err := FitSpectrum(c.a, c.lo, c.hi, c.opt); !errors.Is(err, ErrRange) {
			t.Errorf("%s on [%g, %g], %+v: error %v, want ErrRange", c.a.Name(), c.lo, c.hi, c.opt, err)
		}
	}
}

func TestAngle(t *testing.T) {
	for i := -1000; i <= 1000; i++ {
		want := float64(i) / 1000 * math.Pi
		if got := angle(math.Cos(want), math.Sin(want)); !(math.Abs(math.Remainder(got-want, 2*math.Pi)) <= 1e-15) {
			t.Errorf("angle %g, want %g", got, want)
		}
	}
}
