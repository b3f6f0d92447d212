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

// lowerChain and lowerTChain are the definitions of the triangular solves.
func lowerChain[T asm.Float](l, b *mat.Dense[T]) *mat.Dense[T] {
	x := b.Clone()
	for j := range b.Cols() {
		for i := range b.Rows() {
			c := b.At(i, j)
			for k := range i {
				c = asm.FMA(l.At(i, k), -x.At(k, j), c)
			}
			x.Set(i, j, c*(1/l.At(i, i)))
		}
	}
	return x
}

func lowerTChain[T asm.Float](l, b *mat.Dense[T]) *mat.Dense[T] {
	n := b.Rows()
	x := b.Clone()
	for j := range b.Cols() {
		for i := n - 1; i >= 0; i-- {
			c := b.At(i, j)
			end := min(i/64*64+64, n)
			for k := end; k < n; k++ {
				c = asm.FMA(l.At(k, i), -x.At(k, j), c)
			}
			for k := end - 1; k > i; k-- {
				c = asm.FMA(l.At(k, i), -x.At(k, j), c)
			}
			x.Set(i, j, c*(1/l.At(i, i)))
		}
	}
	return x
}

// lower returns a well-conditioned lower triangular matrix with NaN above the
// diagonal, which must not be read.
func lower[T asm.Float](n int, seed uint64) *mat.Dense[T] {
	l := normals[T](n, n, seed)
	for i := range n {
		for j := range n {
			switch {
			case j > i:
				l.Set(i, j, T(math.NaN()))
			case j < i:
				l.Set(i, j, l.At(i, j)/T(n))
			default:
				l.Set(i, i, T(1.5)+l.At(i, i)/2)
			}
		}
	}
	return l
}

func TestTriangularChain(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		t.Run("float32", testTriangularChain[float32])
		t.Run("float64", testTriangularChain[float64])
	})
}

func testTriangularChain[T asm.Float](t *testing.T) {
	for _, n := range sizes() {
		for _, c := range []int{0, 1, 10, 37} {
			l, check := padded(t, lower[T](n, uint64(n)))
			b := normals[T](n, c, uint64(n+c))
			for _, f := range []struct {
				name        string
				solve       func(dst, l, b *mat.Dense[T]) *mat.Dense[T]
				want        *mat.Dense[T]
				transposedL bool
			}{
				{"SolveLower", mat.SolveLower[T], lowerChain(l, b), false},
				{"SolveLowerT", mat.SolveLowerT[T], lowerTChain(l, b), true},
			} {
				what := fmt.Sprintf("%s n=%d c=%d", f.name, n, c)
				equalBits(t, what, f.solve(nil, l, b), f.want)
				v, checkV := padded(t, b)
				equalBits(t, what+" in place", f.solve(v, l, v), f.want)
				checkV()
			}
			check()
		}
	}
}

// TestTriangularExact holds |L·X − B| to the bound of substitution (Higham,
// theorem 8.5), with one more ε for the inverse of the diagonal.
func TestTriangularExact(t *testing.T) {
	t.Run("float32", testTriangularExact[float32])
	t.Run("float64", testTriangularExact[float64])
}

func testTriangularExact[T asm.Float](t *testing.T) {
	const n, c = 70, 3
	l := lower[T](n, 9)
	for i := range n {
		clear(l.Row(i)[i+1:])
	}
	b := normals[T](n, c, 10)
	el, eb := toExact(l), toExact(b)
	for _, f := range []struct {
		name string
		l    *mat.Dense[T]
		el   exact
		x    *mat.Dense[T]
	}{
		{"SolveLower", l, el, mat.SolveLower(nil, l, b)},
		{"SolveLowerT", l.T(), el.t(), mat.SolveLowerT(nil, l, b)},
	} {
		got := f.el.mul(toExact(f.x)).maxDiff(eb, func(i, j int) float64 {
			s := 0.0
			for k := range n {
				s += math.Abs(float64(f.l.At(i, k)) * float64(f.x.At(k, j)))
			}
			return s
		})
		if bound := float64(n+2) * eps[T](); got > bound {
			t.Errorf("%s: |L·X − B| is %g·(|L|·|X|), bound %g", f.name, got, bound)
		}
	}
}

func TestSolveLowerZeroDiagonal(t *testing.T) {
	l := mat.Of(2, 2, []float64{2, 0, 1, 0})
	x := mat.SolveLower(nil, l, mat.Of(2, 1, []float64{2, 3}))
	if x.At(0, 0) != 1 || !math.IsInf(x.At(1, 0), 1) {
		t.Errorf("got %v, want [1 +Inf]", x.Data())
	}
}

// TestRidgeExact compares with the solution in 300 bits. The bound is that of
// a backward-stable solver: cond₁·n·ε.
func TestRidgeExact(t *testing.T) {
	t.Run("float32", testRidgeExact[float32])
	t.Run("float64", testRidgeExact[float64])
}

func testRidgeExact[T asm.Float](t *testing.T) {
	const n, c = 24, 3
	z := normals[T](60, n, 21)
	s, rhs := mat.Gram(nil, z), mat.TMul(nil, z, normals[T](60, c, 22))
	w := make([]T, n)
	for i := range w {
		w[i] = T(i) / 8 // row 0 unpenalised
	}
	const lambda = 0.75
	for _, weights := range [][]T{nil, w} {
		a := toExact(s)
		id := make(exact, n)
		for i := range n {
			p := T(1)
			if weights != nil {
				p = weights[i]
			}
			a[i][i].Add(a[i][i], bigF(lambda*float64(p)))
			for j := range n {
				v := 0.0
				if i == j {
					v = 1
				}
				id[i] = append(id[i], bigF(v))
			}
		}
		cond := a.norm() * a.solve(id).norm()
		want := a.solve(toExact(rhs))
		got, err := mat.RidgeSolve(nil, s, rhs, lambda, weights)
		if err != nil {
			t.Fatal(err)
		}
		rel := toExact(got).maxDiff(want, one) / want.norm()
		if bound := cond * n * eps[T](); rel > bound {
			t.Errorf("weights %v: relative error %g, bound %g (condition %g)", weights != nil, rel, bound, cond)
		}
		dst, check := padded(t, rhs)
		if _, err := mat.RidgeSolve(dst, s, dst, lambda, weights); err != nil {
			t.Fatal(err)
		}
		equalBits(t, "dst is the right-hand side", dst, got)
		check()
	}
}

// norm is the largest sum of absolute values of a row.
func (a exact) norm() float64 {
	worst := 0.0
	for _, row := range a {
		s := 0.0
		for _, v := range row {
			f, _ := v.Float64()
			s += math.Abs(f)
		}
		worst = max(worst, s)
	}
	return worst
}

func TestRidgeErrors(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	good := mat.Of(2, 2, []float64{2, 1, 1, 2})
	rhs := mat.Of(2, 1, []float64{1, 1})
	for _, c := range []struct {
		name   string
		s, t   *mat.Dense[float64]
		lambda float64
		w      []float64
		want   error
	}{
		{"negative λ", good, rhs, -1, nil, mat.ErrRange},
		{"NaN λ", good, rhs, nan, nil, mat.ErrRange},
		{"infinite λ", good, rhs, inf, nil, mat.ErrRange},
		{"negative weight", good, rhs, 1, []float64{1, -1}, mat.ErrRange},
		{"NaN weight", good, rhs, 1, []float64{nan, 1}, mat.ErrRange},
		{"NaN in the Gram matrix", mat.Of(2, 2, []float64{2, 1, nan, 2}), rhs, 1, nil, mat.ErrNotFinite},
		{"infinity in the right-hand side", good, mat.Of(2, 1, []float64{1, inf}), 1, nil, mat.ErrNotFinite},
		{"singular", mat.Of(2, 2, []float64{1, 1, 1, 1}), rhs, 0, nil, mat.ErrSingular},
		{"indefinite", mat.Of(2, 2, []float64{1, 2, 2, 1}), rhs, 0.5, nil, mat.ErrSingular},
	} {
		dst := mat.Of(2, 1, []float64{7, 8})
		_, err := mat.RidgeSolve(dst, c.s, c.t, c.lambda, c.w)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if dst.At(0, 0) != 7 || dst.At(1, 0) != 8 {
			t.Errorf("%s: dst was written: %v", c.name, dst.Data())
		}
	}
}

func ExampleRidgeSolve() {
	// The line through (0, 1), (1, 3), (2, 5), with an unpenalised constant.
	z := mat.Of(3, 2, []float64{1, 0, 1, 1, 1, 2})
	y := mat.Of(3, 1, []float64{1, 3, 5})
	for _, lambda := range []float64{0, 2} {
		x, err := mat.RidgeSolve(nil, mat.Gram(nil, z), mat.TMul(nil, z, y), lambda, []float64{0, 1})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("λ = %g: %.4f + %.4f·x\n", lambda, x.At(0, 0), x.At(1, 0))
	}
	// Output:
	// λ = 0: 1.0000 + 2.0000·x
	// λ = 2: 2.0000 + 1.0000·x
}

func ExampleCholesky() {
	l, err := mat.Cholesky(nil, mat.Of(2, 2, []float64{4, 2, 2, 10}))
	fmt.Println(l.Data(), err)
	_, err = mat.Cholesky(nil, mat.Of(2, 2, []float64{1, 2, 2, 1}))
	fmt.Println(err)
	// Output:
	// [2 0 1 3] <nil>
	// mat.Cholesky: pivot 1 is -3: matrix is singular to working precision
}
