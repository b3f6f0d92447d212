package fuzz

import (
	"slices"
	"testing"

	"nnk/asm"
	"nnk/fft"
	"nnk/rng"
)

// elementwise are the functions of one argument.
func elementwise[T asm.Float]() []func(dst, x []T) {
	return []func(dst, x []T){asm.Exp[T], asm.Expm1[T], asm.Log[T], asm.Log1p[T], asm.Sin[T], asm.Cos[T], asm.Tanh[T],
		asm.Erf[T], asm.Erfc[T], asm.Sigmoid[T], asm.SiLU[T], asm.GELU[T], asm.GELUTanh[T], asm.Softplus[T]}
}

// FuzzElementwise runs a function on values in range mixed with ones that a
// kernel has to treat apart.
func FuzzElementwise(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzElementwise[float32](t, b)
		fuzzElementwise[float64](t, b)
	})
}

func fuzzElementwise[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	list := elementwise[T]()
	run := list[int(r.byte())%len(list)]
	x := slice[T](r, r.size(300))
	everySet(t, func() []T {
		dst := slices.Clone(x)
		run(dst, dst)
		return dst
	})
}

func FuzzEpilogue(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzEpilogue[float32](t, b)
		fuzzEpilogue[float64](t, b)
	})
}

func fuzzEpilogue[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	n := r.size(300)
	x, bias, c := slice[T](r, n), slice[T](r, n), slice[T](r, 2)
	if r.byte()%4 == 0 {
		bias = nil
	}
	square, d := slice[T](r, n), slice[T](r, 2)
	everySet(t, func() []T {
		affine := make([]T, n)
		asm.AffineExp(affine, x, square, x, square, d[0], c[1], d[1])
		relu, cos, exp, s, co := make([]T, n), make([]T, n), make([]T, n), make([]T, n), make([]T, n)
		asm.BiasReLU(relu, x, bias, c[0], c[1])
		asm.BiasCos(cos, x, bias, c[0])
		asm.BiasExp(exp, x, bias, c[1])
		asm.BiasSincos(s, co, x, bias, c[0])
		sin, cosine := make([]T, n), make([]T, n)
		asm.Sincos(sin, cosine, x)
		return slices.Concat(affine, relu, cos, exp, s, co, sin, cosine)
	})
}

// FuzzNormal: any part of a stream is that part of the whole, on every set.
func FuzzNormal(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint64(3), uint16(100))
	f.Add(^uint64(0), ^uint64(0), uint64(1)<<62, uint16(65))
	f.Fuzz(func(t *testing.T, seed, stream, start uint64, n uint16) {
		fuzzNormal[float32](t, seed, stream, start>>8, int(n%1000))
		fuzzNormal[float64](t, seed, stream, start>>8, int(n%1000))
	})
}

func fuzzNormal[T asm.Float](t *testing.T, seed, stream, start uint64, n int) {
	s := rng.New(seed).Sub(stream)
	everySet(t, func() []T {
		v := make([]T, n)
		rng.Normal(s, v, start)
		if n > 1 {
			tail := make([]T, n/2)
			rng.Normal(s, tail, start+uint64(n-n/2))
			if !slices.Equal(tail, v[n-n/2:]) {
				t.Fatalf("seed %d, stream %d: %d values from %d on differ from the whole", seed, stream, n/2, start+uint64(n-n/2))
			}
		}
		return v
	})
}

// FuzzFourier: for every length, all sets give the same bits, and the inverse
// brings back the input.
func FuzzFourier(f *testing.F) {
	for _, n := range []uint16{1, 2, 7, 8, 60, 64, 97, 100, 128, 210, 256} {
		f.Add(n, []byte{1, 2, 3, 250, 5})
	}
	f.Fuzz(func(t *testing.T, length uint16, b []byte) {
		n := int(length%600) + 1
		r := &reader{b}
		x := make([]complex128, n)
		for i := range x {
			x[i] = complex(float64(int8(r.byte()))/3, float64(int8(r.byte()))/7)
		}
		p := fft.NewPlan[complex128](n)
		everySet(t, func() []float64 {
			y := p.Forward(nil, x, nil)
			back := p.Inverse(nil, y, nil)
			var parts []float64
			for i, v := range y {
				if d := back[i] - x[i]; max(real(d), -real(d), imag(d), -imag(d)) > 1e-10 {
					t.Fatalf("n = %d: element %d comes back as %v, was %v", n, i, back[i], x[i])
				}
				parts = append(parts, real(v), imag(v))
			}
			return parts
		})
	})
}
