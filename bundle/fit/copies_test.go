package fit

import (
	"errors"
	"math"
	"slices"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

// rowsOf are the given rows of a matrix, in that order.
func rowsOf(x *mat.Dense[float64], list []int) *mat.Dense[float64] {
	r := mat.New[float64](len(list), x.Cols())
	for i, k := range list {
		copy(r.Row(i), x.Row(k))
	}
	return r
}

// Tables in which all rows are there again lose the copies, whatever their order, and others none.
func TestWithoutCopies(t *testing.T) {
	const n = 100
	x, y := bumps(41, n)
	y.Set(7, 0, y.At(8, 0))
	var once, inTurn, thrice, mixed, some []int
	for i := range n {
		once = append(once, i)
		inTurn = append(inTurn, i, i)
		thrice = append(thrice, i, i, i)
	}
	for _, i := range rng.Permutation(rng.New(42), 4*n) {
		mixed = append(mixed, i/4)
	}
	some = append(slices.Clone(inTurn), 3)
	for _, c := range []struct {
		name string
		list []int
		m    int
	}{{"once", once, 1}, {"one after the other", append(slices.Clone(once), once...), 2}, {"in turn", inTurn, 2}, {"thrice", thrice, 3}, {"mixed", mixed, 4}, {"but one", some, 1}, {"fewer than 32", inTurn[:62], 1}, {"32", inTurn[:64], 2}} {
		given := bundle.Matrix(rowsOf(x, c.list))
		rx, ry, m, err := WithoutCopies(given, bundle.Matrix(rowsOf(y, c.list)))
		if err != nil || m != c.m || rx.Rows() != len(c.list)/m || ry.Rows() != rx.Rows() {
			t.Errorf("%s: %d copies, %d rows, %v", c.name, m, rx.Rows(), err)
			continue
		}
		all, targets := mat.New[float64](rx.Rows(), 3), mat.New[float64](rx.Rows(), 1)
		for _, piece := range []int{rx.Rows(), 7} {
			for lo := 0; lo < rx.Rows(); lo += piece {
				rows := min(piece, rx.Rows()-lo)
				if err := errors.Join(rx.Read(all.View(lo, 0, rows, 3), lo), ry.Read(targets.View(lo, 0, rows, 1), lo)); err != nil {
					t.Fatal(err)
				}
			}
			seen := map[[4]float64]bool{}
			for i := range all.Rows() {
				seen[[4]float64{all.At(i, 0), all.At(i, 1), all.At(i, 2), targets.At(i, 0)}] = true
			}
			if m > 1 && len(seen) != rx.Rows() || c.name != "mixed" && m > 1 && !slices.Equal(all.Data(), x.View(0, 0, rx.Rows(), 3).Clone().Data()) {
				t.Errorf("%s: not the first of the copies, in their order", c.name)
			}
		}
	}
	// The inputs alone are there twice: two answers each.
	twice := bundle.Matrix(rowsOf(x, inTurn))
	other := rowsOf(y, inTurn)
	for i := range other.Rows() {
		other.Set(i, 0, float64(i))
	}
	if _, _, m, err := WithoutCopies(twice, bundle.Matrix(other)); m != 1 || err != nil {
		t.Errorf("two targets for the same inputs: %d copies, %v", m, err)
	}
	if rx, ry, m, err := WithoutCopies(twice, nil); m != 2 || rx.Rows() != n || ry != nil || err != nil {
		t.Errorf("inputs alone: %d copies, %v", m, err)
	}
	if _, _, _, err := WithoutCopies(twice, bundle.Matrix(y)); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("fewer targets than inputs: %v", err)
	}
	x.Set(5, 1, math.NaN())
	if _, _, _, err := WithoutCopies(bundle.Matrix(x), nil); !errors.Is(err, bundle.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
}

// Doubled rows change nothing, not a bit of the model.
func TestDoubledRows(t *testing.T) {
	x, y := bumps(43, 300)
	m, want := run(t, x, y, Options{})
	var inTurn, again []int
	for i := range 300 {
		inTurn = append(inTurn, i, i)
		again = append(again, i)
	}
	again = append(again, again...)
	for name, list := range map[string][]int{"in turn": inTurn, "again": again} {
		doubled, r := run(t, rowsOf(x, list), rowsOf(y, list), Options{})
		if r.Rows != 600 || r.Copies != 2 {
			t.Errorf("%s: %+v", name, r)
		}
		same := *r
		if same.Rows, same.Copies = want.Rows, 0; same != *want {
			t.Errorf("%s: %+v, want %+v", name, same, *want)
		}
		a, b := outputs(t, doubled, x), outputs(t, m, x)
		if !slices.Equal(a.Data(), b.Data()) {
			t.Errorf("%s: other outputs", name)
		}
	}
}

// outputs are those of a model for all rows.
func outputs(t *testing.T, m *bundle.Model[float32], x *mat.Dense[float64]) *mat.Dense[float64] {
	t.Helper()
	r := mat.New[float64](x.Rows(), m.Network.Out())
	if err := bundle.OutputsOf(m.Network, bundle.Matrix(x)).Read(r, 0); err != nil {
		t.Fatal(err)
	}
	return r
}
