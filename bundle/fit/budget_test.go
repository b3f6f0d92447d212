package fit

import (
	"context"
	"errors"
	"math"
	"regexp"
	"strconv"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

// The chosen model is in the budget, of the kind with the least held-out error, and its file is as large as the report says; names that are given to it count.
func TestWithinBytes(t *testing.T) {
	x, labels := clusters[float32](96, 300, 4, 3, 1)
	source, y := bundle.Matrix(x), bundle.OneHot(labels, 3)
	names := func(m *bundle.Model[float32]) { m.Provenance["note"] = "a text of thirty characters, or" }
	tried := 0
	for _, c := range []struct {
		budget     Budget[float32]
		candidates int
	}{
		{Budget[float32]{Bytes: 900, Finish: names}, 9},
		{Budget[float32]{Bytes: 1500, Directions: []Directions{Selected, Random}, Bits: []int{8}}, 2},
		{Budget[float32]{Bytes: 1500, Directions: []Directions{Learned}, Bits: []int{4}}, 1},
		{Budget[float32]{Bytes: 1 << 20, Directions: []Directions{Random}, Bits: []int{32, 4}}, 2},
	} {
		tried = 0
		c.budget.Tried = func(Candidate) { tried++ }
		m, r, err := WithinBytes[float32](t.Context(), source, y, Options{Task: bundle.Classify, Features: 40}, c.budget)
		if err != nil {
			t.Fatal(err)
		}
		size, err := m.Bytes()
		if err != nil || size > c.budget.Bytes || (c.budget.Finish != nil) != (m.Provenance["note"] != "") {
			t.Errorf("%d bytes of %d, %v", size, c.budget.Bytes, err)
		}
		if c.candidates > 1 && tried != c.candidates || len(r.Candidates) != c.candidates {
			t.Errorf("%d tried, %d candidates, want %d", tried, len(r.Candidates), c.candidates)
		}
		chosen, least := Candidate{}, math.Inf(1)
		for _, k := range r.Candidates {
			if k.Problem == "" {
				least = min(least, k.HeldOut)
			}
			if k.Chosen {
				chosen = k
			}
			if k.Bytes > c.budget.Bytes || k.Features > 40 {
				t.Errorf("%+v", k)
			}
		}
		if chosen.HeldOut != least || chosen.Bytes != size || chosen.Bits != r.Bits || (chosen.Directions == Learned) != (r.Learned != nil) || (r.Bits < 32) != (len(r.Rounded) > 0) {
			t.Errorf("chosen %+v, least error %g, %d bytes, report %+v", chosen, least, size, r)
		}
		if c.budget.Bytes == 1<<20 && chosen.Features != 40 {
			t.Errorf("%d features where there is room for 40", chosen.Features)
		}
	}
}

// What is too small is refused with the least that is possible, and that is possible.
func TestWithinTooFewBytes(t *testing.T) {
	x, labels := clusters[float32](97, 200, 4, 3, 1)
	source, y := bundle.Matrix(x), bundle.OneHot(labels, 3)
	_, _, err := WithinBytes[float32](t.Context(), source, y, Options{Task: bundle.Classify}, Budget[float32]{Bytes: 300})
	found := regexp.MustCompile(`the least is (\d+)`).FindStringSubmatch(err.Error())
	if !errors.Is(err, bundle.ErrRange) || found == nil {
		t.Fatalf("error %v", err)
	}
	least, _ := strconv.ParseInt(found[1], 10, 64)
	m, r, err := WithinBytes[float32](t.Context(), source, y, Options{Task: bundle.Classify}, Budget[float32]{Bytes: least})
	if err != nil {
		t.Fatal(err)
	}
	if size, _ := m.Bytes(); size > least || r.Features < 1 {
		t.Errorf("%d bytes of %d, %d features", size, least, r.Features)
	}
	for _, bad := range []Budget[float32]{{Bytes: 2000, Bits: []int{16}}, {Bytes: 2000, Directions: []Directions{"fixed"}}, {}} {
		if _, _, err := WithinBytes[float32](t.Context(), source, y, Options{}, bad); !errors.Is(err, bundle.ErrRange) {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := WithinBytes[float32](ctx, source, y, Options{Task: bundle.Classify}, Budget[float32]{Bytes: 2000}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// Numbers as targets: columns of very different units are standardised, which takes bytes that an estimate does not know.
func TestWithinBytesOfNumbers(t *testing.T) {
	x, y := mat.New[float64](400, 3), mat.New[float64](400, 1)
	rng.Normal(rng.New(5), x.Data(), 0)
	for i := range x.Rows() {
		y.Set(i, 0, x.At(i, 0)*x.At(i, 1))
		x.Set(i, 1, 1000*x.At(i, 1))
	}
	m, r, err := WithinBytes[float64](t.Context(), bundle.Matrix(x), bundle.Matrix(y), Options{Task: bundle.Regress}, Budget[float64]{Bytes: 1400, Bits: []int{8}})
	if err != nil {
		t.Fatal(err)
	}
	size, err := m.Bytes()
	if err != nil || size > 1400 || !(r.HeldOut < 0.2) {
		t.Errorf("%d bytes, %v, error %g", size, err, r.HeldOut)
	}
}
