package snnk

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk/gradcheck"
	"nnk/urf"
)

// lossCases are losses with targets for n rows of l outputs.
func lossCases(n, l int) map[string]struct {
	loss Loss
	t    Targets[float64]
} {
	labels, bits, shares := make([]int, n), make([]int, n), random[float64](31, n, l)
	for i := range n {
		labels[i], bits[i] = (i*7+1)%l, i%2
		sum := 0.0
		for j, v := range shares.Row(i) {
			shares.Set(i, j, v*v)
			sum += float64(v * v)
		}
		asm.Scale(shares.Row(i), shares.Row(i), 1/sum)
	}
	type c = struct {
		loss Loss
		t    Targets[float64]
	}
	return map[string]c{
		"squared/values":       {SquaredError, Targets[float64]{Values: random[float64](32, n, l)}},
		"squared/labels":       {SquaredError, Targets[float64]{Labels: labels}},
		"cross-entropy/labels": {CrossEntropy, Targets[float64]{Labels: labels}},
		"cross-entropy/shares": {CrossEntropy, Targets[float64]{Values: shares}},
		"binary/labels":        {BinaryCrossEntropy, Targets[float64]{Labels: labels}},
		"binary/shares":        {BinaryCrossEntropy, Targets[float64]{Values: shares}},
	}
}

// Every loss against differences, by itself at logits of several sizes and behind every
// kind of module.
func TestLossGradients(t *testing.T) {
	for name, c := range lossCases(6, 4) {
		for _, size := range []float64{0.1, 1, 10} {
			y, g := random[float64](33, 6, 4), mat.New[float64](6, 4)
			asm.Scale(y.Data(), y.Data(), size)
			EvalLoss(c.loss, g, y, c.t)
			t.Run(fmt.Sprintf("%s/size=%g", name, size), func(t *testing.T) {
				gradcheck.Compare(t, func() float64 { return EvalLoss(c.loss, nil, y, c.t) }, 0, gradcheck.Tensor{Name: "y", Value: y, Grad: g})
			})
		}
		for label, m := range map[string]Module[float64]{
			"Linear":     NewLinear[float64]("0", 5, 4, urf.Activation{}, rng.New(34)),
			"LinearReLU": NewLinear[float64]("0", 5, 4, activation(t, "relu"), rng.New(35)),
			"LayerNorm":  NewSequence[float64](NewLayerNorm[float64]("0", 5), NewLinear[float64]("1", 5, 4, activation(t, "gelu"), rng.New(36))),
			"Residual":   NewSequence[float64](NewResidual(NewLinear[float64]("0", 5, 5, activation(t, "tanh"), rng.New(37))), NewLinear[float64]("1", 5, 4, urf.Activation{}, rng.New(38))),
		} {
			x, g := random[float64](39, 6, 5), mat.New[float64](6, 4)
			ZeroGrads(m.Params())
			EvalLoss(c.loss, g, m.Forward(nil, x), c.t)
			list := append(tensors(m), gradcheck.Tensor{Name: "x", Value: x, Grad: m.Backward(nil, g, true).Clone()})
			t.Run(name+"/"+label, func(t *testing.T) {
				gradcheck.Compare(t, func() float64 { return EvalLoss(c.loss, nil, m.Forward(nil, x), c.t) }, 1e-4, list...)
			})
		}
	}
}

// Values that are known in closed form, also for logits whose exponentials overflow, for
// which the loss is linear, and underflow, for which it is tiny but not 0.
func testLossValues[T asm.Float](t *testing.T) {
	values := func(v ...T) Targets[T] { return Targets[T]{Values: mat.Of(1, len(v), v)} }
	huge := 1e30
	for _, c := range []struct {
		name string
		loss Loss
		y    []T
		t    Targets[T]
		want float64
		grad []float64
	}{
		{"squared", SquaredError, []T{1, 2}, values(3, -1), 6.5, []float64{-2, 3}},
		{"uniform", CrossEntropy, []T{7, 7, 7, 7}, Targets[T]{Labels: []int{2}}, math.Log(4), []float64{0.25, 0.25, -0.75, 0.25}},
		{"right and sure", CrossEntropy, []T{T(huge), 0}, Targets[T]{Labels: []int{0}}, 0, []float64{0, 0}},
		{"wrong and sure", CrossEntropy, []T{T(huge), 0}, Targets[T]{Labels: []int{1}}, float64(T(huge)), []float64{1, -1}},
		{"all very negative", CrossEntropy, []T{T(-huge), T(-huge)}, Targets[T]{Labels: []int{1}}, math.Ln2, []float64{0.5, -0.5}},
		{"auto for labels", AutoLoss, []T{0, 0}, Targets[T]{Labels: []int{1}}, math.Ln2, []float64{0.5, -0.5}},
		{"auto for values", AutoLoss, []T{1}, values(0), 0.5, []float64{1}},
		{"auto for one output", AutoLoss, []T{0}, Targets[T]{Labels: []int{1}}, math.Ln2, []float64{-0.5}},
		{"binary, right", BinaryCrossEntropy, []T{T(huge), T(-huge)}, values(1, 0), 0, []float64{0, 0}},
		{"binary, wrong", BinaryCrossEntropy, []T{T(huge)}, values(0), float64(T(huge)), []float64{1}},
		{"binary, nearly sure", BinaryCrossEntropy, []T{30}, values(1), math.Log1p(math.Exp(-30)), []float64{-math.Exp(-30)}},
		{"binary class", BinaryCrossEntropy, []T{2, -1}, Targets[T]{Labels: []int{0}}, math.Log1p(math.Exp(-2)) + math.Log1p(math.Exp(-1)), []float64{1/(1+math.Exp(-2)) - 1, 1 / (1 + math.E)}},
	} {
		g := mat.New[T](1, len(c.y))
		got := EvalLoss(c.loss, g, mat.Of(1, len(c.y), c.y), c.t)
		if math.Abs(got-c.want) > 1e-6*math.Abs(c.want) {
			t.Errorf("%s: loss %g, want %g", c.name, got, c.want)
		}
		for j, want := range c.grad {
			// p − 1 rounds to units of 1, so the gradient's error is absolute.
			if d := math.Abs(float64(g.At(0, j)) - want); !(d <= 1.5e-7) {
				t.Errorf("%s: gradient %d is %g, want %g", c.name, j, g.At(0, j), want)
			}
		}
	}
}

func TestLossValues(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testLossValues[float32])
		t.Run("float64", testLossValues[float64])
	})
}

// The mean over rows, and its gradient, do not depend on whether rows come together.
func TestLossIsMeanOfRows(t *testing.T) {
	y, g, one := random[float64](1, 5, 3), mat.New[float64](5, 3), mat.New[float64](1, 3)
	labels := []int{0, 2, 1, 1, 0}
	all, sum := EvalLoss(CrossEntropy, g, y, Targets[float64]{Labels: labels}), 0.0
	for i := range 5 {
		sum += EvalLoss(CrossEntropy, one, y.View(i, 0, 1, 3), Targets[float64]{Labels: labels[i : i+1]})
		for j := range 3 {
			if d := math.Abs(g.At(i, j) - one.At(0, j)/5); d > 1e-16 {
				t.Errorf("gradient (%d, %d): %g alone %g", i, j, g.At(i, j), one.At(0, j)/5)
			}
		}
	}
	if math.Abs(all-sum/5) > 1e-15 {
		t.Errorf("loss %g, mean of rows %g", all, sum/5)
	}
}

func TestParseLoss(t *testing.T) {
	for _, l := range []Loss{AutoLoss, SquaredError, CrossEntropy, BinaryCrossEntropy} {
		if got, err := ParseLoss(l.String()); got != l || err != nil {
			t.Errorf("%v: parsed %v, %v", l, got, err)
		}
	}
	if _, err := ParseLoss("hinge"); err == nil {
		t.Error("a loss called hinge")
	}
}

// The name of a loss comes back as it.
func TestLossNames(t *testing.T) {
	for _, l := range []Loss{AutoLoss, SquaredError, CrossEntropy, BinaryCrossEntropy} {
		text, err := l.MarshalText()
		var back Loss
		if err != nil || back.UnmarshalText(text) != nil || back != l || string(text) != l.String() {
			t.Errorf("%v: %q, %v, %v", l, text, back, err)
		}
	}
	if _, err := Loss(4).MarshalText(); !errors.Is(err, mat.ErrRange) {
		t.Errorf("loss 4: %v", err)
	}
	if err := new(Loss).UnmarshalText([]byte("logistic")); !errors.Is(err, mat.ErrRange) {
		t.Errorf("an unknown name: %v", err)
	}
}
