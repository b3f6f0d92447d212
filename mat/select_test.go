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

// greedyBrute chooses by solving every candidate's least squares afresh in 300
// bits, and returns the choice and each step's gain.
func greedyBrute(s, t *mat.Dense[float64], m int, lambda float64, w []float64, first []int) (chosen []int, gains []float64) {
	last := 0.0
	es, et := toExact(s), toExact(t)
	for k := range m {
		best, bestValue := -1, math.Inf(-1)
		for j := range s.Rows() {
			if slices.Contains(chosen, j) || k < len(first) && j != first[k] {
				continue
			}
			set := append(slices.Clone(chosen), j)
			a, b := make(exact, len(set)), make(exact, len(set))
			for x, i := range set {
				for _, j := range set {
					a[x] = append(a[x], bigF(0).Set(es[i][j]))
				}
				p := lambda
				if w != nil {
					p *= w[i]
				}
				a[x][x].Add(a[x][x], bigF(p))
				b[x] = et[i]
			}
			// The objective falls by tr(TᵀX) at the optimum.
			v := 0.0
			for x, row := range a.solve(b) {
				for c, e := range row {
					f, _ := bigF(0).Mul(e, b[x][c]).Float64()
					v += f
				}
			}
			if v > bestValue {
				best, bestValue = j, v
			}
		}
		chosen, gains = append(chosen, best), append(gains, bestValue-last)
		last = bestValue
	}
	return chosen, gains
}

func TestSelectBruteForce(t *testing.T) {
	for _, c := range []struct {
		name   string
		n, m   int
		lambda float64
		w      []float64
		first  []int
	}{
		{name: "plain", n: 12, m: 6},
		{name: "ridge", n: 10, m: 10, lambda: 3},
		{name: "unpenalised constant first", n: 9, m: 5, lambda: 2, w: []float64{1, 1, 1, 0, 1, 1, 2, 1, 1}, first: []int{3, 0}},
		{name: "one", n: 1, m: 1},
		{name: "none", n: 4, m: 0},
	} {
		z := normals[float64](40, c.n, 31)
		for i := range 40 {
			z.Set(i, c.n-1, z.At(i, 0)+z.At(i, c.n-1)/8) // nearly dependent
		}
		s, y := mat.Gram(nil, z), mat.TMul(nil, z, normals[float64](40, 3, 32))
		want, wantGains := greedyBrute(s, y, c.m, c.lambda, c.w, c.first)
		got, gains, err := mat.SelectOLS(s, y, c.m, mat.SelectOptions[float64]{Lambda: c.lambda, Weights: c.w, First: c.first})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, want)
			continue
		}
		for k := range gains {
			if math.Abs(gains[k]-wantGains[k]) > 1e-12*wantGains[0] {
				t.Errorf("%s: gain of step %d: got %g, want %g", c.name, k, gains[k], wantGains[k])
			}
		}
	}
}

func TestSelectDependent(t *testing.T) {
	// Five features, each there twice: only five can be chosen, the lower index
	// of each pair, with and without a penalty far below rounding.
	z := normals[float64](30, 5, 41)
	zz := mat.New[float64](30, 10)
	for i := range 30 {
		copy(zz.Row(i), z.Row(i))
		copy(zz.Row(i)[5:], z.Row(i))
	}
	s, y := mat.Gram(nil, zz), mat.TMul(nil, zz, normals[float64](30, 2, 42))
	for _, lambda := range []float64{0, 1e-17} {
		got, gains, err := mat.SelectOLS(s, y, 10, mat.SelectOptions[float64]{Lambda: lambda})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, []int{0, 1, 2, 3, 4}) || len(gains) != 5 {
			t.Errorf("λ = %g: got %v, %v", lambda, got, err)
		}
	}
	if _, _, err := mat.SelectOLS(s, y, 3, mat.SelectOptions[float64]{First: []int{1, 6}}); !errors.Is(err, mat.ErrSingular) {
		t.Errorf("dependent First: got %v", err)
	}
	got, _, err := mat.SelectOLS(mat.New[float64](3, 3), mat.New[float64](3, 1), 2, mat.SelectOptions[float64]{})
	if err != nil || len(got) != 0 {
		t.Errorf("zero matrix: got %v, %v", got, err)
	}
}

func TestSelectErrors(t *testing.T) {
	s, y := mat.Of(2, 2, []float64{2, 1, 1, 2}), mat.Of(2, 1, []float64{1, 1})
	for _, c := range []struct {
		name string
		s, t *mat.Dense[float64]
		opt  mat.SelectOptions[float64]
		want error
	}{
		{"negative λ", s, y, mat.SelectOptions[float64]{Lambda: -1}, mat.ErrRange},
		{"NaN weight", s, y, mat.SelectOptions[float64]{Weights: []float64{1, math.NaN()}}, mat.ErrRange},
		{"First out of range", s, y, mat.SelectOptions[float64]{First: []int{2}}, mat.ErrRange},
		{"First twice", s, y, mat.SelectOptions[float64]{First: []int{1, 1}}, mat.ErrRange},
		{"NaN in S", mat.Of(2, 2, []float64{2, math.NaN(), 1, 2}), y, mat.SelectOptions[float64]{}, mat.ErrNotFinite},
		{"infinity in T", s, mat.Of(2, 1, []float64{1, math.Inf(1)}), mat.SelectOptions[float64]{}, mat.ErrNotFinite},
		{"gain overflows", s, mat.Of(2, 1, []float64{1e200, 1}), mat.SelectOptions[float64]{}, mat.ErrNotFinite},
	} {
		if _, _, err := mat.SelectOLS(c.s, c.t, 2, c.opt); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
}

func TestSelectBits(t *testing.T) {
	n, m := 2500, 40
	if testing.Short() {
		n, m = 1100, 5
	}
	t.Run("float32", func(t *testing.T) { testSelectBits[float32](t, n, m) })
	t.Run("float64", func(t *testing.T) { testSelectBits[float64](t, n, m) })
}

func testSelectBits[T asm.Float](t *testing.T, n, m int) {
	// S is the identity plus z·zᵀ of few rows: cheap to make at a size where the
	// columns are split among goroutines.
	z := normals[T](3, n, 51)
	s := mat.New[T](n, n)
	for i := range n {
		for k := range 3 {
			asm.Axpy(s.Row(i), z.At(k, i), z.Row(k))
		}
		s.Set(i, i, s.At(i, i)+1)
	}
	y := normals[T](n, 7, 52)
	everywhere(t, func() []*mat.Dense[T] {
		chosen, gains, err := mat.SelectOLS(s, y, m, mat.SelectOptions[T]{Lambda: 0.5})
		if err != nil || len(chosen) != m {
			t.Fatalf("chose %d, %v", len(chosen), err)
		}
		index := mat.New[T](1, m)
		for i, j := range chosen {
			index.Set(0, i, T(j))
		}
		return []*mat.Dense[T]{index, mat.Of(1, m, gains)}
	})
}

func BenchmarkSelectOLS(b *testing.B) {
	b.Run("type=float32", benchSelect[float32])
	b.Run("type=float64", benchSelect[float64])
}

func benchSelect[T asm.Float](b *testing.B) {
	const n, m, c = 2048, 512, 10
	s, y := spd[T](n, 1), normals[T](n, c, 2)
	b.Run(fmt.Sprintf("n=%d/m=%d/c=%d", n, m, c), func(b *testing.B) {
		kerneltest.Sets(b, func(b *testing.B, kernel string) {
			b.Run("kernel="+kernel, func(b *testing.B) {
				for b.Loop() {
					if _, _, err := mat.SelectOLS(s, y, m, mat.SelectOptions[T]{Lambda: 1}); err != nil {
						b.Fatal(err)
					}
				}
				gflops(b, m*m*n+4*m*n*c)
			})
		})
	})
}

func ExampleSelectOLS() {
	// Feature 2 is the sum of the others and explains y = 2·z₀ + 2·z₁ alone.
	z := mat.Of(4, 3, []float64{1, 0, 1, 0, 1, 1, 1, 1, 2, 1, -1, 0})
	y := mat.Of(4, 1, []float64{2, 2, 4, 0})
	chosen, gains, err := mat.SelectOLS(mat.Gram(nil, z), mat.TMul(nil, z, y), 2, mat.SelectOptions[float64]{})
	fmt.Println(chosen[0], gains[0], err)
	// Output: 2 24 <nil>
}
