package ortho

import (
	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng"
)

// stored is a projection that keeps G: every kind without structure.
type stored[T asm.Float] struct {
	spec   Spec
	g      *mat.Dense[T]
	packed *mat.Packed[T] // of Gᵀ
}

func newStored[T asm.Float](s Spec) (*stored[T], error) {
	p := &stored[T]{spec: s, g: mat.New[T](s.Rows(), s.D)}
	var err error
	switch s.Kind {
	case IID:
		p.normal()
	case Sparse:
		p.normal()
		p.thin()
	case Block, Simplex:
		err = p.blocks()
	case Pursuit:
		p.pursuit()
	case Sobol, Halton:
		err = p.sequence()
	}
	if err != nil {
		return nil, err
	}
	p.packed = mat.PackT(p.g)
	return p, nil
}

func (p *stored[T]) Spec() Spec { return p.spec }
func (p *stored[T]) Rows() int  { return p.g.Rows() }
func (p *stored[T]) Cols() int  { return p.g.Cols() }
func (p *stored[T]) MACs() int  { return p.g.Rows() * p.g.Cols() }

func (p *stored[T]) Apply(dst, x *mat.Dense[T], _ *Workspace[T]) *mat.Dense[T] {
	return mat.MulPacked(output("ortho.Projection.Apply", dst, x, p.Rows(), p.Cols()), x, p.packed)
}

func (p *stored[T]) ApplyT(dst, y *mat.Dense[T], _ *Workspace[T]) *mat.Dense[T] {
	return mat.Mul(output("ortho.Projection.ApplyT", dst, y, p.Cols(), p.Rows()), y, p.g)
}

func (p *stored[T]) Row(dst []T, i int) []T {
	checkRow(p.Rows(), p.Cols(), i)
	if dst == nil {
		dst = make([]T, p.spec.D)
	}
	dst = dst[:p.spec.D]
	copy(dst, p.g.Row(i))
	return dst
}

func (p *stored[T]) Dense(dst *mat.Dense[T]) *mat.Dense[T] { return dense(p, dst) }

// elements are the normals of kinds IID, Block and Simplex.
func (s Spec) elements() rng.Stream { return streamElements.Of(s.Seed) }

// normal makes the elements of kind IID: (i, j) is normal i·d + j of streamElements.
func (p *stored[T]) normal() {
	from := p.spec.elements()
	par.For(p.Rows(), 1+1<<12/p.spec.D, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			rng.Normal(from, p.g.Row(i), uint64(p.spec.source(i))*uint64(p.spec.D))
		}
	})
}
