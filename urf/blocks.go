package urf

import (
	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Reader is what reads features and needs nothing else of them, such as a dense
// layer.
type Reader[T asm.Float] interface {
	// Read sets dst to what it makes of the features z, which has as many rows and is
	// overwritten later. It must not depend on how rows are grouped.
	Read(dst, z *mat.Dense[T])
}

// Through sets dst to what r reads from the features of the rows of x and reports
// whether it did: only maps whose projection is not stored work so. The features are
// made a few rows at a time and read while they are in the caches; they are kept
// nowhere. dst must not overlap x. With a workspace that has seen as many rows it
// allocates nothing, if r does not.
func Through[T asm.Float](r Reader[T], m Map[T], dst, x *mat.Dense[T], ws *Workspace[T]) bool {
	p, ok := m.(interface {
		parts() (ortho.Projection[T], T, finisher[T])
	})
	if !ok {
		return false
	}
	g, scale, f := p.parts()
	step := ortho.BlockRows(g)
	if step == 0 {
		return false
	}
	if x.Cols() != m.In() || dst.Rows() != x.Rows() { // here, where the caller can recover: not in a goroutine
		panic(&mat.ShapeError{Op: "urf.Through", A: [2]int{x.Rows(), x.Cols()}, B: [2]int{dst.Rows(), m.In()}, Why: "want as many rows of results and the columns of the map"})
	}
	if dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: "urf.Through", Dst: "dst", Src: "x"})
	}
	if ws == nil {
		ws = new(Workspace[T])
	}
	ws.blocks(blocks[T]{g: g, scale: scale, f: f, step: step, width: m.Out(), dst: dst, x: x, reader: r})
	return true
}

// pad is the elements between rows of a block. Without it the rows of a power of two of
// features compete for a few sets of the first cache: 2048 cosines take 1.2 times as long.
const pad = 16

// blocks is a loop over the rows of x in blocks whose features stay in the caches.
type blocks[T asm.Float] struct {
	g      ortho.Projection[T]
	scale  T
	f      finisher[T]
	step   int // rows of a block
	width  int // features
	dst, x *mat.Dense[T]
	reader Reader[T] // nil if dst is for the features themselves
}

// crew are the goroutines of a loop over blocks and the memory that each has.
type crew[T asm.Float] struct {
	team       par.Team
	loop       blocks[T]
	workspaces []*Workspace[T] // that of the caller first
	body       func(worker, lo, hi int)
}

// blocks runs a loop, on several goroutines if it is long enough.
func (w *Workspace[T]) blocks(b blocks[T]) {
	workers := par.Workers(b.x.Rows(), b.step)
	if workers == 1 {
		b.rows(w, 0, b.x.Rows())
		return
	}
	c := w.crew
	if c == nil {
		c = new(crew[T])
		c.body = func(worker, lo, hi int) { c.loop.rows(c.workspaces[worker], lo, hi) }
		c.workspaces = []*Workspace[T]{nil}
		w.crew = c
	}
	for len(c.workspaces) < workers {
		c.workspaces = append(c.workspaces, new(Workspace[T]))
	}
	c.loop, c.workspaces[0] = b, w
	c.team.For(b.x.Rows(), b.step, c.body)
	c.loop = blocks[T]{}
}

// rows does rows lo … hi−1.
func (b *blocks[T]) rows(ws *Workspace[T], lo, hi int) {
	tmp := ws.scratch(b.f.scratch())
	for ; lo < hi; lo += b.step {
		n := min(b.step, hi-lo)
		in := b.x.ViewInto(&ws.in, lo, 0, n, b.x.Cols())
		if b.scale != 1 {
			in = scaleRows(ws, in, b.scale, b.step)
		}
		out := b.dst.ViewInto(&ws.out, lo, 0, n, b.dst.Cols())
		z := out
		if b.reader != nil {
			if ws.z.Rows() < n || ws.z.Cols() != b.width+pad {
				ws.z = *mat.New[T](min(b.step, b.x.Rows()), b.width+pad)
			}
			z = ws.z.ViewInto(&ws.zView, 0, 0, n, b.width)
		}
		b.g.Apply(z.ViewInto(&ws.part, 0, 0, n, b.g.Rows()), in, &ws.projection)
		for i := range n {
			b.f.finish(z.Row(i), in.Row(i), tmp)
		}
		if b.reader != nil {
			b.reader.Read(out, z)
		}
	}
}
