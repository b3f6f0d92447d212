package asm

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/internal/guardmem"
	"nnk/internal/impl"
)

var exhaustive = flag.Bool("exhaustive", false, "test functions on every float32 argument, and on 10⁸ float64 ones")

// elementwise lists the functions that have vector kernels, as functions of one
// slice; second arguments are made from it.
func elementwise[T Float]() map[string]func(dst, x []T) {
	second := func(x []T) []T {
		y := slices.Clone(x)
		slices.Reverse(y)
		return y
	}
	return map[string]func(dst, x []T){
		"Exp": Exp[T], "Expm1": Expm1[T], "Log": Log[T], "Log1p": Log1p[T], "Sin": Sin[T], "Cos": Cos[T], "Tanh": Tanh[T],
		"Erf": Erf[T], "Erfc": Erfc[T], "Sigmoid": Sigmoid[T], "SiLU": SiLU[T], "GELU": GELU[T], "GELUTanh": GELUTanh[T], "Softplus": Softplus[T],
		"Sincos.sin": func(dst, x []T) { Sincos(dst, make([]T, len(x)), x) },
		"Sincos.cos": func(dst, x []T) { Sincos(make([]T, len(x)), dst, x) },
		"Scale":      func(dst, x []T) { Scale(dst, x, 1.0/3) },
		"Mul":        func(dst, x []T) { Mul(dst, x, second(x)) },
		"Add":        func(dst, x []T) { Add(dst, x, second(x)) },
		"Adam":       func(dst, x []T) { adamOf(dst, second(x), x) },
		"Adam.m":     func(dst, x []T) { copy(dst, adamOf(slices.Clone(x), second(x), x)[0]) },
		"Adam.v":     func(dst, x []T) { copy(dst, adamOf(slices.Clone(x), second(x), x)[1]) },
		"BiasReLU":   func(dst, x []T) { BiasReLU(dst, x, second(x), -0.25, 1.0/3) },
		"ReLU":       func(dst, x []T) { BiasReLU(dst, x, nil, 0.25, 1.0/3) },
		"BiasCos":    func(dst, x []T) { BiasCos(dst, x, second(x), 1.0/3) },
		"AffineExp":  func(dst, x []T) { AffineExp(dst, x, second(x), x, second(x), -0.25, 1.0/3, 0x1p20) },
		"BiasExp":    func(dst, x []T) { BiasExp(dst, x, second(x), 1.0/3) },
		"BiasSincos": func(dst, x []T) { BiasSincos(make([]T, len(x)), dst, x, second(x), 1.0/3) },
	}
}

// adamOf takes a step of weights w = x, kept in dst, with gradient x, and returns the new moments.
func adamOf[T Float](dst, y, x []T) [2][]T {
	m, v := slices.Clone(y), make([]T, len(x))
	for i := range v {
		v[i] = y[i] * y[i]
	}
	copy(dst, x)
	Adam(dst, m, v, x, &AdamStep[T]{Scale: 0.7, Beta1: 0.9, Rest1: 0.1, Beta2: 0.99, Rest2: 0.01, Root: 1.3, Epsilon: 1e-8, Rate: 0.3, Keep: 0.999})
	return [2][]T{m, v}
}

// arguments are n values of one of four classes: near 1, of every magnitude,
// special ones, and special ones strewn among ordinary ones.
func arguments[T Float](class, n int) []T {
	special := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), 1, -1, 0.5, -0.5, 0x1p-126, -0x1p-126, 0x1p-149, 0x1p15, -0x1p16, 0x1p22, 0x1p23,
		1e30, -1e30, 88.7, 88.8, 89.1, -87.5, -103.9, -104.1, 709.7, 709.8, -745.1, -745.2, 14.4, -14.6, 38.5, -39.1, 10.05, 10.3, 27.2, 27.6, math.Pi, -math.Pi / 2, 1e-5, -1e-5, 20, 20.1}
	state := uint64(class + 1)
	next := func() uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return state >> 11
	}
	v := make([]T, n)
	for i := range v {
		switch {
		case class == 0:
			v[i] = T(float64(next())*0x1p-50 - 4)
		case class == 1:
			v[i] = T(math.Ldexp(float64(next())*0x1p-52-1, int(next()%300)-150))
		case class == 2 || next()%9 == 0:
			v[i] = special[next()%uint64(len(special))]
		default:
			v[i] = T(float64(next())*0x1p-48 - 16)
		}
	}
	return v
}

// TestElementwiseKernels compares every kernel set with the generic forms, at
// every length to 300 and around powers of two, at odd offsets, in place, and with both
// ends at protected pages.
func TestElementwiseKernels(t *testing.T) {
	defer selectSet(t, impl.Active())
	elementwiseKernels[float32](t)
	elementwiseKernels[float64](t)
}

func selectSet(t testing.TB, name string) {
	t.Helper()
	if err := impl.Select(name); err != nil {
		t.Fatal(err)
	}
}

func elementwiseKernels[T Float](t *testing.T) {
	lengths := []int{511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097}
	for n := range 301 {
		lengths = append(lengths, n)
	}
	for name, f := range elementwise[T]() {
		// A test of its own for each: protected pages are given back when a test ends,
		// and Linux allows a process 65,530 mappings.
		t.Run(name, func(t *testing.T) { elementwiseKernel(t, name, f, lengths) })
	}
}

func elementwiseKernel[T Float](t *testing.T, name string, f func(dst, x []T), lengths []int) {
	for _, n := range lengths {
		if testing.Short() && n > 20 && n%16 > 1 {
			continue
		}
		for class := range 4 {
			x := arguments[T](class, n+16)[n/16%16:][:n]
			want := make([]T, n)
			selectSet(t, "generic")
			f(want, x)
			for _, set := range impl.Names() {
				selectSet(t, set)
				what := fmt.Sprintf("%s %T, %s, n %d, class %d", name, *new(T), set, n, class)
				got := make([]T, n+20)
				for i := range got {
					got[i] = 7
				}
				o := n % 16
				f(got[o:o+n], x)
				compare(t, what, got[o:o+n], want, x)
				for i, v := range got {
					if (i < o || i >= o+n) && v != 7 {
						t.Fatalf("%s: element %d outside dst was written", what, i-o)
					}
				}
				if class == 3 {
					in, out := guardmem.AtEnd[T](t, n), guardmem.AtEnd[T](t, n)
					copy(in, x)
					f(out, in)
					compare(t, what+", before a protected page", out, want, x)
					in = guardmem.AtStart[T](t, n)
					copy(in, x)
					if name[0] != 'B' && name != "Mul" && name != "Add" {
						f(in, in)
						compare(t, what+", in place", in, want, x)
					}
				}
			}
		}
	}
}

func compare[T Float](t *testing.T, what string, got, want, x []T) {
	t.Helper()
	for i, w := range want {
		if !sameBits(got[i], w) {
			t.Fatalf("%s: element %d, argument %x: got %x, want %x", what, i, x[i], got[i], w)
		}
	}
}

// TestElementwiseSweep compares the sets on float32 arguments of every exponent:
// on all of them with -exhaustive.
func TestElementwiseSweep(t *testing.T) {
	defer selectSet(t, impl.Active())
	step := uint64(9973)
	if testing.Short() {
		step *= 50
	}
	if *exhaustive {
		step = 1
	}
	const block = 1 << 16
	x, want, got := make([]float32, block), make([]float32, block), make([]float32, block)
	for name, f := range elementwise[float32]() {
		for b := uint64(0); b < 1<<32; {
			n := 0
			for ; n < block && b < 1<<32; n, b = n+1, b+step {
				x[n] = math.Float32frombits(uint32(b))
			}
			selectSet(t, "generic")
			f(want[:n], x[:n])
			for _, set := range impl.Names() {
				selectSet(t, set)
				f(got[:n], x[:n])
				compare(t, name+" "+set, got[:n], want[:n], x)
			}
		}
	}
}
