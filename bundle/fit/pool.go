package fit

import (
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// poolSpec is what a pool of features is made of: those of the map, then the columns that are features themselves.
type poolSpec struct {
	MapSpec
}

// spec describes a pool of the given size.
func (p preparation[T]) spec(columns []column, opt Options, size int) poolSpec {
	s := MapSpec{Kind: opt.Map, Projection: p.projection, Seed: opt.Seed, M: size, D: len(columns), Scale: p.scale}
	if p.linear {
		s.M = size - len(columns)
		s.Linear = make([]int, len(columns))
		for j := range s.Linear {
			s.Linear[j] = j
		}
		s.Slope = p.slope(columns, s.M)
	}
	return poolSpec{s}
}

// pool makes the map of a pool of the given size.
func (p preparation[T]) pool(columns []column, opt Options, size int) (urf.Map[T], error) {
	return NewMap[T](p.spec(columns, opt, size).MapSpec)
}

// slope is the power of two that brings the mean square of linear features near that of m features of the map, so that λ
// holds both back alike.
func (p preparation[T]) slope(columns []column, m int) float64 {
	_, e := math.Frexp(math.Sqrt(float64(2*len(columns))/float64(m)) * (p.unit(columns) / p.scale) * math.Sqrt2)
	return math.Ldexp(1, e-1)
}

// linears reports whether a pool of the given size can have the columns: unless it must, only one of which features are selected.
func (o *Options) linears(columns, size int) bool {
	kind, err := mapKindNamed(o.Map)
	return err == nil && kind.linear && (o.Linear == LinearAlways || o.Linear == LinearAuto && o.Features < o.Pool) && columns <= size/2
}

// drawPool makes the map of the given features of a pool, nil for all.
func drawPool[T asm.Float](s poolSpec, list []int) (urf.Map[T], error) {
	spec := s.MapSpec
	if list != nil {
		n := s.waves(list)
		spec.Select, spec.Linear = list[:n:n], nil
		for _, i := range list[n:] {
			spec.Linear = append(spec.Linear, s.Linear[i-s.M])
		}
	}
	return NewMap[T](spec)
}

// waves is the number of features of the map among those of a list, which come first.
func (s poolSpec) waves(list []int) int {
	n := 0
	for n < len(list) && list[n] < s.M {
		n++
	}
	return n
}

// choose selects features. Linear ones that say something alone come first, up to half of all: one after the other, waves of
// the pool would each explain a part of what is linear, and never all.
func (s poolSpec) choose(m *Moments, sel Selection) ([]int, error) {
	if len(s.Linear) == 0 {
		return m.SelectFeatures(sel)
	}
	var err error
	if sel.First, err = s.straight(m, sel); err != nil {
		return nil, err
	}
	list, err := m.SelectFeatures(sel)
	if err == nil && s.waves(list) == 0 { // no map is without
		sel.First = []int{0}
		list, err = m.SelectFeatures(sel)
	}
	return list, err
}

// straightGain is how many times more than a column of noise a linear feature must explain to come first.
const straightGain = 4

// straight returns the linear features that come first.
func (s poolSpec) straight(m *Moments, sel Selection) ([]int, error) {
	all := make([]int, len(s.Linear))
	for j := range all {
		all[j] = s.M + j
	}
	k := m.Keep(all)
	most := min(len(all), sel.Most/2, int(m.N-1))
	order, gains, err := mat.SelectOLS(k.ZZ, k.ZY, most+1, mat.SelectOptions[float64]{
		Lambda: float64(sel.Lambda * k.scale()), Weights: penalties(len(all) + 1), First: []int{len(all)},
	})
	if err != nil {
		return nil, err
	}
	left := k.Variance()
	var first []int
	for i, j := range order {
		if i == 0 {
			continue // the constant
		}
		left = max(left-gains[i], 0)
		if !(float64(gains[i]*float64(m.N)) > float64(straightGain*left)) {
			break
		}
		first = append(first, s.M+j)
	}
	return first, nil
}

// widenGrid makes the grid of statistics that of the mean squares of linear features over all rows: those of the map have a bound, but
// a column may be far larger in a row outside the sample.
func (p preparation[T]) widenGrid(stats *Stats[T], columns []column) {
	if !p.linear {
		return
	}
	first := stats.Features() - len(columns)
	slope := float64(p.slope(columns, first) * p.scale)
	for j, c := range columns {
		mean, spread := c.mean, c.spread
		if p.units != nil {
			mean, spread = 0, float64(spread*p.units.Factor()[j])
		}
		size := slope * math.Sqrt(math.FMA(mean, mean, float64(spread*spread)))
		_, e := math.Frexp(size)
		stats.cz[first+j] = max(stats.cz[first+j], math.Ldexp(1, e-1))
	}
}
