package fit

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

// elsewhere are data in parts, of which each is read by who knows nothing but the bytes that it is sent, in any order.
type elsewhere struct {
	sources[float32]
	t      *testing.T
	r      *rand.Rand
	parts  int
	passes int
}

// span are the rows of a source from lo on.
type span struct {
	bundle.Source
	lo, n int
}

func (s span) Rows() int                                   { return s.n }
func (s span) Read(dst *mat.Dense[float64], row int) error { return s.Source.Read(dst, s.lo+row) }

// cut divides the rows at multiples of period, in random order. Some parts are empty.
func (e *elsewhere) cut(period int) [][2]int {
	cuts := []int{0, e.Rows()}
	for range e.parts - 1 {
		cuts = append(cuts, e.r.IntN(e.Rows()/period+1)*period)
	}
	slices.Sort(cuts)
	var spans [][2]int
	for i := range cuts[1:] {
		spans = append(spans, [2]int{cuts[i], cuts[i+1]})
	}
	e.r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	return spans
}

func (e *elsewhere) Survey(context.Context) (inputs, targets *Survey, err error) {
	inputs, targets = NewSurvey(e.Inputs()), NewSurvey(e.Targets())
	for _, c := range e.cut(SurveyRows) {
		for _, s := range []struct {
			src bundle.Source
			sum *Survey
		}{{e.x, inputs}, {e.y, targets}} {
			part := NewSurvey(s.src.Cols())
			if err := bundle.Blocks(span{s.src, c[0], c[1] - c[0]}, SurveyRows, func(b *mat.Dense[float64], row int) error { return part.Add(b, c[0]+row) }); err != nil {
				return nil, nil, err
			}
			if part, err = UnmarshalSurvey(part.Marshal()); err != nil {
				return nil, nil, err
			}
			if err := s.sum.Merge(part); err != nil {
				return nil, nil, err
			}
		}
	}
	return inputs, targets, nil
}

func (e *elsewhere) Statistics(ctx context.Context, p *Pass[float32], _ func(done, total int)) (*Stats[float32], error) {
	e.passes++
	sum := p.Empty()
	sent, err := p.Marshal()
	if err != nil {
		return nil, err
	}
	for _, c := range e.cut(int(p.Period())) {
		there, err := UnmarshalPass[float32](sent)
		if err != nil {
			return nil, err
		}
		if again, err := there.Marshal(); err != nil || !bytes.Equal(again, sent) {
			e.t.Errorf("a pass that was read is written otherwise: %v", err)
		}
		part, err := there.Statistics(ctx, span{e.x, c[0], c[1] - c[0]}, span{e.y, c[0], c[1] - c[0]}, nil)
		if err != nil {
			return nil, err
		}
		if part, err = UnmarshalStats[float32](part.Marshal()); err != nil {
			return nil, err
		}
		if err := sum.Merge(part); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// The model of data in parts, which only bytes go to and come from, is that of the same data here, byte for byte.
func TestDistributed(t *testing.T) {
	const rows = 2900
	x := random[float64](40, rows, 4)
	numbers, labels := mat.New[float64](rows, 2), make([]int, rows)
	for i := range rows {
		x.Set(i, 3, 1e6+3*x.At(i, 3)) // a level: inputs are standardised, or moved
		numbers.Set(i, 0, 1000+x.At(i, 0)*x.At(i, 1))
		numbers.Set(i, 1, x.At(i, 2)+0.1*x.At(i, 0))
		if x.At(i, 0) > x.At(i, 1) {
			labels[i] = 1
		}
		if i == 2432 { // a class of one row
			labels[i] = 2
		}
	}
	for _, c := range []struct {
		name string
		x, y bundle.Source
		opt  Options
	}{
		{"numbers", bundle.Matrix(x), bundle.Matrix(numbers), Options{Task: bundle.Regress, Features: 12, Pool: 48, Folds: Folds{Count: 2}}},
		{"labels", bundle.Matrix(x), bundle.OneHot(labels, 3), Options{Task: bundle.Classify, Features: 12, Pool: 24, Loss: snnk.SquaredError}},
		{"all given", bundle.Matrix(x), bundle.Matrix(numbers), Options{Task: bundle.Regress, Features: 16, Pool: 16, Scale: 0.5, Lambda: 1e-4, Projection: "iid", Standardise: StandardiseAlways, Linear: LinearNever, Folds: Folds{2, 7}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := func(f *Fitter[float32]) []byte {
				m, _, err := f.Run(t.Context(), c.opt)
				if err != nil {
					t.Fatal(err)
				}
				var b bytes.Buffer
				if _, err := m.WriteTo(&b); err != nil {
					t.Fatal(err)
				}
				return b.Bytes()
			}
			here := file(NewFitter[float32](c.x, c.y))
			for _, parts := range []int{1, 5} {
				e := &elsewhere{sources[float32]{c.x, c.y}, t, rand.New(rand.NewPCG(41, uint64(parts))), parts, 0}
				if there := file(NewDistributed[float32](e)); !bytes.Equal(there, here) {
					t.Errorf("%d parts: another model", parts)
				}
				if e.passes != 1 {
					t.Errorf("%d passes for statistics, want 1", e.passes)
				}
			}
		})
	}
}

// What would pass over the rows again and again is refused for data elsewhere.
func TestDistributedRefuses(t *testing.T) {
	x := random[float64](42, 50, 2)
	labels := make([]int, 50)
	labels[7] = 1
	d := &elsewhere{sources: sources[float32]{bundle.Matrix(x), bundle.OneHot(labels, 2)}, t: t}
	for _, opt := range []Options{{Loss: snnk.CrossEntropy}, {Loss: snnk.BinaryCrossEntropy}, {Learn: &Learning{Atoms: 16, Terms: 2}}} {
		opt.Task = bundle.Classify
		if _, _, err := NewDistributed[float32](d).Run(t.Context(), opt); !errors.Is(err, bundle.ErrRange) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
}

// A pass that is cut short or changed is refused, and one over other columns is not made.
func TestPassErrors(t *testing.T) {
	x, y := random[float64](43, 60, 3), random[float64](44, 60, 2)
	f := NewFitter[float32](bundle.Matrix(x), bundle.Matrix(y))
	if _, _, err := f.Run(t.Context(), Options{Task: bundle.Regress, Features: 4, Pool: 4, Standardise: StandardiseAlways}); err != nil {
		t.Fatal(err)
	}
	opt, err := Options{Features: 4, Pool: 4}.withDefaults(60)
	if err != nil {
		t.Fatal(err)
	}
	p, err := f.pass(preparation[float32]{projection: "iid", scale: 1}, opt)
	if err != nil {
		t.Fatal(err)
	}
	p.targets = f.units
	text, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for n := range text {
		if _, err := UnmarshalPass[float32](text[:n]); !errors.Is(err, bundle.ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", n, len(text), err)
		}
	}
	if _, err := UnmarshalPass[float32](append(text, 0)); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := UnmarshalPass[float64](text); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("other type: %v", err)
	}
	for _, c := range [][2]*mat.Dense[float64]{{y, y}, {x, x}, {x.View(0, 0, 50, 3), y}} {
		if _, err := p.Statistics(t.Context(), bundle.Matrix(c[0]), bundle.Matrix(c[1]), nil); !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("%d×%d and %d×%d: %v", c[0].Rows(), c[0].Cols(), c[1].Rows(), c[1].Cols(), err)
		}
	}
}
