package encoder

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// run sends x, whose rows are those of texts of the given lengths, through the blocks. It changes x.
func (m *Model[T]) run(ctx context.Context, x *mat.Dense[T], lengths []int, ws *Workspace[T]) error {
	c := &m.config
	rows, width := x.Rows(), c.Width
	epsilon := T(c.Epsilon)
	a := ws.normed.Shape(rows, width)
	b := ws.product.Shape(rows, width)
	for i := range m.blocks {
		if ctx.Err() != nil {
			return fmt.Errorf("encoder: ended before block %d of %d: %w", i, c.Blocks, context.Cause(ctx))
		}
		l := &m.blocks[i]
		into := x // the first layer of each part
		if c.preNorm() {
			ws.rows.run(pass[T]{z: x, dst: a, norm: l.attentionNorm, epsilon: epsilon})
			into = a
		}
		m.attend(l, a, into, lengths, ws)
		mat.MulPacked(b, a, l.output.weight)
		after := pass[T]{z: b, bias: l.output.bias, residual: x, dst: x, norm: l.attentionNorm, epsilon: epsilon}
		if c.preNorm() {
			after.dst, after.norm = a, l.feedForwardNorm
		}
		ws.rows.run(after)
		m.feedForward(l, b, into, ws)
		after = pass[T]{z: b, bias: l.outer.bias, residual: x, dst: x, norm: l.feedForwardNorm, epsilon: epsilon}
		if c.preNorm() {
			after.dst = nil
		}
		ws.rows.run(after)
	}
	if c.preNorm() {
		ws.rows.run(pass[T]{z: x, dst: x, norm: m.norm, epsilon: epsilon})
	}
	return nil
}

// attend sets dst to the values that the heads mix for x, before the matrix of the output. dst may be x.
func (m *Model[T]) attend(l *layer[T], dst, x *mat.Dense[T], lengths []int, ws *Workspace[T]) {
	qkv := mat.MulPacked(ws.qkv.Shape(x.Rows(), 3*m.config.Width), x, l.qkv.weight)
	if l.qkv.bias != nil {
		ws.rows.run(pass[T]{z: qkv, bias: l.qkv.bias})
	}
	t := &ws.attention
	t.heads, t.width, t.scale, t.qkv, t.dst, t.lengths = m.config.Heads, m.config.Width/m.config.Heads, m.scale, qkv, dst, lengths
	t.run()
}

// feedForward sets dst to W₂·f(W₁·x + b₁).
func (m *Model[T]) feedForward(l *layer[T], dst, x *mat.Dense[T], ws *Workspace[T]) {
	inner := mat.MulPacked(ws.inner.Shape(x.Rows(), m.config.Inner), x, l.inner.weight)
	ws.rows.run(pass[T]{z: inner, bias: l.inner.bias, activate: true, act: m.config.Activation})
	mat.MulPacked(dst, inner, l.outer.weight)
}

// result returns dst, or a new matrix if it is nil, for the outputs of op.
func result[T asm.Float](op string, dst *mat.Dense[T], rows, cols int) *mat.Dense[T] {
	if dst == nil {
		return mat.New[T](rows, cols)
	}
	if dst.Rows() != rows || dst.Cols() != cols {
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{rows, cols}, Why: "dst has the wrong shape"})
	}
	return dst
}
