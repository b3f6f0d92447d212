package snnk

import (
	"strings"

	"nnk/asm"
	"nnk/mat"
)

// Param is one trained tensor with the gradient of the loss for it.
type Param[T asm.Float] struct {
	Name   string        // unique in a model, as in a file: "0.weight", "blocks.1.attn.q.weight"
	Value  *mat.Dense[T] // changed in place by an optimiser; vectors are 1×n
	Grad   *mat.Dense[T] // same shape; Backward adds to it
	Decay  bool          // whether weight decay applies: weights yes; biases, norms and diagonals no
	Frozen bool          // not trained: optimisers and [ParamCount] skip it, Backward may skip its gradient
}

// NewParam returns the parameter of that name with the given value, which it
// keeps, and a gradient of zero.
func NewParam[T asm.Float](name string, value *mat.Dense[T], decay bool) *Param[T] {
	if value == nil {
		panic(&mat.ArgumentError{Op: "snnk.NewParam", Why: "no value for " + name})
	}
	return &Param[T]{Name: name, Value: value, Grad: mat.New[T](value.Rows(), value.Cols()), Decay: decay}
}

// Module is a differentiable map of rows for training. It keeps what Backward needs
// from the last Forward, so one goroutine uses it at a time; inside, products are
// parallel over outputs. For inference convert it to a [Layer] or to stages of package
// bundle.
type Module[T asm.Float] interface {
	// In is the number of input columns, Out that of outputs.
	In() int
	Out() int
	// Params are the module's parameters, always in the same order: the same pointers
	// in every call.
	Params() []*Param[T]
	// Forward sets dst (n×Out) to the outputs for x (n×In) and returns it; dst == nil
	// uses the module's own memory, valid until its next Forward. x must not change
	// before Backward, so dst must not overlap it.
	Forward(dst, x *mat.Dense[T]) *mat.Dense[T]
	// Backward adds the gradients of the parameters for dy = ∂loss/∂output (n×Out) of the
	// last Forward and returns ∂loss/∂x in dx (n×In); dx == nil uses own memory,
	// valid until the next Backward. If wantDX is false it may return nil: a first layer
	// then saves a product. dy is not changed: dx must not overlap it.
	Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T]
}

// ParamCount is the number of trained numbers of m: those of its parameters that are
// not frozen.
func ParamCount[T asm.Float](m Module[T]) int {
	n := 0
	for _, p := range m.Params() {
		if !p.Frozen {
			n += p.Value.Rows() * p.Value.Cols()
		}
	}
	return n
}

// ZeroGrads sets the gradients of all parameters to zero.
func ZeroGrads[T asm.Float](params []*Param[T]) {
	for _, p := range params {
		for i := range p.Grad.Rows() {
			clear(p.Grad.Row(i))
		}
	}
}

// output returns dst, or a matrix of b if it is nil, for the results of op: as many rows
// as in, which is x of a Forward and dy of a Backward, and cols columns.
func output[T asm.Float](b *mat.Buffer[T], op string, dst, in *mat.Dense[T], cols int) *mat.Dense[T] {
	names := [2]string{"dst", "x"}
	if strings.HasSuffix(op, ".Backward") {
		names = [2]string{"dx", "dy"}
	}
	if dst == nil {
		dst = b.Shape(in.Rows(), cols)
		names[0] = "the module's own memory"
	}
	if dst.Rows() != in.Rows() || dst.Cols() != cols {
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{in.Rows(), cols}, Why: names[0] + " has the wrong shape"})
	}
	if dst.Overlaps(in) {
		panic(&mat.OverlapError{Op: op, Dst: names[0], Src: names[1]})
	}
	return dst
}

// checkWidth panics if x does not have the given number of columns.
func checkWidth[T asm.Float](op string, x *mat.Dense[T], cols int) {
	if x.Cols() != cols {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), cols}, Why: "x has the wrong width"})
	}
}

// checkBackward panics unless dy has the shape of the outputs for x, the input of
// the last Forward, which must have been called.
func checkBackward[T asm.Float](op string, x, dy *mat.Dense[T], out int) {
	if x == nil {
		panic(&mat.ArgumentError{Op: op, Why: "there was no Forward before it"})
	}
	if dy.Rows() != x.Rows() || dy.Cols() != out {
		panic(&mat.ShapeError{Op: op, A: [2]int{dy.Rows(), dy.Cols()}, B: [2]int{x.Rows(), out}, Why: "dy has the wrong shape"})
	}
}
