package fuzz

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/fft"
	"nnk/mat"
)

// seeds adds corpora that every kernel target starts from: empty, one element,
// lengths around vector widths, each class of values.
func seeds(f *testing.F) {
	f.Add([]byte{})
	for _, n := range []byte{1, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 255} {
		for class := range byte(3) {
			size := int(n) // of a slice
			if class == 0 {
				size *= 8
			}
			b := []byte{n, 0}
			for range 3 {
				b = append(b, n%16, class)
				for i := range size {
					b = append(b, byte(37*i+i*i/8+len(b)))
				}
			}
			f.Add(b)
		}
	}
}

func FuzzDot(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzDot[float32](t, b)
		fuzzDot[float64](t, b)
	})
}

func fuzzDot[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	n := r.size(maxLen)
	x, y := slice[T](r, n), slice[T](r, n)
	everySet(t, func() []T {
		dots := []T{asm.Dot(x, y)}
		for k := n; k > 0; k /= 2 { // few terms hide less than many
			dots = append(dots, asm.Dot(x[n-k:], y[:k]), asm.Dot(x[:k-1], y[n-k+1:]))
		}
		return dots
	})
}

// FuzzIntegerDot: sums of products of bytes are exact modulo 2³², from every part of the vectors.
func FuzzIntegerDot(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		x := make([]int8, len(b)/2)
		y := make([]int8, len(x))
		for i := range x {
			x[i], y[i] = int8(b[i]), int8(b[len(x)+i])
		}
		everySet(t, func() []float64 {
			var dots []float64
			for k := len(x); k > 0; k /= 2 {
				want := int64(0)
				for i, v := range x[len(x)-k:] {
					want += int64(v) * int64(y[i])
				}
				got := asm.DotInt8(x[len(x)-k:], y[:k])
				if got != int32(want) {
					t.Fatalf("%d products: %d, want %d", k, got, int32(want))
				}
				dots = append(dots, float64(got))
			}
			return dots
		})
	})
}

func FuzzAxpy(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzAxpy[float32](t, b)
		fuzzAxpy[float64](t, b)
	})
}

func fuzzAxpy[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	n := r.size(maxLen)
	a := slice[T](r, 1)[0]
	x, y := slice[T](r, n), slice[T](r, n)
	everySet(t, func() []T {
		dst := slices.Clone(y)
		asm.Axpy(dst, a, x)
		return dst
	})
}

func FuzzAdam(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzAdam[float32](t, b)
		fuzzAdam[float64](t, b)
	})
}

func fuzzAdam[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	n := r.size(maxLen)
	c := slice[T](r, 9)
	step := asm.AdamStep[T]{Scale: c[0], Beta1: c[1], Rest1: c[2], Beta2: c[3], Rest2: c[4], Root: c[5], Epsilon: c[6], Rate: c[7], Keep: c[8]}
	w, m, v, g := slice[T](r, n), slice[T](r, n), slice[T](r, n), slice[T](r, n)
	everySet(t, func() []T {
		all := slices.Concat(w, m, v)
		asm.Adam(all[:n:n], all[n:2*n:2*n], all[2*n:], g, &step)
		return all
	})
}

// FuzzFWHT: all sets give the same bits, and transforming twice brings back the input,
// n times as large.
func FuzzFWHT(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzFWHT[float32](t, b)
		fuzzFWHT[float64](t, b)
	})
}

func fuzzFWHT[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	x := slice[T](r, 1<<(r.byte()%13))
	n, size := float64(len(x)), 0.0
	for _, v := range x {
		size += math.Abs(float64(v))
	}
	// A sum of n = 2^k terms in k steps is off by at most k·u of their sizes, and so are
	// the sums of n such sums. Additions never underflow.
	u, most := 0x1p-53, math.MaxFloat64
	if _, ok := any(x).([]float32); ok {
		u, most = 0x1p-24, math.MaxFloat32
	}
	bound := 3 * (1 + math.Log2(n)) * u * n * size
	everySet(t, func() []T {
		y := slices.Clone(x)
		asm.FWHT(y)
		back := slices.Clone(y)
		asm.FWHT(back)
		if n*size < most {
			for i, v := range back {
				if d := math.Abs(float64(v) - n*float64(x[i])); !(d <= bound) {
					t.Fatalf("%T, n = %g: element %d comes back as %g, want %g ± %g", v, n, i, float64(v), n*float64(x[i]), bound)
				}
			}
		}
		return y
	})
}

// FuzzMultiply checks the products against the chain that defines them, for
// every shape, some of them long enough to be computed in blocks, with views that have
// a gap between their rows.
func FuzzMultiply(f *testing.F) {
	f.Add([]byte{3, 4, 5, 2, 0, 0, 1, 2, 3, 4, 5, 6})
	f.Add([]byte{17, 33, 40, 1, 3, 2, 9, 8, 7, 6})
	f.Add([]byte{1, 64, 50, 0, 0, 1, 1, 2, 3})
	f.Add([]byte{5, 69, 7, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 255, 254, 253})
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzMultiply[float32](t, b)
		fuzzMultiply[float64](t, b)
	})
}

func fuzzMultiply[T asm.Float](t *testing.T, b []byte) {
	r := &reader{b}
	m, k, n := int(r.byte()%70), int(r.byte()%70), int(r.byte()%70)
	form := int(r.byte())
	gap := form % 4
	if form&4 != 0 {
		m, k, n = m%8, 24*k, n%8
	}
	matrix := func(rows, cols int) *mat.Dense[T] {
		return mat.Of(rows, cols+gap, slice[T](r, rows*(cols+gap))).View(0, 0, rows, cols)
	}
	a, bm, c := matrix(m, k), matrix(k, n), matrix(m, n)
	none := func(i, j int) T { return 0 }
	at, bt := a.T(), bm.T()
	product, sum := chain(a, bm, none), chain(a, bm, c.At)
	for _, f := range []struct {
		name string
		run  func(dst *mat.Dense[T])
		want []T
	}{
		{"Mul", func(dst *mat.Dense[T]) { mat.Mul(dst, a, bm) }, product},
		{"MulT", func(dst *mat.Dense[T]) { mat.MulT(dst, a, bt) }, product},
		{"TMul", func(dst *mat.Dense[T]) { mat.TMul(dst, at, bm) }, product},
		{"MulPacked", func(dst *mat.Dense[T]) { mat.MulPacked(dst, a, mat.Pack(bm)) }, product},
		{"MulAdd", func(dst *mat.Dense[T]) { mat.MulAdd(dst, a, bm) }, sum},
		{"TMulAdd", func(dst *mat.Dense[T]) { mat.TMulAdd(dst, at, bm) }, sum},
		{"MulPackedAdd", func(dst *mat.Dense[T]) { mat.MulPackedAdd(dst, a, mat.PackT(bt)) }, sum},
	} {
		everySet(t, func() []T {
			whole := mat.New[T](m, n+gap)
			dst := whole.View(0, 0, m, n)
			dst.Copy(c)
			f.run(dst)
			for i := range m {
				what := fmt.Sprintf("%s %d×%d×%d, row %d", f.name, m, k, n, i)
				equal(t, what, dst.Row(i), f.want[i*n:(i+1)*n])
				equal(t, what+", gap", whole.Row(i)[n:], make([]T, gap))
			}
			return nil
		})
	}
	gram := chain(bt, bm, none)
	everySet(t, func() []T {
		equal(t, fmt.Sprintf("Gram of %d×%d", k, n), mat.Gram(nil, bm).Data(), gram)
		return nil
	})
}

// chain is a·b by the rule that defines every product: for each element one chain of
// fused multiply-adds in ascending order, from a start.
func chain[T asm.Float](a, b *mat.Dense[T], start func(i, j int) T) []T {
	c := make([]T, 0, a.Rows()*b.Cols())
	for i := range a.Rows() {
		for j := range b.Cols() {
			v := start(i, j)
			for l := range a.Cols() {
				v = asm.FMA(a.At(i, l), b.At(l, j), v)
			}
			c = append(c, v)
		}
	}
	return c
}

// FuzzFusedFloat32 checks the float32 fused multiply-add against exact arithmetic, also
// where rounding to float64 first would go wrong, which hardly any three numbers do.
func FuzzFusedFloat32(f *testing.F) {
	f.Add(uint32(0x3f800001), uint32(0x3f800001), uint32(0x33000000))
	f.Add(uint32(0x00000001), uint32(0x3f000000), uint32(0x00000001))
	f.Add(uint32(0x7f7fffff), uint32(0x3f800001), uint32(0xf3000000))
	f.Add(uint32(3), uint32(5), uint32(0x80001000))
	f.Add(uint32(0x80000002), uint32(7), uint32(0x00002000))
	f.Add(uint32(0x80000003), uint32(9), uint32(0x80002000))
	f.Fuzz(func(t *testing.T, a, b, c uint32) {
		fused(t, math.Float32frombits(a), math.Float32frombits(b), math.Float32frombits(c))
		x, y, z := aboveTie(a, b, c)
		fused(t, x, y, z)
		x, y, z = belowSmallTie(a, c)
		fused(t, x, y, z)
	})
}

// aboveTie returns numbers whose product, often an odd one of 25 bits, lies in the middle
// between two float32, and one to add that is too small for the sum to show it in float64.
func aboveTie(a, b, c uint32) (x, y, z float32) {
	x = float32(0x1001 | a&0xffe)
	y = float32(0x1001 | b&0xffe)
	if a>>31 == 1 {
		x = -x
	}
	z = math.Float32frombits(c&0x807fffff | (0x10+c>>23&0x3f)<<23) // 2^-111 to 2^-48
	return x, y, z
}

// belowSmallTie returns numbers whose product lies just below half the smallest float32,
// and a subnormal number.
func belowSmallTie(a, c uint32) (x, y, z float32) {
	u := math.Ldexp(1, -23+int(a%12))
	x, y = float32((1+u)*0x1p-75), float32((1-u)*0x1p-75)
	if a>>31 == 1 {
		x = -x
	}
	return x, y, math.Float32frombits(c & 0x807fffff)
}

func fused(t *testing.T, x, y, z float32) {
	t.Helper()
	got := asm.FMA(x, y, z)
	for _, v := range []float32{x, y, z} {
		if v-v != 0 { // NaN or infinite
			if want := float32(math.FMA(float64(x), float64(y), float64(z))); !same(got, want) {
				t.Fatalf("FMA(%x, %x, %x) = %x, want %x", x, y, z, got, want)
			}
			return
		}
	}
	exact := new(big.Float).SetPrec(1000).SetFloat64(float64(x))
	exact.Mul(exact, big.NewFloat(float64(y)))
	exact.Add(exact, big.NewFloat(float64(z)))
	if want, _ := exact.Float32(); got != want {
		t.Fatalf("FMA(%x, %x, %x) = %x, want %x", x, y, z, got, want)
	}
}

func FuzzComplexFFT(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		fuzzFFT[float32, complex64](t, b)
		fuzzFFT[float64, complex128](t, b)
	})
}

// fuzzFFT takes any length to 700, whose plan it makes anew.
func fuzzFFT[T asm.Float, C asm.Complex](t *testing.T, b []byte) {
	r := &reader{b}
	n := 1 + r.size(700)
	x := make([]C, n)
	asm.FFTLast(x, slice[T](r, n), slice[T](r, n), 1, 1, false)
	p := fft.NewPlan[C](n)
	everySet(t, func() []T {
		y := make([]T, 4*n)
		asm.FFTSplit(y[:n], y[n:], p.Forward(nil, x, nil), false)
		asm.FFTSplit(y[2*n:], y[3*n:], p.Inverse(nil, x, nil), false)
		return y
	})
}
