package urf

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// TestPlanKeepsItsPromise: the features of a plan have the error that it says, over
// seeds, at the typical norms.
func TestPlanKeepsItsPromise(t *testing.T) {
	families := map[Family]bool{}
	for _, name := range []string{"tanh", "cos", "silu", "sigmoid"} {
		a, err := ActivationByName(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(PlanOptions{Activation: a, Lo: -2, Hi: 2, Typical: Typical{XNorm: 1, WNorm: 0.7}, Inputs: testD, Error: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %s; angle %g, A %g, r %g", name, p.Verdict, p.Best.Angle, p.A, p.Radius)
		families[p.Best.Family] = true
		if m, err := New[float64](p.Spec); err != nil || m.Out() != p.Features {
			t.Errorf("%s: %d features, error %v; planned %d", name, m.Out(), err, p.Features)
		}
		if !p.Reachable || len(p.Alternatives) != 5 || !(p.Best.ErrorAt(p.Features) <= 0.1) || !(p.StdError <= 0.1) {
			t.Errorf("%s: %+v", name, p.Best)
			continue
		}
		x, w := vectors(testD, 1, 0.7, 0)
		sum, n, seeds := 0.0, 0, make([]float64, 40)
		for _, z := range []float64{-1.6, 0, 1.6} {
			v := samples(t, p.Spec, trueFactors, len(seeds), x, w, []float64{z})
			for i, y := range v {
				seeds[i] += (y - a.At(z)) * (y - a.At(z)) / 3
				sum += (y - a.At(z)) * (y - a.At(z))
				n++
			}
		}
		if rms := math.Sqrt(sum / float64(n)); !(rms <= 0.13) {
			t.Errorf("%s: root mean square error %g, planned 0.1", name, rms)
		}
		if worst := math.Sqrt(slices.Max(seeds)); !(worst <= p.Quantile99 && p.Quantile99 >= math.Hypot(p.StdError, p.Best.RMSBias) && p.Quantile99 <= p.Best.RMSBias+10*p.StdError) {
			t.Errorf("%s: of %d seeds the worst has the error %g; 99 %% are to stay below %g", name, len(seeds), worst, p.Quantile99)
		}
	}
	if !families[Waves] || !families[Series] {
		t.Errorf("families that are best: %v, want both among these functions", families)
	}
}

// TestPlanFeatures: the best choice of a plan needs far fewer features than universal features without exact linear part do, at
// d = 64 and an error of 0.05 on [−3, 3]; the numbers are those that these needed.
func TestPlanFeatures(t *testing.T) {
	waves := map[string][]float64{
		"tanh": {2221, 23420, 4480257}, "gelu": {7992, 36130, 2694246}, "silu": {7828, 26968, 1003749},
		"softplus": {6316, 23942, 788474}, "sigmoid": {228, 444, 3062}, "relu": {234075},
	}
	logs, n := 0.0, 0.0
	for name, was := range waves {
		a, err := ActivationByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, before := range was {
			x := []float64{1, 2, 4}[i]
			p, err := NewPlan(PlanOptions{Activation: a, Lo: -3, Hi: 3, Typical: Typical{XNorm: x}, Error: 0.05, MaxFeatures: 1 << 23})
			if err != nil {
				t.Fatal(err)
			}
			if !p.Reachable || !(float64(p.Features) < before) {
				t.Errorf("%s at %g: %s; %g before", name, x, p.Verdict, before)
			}
			logs, n = logs+math.Log(before/float64(p.Features)), n+1
		}
	}
	if ratio := math.Exp(logs / n); !(ratio > 40) {
		t.Errorf("1/%.1f of the features in the geometric mean, want 1/40", ratio)
	}
}

// TestSeriesFit: a series is exact for a polynomial of its degree if features are many, and for few its error is that of a map
// with its shares, which no other shares make less.
func TestSeriesFit(t *testing.T) {
	cubic := ActivationOf("cubic", func(z float64) float64 { return 1 + z*(-2+z*(0.5+z*0.25)) }, nil)
	fit, err := FitSeries(cubic, -1, 3, SeriesOptions{Degree: 3, Features: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{1, -2, 0.5, 0.25} {
		if math.Abs(fit.Coefficients[k]-want) > 1e-6 || !(fit.Bias < 1e-6) || !(fit.RMS <= fit.Bias) {
			t.Errorf("%+v, want coefficient %d to be %g", fit, k, want)
		}
	}
	opt := PlanOptions{Activation: cubic, Lo: -1, Hi: 3, Typical: Typical{XNorm: 1.5, Cosine: 0.3}, Inputs: testD}
	if fit, err = FitSeries(cubic, -1, 3, SeriesOptions{Degree: 3, Features: 50, Inputs: testD, Typical: opt.Typical}); err != nil {
		t.Fatal(err)
	}
	price := func(shares ...int) float64 {
		v, err := meanVariance(Maclaurin{Projection: ortho.Spec{M: 50, D: testD}, Coefficients: fit.Coefficients, Shares: shares}, opt)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a, b := fit.Shares[0], fit.Shares[1]
	if v := price(a, b); a+b != 50 || math.Abs(v-fit.Variance) > 1e-9*v || v > price(a+3, b-3) || v > price(a-3, b+3) {
		t.Errorf("shares %v: variance %g, of a map %g, with others %g and %g", fit.Shares, fit.Variance, v, price(a+3, b-3), price(a-3, b+3))
	}
	for _, o := range []SeriesOptions{{Degree: 1, Features: 9}, {Degree: 25, Features: 99}, {Degree: 4, Features: 2}, {Degree: 2, Features: 9, Inputs: -1}, {Degree: 2, Features: 9, Typical: Typical{XNorm: -1}}} {
		if _, err := FitSeries(cubic, -1, 3, o); !errors.Is(err, ErrRange) {
			t.Errorf("%+v: error %v, want ErrRange", o, err)
		}
	}
	if _, err := FitSeries(cubic, 3, 3, SeriesOptions{Degree: 2, Features: 9}); !errors.Is(err, ErrRange) {
		t.Errorf("empty range: error %v, want ErrRange", err)
	}
}

func TestHopelessPlans(t *testing.T) {
	relu, _ := ActivationByName("relu")
	for _, o := range []PlanOptions{
		{Activation: relu, Lo: -4, Hi: 4, Typical: Typical{XNorm: 30, WNorm: 30}, Inputs: 768, Error: 0.1},
		{Activation: relu, Lo: -4, Hi: 4, Typical: Typical{XNorm: 4, WNorm: 1}, Error: 0.01},
	} {
		p, err := NewPlan(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(p.Verdict)
		if p.Reachable || !strings.Contains(p.Verdict, "hopeless") || p.Spec.Validate() != nil {
			t.Errorf("norms %v: %s", o.Typical, p.Verdict)
		}
	}
	for _, o := range []PlanOptions{{Activation: relu, Lo: 1, Hi: 0, Error: 1}, {Activation: relu, Lo: 0, Hi: 1}, {Activation: relu, Hi: 1, Error: 1, Typical: Typical{XNorm: -1}}} {
		if _, err := NewPlan(o); !errors.Is(err, ErrRange) {
			t.Errorf("%+v: error %v, want ErrRange", o, err)
		}
	}
}

func TestCalibrate(t *testing.T) {
	x, w := mat.New[float64](40, 7), mat.New[float64](3, 7)
	rng.Normal(rng.New(1), x.Data(), 0)
	rng.Normal(rng.New(2), w.Data(), 0)
	b := []float64{5, 0, -5}
	typical, lo, hi, err := Calibrate(x, w, b)
	if err != nil || math.Abs(typical.XNorm-math.Sqrt(7)) > 0.5 || typical.WNorm <= 0 || math.Abs(typical.Cosine) > 0.3 || lo > -5 || hi < 5 {
		t.Errorf("%+v, range %g to %g, error %v", typical, lo, hi, err)
	}
	x.Set(3, 2, math.NaN())
	if _, _, _, err := Calibrate(x, w, b); !errors.Is(err, ErrRange) {
		t.Errorf("error %v, want ErrRange", err)
	}
}
