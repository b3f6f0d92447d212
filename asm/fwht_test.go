package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"nnk/internal/guardmem"
	"nnk/internal/impl"
)

// everyKernel runs f with the generic forms first and then with every other set.
func everyKernel(t *testing.T, f func(name string)) {
	t.Helper()
	defer func(name string) {
		if err := impl.Select(name); err != nil {
			t.Error(err)
		}
	}(impl.Active())
	names := impl.Names()
	for i := range names {
		name := names[len(names)-1-i]
		if err := impl.Select(name); err != nil {
			t.Fatal(err)
		}
		f(name)
	}
}

// sameBits reports whether x and y have the same bits, all NaNs being one.
func sameBits[T Float](x, y T) bool {
	if x != x || y != y {
		return x != x && y != y
	}
	return x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// transformData returns n values of the named class.
func transformData[T Float](r *rand.Rand, class string, n int) []T {
	special := []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 0x1p-149, -0x1p-126, 3e38, -3e38}
	x := make([]T, n)
	for i := range x {
		switch class {
		case "normal":
			x[i] = T(r.NormFloat64())
		case "scales":
			x[i] = T(math.Ldexp(r.NormFloat64(), r.IntN(200)-100))
		case "zeros":
			x[i] = T(math.Copysign(0, r.NormFloat64()))
		case "special":
			x[i] = T(special[r.IntN(len(special))])
		case "one NaN":
			x[i] = T(r.NormFloat64())
			if i == n/3 {
				x[i] = T(math.NaN())
			}
		}
	}
	return x
}

var transformClasses = []string{"normal", "scales", "zeros", "special", "one NaN"}

func TestFWHTKernels(t *testing.T) {
	t.Run("float32", testFWHTKernels[float32])
	t.Run("float64", testFWHTKernels[float64])
}

func testFWHTKernels[T Float](t *testing.T) {
	last := 18
	if testing.Short() {
		last = 13
	}
	r := rand.New(rand.NewPCG(1, 2))
	for e := range last {
		n := 1 << e
		for _, class := range transformClasses {
			for offset := range 3 {
				x, f := transformData[T](r, class, n), transformData[T](r, "normal", n)
				buf := guardmem.AtEnd[T](t, n)
				if offset > 0 {
					buf = make([]T, n+offset)[offset:]
				}
				var want, wantScaled []T
				everyKernel(t, func(name string) {
					copy(buf, x)
					FWHT(buf)
					want = compareOrKeep(t, fmt.Sprintf("FWHT %s n=%d %s", name, n, class), want, buf)
					copy(buf, x)
					FWHTScaled(buf, buf, f, nil)
					wantScaled = compareOrKeep(t, fmt.Sprintf("FWHTScaled %s n=%d %s", name, n, class), wantScaled, buf)
				})
			}
		}
	}
}

// compareOrKeep returns a copy of got if want is nil and compares them otherwise.
func compareOrKeep[T Float](t *testing.T, what string, want, got []T) []T {
	t.Helper()
	if want == nil {
		return append([]T{}, got...)
	}
	for i := range got {
		if !sameBits(got[i], want[i]) {
			t.Fatalf("%s: element %d is %x, want %x", what, i, got[i], want[i])
		}
	}
	return want
}

// TestFWHTStages compares the blocked driver with the loop of the doc comment.
func TestFWHTStages(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for e := range 15 {
		x := transformData[float64](r, "normal", 1<<e)
		f := transformData[float64](r, "normal", 1<<e)
		want := make([]float64, len(x))
		for i := range x {
			want[i] = x[i] * f[i]
		}
		for h := 1; h < len(x); h *= 2 {
			for i := range want {
				if i&h == 0 {
					want[i], want[i+h] = want[i]+want[i+h], want[i]-want[i+h]
				}
			}
		}
		everyKernel(t, func(name string) {
			got := append([]float64{}, x...)
			FWHTScaled(got, got, f, nil)
			compareOrKeep(t, fmt.Sprintf("%s n=%d", name, len(x)), want, got)
		})
	}
}

// TestFWHTScaled compares the fused forms with copying, FWHT and multiplying.
func TestFWHTScaled(t *testing.T) {
	t.Run("float32", testFWHTScaled[float32])
	t.Run("float64", testFWHTScaled[float64])
}

func testFWHTScaled[T Float](t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for e := range 15 {
		if testing.Short() && e > 11 && e != 13 {
			continue
		}
		n := 1 << e
		for _, d := range []int{n, 0, n / 2, n - 1, n/2 + 1, n/8*5 + n/128, n - n/7} {
			d = min(d, n)
			for _, class := range transformClasses {
				x, f, g := transformData[T](r, class, d), transformData[T](r, "normal", n), transformData[T](r, "normal", n)
				in, out := guardmem.AtEnd[T](t, d), guardmem.AtEnd[T](t, n)
				copy(in, x)
				everyKernel(t, func(name string) {
					want := append(append([]T{}, x...), make([]T, n-d)...)
					for i := range want {
						want[i] *= f[i]
					}
					fwhtGeneric(want, nil, 1, n)
					what := fmt.Sprintf("%s n=%d d=%d %s", name, n, d, class)
					FWHTScaled(out, in, f, nil)
					compareOrKeep(t, what, want, out)
					compareOrKeep(t, what+", x", x, in)
					for i := range want {
						want[i] *= g[i]
					}
					FWHTScaled(out, in, f, g)
					compareOrKeep(t, what+", products after", want, out)
					if d == n {
						copy(out, x)
						FWHTScaled(out, out, f, g)
						compareOrKeep(t, what+", in place", want, out)
					}
				})
			}
		}
	}
}

func TestFWHTRefuses(t *testing.T) {
	for name, f := range map[string]func(){
		"length 3":      func() { FWHT(make([]float32, 3)) },
		"short factors": func() { FWHTScaled(make([]float32, 4), make([]float32, 4), make([]float32, 3), nil) },
		"short results": func() { FWHTScaled(make([]float32, 4), make([]float32, 4), make([]float32, 4), make([]float32, 3)) },
		"long x":        func() { FWHTScaled(make([]float32, 4), make([]float32, 5), make([]float32, 5), nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func BenchmarkFWHT(b *testing.B) {
	benchFWHT[float32](b, "float32", 4)
	benchFWHT[float64](b, "float64", 8)
}

func benchFWHT[T Float](b *testing.B, typ string, size int) {
	defer impl.Select(impl.Active())
	for e := 8; e <= 16; e++ {
		for _, kernel := range impl.Names() {
			n := 1 << e
			b.Run(fmt.Sprintf("type=%s/n=%d/kernel=%s", typ, n, kernel), func(b *testing.B) {
				if err := impl.Select(kernel); err != nil {
					b.Fatal(err)
				}
				x := make([]T, n)
				b.SetBytes(int64(n * size))
				b.ReportAllocs()
				for b.Loop() {
					FWHT(x)
				}
				b.ReportMetric(float64(n*e)*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
			})
		}
	}
}
