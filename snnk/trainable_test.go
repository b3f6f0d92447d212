package snnk

import (
	"errors"
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

// phis are features of every kind, for d inputs.
func phis[T asm.Float](t testing.TB, m, d int) []Phi[T] {
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 2, M: m, D: d}
	list := []Phi[T]{
		NewFeatures(gradientMap[T](t, urf.ReLU{Projection: p, Bias: 1, Scale: 0.5})),
		NewFeatures(gradientMap[T](t, urf.Fourier{Projection: p, Pairs: true, Scale: 0.5})),
	}
	for _, s := range []urf.Spec{urf.Fourier{Projection: p, Scale: 0.5}, urf.ArcCos{Projection: p, Order: 1, Bias: 1}, urf.ReLU{Projection: p, Floor: 0.3}} {
		d, err := NewDiagonals[T]("phi", s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

func TestKernelGradients(t *testing.T) {
	for _, phi := range phis[float64](t, 11, 5) {
		t.Run(phi.Map().Spec(), func(t *testing.T) {
			x := random[float64](4, 3, 5)
			shake[float64](phi, 3)
			checkGradients(t, phi, x, 1e-5)
			k := NewTrainableLayer("psi", phi, 3)
			shake[float64](k, 4)
			checkGradients(t, k, x, 1e-5)
			deep := NewSequence[float64](NewLinear[float64]("0", 4, 5, activation(t, "tanh"), rng.New(1)), k, NewElementwise[float64](3, activation(t, "gelu")))
			checkGradients(t, deep, random[float64](5, 3, 4), 1e-5)
		})
	}
}

// A layer for inference has the outputs of the module, bit for bit, and its own numbers:
// training goes on without changing it. The way back keeps the bits as well.
func testKernelLayer[T asm.Float](t *testing.T) {
	for _, phi := range phis[T](t, 20, 6) {
		k := NewTrainableLayer("psi", phi, 3)
		shake[T](k, 4)
		x := random[T](5, 30, 6)
		want := k.Forward(nil, x).Clone()
		l := k.Layer()
		if got, want := l.Params(), ParamCount[T](k); got != want {
			t.Errorf("the layer has %d parameters, the module %d", got, want)
		}
		again, err := TrainableLayerOf("k", l)
		if err != nil {
			t.Fatal(err)
		}
		shake[T](k, 6)
		sameBits(t, "layer", l.Forward(nil, x, nil), want)
		sameBits(t, "module of the layer", again.Forward(nil, x), want)
		shake[T](again, 7)
		sameBits(t, "layer", l.Forward(nil, x, nil), want)
	}
}

func TestKernelLayer(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testKernelLayer[float32])
		t.Run("float64", testKernelLayer[float64])
	})
}

func TestKernelOfMaclaurin(t *testing.T) {
	phi, err := urf.New[float32](urf.Maclaurin{Projection: ortho.Spec{M: 8, D: 3}, Coefficients: []float64{0, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TrainableLayerOf("k", New(phi, mat.New[float32](1, phi.Out()), nil)); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("error %v", err)
	}
	if _, err := NewDiagonals[float32]("d", urf.ReLU{}); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("error %v", err)
	}
}

// What is frozen gets no gradient, and a kernel whose features are frozen does not go
// back through them.
func TestKernelFrozen(t *testing.T) {
	for _, phi := range phis[float32](t, 20, 6) {
		k := NewTrainableLayer("psi", phi, 3)
		shake[float32](k, 4)
		x, dy := random[float32](5, 7, 6), random[float32](6, 7, 3)
		for i, p := range k.Params() {
			Freeze(k.Params(), false)
			p.Frozen = true
			k.Forward(nil, x)
			ZeroGrads(k.Params())
			k.Backward(nil, dy, false)
			for j, q := range k.Params() {
				if zero := asm.SumSquares(q.Grad.Data()) == 0; zero != (i == j) {
					t.Errorf("%s is frozen; the gradient of %s is zero: %v", p.Name, q.Name, zero)
				}
			}
		}
		Freeze(phi.Params(), true)
		k.Forward(nil, x)
		if dx := k.Backward(nil, dy, false); dx != nil || k.psi.dx.Last() != nil && len(phi.Params()) == 0 {
			t.Error("the gradient went through frozen features")
		}
	}
}

func TestKernelsDoNotAllocate(t *testing.T) {
	for _, phi := range phis[float32](t, 20, 6) {
		k := NewTrainableLayer("psi", phi, 3)
		x, dy := random[float32](5, 20, 6), random[float32](6, 20, 3)
		kerneltest.NoAllocs(t, phi.Map().Spec(), func() {
			k.Forward(nil, x)
			k.Backward(nil, dy, true)
		})
	}
}

// cosineNet is a small dense network with cosines, which features can stand for.
func cosineNet(t testing.TB, d int) *Sequence[float64] {
	first := NewLinear[float64]("0", d, 7, activation(t, "cos"), rng.New(1))
	asm.Scale(first.weight.Value.Data(), first.weight.Value.Data(), 0.5)
	rng.Uniform(rng.New(2), first.bias.Value.Row(0), 0)
	return NewSequence[float64](first, NewLinear[float64]("1", 7, 2, urf.Activation{}, rng.New(3)))
}

func meanSquare(a, b *mat.Dense[float64]) float64 {
	d := a.Clone()
	asm.Axpy(d.Data(), -1, b.Data())
	return asm.SumSquares(d.Data()) / asm.SumSquares(b.Data())
}

// A layer is replaced by its two towers or by least squares: with enough features the
// network's outputs stay near, and the modules that were not replaced are the same.
func TestReplace(t *testing.T) {
	spectrum, _, err := urf.ExactSpectrum("cos", 1)
	if err != nil {
		t.Fatal(err)
	}
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 4, M: 512, D: 6}
	net, x := cosineNet(t, 6), random[float64](5, 400, 6)
	asm.Scale(x.Data(), x.Data(), 0.4)
	want := net.Forward(nil, x).Clone()
	for _, c := range []struct {
		name string
		run  func() (*Sequence[float64], error)
		most float64
	}{
		{"weights", func() (*Sequence[float64], error) {
			return ReplaceByWeights(net, 0, "k", Phi[float64](NewFeatures(gradientMap[float64](t, urf.URF{Projection: p, Spectrum: spectrum, Angle: 0.5}))))
		}, 0.1},
		{"refit", func() (*Sequence[float64], error) {
			return ReplaceByRefit(t.Context(), net, 0, "k", Phi[float64](NewFeatures(gradientMap[float64](t, urf.Fourier{Projection: p, Scale: 0.4}))), x, 1e-8)
		}, 1e-2},
	} {
		got, err := c.run()
		if err != nil {
			t.Fatal(err)
		}
		if e := meanSquare(got.Forward(nil, x), want); !(e < c.most) {
			t.Errorf("%s: relative error %.3g of the outputs, want below %g", c.name, e, c.most)
		}
		if got.Modules()[1] != net.Modules()[1] || net.Modules()[0] == got.Modules()[0] {
			t.Errorf("%s: the wrong module was replaced", c.name)
		}
		// A few steps of gradient descent, with the head frozen, make the outputs nearer.
		Freeze(got.Modules()[1].Params(), true)
		before := meanSquare(got.Forward(nil, x), want)
		for range 20 {
			y := got.Forward(nil, x)
			dy := y.Clone()
			asm.Axpy(dy.Data(), -1, want.Data())
			ZeroGrads(got.Params())
			got.Backward(nil, dy, false)
			for _, p := range got.Params() {
				if !p.Frozen {
					asm.Axpy(p.Value.Data(), -1e-4, p.Grad.Data())
				}
			}
		}
		if after := meanSquare(got.Forward(nil, x), want); !(after < before) {
			t.Errorf("%s: relative error %.3g after training, %.3g before", c.name, after, before)
		}
		Freeze(got.Modules()[1].Params(), false)
		sameBits(t, "the network that was replaced", net.Forward(nil, x), want)
	}
}

func TestReplaceErrors(t *testing.T) {
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 4, M: 8, D: 6}
	net := cosineNet(t, 6)
	relu := NewFeatures(gradientMap[float64](t, urf.ReLU{Projection: p}))
	if _, err := ReplaceByWeights(net, 0, "k", Phi[float64](relu)); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("biases: error %v", err)
	}
	if _, err := ReplaceByWeights(net, 0, "k", Phi[float64](NewFeatures(gradientMap[float64](t, urf.Fourier{Projection: p})))); !errors.Is(err, urf.ErrSpec) {
		t.Errorf("one tower: error %v", err)
	}
	x := random[float64](1, 9, 6)
	x.Set(3, 3, math.NaN())
	if _, err := ReplaceByRefit(t.Context(), net, 0, "k", Phi[float64](NewFeatures(gradientMap[float64](t, urf.Fourier{Projection: p}))), x, 1); !errors.Is(err, mat.ErrNotFinite) {
		t.Errorf("NaN: error %v", err)
	}
	clear(net.modules[0].(*Linear[float64]).bias.Value.Row(0))
	if _, err := ReplaceByWeights(net, 0, "k", Phi[float64](relu)); err != nil {
		t.Errorf("no biases: %v", err)
	}
	for name, f := range map[string]func(){
		"no module": func() { _, _ = ReplaceByWeights(net, 2, "k", Phi[float64](relu)) },
		"width":     func() { _, _ = ReplaceByWeights(net, 1, "k", Phi[float64](relu)) },
		"not dense": func() {
			_, _ = ReplaceByWeights(NewSequence[float64](NewElementwise[float64](6, urf.Activation{})), 0, "k", Phi[float64](relu))
		},
	} {
		t.Run(name, func(t *testing.T) { misuse.Panics(t, "snnk.", f) })
	}
}
