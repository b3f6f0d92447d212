package snnk

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// NewQuantised returns the layer with the map phi, a bias (length l, nil for none) and the matrix that psi (l×M) stands for: Ψ is
// [mat.Dequantise] of it, and everything else is as for [New].
func NewQuantised[T asm.Float](phi urf.Map[T], psi *mat.Quantised, bias []T) *Layer[T] {
	l := New(phi, mat.Dequantise[T](nil, psi), bias)
	l.quantised = psi
	return l
}

// InIntegers returns a layer whose products are those of [mat.MulQuantisedT]: the features of each row are rounded to 8 bits, and the sums are of
// integers. It keeps the codes alone, a quarter of the memory for float32; a layer whose Ψ is not quantised is returned as it is.
func (l *Layer[T]) InIntegers() *Layer[T] {
	if l.quantised == nil || l.psi == nil {
		return l
	}
	return &Layer[T]{phi: l.phi, bias: l.bias, quantised: l.quantised}
}

// Quantised is what Ψ was made of, nil if it is stored as numbers of T.
func (l *Layer[T]) Quantised() *mat.Quantised { return l.quantised }
