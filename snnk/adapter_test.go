package snnk

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/urf"
)

func gradientMap[T asm.Float](t testing.TB, s urf.Spec) urf.Gradient[T] {
	t.Helper()
	m, err := urf.New[T](s)
	if err != nil {
		t.Fatal(err)
	}
	return m.(urf.Gradient[T])
}

// adapters returns one of every kind, for d inputs.
func adapters[T asm.Float](t testing.TB, d int) map[string]Module[T] {
	sine, _, err := urf.ExactSpectrum("sin", 0.7)
	if err != nil {
		t.Fatal(err)
	}
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 2, M: 11, D: d}
	list := map[string]Module[T]{
		"bottleneck": NewBottleneck[T]("a", d, 3, activation(t, "gelu"), rng.New(1)),
		"lora":       NewLoRA("a", LinearOf("w", random[T](5, d, d), random[T](6, 1, d).Data(), urf.Activation{}), 2, 0.5, rng.New(2)),
		"lora/gelu":  NewLoRA("a", NewLinear[T]("w", d, d+3, activation(t, "gelu"), rng.New(3)), 2, 3, rng.New(2)),
		"lora/relu":  NewLoRA("a", LinearOf("w", random[T](5, d, d), nil, activation(t, "relu")), 2, 1, rng.New(2)),
	}
	for _, s := range []urf.Spec{
		urf.ReLU{Projection: p, Floor: 0.1, Scale: 0.5, Bias: 1},
		urf.Fourier{Projection: p, Scale: 0.4},
		urf.Fourier{Projection: p, Scale: 0.4, Pairs: true},
		urf.URF{Projection: p, Spectrum: sine, Angle: 0.5},
	} {
		for _, o := range []AdapterOptions{
			{}, {Width: 3, Bias: true}, {Width: 4, NormBefore: true, NormAfter: true, Bias: true}, {NormAfter: true, FrozenPsi: true},
			{Form: Modulation, Bias: true}, {Form: Modulation, FrozenPsi: true, NormBefore: true}, {Form: Modulation, NormAfter: true},
		} {
			o.Seed = 7
			list[fmt.Sprintf("%v%+v", s, o)] = NewAdapter[T]("a", NewFeatures(gradientMap[T](t, s)), o)
		}
	}
	return list
}

func names[T any](m map[string]T) []string {
	var list []string
	for name := range m {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func TestAdapterGradients(t *testing.T) {
	list := adapters[float64](t, 5)
	for _, name := range names(list) {
		t.Run(name, func(t *testing.T) {
			m := list[name]
			for _, p := range m.Params() {
				p.Frozen = false
			}
			if l, ok := m.(*LoRA[float64]); ok {
				for _, p := range l.base.params {
					p.Frozen = true
				}
			}
			shakeTrained(m, 3)
			x := random[float64](4, 3, 5)
			checkGradients(t, trainedOnly{m}, x, 1e-5)
		})
	}
}

// trainedOnly hides the frozen parameters, which get no gradient.
type trainedOnly struct{ Module[float64] }

func (m trainedOnly) Params() []*Param[float64] {
	return slices.DeleteFunc(slices.Clone(m.Module.Params()), func(p *Param[float64]) bool { return p.Frozen })
}

func shakeTrained(m Module[float64], seed uint64) { shake[float64](trainedOnly{m}, seed) }

// An adapter that was not trained yet changes no bit, not even of −0, and each
// parameter moves after one step of the ones that move first.
func testIdentity[T asm.Float](t *testing.T) {
	list := adapters[T](t, 6)
	for _, name := range names(list) {
		m, x := list[name], random[T](3, 9, 6)
		x.Set(0, 0, T(math.Copysign(0, -1)))
		x.Set(1, 3, 0)
		x.Set(2, 2, -30)
		want := x
		if l, ok := m.(*LoRA[T]); ok {
			want = LinearOf("w", l.base.weight.Value, nil, l.base.act).Forward(nil, x)
			if l.base.bias != nil {
				want = LinearOf("w", l.base.weight.Value, l.base.bias.Value.Row(0), l.base.act).Forward(nil, x)
			}
		}
		got := m.Forward(nil, x)
		sameBits(t, name, got, want)
		for step := range 3 {
			m.Forward(nil, x)
			ZeroGrads(m.Params())
			m.Backward(nil, random[T](8, 9, m.Out()), true)
			for _, p := range m.Params() {
				moved := asm.SumSquares(p.Grad.Data()) != 0
				if p.Frozen && moved {
					t.Errorf("%s: frozen %s has a gradient", name, p.Name)
				}
				if !p.Frozen && !moved && step == 2 {
					t.Errorf("%s: %s has no gradient after two steps", name, p.Name)
				}
				if !p.Frozen {
					asm.Axpy(p.Value.Data(), -0.1, p.Grad.Data())
				}
			}
		}
	}
}

func TestAdaptersStartAsIdentity(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testIdentity[float32])
		t.Run("float64", testIdentity[float64])
	})
}

func TestAdapterParams(t *testing.T) {
	features := func() Module[float32] {
		return NewFeatures(gradientMap[float32](t, urf.ReLU{Projection: ortho.Spec{M: 16, D: 64}}))
	}
	for _, c := range []struct {
		name string
		m    Module[float32]
		want int
	}{
		{"up from the features", NewAdapter("a", features(), AdapterOptions{}), 16 * 64},
		{"up from 8", NewAdapter("a", features(), AdapterOptions{Width: 8, Bias: true}), 16*8 + 8*64 + 64},
		{"norms", NewAdapter("a", features(), AdapterOptions{NormBefore: true, NormAfter: true}), 16*64 + 2*64 + 2*16},
		{"modulation", NewAdapter("a", features(), AdapterOptions{Form: Modulation, Bias: true}), 64*16 + 64 + 64},
		{"modulation of frozen Ψ", NewAdapter("a", features(), AdapterOptions{Form: Modulation, FrozenPsi: true}), 64},
		{"bottleneck", NewBottleneck[float32]("a", 64, 4, activation(t, "relu"), rng.New(1)), 2*64*4 + 4 + 64},
		{"lora", NewLoRA("a", NewLinear[float32]("w", 64, 32, urf.Activation{}, rng.New(1)), 2, 1, rng.New(2)), 2 * (64 + 32)},
	} {
		if got := ParamCount(c.m); got != c.want {
			t.Errorf("%s: %d trained parameters, want %d", c.name, got, c.want)
		}
		if name := repeated(c.m.Params()); name != "" {
			t.Errorf("%s: two parameters are called %s", c.name, name)
		}
	}
}

// A merged correction gives the outputs of the layer with it, up to rounding.
func TestLoRAMerge(t *testing.T) {
	l := NewLoRA("a", LinearOf("w", random[float64](1, 4, 6), random[float64](2, 1, 4).Data(), activation(t, "silu")), 2, 0.5, rng.New(3))
	shakeTrained(l, 4)
	x := random[float64](5, 7, 6)
	got, want := l.Merge("w").Forward(nil, x), l.Forward(nil, x)
	for i, v := range want.Data() {
		if math.Abs(got.Data()[i]-v) > 1e-14*(1+math.Abs(v)) {
			t.Fatalf("output %d is %v, want %v", i, got.Data()[i], v)
		}
	}
}

// What comes back from a module does not depend on the batch: a row alone has the
// same bits.
func TestAdapterRows(t *testing.T) {
	list := adapters[float32](t, 6)
	for _, name := range names(list) {
		m, x := list[name], random[float32](3, 40, 6)
		for k, p := range m.Params() {
			rng.Normal(rng.New(9).Sub(uint64(k)), p.Value.Data(), 0)
		}
		dy := random[float32](4, 40, m.Out())
		y, dx := m.Forward(nil, x).Clone(), m.Backward(nil, dy, true).Clone()
		for i := range 40 {
			sameBits(t, name, m.Forward(nil, x.View(i, 0, 1, 6)), y.View(i, 0, 1, m.Out()))
			sameBits(t, name, m.Backward(nil, dy.View(i, 0, 1, m.Out()), true), dx.View(i, 0, 1, 6))
		}
	}
}

func TestAdaptersDoNotAllocate(t *testing.T) {
	list := adapters[float32](t, 6)
	for _, name := range names(list) {
		m, x := list[name], random[float32](3, 20, 6)
		dy := random[float32](4, 20, m.Out())
		kerneltest.NoAllocs(t, name, func() {
			m.Forward(nil, x)
			m.Backward(nil, dy, true)
		})
	}
}

func TestAdapterPanics(t *testing.T) {
	a := NewAdapter[float32]("a", NewFeatures(gradientMap[float32](t, urf.ReLU{Projection: ortho.Spec{M: 4, D: 3}})), AdapterOptions{})
	l := NewLoRA("a", NewLinear[float32]("w", 3, 2, urf.Activation{}, rng.New(1)), 1, 1, rng.New(2))
	a.Forward(nil, mat.New[float32](2, 3))
	l.Forward(nil, mat.New[float32](2, 3))
	for name, f := range map[string]func(){
		"x":       func() { a.Forward(nil, mat.New[float32](2, 4)) },
		"dst":     func() { a.Forward(mat.New[float32](3, 3), mat.New[float32](2, 3)) },
		"dy":      func() { a.Backward(nil, mat.New[float32](3, 3), true) },
		"dx":      func() { a.Backward(mat.New[float32](2, 4), mat.New[float32](2, 3), true) },
		"rank":    func() { NewLoRA("a", l.base, 0, 1, rng.New(2)) },
		"lora x":  func() { l.Forward(nil, mat.New[float32](2, 4)) },
		"lora dy": func() { l.Backward(nil, mat.New[float32](2, 3), true) },
		"features": func() {
			NewFeatures(gradientMap[float32](t, urf.ReLU{Projection: ortho.Spec{M: 4, D: 3}})).Backward(nil, mat.New[float32](2, 4), true)
		},
	} {
		t.Run(name, func(t *testing.T) { misuse.Panics(t, "snnk.", f) })
	}
}
