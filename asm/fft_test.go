package asm

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"nnk/internal/guardmem"
)

// TestFFTKernels runs every pass on operands flush against protected pages, for
// numbers of columns around the vector widths.
func TestFFTKernels(t *testing.T) {
	t.Run("float32", testFFTKernels[float32, complex64])
	t.Run("float64", testFFTKernels[float64, complex128])
}

func testFFTKernels[T Float, C Complex](t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	vector := func(class string, n int) []T {
		x := guardmem.AtEnd[T](t, n)
		copy(x, transformData[T](rnd, class, n))
		return x
	}
	complexes := func(class string, n int) []C {
		x := guardmem.AtEnd[C](t, n)
		FFTLast(x, transformData[T](rnd, class, n), transformData[T](rnd, class, n), 1, 1, false)
		return x
	}
	most := 40
	if testing.Short() {
		most = 18
	}
	for _, class := range transformClasses {
		for _, radix := range []int{2, 3, 4, 5, 7, 8} {
			for s := 1; s <= most; s++ {
				for _, m := range []int{1, 3, 4, 12} {
					n := radix * s * m
					xr, xi, tw := vector(class, n), vector(class, n), vector("normal", 2*m*(radix-1))
					yr, yi := vector("zeros", n), vector("zeros", n)
					var wr, wi []T
					everyKernel(t, func(name string) {
						FFTPass(yr, yi, xr, xi, tw, radix, s)
						what := fmt.Sprintf("FFTPass %s radix=%d s=%d m=%d %s", name, radix, s, m, class)
						wr, wi = compareOrKeep(t, what, wr, yr), compareOrKeep(t, what, wi, yi)
					})
				}
			}
		}
		for m := 1; m <= most; m++ {
			for _, inverse := range []bool{false, true} {
				x, tw := complexes(class, 4*m), vector("normal", 6*m)
				yr, yi := vector("zeros", 4*m), vector("zeros", 4*m)
				var wr, wi []T
				everyKernel(t, func(name string) {
					FFTFirst(yr, yi, x, tw, inverse)
					what := fmt.Sprintf("FFTFirst %s m=%d inverse=%v %s", name, m, inverse, class)
					wr, wi = compareOrKeep(t, what, wr, yr), compareOrKeep(t, what, wi, yi)
				})
				for _, radix := range []int{1, 2, 4} {
					n := radix * m
					xr, xi, y := vector(class, n), vector(class, n), complexes("zeros", n)
					var wr, wi []T
					everyKernel(t, func(name string) {
						FFTLast(y, xr, xi, radix, T(1)/3, inverse)
						what := fmt.Sprintf("FFTLast %s radix=%d s=%d inverse=%v %s", name, radix, m, inverse, class)
						gr, gi := make([]T, n), make([]T, n)
						FFTSplit(gr, gi, y, false)
						wr, wi = compareOrKeep(t, what, wr, gr), compareOrKeep(t, what, wi, gi)
					})
				}
			}
			x, w, y := complexes(class, m), complexes("normal", m), complexes("zeros", m)
			var wr, wi []T
			everyKernel(t, func(name string) {
				ComplexMul(y, x, w)
				gr, gi := make([]T, m), make([]T, m)
				FFTSplit(gr, gi, y, false)
				what := fmt.Sprintf("ComplexMul %s n=%d %s", name, m, class)
				wr, wi = compareOrKeep(t, what, wr, gr), compareOrKeep(t, what, wi, gi)
			})
		}
	}
}

// TestShortTransforms compares the butterflies with sums over rough roots, which is
// enough to find a wrong sign or a wrong root.
func TestShortTransforms(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, r := range []int{2, 3, 4, 5, 7, 8} {
		for range 50 {
			var ar, ai [8]float64
			for k := range r {
				ar[k], ai[k] = rnd.NormFloat64(), rnd.NormFloat64()
			}
			br, bi := ar, ai
			fftShort(&br, &bi, r)
			for k := range r {
				re, im := new(big.Float).SetPrec(300), new(big.Float).SetPrec(300)
				for j := range r {
					c, s := math.Cos(2*math.Pi*float64(j*k%r)/float64(r)), -math.Sin(2*math.Pi*float64(j*k%r)/float64(r))
					add := func(sum *big.Float, x, y float64) {
						sum.Add(sum, new(big.Float).SetPrec(300).Mul(big.NewFloat(x), big.NewFloat(y)))
					}
					add(re, ar[j], c)
					add(re, -ai[j], s)
					add(im, ar[j], s)
					add(im, ai[j], c)
				}
				wr, _ := re.Float64()
				wi, _ := im.Float64()
				if e := math.Hypot(br[k]-wr, bi[k]-wi); !(e < 8e-15) {
					t.Errorf("radix %d, element %d: (%v, %v), want (%v, %v)", r, k, br[k], bi[k], wr, wi)
				}
			}
		}
	}
}

// TestFFTRoots computes the constants of the short transforms again.
func TestFFTRoots(t *testing.T) {
	for r, roots := range map[int]*[7][2]float64{3: &fftRoots3, 5: &fftRoots5, 7: &fftRoots7} {
		for j := range r {
			c, s := math.Cos(2*math.Pi*float64(j)/float64(r)), math.Sin(2*math.Pi*float64(j)/float64(r))
			if math.Abs(roots[j][0]-c) > 0x1p-51 || math.Abs(roots[j][1]-s) > 0x1p-51 {
				t.Errorf("root %d of %d: %v, want (%v, %v)", j, r, roots[j], c, s)
			}
		}
	}
	if math.Abs(halfRoot-math.Sqrt(0.5)) > 0x1p-53 {
		t.Errorf("halfRoot is %v", halfRoot)
	}
}
