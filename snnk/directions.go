package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/urf"
)

// DirectionsOf returns the module Ψ·f(W·x + b) + c that starts as l but for rounding: a dense layer NAME.phi that starts with the
// directions of its map, see [urf.Directions], and a dense layer NAME. All numbers are free: M·(d+1) beside those of Ψ, where
// [TrainableLayerOf] trains none of the map, or its diagonals. Ψ takes the factor of the features, so that those of
// the module are f itself. It copies the numbers of l. The error wraps [urf.ErrSpec].
func DirectionsOf[T asm.Float](name string, l *Layer[T]) (*Sequence[T], error) {
	w, b, f, unit, err := urf.Directions(l.phi)
	if err != nil {
		return nil, fmt.Errorf("snnk: %w", err)
	}
	psi := l.Psi().Clone()
	for i := range psi.Rows() {
		asm.Scale(psi.Row(i), psi.Row(i), unit)
	}
	bias := make([]T, l.Out())
	copy(bias, l.bias)
	return NewSequence[T](LinearOf(name+".phi", w, b, f), LinearOf(name, psi, bias, urf.Activation{})), nil
}
