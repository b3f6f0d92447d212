package mat_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"testing"

	"nnk/asm"
	"nnk/internal/bigref"
	"nnk/internal/impl"
	"nnk/internal/kerneltest"
	"nnk/mat"
)

// Helpers of the factorisations' tests.

func eps[T asm.Float]() float64 {
	if _, ok := any(T(0)).(float32); ok {
		return 0x1p-24
	}
	return 0x1p-53
}

func typeName[T asm.Float]() string { return fmt.Sprintf("%T", T(0)) }

// normals returns an r×c matrix of roughly normal values.
func normals[T asm.Float](r, c int, seed uint64) *mat.Dense[T] {
	g := rand.New(rand.NewPCG(seed, 7))
	a := mat.New[T](r, c)
	for i := range a.Data() {
		a.Data()[i] = T(g.Float64() + g.Float64() + g.Float64() - 1.5)
	}
	return a
}

// spd returns a well-conditioned symmetric positive definite matrix.
func spd[T asm.Float](n int, seed uint64) *mat.Dense[T] {
	z := normals[T](n+5, n, seed)
	s := mat.TMul(nil, z, z)
	for i := range n {
		s.Set(i, i, s.At(i, i)+T(n)/16+1)
	}
	return s
}

const untouched = 12345.5

// padded returns a copy of a inside a larger matrix, and a check that the
// elements around it are untouched.
func padded[T asm.Float](t *testing.T, a *mat.Dense[T]) (*mat.Dense[T], func()) {
	t.Helper()
	r, c := a.Rows(), a.Cols()
	outer := mat.New[T](r+2, c+5)
	for i := range outer.Data() {
		outer.Data()[i] = untouched
	}
	v := outer.View(1, 2, r, c)
	v.Copy(a)
	return v, func() {
		t.Helper()
		for i := range r + 2 {
			for j := range c + 5 {
				if inside := i >= 1 && i <= r && j >= 2 && j < c+2; !inside && outer.At(i, j) != untouched {
					t.Errorf("wrote outside of a %d×%d view: element (%d, %d) is %v", r, c, i-1, j-2, outer.At(i, j))
				}
			}
		}
	}
}

// equalBits reports the first difference, with its distance in ulps; all NaNs
// are equal.
func equalBits[T asm.Float](t *testing.T, what string, got, want *mat.Dense[T]) {
	t.Helper()
	if got.Rows() != want.Rows() || got.Cols() != want.Cols() {
		t.Fatalf("%s: got %d×%d, want %d×%d", what, got.Rows(), got.Cols(), want.Rows(), want.Cols())
	}
	for i := range got.Rows() {
		for j, v := range got.Row(i) {
			w := want.At(i, j)
			if bits(v) != bits(w) && !(v != v && w != w) {
				t.Fatalf("%s: element (%d, %d): got %x, want %x, %d ulp apart", what, i, j, float64(v), float64(w), bits(v)-bits(w))
			}
		}
	}
}

func bits[T asm.Float](v T) int64 {
	if f, ok := any(v).(float32); ok {
		return int64(math.Float32bits(f))
	}
	return int64(math.Float64bits(float64(v)))
}

// everywhere runs f with each kernel set and with 1, 2 and 8 goroutines and
// requires the same bits of its results every time.
func everywhere[T asm.Float](t *testing.T, f func() []*mat.Dense[T]) {
	t.Helper()
	kerneltest.Check(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer impl.Select(impl.Active())
	var first []*mat.Dense[T]
	for _, name := range impl.Names() {
		if err := impl.Select(name); err != nil {
			t.Fatal(err)
		}
		for _, procs := range []int{1, 2, 8} {
			runtime.GOMAXPROCS(procs)
			r := f()
			if first == nil {
				first = r
			}
			for i := range r {
				equalBits(t, fmt.Sprintf("%s kernel=%s GOMAXPROCS=%d result %d", typeName[T](), name, procs, i), r[i], first[i])
			}
		}
	}
}

// sizes are the orders that the tests run: small ones, around the blocks, and
// one of several blocks.
func sizes() []int {
	if testing.Short() {
		return []int{0, 1, 2, 3, 31, 33, 65, 70}
	}
	return []int{0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 95, 97, 127, 128, 129, 200}
}

// bits300 hold every sum of products here that stays within 2^±100.
const bits300 = bigref.Prec(300)

// exact is a matrix of big numbers.
type exact bigref.Matrix

func bigF(v float64) *big.Float { return bits300.Float(v) }

func toExact[T asm.Float](a *mat.Dense[T]) exact {
	e := make(exact, a.Rows())
	for i := range e {
		for j := range a.Cols() {
			e[i] = append(e[i], bigF(float64(a.At(i, j))))
		}
	}
	return e
}

func (a exact) t() exact { return exact(bigref.Matrix(a).T()) }

func (a exact) mul(b exact) exact {
	return exact(bits300.MatMul(bigref.Matrix(a), bigref.Matrix(b)))
}

// solve returns a⁻¹·b.
func (a exact) solve(b exact) exact {
	return exact(bits300.Solve(bigref.Matrix(a), bigref.Matrix(b)))
}

// maxDiff is the largest |a−b|, each divided by scale(i, j).
func (a exact) maxDiff(b exact, scale func(i, j int) float64) float64 {
	worst := 0.0
	for i := range a {
		for j := range a[i] {
			d, _ := new(big.Float).Sub(a[i][j], b[i][j]).Float64()
			worst = max(worst, math.Abs(d)/scale(i, j))
		}
	}
	return worst
}

// hilbert returns 1/(i+j+1), rounded.
func hilbert[T asm.Float](n int) *mat.Dense[T] {
	a := mat.New[T](n, n)
	for i := range n {
		for j := range n {
			a.Set(i, j, T(1/float64(i+j+1)))
		}
	}
	return a
}

func one(i, j int) float64 { return 1 }
