package ortho

import (
	"nnk/internal/par"
	"nnk/rng"
)

// sobolGroup is the number of columns that one Sobol sequence serves; further
// columns take further sequences, in another order of their points.
const sobolGroup = 1024

// sequence makes the rows of kinds Sobol and Halton: row i is the inverse normal
// distribution function of point i, computed in float64.
//
// Columns 1024g … of kind Sobol come from a Sobol sequence that is scrambled by
// substream 2g+1 and, for g > 0, shuffled by substream 2g+2; kind Halton is one
// sequence, scrambled by substream 1.
func (p *stored[T]) sequence() error {
	point, err := p.spec.points()
	if err != nil {
		return err
	}
	par.For(p.Rows(), 1+1<<12/p.spec.D, func(lo, hi int) {
		u := make([]float64, p.spec.D)
		for i := lo; i < hi; i++ {
			point(u, uint32(p.spec.source(i)))
			rng.NormalQuantile(u, u)
			for j, v := range u {
				p.g.Row(i)[j] = T(v)
			}
		}
	})
	return nil
}

// points returns the function that gives the points of kind Sobol or Halton.
func (s Spec) points() (func(dst []float64, i uint32), error) {
	root := rng.New(s.Seed)
	if s.Kind == Halton {
		q, err := rng.NewHalton(s.D)
		if err != nil {
			return nil, err
		}
		return q.Scramble(root.Sub(1)).Point, nil
	}
	var groups []*rng.Sobol
	for at := 0; at < s.D; at += sobolGroup {
		q, err := rng.NewSobol(min(sobolGroup, s.D-at))
		if err != nil {
			return nil, err
		}
		g := uint64(len(groups))
		q = q.Scramble(root.Sub(2*g + 1))
		if g > 0 {
			q = q.Shuffle(root.Sub(2*g + 2))
		}
		groups = append(groups, q)
	}
	return func(dst []float64, i uint32) {
		for g, q := range groups {
			q.Point(dst[g*sobolGroup:][:q.Dims()], i)
		}
	}, nil
}
