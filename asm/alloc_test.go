package asm_test

import (
	"fmt"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
)

// TestKernelsDoNotAllocate calls every kernel of both types, of every set, on
// vectors of a length that no vector width divides.
func TestKernelsDoNotAllocate(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		noAllocs[float32, complex64](t)
		noAllocs[float64, complex128](t)
		words := make([]uint32, 128)
		kerneltest.NoAllocs(t, "Philox", func() { asm.Philox(words, 1, 2, 3) })
	})
}

func noAllocs[T asm.Float, C asm.Complex](t *testing.T) {
	const n = 99
	x, y, z, w := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
	for i := range x {
		x[i], y[i] = T(i)/8, T(n-i)/8
	}
	cx, cy := make([]C, n), make([]C, n)
	words := make([]uint32, 64)
	step := &asm.AdamStep[T]{Scale: 1, Rest1: 1, Rest2: 1, Root: 1, Epsilon: 1, Rate: 1, Keep: 1}
	width := asm.TileCols[T]()
	a, b, c := make([]T, 16*n), make([]T, 2*width*n), make([]T, 16*2*width)
	var sum T
	for name, f := range map[string]func(){
		"Adam":       func() { asm.Adam(w, y, z, x, step) },
		"Add":        func() { asm.Add(z, x, y) },
		"AffineExp":  func() { asm.AffineExp(z, x, y, y, y, 1, 1, 100) },
		"Axpy":       func() { asm.Axpy(z, 2, x) },
		"AxpyRows":   func() { asm.AxpyRows(z, 10, x, 1, b, width) },
		"BiasCos":    func() { asm.BiasCos(z, x, y, 1) },
		"BiasExp":    func() { asm.BiasExp(z, x, y, 1) },
		"BiasReLU":   func() { asm.BiasReLU(z, x, y, 0, 1) },
		"BiasSincos": func() { asm.BiasSincos(z, w, x, y, 1) },
		"ComplexMul": func() { asm.ComplexMul(cy, cx, cx) },
		"Cos":        func() { asm.Cos(z, x) },
		"Dot":        func() { sum += asm.Dot(x, y) },
		"Erf":        func() { asm.Erf(z, x) },
		"Erfc":       func() { asm.Erfc(z, x) },
		"Exp":        func() { asm.Exp(z, x) },
		"Expm1":      func() { asm.Expm1(z, x) },
		"FFTFirst":   func() { asm.FFTFirst(z[:96], w[:96], cx[:96], b, false) },
		"FFTLast":    func() { asm.FFTLast(cy[:96], x[:96], y[:96], 4, 1, false) },
		"FFTPass 3":  func() { asm.FFTPass(z[:96], w[:96], x[:96], y[:96], b, 3, 4) },
		"FFTPass 4":  func() { asm.FFTPass(z[:64], w[:64], x[:64], y[:64], b, 4, 4) },
		"FFTPass 8":  func() { asm.FFTPass(z[:64], w[:64], x[:64], y[:64], b, 8, 8) },
		"FFTSplit":   func() { asm.FFTSplit(z, w, cx, false) },
		"FWHT":       func() { asm.FWHT(z[:64]) },
		"FWHTScaled": func() { asm.FWHTScaled(z[:64], x[:64], y[:64], y[:64]) },
		"GELU":       func() { asm.GELU(z, x) },
		"GELUTanh":   func() { asm.GELUTanh(z, x) },
		"Log":        func() { asm.Log(z, x) },
		"Log1p":      func() { asm.Log1p(z, x) },
		"Mul":        func() { asm.Mul(z, x, y) },
		"Normal":     func() { asm.Normal(z[:64], words) },
		"Rotate":     func() { asm.Rotate(z, w, 0.5, 0.8) },
		"Scale":      func() { asm.Scale(z, x, 2) },
		"SiLU":       func() { asm.SiLU(z, x) },
		"Sigmoid":    func() { asm.Sigmoid(z, x) },
		"Sin":        func() { asm.Sin(z, x) },
		"Sincos":     func() { asm.Sincos(z, w, x) },
		"Softplus":   func() { asm.Softplus(z, x) },
		"Sum":        func() { sum += asm.Sum(x) },
		"SumSquares": func() { sum += asm.SumSquares(x) },
		"Tanh":       func() { asm.Tanh(z, x) },
		"Tile":       func() { asm.Tile(5, width, n, a, n, 1, b, width, c, width, true) },
		"TileAhead":  func() { asm.TileAhead(16, width, n, a, n, 1, b, width, c, width, false, b) },
		"TileCopy":   func() { asm.TileCopy(5, width/3, n, a, n, 1, b, width, c, width, false, b[width*n:]) },
		"TileRow":    func() { asm.TileRow(2, n, a, 1, b, width*n, c, false) },
		"Transpose":  func() { asm.Transpose(9, 11, z, 11, x, 9) },
		"Philox4x32": func() { words[0] += asm.Philox4x32([4]uint32{1}, [2]uint32{2})[0] },
		"FMA":        func() { sum = asm.FMA(sum, 0, 1) },
	} {
		kerneltest.NoAllocs(t, fmt.Sprintf("%s %T", name, sum), f)
	}
}
