package bundle

import (
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Stage is one step of a network: rows of In numbers become rows of Out numbers. It is a
// [Linear], a [*snnk.Layer], a [Scale], [Columns], [Features], a [Hybrid], a [LayerNorm], a [PReLU], an [Elementwise] or a [Softmax]; others can be used,
// but not saved.
// A stage does not change after it was made and is safe for concurrent use.
type Stage[T asm.Float] interface {
	In() int
	Out() int
	// Params is the number of stored numbers that came from data or training.
	Params() int
	// MACs is the number of multiply-adds (or, in a Walsh–Hadamard transform, additions) for one row.
	MACs() int
	// Forward sets dst (n×Out) to the outputs for x (n×In) and returns it; dst == nil
	// and ws == nil allocate. dst must not overlap x.
	Forward(dst, x *mat.Dense[T], ws *snnk.Workspace[T]) *mat.Dense[T]
}

// Network is a sequence of stages: dense layers, random features with the matrix
// that reads them, or both. It is safe for concurrent use with one
// [Workspace] per goroutine.
type Network[T asm.Float] struct {
	stages []Stage[T]
}

// NewNetwork returns the network that applies the stages in order. It panics
// if there is none or their sizes do not fit together.
func NewNetwork[T asm.Float](stages ...Stage[T]) *Network[T] {
	if len(stages) == 0 {
		panic(&mat.ArgumentError{Op: "bundle.NewNetwork", Why: "no stages"})
	}
	for i, s := range stages {
		if s == nil {
			panic(&mat.ArgumentError{Op: "bundle.NewNetwork", Why: fmt.Sprintf("stage %d of %d is nil", i, len(stages))})
		}
	}
	for i := 1; i < len(stages); i++ {
		if a, b := stages[i-1], stages[i]; a.Out() != b.In() {
			panic(&mat.ShapeError{Op: "bundle.NewNetwork", A: [2]int{a.In(), a.Out()}, B: [2]int{b.In(), b.Out()}, Why: "sizes of neighbouring stages differ"})
		}
	}
	return &Network[T]{stages}
}

// Part returns the network of the stages from … to−1, at least one.
func (n *Network[T]) Part(from, to int) *Network[T] { return NewNetwork(n.stages[from:to]...) }

// Replace returns the network with the stages from … to−1 replaced by those of another, which must
// read and give as many numbers. A matrix at the end of these joins that of a dense layer which follows, if the
// product has fewer weights than both and neither is kept as codes of few bits, which the product would not be.
func (n *Network[T]) Replace(from, to int, by *Network[T]) *Network[T] {
	stages := append(append([]Stage[T]{}, n.stages[:from]...), by.stages...)
	next := n.stages[to:]
	if len(next) > 0 {
		if joined := join(by.stages[len(by.stages)-1], next[0]); joined != nil {
			stages, next = append(stages[:len(stages)-1], joined...), next[1:]
		}
	}
	return NewNetwork(append(stages, next...)...)
}

// join returns stages that do what a and then b do, with fewer weights, or nil.
func join[T asm.Float](a, b Stage[T]) []Stage[T] {
	read, ok := b.(*Linear[T])
	if !ok || a.Out() != read.In() || read.quantised != nil {
		return nil
	}
	var w *mat.Dense[T]
	var bias []T
	var phi urf.Map[T]
	switch a := a.(type) {
	case *Linear[T]:
		if !a.act.IsIdentity() || a.quantised != nil {
			return nil
		}
		w, bias = a.Weight(), a.bias
	case *snnk.Layer[T]:
		if a.Quantised() != nil {
			return nil
		}
		phi, w, bias = a.Map(), a.Psi(), a.Bias()
	default:
		return nil
	}
	if read.Out()*w.Cols() >= w.Rows()*w.Cols()+read.MACs() {
		return nil
	}
	w, bias = read.After(w, bias)
	switch {
	case phi == nil:
		return []Stage[T]{NewLinear(w, bias, read.act)}
	case read.act.IsIdentity():
		return []Stage[T]{snnk.New(phi, w, bias)}
	}
	return []Stage[T]{NewFeatures(phi), NewLinear(w, bias, read.act)}
}

// InIntegers returns the network whose quantised matrices are multiplied in integers ([snnk.Layer.InIntegers]), and how many became so. Outputs differ from
// those of n by what the rounding of each such layer's inputs to 8 bits does; they too are the same bits everywhere. It can be saved as n can.
func (n *Network[T]) InIntegers() (*Network[T], int) {
	stages, found := slices.Clone(n.stages), 0
	for i, s := range stages {
		switch s := s.(type) {
		case *Linear[T]:
			stages[i] = s.InIntegers()
		case *snnk.Layer[T]:
			stages[i] = s.InIntegers()
		case *Hybrid[T]:
			if neurons := s.neurons.InIntegers(); neurons != s.neurons {
				stages[i] = NewHybrid(neurons, s.m)
			}
		}
		if stages[i] != s {
			found++
		}
	}
	return &Network[T]{stages}, found
}

// Stages returns the stages in order; the slice must not be changed.
func (n *Network[T]) Stages() []Stage[T] { return n.stages }

// In is the number of input columns.
func (n *Network[T]) In() int { return n.stages[0].In() }

// Out is the number of output columns.
func (n *Network[T]) Out() int { return n.stages[len(n.stages)-1].Out() }

// Params is the number of stored numbers that came from data or training.
func (n *Network[T]) Params() int {
	sum := 0
	for _, s := range n.stages {
		sum += s.Params()
	}
	return sum
}

// MACs is the number of multiply-adds for one row.
func (n *Network[T]) MACs() int {
	sum := 0
	for _, s := range n.stages {
		sum += s.MACs()
	}
	return sum
}

// forwardRows is the number of rows that go through all stages together: enough for
// the matrix products to run at full speed, few enough that what lies between two
// stages stays in cache. It changes no bit.
const forwardRows = 256

// Forward sets dst (n×Out) to the outputs for x (n×In) and returns it; dst ==
// nil allocates. dst must not overlap x. ws == nil allocates; with a workspace
// that has seen the same number of rows nothing is allocated. A row's
// bits depend neither on the other rows nor on the number of goroutines.
func (n *Network[T]) Forward(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	const op = "bundle.Network.Forward"
	switch {
	case x.Cols() != n.In():
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), n.In()}, Why: "x has the wrong width"})
	case dst == nil:
		dst = mat.New[T](x.Rows(), n.Out())
	case dst.Rows() != x.Rows() || dst.Cols() != n.Out():
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), n.Out()}, Why: "dst has the wrong shape"})
	case dst.Overlaps(x):
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	if ws == nil {
		ws = &Workspace[T]{}
	}
	if x.Rows() <= forwardRows {
		n.forward(dst, x, ws)
		return dst
	}
	for lo := 0; lo < x.Rows(); lo += forwardRows {
		rows := min(forwardRows, x.Rows()-lo)
		n.forward(dst.ViewInto(&ws.out, lo, 0, rows, n.Out()), x.ViewInto(&ws.in, lo, 0, rows, n.In()), ws)
	}
	return dst
}

func (n *Network[T]) forward(dst, x *mat.Dense[T], ws *Workspace[T]) {
	for len(ws.stages) < len(n.stages) {
		ws.stages = append(ws.stages, memory[T]{})
	}
	last := len(n.stages) - 1
	for i, s := range n.stages[:last] {
		m := &ws.stages[i]
		x = s.Forward(m.outputs.Shape(x.Rows(), s.Out()), x, &m.inside)
	}
	n.stages[last].Forward(dst, x, &ws.stages[last].inside)
}

// Workspace holds what a forward pass needs in and between its stages. The zero value
// is ready. It grows to what it is used for and serves one goroutine at a time.
type Workspace[T asm.Float] struct {
	stages  []memory[T]
	in, out mat.Dense[T] // views of some rows
}

// memory is that of one stage.
type memory[T asm.Float] struct {
	outputs mat.Buffer[T]
	inside  snnk.Workspace[T]
}
