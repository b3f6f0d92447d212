package urf

import (
	"errors"
	"math"
	"testing"

	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// TestFitRows: over seeds, layers of series have the predicted error for every degree, and more features less of it.
func TestFitRows(t *testing.T) {
	const d, n, l, seeds = 9, 60, 12, 120
	x, w, b := mat.New[float64](n, d), mat.New[float64](l, d), make([]float64, l)
	rng.Normal(rng.New(1), x.Data(), 0)
	rng.Normal(rng.New(2), w.Data(), 0)
	rng.Normal(rng.New(3), b, 0)
	for i := range w.Data() {
		w.Data()[i] *= 0.3
	}
	relu, _ := ActivationByName("relu")
	want := mat.MulT(nil, x, w)
	for i := range n {
		for j := range l {
			want.Set(i, j, relu.At(want.At(i, j)+b[j]))
		}
	}
	last := math.Inf(1)
	for _, c := range []struct{ degree, features int }{{1, 0}, {2, 200}, {3, 800}, {4, 5000}} {
		s, err := FitRows(relu, w, b, x, c.degree, c.features)
		if err != nil {
			t.Fatal(err)
		}
		if !(s.RMS() < last) {
			t.Errorf("degree %d, %d features: error %g, with less %g", c.degree, c.features, s.RMS(), last)
		}
		if last = s.RMS(); c.degree == 1 {
			if s.Shares != nil || s.StdError[3] != 0 || !(s.Bias[3] > 0) {
				t.Errorf("%+v", s)
			}
			continue
		}
		square := 0.0
		for seed := range seeds {
			m, err := New[float64](Maclaurin{Projection: ortho.Spec{Seed: uint64(seed), M: c.features, D: d}, Shares: s.Shares})
			if err != nil {
				t.Fatal(err)
			}
			y := mat.MulT(nil, m.Phi(nil, x, nil), m.(SeriesTowers[float64]).PsiSeries(nil, w, s.Coefficients))
			for i, v := range y.Data() {
				square += (v - want.Data()[i]) * (v - want.Data()[i]) / (n * l * seeds)
			}
		}
		if ratio := math.Sqrt(square) / s.RMS(); ratio < 0.9 || ratio > 1.1 {
			t.Errorf("degree %d, %d features %v: measured error %.3f of the predicted one, %g", c.degree, c.features, s.Shares, ratio, s.RMS())
		}
	}
}

// Rows of zeros are constants, polynomials of the degree are found if there is no noise, and what cannot be fitted is refused.
func TestFitRowsEdges(t *testing.T) {
	const d = 3
	x, w := mat.New[float64](10, d), mat.New[float64](2, d)
	rng.Normal(rng.New(1), x.Data(), 0)
	w.Set(1, 0, 1)
	square := ActivationOf("square", func(z float64) float64 { return float64(z*z) + 1 }, nil)
	s, err := FitRows(square, w, []float64{2, 3}, x, 2, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range [][]float64{{5, 0, 0}, {10, 6, 1}} { // 1 + (t + 3)²
		for k, v := range want {
			if math.Abs(s.Coefficients.At(j, k)-v) > 1e-5 {
				t.Errorf("row %d: %v, want %v", j, s.Coefficients.Row(j), want)
			}
		}
	}
	broken := ActivationOf("broken", func(z float64) float64 { return math.NaN() }, nil)
	for name, f := range map[string]func() (*RowSeries, error){
		"no inputs":    func() (*RowSeries, error) { return FitRows(square, w, nil, mat.New[float64](0, d), 2, 9) },
		"no rows":      func() (*RowSeries, error) { return FitRows(square, mat.New[float64](0, d), nil, x, 2, 9) },
		"degree 0":     func() (*RowSeries, error) { return FitRows(square, w, nil, x, 0, 9) },
		"degree 25":    func() (*RowSeries, error) { return FitRows(square, w, nil, x, 25, 99) },
		"few features": func() (*RowSeries, error) { return FitRows(square, w, nil, x, 4, 2) },
		"NaN":          func() (*RowSeries, error) { return FitRows(broken, w, nil, x, 2, 9) },
	} {
		if _, err := f(); !errors.Is(err, ErrRange) {
			t.Errorf("%s: error %v, want ErrRange", name, err)
		}
	}
}
