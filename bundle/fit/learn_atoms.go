package fit

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
)

// atomSums is a dense layer whose weights are sums of atoms: the factors are trained, the atoms stay.
type atomSums[T asm.Float] struct {
	*snnk.Linear[T]
	atoms   *mat.Dense[T]  // of each direction, one after the other
	factors *snnk.Param[T] // a row for each direction
	params  []*snnk.Param[T]
}

// newAtomSums returns the layer that starts with the directions of s over unit, and takes bias and activation from l, whose weights it changes.
func newAtomSums[T asm.Float](name string, s ortho.Spec, unit float64, l *snnk.Linear[T]) (*atomSums[T], error) {
	g, err := ortho.New[T](s.Dictionary())
	if err != nil {
		return nil, err
	}
	m := &atomSums[T]{Linear: l, atoms: mat.New[T](s.M*s.Terms, s.D)}
	f := mat.New[T](s.M, s.Terms)
	for i := range s.M {
		atoms, factors := s.TermsOf(i)
		for k, at := range atoms {
			g.Row(m.atoms.Row(i*s.Terms+k), at)
			f.Set(i, k, T(factors[k]/unit))
		}
	}
	m.factors = snnk.NewParam(name+".factors", f, true)
	m.params = []*snnk.Param[T]{m.factors, l.Bias()}
	m.weights()
	return m, nil
}

// Params are the factors and the bias.
func (m *atomSums[T]) Params() []*snnk.Param[T] { return m.params }

// weights makes those of the layer.
func (m *atomSums[T]) weights() {
	w := m.Weight().Value
	for i := range w.Rows() {
		row := w.Row(i)
		clear(row)
		for k, f := range m.factors.Value.Row(i) {
			asm.Axpy(row, f, m.atoms.Row(i*m.factors.Value.Cols()+k))
		}
	}
}

// Forward makes the weights anew.
func (m *atomSums[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	m.weights()
	return m.Linear.Forward(dst, x)
}

// Backward adds the gradient of a factor: that of the weights along its atom.
func (m *atomSums[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	weight := m.Weight()
	snnk.ZeroGrads([]*snnk.Param[T]{weight})
	dx = m.Linear.Backward(dx, dy, wantDX)
	for i := range weight.Grad.Rows() {
		for k := range m.factors.Grad.Row(i) {
			m.factors.Grad.Row(i)[k] += asm.Dot(weight.Grad.Row(i), m.atoms.Row(i*m.factors.Grad.Cols()+k))
		}
	}
	return dx
}
