package mat

import (
	"math"

	"nnk/asm"
)

// wyBlock is the number of reflectors that are applied together. It is part of
// the definition of QR and SymEigen: it decides which sums are formed.
const wyBlock = 32

// reflectors holds an orthogonal Q = H₀·H₁·…·H₍k₋₁₎ of order m, Hᵢ = I − τᵢ·vᵢ·vᵢᵀ.
// Row i of v (k×m) has vᵢ from column i+1 on; vᵢ[i] = 1 is implied, and what
// stands at columns up to i belongs to the caller.
//
// A block of wyBlock reflectors is I − V·T·Vᵀ with an upper triangular T
// (R. Schreiber, C. Van Loan, A storage-efficient WY representation for products of
// Householder transformations, 1989); t holds −T of each block, wyBlock² elements apart.
type reflectors[T asm.Float] struct {
	v   Dense[T]
	tau []T
	t   []T
}

// reset makes room for k reflectors in v.
func (h *reflectors[T]) reset(v Dense[T], k int) {
	h.v = v
	h.tau = grow(h.tau, k)
	h.t = grow(h.t, (k+wyBlock-1)/wyBlock*wyBlock*wyBlock)
}

func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// reflect replaces x by (β, v[1:]) and returns τ such that (I − τ·v·vᵀ)·x = β·e₀
// with v[0] = 1; |β| = ‖x‖, and β has the other sign than x[0] unless τ = 0. A
// power of two near the largest element is taken out first, so no square
// overflows or vanishes that matters.
func reflect[T asm.Float](x []T) (tau T) {
	tail := x[1:]
	top := T(0)
	for _, v := range tail {
		top = max(top, T(math.Abs(float64(v))))
	}
	if top == 0 {
		return 0
	}
	e := exponent(max(top, T(math.Abs(float64(x[0])))))
	down := power[T](-e)
	for i := range x {
		x[i] *= down
	}
	alpha := x[0]
	norm := math.Sqrt(float64(asm.FMA(alpha, alpha, asm.Dot(tail, tail))))
	beta := T(-math.Copysign(norm, float64(alpha)))
	inv := 1 / (alpha - beta)
	for i := range tail {
		tail[i] *= inv
	}
	x[0] = beta * power[T](e)
	return (beta - alpha) / beta
}

// exponent returns e with |x| in [2^(e−1), 2^e), kept to where 2^±e is normal.
func exponent[T asm.Float](x T) int {
	_, e := math.Frexp(float64(x))
	limit := 1022
	if _, ok := any(x).(float32); ok {
		limit = 126
	}
	return max(-limit, min(e, limit))
}

func power[T asm.Float](e int) T { return T(math.Ldexp(1, e)) }

// finish computes T of the block of reflectors i0…i1.
func (h *reflectors[T]) finish(i0, i1 int) {
	n := i1 - i0
	t := h.t[i0*wyBlock : i0*wyBlock+n*n]
	var z [wyBlock]T
	for j := range n {
		v := h.v.Row(i0 + j)[i0+j:]
		tau := h.tau[i0+j]
		for k := range j { // z = Vᵀ·v
			u := h.v.Row(i0 + k)[i0+j:]
			z[k] = u[0] + asm.Dot(u[1:], v[1:])
		}
		for i := range n { // column j of −T: −τ·(−T)·z, −τ on the diagonal
			c := T(0)
			for k := i; k < j; k++ {
				c = asm.FMA(t[i*n+k], z[k], c)
			}
			switch {
			case i < j:
				c *= -tau
			case i == j:
				c = -tau
			}
			t[i*n+j] = c
		}
	}
}

// apply sets c = c·Q₍b₎, or c·Q₍b₎ᵀ if transposed, for the block of reflectors
// i0…i1; c is p×(m−i0), the columns from i0 on. buf needs (m−i0+2·p)·wyBlock elements.
func (h *reflectors[T]) apply(c Dense[T], i0, i1 int, transposed bool, buf []T) {
	n, m, p := i1-i0, c.cols, c.rows
	if p == 0 {
		return
	}
	t := Dense[T]{n, n, n, h.t[i0*wyBlock : i0*wyBlock+n*n]}
	vt := Dense[T]{n, m, m, buf[:n*m]}
	for i := range n {
		row := vt.Row(i)
		clear(row[:i])
		row[i] = 1
		copy(row[i+1:], h.v.Row(i0 + i)[i0+i+1:])
	}
	buf = buf[n*m:]
	w, wt := Dense[T]{p, n, n, buf[:p*n]}, Dense[T]{p, n, n, buf[p*n : 2*p*n]}
	MulT(&w, &c, &vt)
	if transposed {
		MulT(&wt, &w, &t)
	} else {
		Mul(&wt, &w, &t)
	}
	MulAdd(&c, &wt, &vt)
}

// expand sets dst, r×m with r at least the number of reflectors, to the first r
// rows of Qᵀ.
func (h *reflectors[T]) expand(dst Dense[T]) {
	for i := range dst.rows {
		clear(dst.Row(i))
		dst.Row(i)[i] = 1
	}
	k := len(h.tau)
	if k == 0 {
		return
	}
	buf := getScratch[T](wyBlock * (dst.cols + 2*dst.rows))
	for i0 := (k - 1) / wyBlock * wyBlock; i0 >= 0; i0 -= wyBlock {
		// The rows above still are those of the identity there.
		h.apply(dst.part(i0, i0, dst.rows-i0, dst.cols-i0), i0, min(i0+wyBlock, k), true, *buf)
	}
	putScratch(buf)
}
