package fit

import (
	"fmt"
	"slices"

	"nnk/mat"
)

// Selection says which features [Moments.SelectFeatures] chooses.
type Selection struct {
	Least, Most int     // of the features chosen
	First       []int   // features that are chosen before all others
	Lambda      float64 // penalty, in the units of [Moments.Ridge]
}

// SelectLambda is the penalty under which features are selected: small, but above the
// noise of float32 sums.
const SelectLambda = 1e-5

// SelectFeatures returns the features, in ascending order, that orthogonal
// least squares chooses for the targets one after the other, given those before
// and the constant; see [mat.SelectOLS]: as many as are independent to working precision, at most s.Most.
//
// The error wraps [mat.ErrSingular] if these are fewer than s.Least. Cost n²·P/2 + 2·n·P·l multiply-adds for n of P features.
func (m *Moments) SelectFeatures(s Selection) ([]int, error) {
	p := m.ZZ.Rows() - 1
	chosen, _, err := mat.SelectOLS(m.ZZ, m.ZY, s.Most+1, mat.SelectOptions[float64]{
		Lambda:  float64(s.Lambda * m.scale()),
		Weights: penalties(p + 1),
		First:   append([]int{p}, s.First...), // the constant costs nothing and is always there
	})
	if err != nil {
		return nil, err
	}
	if len(chosen) <= s.Least {
		return nil, fmt.Errorf("fit: only %d of %d features are independent, want %d: %w", len(chosen)-1, p, s.Least, mat.ErrSingular)
	}
	chosen = chosen[1:]
	slices.Sort(chosen)
	return chosen, nil
}

// penalties are the weights of λ: 1 for every feature, 0 for the constant.
func penalties(p int) []float64 {
	w := make([]float64, p)
	for i := range p - 1 {
		w[i] = 1
	}
	return w
}
