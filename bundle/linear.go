package bundle

import (
	"fmt"
	"runtime"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Linear is a fully connected layer: y = f(W·x + b).
type Linear[T asm.Float] struct {
	weight *mat.Dense[T]  // out×in; nil if products are of integers
	packed *mat.Packed[T] // its transpose, as products read it; nil likewise
	bias   []T
	act    urf.Activation

	quantised *mat.Quantised // what weight was made of, or nil
}

// NewLinear returns the layer with weight (out×in), bias (length out, nil for
// none) and activation. It keeps both; they must not change any more.
func NewLinear[T asm.Float](weight *mat.Dense[T], bias []T, act urf.Activation) *Linear[T] {
	if weight == nil {
		panic(&mat.ArgumentError{Op: "bundle.NewLinear", Why: "no weights"})
	}
	if bias != nil && len(bias) != weight.Rows() {
		panic(&mat.ArgumentError{Op: "bundle.NewLinear", Why: fmt.Sprintf("%d biases for weights of %d×%d", len(bias), weight.Rows(), weight.Cols())})
	}
	return &Linear[T]{weight, mat.PackT(weight), bias, act, nil}
}

// NewQuantisedLinear is NewLinear with the weights that q (out×in) stands for, [mat.Dequantise] of it.
func NewQuantisedLinear[T asm.Float](q *mat.Quantised, bias []T, act urf.Activation) *Linear[T] {
	d := NewLinear(mat.Dequantise[T](nil, q), bias, act)
	d.quantised = q
	return d
}

// Quantised is what the weights were made of, nil if they are stored as numbers of T.
func (d *Linear[T]) Quantised() *mat.Quantised { return d.quantised }

// InIntegers returns the layer with the products of [mat.MulQuantisedT], as [snnk.Layer.InIntegers] does for one of features.
func (d *Linear[T]) InIntegers() *Linear[T] {
	if d.quantised == nil || d.weight == nil {
		return d
	}
	return &Linear[T]{bias: d.bias, act: d.act, quantised: d.quantised}
}

// Weight is the out×in weight matrix, which must not be changed. A layer from [Linear.InIntegers] makes it at every call.
func (d *Linear[T]) Weight() *mat.Dense[T] {
	if d.weight == nil {
		return mat.Dequantise[T](nil, d.quantised)
	}
	return d.weight
}

// Bias is the bias, nil if there is none; it must not be changed.
func (d *Linear[T]) Bias() []T { return d.bias }

// Activation is the function applied to the outputs.
func (d *Linear[T]) Activation() urf.Activation { return d.act }

// In is the number of input columns.
func (d *Linear[T]) In() int { _, in := d.shape(); return in }

// Out is the number of output columns.
func (d *Linear[T]) Out() int { out, _ := d.shape(); return out }

func (d *Linear[T]) shape() (out, in int) {
	if d.weight == nil {
		return d.quantised.Rows(), d.quantised.Cols()
	}
	return d.weight.Rows(), d.weight.Cols()
}

// Params counts the weights and biases, and the scales of quantised weights.
func (d *Linear[T]) Params() int {
	n := d.MACs() + len(d.bias)
	if d.quantised != nil {
		n += len(d.quantised.Scales())
	}
	return n
}

// MACs is the size of the weight matrix.
func (d *Linear[T]) MACs() int { return d.Out() * d.In() }

// Forward sets dst (n×Out) to f(x·Wᵀ + b): products by the chain of [mat.Mul]
// from +0, then one addition of the bias, then the activation.
func (d *Linear[T]) Forward(dst, x *mat.Dense[T], _ *snnk.Workspace[T]) *mat.Dense[T] {
	y := d.product(dst, x)
	grain := 1 + 1<<15/(1+d.Out()) // rows worth a goroutine
	if y.Rows() <= grain || runtime.GOMAXPROCS(0) == 1 {
		d.activate(y, 0, y.Rows())
		return y
	}
	par.For(y.Rows(), grain, func(lo, hi int) { d.activate(y, lo, hi) })
	return y
}

func (d *Linear[T]) product(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if d.weight == nil {
		return mat.MulQuantisedT(dst, x, d.quantised)
	}
	return mat.MulPacked(dst, x, d.packed)
}

// After returns the weights and bias of the layer, without its activation, after w·z + b: of W·(w·z + b) + bias.
// w == nil is the identity, and b == nil is 0.
func (d *Linear[T]) After(w *mat.Dense[T], b []T) (*mat.Dense[T], []T) {
	if w == nil {
		return d.Weight(), d.bias
	}
	bias := d.bias
	if b != nil {
		bias = mat.MulVec(nil, d.Weight(), b)
		for i, v := range d.bias {
			bias[i] += v
		}
	}
	return mat.Mul(nil, d.Weight(), w), bias
}

// activate adds the bias to rows lo…hi and applies the activation.
func (d *Linear[T]) activate(dst *mat.Dense[T], lo, hi int) {
	for i := lo; i < hi; i++ {
		urf.EvalBias(d.act, dst.Row(i), dst.Row(i), d.bias)
	}
}
