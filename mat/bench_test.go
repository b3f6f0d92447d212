package mat_test

import (
	"fmt"
	"runtime"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// gemmShapes are m, k, n: squares, and the shapes of layers at batch 1 to 1024.
var gemmShapes = [][3]int{{64, 64, 64}, {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}, {2048, 2048, 2048},
	{1, 4096, 4096}, {1, 768, 3072}, {32, 768, 3072}, {256, 64, 512}, {1024, 784, 256}}

func BenchmarkMul(b *testing.B)       { benchProducts(b, mulOf[float32], mulOf[float64]) }
func BenchmarkMulT(b *testing.B)      { benchProducts(b, mulTOf[float32], mulTOf[float64]) }
func BenchmarkTMul(b *testing.B)      { benchProducts(b, tMulOf[float32], tMulOf[float64]) }
func BenchmarkMulPacked(b *testing.B) { benchProducts(b, mulPackedOf[float32], mulPackedOf[float64]) }
func BenchmarkGram(b *testing.B) {
	benchShapes(b, [][3]int{{1024, 4096, 1024}, {256, 1024, 256}}, 0.5, gramOf[float32], gramOf[float64])
}

// filled returns a matrix of small values. (Memory that was never written would
// be one page of zeros, however large.)
func filled[T asm.Float](rows, cols int) *mat.Dense[T] {
	a := mat.New[T](rows, cols)
	for i := range a.Data() {
		a.Data()[i] = T(i%7) - 3
	}
	return a
}

func mulOf[T asm.Float](m, k, n int) func() {
	a, b, c := filled[T](m, k), filled[T](k, n), filled[T](m, n)
	return func() { mat.Mul(c, a, b) }
}

func mulTOf[T asm.Float](m, k, n int) func() {
	a, b, c := filled[T](m, k), filled[T](n, k), filled[T](m, n)
	return func() { mat.MulT(c, a, b) }
}

func tMulOf[T asm.Float](m, k, n int) func() {
	a, b, c := filled[T](k, m), filled[T](k, n), filled[T](m, n)
	return func() { mat.TMul(c, a, b) }
}

func mulPackedOf[T asm.Float](m, k, n int) func() {
	a, b, c := filled[T](m, k), mat.Pack(filled[T](k, n)), filled[T](m, n)
	return func() { mat.MulPacked(c, a, b) }
}

func gramOf[T asm.Float](m, k, n int) func() {
	a, c := filled[T](k, n), filled[T](n, n)
	return func() { mat.Gram(c, a) }
}

func benchProducts(b *testing.B, f32, f64 func(m, k, n int) func()) {
	benchShapes(b, gemmShapes, 1, f32, f64)
}

// benchShapes times one product for every type, shape, number of goroutines and
// kernel set; share is the part of m·k·n that the product computes.
func benchShapes(b *testing.B, shapes [][3]int, share float64, f32, f64 func(m, k, n int) func()) {
	for _, typ := range []struct {
		name string
		of   func(m, k, n int) func()
	}{{"float32", f32}, {"float64", f64}} {
		for _, s := range shapes {
			m, k, n := s[0], s[1], s[2]
			run := typ.of(m, k, n)
			for procs := 1; procs <= min(runtime.NumCPU(), 2); procs++ {
				kerneltest.Sets(b, func(b *testing.B, set string) {
					if set == "generic" && m*k*n > 1<<21 {
						return
					}
					b.Run(fmt.Sprintf("type=%s/m=%d,k=%d,n=%d/procs=%d/kernel=%s", typ.name, m, k, n, procs, set), func(b *testing.B) {
						defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
						b.ReportAllocs()
						for b.Loop() {
							run()
						}
						b.ReportMetric(2*share*float64(m*k*n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "Gflop/s")
					})
				})
			}
		}
	}
}
