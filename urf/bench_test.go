package urf_test

import (
	"fmt"
	"testing"

	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/urf"
)

// BenchmarkPhi makes 4096 features of 1024 samples with 784 inputs, float32.
func BenchmarkPhi(b *testing.B) {
	const n, d, m = 1024, 784, 4096
	x := normal[float32](1, n, d)
	for i := range n {
		row := x.Row(i)
		for j := range row {
			row[j] *= 1.0 / 28
		}
	}
	for _, kind := range []ortho.Kind{ortho.IID, ortho.Hadamard} {
		p := ortho.Spec{Kind: kind, Seed: 1, M: m, D: d}
		for _, c := range []struct {
			name string
			spec urf.Spec
		}{
			{"cos", urf.Fourier{Projection: p}},
			{"relu", urf.ReLU{Projection: p}},
			{"softmax", urf.Softmax{Projection: p}},
			{"urf", urf.URF{Projection: p, Spectrum: gaussian(1)}},
		} {
			phi := newMap[float32](b, c.spec)
			dst, ws := mat.New[float32](n, m), new(urf.Workspace[float32])
			kerneltest.Sets(b, func(b *testing.B, kernel string) {
				b.Run(fmt.Sprintf("type=float32/n=%d,d=%d,m=%d/map=%s,projection=%v/kernel=%s", n, d, m, c.name, kind, kernel), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						phi.Phi(dst, x, ws)
					}
				})
			})
		}
	}
}
