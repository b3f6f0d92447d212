package fft

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"nnk/asm"
	"nnk/internal/bigref"
	"nnk/internal/impl"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
)

// parts returns the parts of v in float64.
func parts[C asm.Complex](v C) (re, im float64) {
	switch v := any(v).(type) {
	case complex64:
		return float64(real(v)), float64(imag(v))
	case complex128:
		return real(v), imag(v)
	}
	panic("unreachable")
}

func makeComplex[C asm.Complex](re, im float64) (v C) {
	switch v := any(&v).(type) {
	case *complex64:
		*v = complex(float32(re), float32(im))
	case *complex128:
		*v = complex(re, im)
	}
	return v
}

func normals[C asm.Complex](r *rand.Rand, n int) []C {
	x := make([]C, n)
	for i := range x {
		x[i] = makeComplex[C](r.NormFloat64(), r.NormFloat64())
	}
	return x
}

// epsilon is half the distance from 1 to the next number.
func epsilon[C asm.Complex]() float64 {
	if _, ok := any(*new(C)).(complex64); ok {
		return 0x1p-24
	}
	return 0x1p-53
}

// direct returns element k of the transform of x, as a sum in 106 bits.
func direct[C asm.Complex](r *roots, x []C, k int) (re, im double) {
	for j, v := range x {
		vr, vi := parts(v)
		wr, wi := r.double(j * k % r.n)
		re = re.add(wr.mul(double{vr, 0})).add(wi.mul(double{-vi, 0}))
		im = im.add(wr.mul(double{vi, 0})).add(wi.mul(double{vr, 0}))
	}
	return re, im
}

// errorOf is the relative RMS error of the elements ks of got = transform of x. A
// transform of n normals has elements of size √(2n).
func errorOf[C asm.Complex](r *roots, x, got []C, ks []int) float64 {
	sum := 0.0
	for _, k := range ks {
		re, im := direct(r, x, k)
		gr, gi := parts(got[k])
		dr, di := re.add(double{-gr, 0}).h, im.add(double{-gi, 0}).h
		sum += dr*dr + di*di
	}
	return math.Sqrt(sum / float64(len(ks)) / float64(2*len(x)))
}

// bound is the relative RMS error that is allowed at length n: √log₂ n times a
// factor that FFTW stays below as well, and 4 times that through bluestein, which
// runs two transforms of about twice the length.
func bound[C asm.Complex](n int, p *Plan[C]) float64 {
	b := epsilon[C]() * (0.7 + 0.4*math.Sqrt(math.Log2(float64(n))))
	if (p.single != nil && p.single.chirp != nil) || (p.double != nil && p.double.chirp != nil) {
		b *= 4
	}
	return b
}

// TestDirect compares every length to 1024 with the defining sum: all elements
// of short transforms, 12 of long ones.
func TestDirect(t *testing.T) {
	t.Run("complex64", testDirect[complex64])
	t.Run("complex128", testDirect[complex128])
}

func testDirect[C asm.Complex](t *testing.T) {
	last, step := 1024, 1
	if testing.Short() {
		last, step = 64, 3
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	var ws Workspace
	for n := 1; n <= last; n += step {
		p, r, x := NewPlan[C](n), newRoots(n), normals[C](rnd, n)
		ks := make([]int, 0, n)
		for k := range n {
			if n <= 100 {
				ks = append(ks, k)
			}
		}
		for n > 100 && len(ks) < 12 {
			ks = append(ks, rnd.IntN(n))
		}
		slack := 1 + 3/math.Sqrt(float64(len(ks))) // sampling error of an RMS of few elements
		limit := bound(n, p) * slack
		if e := errorOf(r, x, p.Forward(nil, x, &ws), ks); !(e <= limit) {
			t.Errorf("forward, n = %d: relative RMS error %.3g, bound %.3g", n, e, limit)
		}
		// The inverse of x is the conjugate of the transform of conj(x), over n.
		for i := range x {
			re, im := parts(x[i])
			x[i] = makeComplex[C](re, -im)
		}
		y := p.Inverse(nil, x, &ws)
		back := p.Forward(nil, y, &ws)
		sum := 0.0
		for i := range x {
			ar, ai := parts(x[i])
			br, bi := parts(back[i])
			sum += (ar-br)*(ar-br) + (ai-bi)*(ai-bi)
		}
		if e := math.Sqrt(sum / float64(2*n)); !(e <= 2.5*bound(n, p)*(1+1/math.Sqrt(float64(n)))) {
			t.Errorf("forward of inverse, n = %d: relative RMS error %.3g", n, e)
		}
	}
}

// TestBig compares small transforms with sums in 200 bits whose roots of unity
// come from another computation than the package's own.
func TestBig(t *testing.T) {
	last := 64
	if testing.Short() {
		last = 20
	}
	rnd := rand.New(rand.NewPCG(7, 8))
	for n := 1; n <= last; n++ {
		x := normals[complex128](rnd, n)
		y := NewPlan[complex128](n).Forward(nil, x, nil)
		z := NewPlan[complex128](n).Inverse(nil, x, nil)
		cos, sin := bigRoots(n)
		sum, sumInv := 0.0, 0.0
		term := func(s *big.Float, a float64, b *big.Float) {
			s.Add(s, new(big.Float).SetPrec(200).Mul(new(big.Float).SetPrec(200).SetFloat64(a), b))
		}
		for k := range n {
			var s [4]*big.Float // forward re, im; inverse re, im
			for i := range s {
				s[i] = new(big.Float).SetPrec(200)
			}
			for j, v := range x {
				c, d := cos[j*k%n], sin[j*k%n]
				term(s[0], real(v), c)
				term(s[0], imag(v), d)
				term(s[1], imag(v), c)
				term(s[1], -real(v), d)
				term(s[2], real(v), c)
				term(s[2], -imag(v), d)
				term(s[3], imag(v), c)
				term(s[3], real(v), d)
			}
			diff := func(s *big.Float, f float64) float64 {
				d, _ := new(big.Float).SetPrec(200).Sub(s, big.NewFloat(f)).Float64()
				return d * d
			}
			big1 := new(big.Float).SetPrec(200).SetInt64(int64(n))
			s[2].Quo(s[2], big1)
			s[3].Quo(s[3], big1)
			sum += diff(s[0], real(y[k])) + diff(s[1], imag(y[k]))
			sumInv += diff(s[2], real(z[k])) + diff(s[3], imag(z[k]))
		}
		limit := bound(n, NewPlan[complex128](n)) * (1 + 2/math.Sqrt(float64(n)))
		if e := math.Sqrt(sum / float64(2*n*n)); !(e <= limit) {
			t.Errorf("forward, n = %d: relative RMS error %.3g, bound %.3g", n, e, limit)
		}
		if e := math.Sqrt(sumInv / 2); !(e <= limit+epsilon[complex128]()) {
			t.Errorf("inverse, n = %d: relative RMS error %.3g, bound %.3g", n, e, limit)
		}
	}
}

// bigRoots returns cos and sin of 2πj/n for j < n.
func bigRoots(n int) (cos, sin []*big.Float) {
	for j := range n {
		s, c := bigref.Prec(400).SincosPi(2*j, n)
		cos, sin = append(cos, c), append(sin, s)
	}
	return cos, sin
}

// TestRoots demands roots of unity rounded to nearest, within the 2⁻⁴⁵ ulp that
// double leaves.
func TestRoots(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 12, 100, 256, 997} {
		r := newRoots(n)
		cos, sin := bigRoots(n)
		for k := range n {
			re, im := r.double(k)
			for _, c := range []struct {
				name string
				got  double
				want *big.Float
			}{{"cos", re, cos[k]}, {"−sin", im, new(big.Float).Neg(sin[k])}} {
				d := new(big.Float).SetPrec(400).Sub(c.want, big.NewFloat(c.got.h))
				d.Sub(d, big.NewFloat(c.got.l))
				if e, _ := d.Float64(); math.Abs(e) > 0x1p-98 {
					t.Errorf("%s of root %d of %d: off by %.3g", c.name, k, n, e)
				}
			}
		}
	}
}

// lengths are some of each kind: powers of two, other factors, bluestein.
var lengths = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 16, 20, 24, 32, 35, 36, 48, 49, 60, 64, 80, 84, 96, 97, 100, 112, 120, 125, 128, 144,
	160, 180, 200, 224, 240, 256, 343, 360, 400, 420, 480, 500, 512, 560, 600, 640, 720, 1000, 1009, 1024, 1260, 2048, 2520, 4096, 5000, 8192}

// TestKernelsAgree compares every kernel set with the generic forms bit for bit.
func TestKernelsAgree(t *testing.T) {
	t.Run("complex64", testKernelsAgree[complex64])
	t.Run("complex128", testKernelsAgree[complex128])
}

func testKernelsAgree[C asm.Complex](t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	special := []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 0x1p-149, -0x1p-126, 3e38, 1e-320, 1.7e308}
	for _, n := range lengths {
		if testing.Short() && n > 600 {
			continue
		}
		p := NewPlan[C](n)
		for _, class := range []string{"normal", "scales", "zeros", "special", "one NaN"} {
			x := normals[C](rnd, n)
			for i := range x {
				re, im := parts(x[i])
				switch class {
				case "scales":
					re, im = math.Ldexp(re, rnd.IntN(160)-80), math.Ldexp(im, rnd.IntN(160)-80)
				case "zeros":
					re, im = math.Copysign(0, re), math.Copysign(0, im)
				case "special":
					re, im = special[rnd.IntN(len(special))], special[rnd.IntN(len(special))]
				case "one NaN":
					if i == n/3 {
						re = math.NaN()
					}
				}
				x[i] = makeComplex[C](re, im)
			}
			var want, wantInverse []C
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
				got, gotInverse := p.Forward(nil, x, nil), p.Inverse(nil, x, nil)
				if want == nil {
					want, wantInverse = got, gotInverse
				}
				mustEqual(t, fmt.Sprintf("forward %s n=%d %s", name, n, class), got, want)
				mustEqual(t, fmt.Sprintf("inverse %s n=%d %s", name, n, class), gotInverse, wantInverse)
			}
		}
	}
}

func mustEqual[C asm.Complex](t *testing.T, what string, got, want []C) {
	t.Helper()
	same := func(a, b float64) bool {
		return a != a && b != b || a == b && math.Signbit(a) == math.Signbit(b)
	}
	for i := range got {
		gr, gi := parts(got[i])
		wr, wi := parts(want[i])
		if !same(gr, wr) || !same(gi, wi) {
			t.Fatalf("%s: element %d is %x, want %x", what, i, got[i], want[i])
		}
	}
}

func TestProperties(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(11, 12))
		for _, n := range lengths {
			if testing.Short() && n > 200 {
				continue
			}
			p := NewPlan[complex128](n)
			var ws Workspace
			x := normals[complex128](rnd, n)
			y := p.Forward(nil, x, &ws)
			tol := 8 * bound(n, p)

			// Parseval: n·Σ|x|² = Σ|y|².
			var ex, ey float64
			for i := range x {
				ex += real(x[i])*real(x[i]) + imag(x[i])*imag(x[i])
				ey += real(y[i])*real(y[i]) + imag(y[i])*imag(y[i])
			}
			if r := ey / (ex * float64(n)); !(math.Abs(r-1) <= 1e-13) { // the plain sums round too
				t.Errorf("n = %d: Parseval's ratio is %v", n, r)
			}

			// A shift by one multiplies element k by exp(−2πi·k/n).
			shifted := append(x[n-1:n:n], x[:n-1]...)
			z := p.Forward(nil, shifted, &ws)
			for k := range y {
				re, im := newRootAt(n, k)
				d := z[k] - y[k]*complex(re, im)
				if !(math.Hypot(real(d), imag(d)) <= 10*tol*math.Sqrt(float64(n))) {
					t.Errorf("n = %d: shift theorem broken at %d by %v", n, k, d)
					break
				}
			}

			// An impulse has a flat spectrum, exactly where nothing is rounded.
			impulse := make([]complex128, n)
			impulse[0] = 1
			for k, v := range p.Forward(nil, impulse, &ws) {
				if !(math.Hypot(real(v)-1, imag(v)) <= tol) {
					t.Errorf("n = %d: impulse gives %v at %d", n, v, k)
					break
				}
			}

			// Linear in powers of two, exactly.
			scaled := make([]complex128, n)
			for i, v := range x {
				scaled[i] = complex(4*real(v), 4*imag(v))
			}
			for k, v := range p.Forward(nil, scaled, &ws) {
				if real(v) != 4*real(y[k]) || imag(v) != 4*imag(y[k]) {
					t.Errorf("n = %d: not homogeneous at %d", n, k)
					break
				}
			}

			// In place, with a used workspace and a new one: the same bits.
			inPlace := append([]complex128{}, x...)
			p.Forward(inPlace, inPlace, nil)
			mustEqual(t, fmt.Sprintf("in place, n = %d", n), inPlace, y)
		}
	})
}

func newRootAt(n, k int) (re, im float64) { return newRoots(n).at(k) }

func TestConcurrent(t *testing.T) {
	for _, n := range []int{1024, 1009, 360} {
		p := NewPlan[complex128](n)
		x := normals[complex128](rand.New(rand.NewPCG(1, uint64(n))), n)
		want := p.Forward(nil, x, nil)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				var ws Workspace
				for range 5 {
					mustEqual(t, "concurrent", p.Forward(nil, x, &ws), want)
				}
			})
		}
		wg.Wait()
	}
}

func TestNoAllocation(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		for _, n := range []int{256, 1000, 1009} {
			p, q := NewPlan[complex128](n), NewPlan[complex64](n)
			x, y := make([]complex128, n), make([]complex64, n)
			var ws Workspace
			if a := testing.AllocsPerRun(5, func() {
				p.Forward(x, x, &ws)
				p.Inverse(x, x, &ws)
				q.Forward(y, y, &ws)
				q.Inverse(y, y, &ws)
			}); a != 0 {
				t.Errorf("n = %d: %v allocations", n, a)
			}
		}
	})
}

func TestRefuses(t *testing.T) {
	for message, f := range map[string]func(){
		"fft.NewPlan: a transform has at least one element, not 0": func() { NewPlan[complex128](0) },
		"fft.Plan.Forward: x has 3 elements, want 4":               func() { NewPlan[complex128](4).Forward(nil, make([]complex128, 3), nil) },
		"fft.Plan.Inverse: dst has 5 elements, want 4":             func() { NewPlan[complex64](4).Inverse(make([]complex64, 5), make([]complex64, 4), nil) },
		"fft.Plan.Inverse: dst has 0 elements, want 4":             func() { NewPlan[complex64](4).Inverse([]complex64{}, make([]complex64, 4), nil) },
	} {
		misuse.Panics(t, message, f)
	}
}

func BenchmarkFFT(b *testing.B) {
	benchmarkFFT[complex128](b, "complex128", 16)
	benchmarkFFT[complex64](b, "complex64", 8)
}

func benchmarkFFT[C asm.Complex](b *testing.B, typ string, size int) {
	for _, n := range []int{256, 1000, 1009, 1024, 4096, 65536} {
		kerneltest.Sets(b, func(b *testing.B, kernel string) {
			b.Run(fmt.Sprintf("type=%s/n=%d/kernel=%s", typ, n, kernel), func(b *testing.B) {
				p := NewPlan[C](n)
				x := normals[C](rand.New(rand.NewPCG(1, 2)), n)
				y := make([]C, n)
				var ws Workspace
				b.SetBytes(int64(n * size))
				b.ReportAllocs()
				for b.Loop() {
					p.Forward(y, x, &ws)
				}
				b.ReportMetric(5*float64(n)*math.Log2(float64(n))*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
			})
		})
	}
}
