package encoder

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// sublayer is one half of a block as a module: an attention or a feed-forward part with its residual and its norm, norm(x + inner(x)), or
// x + inner(norm(x)) if the norm stands before it.
type sublayer[T asm.Float] struct {
	inner  snnk.Module[T]
	norm   *snnk.LayerNorm[T]
	before bool
	params []*snnk.Param[T]
	y, dx  mat.Buffer[T]
}

func newSublayer[T asm.Float](inner snnk.Module[T], norm *snnk.LayerNorm[T], before bool) *sublayer[T] {
	s := &sublayer[T]{inner: inner, norm: norm, before: before}
	if before {
		s.params = append(append(s.params, norm.Params()...), inner.Params()...)
	} else {
		s.params = append(append(s.params, inner.Params()...), norm.Params()...)
	}
	return s
}

func (s *sublayer[T]) In() int                  { return s.norm.In() }
func (s *sublayer[T]) Out() int                 { return s.norm.In() }
func (s *sublayer[T]) Params() []*snnk.Param[T] { return s.params }

func (s *sublayer[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if !s.before {
		y := s.y.Shape(x.Rows(), x.Cols())
		add(y, x, s.inner.Forward(nil, x))
		return s.norm.Forward(dst, y)
	}
	y := s.inner.Forward(nil, s.norm.Forward(nil, x))
	if dst == nil {
		dst = s.y.Shape(x.Rows(), x.Cols())
	}
	add(dst, x, y)
	return dst
}

func (s *sublayer[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	g, along := dy, dy // ∂loss/∂ what the inner part gave, and what the residual carries to x
	if s.before {
		norm := wantDX || snnk.Trains(s.norm)
		g = s.inner.Backward(nil, dy, norm)
		if norm {
			g = s.norm.Backward(nil, g, wantDX)
		}
	} else {
		below := wantDX || snnk.Trains(s.inner)
		along = s.norm.Backward(nil, dy, below)
		if below {
			g = s.inner.Backward(nil, along, wantDX)
		}
	}
	if !wantDX {
		return nil
	}
	if dx == nil {
		dx = s.dx.Shape(dy.Rows(), dy.Cols())
	}
	add(dx, along, g)
	return dx
}

// add sets dst = a + b.
func add[T asm.Float](dst, a, b *mat.Dense[T]) {
	for i := range dst.Rows() {
		asm.Add(dst.Row(i), a.Row(i), b.Row(i))
	}
}
