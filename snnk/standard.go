package snnk

import (
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/mat"
)

// Standard is a change of units of columns: (x − Mean)·Factor.
type Standard[T asm.Float] struct {
	Mean, Factor []T // one for each column
}

// StandardOf returns the change of units that gives each column of x mean 0 and mean
// square 1. A constant column becomes 0: its factor is 0. The sums are formed in
// float64 in the order of the rows.
func StandardOf[T asm.Float](x *mat.Dense[T]) Standard[T] {
	n, d := float64(max(x.Rows(), 1)), x.Cols()
	mean, square := make([]float64, d), make([]float64, d)
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			mean[j] += float64(v)
		}
	}
	for j := range mean {
		mean[j] /= n
	}
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			c := float64(v) - mean[j]
			square[j] = math.FMA(c, c, square[j])
		}
	}
	s := Standard[T]{make([]T, d), make([]T, d)}
	for j := range mean {
		s.Mean[j] = T(mean[j])
		if sd := math.Sqrt(square[j] / n); sd > 0 {
			s.Factor[j] = T(1 / sd)
		}
	}
	return s
}

// Apply sets dst to (x − Mean)·Factor and returns it; dst == nil allocates. dst is x or
// does not overlap it.
func (s Standard[T]) Apply(dst, x *mat.Dense[T]) *mat.Dense[T] {
	const op = "snnk.Standard.Apply"
	checkWidth(op, x, len(s.Mean))
	switch {
	case dst == nil:
		dst = mat.New[T](x.Rows(), x.Cols())
	case dst.Rows() != x.Rows() || dst.Cols() != x.Cols():
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), x.Cols()}, Why: "dst has the wrong shape"})
	case !dst.Same(x) && dst.Overlaps(x):
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	for i := range x.Rows() {
		out := dst.Row(i)
		for j, v := range x.Row(i) {
			out[j] = (v - s.Mean[j]) * s.Factor[j]
		}
	}
	return dst
}

// FoldInputs changes a layer with a bias that was trained on s.Apply(x) so that it reads
// x itself: the outputs are the same but for rounding.
func (l *Linear[T]) FoldInputs(s Standard[T]) {
	bias := l.foldable("snnk.Linear.FoldInputs", l.In(), s)
	for i := range l.Out() {
		row := l.weight.Value.Row(i)
		asm.Mul(row, row, s.Factor)
		bias[i] -= asm.Dot(row, s.Mean)
	}
}

// FoldOutputs changes a layer with a bias and no activation that was trained for targets
// s.Apply(y) so that it gives y itself.
func (l *Linear[T]) FoldOutputs(s Standard[T]) {
	s.foldOutputs(l.weight.Value, l.foldable("snnk.Linear.FoldOutputs", l.Out(), s))
}

// FoldOutputs returns the layer that gives y itself where l, which must have a bias, was made for
// targets s.Apply(y).
func (l *Layer[T]) FoldOutputs(s Standard[T]) *Layer[T] {
	if l.bias == nil || len(s.Mean) != l.Out() || len(s.Factor) != l.Out() {
		panic(&mat.ArgumentError{Op: "snnk.Layer.FoldOutputs", Why: fmt.Sprintf("%d means and %d factors for %d outputs; want one for each, and a layer with a bias", len(s.Mean), len(s.Factor), l.Out())})
	}
	psi, bias := l.Psi().Clone(), slices.Clone(l.bias)
	s.foldOutputs(psi, bias)
	return New(l.phi, psi, bias)
}

// foldOutputs changes the matrix w and the bias, which give s.Apply(y), to those that give y.
func (s Standard[T]) foldOutputs(w *mat.Dense[T], bias []T) {
	for i, f := range s.Factor {
		if f != 0 {
			f = 1 / f
		}
		asm.Scale(w.Row(i), w.Row(i), f)
		bias[i] = T(bias[i]*f) + s.Mean[i]
	}
}

func (l *Linear[T]) foldable(op string, width int, s Standard[T]) []T {
	if l.bias == nil || len(s.Mean) != width || len(s.Factor) != width {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("%d means and %d factors for %d columns; want one for each, and a layer with a bias", len(s.Mean), len(s.Factor), width)})
	}
	return l.bias.Value.Row(0)
}
