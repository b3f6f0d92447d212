package urf_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// evaluation computes a formula as it is written down.
type evaluation[T asm.Float] struct {
	values []*mat.Dense[T]
	rows   int
}

func (e *evaluation[T]) add(cols int, at func(i, j int) float64) urf.Value {
	v := mat.New[T](e.rows, cols)
	for i := range e.rows {
		for j := range cols {
			v.Set(i, j, T(at(i, j)))
		}
	}
	e.values = append(e.values, v)
	return urf.Value(len(e.values) - 1)
}

func (e *evaluation[T]) each(x urf.Value, f func(v float64) float64) urf.Value {
	in := e.values[x]
	return e.add(in.Cols(), func(i, j int) float64 { return f(float64(in.At(i, j))) })
}

func (e *evaluation[T]) both(x, y urf.Value, f func(a, b float64) float64) urf.Value {
	a, b := e.values[x], e.values[y]
	if a.Cols() != b.Cols() {
		panic("values of different widths")
	}
	return e.add(a.Cols(), func(i, j int) float64 { return f(float64(a.At(i, j)), float64(b.At(i, j))) })
}

func (e *evaluation[T]) Affine(x urf.Value, w *mat.Dense[T], bias []T) urf.Value {
	y := mat.MulT(nil, e.values[x], w)
	return e.add(y.Cols(), func(i, j int) float64 {
		v := float64(y.At(i, j))
		if bias != nil {
			v += float64(bias[j])
		}
		return v
	})
}

func (e *evaluation[T]) Columns(x urf.Value, factors []T) urf.Value {
	in := e.values[x]
	return e.add(len(factors), func(i, j int) float64 { return float64(in.At(i, j)) * float64(factors[j]) })
}

func (e *evaluation[T]) Scale(x urf.Value, by T) urf.Value {
	return e.each(x, func(v float64) float64 { return v * float64(by) })
}

func (e *evaluation[T]) Shift(x urf.Value, by T) urf.Value {
	return e.each(x, func(v float64) float64 { return v + float64(by) })
}

func (e *evaluation[T]) Plus(x, y urf.Value) urf.Value {
	return e.both(x, y, func(a, b float64) float64 { return a + b })
}

func (e *evaluation[T]) Times(x, y urf.Value) urf.Value {
	return e.both(x, y, func(a, b float64) float64 { return a * b })
}

func (e *evaluation[T]) Cos(x urf.Value) urf.Value { return e.each(x, math.Cos) }
func (e *evaluation[T]) Sin(x urf.Value) urf.Value { return e.each(x, math.Sin) }
func (e *evaluation[T]) Exp(x urf.Value) urf.Value { return e.each(x, math.Exp) }

func (e *evaluation[T]) Max(x urf.Value, floor T) urf.Value {
	return e.each(x, func(v float64) float64 { return max(v, float64(floor)) })
}

func (e *evaluation[T]) Min(x urf.Value, limit T) urf.Value {
	return e.each(x, func(v float64) float64 { return min(v, float64(limit)) })
}

func (e *evaluation[T]) Positive(x urf.Value) urf.Value {
	return e.each(x, func(v float64) float64 {
		if v > 0 {
			return 1
		}
		return 0
	})
}

func (e *evaluation[T]) SquaredNorm(x urf.Value) urf.Value {
	in := e.values[x]
	return e.add(1, func(i, _ int) float64 { return float64(asm.SumSquares(in.Row(i))) })
}

func (e *evaluation[T]) Join(x, y urf.Value) urf.Value {
	a, b := e.values[x], e.values[y]
	return e.add(a.Cols()+b.Cols(), func(i, j int) float64 {
		if j < a.Cols() {
			return float64(a.At(i, j))
		}
		return float64(b.At(i, j-a.Cols()))
	})
}

func (e *evaluation[T]) Append(x urf.Value, c T) urf.Value {
	in := e.values[x]
	return e.add(in.Cols()+1, func(i, j int) float64 {
		if j < in.Cols() {
			return float64(in.At(i, j))
		}
		return float64(c)
	})
}

// The formula of every kind and option of map gives its features.
func TestFormula(t *testing.T) {
	const m, d, rows = 96, 7, 5
	selected := ortho.Spec{Kind: ortho.Hadamard, Seed: 6, M: m, D: d, Select: []int{0, 1, 5, 17, 40, 41, 80, 95}}
	for _, p := range append(projections(m, d), selected) {
		for _, s := range specs(p) {
			if s.Validate() == nil {
				agree[float64](t, newMap[float64](t, s), rows, 1e-12)
				agree[float32](t, newMap[float32](t, s), rows, 1e-5)
			}
		}
		s := urf.Fourier{Projection: p, Kernel: urf.Laplacian, Pairs: true}
		if p.Kind == ortho.IID {
			agree[float64](t, newMap[float64](t, s), rows, 1e-12)
		}
	}
	// Of far rows features are cut where they would be beyond all use.
	x := normal[float32](2, rows, d)
	for i, v := range x.Data() {
		x.Data()[i] = 10 * v
	}
	cut := newMap[float32](t, urf.URF{Projection: projections(m, d)[0], Spectrum: waves, Angle: 0.5})
	if z := slices.Max(cut.Phi(nil, x, nil).Data()); z < 0x1p49 {
		t.Errorf("the largest feature of far rows is %v", z)
	}
	agreeAt(t, cut, x, 1e-3)
	agree[float64](t, newMap[float64](t, urf.ReLU{Projection: projections(m, d)[0], Floor: 0.5, Slope: 0.3, Bias: 1}), rows, 1e-12)
}

// Trained diagonals are not those of any seed: the matrix is theirs.
func TestFormulaOfDiagonals(t *testing.T) {
	for _, d := range []int{7, 70} { // repeated inputs, and padded ones
		p := ortho.Spec{Kind: ortho.Hadamard, Seed: 4, M: 150, D: d}
		for _, s := range []urf.Spec{urf.ArcCos{Projection: p, Order: 1, Scale: 0.5, Bias: 1}, urf.ReLU{Projection: p, Floor: -0.5, Bias: 1}, urf.Fourier{Projection: p, Scale: 2}} {
			trained, err := urf.NewDiagonals[float64](s)
			if err != nil {
				t.Fatal(err)
			}
			diagonals, bias := trained.Numbers()
			for _, v := range append(diagonals, mat.Of(1, len(bias), bias)) {
				for i := range v.Rows() {
					for j, x := range v.Row(i) {
						v.Set(i, j, x+0.01*float64((3*i+7*j)%11))
					}
				}
			}
			agree[float64](t, trained, 5, 1e-12)
		}
	}
}

func agree[T asm.Float](t *testing.T, m urf.Map[T], rows int, most float64) {
	t.Helper()
	agreeAt(t, m, normal[T](1, rows, m.In()), most)
}

func agreeAt[T asm.Float](t *testing.T, m urf.Map[T], x *mat.Dense[T], most float64) {
	t.Helper()
	e := &evaluation[T]{values: []*mat.Dense[T]{x}, rows: x.Rows()}
	v, err := urf.WriteFormula(m, urf.Formula[T](e), 0)
	if err != nil {
		t.Fatal(err)
	}
	got, want := e.values[v], m.Phi(nil, x, nil)
	if got.Rows() != want.Rows() || got.Cols() != want.Cols() {
		t.Fatalf("%s: %d×%d, want %d×%d", m.Spec(), got.Rows(), got.Cols(), want.Rows(), want.Cols())
	}
	size := 0.0
	for i := range want.Rows() {
		for _, v := range want.Row(i) {
			size = max(size, math.Abs(float64(v)))
		}
	}
	for i := range want.Rows() {
		for j, v := range want.Row(i) {
			if e := math.Abs(float64(got.At(i, j) - v)); !(e <= most*size) {
				t.Fatalf("%s: feature %d of row %d is %v, want %v", m.Spec(), j, i, got.At(i, j), v)
			}
		}
	}
}

// foreign is a map that package urf does not know.
type foreign struct{ urf.Map[float64] }

func TestFormulaOfAnotherMap(t *testing.T) {
	m := foreign{newMap[float64](t, urf.Fourier{Projection: projections(64, 3)[0]})}
	if _, err := urf.WriteFormula[float64](m, &evaluation[float64]{}, 0); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("error %v, want ErrSpec", err)
	}
}
