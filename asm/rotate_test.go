package asm_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/guardmem"
	"nnk/internal/kerneltest"
)

func TestRotate(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testRotate[float32])
		t.Run("float64", testRotate[float64])
	})
}

// testRotate compares Rotate with the loop of its definition on every length, on
// slices that start anywhere or end at a protected page.
func testRotate[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(20, 21))
	for _, n := range lengths() {
		for variant := range 4 {
			offset := r.IntN(16)
			x, y := make([]T, n+offset)[offset:], make([]T, n+3)[3:]
			if variant >= 2 && n < 300 {
				x, y = guardmem.AtEnd[T](t, n), guardmem.AtEnd[T](t, n)
			}
			random(r, x, variant%2 == 1)
			random(r, y, variant%2 == 1)
			tan, sin := T(r.Float64()), T(2*r.Float64()-1)
			wantX, wantY := make([]T, n), make([]T, n)
			for i := range n {
				v := asm.FMA(-tan, y[i], x[i])
				wantY[i] = asm.FMA(sin, v, y[i])
				wantX[i] = asm.FMA(-tan, wantY[i], v)
			}
			asm.Rotate(x, y, tan, sin)
			for i := range n {
				if !same(x[i], wantX[i]) || !same(y[i], wantY[i]) {
					t.Fatalf("n=%d variant=%d offset=%d: pair %d is (%x, %x), want (%x, %x)", n, variant, offset, i, x[i], y[i], wantX[i], wantY[i])
				}
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a shorter y was accepted")
		}
	}()
	asm.Rotate(make([]T, 3), make([]T, 2), 0, 0)
}

func BenchmarkRotate(b *testing.B) {
	b.Run("type=float32", benchRotate[float32])
	b.Run("type=float64", benchRotate[float64])
}

func benchRotate[T asm.Float](b *testing.B) {
	for _, n := range []int{16, 100, 1024, 65536} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			kerneltest.Sets(b, func(b *testing.B, name string) {
				x, y := make([]T, n), make([]T, n)
				random(rand.New(rand.NewPCG(1, 2)), x, false)
				b.Run("kernel="+name, func(b *testing.B) {
					for b.Loop() {
						asm.Rotate(x, y, 0.25, 0.470588)
					}
					b.ReportMetric(float64(6*n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
				})
			})
		})
	}
}
