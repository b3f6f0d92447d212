package fft

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/impl"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
)

func reals[T asm.Float](r *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

func unit[T asm.Float]() float64 {
	if _, ok := any(*new(T)).(float32); ok {
		return 0x1p-24
	}
	return 0x1p-53
}

// tolerance bounds the RMS error of a real or cosine transform relative to the
// size of its elements, generously: one more pass than Plan, four times that for
// lengths with large primes.
func tolerance[T asm.Float](n int) float64 {
	return unit[T]() * 6 * (1 + math.Sqrt(math.Log2(float64(n))))
}

func realLengths() []int {
	if testing.Short() {
		return []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 30, 31, 64, 100, 121}
	}
	l := make([]int, 0, 300)
	for n := range 257 {
		l = append(l, n+1)
	}
	return append(l, 500, 1000, 1009, 1024)
}

// TestReal compares the real transform with the complex one, whose own error
// TestDirect bounds, and runs it back.
func TestReal(t *testing.T) {
	t.Run("float32", testReal[float32, complex64])
	t.Run("float64", testReal[float64, complex128])
}

func testReal[T asm.Float, C asm.Complex](t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		var ws Workspace
		for _, n := range realLengths() {
			p, x := NewRealPlan[T](n), reals[T](rnd, n)
			z := make([]C, n)
			for i, v := range x {
				z[i] = makeComplex[C](float64(v), 0)
			}
			NewPlan[C](n).Forward(z, z, &ws)
			re, im := p.Forward(nil, nil, x, &ws)
			sum := 0.0
			for k := range re {
				wr, wi := parts(z[k])
				sum += (float64(re[k])-wr)*(float64(re[k])-wr) + (float64(im[k])-wi)*(float64(im[k])-wi)
			}
			if e := math.Sqrt(sum / float64(n*len(re))); !(e <= tolerance[T](n)) {
				t.Errorf("n = %d: relative RMS error %.3g", n, e)
			}
			if im[0] != 0 || n%2 == 0 && im[n/2] != 0 {
				t.Errorf("n = %d: the ends have imaginary parts %v, %v", n, im[0], im[n/2])
			}
			if e := rms(p.Inverse(nil, re, im, &ws), x); !(e <= tolerance[T](n)) {
				t.Errorf("n = %d: inverse of forward has RMS error %.3g", n, e)
			}
		}
	})
}

func rms[T asm.Float](x, y []T) float64 {
	sum := 0.0
	for i := range x {
		sum += (float64(x[i]) - float64(y[i])) * (float64(x[i]) - float64(y[i]))
	}
	return math.Sqrt(sum / float64(len(x)))
}

// TestDCT compares both types with their sums.
func TestDCT(t *testing.T) {
	t.Run("float32", testDCT[float32])
	t.Run("float64", testDCT[float64])
}

func testDCT[T asm.Float](t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(3, 4))
		var ws Workspace
		for _, n := range realLengths() {
			if n > 300 {
				continue
			}
			p, x, r := NewDCTPlan[T](n), reals[T](rnd, n), newRoots(4*n)
			second, third := p.II(nil, x, &ws), p.III(nil, x, &ws)
			var e2, e3 float64
			for k := range n {
				var s2, s3 double
				for j := range n {
					c, _ := r.double((2*j + 1) * k % (4 * n))
					s2 = s2.add(c.mul(double{float64(x[j]), 0}))
					c, _ = r.double((2*k + 1) * j % (4 * n))
					if j == 0 {
						c = double{0.5, 0}
					}
					s3 = s3.add(c.mul(double{float64(x[j]), 0}))
				}
				e2 += math.Pow(s2.h-float64(second[k]), 2)
				e3 += math.Pow(s3.h-float64(third[k]), 2)
			}
			size := math.Sqrt(float64(n) / 2)
			if e := math.Sqrt(e2/float64(n)) / size; !(e <= tolerance[T](n)) {
				t.Errorf("type II, n = %d: relative RMS error %.3g", n, e)
			}
			if e := math.Sqrt(e3/float64(n)) / size; !(e <= tolerance[T](n)) {
				t.Errorf("type III, n = %d: relative RMS error %.3g", n, e)
			}
			back := p.III(second, second, &ws)
			for i := range back {
				back[i] *= 2 / T(n)
			}
			if e := rms(back, x); !(e <= 2*tolerance[T](n)) {
				t.Errorf("III of II, n = %d: RMS error %.3g", n, e)
			}
		}
	})
}

// TestRealKernelsAgree compares every kernel set with the generic forms bit for bit.
func TestRealKernelsAgree(t *testing.T) {
	defer func(name string) {
		if err := impl.Select(name); err != nil {
			t.Error(err)
		}
	}(impl.Active())
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{1, 2, 7, 16, 31, 64, 100, 240} {
		x := reals[float32](rnd, n)
		x[n/2] = float32(math.Copysign(0, -1))
		var want [][]float32
		names := impl.Names()
		for i := range names {
			name := names[len(names)-1-i]
			if err := impl.Select(name); err != nil {
				t.Fatal(err)
			}
			re, im := NewRealPlan[float32](n).Forward(nil, nil, x, nil)
			d := NewDCTPlan[float32](n)
			got := [][]float32{re, im, NewRealPlan[float32](n).Inverse(nil, re, im, nil), d.II(nil, x, nil), d.III(nil, x, nil)}
			if want == nil {
				want = got
			}
			for w := range got {
				for j := range got[w] {
					if math.Float32bits(got[w][j]) != math.Float32bits(want[w][j]) {
						t.Fatalf("%s n=%d: result %d, element %d is %x, want %x", name, n, w, j, got[w][j], want[w][j])
					}
				}
			}
		}
	}
}

func TestRealNoAllocation(t *testing.T) {
	for _, n := range []int{64, 75, 77, 97} {
		p, d := NewRealPlan[float32](n), NewDCTPlan[float64](n)
		x, y := make([]float32, n), make([]float64, n)
		re, im := make([]float32, n/2+1), make([]float32, n/2+1)
		var ws Workspace
		if a := testing.AllocsPerRun(5, func() {
			p.Forward(re, im, x, &ws)
			p.Inverse(x, re, im, &ws)
			d.II(y, y, &ws)
			d.III(y, y, &ws)
		}); a != 0 {
			t.Errorf("n = %d: %v allocations", n, a)
		}
	}
}

func TestRealRefuses(t *testing.T) {
	p, d := NewRealPlan[float32](8), NewDCTPlan[float64](8)
	x, half := make([]float32, 8), make([]float32, 5)
	for message, f := range map[string]func(){
		"fft.NewRealPlan: a transform has at least one element, not 0": func() { NewRealPlan[float32](0) },
		"fft.NewDCTPlan: a transform has at least one element, not -1": func() { NewDCTPlan[float64](-1) },
		"fft.RealPlan.Forward: x has 5 elements, want 8":               func() { p.Forward(nil, nil, half, nil) },
		"fft.RealPlan.Forward: re has 8 elements, want 5":              func() { p.Forward(x, nil, x, nil) },
		"fft.RealPlan.Inverse: re has 4 elements, want 5":              func() { p.Inverse(nil, half[:4], half, nil) },
		"fft.RealPlan.Inverse: im has 4 elements, want 5":              func() { p.Inverse(nil, half, half[:4], nil) },
		"fft.RealPlan.Inverse: dst has 9 elements, want 8":             func() { p.Inverse(make([]float32, 9), half, half, nil) },
		"fft.DCTPlan.II: x has 7 elements, want 8":                     func() { d.II(nil, make([]float64, 7), nil) },
		"fft.DCTPlan.III: dst has 9 elements, want 8":                  func() { d.III(make([]float64, 9), make([]float64, 8), nil) },
	} {
		misuse.Panics(t, message, f)
	}
}

func BenchmarkRealFFT(b *testing.B) {
	for _, n := range []int{1000, 1024, 65536} {
		kerneltest.Sets(b, func(b *testing.B, kernel string) {
			b.Run(fmt.Sprintf("type=float64/n=%d/kernel=%s", n, kernel), func(b *testing.B) {
				p, x := NewRealPlan[float64](n), reals[float64](rand.New(rand.NewPCG(1, 2)), n)
				re, im := p.Forward(nil, nil, x, nil)
				var ws Workspace
				b.SetBytes(int64(8 * n))
				b.ReportAllocs()
				for b.Loop() {
					p.Forward(re, im, x, &ws)
				}
				b.ReportMetric(2.5*float64(n)*math.Log2(float64(n))*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
			})
		})
	}
}
