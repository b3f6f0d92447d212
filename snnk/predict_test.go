package snnk

import (
	"errors"
	"math"
	"testing"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

func towersOf[T asm.Float](t testing.TB, s urf.Spec) urf.Towers[T] {
	t.Helper()
	phi, err := urf.New[T](s)
	if err != nil {
		t.Fatal(err)
	}
	return phi.(urf.Towers[T])
}

// predictableMap is a map with closed forms, an activation to compare it with, and
// whether it takes biases.
type predictableMap struct {
	spec   urf.Spec
	act    urf.Activation
	biases bool
}

func predictable(t testing.TB, p ortho.Spec) []predictableMap {
	t.Helper()
	spectrum, _, err := urf.ExactSpectrum("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	exp := urf.ActivationOf("exp", math.Exp, nil)
	return []predictableMap{
		{urf.URF{Projection: p, Spectrum: spectrum}, activation(t, "gaussian"), true},
		{urf.URF{Projection: p, Spectrum: spectrum, Angle: 0.5}, activation(t, "tanh"), true}, // biased
		{urf.SoftmaxKernel{Projection: p}, exp, true},
		{urf.Maclaurin{Projection: p, Coefficients: []float64{1, 0.5, 0.25, 0.125}}, exp, false},
		{urf.ArcCos{Projection: p, Order: 1, Scale: 0.7, Bias: 0.5, Constant: true}, activation(t, "relu"), false},
		{urf.ReLU{Projection: p, Scale: 0.7, Bias: 0.5, Constant: true}, activation(t, "relu"), false},
		{urf.ReLU{Projection: p, Slope: 0.4, Bias: 0.5}, activation(t, "leaky-relu"), false},
	}
}

// testPredictError compares what the closed forms say with layers of many seeds.
func testPredictError[T asm.Float](t *testing.T) {
	const seeds, d, outputs, rows = 1500, 5, 3, 4
	w, x := random[T](21, outputs, d), random[T](22, rows, d)
	asm.Scale(w.Data(), w.Data(), 0.3)
	asm.Scale(x.Data(), x.Data(), 0.2)
	for k, c := range predictable(t, ortho.Spec{M: 32, D: d}) {
		var b []T
		if c.biases {
			b = []T{0.1, -0.2, 0.3}
		}
		var sum, mean [outputs][rows]float64
		var predicted *PredictedError
		for seed := range seeds {
			s := predictable(t, ortho.Spec{Seed: uint64(seed), M: 32, D: d})[k].spec
			l := FromWeights(towersOf[T](t, s), w, b)
			y := l.Forward(nil, x, nil)
			for j := range outputs {
				for i := range rows {
					z := 0.0
					if b != nil {
						z = float64(b[j])
					}
					for k, v := range x.Row(i) {
						z += float64(v) * float64(w.At(j, k))
					}
					e := float64(y.At(i, j)) - c.act.At(z)
					mean[j][i] += e / seeds
					sum[j][i] += e * e / seeds
				}
			}
			if seed > 0 {
				continue
			}
			var err error
			if predicted, err = l.PredictError(t.Context(), c.act, w, b, x); err != nil {
				t.Fatal(err)
			}
		}
		all := 0.0
		for j := range outputs {
			bias, variance := 0.0, 0.0
			for i := range rows {
				bias += mean[j][i] * mean[j][i] / rows
				variance += (sum[j][i] - mean[j][i]*mean[j][i]) / rows
				all += sum[j][i] / (rows * outputs)
			}
			// The mean over the seeds has an error of its own.
			if got, want := predicted.Bias[j], math.Sqrt(bias); math.Abs(got-want) > 4*math.Sqrt(variance/seeds) {
				t.Errorf("%v, output %d: bias %v, seeds give %v", c.spec, j, got, want)
			}
			if got, want := predicted.StdError[j], math.Sqrt(variance); math.Abs(got/want-1) > 0.1 {
				t.Errorf("%v, output %d: standard error %v, seeds give %v", c.spec, j, got, want)
			}
		}
		if got, want := predicted.RMS, math.Sqrt(all); math.Abs(got/want-1) > 0.05 {
			t.Errorf("%v: RMS %v, seeds give %v", c.spec, got, want)
		}
	}
}

func TestPredictError(t *testing.T) {
	t.Run("float32", testPredictError[float32])
	t.Run("float64", testPredictError[float64])
}

// More rows than are in memory at a time give the root mean squares of their parts.
func TestPredictErrorBlocks(t *testing.T) {
	c := predictable(t, ortho.Spec{Seed: 1, M: 32, D: 5})[4]
	w, x := random[float64](23, 2, 5), random[float64](24, predictRows+9, 5)
	l := FromWeights(towersOf[float64](t, c.spec), w, nil)
	part := func(x *mat.Dense[float64]) *PredictedError {
		e, err := l.PredictError(t.Context(), c.act, w, nil, x)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	whole, first, last := part(x), part(x.View(0, 0, predictRows, 5)), part(x.View(predictRows, 0, 9, 5))
	join := func(a, b float64) float64 { return math.Sqrt((a*a*predictRows + b*b*9) / (predictRows + 9)) }
	for j := range 2 {
		for _, v := range [][2]float64{
			{whole.Bias[j], join(first.Bias[j], last.Bias[j])},
			{whole.StdError[j], join(first.StdError[j], last.StdError[j])},
			{whole.RMS, join(first.RMS, last.RMS)},
		} {
			if !(math.Abs(v[0]/v[1]-1) < 1e-12) {
				t.Errorf("output %d: %v in one piece, %v in two", j, v[0], v[1])
			}
		}
	}
}

func TestPredictErrorErrors(t *testing.T) {
	p := ortho.Spec{Seed: 1, M: 16, D: 3}
	w, x, b := random[float32](25, 2, 3), random[float32](26, 4, 3), []float32{1, 2}
	relu, tanh := activation(t, "relu"), activation(t, "tanh")
	from := func(s urf.Spec) *Layer[float32] { return FromWeights(towersOf[float32](t, s), w, nil) }
	good := from(urf.ReLU{Projection: p})
	refitted := from(urf.ReLU{Projection: p})
	if err := refitted.Refit(t.Context(), random[float32](27, 30, 3), random[float32](28, 30, 2), 0.1); err != nil {
		t.Fatal(err)
	}
	bad, infinite := x.Clone(), w.Clone()
	bad.Set(2, 1, float32(math.NaN()))
	infinite.Set(1, 0, float32(math.Inf(1)))
	other := w.Clone()
	other.Set(1, 2, other.At(1, 2)*1.001)
	selected := p
	selected.Select = []int{1, 5}
	spectrum, _, err := urf.ExactSpectrum("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	waves := FromWeights(towersOf[float32](t, urf.URF{Projection: p, Spectrum: spectrum}), w, b)
	for _, c := range []struct {
		name string
		l    *Layer[float32]
		w, x *mat.Dense[float32]
		b    []float32
		want error
	}{
		{"refitted", refitted, w, x, nil, urf.ErrSpec},
		{"other weights", good, other, x, nil, urf.ErrSpec},
		{"other biases", waves, w, x, []float32{1, 3}, urf.ErrSpec},
		{"selected", from(urf.ReLU{Projection: selected}), w, x, nil, urf.ErrSpec},
		{"a bias of its own", New(good.Map(), good.Psi(), b), w, x, nil, urf.ErrSpec},
		{"one tower", New(fourier[float32](t, 20, 3), random[float32](29, 2, 20), nil), w, x, nil, urf.ErrSpec},
		{"floor", from(urf.ReLU{Projection: p, Floor: -1}), w, x, nil, urf.ErrNoClosedForm},
		{"no rows", good, w, mat.New[float32](0, 3), nil, urf.ErrRange},
		{"NaN", good, w, bad, nil, urf.ErrRange},
		{"infinite weight", waves, infinite, x, b, urf.ErrRange},
		{"NaN bias", waves, w, x, []float32{1, float32(math.NaN())}, urf.ErrRange},
	} {
		if _, err := c.l.PredictError(t.Context(), relu, c.w, c.b, c.x); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	heavy, _, err := urf.ExactSpectrum("laplacian", 1)
	if err != nil {
		t.Fatal(err)
	}
	l := FromWeights(towersOf[float32](t, urf.URF{Projection: p, Spectrum: heavy}), w, b)
	if e, err := l.PredictError(t.Context(), tanh, w, b, x); err != nil || !math.IsInf(e.RMS, 1) {
		t.Errorf("a spectrum without a second moment: %v, error %v", e, err)
	}
	root := urf.ActivationOf("root", math.Sqrt, nil) // NaN where negative
	if _, err := good.PredictError(t.Context(), root, w, nil, x); !errors.Is(err, urf.ErrRange) {
		t.Errorf("an activation that is NaN: error %v, want %v", err, urf.ErrRange)
	}
}

// Finite rows and weights have a prediction that is no NaN, whatever rounding, overflow and underflow do.
func TestPredictErrorExtremes(t *testing.T) {
	filled := func(d int, v float64) *mat.Dense[float64] {
		a := mat.New[float64](1, d)
		for i := range a.Data() {
			a.Data()[i] = v
		}
		return a
	}
	exp := urf.ActivationOf("exp", math.Exp, nil)
	predict := func(what string, s urf.Spec, w *mat.Dense[float64], b []float64, x *mat.Dense[float64]) float64 {
		l := FromWeights(towersOf[float64](t, s), w, b)
		e, err := l.PredictError(t.Context(), exp, w, b, x)
		if err != nil || math.IsNaN(e.RMS) {
			t.Fatalf("%s: %v, error %v", what, e, err)
		}
		return e.RMS
	}
	spectrum, _, err := urf.ExactSpectrum("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	p := ortho.Spec{Seed: 1, M: 8, D: 4}
	if v := predict("no outputs", urf.SoftmaxKernel{Projection: p}, mat.New[float64](0, 4), nil, filled(4, 1)); v != 0 {
		t.Errorf("no outputs: RMS %v", v)
	}
	if v := predict("overflow", urf.URF{Projection: p, Spectrum: spectrum}, filled(4, 1), nil, filled(4, 15)); !math.IsInf(v, 1) {
		t.Errorf("a second moment beyond float64: RMS %v", v)
	}
	predict("underflow", urf.SoftmaxKernel{Projection: p}, filled(4, 1), nil, filled(4, 1e-170))
	// The computed |xᵀw| is larger than ‖x‖‖w‖ by 1.5e-12 of it.
	p.D = 65536
	predict("parallel", urf.ReLU{Projection: p}, filled(p.D, 1./3), nil, filled(p.D, -1./7))
	// Features of −w, without damping, are constant.
	p.D = 4
	for i := range 50 {
		w := random[float64](uint64(i), 1, 4)
		x := w.Clone()
		asm.Scale(x.Data(), w.Data(), -1)
		if v := predict("no variance", urf.SoftmaxKernel{Projection: p, Damping: urf.GivenA}, w, []float64{0.1}, x); v > 1e-7 {
			t.Errorf("no variance: RMS %v", v)
		}
	}
}

// Leaving every row out in turn, with the same penalty, gives the errors that one
// solution predicts.
func TestLeaveOneOut(t *testing.T) {
	const n, m, outputs, lambda = 40, 12, 2, 1e-3
	l := New(fourier[float64](t, m, 3), mat.New[float64](outputs, m), nil)
	x, y := random[float64](31, n, 3), random[float64](32, n, outputs)
	got, err := l.LeaveOneOut(t.Context(), x, y, lambda)
	if err != nil {
		t.Fatal(err)
	}
	e, err := l.equations(t.Context(), x, y)
	if err != nil {
		t.Fatal(err)
	}
	units := lambda * mat.RidgeUnit(e.zz)
	z := l.phi.Phi(nil, x, nil)
	want := make([]float64, outputs)
	for out := range n {
		zz, zy := mat.New[float64](m+1, m+1), mat.New[float64](m+1, outputs)
		row := func(i int) []float64 { return append(append([]float64(nil), z.Row(i)...), 1) }
		for i := range n {
			if i == out {
				continue
			}
			one := mat.Of(1, m+1, row(i))
			mat.TMulAdd(zz, one, one)
			mat.TMulAdd(zy, one, y.View(i, 0, 1, outputs))
		}
		weights := make([]float64, m+1)
		for i := range m {
			weights[i] = 1
		}
		a, err := mat.RidgeSolve(nil, zz, zy, units, weights)
		if err != nil {
			t.Fatal(err)
		}
		fitted := mat.Mul(nil, mat.Of(1, m+1, row(out)), a)
		for j := range want {
			e := y.At(out, j) - fitted.At(0, j)
			want[j] += e * e / n
		}
	}
	for j := range want {
		if w := math.Sqrt(want[j]); math.Abs(got[j]/w-1) > 1e-10 {
			t.Errorf("output %d: %v, leaving out gives %v", j, got[j], w)
		}
	}
	if l.Bias() != nil {
		t.Error("the layer changed")
	}
}

func TestLeaveOneOutErrors(t *testing.T) {
	const m = 12
	l := New(fourier[float64](t, m, 3), mat.New[float64](1, m), nil)
	x, y := random[float64](33, m+1, 3), random[float64](34, m+1, 1)
	if _, err := l.LeaveOneOut(t.Context(), x, y, 0); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("as many rows as unknowns: error %v, want %v", err, mat.ErrSingular)
	}
	if _, err := l.LeaveOneOut(t.Context(), x, y, -1); !errors.Is(err, mat.ErrRange) {
		t.Errorf("negative λ: error %v, want %v", err, mat.ErrRange)
	}
	y.Set(3, 0, math.NaN())
	if _, err := l.LeaveOneOut(t.Context(), x, y, 1); !errors.Is(err, mat.ErrNotFinite) {
		t.Errorf("NaN: error %v, want %v", err, mat.ErrNotFinite)
	}
}
