package urf

import (
	"errors"
	"math"
	"strings"
	"testing"

	"nnk/mat"
	"nnk/rng"
)

// TestPlanKeepsItsPromise: the features of a plan have the error that it says, over
// seeds, at the typical norms.
func TestPlanKeepsItsPromise(t *testing.T) {
	for _, name := range []string{"tanh", "cos", "silu"} {
		a, err := ActivationByName(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(PlanOptions{Activation: a, Lo: -2, Hi: 2, Typical: Typical{XNorm: 1, WNorm: 0.7}, Inputs: testD, Error: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %s; angle %g, A %g, r %g", name, p.Verdict, p.Best.Angle, p.A, p.Radius)
		if !p.Reachable || len(p.ByAngle) != 4 {
			t.Errorf("%s: %+v", name, p.Best)
			continue
		}
		x, w := vectors(testD, 1, 0.7, 0)
		sum, n := 0.0, 0
		for _, z := range []float64{-1.6, 0, 1.6} {
			v := samples(t, p.Spec, trueFactors, 40, x, w, []float64{z})
			for _, y := range v {
				sum += (y - a.At(z)) * (y - a.At(z))
				n++
			}
		}
		if rms := math.Sqrt(sum / float64(n)); !(rms <= 0.13) {
			t.Errorf("%s: root mean square error %g, planned 0.1", name, rms)
		}
		if testing.Short() {
			return
		}
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
