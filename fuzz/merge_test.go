package fuzz

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/bundle/fit"
	"nnk/mat"
)

// FuzzMerge: sums have the same bits however the rows are cut into calls, and
// from shards of whole periods in any order, with the remainder last.
func FuzzMerge(f *testing.F) {
	f.Add([]byte{1, 0, 3, 50, 2, 200, 7, 1, 2, 3, 4, 5})
	f.Add([]byte{2, 1, 2, 255, 255, 1, 1, 1, 0, 0, 9, 9, 9, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzMerge[float32](t, b)
		fuzzMerge[float64](t, b)
	})
}

func fuzzMerge[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	opt := fit.Folds{Count: 1 + int(r.byte()%2), Block: 64 << (r.byte() % 2)}
	shards, rest := 1+int(r.byte()%2), r.size(300)
	cut := 1 + r.size(700)
	swap := r.byte()%2 == 1
	sample := bytes.Clone(r.b)
	values := func(n, c, shift int) *mat.Dense[T] {
		m := mat.New[T](n, c)
		for i := range m.Data() {
			v := T(i*i%251-125) / 64
			if len(sample) > 0 {
				v += T(int8(sample[(i+shift)%len(sample)])) / 3
			}
			m.Data()[i] = v
		}
		return m
	}
	first := values(8, 3, 1) // the sample of the grid
	z8, y8 := first.View(0, 0, 8, 2), first.View(0, 2, 8, 1)
	make1 := func() *fit.Stats[T] {
		s, err := fit.NewStats(z8, y8, opt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	whole := make1()
	period := int(whole.Period())
	n := shards*period + rest
	z, y := values(n, 2, 0), values(n, 1, 5)
	add := func(s *fit.Stats[T], lo, hi int) {
		if err := s.Add(z.View(lo, 0, hi-lo, 2), y.View(lo, 0, hi-lo, 1)); err != nil {
			t.Fatal(err)
		}
	}
	add(whole, 0, n)
	pieces := make1()
	for lo := 0; lo < n; lo += cut {
		add(pieces, lo, min(lo+cut, n))
	}
	order := make([]int, shards)
	for i := range order {
		if order[i] = i; swap {
			order[i] = shards - 1 - i
		}
	}
	merged := make1()
	for _, k := range order {
		s := merged.Empty()
		add(s, k*period, (k+1)*period)
		if err := merged.Merge(s); err != nil {
			t.Fatal(err)
		}
	}
	last := merged.Empty()
	add(last, shards*period, n)
	if err := merged.Merge(last); err != nil {
		t.Fatal(err)
	}
	for k := range opt.Count {
		want := moments(t, whole, k)
		equal(t, fmt.Sprintf("%v: %d rows in calls of %d", opt, n, cut), moments(t, pieces, k), want)
		equal(t, fmt.Sprintf("%v: %d shards of %d rows and %d", opt, shards, period, rest), moments(t, merged, k), want)
	}
}

// moments are the sums of a fold.
func moments[T asm.Float](t *testing.T, s *fit.Stats[T], k int) []float64 {
	m, err := s.Fold(k)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat([]float64{float64(m.N)}, m.ZZ.Data(), m.ZY.Data(), m.YY)
}
