package ortho

import (
	"math/bits"

	"nnk/internal/par"
	"nnk/rng"
)

// sobolGroup is the number of columns that one Sobol sequence serves; further
// columns take further sequences, in another order of their points.
const sobolGroup = 1024

// sequence makes the rows of kinds Sobol and Halton: row i is the inverse normal
// distribution function of point i, computed in float64.
func (p *stored[T]) sequence() error {
	point, column, err := p.spec.points()
	if err != nil {
		return err
	}
	par.For(p.Rows(), 1+1<<12/p.spec.D, func(lo, hi int) {
		u := make([]float64, p.spec.D)
		for i := lo; i < hi; i++ {
			point(u, uint32(p.spec.source(i)))
			rng.NormalQuantile(u, u)
			row := p.g.Row(i)
			for j, v := range u {
				row[column(j)] = T(v)
			}
		}
	})
	return nil
}

// points returns the functions that give the points of kind Sobol or Halton, and the column of
// each coordinate.
func (s Spec) points() (point func(dst []float64, i uint32), column func(coordinate int) int, err error) {
	if s.Kind == Sobol {
		return s.sobol()
	}
	q, err := rng.NewHalton(s.D)
	if err != nil {
		return nil, nil, err
	}
	return q.Scramble(streamHalton.Of(s.Seed)).Point, func(j int) int { return j }, nil
}

// sobol is the kind Sobol. Coordinates 1024g … of a point come from a sequence that is
// scrambled by substream g of streamSobol; they go to the columns in a random order, so that the
// pairs of coordinates whose spread is bad, which every table has, are no particular
// columns.
//
// Points are shuffled, by substream g of streamShuffle, over the whole of M for g > 0 and over
// the first least(D) of them where M is below it. For in the natural order points 2i and
// 2i+1 are nearly opposite to each other, and for the cosine, an even function, that is nearly the
// same: until M is a few times D, nothing else makes up for it, and the mean square error of a Gaussian
// kernel would be up to 1.4 times that of independent rows.
func (s Spec) sobol() (point func(dst []float64, i uint32), column func(coordinate int) int, err error) {
	var groups []*rng.Sobol
	least := s.leastSobol()
	for at := 0; at < s.D; at += sobolGroup {
		q, err := rng.NewSobol(min(sobolGroup, s.D-at))
		if err != nil {
			return nil, nil, err
		}
		g := uint64(len(groups))
		q = q.Scramble(streamSobol.Of(s.Seed).Sub(g))
		if g > 0 || s.M < 1<<least {
			q = q.Shuffle(streamShuffle.Of(s.Seed).Sub(g), max(least, bits.Len(uint(s.M-1))))
		}
		groups = append(groups, q)
	}
	point = func(dst []float64, i uint32) {
		for g, q := range groups {
			q.Point(dst[g*sobolGroup:][:q.Dims()], i)
		}
	}
	order := rng.Permutation(streamColumns.Of(s.Seed), s.D)
	return point, func(j int) int { return order[j] }, nil
}

// leastSobol is the logarithm of the number of points, from 4·D to below 8·D, from which on they are taken in
// their natural order.
func (s Spec) leastSobol() int { return 2 + bits.Len(uint(s.D-1)) }
