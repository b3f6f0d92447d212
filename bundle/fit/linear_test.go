package fit

import (
	"math"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

// plane is n rows of d columns and a linear target of variance 1 with noise; curve is added to it where it is not nil.
func plane(seed uint64, n, d int, noise float64, curve func(x []float64) float64) (x, y *mat.Dense[float64]) {
	x, y = mat.New[float64](n, d), mat.New[float64](n, 1)
	w, e := make([]float64, d), make([]float64, n)
	rng.Normal(rng.New(1), w, 0)
	rng.Normal(rng.New(seed), x.Data(), 0)
	rng.Normal(rng.New(seed+1), e, 0)
	norm := math.Sqrt(dot(w, w))
	for i := range n {
		v := dot(x.Row(i), w)/norm + float64(noise*e[i])
		if curve != nil {
			v += curve(x.Row(i))
		}
		y.Set(i, 0, v)
	}
	return x, y
}

func dot(x, y []float64) float64 {
	sum := 0.0
	for i, v := range x {
		sum += float64(v * y[i])
	}
	return sum
}

// r2 is that of a model for rows that it has not seen.
func r2(t *testing.T, m *bundle.Model[float32], x, y *mat.Dense[float64]) float64 {
	t.Helper()
	left, all := 0.0, 0.0
	err := m.Network.Predict(t.Context(), bundle.Matrix(x), func(out *mat.Dense[float64], row int) error {
		for i := range out.Rows() {
			d := out.At(i, 0) - y.At(row+i, 0)
			left += float64(d * d)
			all += float64(y.At(row+i, 0) * y.At(row+i, 0))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return 1 - left/all
}

// A linear target of many columns is found as well as least squares finds it, in any units, and what is not linear beside it too.
func TestLinear(t *testing.T) {
	const d = 20
	for _, c := range []struct {
		name  string
		scale float64 // of every other column
		noise float64
		curve func(x []float64) float64
		least float64
	}{
		// Least squares leaves noise² of 1 + noise², and d/n more.
		{"plane", 1, 0.1, nil, 1 - 0.0099 - 1e-3},
		{"exact plane in two units", 1000, 1e-5, nil, 1 - 1e-9},
		{"bent plane", 1, 0.1, func(x []float64) float64 { return math.Abs(x[0]) - math.Sqrt(2/math.Pi) }, 0.97},
	} {
		x, y := plane(3, 1000, d, c.noise, c.curve)
		xt, yt := plane(5, 1000, d, c.noise, c.curve)
		for _, m := range []*mat.Dense[float64]{x, xt} {
			for i := range m.Rows() {
				for j := 0; j < d; j += 2 {
					m.Set(i, j, float64(m.At(i, j)*c.scale))
				}
			}
		}
		model, report, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), Options{Task: bundle.Regress, Features: 64, Pool: 256})
		if err != nil {
			t.Fatal(err)
		}
		if got := r2(t, model, xt, yt); !(got >= c.least) {
			t.Errorf("%s: R² %.10f, want %.10f; %+v", c.name, got, c.least, report)
		}
		if n := model.Network.Params() - 64 - 1; n != 0 && n != 2*d && n != 2*d+2 {
			t.Errorf("%s: %d parameters of 64 features", c.name, model.Network.Params())
		}
	}
}

// Columns that are constant, or that others say already, and more of them than half of the features change nothing of what is linear.
func TestLinearDependent(t *testing.T) {
	const d = 12
	x, y := plane(7, 400, d, 0.1, nil)
	xt, yt := plane(9, 400, d, 0.1, nil)
	more := func(x *mat.Dense[float64]) *mat.Dense[float64] {
		m := mat.New[float64](x.Rows(), 2*d+2)
		for i := range x.Rows() {
			row := m.Row(i)
			copy(row, x.Row(i))
			for j, v := range x.Row(i) {
				row[d+j] = 3 - float64(2*v)
			}
			row[2*d], row[2*d+1] = 5, row[0]+row[1]
		}
		return m
	}
	for name, c := range map[string]struct{ x, xt *mat.Dense[float64] }{"alone": {x, xt}, "dependent": {more(x), more(xt)}} {
		for _, features := range []int{2 * d, d + 2} {
			model, report, err := Run[float32](t.Context(), bundle.Matrix(c.x), bundle.Matrix(y), Options{Task: bundle.Regress, Features: features, Pool: 128, Linear: LinearAlways})
			if err != nil {
				t.Errorf("%s, %d features: %v", name, features, err)
				continue
			}
			if got := r2(t, model, c.xt, yt); !(got >= 0.95) || !report.Linear {
				t.Errorf("%s, %d features: R² %.5f; %+v", name, features, got, report)
			}
		}
	}
}
