package ortho

import (
	"math"

	"nnk/internal/par"
	"nnk/rng"
)

const (
	// sparseRows is the number of rows of kind Sparse after which numbers of columns repeat: one, two, three and all.
	sparseRows = 4
	// wideRow is how much longer every other row of one column is: what is a function of one column often has a step in it, or a
	// peak, and is not as smooth as what depends on many.
	wideRow = 4
)

// support is the number of columns in which row i of kind Sparse differs from 0, and what its elements are multiplied with:
// they make rows of all supports as long as each other, in the mean square, but for the wide ones.
func (s Spec) support(i int) (columns int, factor float64) {
	columns = 1 + i%sparseRows
	if columns == sparseRows || columns >= s.D {
		return s.D, 1
	}
	factor = math.Sqrt(float64(s.D) / float64(columns))
	if i%(2*sparseRows) == sparseRows {
		factor *= wideRow
	}
	return columns, factor
}

// thin makes the rows of kind Sparse of those of kind IID: those of row i that are kept are the first
// columns of the permutation of 0 … d−1 by supports/i.
func (p *stored[T]) thin() {
	s := p.spec
	par.For(p.Rows(), 1+1<<12/s.D, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			i := s.source(k)
			columns, factor := s.support(i)
			if columns == s.D {
				continue
			}
			row, order := p.g.Row(k), rng.Permutation(streamSupports.Of(s.Seed).Sub(uint64(i)), s.D)
			for _, j := range order[:columns] {
				row[j] *= T(factor)
			}
			for _, j := range order[columns:] {
				row[j] = 0
			}
		}
	})
}
