package fit

import (
	"errors"
	"math"
	"testing"

	"nnk/bundle"
)

// On a quadratic with eigenvalues from 1 to 10⁶ the minimum is found to the
// tolerance, with the identity as the metric and, in two steps, with the right one.
func TestDescentQuadratic(t *testing.T) {
	const n = 20
	h, want := make([]float64, n), make([]float64, n)
	for i := range h {
		h[i] = math.Pow(10, 6*float64(i)/(n-1))
		want[i] = float64(i%5) - 2
	}
	for _, exact := range []bool{false, true} {
		d := descent{tolerance: 1e-8, budget: 300}
		d.value = func(g, x []float64) (float64, error) {
			f := 0.0
			for i, v := range x {
				g[i] = h[i] * (v - want[i])
				f += 0.5 * g[i] * (v - want[i])
			}
			return f, nil
		}
		d.solve = func(v []float64) error {
			for i := range v {
				if exact {
					v[i] /= h[i]
				}
			}
			return nil
		}
		x := make([]float64, n)
		ok, err := d.run(x)
		if err != nil || !ok || d.norm > 1e-8 {
			t.Errorf("exact metric %v: %v, %v, gradient %v after %d", exact, ok, err, d.norm, d.evaluations)
		}
		if exact && d.evaluations > 3 {
			t.Errorf("exact metric: %d evaluations, want at most 3", d.evaluations)
		}
		for i := range x {
			if math.Abs(x[i]-want[i]) > 1e-7 {
				t.Errorf("exact metric %v: x[%d] is %v, want %v", exact, i, x[i], want[i])
			}
		}
	}
}

// Steps far too long and far too short are mended, the budget is kept, and what cannot
// go on ends.
func TestDescentSearch(t *testing.T) {
	logCosh := func(g, x []float64) (float64, error) { // its slope is ±1 away from 3
		g[0] = math.Tanh(x[0] - 3)
		return math.Abs(x[0]-3) + math.Log1p(math.Exp(-2*math.Abs(x[0]-3))), nil
	}
	for _, length := range []float64{1e-6, 1, 1e6} {
		d := descent{value: logCosh, tolerance: 1e-9, budget: 100}
		d.solve = func(v []float64) error { v[0] *= length; return nil }
		x := []float64{0}
		if ok, err := d.run(x); err != nil || !ok || math.Abs(x[0]-3) > 2e-9 || d.evaluations > 40 {
			t.Errorf("first step %v: x %v, %v, %v after %d", length, x[0], ok, err, d.evaluations)
		}
	}
	same := func([]float64) error { return nil }
	d := descent{value: logCosh, solve: same, tolerance: 1e-9, budget: 2}
	if ok, err := d.run([]float64{-50}); ok || err != nil || d.evaluations != 2 {
		t.Errorf("budget 2: %v, %v after %d", ok, err, d.evaluations)
	}
	d = descent{value: logCosh, solve: same, tolerance: 1e-300, budget: 1000}
	if _, err := d.run([]float64{0}); err != nil || d.evaluations > 200 || d.norm > 1e-7 {
		t.Errorf("no tolerance: %v, gradient %v after %d", err, d.norm, d.evaluations)
	}
	d = descent{value: func(g, x []float64) (float64, error) { return math.NaN(), nil }, solve: same, budget: 10}
	if _, err := d.run([]float64{0}); !errors.Is(err, bundle.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	// A function without a minimum: the search runs away and ends.
	d = descent{value: func(g, x []float64) (float64, error) { g[0] = -1; return -x[0], nil }, solve: same, budget: 1000}
	if ok, err := d.run([]float64{0}); ok || err != nil || d.evaluations > 100 {
		t.Errorf("no minimum: %v, %v after %d", ok, err, d.evaluations)
	}
}
