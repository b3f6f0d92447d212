package ortho

import (
	"fmt"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
	"nnk/rng"
)

// BenchmarkApply is 1 or 1024 samples of 784 elements to 4096 features.
func BenchmarkApply(b *testing.B) {
	benchmarkApply[float32](b, "float32")
	benchmarkApply[float64](b, "float64")
}

func benchmarkApply[T asm.Float](b *testing.B, name string) {
	kerneltest.Sets(b, func(b *testing.B, kernel string) {
		for _, kind := range []Kind{Hadamard, IID} {
			for _, n := range []int{1, 1024} {
				p, err := New[T](Spec{Kind: kind, Seed: 1, M: 4096, D: 784})
				if err != nil {
					b.Fatal(err)
				}
				x, dst, back := mat.New[T](n, 784), mat.New[T](n, 4096), mat.New[T](n, 784)
				rng.Normal(rng.New(1), x.Data(), 0)
				var ws Workspace[T]
				b.Run(fmt.Sprintf("type=%s/m=%d,k=784,n=4096/kind=%v/kernel=%s", name, n, kind, kernel), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						p.Apply(dst, x, &ws)
					}
				})
				b.Run(fmt.Sprintf("type=%s/m=%d,k=784,n=4096/kind=%v,transposed/kernel=%s", name, n, kind, kernel), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						p.ApplyT(back, dst, &ws)
					}
				})
			}
		}
	})
}

// BenchmarkNew makes a projection of each kind.
func BenchmarkNew(b *testing.B) {
	for kind := range Kind(len(kindNames)) {
		b.Run(fmt.Sprintf("type=float32/m=4096,n=1024/kind=%v", kind), func(b *testing.B) {
			for b.Loop() {
				if _, err := New[float32](Spec{Kind: kind, Seed: 1, M: 4096, D: 1024}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
