package bundle

import (
	"fmt"
	"runtime"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/urf"
)

// Stage is one step of a network: rows of In numbers become rows of Out numbers.
// A stage does not change after it was made and is safe for concurrent use.
type Stage[T asm.Float] interface {
	In() int
	Out() int
	// Params is the number of stored numbers that came from data or training.
	Params() int
	// MACs is the number of multiply-adds (or, in a Walsh–Hadamard transform, additions) for one row.
	MACs() int
	// Forward sets dst (n×Out) to the outputs for x (n×In) and returns it; dst == nil
	// allocates. dst must not overlap x.
	Forward(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T]
}

// Network is a sequence of stages: dense layers, feature maps with the dense
// layer that reads them, or both. It is safe for concurrent use with one
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
// read and give as many numbers. A dense layer without activation at the end of these joins
// a dense layer that follows, if the product has fewer weights than both.
func (n *Network[T]) Replace(from, to int, by *Network[T]) *Network[T] {
	last := len(by.stages) - 1
	stages := append(append([]Stage[T]{}, n.stages[:from]...), by.stages[:last]...)
	next := n.stages[to:]
	if d, ok := by.stages[last].(*Linear[T]); ok && d.act.IsIdentity() && len(next) > 0 {
		if e, ok := next[0].(*Linear[T]); ok && d.Out() == e.In() && e.Out()*d.In() < d.Out()*d.In()+e.Out()*e.In() {
			w, b := e.After(d.weight, d.bias)
			return NewNetwork(append(append(stages, NewLinear(w, b, e.act)), next[1:]...)...)
		}
	}
	return NewNetwork(append(append(stages, by.stages[last]), next...)...)
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
	last := len(n.stages) - 1
	for len(ws.between) < last {
		ws.between = append(ws.between, mat.Buffer[T]{})
	}
	for i := 0; i <= last; i++ {
		f, ok := n.stages[i].(*Features[T])
		if ok && i < last {
			if d, ok := n.stages[i+1].(*Linear[T]); ok && d.Out() < thin {
				if y := n.output(dst, i+1, x.Rows(), ws); urf.Through[T](reader[T]{d}, f.m, y, x, &ws.features) {
					x = y
					i++
					continue
				}
			}
		}
		x = n.stages[i].Forward(n.output(dst, i, x.Rows(), ws), x, ws)
	}
}

// output is where stage i writes: dst if it is the last.
func (n *Network[T]) output(dst *mat.Dense[T], i, rows int, ws *Workspace[T]) *mat.Dense[T] {
	if i == len(n.stages)-1 {
		return dst
	}
	return ws.between[i].Shape(rows, n.stages[i].Out())
}

// thin is the number of outputs below which a dense layer reads features as they are
// made, a few rows at a time: its weights then stay in the caches, and such a product
// is too short for goroutines of its own.
const thin = 32

// reader is a dense layer that reads features.
type reader[T asm.Float] struct{ *Linear[T] }

func (r reader[T]) Read(dst, z *mat.Dense[T]) { r.Forward(dst, z, nil) }

// Workspace holds what a forward pass needs between its stages. The zero value
// is ready. It grows to what it is used for and serves one goroutine at a time.
type Workspace[T asm.Float] struct {
	between  []mat.Buffer[T]
	features urf.Workspace[T]
	half     mat.Dense[T]  // view of a Hybrid's outputs
	row      mat.Buffer[T] // of a Softmax's exponentials
	in, out  mat.Dense[T]  // views of some rows
}

// Linear is a fully connected layer: y = f(W·x + b).
type Linear[T asm.Float] struct {
	weight *mat.Dense[T]  // out×in
	packed *mat.Packed[T] // its transpose, as products read it
	bias   []T
	act    urf.Activation
}

// NewLinear returns the layer with weight (out×in), bias (length out, nil for
// none) and activation. It keeps both; they must not change any more.
func NewLinear[T asm.Float](weight *mat.Dense[T], bias []T, act urf.Activation) *Linear[T] {
	if bias != nil && len(bias) != weight.Rows() {
		panic(&mat.ArgumentError{Op: "bundle.NewLinear", Why: fmt.Sprintf("%d biases for weights of %d×%d", len(bias), weight.Rows(), weight.Cols())})
	}
	return &Linear[T]{weight, mat.PackT(weight), bias, act}
}

// Weight is the out×in weight matrix, which must not be changed.
func (d *Linear[T]) Weight() *mat.Dense[T] { return d.weight }

// Bias is the bias, nil if there is none; it must not be changed.
func (d *Linear[T]) Bias() []T { return d.bias }

// Activation is the function applied to the outputs.
func (d *Linear[T]) Activation() urf.Activation { return d.act }

// In is the number of input columns.
func (d *Linear[T]) In() int { return d.weight.Cols() }

// Out is the number of output columns.
func (d *Linear[T]) Out() int { return d.weight.Rows() }

// Params counts the weights and biases.
func (d *Linear[T]) Params() int { return d.weight.Rows()*d.weight.Cols() + len(d.bias) }

// MACs is the size of the weight matrix.
func (d *Linear[T]) MACs() int { return d.weight.Rows() * d.weight.Cols() }

// Forward sets dst (n×Out) to f(x·Wᵀ + b): products by the chain of [mat.Mul]
// from +0, then one addition of the bias, then the activation.
func (d *Linear[T]) Forward(dst, x *mat.Dense[T], _ *Workspace[T]) *mat.Dense[T] {
	y := mat.MulPacked(dst, x, d.packed)
	grain := 1 + 1<<15/(1+d.Out()) // rows worth a goroutine
	if y.Rows() <= grain || runtime.GOMAXPROCS(0) == 1 {
		d.activate(y, 0, y.Rows())
		return y
	}
	par.For(y.Rows(), grain, func(lo, hi int) { d.activate(y, lo, hi) })
	return y
}

// After returns the weights and bias of the layer, without its activation, after w·z + b: of W·(w·z + b) + bias.
// w == nil is the identity, and b == nil is 0.
func (d *Linear[T]) After(w *mat.Dense[T], b []T) (*mat.Dense[T], []T) {
	if w == nil {
		return d.weight, d.bias
	}
	bias := d.bias
	if b != nil {
		bias = mat.MulVec(nil, d.weight, b)
		for i, v := range d.bias {
			bias[i] += v
		}
	}
	return mat.Mul(nil, d.weight, w), bias
}

// activate adds the bias to rows lo…hi and applies the activation.
func (d *Linear[T]) activate(dst *mat.Dense[T], lo, hi int) {
	for i := lo; i < hi; i++ {
		urf.EvalBias(d.act, dst.Row(i), dst.Row(i), d.bias)
	}
}
