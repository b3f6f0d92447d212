package asm

import (
	"fmt"
	"slices"
	"testing"

	"nnk/internal/impl"
)

// BenchmarkElementwise measures the functions of one or two slices on values near
// 1; the logarithms on their magnitudes.
func BenchmarkElementwise(b *testing.B) {
	elementwiseBenchmark[float32](b, 4)
	elementwiseBenchmark[float64](b, 8)
}

func elementwiseBenchmark[T Float](b *testing.B, size int) {
	defer selectSet(b, impl.Active())
	for _, n := range []int{16, 100, 1024, 65536} {
		x, dst, other := arguments[T](0, n), make([]T, n), make([]T, n)
		positive := slices.Clone(x)
		for i, v := range positive {
			positive[i] = max(v, -v) + 1e-6
		}
		for _, f := range []struct {
			name string
			x    []T
			f    func(dst, x []T)
		}{
			{"Add", x, func(dst, x []T) { Add(dst, x, positive) }},
			{"BiasCos", x, func(dst, x []T) { BiasCos(dst, x, positive, 0.5) }},
			{"BiasReLU", x, func(dst, x []T) { BiasReLU(dst, x, positive, 0, 0.5) }},
			{"Cos", x, Cos[T]},
			{"Erf", x, Erf[T]},
			{"Exp", x, Exp[T]},
			{"Expm1", x, Expm1[T]},
			{"GELU", x, GELU[T]},
			{"GELUTanh", x, GELUTanh[T]},
			{"Log", positive, Log[T]},
			{"Log1p", positive, Log1p[T]},
			{"Mul", x, func(dst, x []T) { Mul(dst, x, positive) }},
			{"Scale", x, func(dst, x []T) { Scale(dst, x, 0.5) }},
			{"SiLU", x, SiLU[T]},
			{"Sigmoid", x, Sigmoid[T]},
			{"Sin", x, Sin[T]},
			{"Sincos", x, func(dst, x []T) { Sincos(dst, other, x) }},
			{"Softplus", x, Softplus[T]},
			{"Tanh", x, Tanh[T]},
		} {
			for _, set := range impl.Names() {
				selectSet(b, set)
				b.Run(fmt.Sprintf("f=%s/type=float%d/n=%d/kernel=%s", f.name, 8*size, n, set), func(b *testing.B) {
					b.SetBytes(int64(n * size))
					b.ReportAllocs()
					for b.Loop() {
						f.f(dst, f.x)
					}
				})
			}
		}
	}
}

// BenchmarkNormal measures the step from Philox words to normal values, and
// BenchmarkPhilox the words.
func BenchmarkNormal(b *testing.B) {
	normalBenchmark[float32](b, 4)
	normalBenchmark[float64](b, 8)
}

func normalBenchmark[T Float](b *testing.B, size int) {
	defer selectSet(b, impl.Active())
	for _, n := range []int{1024, 65536} {
		words, dst := make([]uint32, n*size/4), make([]T, n)
		Philox(words, 1, 2, 3)
		for _, set := range impl.Names() {
			selectSet(b, set)
			b.Run(fmt.Sprintf("type=float%d/n=%d/kernel=%s", 8*size, n, set), func(b *testing.B) {
				b.SetBytes(int64(n * size))
				b.ReportAllocs()
				for b.Loop() {
					Normal(dst, words)
				}
			})
		}
	}
}

func BenchmarkPhilox(b *testing.B) {
	defer selectSet(b, impl.Active())
	for _, n := range []int{1024, 65536} {
		words := make([]uint32, n)
		for _, set := range impl.Names() {
			selectSet(b, set)
			b.Run(fmt.Sprintf("type=uint32/n=%d/kernel=%s", n, set), func(b *testing.B) {
				b.SetBytes(int64(n * 4))
				b.ReportAllocs()
				for b.Loop() {
					Philox(words, 1, 2, 3)
				}
			})
		}
	}
}
