package urf

import (
	"runtime"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// Workspace is the memory that a map needs. Its zero value is ready; it grows to
// what was needed once. One goroutine at a time may use it.
type Workspace[T asm.Float] struct {
	projection    ortho.Workspace[T]
	buf           []T
	scaled        mat.Dense[T]
	in, part, out mat.Dense[T]
	h, hView      mat.Dense[T] // projections, for gradients
	factors       []T          // of the rows, for gradients
	record        Record[T]
	z, zView      mat.Dense[T] // features of a block, for a Reader
	crew          *crew[T]
}

// scratch returns n elements, whose values are arbitrary.
func (w *Workspace[T]) scratch(n int) []T {
	if cap(w.buf) < n {
		w.buf = make([]T, n)
	}
	return w.buf[:n]
}

// finisher turns the projection of a row into its features.
type finisher[T asm.Float] interface {
	// finish gets a row of the output, of which the first elements are the
	// projection of x, and scratch elements of scratch.
	finish(row, x, tmp []T)
	// scratch is the number of elements of scratch that finish needs.
	scratch() int
}

// blockElements is the size of the block of outputs that is projected and then
// finished: small enough for the third-level cache, large enough that a stored
// projection, read once for each block, costs little (1024×784 → 4096 cosines, Zen 4:
// 77 ms with 2¹⁷ elements, 65 ms with 2¹⁹, 66 ms with 2²²).
const blockElements = 1 << 19

// project sets the rows of dst to the features of the rows of x: G·(scale·x), then
// f.finish.
func project[T asm.Float](g ortho.Projection[T], scale T, f finisher[T], dst, x *mat.Dense[T], ws *Workspace[T]) {
	if ws == nil {
		ws = new(Workspace[T])
	}
	if step := ortho.BlockRows(g); step > 0 {
		ws.blocks(blocks[T]{g: g, scale: scale, f: f, step: step, width: dst.Cols(), dst: dst, x: x})
		return
	}
	step := max(16, blockElements/max(dst.Cols(), 1)) * runtime.GOMAXPROCS(0)
	for lo := 0; lo < x.Rows(); lo += step {
		n := min(step, x.Rows()-lo)
		in := x.ViewInto(&ws.in, lo, 0, n, x.Cols())
		if scale != 1 {
			in = scaleRows(ws, in, scale, min(step, x.Rows()))
		}
		g.Apply(dst.ViewInto(&ws.part, lo, 0, n, g.Rows()), in, &ws.projection)
		finishRows(f, dst.ViewInto(&ws.out, lo, 0, n, dst.Cols()), in, ws)
	}
}

// scaleRows returns scale·in in memory of ws, which is made for most rows.
func scaleRows[T asm.Float](ws *Workspace[T], in *mat.Dense[T], scale T, most int) *mat.Dense[T] {
	n, d := in.Rows(), in.Cols()
	if ws.scaled.Rows() < most || ws.scaled.Cols() != d {
		ws.scaled = *mat.New[T](most, d)
	}
	for i := range n {
		asm.Scale(ws.scaled.Row(i), in.Row(i), scale)
	}
	return ws.scaled.ViewInto(&ws.in, 0, 0, n, d)
}

// finishRows calls f for each row of a block.
func finishRows[T asm.Float](f finisher[T], dst, x *mat.Dense[T], ws *Workspace[T]) {
	if dst.Rows()*dst.Cols() < 1<<14 || runtime.GOMAXPROCS(0) == 1 {
		tmp := ws.scratch(f.scratch())
		for i := range dst.Rows() {
			f.finish(dst.Row(i), x.Row(i), tmp)
		}
		return
	}
	par.For(dst.Rows(), 1+1<<13/dst.Cols(), func(lo, hi int) {
		tmp := make([]T, f.scratch())
		for i := lo; i < hi; i++ {
			f.finish(dst.Row(i), x.Row(i), tmp)
		}
	})
}

// The uses of the projection's seed by maps; see the table in package rng.
const (
	streamPhase rng.Use = 0x75726600_00000000 + iota
	streamBias
	streamFrequency
	streamOrder
	streamLength
	streamCauchy
	streamDegree
)

// source is the row of the whole projection that row i of the selection is, so
// that what belongs to a row is the same with and without selection.
func source(s ortho.Spec, i int) uint64 {
	if s.Select != nil {
		return uint64(s.Select[i])
	}
	return uint64(i)
}

// drawRows returns one element of a stream for every row of the projection.
func drawRows(s ortho.Spec, from rng.Stream, n int, draw func(s rng.Stream, dst []float64, start uint64)) []float64 {
	v := make([]float64, n)
	if s.Select == nil {
		draw(from, v, 0)
		return v
	}
	for i := range v {
		draw(from, v[i:i+1], source(s, i))
	}
	return v
}

// rounded converts to T, each value rounded once.
func rounded[T asm.Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}
