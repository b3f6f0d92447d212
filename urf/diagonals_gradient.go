package urf

import (
	"runtime"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
)

// Record is what a forward pass of [Diagonals] leaves for its gradients. Its zero value
// is ready; it grows to what was needed once.
type Record[T asm.Float] struct {
	x       *mat.Dense[T] // the inputs times Scale
	scaled  mat.Dense[T]
	after   []mat.Dense[T] // each round, after its transform: n×blocks·p
	back    []mat.Dense[T] // the gradients for what each round transforms
	v, dv   mat.Dense[T]   // n×M: what f reads, and its gradient
	row     []T
	rows    int
	xHeader mat.Dense[T]
}

// size makes room for n rows.
func (r *Record[T]) size(m *Diagonals[T], n int) {
	rounds, width := len(m.diagonals), m.blocks()*m.p
	if len(r.after) != rounds || r.v.Rows() < n || r.v.Cols() != m.m || r.after[0].Cols() != width || r.scaled.Cols() != m.d {
		r.after, r.back = make([]mat.Dense[T], rounds), make([]mat.Dense[T], rounds)
		for k := range rounds {
			r.after[k], r.back[k] = *mat.New[T](n, width), *mat.New[T](n, width)
		}
		r.v, r.dv, r.scaled = *mat.New[T](n, m.m), *mat.New[T](n, m.m), *mat.New[T](n, m.d)
		r.row = make([]T, width)
	}
	r.rows = n
}

// PhiRecord is Phi, with the same bits, that records what [Diagonals.Gradients] needs. x must not
// change before.
func (m *Diagonals[T]) PhiRecord(dst, x *mat.Dense[T], r *Record[T]) *mat.Dense[T] {
	dst = output("urf.Diagonals.PhiRecord", "x", m, dst, x)
	r.size(m, x.Rows())
	r.x = x
	if m.scale != 1 {
		r.x = r.scaled.ViewInto(&r.xHeader, 0, 0, x.Rows(), m.d)
	}
	if x.Rows() <= m.grain() || runtime.GOMAXPROCS(0) == 1 {
		m.recordRows(dst, x, r, 0, x.Rows())
		return dst
	}
	par.For(x.Rows(), m.grain(), func(lo, hi int) { m.recordRows(dst, x, r, lo, hi) })
	return dst
}

func (m *Diagonals[T]) recordRows(dst, x *mat.Dense[T], r *Record[T], lo, hi int) {
	for i := lo; i < hi; i++ {
		in, v := x.Row(i), r.v.Row(i)
		if m.scale != 1 {
			asm.Scale(r.scaled.Row(i), in, m.scale)
			in = r.scaled.Row(i)
		}
		for b := range m.blocks() {
			at, end := b*m.p, (b+1)*m.p
			t := r.after[0].Row(i)[at:end]
			m.first(t, in, b)
			for k, d := range m.diagonals[1:] {
				next := r.after[k+1].Row(i)[at:end]
				asm.FWHTScaled(next, t, d.Row(b), nil)
				t = next
			}
			h := v[at:min(end, m.m)]
			asm.Mul(h, t[:len(h)], m.lengths[at:at+len(h)])
		}
		asm.Add(v, v, m.bias)
		m.finish(dst.Row(i), v, nil)
	}
}

// Gradients adds to diagonals and bias, which have the shapes of [Diagonals.Numbers], the
// gradients of those for dz (n×Out), the gradient for the features of the recorded pass, and sets
// dx (n×In), which must not overlap dz or x, to that for its inputs. A nil dx, bias or element of diagonals, or nil for all of
// them, is left out. Rows are added in ascending order; at the floor the slope is 0.
func (m *Diagonals[T]) Gradients(dx, dz *mat.Dense[T], r *Record[T], diagonals []*mat.Dense[T], bias []T) {
	n := r.rows
	const op = "urf.Diagonals.Gradients"
	if dz.Rows() != n || dz.Cols() != m.m {
		panic(&mat.ShapeError{Op: op, A: [2]int{dz.Rows(), dz.Cols()}, B: [2]int{n, m.m}, Why: "dz has not the shape of the recorded pass"})
	}
	if dx != nil {
		if dx.Rows() != n || dx.Cols() != m.d {
			panic(&mat.ShapeError{Op: op, A: [2]int{dx.Rows(), dx.Cols()}, B: [2]int{n, m.d}, Why: "dx has not the shape of the recorded pass"})
		}
		if dx.Overlaps(dz) {
			panic(&mat.OverlapError{Op: op, Dst: "dx", Src: "dz"})
		}
		if dx.Overlaps(r.x) {
			panic(&mat.OverlapError{Op: op, Dst: "dx", Src: "x"})
		}
	}
	width := m.blocks() * m.p
	if n <= m.grain() || runtime.GOMAXPROCS(0) == 1 {
		m.backRows(dx, dz, r, 0, n)
		m.sums(r, diagonals, bias, 0, width)
		return
	}
	par.For(n, m.grain(), func(lo, hi int) { m.backRows(dx, dz, r, lo, hi) })
	par.For(width, 1+1<<14/n, func(lo, hi int) { m.sums(r, diagonals, bias, lo, hi) })
}

// backRows goes back through rows lo … hi−1 and leaves the gradients of every round in
// r.back.
func (m *Diagonals[T]) backRows(dx, dz *mat.Dense[T], r *Record[T], lo, hi int) {
	last := len(m.diagonals) - 1
	for i := lo; i < hi; i++ {
		dv := r.dv.Row(i)
		m.slopes(dv, r.v.Row(i), dz.Row(i))
		if dx != nil {
			clear(dx.Row(i))
		}
		for b := range m.blocks() {
			at, end := b*m.p, (b+1)*m.p
			h := dv[at:min(end, m.m)]
			t := r.back[last].Row(i)[at:end]
			asm.Mul(t[:len(h)], h, m.lengths[at:at+len(h)])
			clear(t[len(h):])
			asm.FWHT(t)
			for k := last; k > 0; k-- {
				next := r.back[k-1].Row(i)[at:end]
				asm.FWHTScaled(next, t, m.diagonals[k].Row(b), nil)
				t = next
			}
			if dx == nil {
				continue
			}
			out, by := dx.Row(i), m.diagonals[0].Row(b)
			for at := 0; at < len(by); at += len(out) {
				for j, d := range by[at : at+len(out)] {
					out[j] += T(d * t[at+j])
				}
			}
		}
		if dx != nil && m.scale != 1 {
			asm.Scale(dx.Row(i), dx.Row(i), m.scale)
		}
	}
}

// slopes sets dv to the gradients for the arguments v of f.
func (m *Diagonals[T]) slopes(dv, v, dz []T) {
	if m.cosine {
		asm.Sin(dv, v)
		asm.Scale(dv, dv, -m.unit)
		asm.Mul(dv, dv, dz)
		return
	}
	slope := [2]T{0, m.unit}
	for j, u := range v {
		dv[j] = T(slope[above(u, m.floor)] * dz[j])
	}
}

// sums adds what the rows contribute to columns lo … hi−1, of all blocks in a row.
func (m *Diagonals[T]) sums(r *Record[T], diagonals []*mat.Dense[T], bias []T, lo, hi int) {
	if bias != nil && lo < m.m {
		sum := bias[lo:min(hi, m.m)]
		for i := range r.rows {
			asm.Add(sum, sum, r.dv.Row(i)[lo:lo+len(sum)])
		}
	}
	for k, g := range diagonals {
		if g == nil {
			continue
		}
		for b := lo / m.p; b*m.p < hi; b++ {
			sum := g.Row(b)
			from, to := max(lo-b*m.p, 0), min(hi-b*m.p, len(sum))
			if from >= to {
				continue
			}
			sum = sum[from:to]
			tmp := r.row[b*m.p+from : b*m.p+to]
			for i := range r.rows {
				t := r.back[k].Row(i)[b*m.p:]
				if k == 0 {
					mulRepeated(tmp, t[from:to], r.x.Row(i), from)
				} else {
					asm.Mul(tmp, t[from:to], r.after[k-1].Row(i)[b*m.p+from:b*m.p+to])
				}
				asm.Add(sum, sum, tmp)
			}
		}
	}
}

// mulRepeated sets dst to the products of t and elements from … of x repeated.
func mulRepeated[T asm.Float](dst, t, x []T, from int) {
	for len(dst) > 0 {
		part := x[from%len(x):]
		n := min(len(dst), len(part))
		asm.Mul(dst[:n], t[:n], part[:n])
		dst, t, from = dst[n:], t[n:], from+n
	}
}

// Backward is the gradient for inputs alone; see [Gradient].
func (m *Diagonals[T]) Backward(dx, x, dz *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dx = checkBack(m, dx, x, dz)
	if ws == nil {
		ws = new(Workspace[T])
	}
	step := max(16, blockElements/(m.blocks()*m.p)) * runtime.GOMAXPROCS(0)
	ws.record.size(m, min(step, x.Rows()))
	for lo := 0; lo < x.Rows(); lo += step {
		n := min(step, x.Rows()-lo)
		out := ws.projected(n, m.m, min(step, x.Rows()))
		m.PhiRecord(out, x.ViewInto(&ws.in, lo, 0, n, m.d), &ws.record)
		m.Gradients(dx.ViewInto(&ws.out, lo, 0, n, m.d), dz.ViewInto(&ws.part, lo, 0, n, m.m), &ws.record, nil, nil)
	}
	return dx
}
