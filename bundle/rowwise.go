package bundle

import (
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Stages without a matrix, as networks from elsewhere have between their layers. Each row is
// computed by itself.

// rowwise checks the shapes and returns dst, which it makes if it is nil.
func rowwise[T asm.Float](op string, width int, dst, x *mat.Dense[T]) *mat.Dense[T] {
	if x.Cols() != width {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), width}, Why: fmt.Sprintf("x has %d columns, want %d", x.Cols(), width)})
	}
	switch {
	case dst == nil:
		return mat.New[T](x.Rows(), width)
	case dst.Rows() != x.Rows() || dst.Cols() != width:
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), width}, Why: "dst has the wrong shape"})
	case dst.Overlaps(x):
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	return dst
}

// LayerNorm is a stage that gives every row mean 0 and variance 1, then a factor and a constant for each
// column: y = (x − mean)/√(variance + ε)·γ + β (Ba et al. 2016).
type LayerNorm[T asm.Float] struct {
	gamma, beta []T
	epsilon     T
}

// NewLayerNorm returns the stage; gamma and beta have one element per column, and are kept.
func NewLayerNorm[T asm.Float](gamma, beta []T, epsilon T) *LayerNorm[T] {
	if len(gamma) == 0 && len(beta) == 0 {
		panic(&mat.ArgumentError{Op: "bundle.NewLayerNorm", Why: "no columns"})
	}
	if len(gamma) != len(beta) {
		panic(&mat.ShapeError{Op: "bundle.NewLayerNorm", A: [2]int{1, len(gamma)}, B: [2]int{1, len(beta)}, Why: "lengths differ"})
	}
	return &LayerNorm[T]{gamma, beta, epsilon}
}

// Gamma are the factors and Beta the constants of the columns, which must not be changed.
func (n *LayerNorm[T]) Gamma() []T { return n.gamma }
func (n *LayerNorm[T]) Beta() []T  { return n.beta }

// Epsilon is what is added to the variance.
func (n *LayerNorm[T]) Epsilon() T { return n.epsilon }

// In is the number of columns.
func (n *LayerNorm[T]) In() int { return len(n.gamma) }

// Out is the number of columns.
func (n *LayerNorm[T]) Out() int { return len(n.gamma) }

// Params counts factors and constants.
func (n *LayerNorm[T]) Params() int { return 2 * len(n.gamma) }

// MACs counts the sum of squares and the factors.
func (n *LayerNorm[T]) MACs() int { return 2 * len(n.gamma) }

// Forward sets dst to the normalised rows, by [snnk.NormaliseRow], then one product and one addition.
func (n *LayerNorm[T]) Forward(dst, x *mat.Dense[T], _ *snnk.Workspace[T]) *mat.Dense[T] {
	dst = rowwise("bundle.LayerNorm.Forward", n.In(), dst, x)
	for i := range x.Rows() {
		out := dst.Row(i)
		snnk.NormaliseRow(out, x.Row(i), n.epsilon)
		asm.Mul(out, out, n.gamma)
		asm.Add(out, out, n.beta)
	}
	return dst
}

// PReLU is a stage that keeps what is positive and multiplies the rest with the slope of its
// column (He et al. 2015).
type PReLU[T asm.Float] struct {
	slope []T
}

// NewPReLU returns the stage; slope has one element per column, and is kept.
func NewPReLU[T asm.Float](slope []T) *PReLU[T] {
	if len(slope) == 0 {
		panic(&mat.ArgumentError{Op: "bundle.NewPReLU", Why: "no columns"})
	}
	return &PReLU[T]{slope}
}

// Slope are the slopes of the columns, which must not be changed.
func (p *PReLU[T]) Slope() []T { return p.slope }

// In is the number of columns.
func (p *PReLU[T]) In() int { return len(p.slope) }

// Out is the number of columns.
func (p *PReLU[T]) Out() int { return len(p.slope) }

// Params counts the slopes.
func (p *PReLU[T]) Params() int { return len(p.slope) }

// MACs counts one product per column.
func (p *PReLU[T]) MACs() int { return len(p.slope) }

// Forward sets dst to x where x > 0, elsewhere to x·slope.
func (p *PReLU[T]) Forward(dst, x *mat.Dense[T], _ *snnk.Workspace[T]) *mat.Dense[T] {
	dst = rowwise("bundle.PReLU.Forward", p.In(), dst, x)
	for i := range x.Rows() {
		out := dst.Row(i)
		for j, v := range x.Row(i) {
			if !(v > 0) {
				v *= p.slope[j]
			}
			out[j] = v
		}
	}
	return dst
}

// Elementwise is a stage that applies a function to every number: for an activation that does not follow a
// dense layer, which has its own.
type Elementwise[T asm.Float] struct {
	width int
	f     urf.Activation
}

// NewElementwise returns the stage for rows of width numbers, at least one.
func NewElementwise[T asm.Float](width int, f urf.Activation) *Elementwise[T] {
	if width < 1 {
		panic(&mat.ArgumentError{Op: "bundle.NewElementwise", Why: fmt.Sprintf("%d columns, want one at least", width)})
	}
	return &Elementwise[T]{width, f}
}

// Function is the activation itself.
func (a *Elementwise[T]) Function() urf.Activation { return a.f }

// In is the number of columns.
func (a *Elementwise[T]) In() int { return a.width }

// Out is the number of columns.
func (a *Elementwise[T]) Out() int { return a.width }

// Params is 0.
func (a *Elementwise[T]) Params() int { return 0 }

// MACs is 0, as for the activation of a dense layer.
func (a *Elementwise[T]) MACs() int { return 0 }

// Forward sets dst to f(x), by [urf.Eval].
func (a *Elementwise[T]) Forward(dst, x *mat.Dense[T], _ *snnk.Workspace[T]) *mat.Dense[T] {
	dst = rowwise("bundle.Elementwise.Forward", a.width, dst, x)
	for i := range x.Rows() {
		urf.Eval(a.f, dst.Row(i), x.Row(i))
	}
	return dst
}

// Softmax is a stage that makes probabilities of scores, e^x/Σ e^x over each row, or their logarithms.
type Softmax[T asm.Float] struct {
	width int
	log   bool
}

// NewSoftmax returns the stage for rows of width scores, at least one; log gives the logarithms.
func NewSoftmax[T asm.Float](width int, log bool) *Softmax[T] {
	if width < 1 {
		panic(&mat.ArgumentError{Op: "bundle.NewSoftmax", Why: fmt.Sprintf("%d columns, want one at least", width)})
	}
	return &Softmax[T]{width, log}
}

// Log reports whether the stage gives logarithms.
func (s *Softmax[T]) Log() bool { return s.log }

// In is the number of scores.
func (s *Softmax[T]) In() int { return s.width }

// Out is the number of scores.
func (s *Softmax[T]) Out() int { return s.width }

// Params is 0.
func (s *Softmax[T]) Params() int { return 0 }

// MACs is 0, as for activations.
func (s *Softmax[T]) MACs() int { return 0 }

// Forward sets dst to e^(x − m)/Σ e^(x − m) with m the largest of the row, or to
// (x − m) − ln Σ e^(x − m). The sum is that of [asm.Sum].
func (s *Softmax[T]) Forward(dst, x *mat.Dense[T], ws *snnk.Workspace[T]) *mat.Dense[T] {
	dst = rowwise("bundle.Softmax.Forward", s.width, dst, x)
	if ws == nil {
		ws = &snnk.Workspace[T]{}
	}
	power := ws.Row.Shape(1, s.width).Data()
	for i := range x.Rows() {
		out, in := dst.Row(i), x.Row(i)
		m := slices.Max(in)
		for j, v := range in {
			out[j] = v - m
		}
		asm.Exp(power, out)
		sum := asm.Sum(power)
		if !s.log {
			asm.Scale(out, power, 1/sum)
			continue
		}
		power[0] = sum
		asm.Log(power[:1], power[:1])
		for j := range out {
			out[j] -= power[0]
		}
	}
	return dst
}
