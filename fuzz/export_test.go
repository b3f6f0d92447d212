package fuzz

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/bundle/export"
	"nnk/internal/onnx"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// numbers returns n of size up to 8.
func numbers(r *reader, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(int8(r.byte())) / 16
	}
	return v
}

// someStage makes a stage that reads in columns.
func someStage(r *reader, in int) bundle.Stage[float64] {
	out := 1 + int(r.byte()%6)
	names := urf.ActivationNames()
	act, err := urf.ActivationByName(names[int(r.byte())%len(names)])
	if err != nil {
		panic(err)
	}
	linear := func() *bundle.Linear[float64] {
		var bias []float64
		if r.byte()%4 > 0 {
			bias = numbers(r, out)
		}
		return bundle.NewLinear(mat.Of(out, in, numbers(r, out*in)), bias, act)
	}
	switch r.byte() % 10 {
	case 0:
		return bundle.NewElementwise[float64](in, act)
	case 1:
		return bundle.NewLayerNorm(numbers(r, in), numbers(r, in), 1.0/64)
	case 2:
		return bundle.NewPReLU(numbers(r, in))
	case 3:
		return bundle.NewSoftmax[float64](in, r.byte()%2 == 0)
	case 4:
		return bundle.NewScale[float64](numbers(r, in), numbers(r, in))
	case 5, 6:
		m := someMap(r, in)
		if r.byte()%2 == 0 {
			return bundle.NewFeatures(m)
		}
		return snnk.New(m, mat.Of(out, m.Out(), numbers(r, out*m.Out())), nil)
	case 7:
		l := linear()
		return bundle.NewHybrid(l, someMap(r, in))
	}
	return linear()
}

// someMap makes features of every kind.
func someMap(r *reader, in int) urf.Map[float64] {
	p := ortho.Spec{Kind: ortho.Kind(r.byte() % 2), Seed: uint64(r.byte()), M: 4 + int(r.byte()%8), D: in}
	if r.byte()%2 == 0 {
		p.Kind = ortho.Hadamard
	}
	specs := []urf.Spec{
		urf.Fourier{Projection: p, Scale: 0.25, Kernel: urf.Kernel(r.byte() % 2), Pairs: r.byte()%2 == 0, Constant: r.byte()%2 == 0},
		urf.Fourier{Projection: p, Linear: []int{0}, Slope: 0.5},
		urf.ArcCos{Projection: p, Order: int(r.byte() % 3), Bias: 1},
		urf.ReLU{Projection: p, Floor: float64(r.byte()%3) / 2, Slope: float64(r.byte()%2) / 8, Bias: float64(r.byte() % 2)},
		urf.Maclaurin{Projection: p, Coefficients: []float64{1, 0.5, 0.25, 0.125}},
		urf.SoftmaxKernel{Projection: p},
	}
	m, err := urf.New[float64](specs[int(r.byte())%len(specs)])
	if err != nil { // a kernel that wants other rows
		if m, err = urf.New[float64](urf.Fourier{Projection: p}); err != nil {
			panic(err)
		}
	}
	return m
}

// FuzzExport: a model of any stages is exported as a graph whose constants can be loaded. It is read back as what it was, or
// refused as a kind of network that is not understood.
func FuzzExport(f *testing.F) {
	for seed := range 24 {
		b := make([]byte, 96)
		for i := range b {
			b[i] = byte(uint32(seed*131+i*i*17+i*7) * 2654435761 >> 13)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &reader{b}
		in := 1 + int(r.byte()%6)
		var stages []bundle.Stage[float64]
		for width := in; len(stages) <= int(r.byte()%4); width = stages[len(stages)-1].Out() {
			stages = append(stages, someStage(r, width))
		}
		net := bundle.NewNetwork(stages...)
		var file bytes.Buffer
		if _, err := export.ONNX(&file, &bundle.Model[float64]{Network: net, Task: bundle.Outputs}); err != nil {
			t.Fatal(err)
		}
		m, err := onnx.Parse(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.Graph.Constants {
			if _, err := m.Graph.Constants[i].Load(nil); err != nil {
				t.Fatal(err)
			}
		}
		c, err := checkpoint.Read[float64](bytes.NewReader(file.Bytes()), int64(file.Len()), checkpoint.Options{})
		if errors.Is(err, bundle.ErrFormat) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		x := mat.Of(3, in, numbers(r, 3*in))
		largest, h := 1.0, x
		for _, s := range stages {
			h = s.Forward(nil, h, nil)
			for _, v := range h.Clone().Data() {
				largest = max(largest, math.Abs(v))
			}
		}
		if !(largest < 1e6) { // rounding in one stage is then anything after the next
			return
		}
		got := c.Network.Forward(nil, x, nil)
		for i := range h.Rows() {
			for j, v := range h.Row(i) {
				if e := math.Abs(got.At(i, j) - v); !(e <= 1e-3*largest) {
					t.Fatalf("output %d of row %d is %v, was %v\n%s", j, i, got.At(i, j), v, c)
				}
			}
		}
	})
}
