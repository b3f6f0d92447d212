package mat_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// choleskyChain is the definition of mat.Cholesky, element by element.
func choleskyChain[T asm.Float](a *mat.Dense[T]) *mat.Dense[T] {
	n := a.Rows()
	l := mat.New[T](n, n)
	for j := range n {
		for i := j; i < n; i++ {
			c := a.At(i, j)
			for k := range j {
				c = asm.FMA(-l.At(j, k), l.At(i, k), c)
			}
			if i == j {
				l.Set(j, j, T(math.Sqrt(float64(c))))
			} else {
				l.Set(i, j, c*(1/l.At(j, j)))
			}
		}
	}
	return l
}

func TestCholeskyChain(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testCholeskyChain[float32])
		t.Run("float64", testCholeskyChain[float64])
	})
}

func testCholeskyChain[T asm.Float](t *testing.T) {
	for _, n := range sizes() {
		a := spd[T](n, uint64(n))
		want := choleskyChain(a)
		what := fmt.Sprintf("n=%d", n)
		got, err := mat.Cholesky(nil, a)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		equalBits(t, what, got, want)

		// In place in a view; what is above the diagonal is not read.
		v, check := padded(t, a)
		for i := range n {
			for j := i + 1; j < n; j++ {
				v.Set(i, j, T(math.NaN()))
			}
		}
		if _, err := mat.Cholesky(v, v); err != nil {
			t.Fatalf("%s in place: %v", what, err)
		}
		equalBits(t, what+" in place", v, want)
		check()
	}
}

// TestCholeskyExact holds |A − L·Lᵀ| to Higham's bound (theorem 10.3), one more
// ε for the product with the inverse pivot.
func TestCholeskyExact(t *testing.T) {
	t.Run("float32", testCholeskyExact[float32])
	t.Run("float64", testCholeskyExact[float64])
}

func testCholeskyExact[T asm.Float](t *testing.T) {
	graded := spd[T](20, 5)
	for i := range 20 {
		for j := range 20 {
			graded.Set(i, j, T(math.Ldexp(float64(graded.At(i, j)), -2*(i+j))))
		}
	}
	ridge := hilbert[T](12)
	for i := range 12 {
		ridge.Set(i, i, ridge.At(i, i)+T(8*eps[T]()))
	}
	for _, c := range []struct {
		name string
		a    *mat.Dense[T]
	}{
		{"random", spd[T](40, 1)},
		{"hilbert", hilbert[T](5)},
		{"hilbert with ridge", ridge},
		{"graded", graded},
	} {
		l, err := mat.Cholesky(nil, c.a)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		e := toExact(l)
		got := e.mul(e.t()).maxDiff(toExact(c.a), func(i, j int) float64 {
			return math.Sqrt(float64(c.a.At(i, i)) * float64(c.a.At(j, j)))
		})
		if bound := float64(l.Rows()+3) * eps[T](); got > bound {
			t.Errorf("%s: |A − L·Lᵀ| is %g·√(a_ii·a_jj), bound %g", c.name, got, bound)
		}
	}
}

func TestCholeskyErrors(t *testing.T) {
	for _, n := range []int{1, 3, 33, 70} {
		for _, at := range []int{0, n / 2, n - 1} {
			a := spd[float64](n, 3)
			a.Set(at, at, -2)
			var pe *mat.PivotError
			_, err := mat.Cholesky(nil, a)
			if !errors.As(err, &pe) || !errors.Is(err, mat.ErrSingular) || pe.Index != at || !(pe.Value <= -2) {
				t.Errorf("n=%d, negative diagonal %d: got %v", n, at, err)
			}
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				a := spd[float64](n, 3)
				a.Set(n-1, at, bad)
				before := a.Clone()
				if _, err := mat.Cholesky(a, a); !errors.Is(err, mat.ErrNotFinite) {
					t.Errorf("n=%d, %g at (%d, %d): got %v", n, bad, n-1, at, err)
				}
				equalBits(t, "matrix after ErrNotFinite", a, before)
			}
		}
	}
	big := mat.Of(1, 1, []float64{math.MaxFloat64}) // its square overflows, it is finite
	if l, err := mat.Cholesky(nil, big); err != nil || l.At(0, 0) != math.Sqrt(math.MaxFloat64) {
		t.Errorf("largest float64: got %v, %v", l, err)
	}
	if _, err := mat.Cholesky(nil, mat.New[float32](4, 4)); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("zero matrix: got %v", err)
	}
	tiny := mat.Of(1, 1, []float32{0x1p-149})
	if l, err := mat.Cholesky(nil, tiny); err != nil || l.At(0, 0) != float32(math.Sqrt(0x1p-149)) {
		t.Errorf("smallest float32: got %v, %v", l, err)
	}
}

func TestPivotRatio(t *testing.T) {
	l, err := mat.Cholesky(nil, mat.Of(2, 2, []float64{16, 0, 0, 4}))
	if err != nil || mat.PivotRatio(l) != 0.25 {
		t.Errorf("diag(16, 4): got %v, %v", mat.PivotRatio(l), err)
	}
	if r := mat.PivotRatio(mat.New[float32](0, 0)); r != 1 {
		t.Errorf("empty: got %v", r)
	}
}

// TestCholeskyBits runs the factor and the solves on each kernel set and goroutine count.
func TestCholeskyBits(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 100
	}
	t.Run("float32", func(t *testing.T) { testCholeskyBits[float32](t, n) })
	t.Run("float64", func(t *testing.T) { testCholeskyBits[float64](t, n) })
}

func testCholeskyBits[T asm.Float](t *testing.T, n int) {
	a, b := spd[T](n, 11), normals[T](n, 37, 12)
	everywhere(t, func() []*mat.Dense[T] {
		l, err := mat.Cholesky(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		x, err := mat.RidgeSolve(nil, a, b, 0.5, nil)
		if err != nil {
			t.Fatal(err)
		}
		return []*mat.Dense[T]{l, x, mat.CholeskySolve(nil, l, b)}
	})
}

func BenchmarkCholesky(b *testing.B) {
	b.Run("type=float32", benchCholesky[float32])
	b.Run("type=float64", benchCholesky[float64])
}

func benchCholesky[T asm.Float](b *testing.B) {
	for _, n := range []int{128, 512, 1024, 2048} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			a, l := spd[T](n, 1), mat.New[T](n, n)
			kerneltest.Sets(b, func(b *testing.B, kernel string) {
				b.Run("kernel="+kernel, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if _, err := mat.Cholesky(l, a); err != nil {
							b.Fatal(err)
						}
					}
					gflops(b, float64(n)*float64(n)*float64(n)/3)
				})
			})
		})
	}
}

// gflops reports the rate for the given number of floating-point operations per
// iteration.
func gflops(b *testing.B, flops float64) {
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gflop/s")
}
