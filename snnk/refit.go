package snnk

import (
	"context"
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
// for a negative λ and [mat.ErrSingular] if λ is too small, or what ended ctx before a block of rows; the layer is then as it was. Cost
// n·M² + M³/6 multiply-adds. For data that does not fit in memory, folds and the choice
// of λ see package bundle.
func (l *Layer[T]) Refit(ctx context.Context, x, y *mat.Dense[T], lambda float64) error {
	l.checkRefit("snnk.Layer.Refit", x, y)
	e, err := l.equations(ctx, x, y)
	if err != nil {
		return err
	}
	a, err := mat.RidgeWithConstant(nil, e.zz, e.zy, lambda)
	if err != nil {
		return l.refitError(x, err)
	}
	l.set(Weights[T](a))
	return nil
}

// Weights returns the matrix Ψ (l×M) and the bias b of the solution a ((M+1)×l) of least squares with a constant: a holds
// Ψᵀ and below it b. They are rounded to T.
func Weights[T asm.Float](a *mat.Dense[float64]) (psi *mat.Dense[T], b []T) {
	m, l := a.Rows()-1, a.Cols()
	psi, b = mat.New[T](l, m), make([]T, l)
	for i := range m {
		for j, v := range a.Row(i) {
			psi.Set(j, i, T(v))
		}
	}
	for j, v := range a.Row(m) {
		b[j] = T(v)
	}
	return psi, b
}

func (l *Layer[T]) checkRefit(op string, x, y *mat.Dense[T]) {
	if x.Rows() != y.Rows() || x.Cols() != l.In() || y.Cols() != l.Out() {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{y.Rows(), y.Cols()}, Why: fmt.Sprintf("want n×%d and n×%d", l.In(), l.Out())})
	}
}

func (l *Layer[T]) refitError(x *mat.Dense[T], err error) error {
	return fmt.Errorf("snnk: refit of %d features to %d rows: %w", l.phi.Out(), x.Rows(), err)
}

// equations are the sums of a refit: ZᵀZ, whose last feature is 1, and ZᵀY.
type equations struct{ zz, zy *mat.Dense[float64] }

func (l *Layer[T]) equations(ctx context.Context, x, y *mat.Dense[T]) (equations, error) {
	m := l.phi.Out()
	e := equations{mat.New[float64](m+1, m+1), mat.New[float64](m+1, l.Out())}
	err := l.blocks(ctx, x, y, func(z, targets *mat.Dense[float64], _ int) {
		mat.TMulAdd(e.zz, z, z)
		mat.TMulAdd(e.zy, z, targets)
	})
	return e, err
}

// blocks calls body with the features of a few rows at a time, beside a 1, and their targets, until ctx ends.
func (l *Layer[T]) blocks(ctx context.Context, x, y *mat.Dense[T], body func(z, targets *mat.Dense[float64], row int)) error {
	m, ws := l.phi.Out(), &Workspace[T]{}
	for lo := 0; lo < x.Rows(); lo += refitRows {
		if ctx.Err() != nil {
			return fmt.Errorf("snnk: refit ended before row %d of %d: %w", lo, x.Rows(), context.Cause(ctx))
		}
		n := min(refitRows, x.Rows()-lo)
		z, targets := mat.New[float64](n, m+1), mat.New[float64](n, l.Out())
		widen(z, l.phi.Phi(ws.z.Shape(n, m), x.View(lo, 0, n, x.Cols()), &ws.Map))
		for i := range n {
			z.Set(i, m, 1)
		}
		widen(targets, y.View(lo, 0, n, y.Cols()))
		body(z, targets, lo)
	}
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
