package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// refitRows is the number of rows whose features are in memory at a time. It
// changes no bit: the sums are chains over all rows.
const refitRows = 512

// Refit replaces Ψ and b by those that minimise ‖Φ(x)·Ψᵀ + b − y‖² + λ·s·‖Ψ‖² for inputs x (n×d) and
// targets y (n×l), where s is the mean square of a feature times n: λ is free of
// units. The sums and the solution are float64 for either T.
//
// The error wraps [mat.ErrNotFinite] if a feature or target is NaN or infinite, [mat.ErrRange]
// for a negative λ and [mat.ErrSingular] if λ is too small; the layer is then as it was. Cost
// n·M² + M³/6 multiply-adds. For data that does not fit in memory, folds and the choice
// of λ see package bundle.
func (l *Layer[T]) Refit(x, y *mat.Dense[T], lambda float64) error {
	if x.Rows() != y.Rows() || x.Cols() != l.In() || y.Cols() != l.Out() {
		panic(&mat.ShapeError{Op: "snnk.Refit", A: [2]int{x.Rows(), x.Cols()}, B: [2]int{y.Rows(), y.Cols()}, Why: fmt.Sprintf("want n×%d and n×%d", l.In(), l.Out())})
	}
	m, out := l.phi.Out(), l.Out()
	zz, zy := mat.New[float64](m+1, m+1), mat.New[float64](m+1, out)
	ws := &Workspace[T]{}
	for lo := 0; lo < x.Rows(); lo += refitRows {
		n := min(refitRows, x.Rows()-lo)
		z := mat.New[float64](n, m+1)
		features := l.phi.Phi(ws.shape(n, m), x.View(lo, 0, n, x.Cols()), &ws.features)
		widen(z, features)
		for i := range n {
			z.Set(i, m, 1)
		}
		targets := mat.New[float64](n, out)
		widen(targets, y.View(lo, 0, n, out))
		mat.TMulAdd(zz, z, z)
		mat.TMulAdd(zy, z, targets)
	}
	weights, trace := make([]float64, m+1), 0.0
	for i := range m {
		weights[i] = 1
		trace += zz.At(i, i)
	}
	if trace-trace == 0 { // else RidgeSolve finds what is not finite
		lambda *= trace / float64(max(m, 1))
	}
	a, err := mat.RidgeSolve(nil, zz, zy, lambda, weights)
	if err != nil {
		return fmt.Errorf("snnk: refit of %d features to %d rows: %w", m, x.Rows(), err)
	}
	psi, bias := mat.New[T](out, m), make([]T, out)
	for i := range m {
		for j, v := range a.Row(i) {
			psi.Set(j, i, T(v))
		}
	}
	for j, v := range a.Row(m) {
		bias[j] = T(v)
	}
	l.set(psi, bias)
	return nil
}

// widen copies src into the first columns of dst.
func widen[T asm.Float](dst *mat.Dense[float64], src *mat.Dense[T]) {
	for i := range src.Rows() {
		row := dst.Row(i)
		for j, v := range src.Row(i) {
			row[j] = float64(v)
		}
	}
}
