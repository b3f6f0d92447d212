package bundle

import (
	"fmt"
	"testing"

	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// wideNetwork is a ReLU network of the given widths with random weights.
func wideNetwork(b *testing.B, act string, widths ...int) *Network[float32] {
	b.Helper()
	f, err := urf.ActivationByName(act)
	if err != nil {
		b.Fatal(err)
	}
	var stages []Stage[float32]
	for i := 1; i < len(widths); i++ {
		if i == len(widths)-1 && i > 1 {
			f = urf.Activation{}
		}
		w := random[float32](uint64(i), widths[i], widths[i-1])
		for j := range w.Data() {
			w.Data()[j] *= 0.05
		}
		stages = append(stages, NewLinear(w, random[float32](uint64(100+i), 1, widths[i]).Data(), f))
	}
	return NewNetwork(stages...)
}

// bundled has m random features of d inputs and l outputs.
func bundled(b *testing.B, kind string, d, m, l int) *Network[float32] {
	b.Helper()
	g := ortho.Spec{Kind: ortho.Hadamard, M: m, D: d}
	var spec urf.Spec = urf.Fourier{Projection: g, Scale: 0.05}
	if kind == "relu" {
		spec = urf.ArcCos{Projection: g, Order: 1, Scale: 0.05, Bias: 1}
	}
	phi, err := urf.New[float32](spec)
	if err != nil {
		b.Fatal(err)
	}
	return NewNetwork[float32](NewFeatures(phi), NewLinear(random[float32](9, l, phi.Out()), make([]float32, l), urf.Activation{}))
}

// Inference: a dense network, and what bundles it.
func BenchmarkForward(b *testing.B) {
	for _, c := range []struct {
		name    string
		net     *Network[float32]
		batches []int
	}{
		{"net=dense-784-512-512-10", wideNetwork(b, "relu", 784, 512, 512, 10), []int{1, 256}},
		{"net=bundle-784-2048cos-10", bundled(b, "cos", 784, 2048, 10), []int{1, 256}},
		{"net=bundle-784-2048relu-10", bundled(b, "relu", 784, 2048, 10), []int{1, 256}},
		{"net=dense-768-3072-gelu", wideNetwork(b, "gelu", 768, 3072), []int{1, 32, 512}},
	} {
		for _, n := range c.batches {
			b.Run(fmt.Sprintf("%s/batch=%d", c.name, n), func(b *testing.B) {
				x, dst, ws := random[float32](1, n, c.net.In()), mat.New[float32](n, c.net.Out()), &Workspace[float32]{}
				b.ReportAllocs()
				for b.Loop() {
					c.net.Forward(dst, x, ws)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/sample")
				b.ReportMetric(float64(c.net.Params()), "params")
			})
		}
	}
}
