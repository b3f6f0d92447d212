package mat

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/internal/par"
)

// SelectOptions refines [SelectOLS]. The zero value is a good default.
type SelectOptions[T asm.Float] struct {
	Lambda  T     // ridge penalty λ ≥ 0
	Weights []T   // w[i] ≥ 0 scales the penalty of feature i; nil means all 1
	First   []int // features taken first, in this order, whatever their gain
}

// SelectOLS chooses m of n features by orthogonal least squares: it starts from
// none and at each step adds the one that lowers ‖Z·X − Y‖² + λ·Σ w[i]·‖X[i]‖² most, X being
// refitted each time. It needs only S = ZᵀZ (n×n, both triangles) and T = ZᵀY
// (n×c), neither of which it changes.
//
// It returns the chosen indices in the order of choice and the amount by which
// each lowered the objective. There are fewer than m when every feature left is a
// combination of the chosen ones to working precision.
//
// With d = diag(S) + λ·w and R = T, step k takes the unused j of largest
// Dot(R[j], R[j])/d[j], the lowest j among equals, skipping d[j] − λ·w[j] ≤ m·ε·(S[j][j] + λ·w[j]),
// which is rounding; it forms row k of a pivoted Cholesky factor and updates
//
//	ℓ[p] = (S[j][p] − Σ L[i][j]·L[i][p]) · (1/√d[j])   one FMA chain over ascending i < k
//	d[p] = FMA(−ℓ[p], ℓ[p], d[p]);  R[p][·] = FMA(−ℓ[p], R[j][·]·(1/√d[j]), R[p][·])
//
// Errors wrap [ErrRange] for a bad λ or weight, [ErrNotFinite] for such an
// element of S or T or a gain that overflows, and [ErrSingular] where one of First depends on
// those before it. Cost m²·n/2 + 2·m·n·c multiply-adds, memory m·n + n·c elements.
//
// Source: S. Chen, S. Billings, W. Luo, Orthogonal least squares methods and
// their application to non-linear system identification, 1989; here in the Gram domain.
func SelectOLS[T asm.Float](s, t *Dense[T], m int, opt SelectOptions[T]) (chosen []int, gains []T, err error) {
	const op = "mat.SelectOLS"
	n := checkSquare(op, s)
	if t.rows != n {
		panic(&ShapeError{Op: op, A: shape(s), B: shape(t), Why: "row counts differ"})
	}
	if m < 0 || m > n || len(opt.First) > m {
		panic(wrong(op, "%d of %d features, %d of them given", m, n, len(opt.First)))
	}
	if err := checkPenalty(op, n, opt.Lambda, opt.Weights); err != nil {
		return nil, nil, err
	}
	for i := range n {
		if err := checkFinite(op, i, s.Row(i)); err != nil {
			return nil, nil, err
		}
		if err := checkFinite(op+": T", i, t.Row(i)); err != nil {
			return nil, nil, err
		}
	}
	g := newGreedy(s, t, m, opt)
	for k := range m {
		var j int
		if k < len(opt.First) {
			if j = opt.First[k]; uint(j) >= uint(n) || g.used[j] {
				return nil, nil, fmt.Errorf("%s: feature %d of First is %d of %d or comes twice: %w", op, k, j, n, ErrRange)
			}
			if g.dependent(j) {
				return nil, nil, &PivotError{op, j, float64(g.d[j])}
			}
		} else if j = g.best(); j < 0 {
			break
		}
		gain := g.score[j]
		if gain-gain != 0 {
			return nil, nil, fmt.Errorf("%s: gain of feature %d is %g: %w", op, j, float64(gain), ErrNotFinite)
		}
		chosen, gains = append(chosen, j), append(gains, gain)
		g.take(j)
	}
	return chosen, gains, nil
}

// greedy is the state of SelectOLS.
type greedy[T asm.Float] struct {
	s, l, r  *Dense[T] // S, the factor's rows so far (k of them are set), R
	k        int
	d, floor []T // remaining diagonal, and where it is only rounding
	score    []T // Dot(R[p], R[p])/d[p]
	used     []bool
	q, neg   []T // R[j]/√d[j] and −L[·][j] of the feature being taken
}

func newGreedy[T asm.Float](s, t *Dense[T], m int, opt SelectOptions[T]) *greedy[T] {
	n := s.rows
	g := &greedy[T]{
		s: s, l: New[T](m, n), r: t.Clone(),
		d: make([]T, n), floor: make([]T, n), score: make([]T, n), used: make([]bool, n), q: make([]T, t.cols), neg: make([]T, m),
	}
	for i := range n {
		weight := T(1)
		if opt.Weights != nil {
			weight = opt.Weights[i]
		}
		g.d[i] = asm.FMA(opt.Lambda, weight, s.At(i, i))
		g.floor[i] = asm.FMA(opt.Lambda, weight, T(m)*epsilon[T]()*g.d[i])
		g.rate(i)
	}
	return g
}

// epsilon is the unit roundoff of T.
func epsilon[T asm.Float]() T {
	if _, ok := any(T(0)).(float32); ok {
		return 0x1p-24
	}
	return 0x1p-53
}

func (g *greedy[T]) rate(p int) { g.score[p] = asm.Dot(g.r.Row(p), g.r.Row(p)) / g.d[p] }

func (g *greedy[T]) dependent(p int) bool { return !(g.d[p] > g.floor[p]) }

func (g *greedy[T]) best() int {
	j := -1
	for p, s := range g.score {
		if !g.used[p] && !g.dependent(p) && (j < 0 || s > g.score[j]) {
			j = p
		}
	}
	return j
}

// take makes feature j the next of the chosen ones.
func (g *greedy[T]) take(j int) {
	g.used[j] = true
	inv := 1 / T(math.Sqrt(float64(g.d[j])))
	for i, v := range g.r.Row(j) {
		g.q[i] = v * inv
	}
	for i := range g.k {
		g.neg[i] = -g.l.At(i, j)
	}
	row := g.l.Row(g.k)
	copy(row, g.s.Row(j))
	const chunk = 1024 // columns of L that stay in the L1 cache while the sum runs
	par.For((len(row)+chunk-1)/chunk, 1+1<<17/(chunk*(1+g.k+2*g.r.cols)), func(lo, hi int) {
		for c := lo; c < hi; c++ {
			g.update(inv, c*chunk, min(c*chunk+chunk, len(row)))
		}
	})
	g.k++
}

// update does columns lo…hi of take.
func (g *greedy[T]) update(inv T, lo, hi int) {
	row := g.l.Row(g.k)
	asm.AxpyRows(row[lo:hi], g.k, g.neg, 1, g.l.data[lo:], g.l.stride)
	for p := lo; p < hi; p++ {
		v := row[p] * inv
		row[p] = v
		if g.used[p] {
			continue
		}
		g.d[p] = asm.FMA(-v, v, g.d[p])
		asm.Axpy(g.r.Row(p), -v, g.q)
		g.rate(p)
	}
}
