package urf

import (
	"math"
	"slices"

	"nnk/rng"
)

// stratum is a part of a spectrum that gets its own share of the features: waves, or
// a continuous law.
type stratum struct {
	waves  []Wave
	law    Law
	cont   Wave
	weight []float64 // probabilities of the waves, in proportion
	total  float64   // the share
}

// strata are the parts that are sampled apart: waves and continuous part, of each of
// the Jordan parts if asked for. Their weights have the largest as 1.
func (s URF) strata() []stratum {
	parts := []Spectrum{s.Spectrum}
	if s.Jordan {
		split := s.Spectrum.Jordan()
		parts = split[:]
	}
	var out []stratum
	for _, p := range parts {
		if waves := positive(p.Waves); len(waves) > 0 {
			out = append(out, stratum{waves: waves})
		}
		if p.Law != NoLaw && p.Cont.Mass > 0 {
			out = append(out, stratum{law: p.Law, cont: p.Cont})
		}
	}
	s.weigh(out)
	return out
}

func positive(waves []Wave) []Wave {
	return slices.DeleteFunc(slices.Clone(waves), func(w Wave) bool { return w.Mass == 0 })
}

// weigh sets the probabilities, through logarithms: e^(κR) may be beyond float64.
func (s URF) weigh(strata []stratum) {
	at := s.Typical.place(s.Projection.D)
	largest := math.Inf(-1)
	for k := range strata {
		st := &strata[k]
		for _, w := range st.waves {
			l := log(w.Mass)
			if !s.Proportional {
				l += float64(s.pairAt(w.Freq, trueFactors).logAbs(at) / 2)
			}
			st.weight = append(st.weight, l)
			largest = max(largest, l)
		}
		if st.law != NoLaw {
			st.total = log(st.cont.Mass)
			largest = max(largest, st.total)
		}
	}
	for k := range strata {
		st := &strata[k]
		if st.law != NoLaw {
			st.total = exp(st.total - largest)
		}
		for i, l := range st.weight {
			st.weight[i] = max(exp(l-largest), math.SmallestNonzeroFloat64)
			st.total += st.weight[i]
		}
	}
}

// allot shares m features among the strata in proportion to their totals, at least one
// each, the rest to the largest remainders.
func allot(m int, strata []stratum) []int {
	sum := 0.0
	for _, st := range strata {
		sum += st.total
	}
	counts, rest := make([]int, len(strata)), m-len(strata)
	remainder := make([]float64, len(strata))
	left := rest
	for k, st := range strata {
		share := float64(float64(rest) * (st.total / sum))
		whole := min(int(share), left)
		counts[k] = 1 + whole
		remainder[k] = share - float64(whole)
		left -= whole
	}
	for ; left > 0; left-- {
		best := 0
		for k := range remainder {
			if remainder[k] > remainder[best] {
				best = k
			}
		}
		counts[best]++
		remainder[best] = math.Inf(-1)
		if left > len(strata) { // only after rounding of extreme shares
			remainder[best] = 0
		}
	}
	return counts
}

// frequencies draws the waves of all rows of the projection. Their masses are c =
// r/p, times the rows over those of the stratum.
func (s URF) frequencies() []Wave {
	m := s.Projection.M
	strata := s.strata()
	counts := allot(m, strata)
	u := make([]float64, m+len(strata))
	rng.Uniform(streamFrequency.Of(s.Projection.Seed), u, 0)
	out := make([]Wave, 0, m)
	for k, st := range strata {
		level := make([]float64, counts[k])
		for i := range level {
			if s.Independent {
				level[i] = u[len(strata)+len(out)+i]
			} else {
				level[i] = (float64(i) + u[k]) / float64(counts[k])
			}
		}
		out = append(out, st.draw(level, float64(m)/float64(counts[k]))...)
	}
	return shuffle(out, streamOrder.Of(s.Projection.Seed))
}

// draw returns the waves at the given levels of the distribution function.
func (st *stratum) draw(level []float64, share float64) []Wave {
	out := make([]Wave, len(level))
	if st.law != NoLaw {
		for i, u := range level {
			u = min(max(u, 0x1p-60), 1-0x1p-53)
			out[i] = Wave{share * st.cont.Mass, st.cont.Freq * laws[st.law].quantile(u), st.cont.Phase}
		}
		return out
	}
	sums := make([]float64, len(st.weight))
	sum := 0.0
	for i, w := range st.weight {
		sum += w
		sums[i] = sum
	}
	for i, u := range level {
		k, _ := slices.BinarySearchFunc(sums, u*sum, func(s, target float64) int {
			if s > target {
				return 1
			}
			return -1
		})
		k = min(k, len(sums)-1)
		w := st.waves[k]
		out[i] = Wave{share * w.Mass / (st.weight[k] / sum), w.Freq, w.Phase}
	}
	return out
}

// shuffle orders the waves at random, so that the rows of an orthogonal block get
// frequencies from everywhere.
func shuffle(waves []Wave, s rng.Stream) []Wave {
	keys := make([]uint64, len(waves))
	s.Bits(keys, 0)
	order := make([]int, len(waves))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case keys[a] < keys[b]:
			return -1
		case keys[a] > keys[b]:
			return 1
		}
		return 0
	})
	out := make([]Wave, len(waves))
	for i, k := range order {
		out[i] = waves[k]
	}
	return out
}
