package mat

import (
	"fmt"
	"slices"

	"nnk/asm"
)

// Numbers of the search of [QuantiseGram]: part of its definition.
const (
	clipSteps  = 16 // the scale is tried at 16/16, 15/16 … of the widest one,
	clipLeast  = 8  // down to 8/16
	refitTries = 2  // further roundings, each with the scale that the one before was refitted to
)

// gramBlock is the number of columns after which errors are passed on by a matrix product. It changes no bit.
var gramBlock = 64

// QuantiseGram rounds w (l×M) to codes of 8 or 4 bits so that little of Z·wᵀ is lost for the rows of Z that H = ZᵀZ + λI (M×M, its lower
// triangle is read) sums up: columns are rounded one after another, and the error of each is passed on to those that are not yet rounded. It returns the
// codes and the loss of each row, which is e·H·eᵀ with e = w[i] − scale[i]·code[i], what the codes add to the sum of squares; see [QuantisationLoss].
// The loss is never above that of [Quantise] but for rounding of the sums.
//
// The columns go in the order of falling H[j][j], the lower of equals first. In that order H = U·Uᵀ with U upper triangular, made as the
// [Cholesky] factor of the matrix in reverse order, and e·H·eᵀ = Σₜ (Σ_{p≤t} U[p][t]·e[p])²: column t is rounded so that its term is least,
//
//	r[t] = Σ_{p<t} e[p]·U[p][t]   one FMA chain over ascending p from +0
//	code = the integer nearest to (w[t] + r[t]/U[t][t])/s, ties to even, within the codes;  e[t] = FMA(−s, code, w[t])
//
// which equals passing errors on by H⁻¹. Then the scale is refitted to the codes in closed form, s′ = (u·v)/(u·u) rounded to float32, with u = code·U, v = w·U by [Mul]
// and [asm.Dot]; it is kept as it was where s′ does not fit. The loss is the [asm.SumSquares] of FMA(−s, u[t], v[t]).
// This is done from the scales c/16 of the widest one (see [Quantise]), c = 16 … 8, each as float32(widest·(c/16)) of its float32, then twice from the best refitted scale, and
// the codes of [Quantise] are refitted too; the first of least loss is kept for each row.
//
// Errors wrap [ErrNotFinite] for such an element of w or H or a loss that overflows, [ErrRange] for a row whose scale would not fit and [ErrSingular] (a [*PivotError] with the place in
// reverse order) where H is not positive definite to working precision. Cost M³/6 + 6·l·M² multiply-adds or more, memory M² + 5·l·M numbers.
//
// Source: E. Frantar, S. Ashkboos, T. Hoefler, D. Alistarh, GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers, 2022; without H⁻¹ it is
// the nearest plane algorithm of L. Babai, On Lovász' lattice reduction and the nearest lattice point problem, 1986.
func QuantiseGram[T asm.Float](w *Dense[T], h *Dense[float64], bits int) (*Quantised, []float64, error) {
	const op = "mat.QuantiseGram"
	checkBits(op, bits)
	checkGram(op, w, h)
	plain, err := Quantise(w, bits)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", op, err)
	}
	g, err := newGramRounding(w, h, bits)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", op, err)
	}
	tried := make([]float32, w.rows)
	for c := clipSteps; c >= clipLeast; c-- {
		for i, s := range plain.scales {
			tried[i] = s * (float32(c) / clipSteps)
			if !scaleFits(tried[i]) {
				tried[i] = s
			}
		}
		g.round(tried)
		g.keepBest(tried)
	}
	for range refitTries {
		copy(tried, g.scales)
		g.round(tried)
		g.keepBest(tried)
	}
	for i := range w.rows {
		for t, j := range g.order {
			g.codes.Set(i, t, float64(plain.codes[i*w.cols+j]))
		}
	}
	g.keepBest(plain.scales)
	for i, v := range g.loss {
		if v-v != 0 {
			return nil, nil, fmt.Errorf("%s: the loss of row %d is %g: %w", op, i, v, ErrNotFinite)
		}
	}
	return g.result(bits), g.loss, nil
}

// gramRounding is the state of QuantiseGram. Columns are in the order in which they are rounded.
type gramRounding struct {
	order   []int
	m       float64         // largest code
	u       *Dense[float64] // M×M
	w, v    *Dense[float64] // the weights, and w·U
	codes   *Dense[float64] // of the last rounding
	e, r, p *Dense[float64] // errors of the last rounding, what they add to later columns, and codes·U

	best   *Dense[float64] // codes of least loss so far
	scales []float32       // theirs, refitted
	loss   []float64
	found  bool
}

func newGramRounding[T asm.Float](w *Dense[T], h *Dense[float64], bits int) (*gramRounding, error) {
	l, n := w.rows, w.cols
	g := &gramRounding{order: make([]int, n), m: largestCode(bits), u: New[float64](n, n), scales: make([]float32, l), loss: make([]float64, l)}
	for j := range g.order {
		g.order[j] = j
	}
	slices.SortStableFunc(g.order, func(a, b int) int {
		switch x, y := h.At(a, a), h.At(b, b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	reversed := New[float64](n, n)
	for a := range n {
		for b := range a + 1 {
			i, j := g.order[n-1-a], g.order[n-1-b]
			reversed.Set(a, b, h.At(max(i, j), min(i, j)))
		}
	}
	if _, err := Cholesky(reversed, reversed); err != nil {
		return nil, err
	}
	for p := range n {
		for t := p; t < n; t++ {
			g.u.Set(p, t, reversed.At(n-1-p, n-1-t))
		}
	}
	g.w = New[float64](l, n)
	for i := range l {
		for t, j := range g.order {
			g.w.Set(i, t, float64(w.At(i, j)))
		}
	}
	g.v = Mul(nil, g.w, g.u)
	for _, m := range []**Dense[float64]{&g.codes, &g.e, &g.r, &g.p, &g.best} {
		*m = New[float64](l, n)
	}
	return g, nil
}

// round makes the codes for the given scales, and passes their errors on.
func (g *gramRounding) round(scales []float32) {
	l, n := g.w.rows, g.w.cols
	clear(g.r.data)
	for lo := 0; lo < n; lo += gramBlock {
		hi := min(lo+gramBlock, n)
		eachRow(l, gramBlock*gramBlock, func(i int) {
			w, r, e, codes := g.w.Row(i), g.r.Row(i), g.e.Row(i), g.codes.Row(i)
			s := float64(scales[i])
			for t := lo; t < hi; t++ {
				u := g.u.Row(t)
				codes[t] = nearestCode(w[t]+r[t]/u[t], s, g.m)
				e[t] = asm.FMA(-s, codes[t], w[t])
				asm.Axpy(r[t+1:hi], e[t], u[t+1:hi])
			}
		})
		if hi < n {
			later := g.r.View(0, hi, l, n-hi)
			MulAdd(later, g.e.View(0, lo, l, hi-lo), g.u.View(lo, hi, hi-lo, n-hi))
		}
	}
}

// keepBest refits the scales to the codes and keeps each row that loses less than any before.
func (g *gramRounding) keepBest(scales []float32) {
	Mul(g.p, g.codes, g.u)
	eachRow(g.w.rows, g.w.cols, func(i int) {
		u, v, e := g.p.Row(i), g.v.Row(i), g.e.Row(i)
		s := scales[i]
		if refit := float32(asm.Dot(u, v) / asm.Dot(u, u)); scaleFits(refit) {
			s = refit
		}
		for t := range e {
			e[t] = asm.FMA(-float64(s), u[t], v[t])
		}
		if loss := asm.SumSquares(e); !g.found || loss < g.loss[i] {
			g.loss[i], g.scales[i] = loss, s
			copy(g.best.Row(i), g.codes.Row(i))
		}
	})
	g.found = true
}

// result brings the columns back to their places.
func (g *gramRounding) result(bits int) *Quantised {
	l, n := g.w.rows, g.w.cols
	q := &Quantised{l, n, bits, make([]int8, l*n), g.scales}
	for i := range l {
		for t, j := range g.order {
			q.codes[i*n+j] = int8(g.best.At(i, t))
		}
	}
	return q
}
