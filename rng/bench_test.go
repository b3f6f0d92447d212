package rng

import (
	"fmt"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
)

func BenchmarkBits(b *testing.B) {
	kerneltest.Sets(b, func(b *testing.B, kernel string) {
		for _, n := range []int{16, 1024, 65536} {
			b.Run(fmt.Sprintf("type=uint32/n=%d/kernel=%s", n, kernel), func(b *testing.B) {
				dst := make([]uint32, n)
				b.SetBytes(int64(4 * n))
				b.ReportAllocs()
				for b.Loop() {
					New(1).Words(dst, 0)
				}
			})
		}
	})
}

func BenchmarkUniform(b *testing.B) {
	benchmark(b, "float32", 4, Uniform[float32])
	benchmark(b, "float64", 8, Uniform[float64])
}

func BenchmarkNormal(b *testing.B) {
	benchmark(b, "float32", 4, Normal[float32])
	benchmark(b, "float64", 8, Normal[float64])
}

func BenchmarkRademacher(b *testing.B) { benchmark(b, "float32", 4, Rademacher[float32]) }

func BenchmarkQuantile(b *testing.B) {
	p, x := make([]float64, 1<<16), make([]float64, 1<<16)
	Uniform(New(2), p, 0)
	benchmark(b, "float64", 8, func(_ Stream, dst []float64, start uint64) { NormalQuantile(x[:len(dst)], p[:len(dst)]) })
}

func benchmark[T asm.Float](b *testing.B, name string, size int64, fill func(s Stream, dst []T, start uint64)) {
	kerneltest.Sets(b, func(b *testing.B, kernel string) {
		for _, n := range []int{16, 1024, 65536} {
			b.Run(fmt.Sprintf("type=%s/n=%d/kernel=%s", name, n, kernel), func(b *testing.B) {
				dst := make([]T, n)
				b.SetBytes(size * int64(n))
				b.ReportAllocs()
				for b.Loop() {
					fill(New(1), dst, 0)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/value")
			})
		}
	})
}

func BenchmarkSobol(b *testing.B) {
	q, err := NewSobol(784)
	if err != nil {
		b.Fatal(err)
	}
	q = q.Scramble(New(1))
	point := make([]float64, q.Dims())
	b.Run("type=float64/n=784", func(b *testing.B) {
		for i := uint32(0); b.Loop(); i++ {
			q.Point(point, i)
		}
	})
}
