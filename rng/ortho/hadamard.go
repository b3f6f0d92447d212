package ortho

import (
	"math"
	"math/bits"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng"
)

// hadamard is the structured kind. Block b of p = 2^k ≥ d rows is
// diag(scale)·H·D_r·…·H·D_1 with unnormalised H; the scale of a row is its length,
// χ_p or √p, over p^(rounds/2).
type hadamard[T asm.Float] struct {
	spec   Spec
	p      int
	blocks []block[T]
}

// block is a block of which at least one row is kept.
type block[T asm.Float] struct {
	signs [][]T // of each round, p elements of ±1
	rows  []int // rows of the block that are kept; nil for all p
	first int   // the row of the projection that its first kept row is
	scale []T   // of the kept rows
}

func newHadamard[T asm.Float](s Spec) *hadamard[T] {
	p := 1 << bits.Len(uint(s.D-1))
	h := &hadamard[T]{spec: s, p: p}
	unit := 1.0
	for range s.rounds() {
		unit /= math.Sqrt(float64(p))
	}
	for i := 0; i < s.rows(); {
		b := s.source(i) / p
		blk := block[T]{first: i}
		for ; i < s.rows() && s.source(i)/p == b; i++ {
			blk.rows = append(blk.rows, s.source(i)%p)
		}
		blk.scale = make([]T, len(blk.rows))
		lengths := rng.New(s.Seed).Sub(0)
		for k, r := range blk.rows {
			length := []float64{math.Sqrt(float64(p))}
			if s.Norm == Chi {
				rng.Chi(lengths, length, uint64(b*p+r), p)
			}
			blk.scale[k] = T(length[0] * unit)
		}
		if len(blk.rows) == p {
			blk.rows = nil
		}
		for round := range s.rounds() {
			signs := make([]T, p)
			rng.Rademacher(rng.New(s.Seed).Sub(uint64(1+round)), signs, uint64(b)*uint64(p))
			blk.signs = append(blk.signs, signs)
		}
		h.blocks = append(h.blocks, blk)
	}
	return h
}

func (h *hadamard[T]) Spec() Spec { return h.spec }
func (h *hadamard[T]) Rows() int  { return h.spec.rows() }
func (h *hadamard[T]) Cols() int  { return h.spec.D }

func (h *hadamard[T]) MACs() int {
	return len(h.blocks)*h.spec.rounds()*h.p*(1+bits.Len(uint(h.p-1))) + h.Rows()
}

func (h *hadamard[T]) Apply(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output(h, dst, x)
	work := h.p * len(h.blocks)
	if x.Rows() == 1 || x.Rows()*work < 1<<15 {
		h.apply(dst, x, 0, x.Rows(), ws.get(h.p))
		return dst
	}
	par.For(x.Rows(), 1+1<<14/work, func(lo, hi int) {
		h.apply(dst, x, lo, hi, make([]T, h.p))
	})
	return dst
}

// apply does rows lo … hi−1. buf holds p elements.
func (h *hadamard[T]) apply(dst, x *mat.Dense[T], lo, hi int, buf []T) {
	for i := lo; i < hi; i++ {
		in, out := x.Row(i), dst.Row(i)
		for _, b := range h.blocks {
			h.transform(buf, in, &b)
			o := out[b.first : b.first+len(b.scale)]
			if b.rows == nil {
				asm.Mul(o, buf, b.scale)
				continue
			}
			for k, r := range b.rows {
				o[k] = buf[r] * b.scale[k]
			}
		}
	}
}

// transform sets buf to the block's transform of x, before the rows are scaled.
func (h *hadamard[T]) transform(buf, x []T, b *block[T]) {
	asm.Mul(buf[:len(x)], x, b.signs[0][:len(x)])
	clear(buf[len(x):])
	asm.FWHT(buf)
	for _, s := range b.signs[1:] {
		asm.Mul(buf, buf, s)
		asm.FWHT(buf)
	}
}

// Row computes row i as the transposed transform of a unit vector: H is its own
// transpose, so the rounds run backwards.
func (h *hadamard[T]) Row(dst []T, i int) []T {
	if dst == nil {
		dst = make([]T, h.spec.D)
	}
	dst = dst[:h.spec.D]
	for k := range h.blocks {
		b := &h.blocks[k]
		if i < b.first || i >= b.first+len(b.scale) {
			continue
		}
		r := i - b.first
		if b.rows != nil {
			r = b.rows[r]
		}
		buf := make([]T, h.p)
		buf[r] = 1
		for round := len(b.signs) - 1; round >= 0; round-- {
			asm.FWHT(buf)
			asm.Mul(buf, buf, b.signs[round])
		}
		asm.Scale(dst, buf[:h.spec.D], b.scale[i-b.first])
		return dst
	}
	panic(&mat.ShapeError{Op: "ortho.Row", A: [2]int{h.Rows(), h.Cols()}, B: [2]int{i, 0}, Why: "no such row"})
}

func (h *hadamard[T]) Dense(dst *mat.Dense[T]) *mat.Dense[T] { return dense(h, dst) }
