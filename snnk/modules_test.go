package snnk

import (
	"fmt"
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk/gradcheck"
	"nnk/urf"
)

func activation(t testing.TB, name string) urf.Activation {
	t.Helper()
	a, err := urf.ActivationByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// tensors are the parameters of m for package gradcheck.
func tensors(m Module[float64]) []gradcheck.Tensor {
	var list []gradcheck.Tensor
	for _, p := range m.Params() {
		list = append(list, gradcheck.Tensor{Name: p.Name, Value: p.Value, Grad: p.Grad})
	}
	return list
}

// checkGradients compares all gradients of m at x with differences of step h.
func checkGradients(t testing.TB, m Module[float64], x *mat.Dense[float64], h float64) {
	t.Helper()
	gradcheck.Gradients(t, gradcheck.Map{
		Forward:  func(x *mat.Dense[float64]) *mat.Dense[float64] { return m.Forward(nil, x) },
		Backward: func(dy *mat.Dense[float64]) *mat.Dense[float64] { return m.Backward(nil, dy, true) },
		Params:   tensors(m),
	}, x, h)
}

// shake gives every parameter a random value, so that no term of a gradient is hidden by
// zeros and ones.
func shake[T asm.Float](m Module[T], seed uint64) {
	for k, p := range m.Params() {
		rng.Normal(rng.New(seed).Sub(uint64(k)), p.Value.Data(), 0)
		asm.Scale(p.Value.Data(), p.Value.Data(), 0.5)
	}
}

// Every module by itself; inputs and parameters are random, so that ReLU's kinks are
// farther than 2h from every value (a value nearer would fail the check).
func TestGradients(t *testing.T) {
	for _, name := range urf.ActivationNames() {
		act := activation(t, name)
		t.Run("Activation/"+name, func(t *testing.T) { checkGradients(t, NewElementwise[float64](5, act), random[float64](1, 4, 5), 0) })
		for _, n := range []int{3, 40} { // both ways of the product
			l := NewLinear[float64]("0", 5, 4, act, rng.New(2))
			shake(l, 3)
			t.Run(fmt.Sprintf("Linear/%s/%d", name, n), func(t *testing.T) { checkGradients(t, l, random[float64](uint64(n), n, 5), 1e-5) })
		}
	}
	t.Run("Linear/unbiased", func(t *testing.T) {
		checkGradients(t, LinearOf("0", random[float64](4, 3, 6), nil, urf.Activation{}), random[float64](5, 7, 6), 0)
	})
	norm := NewLayerNorm[float64]("0", 6)
	shake(norm, 6)
	t.Run("LayerNorm", func(t *testing.T) { checkGradients(t, norm, random[float64](7, 4, 6), 1e-4) })
	deep := NewSequence(
		NewLayerNorm[float64]("0", 4),
		NewResidual(NewSequence(NewLinear[float64]("1", 4, 7, activation(t, "tanh"), rng.New(8)), NewLinear[float64]("2", 7, 4, urf.Activation{}, rng.New(9)))),
		NewElementwise[float64](4, activation(t, "gelu")),
		NewLinear[float64]("3", 4, 2, activation(t, "sigmoid"), rng.New(10)))
	shake(deep, 11)
	t.Run("Sequence", func(t *testing.T) { checkGradients(t, deep, random[float64](12, 5, 4), 1e-4) })
}

// At a kink the gradient is the derivative to the left.
func TestGradientAtKink(t *testing.T) {
	for _, name := range []string{"relu", "leaky-relu"} {
		m, x, dy := NewElementwise[float64](1, activation(t, name)), mat.Of(1, 1, []float64{0}), mat.Of(1, 1, []float64{1})
		m.Forward(nil, x)
		g := m.Backward(nil, dy, true)
		gradcheck.CompareOneSided(t, func() float64 { return m.Forward(nil, x).At(0, 0) }, -1e-3, gradcheck.Tensor{Name: name, Value: x, Grad: g})
	}
}

// The two ways to form x·Wᵀ have the same bits, with and without fused activation those
// of the parts.
func testLinear[T asm.Float](t *testing.T) {
	w, b := random[T](1, 9, 6), random[T](2, 1, 9).Data()
	for _, name := range []string{"none", "relu", "gelu"} {
		act := activation(t, name)
		l := LinearOf("0", w, b, act)
		if l.In() != 6 || l.Out() != 9 || ParamCount[T](l) != 63 {
			t.Errorf("%d inputs, %d outputs, %d parameters", l.In(), l.Out(), ParamCount[T](l))
		}
		for _, n := range []int{1, 3, 4, 50} {
			x := random[T](3, n, 6)
			want := mat.MulT(nil, x, w)
			for i := range n {
				asm.Add(want.Row(i), want.Row(i), b)
				urf.Eval(act, want.Row(i), want.Row(i))
			}
			got := l.Forward(mat.New[T](n, 9), x)
			sameBits(t, fmt.Sprintf("%s, %d rows", name, n), got, want)
		}
	}
}

func sameBits[T asm.Float](t testing.TB, what string, got, want *mat.Dense[T]) {
	t.Helper()
	for i := range want.Rows() {
		for j, v := range want.Row(i) {
			if math.Float64bits(float64(got.At(i, j))) != math.Float64bits(float64(v)) {
				t.Errorf("%s: element (%d, %d) is %x, want %x", what, i, j, float64(got.At(i, j)), float64(v))
				return
			}
		}
	}
}

func TestLinear(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testLinear[float32])
		t.Run("float64", testLinear[float64])
	})
}

// Normalised rows have mean 0 and mean square 1; a constant row gives β.
func TestLayerNorm(t *testing.T) {
	n := NewLayerNorm[float64]("norm", 50)
	x := random[float64](1, 3, 50)
	for j := range 50 {
		x.Set(0, j, 7)
		x.Set(1, j, 1e6+x.At(1, j))
	}
	y := n.Forward(nil, x)
	for i := range 3 {
		mean, square := asm.Sum(y.Row(i))/50, asm.SumSquares(y.Row(i))/50
		if want := min(float64(i), 1); math.Abs(mean) > 1e-9 || math.Abs(square-want) > 1e-4 {
			t.Errorf("row %d: mean %g, mean square %g, want 0 and %g", i, mean, square, want)
		}
	}
}

// A sequence goes back no farther than to the first parameter that is trained.
func TestFrozen(t *testing.T) {
	body, head := NewLinear[float64]("body", 4, 5, activation(t, "relu"), rng.New(1)), NewLinear[float64]("head", 5, 2, urf.Activation{}, rng.New(2))
	s, x, dy := NewSequence[float64](body, head), random[float64](3, 6, 4), random[float64](4, 6, 2)
	for _, p := range body.Params() {
		p.Frozen = true
	}
	if n := ParamCount[float64](s); n != 12 {
		t.Errorf("%d parameters are trained, want 12", n)
	}
	s.Forward(nil, x)
	if dx := s.Backward(nil, dy, false); dx != nil || body.grad.Last() != nil {
		t.Error("the gradient went through frozen modules")
	}
	if asm.SumSquares(body.Weight().Grad.Data()) != 0 || asm.SumSquares(head.Weight().Grad.Data()) == 0 {
		t.Error("gradients of a frozen weight, or none of a trained one")
	}
	s.Forward(nil, x)
	if dx := s.Backward(nil, dy, true); dx == nil || dx.Cols() != 4 {
		t.Error("no gradient of the input through frozen modules")
	}
}

func TestInit(t *testing.T) {
	he, xavier := mat.New[float32](200, 100), mat.New[float32](200, 100)
	InitHe(he, rng.New(1))
	InitXavier(xavier, rng.New(1))
	for _, c := range []struct {
		name string
		w    *mat.Dense[float32]
		want float64
	}{{"He", he, 2. / 100}, {"Xavier", xavier, 2. / 300}} {
		// The mean square of 20,000 values is within 5 % with all certainty.
		if got := float64(asm.SumSquares(c.w.Data())) / 20000; math.Abs(got/c.want-1) > 0.05 {
			t.Errorf("%s: variance %g, want %g", c.name, got, c.want)
		}
	}
}

// TestLinearInit: the weights before an activation that rectifies are normal of variance 2/in,
// those before others uniform, below √(6/(in + out)).
func TestLinearInit(t *testing.T) {
	for _, name := range urf.ActivationNames() {
		act := activation(t, name)
		w := NewLinear[float64]("0", 100, 200, act, rng.New(1)).weight.Value
		want := 2. / 300
		if act.Rectifies() {
			want = 2. / 100
		}
		if got := asm.SumSquares(w.Data()) / 20000; math.Abs(got/want-1) > 0.05 {
			t.Errorf("%s: variance %g, want %g", name, got, want)
		}
	}
}

func TestModulePanics(t *testing.T) {
	l := NewLinear[float32]("0", 3, 2, urf.Activation{}, rng.New(1))
	fresh := NewLinear[float32]("0", 3, 2, urf.Activation{}, rng.New(1))
	l.Forward(nil, mat.New[float32](4, 3))
	for name, f := range map[string]func(){
		"bias":     func() { LinearOf("0", mat.New[float32](2, 3), make([]float32, 3), urf.Activation{}) },
		"weights":  func() { LinearOf[float32]("0", nil, nil, urf.Activation{}) },
		"value":    func() { NewParam[float32]("0", nil, true) },
		"module":   func() { NewSequence[float32](l, nil) },
		"width":    func() { l.Forward(nil, mat.New[float32](4, 2)) },
		"dst":      func() { l.Forward(mat.New[float32](3, 2), mat.New[float32](4, 3)) },
		"dy":       func() { l.Backward(nil, mat.New[float32](3, 2), true) },
		"dx":       func() { l.Backward(mat.New[float32](4, 2), mat.New[float32](4, 2), true) },
		"order":    func() { fresh.Backward(nil, mat.New[float32](4, 2), true) },
		"empty":    func() { NewSequence[float32]() },
		"sizes":    func() { NewSequence[float32](l, NewElementwise[float32](3, urf.Activation{})) },
		"names":    func() { NewSequence[float32](NewLayerNorm[float32]("0", 3), l) },
		"residual": func() { NewResidual[float32](l) },
	} {
		t.Run(name, func(t *testing.T) { misuse.Panics(t, "snnk.", f) })
	}
}
