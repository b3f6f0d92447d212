package main

import (
	"math/bits"

	"nnk/asm"
	"nnk/mat"
)

// A measured is a call of a kernel. What it executes for sizes of which one is twice the other differs by what it takes for
// an element; a transform is measured at one size.
type measured struct {
	name  string
	sizes [2]int          // of the two calls; 0 is none
	units func(n int) int // elements of a call, or multiply-adds
	bytes func(n int) int // that have to be read and written for them
	call  func(n int)     // runs it once
}

// cases are the kernels, in the order of the table.
var cases = func() []measured {
	var list []measured
	list = append(list, typed[float32]("float32", 4)...)
	list = append(list, typed[float64]("float64", 8)...)
	return append(list,
		measured{"DotInt8", [2]int{1024, 2048}, same, times(2), func(n int) { asm.DotInt8(make([]int8, n), make([]int8, n)) }},
		measured{"Philox", [2]int{1024, 2048}, same, times(4), func(n int) { asm.Philox(make([]uint32, n), 1, 2, 0) }},
	)
}()

func same(n int) int { return n }

func times(bytes int) func(int) int { return func(n int) int { return bytes * n } }

// typed are those of one type.
func typed[T asm.Float](kind string, size int) []measured {
	var list []measured
	add := func(name string, vectors int, call func(n int)) {
		list = append(list, measured{name + " " + kind, [2]int{1024, 2048}, same, times(vectors * size), call})
	}
	vec := func(n int) []T {
		v := make([]T, n)
		for i := range v {
			v[i] = T(i%7)/4 + 0.25
		}
		return v
	}
	add("Dot", 2, func(n int) { asm.Dot(vec(n), vec(n)) })
	add("Sum", 1, func(n int) { asm.Sum(vec(n)) })
	add("SumSquares", 1, func(n int) { asm.SumSquares(vec(n)) })
	add("Axpy", 3, func(n int) { asm.Axpy(vec(n), 2, vec(n)) })
	add("Add", 3, func(n int) { asm.Add(vec(n), vec(n), vec(n)) })
	add("Mul", 3, func(n int) { asm.Mul(vec(n), vec(n), vec(n)) })
	add("Scale", 2, func(n int) { asm.Scale(vec(n), vec(n), 2) })
	for _, f := range []struct {
		name string
		call func(dst, x []T)
	}{
		{"Exp", asm.Exp[T]}, {"Expm1", asm.Expm1[T]}, {"Log", asm.Log[T]}, {"Log1p", asm.Log1p[T]}, {"Sin", asm.Sin[T]}, {"Cos", asm.Cos[T]}, {"Tanh", asm.Tanh[T]},
		{"Sigmoid", asm.Sigmoid[T]}, {"SiLU", asm.SiLU[T]}, {"Softplus", asm.Softplus[T]}, {"Erf", asm.Erf[T]}, {"GELU", asm.GELU[T]}, {"GELUTanh", asm.GELUTanh[T]},
	} {
		add(f.name, 2, func(n int) { f.call(make([]T, n), vec(n)) })
	}
	add("Sincos", 3, func(n int) { asm.Sincos(make([]T, n), make([]T, n), vec(n)) })
	add("BiasReLU", 3, func(n int) { asm.BiasReLU(make([]T, n), vec(n), vec(n), 0, 1) })
	add("BiasCos", 3, func(n int) { asm.BiasCos(make([]T, n), vec(n), vec(n), 1) })
	add("BiasExp", 3, func(n int) { asm.BiasExp(make([]T, n), vec(n), vec(n), 1) })
	words := size / 4
	add("Normal", 2, func(n int) { asm.Normal(make([]T, n), make([]uint32, n*words)) })
	list = append(list,
		measured{"FWHT " + kind, [2]int{0, 1024}, func(n int) int { return n * (bits.Len(uint(n)) - 1) }, times(2 * size), func(n int) { asm.FWHT(vec(n)) }},
		measured{"Tile " + kind, [2]int{256, 512}, func(k int) int { return asm.TileRows() * asm.TileCols[T]() * k },
			func(k int) int { return size * (asm.TileRows() + asm.TileCols[T]()) * k },
			func(k int) {
				m, n := asm.TileRows(), asm.TileCols[T]()
				a, b, c := mat.New[T](m, k), mat.New[T](k, n), mat.New[T](m, n)
				asm.Tile(m, n, k, a.Data(), k, 1, b.Data(), n, c.Data(), n, false)
			}},
	)
	return list
}
