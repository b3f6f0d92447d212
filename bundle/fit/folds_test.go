package fit

import (
	"testing"

	"nnk/bundle"
	"nnk/mat"
)

// The rows of a fold, and those outside, are those that Stats puts there; any
// piece of them can be read.
func TestSplit(t *testing.T) {
	for _, n := range []int{1, 9, 10, 24, 31, 60, 65} {
		x := mat.New[float64](n, 1)
		for i := range n {
			x.Set(i, 0, float64(i))
		}
		for _, p := range []struct {
			Folds
			fold int
		}{{Folds{3, 1}, 0}, {Folds{2, 5}, 0}, {Folds{2, 5}, 1}, {Folds{3, 4}, 1}, {Folds{3, 4}, 2}, {Folds{2, 100}, 0}, {Folds{2, 100}, 1}} {
			var in, out []float64
			for i := range n {
				if i/p.Block%p.Count == p.fold {
					in = append(in, float64(i))
				} else {
					out = append(out, float64(i))
				}
			}
			held, rest := Split(bundle.Matrix(x), p.Folds, p.fold)
			for _, c := range []struct {
				rows bundle.Source
				want []float64
			}{{held, in}, {rest, out}} {
				s := c.rows
				if s.Rows() != len(c.want) {
					t.Errorf("%d rows, %+v: %d rows, want %d", n, p, s.Rows(), len(c.want))
					continue
				}
				for lo := range c.want {
					for hi := lo + 1; hi <= len(c.want); hi++ {
						dst := mat.New[float64](hi-lo, 1)
						if err := s.Read(dst, lo); err != nil {
							t.Fatal(err)
						}
						for i, v := range dst.Data() {
							if v != c.want[lo+i] {
								t.Fatalf("%d rows, %+v: row %d of %d… is %v, want %v", n, p, i, lo, v, c.want[lo+i])
							}
						}
					}
				}
			}
		}
	}
}

// Every fold of few rows gets at least four blocks, if there are as many rows; what is given stays.
func TestFoldsForRows(t *testing.T) {
	for _, c := range []struct {
		n         int
		got, want Folds
	}{
		{1, Folds{}, Folds{5, 1}}, {19, Folds{}, Folds{5, 1}}, {40, Folds{}, Folds{5, 2}}, {639, Folds{}, Folds{5, 31}}, {1 << 30, Folds{}, Folds{5, 32}},
		{100, Folds{Count: 3}, Folds{3, 8}}, {100, Folds{3, 7}, Folds{3, 7}}, {0, Folds{}, Folds{5, 1}},
	} {
		if got := c.got.ForRows(c.n); got != c.want {
			t.Errorf("%+v for %d rows: %+v, want %+v", c.got, c.n, got, c.want)
		}
	}
}

// The fold of a row is that in which Split has it.
func TestFoldsOf(t *testing.T) {
	x := mat.New[float64](100, 1)
	for i := range 100 {
		x.Set(i, 0, float64(i))
	}
	for _, f := range []Folds{{}, {3, 7}, {2, 1}} {
		for k := range f.withDefaults().Count {
			held, _ := Split(bundle.Matrix(x), f, k)
			inside := mat.New[float64](held.Rows(), 1)
			if err := bundle.Read(inside, held, 0); err != nil {
				t.Fatal(err)
			}
			in := map[int]bool{}
			for i := range inside.Rows() {
				in[int(inside.At(i, 0))] = true
			}
			for i := range 100 {
				if (f.Of(i) == k) != in[i] {
					t.Errorf("%+v: row %d is of fold %d; in fold %d: %v", f, i, f.Of(i), k, in[i])
				}
			}
		}
	}
}
