package bundle

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Hybrid is a stage that puts neurons of a dense layer and random features of the same inputs
// side by side: its outputs are those of the layer, then the features.
type Hybrid[T asm.Float] struct {
	neurons *Linear[T]
	m       urf.Map[T]
}

// NewHybrid returns the stage. It panics if the layer and the map
// read different numbers of inputs.
func NewHybrid[T asm.Float](neurons *Linear[T], m urf.Map[T]) *Hybrid[T] {
	if neurons == nil || m == nil {
		panic(&mat.ArgumentError{Op: "bundle.NewHybrid", Why: "no neurons, or no map"})
	}
	if neurons.In() != m.In() {
		panic(&mat.ShapeError{Op: "bundle.NewHybrid", A: [2]int{neurons.In(), neurons.Out()}, B: [2]int{m.In(), m.Out()}, Why: "neurons and features read different numbers of inputs"})
	}
	return &Hybrid[T]{neurons, m}
}

// Neurons is the dense layer.
func (h *Hybrid[T]) Neurons() *Linear[T] { return h.neurons }

// Map is the feature map.
func (h *Hybrid[T]) Map() urf.Map[T] { return h.m }

// In is the number of input columns.
func (h *Hybrid[T]) In() int { return h.m.In() }

// Out is the number of neurons and features.
func (h *Hybrid[T]) Out() int { return h.neurons.Out() + h.m.Out() }

// Params counts those of the neurons, and those of the map as [Features.Params] does.
func (h *Hybrid[T]) Params() int { return h.neurons.Params() + mapParams(h.m) }

// MACs is the work for one row.
func (h *Hybrid[T]) MACs() int { return h.neurons.MACs() + h.m.MACs() }

// Forward sets dst (n×Out) to the outputs for x.
func (h *Hybrid[T]) Forward(dst, x *mat.Dense[T], ws *snnk.Workspace[T]) *mat.Dense[T] {
	if dst == nil {
		dst = mat.New[T](x.Rows(), h.Out())
	}
	if ws == nil {
		ws = &snnk.Workspace[T]{}
	}
	k := h.neurons.Out()
	h.neurons.Forward(dst.ViewInto(&ws.Part, 0, 0, x.Rows(), k), x, ws)
	h.m.Phi(dst.ViewInto(&ws.Part, 0, k, x.Rows(), h.m.Out()), x, &ws.Map)
	return dst
}
