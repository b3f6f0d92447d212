package snnk

import (
	"context"
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Freeze sets Frozen of the parameters: what is not frozen is trained.
func Freeze[T asm.Float](params []*Param[T], frozen bool) {
	for _, p := range params {
		p.Frozen = frozen
	}
}

// ReplaceByWeights returns net with module i, a [Linear] f(W·x + b), replaced by a [TrainableLayer] called
// name whose Ψ is Ψ(W, b) of phi, so that training goes on from the layer's approximation (SNNK,
// section 3). The other modules are shared with net.
//
// phi must have both towers, as the maps of [urf.URF] have, for the function f. Those that know
// no biases of weights, such as [urf.ReLU] (see [urf.Spec]), fit layers with b = 0 only. An
// error wraps [urf.ErrSpec].
func ReplaceByWeights[T asm.Float](net *Sequence[T], i int, name string, phi Phi[T]) (*Sequence[T], error) {
	old := replaceable("snnk.ReplaceByWeights", net, i, phi)
	towers, ok := phi.Map().(urf.Towers[T])
	if !ok {
		return nil, fmt.Errorf("snnk: module %d: %.80s has no Ψ(W, b): %w", i, phi.Map().Spec(), urf.ErrSpec)
	}
	var b []T
	if old.bias != nil && slices.ContainsFunc(old.bias.Value.Row(0), func(v T) bool { return v != 0 }) {
		b = old.bias.Value.Row(0)
	}
	if s, err := urf.ParseSpec(phi.Map().Spec()); err == nil && b != nil && !s.WeightBias() {
		return nil, fmt.Errorf("snnk: module %d has biases, for which %.80s has no Ψ: refit it to data: %w", i, phi.Map().Spec(), urf.ErrSpec)
	}
	psi := towers.Psi(nil, old.weight.Value, b)
	return replaced(net, i, newTrainableLayer(phi, LinearOf(name, psi, make([]T, old.Out()), urf.Activation{}))), nil
}

// ReplaceByRefit returns net with module i, a [Linear], replaced by a [TrainableLayer] called name whose Ψ
// and b are those of least squares between its outputs and those of the layer, for inputs x
// (n×In) of the network. The other modules are shared with net. The errors are those of
// [Layer.Refit].
func ReplaceByRefit[T asm.Float](ctx context.Context, net *Sequence[T], i int, name string, phi Phi[T], x *mat.Dense[T], lambda float64) (*Sequence[T], error) {
	const op = "snnk.ReplaceByRefit"
	old := replaceable(op, net, i, phi)
	checkWidth(op, x, net.In())
	inputs, outputs := mat.New[T](x.Rows(), old.In()), mat.New[T](x.Rows(), old.Out())
	for lo := 0; lo < x.Rows(); lo += scoreRows {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("snnk: module %d: refit ended before row %d of %d: %w", i, lo, x.Rows(), context.Cause(ctx))
		}
		n := min(scoreRows, x.Rows()-lo)
		block := x.View(lo, 0, n, x.Cols())
		for _, m := range net.modules[:i] {
			block = m.Forward(nil, block)
		}
		inputs.View(lo, 0, n, old.In()).Copy(block)
		old.Forward(outputs.View(lo, 0, n, old.Out()), block)
	}
	k := NewTrainableLayer(name, phi, old.Out())
	if err := k.Refit(ctx, inputs, outputs, lambda); err != nil {
		return nil, fmt.Errorf("snnk: module %d: %w", i, err)
	}
	return replaced(net, i, k), nil
}

// replaceable returns module i, which must be a Linear that phi can stand for.
func replaceable[T asm.Float](op string, net *Sequence[T], i int, phi Phi[T]) *Linear[T] {
	if i < 0 || i >= len(net.modules) {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("there is no module %d of %d", i, len(net.modules))})
	}
	old, ok := net.modules[i].(*Linear[T])
	if !ok {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("module %d is a %T, not a dense layer", i, net.modules[i])})
	}
	if old.In() != phi.In() {
		panic(&mat.ShapeError{Op: op, A: [2]int{old.Out(), old.In()}, B: [2]int{phi.Out(), phi.In()}, Why: "the features read another number of inputs"})
	}
	return old
}

func replaced[T asm.Float](net *Sequence[T], i int, m Module[T]) *Sequence[T] {
	modules := slices.Clone(net.modules)
	modules[i] = m
	return NewSequence(modules...)
}
