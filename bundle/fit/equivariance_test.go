package fit

import (
	"errors"
	"math"
	"slices"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// bumps are n rows of three columns and a target of them, of mean near 0 and spread near 1.
func bumps(seed uint64, n int) (x, y *mat.Dense[float64]) {
	x, y = mat.New[float64](n, 3), mat.New[float64](n, 1)
	rng.Normal(rng.New(seed), x.Data(), 0)
	for i := range n {
		a, b, c := x.At(i, 0), x.At(i, 1), x.At(i, 2)
		y.Set(i, 0, math.Sin(1.5*a)+0.4*b*c)
	}
	return x, y
}

// mapped is f of every element.
func mapped(x *mat.Dense[float64], f func(i, j int, v float64) float64) *mat.Dense[float64] {
	r := x.Clone()
	for i := range r.Rows() {
		for j, v := range x.Row(i) {
			r.Set(i, j, f(i, j, v))
		}
	}
	return r
}

// run fits float32 models with few features.
func run(t *testing.T, x, y *mat.Dense[float64], opt Options) (*bundle.Model[float32], *Report) {
	t.Helper()
	opt.Features, opt.Pool = 40, 80
	m, r, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(y), opt)
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

// alike reports whether two fits chose the same and have the same error, but for the rounding of targets.
func alike(a, b *Report) bool {
	return a.Scale == b.Scale && a.Lambda == b.Lambda && a.Standardised == b.Standardised && math.Abs(a.HeldOut-b.HeldOut) <= 1e-5+1e-3*a.HeldOut
}

// The unit and the level of a target change neither what is chosen nor the error, and its model has them.
func TestTargetUnits(t *testing.T) {
	x, y := bumps(1, 500)
	fresh, truth := bumps(2, 200)
	_, want := run(t, x, y, Options{})
	if want.HeldOut > 0.05 || want.HeldOut < 0 {
		t.Fatalf("held-out error %g", want.HeldOut)
	}
	for _, c := range []struct{ a, c float64 }{{1, 300}, {-2, 0}, {1e-30, 0}, {1e30, 0}, {1e-25, 7e-20}, {1e25, -4e30}, {0.02, 50}, {1, 1e6}, {600, 101325}, {3e-3, -1e3}} {
		unit := func(_, _ int, v float64) float64 { return float64(c.a*v) + c.c }
		m, r := run(t, x, mapped(y, unit), Options{})
		if !alike(r, want) {
			t.Errorf("y → %g·y + %g: %+v, want %+v", c.a, c.c, r, want)
		}
		f, err := m.Network.Fitness(t.Context(), bundle.Matrix(fresh), bundle.Matrix(mapped(truth, unit)))
		if err != nil || !(f.R2 > 0.9) {
			t.Errorf("y → %g·y + %g: R² of new rows %g, %v", c.a, c.c, f.R2, err)
		}
	}
}

// Targets in different units are each fitted as well as they are next to another of the same unit, and a constant one is
// its constant.
func TestSeveralTargets(t *testing.T) {
	x, y := bumps(3, 500)
	both := func(unit float64) *mat.Dense[float64] {
		r := mat.New[float64](x.Rows(), 3)
		for i := range r.Rows() {
			r.Set(i, 0, y.At(i, 0))
			r.Set(i, 1, unit*(x.At(i, 0)-x.At(i, 2)))
			r.Set(i, 2, 1234.5)
		}
		return r
	}
	_, want := run(t, x, both(1), Options{})
	m, r := run(t, x, both(1e6), Options{})
	if !alike(r, want) {
		t.Errorf("another unit for one of the targets: %+v, want %+v", r, want)
	}
	err := m.Network.Predict(t.Context(), bundle.Matrix(x), func(out *mat.Dense[float64], row int) error {
		for i := range out.Rows() {
			if e := out.At(i, 0) - y.At(row+i, 0); math.Abs(e) > 1 {
				t.Fatalf("row %d: %g, want %g", row+i, out.At(i, 0), y.At(row+i, 0))
			}
			if math.Abs(out.At(i, 2)-1234.5) > 1e-3 {
				t.Fatalf("row %d: %g, want the constant", row+i, out.At(i, 2))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	constant := mat.New[float64](x.Rows(), 2)
	if _, _, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.Matrix(constant), Options{}); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("constant targets alone: %v", err)
	}
}

// Targets that have nothing in common are fitted together as well as each alone, in whatever units, where functions of a
// few columns are among the features.
func TestTogetherAsAlone(t *testing.T) {
	const rows, fresh = 1000, 400
	x, both := mat.New[float64](rows+fresh, 6), mat.New[float64](rows+fresh, 2)
	rng.Normal(rng.New(21), x.Data(), 0)
	for i := range x.Rows() {
		r := x.Row(i)
		both.Set(i, 0, math.Sin(2*r[0])+math.Cos(1.5*r[1]))
		both.Set(i, 1, 1e4*(r[4]-0.5*r[5]))
	}
	// left is the squared error over the variance of each target, on rows that were not fitted.
	left := func(y *mat.Dense[float64]) (e []float64, r *Report) {
		m, r, err := Run[float32](t.Context(), bundle.Matrix(x.View(0, 0, rows, 6)), bundle.Matrix(y.View(0, 0, rows, y.Cols())), Options{Features: 96})
		if err != nil {
			t.Fatal(err)
		}
		for j := range y.Cols() {
			fitness, err := bundle.NewNetwork(append(m.Network.Stages(), pickColumn(y.Cols(), j))...).Fitness(t.Context(), bundle.Matrix(x.View(rows, 0, fresh, 6)), bundle.Matrix(y.View(rows, j, fresh, 1)))
			if err != nil {
				t.Fatal(err)
			}
			e = append(e, 1-fitness.R2)
		}
		return e, r
	}
	together, r := left(both)
	if r.Projection != "sparse" {
		t.Errorf("projection %s", r.Projection)
	}
	for j := range 2 {
		alone, _ := left(both.View(0, j, rows+fresh, 1))
		if together[j] > alone[0]+1e-3 || alone[0] > 1e-3 {
			t.Errorf("target %d: %.2g of the variance is left together, %.2g alone", j, together[j], alone[0])
		}
	}
}

// pickColumn is the stage that keeps output j.
func pickColumn(n, j int) bundle.Stage[float32] {
	w := mat.New[float32](1, n)
	w.Set(0, j, 1)
	return bundle.NewLinear(w, nil, urf.Activation{})
}

// Units and levels of the columns change nothing where these are standardised, and one unit for all nothing
// where they are not; an added constant column changes nothing.
func TestColumnUnits(t *testing.T) {
	x, y := bumps(4, 500)
	_, want := run(t, x, y, Options{Standardise: StandardiseAlways})
	units, levels := []float64{1e-30, 4e20, 1e-3}, []float64{0, -3e25, 7e2}
	for name, other := range map[string]*mat.Dense[float64]{
		"units":  mapped(x, func(_, j int, v float64) float64 { return float64(units[j]*v) + levels[j] }),
		"tiny":   mapped(x, func(_, j int, v float64) float64 { return 1e-40 * v }),
		"levels": mapped(x, func(_, j int, v float64) float64 { return v + 1.7e9 }),
	} {
		if _, r := run(t, other, y, Options{Standardise: StandardiseAlways}); !alike(r, want) {
			t.Errorf("%s: %+v, want %+v", name, r, want)
		}
	}
	_, want = run(t, x, y, Options{Standardise: StandardiseNever})
	m, r := run(t, mapped(x, func(_, _ int, v float64) float64 { return v + 1e9 }), y, Options{Standardise: StandardiseNever})
	if !(math.Abs(r.HeldOut-want.HeldOut) < 0.02) {
		t.Errorf("columns on a level of 10⁹: held-out error %g, want %g", r.HeldOut, want.HeldOut)
	}
	if f, err := m.Network.Fitness(t.Context(), bundle.Matrix(mapped(x, func(_, _ int, v float64) float64 { return v + 1e9 })), bundle.Matrix(y)); err != nil || f.R2 < 0.95 {
		t.Errorf("columns on a level of 10⁹: R² %g, %v", f.R2, err)
	}
}

// Which class is the first changes nothing, under either loss.
func TestRenamedClasses(t *testing.T) {
	x, y := bumps(11, 400)
	for _, loss := range []snnk.Loss{snnk.SquaredError, snnk.CrossEntropy} {
		var want *Report
		for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {1, 0, 2}} {
			labels := make([]int, y.Rows())
			for i := range labels {
				k := 0
				if v := y.At(i, 0); v > 0.5 {
					k = 2
				} else if v > -0.5 {
					k = 1
				}
				labels[i] = order[k]
			}
			_, r, err := Run[float32](t.Context(), bundle.Matrix(x), bundle.OneHot(labels, 3), Options{Task: bundle.Classify, Features: 24, Pool: 64, Loss: loss})
			if err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = r
			}
			if !alike(r, want) || r.LogitPenalty != want.LogitPenalty || r.HeldOutAccuracy != want.HeldOutAccuracy || r.Projection != want.Projection || r.Linear != want.Linear {
				t.Errorf("%v, classes %v: %+v, want %+v", loss, order, r, want)
			}
		}
	}
}

// The order of the rows is not what decides: one column is 0 but in a stretch of the file, and so is the target.
func TestOrderOfRows(t *testing.T) {
	const n = 12000
	x, y := mat.New[float64](n, 3), mat.New[float64](n, 1)
	rng.Normal(rng.New(5), x.Data(), 0)
	for i := range n {
		if i < 3000 || i >= 3600 {
			x.Set(i, 2, 0)
		}
		y.Set(i, 0, math.Sin(x.At(i, 1))+4*x.At(i, 2))
	}
	mixed, mixedY := mat.New[float64](n, 3), mat.New[float64](n, 1)
	for i, k := range rng.Permutation(rng.New(6), n) {
		copy(mixed.Row(i), x.Row(k))
		copy(mixedY.Row(i), y.Row(k))
	}
	rare := mapped(y, func(i, _ int, v float64) float64 {
		if i < 3000 || i >= 3600 {
			return 0
		}
		return math.Abs(x.At(i, 1))
	})
	for name, c := range map[string]struct{ x, y *mat.Dense[float64] }{"ordered": {x, y}, "mixed": {mixed, mixedY}, "rare": {x, rare}} {
		m, r := run(t, c.x, c.y, Options{})
		f, err := m.Network.Fitness(t.Context(), bundle.Matrix(c.x), bundle.Matrix(c.y))
		least, apart := 0.99, 0.01
		if name == "rare" { // a bend at 0 of a column that is rarely anything else
			least, apart = 0.3, 0.3
		}
		if err != nil || f.R2 < least || math.Abs(1-f.R2-r.HeldOut) > apart {
			t.Errorf("%s: R² %g, held-out error %g, %v", name, f.R2, r.HeldOut, err)
		}
	}
}

// What may be in the sample of a part of the rows has all that is in that of all, and is told from what parts of it told.
func TestSampleOfParts(t *testing.T) {
	const rows = 50000
	all := sampled(rows, sampleRows)
	var kept []int
	for _, c := range [][2]int{{0, 3}, {3, 9001}, {9001, 9001}, {9001, 41000}, {41000, rows}} {
		part := Sample(func(yield func(int) bool) {
			for row := c[0]; row < c[1] && yield(row); row++ {
			}
		})
		if len(part) != min(c[1]-c[0], sampleRows) {
			t.Errorf("%d of rows %d to %d", len(part), c[0], c[1])
		}
		for _, row := range all {
			if _, in := slices.BinarySearch(part, row); in != (row >= c[0] && row < c[1]) {
				t.Fatalf("row %d is in the sample, and in that of rows %d to %d: %v", row, c[0], c[1], in)
			}
		}
		kept = Sample(slices.Values(append(kept, part...)))
	}
	if !slices.Equal(kept, all) {
		t.Error("the sample of samples is another")
	}
}

// A sample is spread over the rows and does not depend on how many there are beyond it.
func TestSampled(t *testing.T) {
	for _, c := range []struct{ rows, n int }{{0, 5}, {5, 5}, {6, 5}, {1000, 100}, {100000, 4096}} {
		got := sampled(c.rows, c.n)
		if len(got) != min(c.rows, c.n) {
			t.Fatalf("%d of %d rows, want %d", len(got), c.rows, c.n)
		}
		half := 0
		for i, r := range got {
			if r < 0 || r >= c.rows || i > 0 && r <= got[i-1] {
				t.Fatalf("%d of %d rows: %v", c.n, c.rows, got)
			}
			if r < c.rows/2 {
				half++
			}
		}
		if c.n >= 100 && math.Abs(float64(half)-float64(c.n)/2) > 4*math.Sqrt(float64(c.n)/4) {
			t.Errorf("%d of %d rows are in the first half of %d", half, c.n, c.rows)
		}
	}
}
