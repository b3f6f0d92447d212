package urf

import (
	"errors"
	"math"
	"testing"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// stretched are rows of normals whose columns have different sizes, the first two correlated, about a mean.
func stretched(seed uint64, rows, d int, grow, mean float64) *mat.Dense[float64] {
	x := mat.New[float64](rows, d)
	rng.Normal(rng.New(seed), x.Data(), 0)
	for i := range rows {
		r, size := x.Row(i), 1.0
		for k := range r {
			r[k] = float64(r[k]*size) + mean
			size *= grow
		}
		r[1] += float64(2 * r[0])
	}
	return x
}

// norms is the product of the root mean square norms of the rows.
func norms(x, w *mat.Dense[float64]) float64 {
	return math.Sqrt(asm.SumSquares(x.Data()) / float64(x.Rows()) * asm.SumSquares(w.Data()) / float64(w.Rows()))
}

// TestMetric: products stay, norms fall, more so with a dense matrix, and no diagonal or matrix nearby makes them less.
func TestMetric(t *testing.T) {
	const d = 6
	x, w := stretched(1, 300, d, 0.75, 2), stretched(2, 40, d, 1.3, 0)
	b := make([]float64, 40)
	rng.Normal(rng.New(3), b, 0)
	last := norms(x, w)
	for _, dense := range []bool{false, true} {
		m, err := NewMetric(x, w, dense)
		if err != nil || (m.Dense != nil) != dense || (m.Factor != nil) == dense {
			t.Fatalf("%+v, error %v", m, err)
		}
		y, v, c := seenBy(m, x, w, b)
		before, after := mat.MulT(nil, x, w), mat.MulT(nil, y, v)
		for i := range x.Rows() {
			for j := range w.Rows() {
				if want, got := before.At(i, j)+b[j], after.At(i, j)+c[j]; math.Abs(got-want) > 1e-10 {
					t.Fatalf("dense %t: wᵀx + b of %d, %d is %g, was %g", dense, i, j, got, want)
				}
			}
		}
		r := norms(y, v)
		if !(r < 0.99*last) {
			t.Errorf("dense %t: norms %g, before %g", dense, r, last)
		}
		last = r
		// Inputs and weights have the same second moments, but for the ridge.
		sx, sw := mat.TMul(nil, y, y), mat.TMul(nil, v, v)
		for k := range d {
			for l := range d {
				p, q := sx.At(k, l)/300, sw.At(k, l)/40
				if (k == l || dense) && math.Abs(p-q) > 0.03*math.Sqrt(sx.At(k, k)*sx.At(l, l))/300 {
					t.Errorf("dense %t: second moments %d, %d are %g of inputs and %g of weights", dense, k, l, p, q)
				}
			}
		}
		for k := range d {
			for _, by := range []float64{0.9, 1.1} {
				other := &Metric{Mean: m.Mean, Factor: unit(d, k, by)}
				if dense {
					other.Mean = make([]float64, d)
				}
				p, q := y, v
				if dense { // a stretch after A
					p, q, _ = seenBy(other, y, v, b)
				} else {
					other.Factor = append([]float64(nil), m.Factor...)
					other.Factor[k] *= by
					p, q, _ = seenBy(other, x, w, b)
				}
				if s := norms(p, q); !(s > r*0.9999) {
					t.Errorf("dense %t: column %d times %g makes the norms %g, less than %g", dense, k, by, s, r)
				}
			}
		}
	}
}

func unit(d, k int, by float64) []float64 {
	f := make([]float64, d)
	for i := range f {
		f[i] = 1
	}
	f[k] = by
	return f
}

func seenBy(m *Metric, x, w *mat.Dense[float64], b []float64) (*mat.Dense[float64], *mat.Dense[float64], []float64) {
	v, c := m.Weights(w, b)
	return m.Inputs(x), v, c
}

// Columns that are constant, or have no weights, keep finite factors; what is not finite, or nothing, is refused.
func TestMetricEdges(t *testing.T) {
	x, w := stretched(1, 20, 4, 1, 0), stretched(2, 5, 4, 1, 0)
	for i := range 20 {
		x.Set(i, 3, 7)
	}
	for j := range 5 {
		w.Set(j, 2, 0)
	}
	for _, dense := range []bool{false, true} {
		m, err := NewMetric(x, w, dense)
		if err != nil {
			t.Fatal(err)
		}
		y, v, _ := seenBy(m, x, w, nil)
		for _, a := range []*mat.Dense[float64]{y, v} {
			if err := mat.CheckFinite(a, 0); err != nil || !(asm.SumSquares(a.Data()) > 0) {
				t.Errorf("dense %t: %v, error %v", dense, a, err)
			}
		}
		for name, bad := range map[string]func() (*Metric, error){
			"no rows":    func() (*Metric, error) { return NewMetric(mat.New[float64](0, 4), w, dense) },
			"no weights": func() (*Metric, error) { return NewMetric(x, mat.New[float64](0, 4), dense) },
			"NaN": func() (*Metric, error) {
				y := x.Clone()
				y.Set(2, 1, math.NaN())
				return NewMetric(y, w, dense)
			},
			"too large": func() (*Metric, error) {
				y := w.Clone()
				y.Set(2, 1, 1e200)
				return NewMetric(x, y, dense)
			},
		} {
			if _, err := bad(); !errors.Is(err, ErrRange) {
				t.Errorf("%s, dense %t: error %v, want ErrRange", name, dense, err)
			}
		}
	}
}
