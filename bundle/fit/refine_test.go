package fit

import (
	"errors"
	"math"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/snnk"
)

func fitLoss(t *testing.T, x, y bundle.Source, opt Options) (*bundle.Model[float32], *Report) {
	t.Helper()
	m, r, err := Run[float32](t.Context(), x, y, opt)
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

// With few features for many classes the logistic loss classifies more rows: auto
// takes it, reports what it did, and the figures of the held-out folds are those of new rows.
func TestFitLossAuto(t *testing.T) {
	x, labels := clusters[float32](90, 2400, 6, 8, 0.4)
	train, test := bundle.Matrix(x.View(0, 0, 1800, 6)), bundle.Matrix(x.View(1800, 0, 600, 6))
	y := bundle.OneHot(labels[:1800], 8)
	opt := Options{Task: bundle.Classify, Features: 32}
	accuracy := func(m *bundle.Model[float32]) float64 {
		says, err := m.Network.Classify(t.Context(), test)
		if err != nil {
			t.Fatal(err)
		}
		return bundle.Agreement(says, labels[1800:])
	}
	auto, r := fitLoss(t, train, y, opt)
	got := accuracy(auto)
	if r.Loss != snnk.CrossEntropy || !r.Converged || r.Passes < 5 || r.ChoicePasses < 20 || !(r.Lambda > 0 && r.LogitPenalty > 0 && r.HeldOutLogLoss > 0) || r.HeldOut != 0 || r.Gradient > 1e-6 {
		t.Errorf("auto: %+v", *r)
	}
	if math.Abs(got-r.HeldOutAccuracy) > 0.04 {
		t.Errorf("auto: accuracy %v on new rows, %v held out", got, r.HeldOutAccuracy)
	}
	for key, want := range map[string]string{"loss": "cross-entropy", "converged": "", "held-out-accuracy": strconv.FormatFloat(r.HeldOutAccuracy, 'g', 4, 64)} {
		if auto.Provenance[key] != want {
			t.Errorf("metadata %q is %q, want %q", key, auto.Provenance[key], want)
		}
	}
	opt.Loss = snnk.SquaredError
	squared, r2 := fitLoss(t, train, y, opt)
	if r2.Loss != snnk.SquaredError || r2.ChoicePasses != 0 || r2.HeldOutAccuracy != 0 || !(r2.HeldOut > 0) || squared.Provenance["loss"] != "squared" {
		t.Errorf("squared: %+v, metadata %v", *r2, squared.Provenance)
	}
	if was := accuracy(squared); got < was+0.01 {
		t.Errorf("accuracy %v under the logistic loss, %v under the squared one", got, was)
	}

	// With the choices given, nothing is tried and the model is the same; so it is if the
	// features are made again at every pass.
	opt.Loss, opt.Scale, opt.Lambda, opt.LogitPenalty = snnk.CrossEntropy, r.Scale, r.Lambda, r.LogitPenalty
	opt.Standardise = map[bool]Standardisation{true: StandardiseAlways, false: StandardiseNever}[r.Standardised]
	for _, cache := range []int64{0, -1} {
		opt.Logistic.CacheBytes = cache
		again, r3 := fitLoss(t, train, y, opt)
		if r3.ChoicePasses != 0 || r3.Passes != r.Passes {
			t.Errorf("choices given, cache %d: %+v, before %+v", cache, *r3, *r)
		}
		a, b := auto.Network.Forward(nil, x, nil), again.Network.Forward(nil, x, nil)
		for i, v := range a.Data() {
			if b.Data()[i] != v {
				t.Fatalf("choices given, cache %d: output %d is %v, before %v", cache, i, b.Data()[i], v)
			}
		}
	}

	// Auto does not read data again and again that it cannot keep.
	if _, r := fitLoss(t, train, y, Options{Task: bundle.Classify, Features: 32, Logistic: LogisticOptions{CacheBytes: -1}}); r.Loss != snnk.SquaredError || r.ChoicePasses != 0 {
		t.Errorf("auto without a cache: %+v", *r)
	}
	// Nor does it take targets for probabilities that are none.
	signs := mat.New[float32](1800, 8)
	for i := range signs.Data() {
		signs.Data()[i] = float32(i%3) - 1
	}
	if _, r := fitLoss(t, train, bundle.Matrix(signs), Options{Task: bundle.Classify, Features: 16, Pool: 16}); r.Loss != snnk.SquaredError || r.ChoicePasses != 0 {
		t.Errorf("auto with targets from −1 to 1: %+v", *r)
	}
}

// Probabilities as targets are met as such, however little they differ from row to row: the penalties are chosen by the part of the loss that a
// model can lower, and not by classes, of which there is one here.
func TestFitSoftTargets(t *testing.T) {
	x := random[float32](97, 600, 3)
	y := mat.New[float32](600, 3)
	for i := range 600 {
		d := float32(math.Sin(2*float64(x.At(i, 0))) / 50)
		copy(y.Row(i), []float32{0.2 + d, 0.3, 0.5 - d})
	}
	rows := func(a *mat.Dense[float32], from, n int) bundle.Source { return bundle.Matrix(a.View(from, 0, n, 3)) }
	m, r := fitLoss(t, rows(x, 0, 400), rows(y, 0, 400), Options{Task: bundle.Classify, Loss: snnk.CrossEntropy, Features: 64})
	if r.Lambda > 0.1 || r.HeldOutAccuracy != 1 {
		t.Errorf("%+v", *r)
	}
	says := bundle.NewNetwork(append(m.Network.Stages(), bundle.NewSoftmax[float32](3, false))...)
	f, err := says.Fitness(t.Context(), rows(x, 400, 200), rows(y, 400, 200))
	if err != nil {
		t.Fatal(err)
	}
	if f.R2 < 0.99 {
		t.Errorf("R² of probabilities %v", f.R2)
	}
}

// One penalty given, the other chosen; none wanted.
func TestFitPenalties(t *testing.T) {
	x, labels := clusters[float32](92, 400, 3, 3, 1)
	y := bundle.OneHot(labels, 3)
	opt := Options{Task: bundle.Classify, Features: 8, Pool: 8, Scale: 0.5, Standardise: StandardiseNever, Loss: snnk.CrossEntropy}
	opt.Lambda = 1e-3
	if _, r := fitLoss(t, bundle.Matrix(x), y, opt); r.Lambda != 1e-3 || !(r.LogitPenalty > 0) || r.ChoicePasses == 0 || r.HeldOut != 0 {
		t.Errorf("λ given: %+v", *r)
	}
	opt.Lambda, opt.LogitPenalty = 0, 0.02
	if _, r := fitLoss(t, bundle.Matrix(x), y, opt); r.LogitPenalty != 0.02 || !(r.Lambda > 0) || r.ChoicePasses == 0 {
		t.Errorf("μ given: %+v", *r)
	}
	opt.LogitPenalty = -1
	if _, r := fitLoss(t, bundle.Matrix(x), y, opt); r.LogitPenalty != 0 || !(r.Lambda > 0) || !r.Converged {
		t.Errorf("no μ: %+v", *r)
	}
	// Few rows: every row is held out once.
	few, r := fitLoss(t, bundle.Matrix(x.View(0, 0, 9, 3)), bundle.OneHot(labels[:9], 3), Options{Task: bundle.Classify, Features: 2, Pool: 2})
	if few == nil || math.Abs(math.Round(9*r.HeldOutAccuracy)-9*r.HeldOutAccuracy) > 1e-12 {
		t.Errorf("9 rows: %+v", *r)
	}
}

// A whole fit has the same bits for any number of goroutines and kernel set.
func TestFitLogisticSameBits(t *testing.T) {
	x, labels := clusters[float32](94, 700, 5, 4, 0.5)
	y := bundle.OneHot(labels, 4)
	var want []float32
	var first Report
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	kerneltest.Each(t, func(t *testing.T) {
		for _, procs := range []int{1, 8} {
			runtime.GOMAXPROCS(procs)
			m, r := fitLoss(t, bundle.Matrix(x), y, Options{Task: bundle.Classify, Features: 24, Pool: 48, Scale: 0.7, Standardise: StandardiseNever, Loss: snnk.CrossEntropy})
			got := m.Network.Forward(nil, x, nil).Data()
			if want == nil {
				want, first = got, *r
			}
			if *r != first {
				t.Errorf("%d goroutines: %+v, first %+v", procs, *r, first)
			}
			for i, v := range got {
				if math.Float32bits(v) != math.Float32bits(want[i]) {
					t.Fatalf("%d goroutines: output %d is %v, want %v", procs, i, v, want[i])
				}
			}
		}
	})
}

func TestFitLossErrors(t *testing.T) {
	x, labels := clusters[float32](96, 60, 3, 2, 1)
	y := bundle.OneHot(labels, 2)
	half := mat.New[float32](60, 2)
	for i := range half.Data() {
		half.Data()[i] = 0.25
	}
	half.Set(59, 0, 0.5) // not all rows are equal
	half.Set(59, 1, 0)
	for _, c := range []struct {
		name string
		y    bundle.Source
		opt  Options
		want string
	}{
		{"binary loss of three classes", bundle.OneHot(labels, 3), Options{Task: bundle.Classify, Loss: snnk.BinaryCrossEntropy}, "not for 3 columns"},
		{"binary regression", y, Options{Task: bundle.Regress, Loss: snnk.BinaryCrossEntropy}, "for classification"},
		{"unknown loss", y, Options{Task: bundle.Classify, Loss: 9}, "no Loss(9)"},
		{"regression", y, Options{Task: bundle.Regress, Loss: snnk.CrossEntropy}, "for classification"},
		{"NaN penalty", y, Options{Task: bundle.Classify, LogitPenalty: math.NaN()}, "NaN"},
		{"negative tolerance", y, Options{Task: bundle.Classify, Logistic: LogisticOptions{Tolerance: -1}}, "gradient of -1"},
		{"one column", bundle.Matrix(half.View(0, 0, 60, 1)), Options{Task: bundle.Classify, Features: 4, Loss: snnk.CrossEntropy}, "two columns"},
		{"no distribution", bundle.Matrix(half), Options{Task: bundle.Classify, Features: 4, Loss: snnk.CrossEntropy}, "sum 0.5"},
		{"one fold", y, Options{Task: bundle.Classify, Features: 4, Pool: 4, Lambda: 1e-3, Scale: 1, Standardise: StandardiseNever, Loss: snnk.CrossEntropy, Folds: Folds{Count: 1}}, "nothing is left to hold out"},
	} {
		if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), c.y, c.opt); !errors.Is(err, bundle.ErrRange) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that wraps %q and says %q", c.name, err, bundle.ErrRange, c.want)
		}
	}
}

// The binary loss gives one output: the difference of the two that the cross-entropy gives, and so the same labels, for half of the
// weights.
func TestFitBinary(t *testing.T) {
	x, labels := clusters[float32](96, 200, 3, 2, 1)
	opt := Options{Task: bundle.Classify, Features: 12, Loss: snnk.CrossEntropy, Classes: []string{"no", "yes"}}
	two, r2 := fitLoss(t, bundle.Matrix(x), bundle.OneHot(labels, 2), opt)
	opt.Loss = snnk.BinaryCrossEntropy
	one, r1 := fitLoss(t, bundle.Matrix(x), bundle.OneHot(labels, 2), opt)
	if one.Network.Out() != 1 || one.Provenance["loss"] != "binary" || r1.Loss != snnk.BinaryCrossEntropy || r1.LogitPenalty != r2.LogitPenalty || r1.HeldOutAccuracy != r2.HeldOutAccuracy {
		t.Fatalf("%d outputs, %+v, info %v, of two outputs %+v", one.Network.Out(), *r1, one.Provenance, *r2)
	}
	if saved := two.Network.Params() - one.Network.Params(); saved != 13 {
		t.Errorf("%d weights less than with two outputs, want 13", saved)
	}
	a, b := one.Network.Forward(nil, x, nil), two.Network.Forward(nil, x, nil)
	for i := range labels {
		got, want := float64(a.At(i, 0)), float64(b.At(i, 1))-float64(b.At(i, 0))
		if math.Abs(got-want) > 1e-5*(1+math.Abs(want)) {
			t.Fatalf("row %d: output %g, want %g", i, got, want)
		}
	}
	if same := bundle.Agreement(bundle.Labels(nil, a), bundle.Labels(nil, b)); same != 1 {
		t.Errorf("the labels of one output agree with those of two in %g", same)
	}
}

// A penalty under which a system is singular is passed over; if that is all, the error
// says so.
func TestFitSingularPenalty(t *testing.T) {
	x, labels := clusters[float32](98, 200, 3, 3, 1)
	twice := mat.New[float32](200, 6) // dependent features
	for i := range 200 {
		copy(twice.Row(i), x.Row(i))
		copy(twice.Row(i)[3:], x.Row(i))
	}
	y := bundle.OneHot(labels, 3)
	sums := moments[float32](t, bundle.Matrix(twice), y)
	for i := range 7 { // the third feature never fires
		sums.ZZ.Set(2, i, 0)
		sums.ZZ.Set(i, 2, 0)
	}
	c := &contest{opt: LogisticOptions{Tolerance: 1e-6, MaxPasses: 100, enough: choiceEnough}}
	e, err := newCrossEntropy(t.Context(), bundle.Matrix(twice), y, sums, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	c.folds, c.rows = []contestant{{e, e}}, 200
	if err := c.run(Options{Lambdas: []float64{0, 1e-3}, LogitPenalty: -1}); err != nil {
		t.Fatal(err)
	}
	best := c.best()
	if len(c.trials) != 2 || c.trials[1].wrong != math.MaxInt || best.Lambda != 1e-3 || best.wrong > 200 {
		t.Errorf("%d trials, best λ %v with %d errors", len(c.trials), best.Lambda, best.wrong)
	}
}

// All rows together can be singular under a penalty under which no part of them was: then the next best
// is taken.
func TestFitSingularTotal(t *testing.T) {
	x, labels := clusters[float32](99, 300, 4, 3, 0.3)
	y := bundle.OneHot(labels, 3)
	fit := func(change func(*mat.Dense[float64], float64)) *Report {
		t.Helper()
		opt, err := Options{Task: bundle.Classify, Features: 8, Projection: "hadamard", Scale: 0.5, Pool: 8, Standardise: StandardiseNever, Loss: snnk.CrossEntropy, LogitPenalty: -1,
			Lambdas: []float64{1e-6, 1e-5, 1e-2}, Folds: Folds{Block: 10}}.withDefaults(300)
		if err != nil {
			t.Fatal(err)
		}
		f := NewFitter[float32](bundle.Matrix(x), y)
		if err := f.look(t.Context(), bundle.Classify); err != nil {
			t.Fatal(err)
		}
		pre, err := f.prepare(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.gather(t.Context(), pre, opt); err != nil {
			t.Fatal(err)
		}
		report := &Report{}
		s, err := f.solve(t.Context(), pre, opt, report)
		if err != nil {
			t.Fatal(err)
		}
		sums := *s.sums
		sums.ZZ = sums.ZZ.Clone()
		s.sums = &sums
		change(sums.ZZ, sums.scale())
		if err := refine(t.Context(), f.x, f.y, f.sy, f.stats, s, opt, report); err != nil {
			t.Fatal(err)
		}
		return report
	}
	if r := fit(func(*mat.Dense[float64], float64) {}); r.Lambda == 1e-2 {
		t.Fatalf("chose λ = %g, which every sum allows", r.Lambda)
	}
	r := fit(func(zz *mat.Dense[float64], scale float64) { // one eigenvalue just below zero, as after rounding
		values, _, err := mat.SymEigen(nil, nil, zz)
		if err != nil {
			t.Fatal(err)
		}
		for i := range zz.Rows() {
			zz.Set(i, i, zz.At(i, i)-values[0]-1e-4*scale)
		}
	})
	if r.Lambda != 1e-2 || !r.Converged || !(r.HeldOutLogLoss > 0) {
		t.Errorf("%+v", *r)
	}
}
