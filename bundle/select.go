package bundle

import (
	"fmt"
	"slices"

	"nnk/mat"
)

// SelectFeatures returns the n features, in ascending order, that orthogonal
// least squares chooses for the targets one after the other, given those before
// and the constant; see [mat.SelectOLS]. λ is the penalty, in the units of
// [Moments.Ridge].
//
// The error wraps [mat.ErrSingular] if fewer than n features are independent to
// working precision. Cost n²·P/2 + 2·n·P·l multiply-adds for P features.
func (m *Moments) SelectFeatures(n int, lambda float64) ([]int, error) {
	return m.selectFeatures(n, n, lambda)
}

// selectFeatures returns between least and n features, as many as are independent.
func (m *Moments) selectFeatures(least, n int, lambda float64) ([]int, error) {
	p := m.ZZ.Rows() - 1
	chosen, _, err := mat.SelectOLS(m.ZZ, m.ZY, n+1, mat.SelectOptions[float64]{
		Lambda:  float64(lambda * m.scale()),
		Weights: penalties(p + 1),
		First:   []int{p}, // the constant costs nothing and is always there
	})
	if err != nil {
		return nil, err
	}
	if len(chosen) <= least {
		return nil, fmt.Errorf("bundle: only %d of %d features are independent, want %d: %w", len(chosen)-1, p, least, mat.ErrSingular)
	}
	chosen = chosen[1:]
	slices.Sort(chosen)
	return chosen, nil
}
