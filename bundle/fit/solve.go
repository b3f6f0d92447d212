package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
)

// Moments are the sums that determine a least-squares problem with features Z
// and targets Y. The last feature is the constant 1.
type Moments struct {
	N  int64               // samples
	ZZ *mat.Dense[float64] // ZᵀZ, p×p
	ZY *mat.Dense[float64] // ZᵀY, p×l
	YY []float64           // diagonal of YᵀY, l
}

// Sub returns the sums over the samples of m that are not in part, one of its folds.
func (m *Moments) Sub(part *Moments) *Moments { return m.sub(nil, part) }

// sub is Sub in the memory of r unless that is nil.
func (m *Moments) sub(r, part *Moments) *Moments {
	if r == nil {
		r = &Moments{ZZ: m.ZZ.Clone(), ZY: m.ZY.Clone(), YY: slices.Clone(m.YY)}
	} else {
		r.ZZ.Copy(m.ZZ)
		r.ZY.Copy(m.ZY)
		copy(r.YY, m.YY)
	}
	r.N = m.N - part.N
	for i := range r.ZZ.Rows() {
		asm.Axpy(r.ZZ.Row(i), -1, part.ZZ.Row(i))
		asm.Axpy(r.ZY.Row(i), -1, part.ZY.Row(i))
	}
	asm.Axpy(r.YY, -1, part.YY)
	return r
}

// Keep returns the moments of the features with the given indices, in that
// order, and the constant.
func (m *Moments) Keep(features []int) *Moments {
	p := m.ZZ.Rows() - 1
	index := append(append(make([]int, 0, len(features)+1), features...), p)
	r := &Moments{N: m.N, ZZ: mat.New[float64](len(index), len(index)), ZY: mat.New[float64](len(index), m.ZY.Cols()), YY: slices.Clone(m.YY)}
	for a, i := range index {
		row := m.ZZ.Row(i)
		out := r.ZZ.Row(a)
		for b, j := range index {
			out[b] = row[j]
		}
		copy(r.ZY.Row(a), m.ZY.Row(i))
	}
	return r
}

// scale is the unit of λ.
func (m *Moments) scale() float64 { return mat.RidgeUnit(m.ZZ) }

// Ridge returns the p×l matrix A that minimises ‖Z·A − Y‖² + λ·s·‖A‖² with the
// row of the constant unpenalised, where s is the mean of the diagonal of ZᵀZ: λ is
// free of the units of the features and of the number of samples.
//
// The error wraps [mat.ErrSingular] if λ is too small for ZᵀZ + λ·s·I to be positive
// definite in float64. Cost p³/6 + p²·l multiply-adds.
func (m *Moments) Ridge(lambda float64) (*mat.Dense[float64], error) {
	return mat.RidgeWithConstant(nil, m.ZZ, m.ZY, lambda)
}

// SquaredError is ‖Z·A − Y‖² for the p×l matrix A, from the sums alone:
// tr(YᵀY) − 2·tr(AᵀZᵀY) + tr(AᵀZᵀZA).
func (m *Moments) SquaredError(a *mat.Dense[float64]) float64 {
	sa := mat.Mul(nil, m.ZZ, a)
	sum := 0.0
	for _, v := range m.YY {
		sum += v
	}
	for i := range a.Rows() {
		// A·(ZᵀZA − 2ZᵀY), row by row
		sum += asm.Dot(a.Row(i), sa.Row(i))
		sum = asm.FMA(-2, asm.Dot(a.Row(i), m.ZY.Row(i)), sum)
	}
	return sum
}

// Variance is the sum of (Y − mean)² over all samples and targets: the squared
// error of the constant alone.
func (m *Moments) Variance() float64 {
	sum := 0.0
	last := m.ZY.Row(m.ZY.Rows() - 1)
	n := m.ZZ.At(m.ZZ.Rows()-1, m.ZZ.Cols()-1) // sum of the weights
	for j, v := range m.YY {
		sum += asm.FMA(-last[j]/n, last[j], v)
	}
	return sum
}

// DotProduct returns the p×l matrix A that minimises the dot-product loss
// −tr(AᵀZᵀY) under ‖A‖ ≤ τ (Frobenius norm), that is τ·ZᵀY/‖ZᵀY‖. The error wraps [mat.ErrSingular] if
// ZᵀY is zero.
func (m *Moments) DotProduct(tau float64) (*mat.Dense[float64], error) {
	sum := 0.0
	for i := range m.ZY.Rows() {
		sum += asm.Dot(m.ZY.Row(i), m.ZY.Row(i))
	}
	if !(sum > 0) {
		return nil, fmt.Errorf("fit: dot-product loss with ZᵀY = 0: %w", mat.ErrSingular)
	}
	return m.times(tau / math.Sqrt(sum)), nil
}

// DotProductRidge returns the p×l matrix A that minimises −tr(AᵀZᵀY) + (λ/2)·‖A‖², that is
// ZᵀY/λ, for λ > 0.
func (m *Moments) DotProductRidge(lambda float64) *mat.Dense[float64] { return m.times(1 / lambda) }

func (m *Moments) times(a float64) *mat.Dense[float64] {
	r := m.ZY.Clone()
	for i := range r.Rows() {
		row := r.Row(i)
		for j := range row {
			row[j] *= a
		}
	}
	return r
}

// Lambdas is the grid from which λ is chosen by default: half decades from 10⁻⁷, where
// float32 sums end to be reliable, to 1.
func Lambdas() []float64 {
	return []float64{1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1}
}

// HeldOutLambda is a value chosen by held-out error.
type HeldOutLambda struct {
	Lambda float64
	Error  float64 // squared error on the held-out folds over the variance of Y; 1 is the constant alone
}

// ChooseLambda returns the λ of the grid, which must ascend, with the least
// squared error on held-out folds: each fold is predicted from the sums of the
// others, for so many of the folds as hold 4096 rows. Every second λ is tried, then the neighbours of the best. keep, if not
// nil, gives the features to use for the sums of a training part, which it must not hold on to.
//
// A λ for which a system is singular is passed over; the error wraps
// [mat.ErrSingular] if that is all of them. Ties go to the larger λ.
//
// Cost: for each of those folds len(grid)/2 + 2 systems of p³/6 + 2·p²·l multiply-adds; no pass over
// the data. The end of ctx is an error before the next system.
func (s *Stats[T]) ChooseLambda(ctx context.Context, grid []float64, keep func(train *Moments) ([]int, error)) (HeldOutLambda, error) {
	total, err := s.Total()
	if err != nil {
		return HeldOutLambda{}, err
	}
	var of func(int, *Moments) ([]int, error)
	if keep != nil {
		of = func(_ int, train *Moments) ([]int, error) { return keep(train) }
	}
	return s.chooseLambda(ctx, total, grid, of, &workspace{}, nil)
}

// chooseLambda is ChooseLambda with the sums over all folds, and a workspace of their size; keep gets the number of the fold too. tried, if not nil, is called for
// each λ that is solvable, ascending.
func (s *Stats[T]) chooseLambda(ctx context.Context, total *Moments, grid []float64, keep func(fold int, train *Moments) ([]int, error), work *workspace, tried func(HeldOutLambda)) (HeldOutLambda, error) {
	if !(total.Variance() > 0) {
		return HeldOutLambda{}, fmt.Errorf("fit: all rows of the targets are equal: %w", bundle.ErrRange)
	}
	t := &trial{total: total, fold: s.moments, keep: keep, parts: make([]heldOut, s.Folds()), grid: grid, sums: make([]float64, len(grid)), work: work}
	var coarse, fine []int
	for i := range grid {
		if i%2 == 0 {
			coarse = append(coarse, i)
		}
	}
	if err := t.run(ctx, coarse); err != nil {
		return HeldOutLambda{}, err
	}
	best := t.best(coarse)
	for _, i := range []int{best - 1, best + 1} {
		if best >= 0 && i >= 0 && i < len(grid) {
			fine = append(fine, i)
		}
	}
	if err := t.run(ctx, fine); err != nil {
		return HeldOutLambda{}, err
	}
	if best = t.best(append(fine, coarse...)); best < 0 {
		return HeldOutLambda{}, fmt.Errorf("fit: no λ of the grid makes the system of %d features and %d samples solvable: %w", s.p-1, total.N, mat.ErrSingular)
	}
	variance := total.Variance()
	if t.rows < total.N { // that of the rows that were held out, as if they were like the others
		variance *= float64(t.rows) / float64(total.N)
	}
	if tried != nil {
		all := append(fine, coarse...)
		slices.Sort(all)
		for _, i := range all {
			if !math.IsInf(t.sums[i], 1) {
				tried(HeldOutLambda{grid[i], t.sums[i] / variance})
			}
		}
	}
	return HeldOutLambda{grid[best], t.sums[best] / variance}, nil
}

// trial holds the held-out errors of a grid.
type trial struct {
	total *Moments
	fold  func(m *Moments, lo, hi int) (*Moments, error) // [Stats.moments]
	keep  func(fold int, train *Moments) ([]int, error)
	parts []heldOut
	grid  []float64
	sums  []float64 // squared errors over the folds that are used, +Inf if singular
	rows  int64     // in those folds
	work  *workspace
	// Sums of all features, from which those that are kept are taken.
	allFold, allTrain *Moments
}

// heldOut is a fold and the rows outside it, of the features that were kept.
type heldOut struct {
	features    []int    // nil if not chosen yet
	train, fold *Moments // nil if to be made again
}

// heldOutBytes is the memory that sums may take from the first run to the second.
const heldOutBytes = 64 << 20

// part returns the sums of fold k, nil if it has no rows, and of the rest, nil if that is all features of
// t.total less the fold.
func (t *trial) part(k int) (train, fold *Moments, err error) {
	p := &t.parts[k]
	if p.fold != nil {
		return p.train, p.fold, nil
	}
	if fold, err = t.fold(t.allFold, k, k+1); err != nil {
		return nil, nil, err
	}
	if fold.N == t.total.N {
		return nil, nil, fmt.Errorf("fit: all %d rows are in one fold: nothing is left to hold out: %w", fold.N, bundle.ErrRange)
	}
	if fold.N == 0 {
		return nil, nil, nil
	}
	if t.keep == nil {
		if k == 0 && fold.N >= choiceRows { // the only one
			p.fold = fold
		}
		return nil, fold, nil
	}
	train = t.total.sub(t.allTrain, fold)
	t.allFold, t.allTrain = fold, train
	if p.features == nil {
		if p.features, err = t.keep(k, train); err != nil {
			return nil, nil, err
		}
	}
	train, fold = train.Keep(p.features), fold.Keep(p.features)
	if m := train.ZZ.Rows(); int64(len(t.parts))*16*int64(m)*int64(m) <= heldOutBytes {
		p.train, p.fold = train, fold
	}
	return train, fold, nil
}

// run fills the sums at the given places of the grid.
func (t *trial) run(ctx context.Context, at []int) error {
	if len(at) == 0 {
		return nil
	}
	t.rows = 0
	for k := range t.parts {
		if t.rows >= choiceRows {
			break
		}
		train, fold, err := t.part(k)
		if err != nil {
			return err
		}
		if fold == nil {
			continue
		}
		t.rows += fold.N
		for _, i := range at {
			if ctx.Err() != nil {
				return fmt.Errorf("fit: stopped while λ was chosen: %w", context.Cause(ctx))
			}
			a, err := t.ridge(train, fold, t.grid[i])
			switch {
			case errors.Is(err, mat.ErrSingular):
				t.sums[i] = math.Inf(1)
			case err != nil:
				return err
			default:
				t.sums[i] += max(fold.SquaredError(a), 0) // of rows that are hit exactly the rounding is left
			}
		}
	}
	return nil
}

// ridge is train.Ridge, or, where that is nil, the ridge of t.total less the fold.
func (t *trial) ridge(train, fold *Moments, lambda float64) (*mat.Dense[float64], error) {
	if train != nil {
		return train.Ridge(lambda)
	}
	return t.work.ridge(t.total, fold, lambda)
}

// workspace is a p×p matrix for systems of all features: sums of thousands of them should be in
// memory no more often than they must.
type workspace struct{ m *mat.Dense[float64] }

// ridge is total.Sub(part).Ridge(lambda), of which part may be nil for none, with the system and its factor in w.
func (w *workspace) ridge(total, part *Moments, lambda float64) (*mat.Dense[float64], error) {
	p := total.ZZ.Rows()
	if w.m == nil {
		w.m = mat.New[float64](p, p)
	}
	zy := total.ZY.Clone()
	for i := range p {
		row := w.m.Row(i)[:i+1]
		copy(row, total.ZZ.Row(i))
		if part != nil {
			asm.Axpy(row, -1, part.ZZ.Row(i)[:i+1])
			asm.Axpy(zy.Row(i), -1, part.ZY.Row(i))
		}
	}
	return mat.RidgeWithConstant(w.m, w.m, zy, lambda)
}

// best is the place among those given with the least sum, −1 if all are
// singular.
func (t *trial) best(at []int) int {
	best := -1
	for _, i := range at {
		if math.IsInf(t.sums[i], 1) {
			continue
		}
		if best < 0 || t.sums[i] < t.sums[best] || t.sums[i] == t.sums[best] && i > best {
			best = i
		}
	}
	return best
}
