package asm_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/guardmem"
	"nnk/internal/impl"
	"nnk/internal/kerneltest"
)

// lengths are 0…300 and around the powers of two up to 2^16.
func lengths() []int {
	var out []int
	for n := range 301 {
		if !testing.Short() || n < 70 {
			out = append(out, n)
		}
	}
	for n := 512; n <= 1<<16 && !testing.Short(); n *= 2 {
		out = append(out, n-1, n, n+1)
	}
	return out
}

func TestLanes(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testLanes[float32])
		t.Run("float64", testLanes[float64])
	})
}

// testLanes compares Dot, Sum, SumSquares and Axpy with the loops of their
// definitions on every length, on slices that start and end anywhere or touch
// protected pages.
func testLanes[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(10, 11))
	for _, n := range lengths() {
		for variant := range 6 {
			special, offset := variant%2 == 1, r.IntN(16)
			x, y := make([]T, n+offset)[offset:], make([]T, n+3)[3:]
			if variant >= 4 && n < 300 {
				x, y = guardmem.AtEnd[T](t, n), guardmem.AtEnd[T](t, n)
			}
			random(r, x, special)
			random(r, y, special)
			if variant == 2 { // of very different magnitude, so that order shows
				for i := range x {
					x[i] *= T([]float64{1, 0x1p20, 0x1p-30, 0x1p50}[r.IntN(4)])
				}
			}
			where := fmt.Sprintf("n=%d variant=%d offset=%d", n, variant, offset)
			if got, want := asm.Dot(x, y), dotByDefinition(x, y); !same(got, want) {
				t.Fatalf("Dot %s: %x, want %x", where, got, want)
			}
			if got, want := asm.SumSquares(x), dotByDefinition(x, x); !same(got, want) {
				t.Fatalf("SumSquares %s: %x, want %x", where, got, want)
			}
			if got, want := asm.Sum(x), sumByDefinition(x); !same(got, want) {
				t.Fatalf("Sum %s: %x, want %x", where, got, want)
			}
			checkAxpy(t, where, y, T(r.NormFloat64()), x)
			checkAxpy(t, where+" in place", x, 0.75, x)
		}
	}
}

// lanes folds the lanes that step fills for the indices of a padded vector.
func lanes[T asm.Float](n int, step func(acc T, i int) T) T {
	width := asm.L64
	if asm.TileCols[T]() == asm.TileCols32 {
		width = asm.L32
	}
	acc := make([]T, width)
	for i := 0; i < (n+width-1)/width*width; i++ {
		acc[i%width] = step(acc[i%width], i)
	}
	for w := width / 2; w > 0; w /= 2 {
		for j := range w {
			acc[j] += acc[j+w]
		}
	}
	return acc[0]
}

func dotByDefinition[T asm.Float](x, y []T) T {
	return lanes(len(x), func(acc T, i int) T {
		if i >= len(x) {
			return asm.FMA(0, 0, acc)
		}
		return asm.FMA(x[i], y[i], acc)
	})
}

func sumByDefinition[T asm.Float](x []T) T {
	return lanes(len(x), func(acc T, i int) T {
		if i >= len(x) {
			return acc + 0
		}
		return acc + x[i]
	})
}

func checkAxpy[T asm.Float](t *testing.T, where string, dst []T, a T, x []T) {
	t.Helper()
	want := make([]T, len(dst))
	for i := range want {
		want[i] = asm.FMA(a, x[i], dst[i])
	}
	asm.Axpy(dst, a, x)
	for i, w := range want {
		if !same(dst[i], w) {
			t.Fatalf("Axpy %s: element %d is %x, want %x", where, i, dst[i], w)
		}
	}
}

func TestRowsAndTranspose(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testRows[float32])
		t.Run("float64", testRows[float64])
	})
}

// testRows compares AxpyRows and Transpose with the loops of their definitions,
// in memory that ends at a protected page.
func testRows[T asm.Float](t *testing.T) {
	r := rand.New(rand.NewPCG(14, 15))
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 70}
	if testing.Short() {
		sizes = []int{0, 1, 3, 8, 17, 33}
	}
	for _, k := range sizes {
		for _, n := range sizes {
			gap, as := r.IntN(5), 1+r.IntN(3)
			a, b, dst := make([]T, k*as), guardmem.AtEnd[T](t, max(k-1, 0)*(n+gap)+n), make([]T, n+2)
			random(r, a, k == 8)
			random(r, b, k == 8)
			random(r, dst, false)
			want := append([]T(nil), dst...)
			for q := range k {
				for j := range n {
					want[1+j] = asm.FMA(a[q*as], b[q*(n+gap)+j], want[1+j])
				}
			}
			asm.AxpyRows(dst[1:1+n], k, a, as, b, n+gap)
			for i, w := range want {
				if !same(dst[i], w) {
					t.Fatalf("AxpyRows k=%d n=%d: element %d is %x, want %x", k, n, i-1, dst[i], w)
				}
			}
			tr := make([]T, 2+n*(k+gap))
			random(r, tr, false)
			want = append([]T(nil), tr...)
			for i := range n {
				for j := range k {
					want[1+i*(k+gap)+j] = b[j*(n+gap)+i]
				}
			}
			asm.Transpose(n, k, tr[1:], k+gap, b, n+gap)
			for i, w := range want {
				if !same(tr[i], w) {
					t.Fatalf("Transpose of %d×%d: element %d is %x, want %x", k, n, i-1, tr[i], w)
				}
			}
		}
	}
}

func TestShorterSecondSlicePanics(t *testing.T) {
	x, y := make([]float64, 9), make([]float64, 8)
	for name, f := range map[string]func(){"Dot": func() { asm.Dot(x, y[:8:8]) }, "Axpy": func() { asm.Axpy(x, 1, y[:8:8]) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s did not panic", name)
				}
			}()
			f()
		}()
	}
}

// TestFMA32 compares the float32 multiply-add, which most CPUs of the generic
// form compute in float64, with exact arithmetic on arguments made to be hard:
// sums on and next to midpoints, subnormal and overflowing results, and
// products that cancel almost entirely.
func TestFMA32(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 13))
	count := 300_000
	if testing.Short() {
		count = 5_000
	}
	bits := func(scale int) float32 { // 24 random bits, often with long runs of zeros or ones
		m := r.Uint32() >> (8 + r.IntN(24))
		if r.IntN(3) == 0 {
			m = 1<<24 - 1 - m>>uint(r.IntN(12))
		}
		f, _ := new(big.Float).SetMantExp(big.NewFloat(float64(m)), scale).Float32()
		if r.IntN(2) == 0 {
			f = -f
		}
		return f
	}
	for i := range count {
		var x, y, z float32
		e := r.IntN(60) - 30
		x, y = bits(e-12), bits(-e-12)
		switch i % 7 {
		case 0: // any
			z = bits(r.IntN(100) - 60)
		case 1: // far below the product or far above: sums next to a midpoint
			z = bits(r.IntN(8) - 50)
		case 2: // cancels
			z = -(x * y)
		case 3: // subnormal
			x, y, z = bits(-80-r.IntN(12)), bits(-70), bits(-149)
		case 4: // overflows or almost
			x, y, z = bits(60), bits(44), bits(104)
		case 5: // product with few bits on the midpoint of z, then a bit more
			z = bits(0)
			x, y = float32(uint32(1)<<r.IntN(4)+uint32(r.IntN(2))), bits(-26)
		case 6: // a little less than half of the least subnormal: (1 + a)(1 − a) = 1 − a²
			a := float32(math.Ldexp(1, -20-r.IntN(4)))
			x, y, z = (1+a)*0x1p-75, (1-a)*0x1p-75, float32(r.Uint32()>>(8+r.IntN(4)))*0x1p-149
			if r.IntN(2) == 0 {
				x, z = -x, -z
			}
		}
		got, want := asm.FMA(x, y, z), exactFMA(x, y, z)
		if !same(got, want) {
			t.Fatalf("case %d: FMA(%x, %x, %x) = %x, want %x", i, x, y, z, got, want)
		}
	}
}

func exactFMA(x, y, z float32) float32 {
	p := new(big.Float).SetPrec(600).SetFloat64(float64(x))
	p.Mul(p, new(big.Float).SetFloat64(float64(y)))
	if p.Sign() == 0 || z == 0 || z-z != 0 { // signs of zero and infinities: plain arithmetic is exact
		if z == 0 && p.Sign() != 0 {
			f, _ := p.Float32()
			return f
		}
		return float32(x*y) + z
	}
	p.Add(p, new(big.Float).SetFloat64(float64(z)))
	f, _ := p.Float32()
	if p.Sign() == 0 {
		return 0 // opposite terms cancel to +0
	}
	return f
}

func BenchmarkDot(b *testing.B) {
	benchVectors(b, 2, asm.Dot[float32], asm.Dot[float64])
}

func BenchmarkSum(b *testing.B) {
	benchVectors(b, 1, func(x, _ []float32) float32 { return asm.Sum(x) }, func(x, _ []float64) float64 { return asm.Sum(x) })
}

func BenchmarkAxpy(b *testing.B) {
	benchVectors(b, 3, func(x, y []float32) float32 { asm.Axpy(x, 0.5, y); return 0 },
		func(x, y []float64) float64 { asm.Axpy(x, 0.5, y); return 0 })
}

// benchVectors times a function of two vectors that touches each element moves
// times.
func benchVectors(b *testing.B, moves int, f32 func(x, y []float32) float32, f64 func(x, y []float64) float64) {
	for _, n := range []int{16, 64, 100, 1024, 65536, 1 << 22} {
		benchVector(b, "float32", n, 4*moves, f32)
		benchVector(b, "float64", n, 8*moves, f64)
	}
}

func benchVector[T asm.Float](b *testing.B, typ string, n, bytes int, f func(x, y []T) T) {
	x, y := make([]T, n), make([]T, n)
	for i := range x { // memory that was never written would be one page of zeros
		x[i], y[i] = 1, 1
	}
	kerneltest.Sets(b, func(b *testing.B, set string) {
		b.Run(fmt.Sprintf("type=%s/n=%d/kernel=%s", typ, n, set), func(b *testing.B) {
			b.SetBytes(int64(n * bytes))
			b.ReportAllocs()
			for b.Loop() {
				f(x, y)
			}
		})
	})
}

// BenchmarkLimits measures what this core can do at most: FMAs on operands in
// the L1 cache, and reading from each level of memory.
func BenchmarkLimits(b *testing.B) {
	b.Logf("kernel set %s", impl.Names()[0])
	for _, level := range []struct {
		name  string
		bytes int
	}{{"L1", 16 << 10}, {"L2", 256 << 10}, {"L3", 8 << 20}, {"DRAM", 256 << 20}} {
		x := make([]float32, level.bytes/4)
		for i := range x { // memory that was never written would be one page of zeros
			x[i] = 1
		}
		b.Run("read="+level.name, func(b *testing.B) {
			b.SetBytes(int64(level.bytes))
			for b.Loop() {
				asm.Dot(x[:len(x)/2], x[len(x)/2:])
			}
		})
	}
	b.Run("fma/type=float32", benchPeak[float32])
	b.Run("fma/type=float64", benchPeak[float64])
}

func benchPeak[T asm.Float](b *testing.B) {
	const k = 512 // so long that the start and the end of a tile do not count
	m, n := asm.TileRows(), 16
	if asm.TileCols[T]() == asm.TileCols64 {
		n = 8
	}
	x, y, c := make([]T, m*k), make([]T, n*k), make([]T, m*n)
	for b.Loop() {
		asm.Tile(m, n, k, x, 1, 0, y, 0, c, n, false)
	}
	b.ReportMetric(2*float64(m*n*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "Gflop/s")
}
