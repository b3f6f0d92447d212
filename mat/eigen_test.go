package mat_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// symmetric returns Q·diag(values)·Qᵀ, rounded.
func symmetric[T asm.Float](values []float64, seed uint64) *mat.Dense[T] {
	n := len(values)
	var f mat.QR[float64]
	if err := f.Factor(normals[float64](n, n, seed)); err != nil {
		panic(err)
	}
	q := f.Q(nil)
	qd := q.Clone()
	for i := range n {
		for j := range n {
			qd.Set(i, j, q.At(i, j)*values[j])
		}
	}
	s := mat.MulT(nil, qd, q)
	a := mat.New[T](n, n)
	for i := range n {
		for j := range i + 1 {
			a.Set(i, j, T(s.At(i, j)))
			a.Set(j, i, T(s.At(i, j)))
		}
	}
	return a
}

// TestSymEigen measures against exact products with the kernel set in use;
// TestSymEigenBits shows that the others give the same bits.
func TestSymEigen(t *testing.T) {
	t.Run("float32", testSymEigen[float32])
	t.Run("float64", testSymEigen[float64])
}

func testSymEigen[T asm.Float](t *testing.T) {
	repeat := func(n int, v ...float64) []float64 {
		s := make([]float64, n)
		for i := range s {
			s[i] = v[i%len(v)]
		}
		return s
	}
	graded := mat.New[T](12, 12)
	for i := range 12 {
		for j := range 12 {
			graded.Set(i, j, T(math.Ldexp(1, -3*(i+j))))
		}
		graded.Set(i, i, graded.At(i, i)*2)
	}
	huge := symmetric[T]([]float64{3, -2, 1, 7}, 5)
	tiny := huge.Clone()
	for i := range huge.Data() {
		huge.Data()[i] *= T(1e37)
		tiny.Data()[i] *= T(1e-33)
	}
	diagonal := mat.New[T](4, 4)
	for i, v := range []T{3, -1, 3, 0} {
		diagonal.Set(i, i, v)
	}
	swap := mat.Of(2, 2, []T{0, 1, 1, 0})
	cases := map[string]*mat.Dense[T]{
		"empty": mat.New[T](0, 0), "one": mat.Of(1, 1, []T{-3}), "zero": mat.New[T](5, 5),
		"diagonal": diagonal, "swap": swap, "graded": graded, "huge": huge, "tiny": tiny,
		"degenerate": symmetric[T](repeat(20, 1, 1, 1, 4), 6), "all equal": symmetric[T](repeat(15, 2), 7),
		"rank one": symmetric[T](append(repeat(32, 0), 5), 8), "clusters": symmetric[T](repeat(34, 1, 1+1e-9, -1), 9),
		"hilbert": hilbert[T](10),
	}
	for _, n := range sizes() {
		if n <= 100 {
			cases[fmt.Sprintf("n=%d", n)] = spd[T](n, uint64(n))
		}
	}
	for name, a := range cases {
		n := a.Rows()
		in, check := padded(t, a)
		for i := range n {
			for j := i + 1; j < n; j++ {
				in.Set(i, j, T(math.NaN())) // must not be read
			}
		}
		values, v, err := mat.SymEigen(nil, in, in)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		check()
		if !slices.IsSorted(values) {
			t.Errorf("%s: values are not ascending: %v", name, values)
		}
		if n == 0 {
			continue
		}
		e := toExact(a)
		bound := (4 + float64(n)) * eps[T]()
		norm := max(e.norm(), math.SmallestNonzeroFloat64)
		vd := toExact(v)
		for _, row := range vd {
			for j := range row {
				row[j].Mul(row[j], bigF(float64(values[j])))
			}
		}
		if got := e.mul(toExact(v)).maxDiff(vd, one) / norm; got > bound {
			t.Errorf("%s: |A·V − V·D| = %g·‖A‖, bound %g", name, got, bound)
		}
		if got := orthogonality(v); got > bound {
			t.Errorf("%s: |VᵀV − I| = %g, bound %g", name, got, bound)
		}
	}
}

func TestSymEigenKnown(t *testing.T) {
	// The path graph's Laplacian has values 2 − 2·cos(πk/n).
	const n = 50
	a := mat.New[float64](n, n)
	for i := range n {
		a.Set(i, i, 2)
		if i > 0 {
			a.Set(i, i-1, -1)
		}
	}
	a.Set(0, 0, 1)
	a.Set(n-1, n-1, 1)
	values, _, err := mat.SymEigen(nil, nil, a)
	if err != nil {
		t.Fatal(err)
	}
	for k, got := range values {
		if want := 2 - 2*math.Cos(math.Pi*float64(k)/n); math.Abs(got-want) > 4e-15 {
			t.Errorf("value %d: got %v, want %v", k, got, want)
		}
	}
}

func TestSymEigenErrors(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		a := spd[float64](5, 1)
		a.Set(3, 1, bad)
		if _, _, err := mat.SymEigen(nil, nil, a); !errors.Is(err, mat.ErrNotFinite) {
			t.Errorf("%g: got %v", bad, err)
		}
	}
}

func TestSymEigenBits(t *testing.T) {
	n := 200 // two strips of columns
	if testing.Short() {
		n = 70
	}
	t.Run("float32", func(t *testing.T) { testSymEigenBits[float32](t, n) })
	t.Run("float64", func(t *testing.T) { testSymEigenBits[float64](t, n) })
}

func testSymEigenBits[T asm.Float](t *testing.T, n int) {
	a := spd[T](n, 81)
	everywhere(t, func() []*mat.Dense[T] {
		values, v, err := mat.SymEigen(nil, nil, a)
		if err != nil {
			t.Fatal(err)
		}
		return []*mat.Dense[T]{mat.Of(1, n, values), v}
	})
}

func BenchmarkSymEigen(b *testing.B) {
	b.Run("type=float32", benchSymEigen[float32])
	b.Run("type=float64", benchSymEigen[float64])
}

func benchSymEigen[T asm.Float](b *testing.B) {
	for _, n := range []int{64, 256, 784} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			a, values, v := spd[T](n, 1), make([]T, n), mat.New[T](n, n)
			kerneltest.Sets(b, func(b *testing.B, kernel string) {
				b.Run("kernel="+kernel, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if _, _, err := mat.SymEigen(values, v, a); err != nil {
							b.Fatal(err)
						}
					}
				})
			})
		})
	}
}

func ExampleSymEigen() {
	values, v, err := mat.SymEigen(nil, nil, mat.Of(2, 2, []float64{2, 1, 1, 2}))
	fmt.Printf("%.4f %v\n", values, err)
	fmt.Printf("%.4f\n", math.Abs(v.At(0, 1)))
	// Output:
	// [1.0000 3.0000] <nil>
	// 0.7071
}
