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

// orthogonality is the largest element of |VᵀV − I|, exactly.
func orthogonality[T asm.Float](v *mat.Dense[T]) float64 {
	e := toExact(v)
	g := e.t().mul(e)
	for i := range g {
		g[i][i].Sub(g[i][i], bigF(1))
	}
	return g.maxDiff(toExact(mat.New[T](len(g), len(g))), one)
}

// columnNorms returns the norms of a's columns.
func columnNorms[T asm.Float](a *mat.Dense[T]) []float64 {
	s := make([]float64, a.Cols())
	for i := range a.Rows() {
		for j, v := range a.Row(i) {
			s[j] = math.Hypot(s[j], float64(v))
		}
	}
	return s
}

// TestQR measures against exact products with the kernel set in use;
// TestQRBits shows that the others give the same bits.
func TestQR(t *testing.T) {
	t.Run("float32", testQR[float32])
	t.Run("float64", testQR[float64])
}

func testQR[T asm.Float](t *testing.T) {
	tiny := normals[T](9, 4, 3)
	for i := range 9 {
		tiny.Set(i, 1, tiny.At(i, 1)*T(1e-35)) // its squares vanish in float32
		tiny.Set(i, 2, tiny.At(i, 2)*T(1e15))
	}
	dependent := normals[T](10, 4, 4)
	for i := range 10 {
		dependent.Set(i, 2, dependent.At(i, 0))
	}
	cases := map[string]*mat.Dense[T]{
		"columns far apart": tiny, "dependent": dependent, "zero": mat.New[T](5, 3),
		"identity": mat.Of(2, 2, []T{1, 0, 0, 1}), "negative": mat.Of(2, 2, []T{-3, 1, 0, -2}),
		"hilbert": hilbert[T](12), "empty": mat.New[T](0, 0), "no columns": mat.New[T](4, 0),
	}
	shapes := [][2]int{{1, 1}, {2, 2}, {3, 1}, {31, 31}, {33, 33}, {40, 7}, {70, 65}}
	if !testing.Short() {
		shapes = append(shapes, [2]int{32, 32}, [2]int{64, 64}, [2]int{97, 64}, [2]int{120, 100})
	}
	for _, s := range shapes {
		cases[fmt.Sprintf("%d×%d", s[0], s[1])] = normals[T](s[0], s[1], uint64(s[0]*s[1]))
	}
	for name, a := range cases {
		v, check := padded(t, a)
		var f mat.QR[T]
		if err := f.Factor(v); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		equalBits(t, name+": A after Factor", v, a)
		qv, checkQ := padded(t, a)
		q, r := f.Q(qv), f.R(nil)
		check()
		checkQ()
		if a.Cols() == 0 {
			continue
		}
		for i := range r.Rows() {
			for j, v := range r.Row(i)[:i+1] {
				if j < i && v != 0 || j == i && !(v >= 0) {
					t.Errorf("%s: R[%d][%d] = %v", name, i, j, v)
				}
			}
		}
		// Columnwise backward error and orthogonality, Higham theorem 19.4 with
		// the usual √ in place of the worst case.
		bound := 4 * math.Sqrt(float64(a.Rows()*a.Cols())) * eps[T]()
		norms := columnNorms(a)
		if got := toExact(q).mul(toExact(r)).maxDiff(toExact(a), func(i, j int) float64 { return max(norms[j], math.SmallestNonzeroFloat64) }); got > bound {
			t.Errorf("%s: |A − Q·R| is %g·‖column‖, bound %g", name, got, bound)
		}
		if got := orthogonality(q); got > bound {
			t.Errorf("%s: |QᵀQ − I| = %g, bound %g", name, got, bound)
		}
	}
}

// TestLeastSquaresExact compares with the normal equations solved in 300 bits.
func TestLeastSquaresExact(t *testing.T) {
	t.Run("float32", testLeastSquaresExact[float32])
	t.Run("float64", testLeastSquaresExact[float64])
}

func testLeastSquaresExact[T asm.Float](t *testing.T) {
	for _, s := range [][3]int{{1, 1, 1}, {12, 12, 2}, {50, 35, 3}} {
		m, n, c := s[0], s[1], s[2]
		a, b := normals[T](m, n, 61), normals[T](m, c, 62)
		for i := range n { // tame the condition of the square one
			a.Set(i, i, a.At(i, i)+4)
		}
		e := toExact(a)
		want := e.t().mul(e).solve(e.t().mul(toExact(b)))
		got, err := mat.LeastSquares(nil, a, b)
		if err != nil {
			t.Fatal(err)
		}
		if rel := toExact(got).maxDiff(want, one) / want.norm(); rel > 100*eps[T]() {
			t.Errorf("%v: relative error %g = %g ε", s, rel, rel/eps[T]())
		}
		if m == n {
			v, check := padded(t, b)
			if _, err := mat.LeastSquares(v, a, v); err != nil {
				t.Fatal(err)
			}
			equalBits(t, "dst is the right-hand side", v, got)
			check()
		}
	}
}

func TestQRErrors(t *testing.T) {
	a := normals[float64](6, 3, 1)
	for i := range 6 {
		a.Set(i, 2, a.At(i, 0)-a.At(i, 1))
	}
	b := normals[float64](6, 1, 2)
	var pe *mat.PivotError
	if _, err := mat.LeastSquares(nil, a, b); !errors.As(err, &pe) || pe.Index != 2 {
		t.Errorf("dependent columns: got %v", err)
	}
	a.Set(4, 1, math.NaN())
	if _, err := mat.LeastSquares(nil, a, b); !errors.Is(err, mat.ErrNotFinite) {
		t.Errorf("NaN in A: got %v", err)
	}
	b.Set(5, 0, math.Inf(-1))
	if _, err := mat.LeastSquares(nil, normals[float64](6, 3, 1), b); !errors.Is(err, mat.ErrNotFinite) {
		t.Errorf("infinity in B: got %v", err)
	}
}

func TestQRBits(t *testing.T) {
	m, n := 260, 200
	if testing.Short() {
		m, n = 90, 70
	}
	t.Run("float32", func(t *testing.T) { testQRBits[float32](t, m, n) })
	t.Run("float64", func(t *testing.T) { testQRBits[float64](t, m, n) })
}

func testQRBits[T asm.Float](t *testing.T, m, n int) {
	a, b := normals[T](m, n, 71), normals[T](m, 5, 72)
	var f mat.QR[T] // used again and again: nothing of an earlier use may show
	everywhere(t, func() []*mat.Dense[T] {
		if err := f.Factor(a); err != nil {
			t.Fatal(err)
		}
		x, err := f.Solve(nil, b)
		if err != nil {
			t.Fatal(err)
		}
		q, r := f.Q(nil), f.R(nil)
		if err := f.Factor(b); err != nil {
			t.Fatal(err)
		}
		return []*mat.Dense[T]{q, r, x, f.Q(nil)}
	})
}

func BenchmarkQR(b *testing.B) {
	b.Run("type=float32", benchQR[float32])
	b.Run("type=float64", benchQR[float64])
}

func benchQR[T asm.Float](b *testing.B) {
	for _, n := range []int{64, 512, 1024} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			a, q := normals[T](n, n, 1), mat.New[T](n, n)
			var f mat.QR[T]
			kerneltest.Sets(b, func(b *testing.B, kernel string) {
				b.Run("kernel="+kernel, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if err := f.Factor(a); err != nil {
							b.Fatal(err)
						}
						f.Q(q)
					}
					gflops(b, float64(n)*float64(n)*float64(n)*8/3)
				})
			})
		})
	}
}

func ExampleLeastSquares() {
	// The parabola through (−1, 2), (0, 1), (1, 4), fitted with one more point at (2, 11).
	a := mat.Of(4, 3, []float64{1, -1, 1, 1, 0, 0, 1, 1, 1, 1, 2, 4})
	x, err := mat.LeastSquares(nil, a, mat.Of(4, 1, []float64{2, 1, 4, 11}))
	fmt.Printf("%.6f %v\n", x.Data(), err)
	// Output: [1.000000 1.000000 2.000000] <nil>
}

func ExampleQR() {
	var f mat.QR[float64]
	if err := f.Factor(mat.Of(2, 2, []float64{3, -5, 4, 10})); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Q %.3f\nR %.3f\n", f.Q(nil).Data(), f.R(nil).Data())
	// Output:
	// Q [0.600 -0.800 0.800 0.600]
	// R [5.000 5.000 0.000 10.000]
}
