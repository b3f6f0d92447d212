package encoder

import (
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// memory is what an attention keeps of the way forward.
type memory[T asm.Float] struct {
	weights *mat.Dense[T] // e of each head side by side: rows×heads·longest
	inverse *mat.Dense[T] // 1/Σe: heads×rows
	longest int           // length of a text
}

// gradients are where an attention goes back to.
type gradients[T asm.Float] struct {
	mixed *mat.Dense[T] // ∂loss/∂ what was mixed: rows×heads·width
	qkv   *mat.Dense[T] // is set to ∂loss/∂qkv
	kept  memory[T]
}

// back goes back through one head of one text. With e the exponentials and r = 1/Σe of a query, o its mixed values and g = r·∂loss/∂o,
//
//	∂loss/∂V = eᵀ·g,  ∂loss/∂S = e ⊙ (g·Vᵀ − g·o)·c,  ∂loss/∂Q = ∂loss/∂S·K,  ∂loss/∂K = ∂loss/∂Sᵀ·Q
//
// where S are the products of queries and keys: each product by the chains of [mat.Mul], g·o by [asm.Dot].
func (a *attention[T]) back(w *mixer[T], text, head int) {
	start, n := a.starts[text], a.lengths[text]
	col, all := head*a.width, a.heads*a.width
	to := a.backward
	a.views(w, text, head, 0, n)
	to.kept.weights.ViewInto(&w.kept, start, head*to.kept.longest, n, n)
	to.mixed.ViewInto(&w.from, start, col, n, a.width)
	to.qkv.ViewInto(&w.dq, start, col, n, a.width)
	to.qkv.ViewInto(&w.dk, start, all+col, n, a.width)
	to.qkv.ViewInto(&w.dv, start, 2*all+col, n, a.width)
	inverse := to.kept.inverse.Row(head)[start : start+n]
	g := w.dMixed.Shape(n, a.width)
	for i, r := range inverse {
		asm.Scale(g.Row(i), w.from.Row(i), r)
	}
	mat.TMul(&w.dv, &w.kept, g)
	s := mat.MulT(w.scores.Shape(n, n), g, &w.v)
	for i := range n {
		row, along := s.Row(i), asm.Dot(g.Row(i), w.o.Row(i))
		for j, v := range row {
			row[j] = (v - along) * a.scale
		}
		asm.Mul(row, row, w.kept.Row(i))
	}
	mat.Mul(&w.dq, s, &w.k)
	mat.TMul(&w.dk, s, &w.q)
}

// attentionModule is multi-head self-attention as a module on tokens. Queries, keys, values and the output pass through modules of equal width,
// which may be others than dense layers.
type attentionModule[T asm.Float] struct {
	batch  *batch // what texts the rows are of
	parts  [3]snnk.Module[T]
	out    snnk.Module[T]
	heads  int
	params []*snnk.Param[T]

	run                                        attention[T]
	qkv, mixed, weights, inverse, dqkv, dx, in mat.Buffer[T]
	views, gradViews                           [3]mat.Dense[T]
	kept                                       memory[T]
	grad                                       gradients[T]
}

func newAttentionModule[T asm.Float](b *batch, heads int, q, k, v, out snnk.Module[T]) *attentionModule[T] {
	m := &attentionModule[T]{batch: b, heads: heads, parts: [3]snnk.Module[T]{q, k, v}, out: out}
	m.params = slices.Concat(q.Params(), k.Params(), v.Params(), out.Params())
	return m
}

func (m *attentionModule[T]) In() int                  { return m.out.In() }
func (m *attentionModule[T]) Out() int                 { return m.out.Out() }
func (m *attentionModule[T]) Params() []*snnk.Param[T] { return m.params }

func (m *attentionModule[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	rows, width := x.Rows(), m.In()
	qkv := m.qkv.Shape(rows, 3*width)
	for i, p := range m.parts {
		p.Forward(qkv.ViewInto(&m.views[i], 0, i*width, rows, width), x)
	}
	m.kept.longest = slices.Max(m.batch.lengths)
	m.kept.weights = m.weights.Shape(rows, m.heads*m.kept.longest)
	m.kept.inverse = m.inverse.Shape(m.heads, rows)
	mixed := m.mixed.Shape(rows, width)
	m.start(qkv, mixed)
	m.run.kept = &m.kept
	m.run.run()
	return m.out.Forward(dst, mixed)
}

// start makes the attention ready to run.
func (m *attentionModule[T]) start(qkv, mixed *mat.Dense[T]) {
	a := &m.run
	a.heads, a.width, a.lengths = m.heads, m.In()/m.heads, m.batch.lengths
	a.scale, a.qkv, a.dst = headScale[T](a.width), qkv, mixed
}

func (m *attentionModule[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	below := wantDX || snnk.Trains(m.parts[0]) || snnk.Trains(m.parts[1]) || snnk.Trains(m.parts[2])
	dMixed := m.out.Backward(nil, dy, below)
	if !below {
		return nil
	}
	dqkv := m.dqkv.Shape(dy.Rows(), 3*m.In())
	m.start(m.qkv.Last(), m.mixed.Last())
	m.grad = gradients[T]{mixed: dMixed, qkv: dqkv, kept: m.kept}
	m.run.backward = &m.grad
	m.run.run()
	if wantDX && dx == nil {
		dx = m.dx.Shape(dy.Rows(), m.In())
	}
	for i, p := range m.parts {
		g := dqkv.ViewInto(&m.gradViews[i], 0, i*m.In(), dy.Rows(), m.In())
		switch {
		case !wantDX:
			p.Backward(nil, g, false)
		case i == 0:
			p.Backward(dx, g, true)
		default:
			add(dx, dx, p.Backward(m.in.Shape(dy.Rows(), m.In()), g, true))
		}
	}
	if !wantDX {
		return nil
	}
	return dx
}
