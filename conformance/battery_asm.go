package conformance

import (
	"slices"

	"nnk/asm"
)

func asmBattery(d *digest) {
	both(d, asmPart[float32], asmPart[float64])
}

func asmPart[T asm.Float](d *digest) {
	for _, n := range []int{0, 1, 15, 16, 17, 31, 33, 100, 1000} {
		x, y := uniform[T](11, n, -1, 1), patterns[T](12, n, -20, 20)
		add(d, "Dot", asm.Dot(x, y))
		z := slices.Clone(y)
		asm.Axpy(z, 1.0/3, x)
		add(d, "Axpy", z...)
	}
	x, y, z := arguments[T](100), patterns[T](13, 416, -30, 30), patterns[T](14, 416, -60, 60)
	fma := make([]T, len(x))
	for i := range x {
		fma[i] = asm.FMA(x[i], y[i], z[i])
	}
	add(d, "FMA", fma...)
	for _, f := range []struct {
		name string
		run  func(dst, x []T)
	}{
		{"Exp", asm.Exp[T]},
		{"Log", asm.Log[T]},
		{"Sin", asm.Sin[T]},
		{"Cos", asm.Cos[T]},
		{"Tanh", asm.Tanh[T]},
		{"Erf", asm.Erf[T]},
		{"Erfc", asm.Erfc[T]},
		{"GELU", asm.GELU[T]},
		{"GELUTanh", asm.GELUTanh[T]},
		{"Sigmoid", asm.Sigmoid[T]},
		{"SiLU", asm.SiLU[T]},
		{"Softplus", asm.Softplus[T]},
		{"Expm1", asm.Expm1[T]},
		{"Log1p", asm.Log1p[T]},
	} {
		dst := make([]T, len(x))
		f.run(dst, x)
		add(d, f.name, dst...)
	}
	s, c := make([]T, len(x)), make([]T, len(x))
	asm.Sincos(s, c, x)
	add(d, "Sincos", append(s, c...)...)
	bias := uniform[T](16, len(x), -2, 2)
	asm.BiasReLU(s, x, bias, 0.25, 3)
	add(d, "BiasReLU", s...)
	asm.BiasCos(s, x, bias, 3)
	add(d, "BiasCos", s...)
	asm.BiasSincos(s, c, x, bias, 3)
	add(d, "BiasSincos", append(s, c...)...)
	asm.BiasExp(s, x, nil, 3)
	add(d, "BiasExp", s...)
	for n := 1; n <= 4096; n *= 4 {
		v := uniform[T](15, n, -1, 1)
		asm.FWHT(v)
		add(d, "FWHT", v...)
	}
	asmArithmetic[T](d)
}

// asmArithmetic covers the kernels without a function in them.
func asmArithmetic[T asm.Float](d *digest) {
	x, y, dst := patterns[T](17, 333, -40, 40), patterns[T](18, 333, -40, 40), make([]T, 333)
	for _, n := range []int{0, 1, 16, 33, 100, 333} {
		add(d, "Sum", asm.Sum(x[:n]))
		add(d, "SumSquares", asm.SumSquares(x[:n]))
	}
	bytes := make([]int8, len(x))
	for i := range bytes {
		bytes[i] = int8(i * i * 37)
	}
	for _, n := range []int{0, 1, 31, 64, 200, 333} {
		add(d, "DotInt8", T(asm.DotInt8(bytes[:n], bytes[333-n:])))
	}
	asm.Add(dst, x, y)
	add(d, "Add", dst...)
	asm.Mul(dst, x, y)
	add(d, "Mul", dst...)
	asm.Scale(dst, x, 1.0/3)
	add(d, "Scale", dst...)
	asm.Transpose(9, 37, dst, 37, x, 9)
	add(d, "Transpose", dst...)
	asm.AxpyRows(dst[:50], 5, x, 3, y, 55)
	add(d, "AxpyRows", dst[:50]...)
	asm.Tile(5, asm.TileCols[T]()-1, 6, x, 1, 7, y, 48, dst, 60, true)
	add(d, "Tile", dst...)
	asm.Rotate(x, y, 0.3, 0.6)
	add(d, "Rotate", x...)
	add(d, "Rotate", y...)
	words := make([]uint32, 4*asm.PhiloxGroup)
	asm.Philox(words, 1<<40, 5, 1<<28-1)
	normals := make([]T, len(words))
	asm.Normal(normals, words)
	add(d, "Normal", normals...)
	w := patterns[T](71, 100, -20, 20)
	m, v, g := patterns[T](72, 100, -20, 20), uniform[T](73, 100, 0, 2), patterns[T](74, 100, -20, 20)
	asm.Adam(w, m, v, g, &asm.AdamStep[T]{Scale: 0.7, Beta1: 0.9, Rest1: 0.1, Beta2: 0.99, Rest2: 0.01, Root: 1.3, Epsilon: 1e-8, Rate: 1e-3, Keep: 0.999})
	for _, s := range [][]T{w, m, v} {
		add(d, "Adam", s...)
	}
}
