package ortho

import (
	"math/bits"
	"runtime"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
)

// hadamard is the structured kind. Block b of p = 2^k ≥ d rows is
// diag(scale)·H·D_r·…·H·D_0·R with unnormalised H and R, which repeats the inputs; the scale of a
// row is its length, χ_p or √p, over p^(rounds/2).
type hadamard[T asm.Float] struct {
	spec   Spec
	p      int
	wide   int // the length of the repeated inputs
	blocks []block[T]
}

// block is a block of which at least one row is kept.
type block[T asm.Float] struct {
	diagonals [][]T // of each round, p elements
	rows      []int // rows of the block that are kept; nil for all p
	first     int   // the row of the projection that its first kept row is
	scale     []T   // of the kept rows
}

func newHadamard[T asm.Float](s Spec) *hadamard[T] {
	p, lengths := s.block(), s.lengths()
	h, unit := &hadamard[T]{spec: s, p: p, wide: s.Repeated()}, s.unit()
	for i := 0; i < s.Rows(); {
		b := s.source(i) / p
		blk := block[T]{first: i}
		for ; i < s.Rows() && s.source(i)/p == b; i++ {
			blk.rows = append(blk.rows, s.source(i)%p)
		}
		blk.scale = make([]T, len(blk.rows))
		for k, r := range blk.rows {
			blk.scale[k] = T(lengths(b*p+r) * unit)
		}
		if len(blk.rows) == p {
			blk.rows = nil
		}
		for round, shape := range s.DiagonalShapes() {
			d := make([]T, p)
			diagonal(s, d[:shape[1]], round, b)
			blk.diagonals = append(blk.diagonals, d)
		}
		h.blocks = append(h.blocks, blk)
	}
	return h
}

func (h *hadamard[T]) Spec() Spec { return h.spec }
func (h *hadamard[T]) Rows() int  { return h.spec.Rows() }
func (h *hadamard[T]) Cols() int  { return h.spec.D }

func (h *hadamard[T]) MACs() int {
	return len(h.blocks)*h.spec.rounds()*h.p*(1+bits.Len(uint(h.p-1))) + h.Rows()
}

// grain is the number of samples that are worth a goroutine.
func (h *hadamard[T]) grain() int { return 1 + 1<<15/(h.p*len(h.blocks)) }

// BlockRows is the number of samples whose projections by g fit into the second-level
// cache and which Apply does without another goroutine. Work that goes on with them
// is best done for so many at a time; they are a multiple of the rows of a tile of a
// product where they can be. It is 0 if g is stored, for then every block reads all of it.
func BlockRows[T asm.Float](g Projection[T]) int {
	if h, ok := g.(*hadamard[T]); ok {
		n := h.grain()
		return n - n%min(n, 8)
	}
	return 0
}

func (h *hadamard[T]) Apply(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("ortho.Projection.Apply", dst, x, h.Rows(), h.Cols())
	if x.Rows() <= h.grain() || runtime.GOMAXPROCS(0) == 1 { // without the closure that another goroutine would need
		h.apply(dst, x, 0, x.Rows(), ws.get(h.p+h.wide))
		return dst
	}
	par.For(x.Rows(), h.grain(), func(lo, hi int) { h.apply(dst, x, lo, hi, make([]T, h.p+h.wide)) })
	return dst
}

// apply does rows lo … hi−1. tmp holds p+wide elements.
func (h *hadamard[T]) apply(dst, x *mat.Dense[T], lo, hi int, tmp []T) {
	buf, wide := tmp[:h.p], tmp[h.p:]
	for i := lo; i < hi; i++ {
		in, out := x.Row(i), dst.Row(i)
		if len(wide) > len(in) {
			for at := 0; at < len(wide); at += len(in) {
				copy(wide[at:], in)
			}
			in = wide
		}
		for k := range h.blocks {
			b := &h.blocks[k]
			o := out[b.first : b.first+len(b.scale)]
			if b.rows == nil {
				b.transform(o, in, b.scale)
				continue
			}
			b.transform(buf, in, nil)
			for k, r := range b.rows {
				o[k] = buf[r] * b.scale[k]
			}
		}
	}
}

// transform sets buf to the block's transform of x, of which each element is
// multiplied by that of scale if it is not nil.
func (b *block[T]) transform(buf, x, scale []T) {
	last := len(b.diagonals) - 1
	for _, d := range b.diagonals[:last] {
		asm.FWHTScaled(buf, x, d, nil)
		x = buf
	}
	asm.FWHTScaled(buf, x, b.diagonals[last], scale)
}

func (h *hadamard[T]) ApplyT(dst, y *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("ortho.Projection.ApplyT", dst, y, h.Cols(), h.Rows())
	if y.Rows() <= h.grain() || runtime.GOMAXPROCS(0) == 1 {
		h.applyT(dst, y, 0, y.Rows(), ws.get(h.p))
		return dst
	}
	par.For(y.Rows(), h.grain(), func(lo, hi int) { h.applyT(dst, y, lo, hi, make([]T, h.p)) })
	return dst
}

// applyT does rows lo … hi−1: H is its own transpose, so the rounds run backwards,
// and the results of the blocks, and of the repetitions within them, are added in ascending order.
func (h *hadamard[T]) applyT(dst, y *mat.Dense[T], lo, hi int, buf []T) {
	for i := lo; i < hi; i++ {
		in, out := y.Row(i), dst.Row(i)
		clear(out)
		for k := range h.blocks {
			b := &h.blocks[k]
			v := in[b.first : b.first+len(b.scale)]
			if b.rows == nil {
				asm.Mul(buf, v, b.scale)
			} else {
				clear(buf)
				for k, r := range b.rows {
					buf[r] = v[k] * b.scale[k]
				}
			}
			b.transformT(buf)
			for at := 0; at < h.wide; at += len(out) {
				asm.Axpy(out, 1, buf[at:at+len(out)])
			}
		}
	}
}

// transformT is the transpose of transform, without that of the repetition.
func (b *block[T]) transformT(buf []T) {
	asm.FWHT(buf)
	for round := len(b.diagonals) - 1; round > 0; round-- {
		asm.FWHTScaled(buf, buf, b.diagonals[round], nil)
	}
	asm.Mul(buf, buf, b.diagonals[0])
}

// Row computes row i as the transposed transform of a unit vector.
func (h *hadamard[T]) Row(dst []T, i int) []T {
	checkRow(h.Rows(), h.Cols(), i)
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
		b.transformT(buf)
		clear(dst)
		for at := 0; at < h.wide; at += len(dst) {
			asm.Axpy(dst, b.scale[i-b.first], buf[at:at+len(dst)])
		}
		return dst
	}
	panic("unreachable")
}

func (h *hadamard[T]) Dense(dst *mat.Dense[T]) *mat.Dense[T] { return dense(h, dst) }
