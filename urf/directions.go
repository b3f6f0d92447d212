package urf

import (
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/mat"
)

// Directions takes a map of the form Φ(x) = unit·f(W·x + b) apart: W = Scale·G (M×d), b (M) and f, the cosine for [Fourier]
// with phases, the rectifier for [ReLU] without slope and floor and for [ArcCos] of order 1. They are what a training of free directions
// starts from, and what a dense layer with the activation f computes; a product with W rounds otherwise than a fast
// transform, so that the bits are not those of Phi. The error wraps [ErrSpec] for maps of another form, and with the constant feature or columns among the features.
// Cost: M·d numbers.
func Directions[T asm.Float](m Map[T]) (w *mat.Dense[T], b []T, f Activation, unit T, err error) {
	switch m := m.(type) {
	case *waves[T]:
		if m.spec.Pairs || m.spec.Constant || m.spec.Linear != nil {
			break
		}
		w = matrix(m.g, m.scale)
		if m.lengths != nil {
			scaleEach(w, m.lengths)
		}
		f, err = ActivationByName("cos")
		return w, slices.Clone(m.phase), f, m.unit, err
	case *rectified[T]:
		if m.order != 1 || m.slope != 0 || m.floor != 0 || m.constant {
			break
		}
		f, err = ActivationByName("relu")
		b = make([]T, m.g.Rows())
		copy(b, m.bias)
		return matrix(m.g, m.scale), b, f, m.unit, err
	}
	return nil, nil, f, 0, fmt.Errorf("urf: directions of %.80s: want fourier with phases, relu without slope and floor, or arccos of order 1, without the constant feature: %w", m.Spec(), ErrSpec)
}
