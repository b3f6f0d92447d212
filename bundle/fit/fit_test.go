package fit

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

// product is a regression problem that a linear model cannot solve.
func product[T asm.Float](seed uint64, n int) (x, y *mat.Dense[T]) {
	x = random[T](seed, n, 3)
	y = mat.New[T](n, 1)
	for i := range n {
		r := x.Row(i)
		y.Set(i, 0, r[0]*r[1]+T(math.Sin(float64(2*r[2]))))
	}
	return x, y
}

// Fit learns a nonlinear function with either map, and reports what it chose; a fit to
// the choices gives the same model.
func TestFitRegression(t *testing.T) {
	x, y := product[float64](60, 900)
	xt, yt := product[float64](61, 300)
	for _, kind := range []string{"cos", "arccos"} {
		opt := Options{Task: bundle.Regress, Features: 100, Pool: 400, Map: kind}
		m, report, err := Run[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
		if err != nil {
			t.Fatal(err)
		}
		f, err := m.Network.Fitness(t.Context(), bundle.Matrix(xt), bundle.Matrix(yt))
		if err != nil {
			t.Fatal(err)
		}
		if f.R2 < 0.9 {
			t.Errorf("%s: R² %v on new rows, want 0.9; chose %+v", kind, f.R2, report)
		}
		if d := math.Abs(1 - f.R2 - report.HeldOut); d > 0.05 {
			t.Errorf("%s: held-out error %v, on new rows %v", kind, report.HeldOut, 1-f.R2)
		}
		opt.Scale, opt.Lambda, opt.Standardise = report.Scale, report.Lambda, StandardiseNever
		if report.Standardised {
			opt.Standardise = StandardiseAlways
		}
		again, _, err := Run[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
		if err != nil {
			t.Fatal(err)
		}
		a, b := m.Network.Forward(nil, xt, nil), again.Network.Forward(nil, xt, nil)
		for i, v := range a.Data() {
			if b.Data()[i] != v {
				t.Fatalf("%s: with the choices given, output %d is %v, before %v", kind, i, b.Data()[i], v)
			}
		}
	}
}

// Columns of very different sizes are standardised; columns of one kind need
// not be.
func TestFitStandardises(t *testing.T) {
	x, y := product[float32](62, 600)
	for i := range x.Rows() {
		x.Row(i)[1] = 1000*x.Row(i)[1] + 5000
	}
	m, report, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), Options{Task: bundle.Regress, Features: 64, Pool: 256})
	if err != nil {
		t.Fatal(err)
	}
	if !report.Standardised || report.HeldOut > 0.5 {
		t.Errorf("chose %+v", report)
	}
	if got, want := m.Network.Params(), 64+1+2*3; got != want {
		t.Errorf("%d parameters, want %d", got, want)
	}
}

// Rows sorted by class fit as well as mixed ones: the grid of the sums knows
// every class.
func TestFitSorted(t *testing.T) {
	n := 6000
	x, labels := random[float32](65, n, 2), make([]int, n)
	for i := range n {
		labels[i] = i * 3 / n
		x.Row(i)[0] += float32(8 * labels[i])
	}
	m, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(labels, 3), Options{Task: bundle.Classify, Features: 16, Pool: 16})
	if err != nil {
		t.Fatal(err)
	}
	says, err := m.Network.Classify(t.Context(), bundle.Matrix(x))
	if err != nil {
		t.Fatal(err)
	}
	if got := bundle.Agreement(says, labels); got < 0.99 {
		t.Errorf("accuracy %v, want 0.99", got)
	}
}

// Few rows are still held out in turn.
func TestFitFewRows(t *testing.T) {
	x, y := product[float32](64, 9)
	_, report, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), Options{Features: 4})
	if err != nil || !(report.HeldOut > 0) {
		t.Errorf("held-out error %v, %v", report, err)
	}
	s := newStats(t, x, y, Folds{})
	addRows(t, s, x, y, 0, 9)
	if _, err := s.ChooseLambda(t.Context(), Lambdas(), nil); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("all rows in one fold: %v, want %v", err, bundle.ErrRange)
	}
}

// A Fitter gives the models of Fit, whatever it has fitted before.
// sameFile reports whether two models have the same file.
func sameFile(t *testing.T, a, b *bundle.Model[float32]) bool {
	t.Helper()
	var one, two bytes.Buffer
	for m, w := range map[*bundle.Model[float32]]*bytes.Buffer{a: &one, b: &two} {
		if _, err := m.WriteTo(w); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.Equal(one.Bytes(), two.Bytes())
}

func TestFitter(t *testing.T) {
	x, labels := clusters[float32](66, 300, 3, 3, 1)
	y := bundle.OneHot(labels, 3)
	f := NewFitter[float32](bundle.Matrix(x), y)
	for _, opt := range []Options{
		{Features: 8, Pool: 24, Loss: snnk.SquaredError},
		{Features: 8, Pool: 24, Loss: snnk.CrossEntropy},
		{Features: 6, Pool: 24, Scale: 0.5},
		{Features: 6, Pool: 24, Scale: 0.5, Seed: 1},
		{Features: 6, Pool: 24, Scale: 0.5, Standardise: StandardiseAlways},
		{Features: 6, Pool: 24, Standardise: StandardiseNever},
		{Features: 6, Pool: 24, Standardise: StandardiseNever, Lambdas: []float64{1e-3, 1}},
		{Features: 6, Pool: 24, Standardise: StandardiseNever, Map: "arccos"},
		{Features: 6, Pool: 24, Standardise: StandardiseNever, Map: "arccos", Projection: "iid"},
		{Features: 6, Pool: 20, Standardise: StandardiseNever, Folds: Folds{Count: 3}},
		{Features: 6, Pool: 20, Standardise: StandardiseNever, Folds: Folds{Count: 3, Block: 7}},
		{Features: 8, Pool: 24, Loss: snnk.SquaredError},
	} {
		opt.Task = bundle.Classify
		got, gotReport, err := f.Run(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		want, wantReport, err := Run[float32](t.Context(), bundle.Matrix(x), y, opt)
		if err != nil {
			t.Fatal(err)
		}
		if !sameFile(t, got, want) || *gotReport != *wantReport {
			t.Errorf("%+v: %+v, alone %+v", opt, *gotReport, *wantReport)
		}
	}
}

// The default pool is 16·M within its bounds of memory and, down to 4·M, of work.
func TestPoolFor(t *testing.T) {
	for _, c := range []struct{ features, rows, want int }{
		{1, 100, 16}, {64, 1297, 1024}, {128, 60000, 2048}, {256, 60000, 2048}, {600, 60000, 2048}, {5000, 10, 2048},
		{256, 524288, 2048}, {256, 524289, 1024}, {64, 10_000_000, 256}, {100, 10_000_000, 400}, {1 << 16, math.MaxInt32, 2048},
	} {
		if got := poolFor(c.features, c.rows); got != c.want {
			t.Errorf("%d features, %d rows: pool %d, want %d", c.features, c.rows, got, c.want)
		}
	}
}

func TestFitErrors(t *testing.T) {
	x, y := product[float32](63, 40)
	nan := x.Clone()
	nan.Set(31, 2, float32(math.NaN()))
	same := mat.New[float32](40, 3)
	for _, c := range []struct {
		name string
		x, y bundle.Source
		opt  Options
		is   error
		want string
	}{
		{"rows differ", bundle.Matrix(x), bundle.Matrix(y.View(0, 0, 39, 1)), Options{}, bundle.ErrFormat, "40 rows of inputs, 39 of targets"},
		{"one row", bundle.Matrix(x.View(0, 0, 1, 3)), bundle.Matrix(y.View(0, 0, 1, 1)), Options{}, bundle.ErrFormat, "too few"},
		{"NaN", bundle.Matrix(nan), bundle.Matrix(y), Options{}, bundle.ErrNotFinite, "row 31 column 2"},
		{"equal rows", bundle.Matrix(same), bundle.Matrix(y), Options{}, bundle.ErrRange, "equal"},
		{"equal targets", bundle.Matrix(x), bundle.Matrix(mat.New[float32](40, 2)), Options{}, bundle.ErrRange, "rows of the targets are equal"},
		{"equal targets at one scale", bundle.Matrix(x), bundle.Matrix(mat.New[float32](40, 2)), Options{Features: 8, Scale: 1, Standardise: StandardiseNever}, bundle.ErrRange, "rows of the targets are equal"},
		{"more features than have statistics", bundle.Matrix(x), bundle.Matrix(y), Options{Features: maxPool + 1}, bundle.ErrRange, "65537 features"},
		{"negative features", bundle.Matrix(x), bundle.Matrix(y), Options{Features: -1}, bundle.ErrRange, "-1 features"},
		{"infinite scale", bundle.Matrix(x), bundle.Matrix(y), Options{Scale: math.Inf(1)}, bundle.ErrRange, "scale"},
		{"unknown map", bundle.Matrix(x), bundle.Matrix(y), Options{Map: "bogus"}, bundle.ErrRange, "bogus"},
		{"unknown projection", bundle.Matrix(x), bundle.Matrix(y), Options{Projection: "bogus"}, bundle.ErrRange, "bogus"},
		{"class names", bundle.Matrix(x), bundle.Matrix(y), Options{Classes: []string{"a", "b"}}, bundle.ErrFormat, "2 class names"},
		{"equal class names", bundle.Matrix(x), bundle.OneHot(make([]int, 40), 2), Options{Task: bundle.Classify, Classes: []string{"a", "a"}}, bundle.ErrFormat, `two classes are named "a"`},
		{"class out of range", bundle.Matrix(x), bundle.OneHot(append(make([]int, 39), 2), 2), Options{}, bundle.ErrRange, "row 39 has class 2"},
	} {
		_, _, err := Run[float32](t.Context(), c.x, c.y, c.opt)
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that wraps %q and says %q", c.name, err, c.is, c.want)
		}
	}
}

// TestFitFewIndependent: of few rows few features are independent. A pool that was chosen gives
// a model of those, one that was asked for an error.
// A scale under which the pool lacks independent features is enlarged as long as that leaves less error.
func TestFitWidens(t *testing.T) {
	failed := errors.New("failed")
	for _, c := range []struct {
		name  string
		under []Report // scale 1, √2, 2 …
		last  error    // of the scale after these
		steps int      // half octaves that are taken
		err   error
	}{
		{"all features", []Report{{Features: 9, HeldOut: 0.5}}, failed, 0, nil},
		{"until all are there", []Report{{Features: 5, HeldOut: 0.5}, {Features: 8, HeldOut: 0.4}, {Features: 9, HeldOut: 0.3}}, failed, 2, nil},
		{"until the error rises", []Report{{Features: 5, HeldOut: 0.5}, {Features: 6, HeldOut: 0.4}, {Features: 7, HeldOut: 0.41}}, failed, 1, nil},
		{"no better", []Report{{Features: 5, HeldOut: 0.5}, {Features: 9, HeldOut: 0.5}}, failed, 0, nil},
		{"singular", []Report{{Features: 5, HeldOut: 0.5}, {Features: 6, HeldOut: 0.4}}, mat.ErrSingular, 1, nil},
		{"error", []Report{{Features: 5, HeldOut: 0.5}}, failed, 0, failed},
		{"error at once", nil, mat.ErrSingular, 0, mat.ErrSingular},
	} {
		want, tries := 1.0, 0
		for range c.steps {
			want *= math.Sqrt2
		}
		got, err := widest(1, 9, func(scale float64) (Report, error) {
			tries++
			if math.Abs(scale-math.Pow(2, float64(tries-1)/2)) > 1e-12*scale {
				t.Errorf("%s: scale %g at try %d", c.name, scale, tries)
			}
			if tries > len(c.under) {
				return Report{}, c.last
			}
			return c.under[tries-1], nil
		})
		if got != want || !errors.Is(err, c.err) {
			t.Errorf("%s: scale %g, want %g, error %v", c.name, got, want, err)
		}
	}
	for _, c := range []struct {
		opt  Options
		rows int
		want bool
	}{
		{Options{Features: 40}, 80, true},
		{Options{Features: 40}, 79, false}, // rows are missing
		{Options{Features: 40, Scale: 0.1}, 80, false},
		{Options{Features: 40, Pool: 80}, 80, false},
		{Options{Features: 40, Map: "arccos"}, 80, false}, // whose features do not depend on it
	} {
		opt, err := c.opt.withDefaults(c.rows)
		if got := opt.widens(c.rows); err != nil || got != c.want {
			t.Errorf("%+v, %d rows: %v, %v", c.opt, c.rows, got, err)
		}
	}
}

// The statistics are those of the scale that is left, whichever were tried.
func TestFitWidensStatistics(t *testing.T) {
	x, y := product[float32](9, 200)
	opt, err := Options{Features: 20, Pool: 40, Projection: "hadamard", Lambda: 1e-4}.withDefaults(200)
	if err != nil {
		t.Fatal(err)
	}
	f := NewFitter[float32](bundle.Matrix(x), bundle.Matrix(y))
	if err := f.look(t.Context(), bundle.Regress); err != nil {
		t.Fatal(err)
	}
	// Of 40 features 20 are there at once; where all are wanted none is selected, so that a larger
	// scale is tried, which is worse.
	for _, wanted := range []int{20, 40} {
		opt.Features = wanted
		pre, err := f.widen(t.Context(), preparation[float32]{projection: "hadamard", scale: 4}, opt)
		if err != nil || pre.scale != 4 || f.pool.scale != 4 {
			t.Errorf("%d features: scale %g, statistics of %g, %v", wanted, pre.scale, f.pool.scale, err)
		}
	}
}

func TestFitFewIndependent(t *testing.T) {
	x := mat.Of(3, 2, []float32{1, 2, 3, 4, 5, 7})
	opt := Options{Task: bundle.Classify, Loss: snnk.SquaredError}
	m, report, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot([]int{0, 1, 0}, 2), opt)
	if err != nil {
		t.Fatal(err)
	}
	params := 2 * (report.Features + 1)
	if report.Standardised {
		params += 2 * x.Cols()
	}
	if report.Features < 1 || report.Features >= 256 || m.Network.Params() != params {
		t.Errorf("%d features, %d parameters", report.Features, m.Network.Params())
	}
	opt.Pool = report.Pool
	if _, report, err = Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot([]int{0, 1, 0}, 2), opt); err != nil || report.Features != 256 {
		t.Errorf("with the pool given: %+v, %v, want all 256 features", report, err)
	}
}
