package snnk

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// directed are maps that have directions, for 5 inputs.
func directed() []urf.Spec {
	all := ortho.Spec{Kind: ortho.Hadamard, Seed: 2, M: 11, D: 5}
	some := ortho.Spec{Kind: ortho.Sparse, Seed: 3, M: 40, D: 5, Select: []int{0, 3, 7, 20, 39}}
	return []urf.Spec{
		urf.Fourier{Projection: all, Scale: 0.5},
		urf.Fourier{Projection: some, Kernel: urf.Matern32},
		urf.Fourier{Projection: ortho.Spec{Kind: ortho.IID, M: 7, D: 5}, Kernel: urf.Laplacian, Scale: 0.3},
		urf.ReLU{Projection: all, Bias: 1, Scale: 2},
		urf.ArcCos{Projection: some, Order: 1},
	}
}

// kernelLayer is a layer on the map of s with three outputs.
func kernelLayer[T asm.Float](t testing.TB, s urf.Spec) *Layer[T] {
	m := gradientMap[T](t, s)
	return New[T](m, random[T](8, 3, m.Out()), []T{1, -2, 0.5})
}

// The module starts with the outputs of the layer, but for rounding, and its gradients are right.
func TestDirections(t *testing.T) {
	for _, s := range directed() {
		t.Run(s.String(), func(t *testing.T) {
			l := kernelLayer[float64](t, s)
			m, err := DirectionsOf("0", l)
			if err != nil {
				t.Fatal(err)
			}
			if want := l.Params() + l.Map().Out()*6; ParamCount[float64](m) != want {
				t.Errorf("%d parameters, want %d", ParamCount[float64](m), want)
			}
			x := random[float64](4, 9, 5)
			got, want := m.Forward(nil, x), l.Forward(nil, x, nil)
			for i := range got.Rows() {
				for j, v := range got.Row(i) {
					if e := math.Abs(v - want.At(i, j)); !(e <= 1e-13*(1+math.Abs(v))) {
						t.Fatalf("output %d of row %d is %g, want %g", j, i, v, want.At(i, j))
					}
				}
			}
			shake[float64](m, 5)
			checkGradients(t, m, x, 1e-5)
			if again := l.Forward(nil, x, nil); again.At(0, 0) != want.At(0, 0) {
				t.Error("the layer changes with the module")
			}
		})
	}
}

func TestDirectionsErrors(t *testing.T) {
	p := ortho.Spec{Kind: ortho.Hadamard, M: 4, D: 5}
	for _, s := range []urf.Spec{
		urf.Fourier{Projection: p, Pairs: true}, urf.Fourier{Projection: p, Constant: true}, urf.Fourier{Projection: p, Linear: []int{1}}, urf.ReLU{Projection: p, Slope: 0.1},
		urf.ReLU{Projection: p, Floor: 1}, urf.ArcCos{Projection: p, Order: 2}, urf.ArcCos{Projection: p, Order: 1, Constant: true},
	} {
		if _, err := DirectionsOf("0", kernelLayer[float32](t, s)); !errors.Is(err, urf.ErrSpec) {
			t.Errorf("%v: error %v", s, err)
		}
	}
}

// Training with noise has the same bits with every kernel set, resumed at any step, and others with other noise or another seed.
func TestNoise(t *testing.T) {
	x, y := rings[float32](90)
	train := func(t *testing.T, opt TrainOptions) *mat.Dense[float32] {
		opt.Epochs, opt.Batch, opt.Rate, opt.HeldOut = 3, 16, 1e-2, 0.1
		m, err := DirectionsOf("0", kernelLayer[float32](t, urf.Fourier{Projection: ortho.Spec{M: 20, D: 4}}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Train(t.Context(), m, x, y, opt); err != nil {
			t.Fatal(err)
		}
		return m.Params()[0].Value
	}
	var want *mat.Dense[float32]
	kerneltest.Each(t, func(t *testing.T) {
		got := train(t, TrainOptions{Noise: 0.1})
		if want == nil {
			want = got
		}
		sameBits(t, "weights", got, want)
	})
	for _, opt := range []TrainOptions{{}, {Noise: 0.2}, {Noise: 0.1, Seed: 1}} {
		if bytes.Equal(bits(train(t, opt)), bits(want)) {
			t.Errorf("noise %g and seed %d change nothing", opt.Noise, opt.Seed)
		}
	}
	file := filepath.Join(t.TempDir(), "checkpoint")
	opt := TrainOptions{Noise: 0.1, Epochs: 2, Checkpoint: file, Every: 1}
	whole, cut := small[float64](t), small[float64](t)
	runUntil(t, whole, TrainOptions{Noise: 0.1, Epochs: 2}, 0)
	runUntil(t, cut, opt, 3)
	resumed := small[float64](t)
	runUntil(t, resumed, opt, 0)
	sameBits(t, "resumed", resumed.Params()[0].Value, whole.Params()[0].Value)
	opt.Noise = 0.2
	x64, y64 := rings[float64](50)
	if _, err := Train(t.Context(), small[float64](t), x64, y64, opt); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("a checkpoint of other noise: error %v", err)
	}
	for _, noise := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := Train(t.Context(), small[float64](t), x64, y64, TrainOptions{Noise: noise}); !errors.Is(err, mat.ErrRange) {
			t.Errorf("noise %g: error %v", noise, err)
		}
	}
}

func bits(m *mat.Dense[float32]) []byte {
	var b []byte
	for _, v := range m.Clone().Data() {
		u := math.Float32bits(v)
		b = append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24))
	}
	return b
}
