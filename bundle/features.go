package bundle

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Features is a stage that applies a random-feature map to what no matrix of its own reads: a
// [*snnk.Layer] is a map with its matrix. A model file holds nothing of it but the map's text, and for
// [urf.Diagonals] their numbers.
type Features[T asm.Float] struct {
	m urf.Map[T]
}

// NewFeatures returns the stage of a map. The numbers of [urf.Diagonals] must not change
// any more; [urf.Diagonals.Clone] gives ones that do not.
func NewFeatures[T asm.Float](m urf.Map[T]) *Features[T] {
	if m == nil {
		panic(&mat.ArgumentError{Op: "bundle.NewFeatures", Why: "no map"})
	}
	return &Features[T]{m}
}

// Map is the feature map.
func (f *Features[T]) Map() urf.Map[T] { return f.m }

// In is the number of input columns.
func (f *Features[T]) In() int { return f.m.In() }

// Out is the number of features.
func (f *Features[T]) Out() int { return f.m.Out() }

// Params is 0, since a map is made from its seed, or the number of trained numbers of
// [urf.Diagonals].
func (f *Features[T]) Params() int { return mapParams(f.m) }

// mapParams is the number of trained numbers of a map.
func mapParams[T asm.Float](m urf.Map[T]) int {
	if d, ok := m.(*urf.Diagonals[T]); ok {
		return d.Params()
	}
	return 0
}

// MACs is the work of the map for one row.
func (f *Features[T]) MACs() int { return f.m.MACs() }

// Forward sets dst (n×Out) to the features of x.
func (f *Features[T]) Forward(dst, x *mat.Dense[T], ws *snnk.Workspace[T]) *mat.Dense[T] {
	if ws == nil {
		return f.m.Phi(dst, x, nil)
	}
	return f.m.Phi(dst, x, &ws.Map)
}
