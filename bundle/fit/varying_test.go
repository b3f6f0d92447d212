package fit

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
)

// between is x with constant columns at the given places of the outcome.
func between(x *mat.Dense[float64], at ...int) *mat.Dense[float64] {
	r := mat.New[float64](x.Rows(), x.Cols()+len(at))
	for i := range x.Rows() {
		row := slices.Clone(x.Row(i))
		for k, j := range at {
			row = slices.Insert(row, j, []float64{0, -7.5, 1e30, 1}[k%4])
		}
		copy(r.Row(i), row)
	}
	return r
}

// Constant columns change neither what is chosen nor an error nor a bit of a prediction, wherever they are and whatever is in them later.
func TestConstantColumns(t *testing.T) {
	x, y := bumps(31, 300)
	labels := make([]int, y.Rows())
	for i := range labels {
		if y.At(i, 0) > 0 {
			labels[i] = 1
		}
	}
	numbers, classes := bundle.Matrix(y), bundle.OneHot(labels, 2)
	near := func(ctx context.Context, x, y bundle.Source, opt Options) (*bundle.Model[float32], *Report, error) {
		return Run[float32](ctx, x, y, opt)
	}
	far := func(ctx context.Context, x, y bundle.Source, opt Options) (*bundle.Model[float32], *Report, error) {
		return NewDistributed[float32](&sending{sources[float32]{x, y}}).Run(ctx, opt)
	}
	for name, c := range map[string]struct {
		run func(context.Context, bundle.Source, bundle.Source, Options) (*bundle.Model[float32], *Report, error)
		y   bundle.Source
		opt Options
	}{
		"usual":        {near, numbers, Options{Features: 24}},
		"as they are":  {near, numbers, Options{Features: 24, Pool: 24, Standardise: StandardiseNever}},
		"standardised": {near, numbers, Options{Features: 24, Pool: 48, Standardise: StandardiseAlways, Linear: LinearAlways}},
		"classes":      {near, classes, Options{Task: bundle.Classify, Features: 16, Pool: 32, Loss: snnk.CrossEntropy}},
		"learned":      {near, numbers, Options{Features: 8, Pool: 16, Scale: 0.5, Learn: &Learning{Atoms: 64, Terms: 2, Decay: 0.3, Noise: 0.03}}},
		"elsewhere":    {far, numbers, Options{Features: 24, Pool: 48}},
	} {
		plain, want, err := c.run(t.Context(), bundle.Matrix(x), c.y, c.opt)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		at := rng.Permutation(rng.New(uint64(len(name))), 4)[:2]
		m, got, err := c.run(t.Context(), bundle.Matrix(between(x, at...)), c.y, c.opt)
		if err != nil {
			t.Fatalf("%s: constant columns at %v: %v", name, at, err)
		}
		if got.Constant != 2 {
			t.Errorf("%s: %d constant columns", name, got.Constant)
		}
		if got.Constant = 0; fmt.Sprintf("%+v", shown(got)) != fmt.Sprintf("%+v", shown(want)) {
			t.Errorf("%s: constant columns at %v: %+v, want %+v", name, at, got, want)
		}
		fresh, _ := bumps(32, 50)
		other := between(fresh, at...)
		for i := range other.Rows() {
			for _, j := range m.Network.Stages()[0].(*bundle.Columns[float32]).Without() {
				other.Set(i, j, float64(i))
			}
		}
		a, b := answersOf(t, plain.Network, fresh), answersOf(t, m.Network, other)
		for i, v := range a.Data() {
			if math.Float64bits(v) != math.Float64bits(b.Data()[i]) {
				t.Fatalf("%s: constant columns at %v: output %d is %g, want %g", name, at, i, b.Data()[i], v)
			}
		}
	}
}

// shown is a report without what it points to.
func shown(r *Report) Report {
	p := *r
	p.Learned = nil
	return p
}

func answersOf(t *testing.T, n *bundle.Network[float32], x *mat.Dense[float64]) *mat.Dense[float64] {
	t.Helper()
	y := mat.New[float64](x.Rows(), n.Out())
	if err := bundle.Read(y, bundle.OutputsOf(n, bundle.Matrix(x)), 0); err != nil {
		t.Fatal(err)
	}
	return y
}

// sending are data elsewhere, to which passes are sent as bytes.
type sending struct{ sources[float32] }

func (s *sending) Statistics(ctx context.Context, p *Pass[float32], progress func(done, total int)) (*Stats[float32], error) {
	b, err := p.Marshal()
	if err != nil {
		return nil, err
	}
	if p, err = UnmarshalPass[float32](b); err != nil {
		return nil, err
	}
	return s.sources.Statistics(ctx, p, progress)
}

// Columns that vary, or all of them, are kept.
func TestVarying(t *testing.T) {
	x, _ := bumps(34, 20)
	for name, c := range map[string]struct {
		x    *mat.Dense[float64]
		want []int
	}{"all vary": {x, nil}, "two do not": {between(x, 0, 2), []int{0, 2}}, "none varies": {mat.New[float64](9, 3), nil}} {
		s, err := Varying[float32](t.Context(), bundle.Matrix(c.x))
		if err != nil || (s != nil) != (c.want != nil) || s != nil && !slices.Equal(s.Without(), c.want) {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}
