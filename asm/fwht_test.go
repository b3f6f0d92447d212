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
					FWHTScaled(buf, f)
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
			FWHTScaled(got, f)
			compareOrKeep(t, fmt.Sprintf("%s n=%d", name, len(x)), want, got)
		})
	}
}

func TestFWHTRefuses(t *testing.T) {
	for name, f := range map[string]func(){
		"length 3":      func() { FWHT(make([]float32, 3)) },
		"short factors": func() { FWHTScaled(make([]float32, 4), make([]float32, 3)) },
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
