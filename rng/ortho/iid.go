package ortho

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// iid has independent normal elements: (i, j) is element i·d + j of the seed's
// stream.
type iid[T asm.Float] struct {
	spec Spec
	g    *mat.Dense[T]
}

func newIID[T asm.Float](s Spec) *iid[T] {
	p := &iid[T]{spec: s, g: mat.New[T](s.rows(), s.D)}
	for i := range s.rows() {
		rng.Normal(rng.New(s.Seed), p.g.Row(i), uint64(s.source(i))*uint64(s.D))
	}
	return p
}

func (p *iid[T]) Spec() Spec { return p.spec }
func (p *iid[T]) Rows() int  { return p.g.Rows() }
func (p *iid[T]) Cols() int  { return p.g.Cols() }
func (p *iid[T]) MACs() int  { return p.g.Rows() * p.g.Cols() }

func (p *iid[T]) Apply(dst, x *mat.Dense[T], _ *Workspace[T]) *mat.Dense[T] {
	return mat.MulT(output(p, dst, x), x, p.g)
}

func (p *iid[T]) Row(dst []T, i int) []T {
	if dst == nil {
		dst = make([]T, p.spec.D)
	}
	copy(dst[:p.spec.D], p.g.Row(i))
	return dst
}

func (p *iid[T]) Dense(dst *mat.Dense[T]) *mat.Dense[T] { return dense(p, dst) }
