package snnk

import (
	"context"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
)

// minDoubt is the least 1 − h of a row with leverage h: below it, rounding decides.
const minDoubt = 1e-10

// LeaveOneOut predicts the error of the layer after [Layer.Refit](x, y, lambda) on rows that it
// has not seen: for each output the root mean square, over the rows, of the error at that row of the refit
// to all others, with the same penalty. It is exact but for rounding, by one solution instead of n: with
// S = ZᵀZ + λ·s·I (the constant unpenalised) the error without row z is r/(1 − h), where r is
// the residual with it and h = zᵀS⁻¹z its leverage (Allen, The relationship between
// variable selection and data augmentation, Technometrics 1974). Rounding is that of float64: like the
// refit itself it may have no correct digit when λ is not far above 10⁻¹⁵. A value is
// +Inf or 0 where the squares of errors leave float64.
//
// With targets y = act(W·x + b) this is the error against the feed-forward layer that is to be
// replaced. The layer does not change. Errors are those of Refit, and one that wraps
// [mat.ErrSingular] for a row that alone determines a feature (only with a tiny λ, or if there is no other row). Cost: that
// of Refit and n·M²/2 + M³/6 multiply-adds, the features made twice.
func (l *Layer[T]) LeaveOneOut(ctx context.Context, x, y *mat.Dense[T], lambda float64) ([]float64, error) {
	l.checkRefit("snnk.Layer.LeaveOneOut", x, y)
	e, err := l.equations(ctx, x, y)
	if err != nil {
		return nil, err
	}
	factor := e.zz
	a, err := mat.RidgeWithConstant(factor, e.zz, e.zy, lambda)
	if err != nil {
		return nil, l.refitError(x, err)
	}
	squares := make([]float64, l.Out())
	ended := l.blocks(ctx, x, y, func(z, targets *mat.Dense[float64], row int) {
		fitted, half := mat.Mul(nil, z, a), mat.New[float64](z.Cols(), z.Rows())
		for i := range z.Rows() {
			for j, v := range z.Row(i) {
				half.Set(j, i, v)
			}
		}
		mat.SolveLower(half, factor, half)
		leverage := make([]float64, z.Rows())
		for k := range half.Rows() {
			for i, v := range half.Row(k) {
				leverage[i] = asm.FMA(v, v, leverage[i])
			}
		}
		for i, h := range leverage {
			if !(1-h > minDoubt) && err == nil {
				err = l.refitError(x, fmt.Errorf("row %d alone determines a feature (leverage %g): %w", row+i, h, mat.ErrSingular))
			}
			for j, v := range targets.Row(i) {
				r := (v - fitted.At(i, j)) / (1 - h)
				squares[j] = asm.FMA(r, r, squares[j])
			}
		}
	})
	if err == nil {
		err = ended
	}
	if err != nil {
		return nil, err
	}
	for j, v := range squares {
		squares[j] = math.Sqrt(v / float64(x.Rows()))
	}
	return squares, nil
}
