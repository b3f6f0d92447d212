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

// Quantised is what Ψ was made of, nil if it is stored as numbers of T.
func (l *Layer[T]) Quantised() *mat.Quantised { return l.quantised }
