package urf

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Value is a place in a formula: a matrix with a row for each row of inputs.
type Value int

// Formula writes a map down as products with dense matrices and functions of single numbers, for programs that make no
// random numbers. [WriteFormula] calls its methods in the order of the calculation; each returns the value that it stands for.
type Formula[T asm.Float] interface {
	Affine(x Value, w *mat.Dense[T], bias []T) Value // x·wᵀ, with bias added to every row if it is not nil
	Columns(x Value, factors []T) Value              // each column times its factor
	Scale(x Value, by T) Value                       // all numbers times by
	Shift(x Value, by T) Value                       // all numbers plus by
	Plus(x, y Value) Value
	Times(x, y Value) Value // number by number
	Cos(x Value) Value
	Sin(x Value) Value
	Exp(x Value) Value
	Max(x Value, floor T) Value
	Min(x Value, limit T) Value
	Positive(x Value) Value    // 1 where x > 0, else 0
	SquaredNorm(x Value) Value // one column: the sum of the row's squares
	Join(x, y Value) Value     // the columns of x, then those of y
	Append(x Value, c T) Value // the columns of x, then one of c
}

// WriteFormula writes down the features of x and returns their value: in exact arithmetic those of [Map.Phi]. The matrices of
// projections are made for it, M×d numbers. The error wraps [ErrSpec] for a map that is not of this package.
func WriteFormula[T asm.Float](m Map[T], to Formula[T], x Value) (Value, error) {
	w, ok := m.(interface {
		formula(to Formula[T], x Value) Value
	})
	if !ok {
		return x, fmt.Errorf("urf: a map of type %T has no formula: %w", m, ErrSpec)
	}
	return w.formula(to, x), nil
}

// matrix is scale·G.
func matrix[T asm.Float](g ortho.Projection[T], scale T) *mat.Dense[T] {
	w := g.Dense(nil)
	if scale != 1 {
		for i := range w.Rows() {
			asm.Scale(w.Row(i), w.Row(i), scale)
		}
	}
	return w
}

// scaleEach multiplies each row of w with its factor.
func scaleEach[T asm.Float](w *mat.Dense[T], factors []T) *mat.Dense[T] {
	for i, f := range factors {
		asm.Scale(w.Row(i), w.Row(i), f)
	}
	return w
}

func (m *rectified[T]) formula(to Formula[T], x Value) Value {
	h := to.Affine(x, matrix(m.g, m.scale), m.bias)
	switch {
	case m.order == 0:
		h = to.Scale(to.Positive(h), m.unit)
	case m.slope != 0:
		above := to.Max(h, m.floor)
		below := to.Scale(to.Min(to.Shift(h, -m.floor), 0), m.slope)
		h = to.Scale(to.Plus(above, below), m.unit)
	default:
		h = to.Scale(to.Max(h, m.floor), m.firstUnit())
	}
	if m.order == 2 {
		h = to.Scale(to.Times(h, h), m.unit)
	}
	return withConstant(to, h, m.constant)
}

func withConstant[T asm.Float](to Formula[T], x Value, yes bool) Value {
	if yes {
		return to.Append(x, 1)
	}
	return x
}

func (m *waves[T]) formula(to Formula[T], x Value) Value {
	h := to.Affine(x, scaleEach(matrix(m.g, m.scale), m.lengths), m.phase)
	if m.spec.Pairs {
		h = to.Join(to.Cos(h), to.Sin(h))
	} else {
		h = to.Cos(h)
	}
	h = to.Scale(h, m.unit)
	if len(m.spec.Linear) > 0 {
		w := mat.New[T](len(m.spec.Linear), m.g.Cols())
		for i, j := range m.spec.Linear {
			w.Set(i, j, m.slope*m.scale)
		}
		h = to.Join(h, to.Affine(x, w, nil))
	}
	return withConstant(to, h, m.spec.Constant)
}

// formula multiplies the levels from the highest, which the fewest features have, to the lowest.
func (m *products[T]) formula(to Formula[T], x Value) Value {
	var product Value
	for t := len(m.levels) - 1; t >= 0; t-- {
		g, higher := m.levels[t], 0
		if t+1 < len(m.levels) {
			higher = m.levels[t+1].Rows()
		}
		w, n := g.Dense(nil), g.Rows()
		part := func(from, end int) Value { return to.Affine(x, w.View(from, 0, end-from, w.Cols()).Clone(), nil) }
		switch {
		case higher == 0:
			product = part(0, n)
		case higher == n:
			product = to.Times(part(0, n), product)
		default:
			product = to.Join(to.Times(part(0, higher), product), part(higher, n))
		}
	}
	return to.Append(to.Join(to.Columns(product, m.phi), x), 1)
}

func (m *universal[T]) formula(to Formula[T], x Value) Value {
	t := &m.phi
	norm := Value(-1)
	// part is factor ⊙ Gx + constant − square·‖x‖².
	part := func(factor, square, constant []T) Value {
		v := to.Affine(x, scaleEach(m.g.Dense(nil), factor), constant)
		column, zero := mat.New[T](len(square), 1), true
		for i, q := range square {
			column.Set(i, 0, -q)
			zero = zero && q == 0
		}
		if zero {
			return v
		}
		if norm < 0 {
			norm = to.SquaredNorm(x)
		}
		return to.Plus(v, to.Affine(norm, column, nil))
	}
	size := to.Min(to.Scale(to.Exp(part(t.re, t.qre, t.c)), t.unit), largest[T]())
	if t.shape == both { // Φ is no other complex one
		angle := part(t.im, t.qim, t.phase)
		size = to.Join(to.Times(to.Cos(angle), size), to.Times(to.Sin(angle), size))
	}
	if m.slope != 0 {
		size = to.Join(size, x)
	}
	return withConstant(to, size, m.hasConstant())
}

// formula finds the matrix column by column: a diagonal can be anything.
func (m *Diagonals[T]) formula(to Formula[T], x Value) Value {
	w := mat.New[T](m.m, m.d)
	unit, column, buf := make([]T, m.d), make([]T, m.m), make([]T, m.p)
	for j := range m.d {
		unit[j] = m.scale
		m.project(column, unit, buf)
		unit[j] = 0
		for i, v := range column {
			w.Set(i, j, v)
		}
	}
	h := to.Affine(x, w, m.bias)
	if m.cosine {
		h = to.Cos(h)
	} else {
		h = to.Max(h, m.floor)
	}
	return to.Scale(h, m.unit)
}
