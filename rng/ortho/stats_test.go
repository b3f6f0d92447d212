package ortho

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/mat"
)

// limit is the smallest probability, of a result as far off as the one seen, that
// a test accepts. Seeds are fixed: a test that passes once always passes.
const limit = 1e-5

// must makes the projection that s describes.
func must[T asm.Float](t testing.TB, s Spec) Projection[T] {
	t.Helper()
	p, err := New[T](s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tail is the probability that a standard normal value is farther from 0 than z.
func tail(z float64) float64 { return math.Erfc(math.Abs(z) / math.Sqrt2) }

// TestRowMoments: over many seeds, rows have mean 0 and covariance I.
func TestRowMoments(t *testing.T) { testRowMoments(t, 400) }

// testRowMoments takes 25 rows of each seed. Rows of one seed may be coupled, but every
// kind's coupling is one that lowers the errors of these means.
func testRowMoments(t *testing.T, seeds int) {
	const m = 25
	for _, s := range []Spec{
		{Kind: IID, D: 5}, {Kind: Block, D: 5}, {Kind: Hadamard, D: 5}, {Kind: Hadamard, D: 5, Rounds: 1}, {Kind: Hadamard, D: 8, Rounds: 2, Norm: Sqrt},
		{Kind: Block, D: 5, Norm: Sqrt}, {Kind: Sobol, D: 5}, {Kind: Halton, D: 5}, {Kind: Simplex, D: 5},
	} {
		s.M = m
		d, n := s.D, float64(m*seeds)
		sum, cov, fourth := make([]float64, d), mat.New[float64](d, d), mat.New[float64](d, d)
		for seed := range seeds {
			s.Seed = uint64(seed)
			g := must[float64](t, s).Dense(nil)
			for i := range m {
				for j, x := range g.Row(i) {
					sum[j] += x
					for k, y := range g.Row(i) {
						cov.Row(j)[k] += x * y
						fourth.Row(j)[k] += x * x * y * y
					}
				}
			}
		}
		for j := range d {
			if z := sum[j] / math.Sqrt(n); !(tail(z) >= limit) {
				t.Errorf("%v: mean of column %d is off by %.1f standard errors", s, j, z)
			}
			for k := range d {
				want := 0.0
				if j == k {
					want = 1
				}
				mean := cov.At(j, k) / n
				// A column of signs has squares of no variance: allow for rounding.
				deviation := math.Sqrt(math.Max(fourth.At(j, k)/n-mean*mean, 0)/n) + 1e-12
				if z := (mean - want) / deviation; !(tail(z) >= limit) {
					t.Errorf("%v: covariance of columns %d and %d is %g, want %g: off by %.1f standard errors", s, j, k, mean, want, z)
				}
			}
		}
	}
}

// TestRowCovariance: rows of one projection are uncorrelated, but for simplices: those of a
// block have E[χ]²·(−1/(d−1))/d in each column.
func TestRowCovariance(t *testing.T) { testRowCovariance(t, 2000) }

func testRowCovariance(t *testing.T, seeds int) {
	const m, d = 6, 5
	for _, kind := range []Kind{IID, Block, Hadamard, Simplex} {
		prod, squares := mat.New[float64](m, m), mat.New[float64](m, m)
		for seed := range seeds {
			g := must[float64](t, Spec{Kind: kind, Seed: uint64(seed), M: m, D: d}).Dense(nil)
			gram := mat.MulT(nil, g, g)
			for i := range m {
				for j := range i {
					prod.Row(i)[j] += gram.At(i, j)
					squares.Row(i)[j] += gram.At(i, j) * gram.At(i, j)
				}
			}
		}
		for i := range m {
			for j := range i {
				want := 0.0
				if kind == Simplex && i < d {
					mean := math.Sqrt2 * math.Gamma((d+1)/2.) / math.Gamma(d/2.) // of χ
					want = -mean * mean / (d - 1)
				}
				n := float64(seeds)
				mean := prod.At(i, j) / n
				deviation := math.Sqrt((squares.At(i, j)/n-mean*mean)/n) + 1e-12
				if z := (mean - want) / deviation; !(tail(z) >= limit) {
					t.Errorf("%v: rows %d and %d have mean product %g, want %g: off by %.1f standard errors", kind, i, j, mean, want, z)
				}
			}
		}
	}
}

// TestMargins: single elements are exactly normal, and squared lengths exactly χ²,
// by Kolmogorov and Smirnov over seeds.
func TestMargins(t *testing.T) { testMargins(t, 2000) }

func testMargins(t *testing.T, n int) {
	u, length := make([]float64, n), make([]float64, n)
	for _, kind := range []Kind{IID, Block, Sobol, Halton, Simplex} {
		for _, at := range [][2]int{{0, 0}, {3, 2}, {6, 3}} {
			for seed := range n {
				row := must[float64](t, Spec{Kind: kind, Seed: uint64(seed), M: 7, D: 4, Select: []int{at[0]}}).Row(nil, 0)
				u[seed] = math.Erfc(-row[at[1]]/math.Sqrt2) / 2
				q := asm.Dot(row, row) / 2
				length[seed] = 1 - math.Exp(-q)*(1+q) // χ² with 4 degrees of freedom
			}
			for what, v := range map[string][]float64{"element": u, "length": length} {
				if d, p := kolmogorov(v); !(p >= limit) {
					t.Errorf("%v: %s of row %d, column %d: distance %g has probability %g", kind, what, at[0], at[1], d, p)
				}
			}
		}
	}
	for i := range u {
		u[i] = math.Pow(u[i], 1.2)
	}
	if _, p := kolmogorov(u); p >= limit {
		t.Errorf("a wrong distribution passes with probability %g", p)
	}
}

// kolmogorov orders v and returns its largest distance from the uniform
// distribution, and the probability of a larger one.
func kolmogorov(v []float64) (d, p float64) {
	slices.Sort(v)
	n := float64(len(v))
	for i, x := range v {
		d = max(d, x-float64(i)/n, float64(i+1)/n-x)
	}
	x := (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n)) * d
	for k := 1.0; k < 100; k++ {
		p += 2 * math.Pow(-1, k-1) * math.Exp(-2*k*k*x*x)
	}
	return d, p
}

// TestHaar: under the uniform distribution on orthogonal matrices the diagonal has
// mean 0, and trace and trace of the square have the moments of theory: E tr = 0,
// E tr² = 1, E tr(Q²) = 1 (P. Diaconis and M. Shahshahani, 1994). The same statistics of
// Q as reflectors leave it, with no fix of signs, are far off.
func TestHaar(t *testing.T) {
	const d = 6
	seeds := 20_000
	if testing.Short() {
		seeds = 4000
	}
	right := map[string][]float64{}
	wrong := map[string][]float64{}
	for seed := range seeds {
		q := must[float64](t, Spec{Kind: Block, Seed: uint64(seed), M: d, D: d, Norm: Sqrt}).Dense(nil)
		asm.Scale(q.Data(), q.Data(), 1/math.Sqrt(d))
		haarStatistics(right, q)
		// A reflector maps column k to −sign(a_kk)·‖a‖, and a_kk has the sign of q_kk for
		// k = 0: the usual code leaves q_00 ≤ 0. (Row 0 here: blocks hold Qᵀ.)
		if q.At(0, 0) > 0 {
			asm.Scale(q.Row(0), q.Row(0), -1)
		}
		haarStatistics(wrong, q)
	}
	for name, v := range right {
		if z := score(v); !(tail(z) >= limit) {
			t.Errorf("%s is off by %.1f standard errors", name, z)
		}
	}
	if z := score(wrong["q00"]); tail(z) >= limit {
		t.Errorf("Q without its signs fixed passes: q00 is off by %.1f standard errors", z)
	}
	if z := score(wrong["tr"]); tail(z) >= limit {
		t.Errorf("Q without its signs fixed passes: its trace is off by %.1f standard errors", z)
	}
}

// haarStatistics adds values whose mean is 0 if q is uniform.
func haarStatistics(stats map[string][]float64, q *mat.Dense[float64]) {
	d := q.Rows()
	trace, square := 0.0, 0.0
	for i := range d {
		name := fmt.Sprintf("q%d%d", i, i)
		stats[name] = append(stats[name], q.At(i, i))
		trace += q.At(i, i)
		for j := range d {
			square += q.At(i, j) * q.At(j, i)
		}
	}
	corner := q.At(d-1, d-1)
	stats["tr"] = append(stats["tr"], trace)
	stats["tr²−1"] = append(stats["tr²−1"], trace*trace-1)
	stats["tr(Q²)−1"] = append(stats["tr(Q²)−1"], square-1)
	stats["last²−1/d"] = append(stats["last²−1/d"], corner*corner-1/float64(d))
	stats["last⁴−3/d(d+2)"] = append(stats["last⁴−3/d(d+2)"], corner*corner*corner*corner-3/float64(d*(d+2)))
}

// score is the mean of v in standard errors.
func score(v []float64) float64 {
	var sum, squares float64
	for _, x := range v {
		sum += x
		squares += x * x
	}
	n := float64(len(v))
	return sum / math.Sqrt(n*(squares/n-sum/n*sum/n))
}

// TestBlocks: the directions within a block are orthogonal, or those of a simplex.
func TestBlocks(t *testing.T) {
	testBlocks[float32](t, 1e-6)
	testBlocks[float64](t, 1e-14)
}

func testBlocks[T asm.Float](t *testing.T, tol float64) {
	for _, d := range []int{1, 2, 7, 64, 200, 512} {
		for _, kind := range []Kind{Block, Hadamard, Simplex} {
			if kind == Hadamard && d != (Spec{Kind: kind, D: d}).block() {
				continue // orthogonal before they are cut
			}
			if testing.Short() && d > 200 {
				continue
			}
			g := must[T](t, Spec{Kind: kind, Seed: 5, M: d + d/2, D: d}).Dense(nil)
			unit := mat.New[float64](g.Rows(), d) // products in float64
			for i := range g.Rows() {
				for j, x := range g.Row(i) {
					unit.Row(i)[j] = float64(x)
				}
				asm.Scale(unit.Row(i), unit.Row(i), 1/math.Sqrt(asm.Dot(unit.Row(i), unit.Row(i))))
			}
			gram := mat.MulT(nil, unit, unit)
			for i := range g.Rows() {
				for j := range i {
					if i/d != j/d {
						continue
					}
					want := 0.0
					if kind == Simplex && d != 2 {
						want = -1 / float64(d-1)
					}
					if e := math.Abs(gram.At(i, j) - want); !(e <= tol) {
						t.Errorf("%v %T, d = %d: directions %d and %d have product %g, want %g", kind, tol, d, i, j, gram.At(i, j), want)
					}
				}
			}
		}
	}
}

// TestUnusedBlocks: a block of which no row is kept is not made.
func TestUnusedBlocks(t *testing.T) {
	h := newHadamard[float32](Spec{Kind: Hadamard, Seed: 1, M: 1 << 20, D: 64, Select: []int{5, 6, 1 << 19}})
	if len(h.blocks) != 2 {
		t.Errorf("%d blocks are made, want 2", len(h.blocks))
	}
	n := testing.AllocsPerRun(1, func() {
		must[float32](t, Spec{Kind: Block, Seed: 1, M: 1 << 20, D: 16, Select: []int{5, 6, 1 << 19}})
	})
	if n > 1000 {
		t.Errorf("two blocks of 65,536 take %g allocations", n)
	}
}
