package main

import (
	"slices"

	"nnk/asm"
)

// arithmetic are the kernels without a function in them.
func arithmetic[T asm.Float]() []call {
	return []call{
		{"asm.Dot", func(d *draw, r *result) {
			n := d.size(5000)
			add(r, asm.Dot(vector[T](d, n, d.contents(extreme)), vector[T](d, n, d.contents(extreme))))
		}},
		{"asm.DotInt8", func(d *draw, r *result) {
			n := d.size(5000)
			x, y := make([]int8, n), make([]int8, n)
			for i := range x {
				x[i], y[i] = int8(d.upTo(-128, 127)), int8(d.upTo(-128, 127))
			}
			add(r, float64(asm.DotInt8(x, y)))
		}},
		{"asm.Sum, SumSquares", func(d *draw, r *result) {
			x := vector[T](d, d.size(5000), d.contents(extreme))
			add(r, asm.Sum(x), asm.SumSquares(x))
		}},
		{"asm.Axpy", func(d *draw, r *result) {
			n := d.size(5000)
			dst, a, x := vector[T](d, n, d.contents(extreme)), value[T](d, uneven), vector[T](d, n, d.contents(extreme))
			asm.Axpy(dst, a, x)
			add(r, dst...)
		}},
		{"asm.AxpyRows", func(d *draw, r *result) {
			n, k, as, gap := d.size(200), d.size(40), d.upTo(1, 5), d.upTo(0, 9)
			dst, a, b := vector[T](d, n, uneven), vector[T](d, k*as, uneven), vector[T](d, k*(n+gap), uneven)
			asm.AxpyRows(dst, k, a, as, b, n+gap)
			add(r, dst...)
		}},
		{"asm.Add, Mul, Scale, FMA", func(d *draw, r *result) {
			n := d.size(3000)
			x, y, dst := vector[T](d, n, d.contents(extreme)), vector[T](d, n, d.contents(extreme)), vector[T](d, n, tame)
			asm.Add(dst, x, y)
			add(r, dst...)
			asm.Mul(dst, x, y)
			add(r, dst...)
			asm.Scale(dst, x, y[0])
			add(r, dst...)
			for i := range x {
				dst[i] = asm.FMA(x[i], y[i], y[n-1-i])
			}
			add(r, dst...)
		}},
		{"asm.Transpose", func(d *draw, r *result) {
			m, n := d.size(100), d.size(100)
			ds, ss := n+d.upTo(0, 5), m+d.upTo(0, 5)
			dst, src := make([]T, m*ds), vector[T](d, n*ss, d.contents(extreme))
			asm.Transpose(m, n, dst, ds, src, ss)
			add(r, dst...)
		}},
		{"asm.Rotate", func(d *draw, r *result) {
			n := d.size(3000)
			x, y := vector[T](d, n, d.contents(extreme)), vector[T](d, n, d.contents(extreme))
			asm.Rotate(x, y, value[T](d, tame), value[T](d, tame))
			add(r, x...)
			add(r, y...)
		}},
		{"asm.FWHT, FWHTScaled", func(d *draw, r *result) {
			n := 1 << d.upTo(0, 12)
			for n > max(d.most, 1) {
				n /= 2
			}
			x, f, g := vector[T](d, n, d.contents(extreme)), vector[T](d, n, uneven), vector[T](d, n, uneven)
			dst := slices.Clone(x)
			asm.FWHT(dst)
			add(r, dst...)
			asm.FWHTScaled(dst, x, f, g)
			add(r, dst...)
			asm.FWHTScaled(dst, x, f, nil)
			add(r, dst...)
		}},
		{"asm.Adam", func(d *draw, r *result) {
			n := d.size(2000)
			w, m, v, g := vector[T](d, n, uneven), vector[T](d, n, uneven), vector[T](d, n, tame), vector[T](d, n, uneven)
			for i := range v {
				v[i] *= v[i]
			}
			asm.Adam(w, m, v, g, &asm.AdamStep[T]{Scale: 0.7, Beta1: 0.9, Rest1: 0.1, Beta2: 0.99, Rest2: 0.01, Root: 1.3, Epsilon: 1e-8, Rate: 1e-3, Keep: 0.999})
			for _, s := range [][]T{w, m, v} {
				add(r, s...)
			}
		}},
	}
}

// elementwise are the functions of single numbers, and what is done with them in one pass.
func elementwise[T asm.Float]() []call {
	var list []call
	for _, f := range []struct {
		name string
		run  func(dst, x []T)
	}{
		{"Exp", asm.Exp[T]}, {"Expm1", asm.Expm1[T]}, {"Log", asm.Log[T]}, {"Log1p", asm.Log1p[T]}, {"Sin", asm.Sin[T]}, {"Cos", asm.Cos[T]}, {"Tanh", asm.Tanh[T]}, {"Erf", asm.Erf[T]},
		{"Erfc", asm.Erfc[T]}, {"Sigmoid", asm.Sigmoid[T]}, {"SiLU", asm.SiLU[T]}, {"GELU", asm.GELU[T]}, {"GELUTanh", asm.GELUTanh[T]}, {"Softplus", asm.Softplus[T]},
	} {
		list = append(list, call{"asm." + f.name, func(d *draw, r *result) {
			x := vector[T](d, d.size(2000), d.contents(extreme))
			dst := make([]T, len(x))
			d.parts(len(x), func(lo, hi int) { f.run(dst[lo:hi], x[lo:hi]) })
			add(r, dst...)
		}})
	}
	return append(list, call{"asm.BiasCos, BiasSincos, BiasExp, BiasReLU, AffineExp, Sincos", func(d *draw, r *result) {
		n := d.size(2000)
		kind := d.contents(extreme)
		x, bias, square, c := vector[T](d, n, kind), vector[T](d, n, kind), vector[T](d, n, uneven), vector[T](d, 3, uneven)
		s, co := make([]T, n), make([]T, n)
		asm.BiasReLU(s, x, bias, c[0], c[1])
		add(r, s...)
		asm.BiasCos(s, x, bias, c[0])
		add(r, s...)
		asm.BiasExp(s, x, bias, c[0])
		add(r, s...)
		asm.BiasSincos(s, co, x, bias, c[1])
		add(r, append(s, co...)...)
		asm.Sincos(s[:n], co, x)
		add(r, append(s[:n:n], co...)...)
		asm.AffineExp(co, x, square, bias, square, c[0], c[1], c[2])
		add(r, co...)
	}})
}

// words are the calls of functions of integers.
func words() []call {
	return []call{
		{"asm.Philox", func(d *draw, r *result) {
			w := make([]uint32, 4*asm.PhiloxGroup*d.size(8))
			asm.Philox(w, d.values.Uint64(), d.values.Uint64(), d.values.Uint64()>>40)
			for _, v := range w {
				add(r, float64(v))
			}
			c := asm.Philox4x32([4]uint32{w[0], w[1], w[2], w[3]}, [2]uint32{w[1], w[2]})
			add(r, float64(c[0]), float64(c[1]), float64(c[2]), float64(c[3]))
		}},
		{"rng.Choice, Permutation, Bits, Source", func(d *draw, r *result) {
			s, n := stream(d), d.size(500)
			sums := make([]float64, d.upTo(1, 9))
			total := 0.0
			for i := range sums {
				total += float64(d.upTo(0, 3))
				sums[i] = total
			}
			chosen := make([]int, n)
			start := d.values.Uint64() >> 20
			d.parts(n, func(lo, hi int) { choose(s, chosen[lo:hi], start+uint64(lo), sums) })
			addInts(r, chosen...)
			drawWords(d, r, s, n)
		}},
		{"rng.Sobol, Halton", lowDiscrepancy},
	}
}
