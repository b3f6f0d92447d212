package snnk

import (
	"context"
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// TrainableLayer is a trained layer y = Ψ·Φ(x) + b (SNNK, equation 3): features, with or
// without parameters, and a matrix.
type TrainableLayer[T asm.Float] struct {
	phi    Phi[T]
	psi    *Linear[T]
	params []*Param[T]
}

// NewTrainableLayer returns the layer with out outputs whose Ψ and b are zero, from where the
// loss falls for every seed; for other starts see [InitPsi], [TrainableLayer.Refit] and [TrainableLayerOf]. Its
// parameters are those of phi, NAME.weight (Ψ, out×M) and NAME.bias.
func NewTrainableLayer[T asm.Float](name string, phi Phi[T], out int) *TrainableLayer[T] {
	return newTrainableLayer(phi, zeroLinear[T](name, phi.Out(), out, true))
}

// TrainableLayerOf returns the layer that starts as l: with features without parameters, or with
// [Diagonals] called NAME.phi if the map of l has such. It copies the numbers of l.
func TrainableLayerOf[T asm.Float](name string, l *Layer[T]) (*TrainableLayer[T], error) {
	bias := make([]T, l.Out())
	copy(bias, l.bias)
	psi := LinearOf(name, l.Psi().Clone(), bias, urf.Activation{})
	switch phi := l.phi.(type) {
	case *urf.Diagonals[T]:
		return newTrainableLayer[T](DiagonalsOf(name+".phi", phi.Clone()), psi), nil
	case urf.Gradient[T]:
		return newTrainableLayer[T](NewFeatures(phi), psi), nil
	}
	return nil, fmt.Errorf("snnk: no gradient for %.80s: %w", l.phi.Spec(), urf.ErrSpec)
}

func newTrainableLayer[T asm.Float](phi Phi[T], psi *Linear[T]) *TrainableLayer[T] {
	return &TrainableLayer[T]{phi, psi, append(slices.Clone(phi.Params()), psi.params...)}
}

// Phi is the module of the features, Psi that of Ψ and b.
func (t *TrainableLayer[T]) Phi() Phi[T]     { return t.phi }
func (t *TrainableLayer[T]) Psi() *Linear[T] { return t.psi }

// In is the number of inputs.
func (t *TrainableLayer[T]) In() int { return t.phi.In() }

// Out is the number of outputs.
func (t *TrainableLayer[T]) Out() int { return t.psi.Out() }

// Params are those of the features, Ψ and b.
func (t *TrainableLayer[T]) Params() []*Param[T] { return t.params }

// Forward sets dst to Ψ·Φ(x) + b.
func (t *TrainableLayer[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if dst != nil && dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: "snnk.TrainableLayer.Forward", Dst: "dst", Src: "x"})
	}
	return t.psi.Forward(dst, t.phi.Forward(nil, x))
}

// Backward adds the gradients of Ψ and b, and goes on through Φ if it has parameters or
// wantDX.
func (t *TrainableLayer[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	below := wantDX || Trains[T](t.phi)
	dz := t.psi.Backward(nil, dy, below)
	if !below {
		return nil
	}
	return t.phi.Backward(dx, dz, wantDX)
}

// Layer returns the layer for inference, with a copy of all numbers.
func (t *TrainableLayer[T]) Layer() *Layer[T] {
	var phi urf.Map[T] = t.phi.Map()
	if d, ok := phi.(*urf.Diagonals[T]); ok {
		phi = d.Clone()
	}
	return New(phi, t.psi.weight.Value.Clone(), slices.Clone(t.psi.bias.Value.Row(0)))
}

// Refit replaces Ψ and b by those of least squares for inputs x and targets y, unless ctx ends; see
// [Layer.Refit].
func (t *TrainableLayer[T]) Refit(ctx context.Context, x, y *mat.Dense[T], lambda float64) error {
	l := t.Layer()
	if err := l.Refit(ctx, x, y, lambda); err != nil {
		return err
	}
	t.psi.weight.Value.Copy(l.psi)
	copy(t.psi.bias.Value.Row(0), l.bias)
	return nil
}
