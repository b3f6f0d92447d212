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
			{"softmax", urf.SoftmaxKernel{Projection: p}},
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

// BenchmarkDiagonals: features of a seed beside trained diagonals, and the gradients of
// all their numbers for a recorded pass, float32.
func BenchmarkDiagonals(b *testing.B) {
	for _, size := range [][3]int{{128, 64, 256}, {128, 784, 1024}} {
		n, d, m := size[0], size[1], size[2]
		p := ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: m, D: d}
		for _, c := range []struct {
			name string
			spec urf.Spec
		}{{"cos", urf.Fourier{Projection: p, Scale: 0.1}}, {"relu", urf.ReLU{Projection: p, Bias: 1}}} {
			seed, trained := gradient[float32](b, c.spec), newDiagonals[float32](b, c.spec)
			x, dz, dx, z := normal[float32](1, n, d), normal[float32](2, n, m), mat.New[float32](n, d), mat.New[float32](n, m)
			diagonals, bias := trained.Numbers()
			var grads []*mat.Dense[float32]
			for _, v := range diagonals {
				grads = append(grads, mat.New[float32](v.Rows(), v.Cols()))
			}
			db := make([]float32, len(bias))
			var ws urf.Workspace[float32]
			var r urf.Record[float32]
			for _, f := range []struct {
				name string
				run  func()
			}{
				{"seed", func() { seed.Phi(z, x, &ws) }},
				{"trained", func() { trained.Phi(z, x, &ws) }},
				{"seed-backward", func() { seed.Backward(dx, x, dz, &ws) }},
				{"recorded", func() { trained.PhiRecord(z, x, &r) }},
				{"gradients", func() { trained.PhiRecord(z, x, &r); trained.Gradients(dx, dz, &r, grads, db) }},
			} {
				b.Run(fmt.Sprintf("type=float32/n=%d,d=%d,m=%d/map=%s,what=%s", n, d, m, c.name, f.name), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						f.run()
					}
				})
			}
		}
	}
}
