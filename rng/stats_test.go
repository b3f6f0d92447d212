package rng

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"nnk/asm"
)

// limit is the smallest probability, of a result as far off as the one seen, that
// a test accepts. Seeds are fixed: a test that passes once always passes.
const limit = 1e-4

// distribution is one to be tested: how to draw it, its distribution function and
// its first four moments about centre (NaN: infinite).
type distribution[T asm.Float] struct {
	name    string
	fill    func(s Stream, dst []T, start uint64)
	cdf     func(x float64) float64
	centre  float64
	moments [4]float64
}

func distributions[T asm.Float]() []distribution[T] {
	half := 0x1p-25 // half a step of Uniform
	if _, ok := any(T(0)).(float64); ok {
		half = 0x1p-54
	}
	nan := math.NaN()
	chi3 := 2 * math.Sqrt(2/math.Pi)
	return []distribution[T]{
		{"Uniform", Uniform[T], func(x float64) float64 { return x + half }, 0.5, [4]float64{0, 1.0 / 12, 0, 1.0 / 80}},
		{"Normal", Normal[T], func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }, 0, [4]float64{0, 1, 0, 3}},
		{"Exponential", Exponential[T], func(x float64) float64 { return -math.Expm1(-x) }, 0, [4]float64{1, 2, 6, 24}},
		{"Rayleigh", Rayleigh[T], func(x float64) float64 { return -math.Expm1(-x * x / 2) }, 0,
			[4]float64{math.Sqrt(math.Pi / 2), 2, 3 * math.Sqrt(math.Pi/2), 8}},
		{"Cauchy", Cauchy[T], func(x float64) float64 { return 0.5 + math.Atan(x)/math.Pi }, 0, [4]float64{nan, nan, nan, nan}},
		{"Chi3", func(s Stream, dst []T, start uint64) { Chi(s, dst, start, 3) }, func(x float64) float64 {
			return math.Erf(x/math.Sqrt2) - math.Sqrt(2/math.Pi)*x*math.Exp(-x*x/2)
		}, 0, [4]float64{chi3, 3, 4 * chi3, 15}},
	}
}

// TestDistributions: Kolmogorov–Smirnov, Anderson–Darling and the moments.
func TestDistributions(t *testing.T) {
	testDistributions[float32](t, 50_000)
	testDistributions[float64](t, 50_000)
}

func testDistributions[T asm.Float](t *testing.T, n int) {
	v, u := make([]T, n), make([]float64, n)
	for _, c := range distributions[T]() {
		const seed = 20
		c.fill(New(seed), v, 0)
		var sum [9]float64 // of powers
		for _, x := range v {
			m := 1.0
			for k := range sum {
				sum[k] += m
				m *= float64(x) - c.centre
			}
		}
		for k, want := range c.moments {
			if want != want {
				continue
			}
			mean := sum[k+1] / float64(n)
			deviation := math.Sqrt((sum[2*k+2]/float64(n) - mean*mean) / float64(n))
			if z := (mean - want) / deviation; !(math.Erfc(math.Abs(z)/math.Sqrt2) >= limit) {
				t.Errorf("%s %T, seed %d: moment %d is %g, want %g: off by %.1f standard errors", c.name, v[0], seed, k+1, mean, want, z)
			}
		}
		for i, x := range v {
			u[i] = c.cdf(float64(x))
		}
		slices.Sort(u)
		d, p := kolmogorov(u)
		a, q := andersonDarling(u)
		t.Logf("%s %T, %d values: D = %.3g (p = %.3g), A² = %.3g (p = %.3g)", c.name, v[0], n, d, p, a, q)
		if !(p >= limit && p <= 1-limit) {
			t.Errorf("%s %T, seed %d: Kolmogorov–Smirnov distance %g has probability %g", c.name, v[0], seed, d, p)
		}
		if !(q >= limit && q <= 1-limit) {
			t.Errorf("%s %T, seed %d: Anderson–Darling statistic %g has probability %g", c.name, v[0], seed, a, q)
		}
	}
}

// kolmogorov returns the largest distance of the ordered values' distribution
// from the uniform one, and the probability of a larger one.
func kolmogorov(u []float64) (d, p float64) {
	n := float64(len(u))
	for i, v := range u {
		d = max(d, v-float64(i)/n, float64(i+1)/n-v)
	}
	x := (math.Sqrt(n) + 0.12 + 0.11/math.Sqrt(n)) * d // Stephens 1970
	for k := 1.0; k < 100; k++ {
		p += 2 * math.Pow(-1, k-1) * math.Exp(-2*k*k*x*x)
	}
	return d, p
}

// andersonDarling returns A² of ordered values against the uniform distribution,
// and the probability of a larger one (G. and J. Marsaglia, Evaluating the
// Anderson–Darling distribution, J. Stat. Software 9, 2004: the limit, to 2e-6).
func andersonDarling(u []float64) (a, p float64) {
	n := len(u)
	for i, v := range u {
		a -= float64(2*i+1) * (math.Log(v) + math.Log1p(-u[n-1-i]))
	}
	a = a/float64(n) - float64(n)
	if a < 2 {
		p = math.Exp(-1.2337141/a) / math.Sqrt(a) * (2.00012 + (.247105-(.0649821-(.0347962-(.011672-.00168691*a)*a)*a)*a)*a)
	} else {
		p = math.Exp(-math.Exp(1.0776 - (2.30695-(.43424-(.082433-(.008056-.0003146*a)*a)*a)*a)*a))
	}
	return a, 1 - p
}

// TestCatchesWrongDistribution: the tests above tell wrong distributions from right ones.
func TestCatchesWrongDistribution(t *testing.T) {
	u := make([]float64, 100_000)
	for i, f := range []func(v float64) float64{
		func(v float64) float64 { return v * 0.99 },
		func(v float64) float64 { return math.Pow(v, 1.02) },
		func(v float64) float64 { return math.Floor(v*50)/50 + 0.01 },
		func(v float64) float64 { return math.Erfc(-1.03*quantile(v)/math.Sqrt2) / 2 }, // a normal of the wrong width
	} {
		Uniform(New(1), u, 0)
		for k, v := range u {
			u[k] = f(v)
		}
		slices.Sort(u)
		_, p := kolmogorov(u)
		if _, q := andersonDarling(u); min(p, q) >= limit {
			t.Errorf("wrong distribution %d passes with probabilities %g and %g", i, p, q)
		}
	}
}

func quantile(p float64) float64 {
	v := [1]float64{p}
	NormalQuantile(v[:], v[:])
	return v[0]
}

// TestCorrelation: neighbouring elements, counters, streams and seeds are
// uncorrelated, and so are the squares of their normal values.
func TestCorrelation(t *testing.T) {
	n := 1 << 20
	if testing.Short() {
		n = 1 << 14
	}
	s := New(30)
	base := make([]float64, n)
	Normal(s, base, 0)
	other := make([]float64, n)
	check := func(name string) {
		t.Helper()
		var sum, squares float64
		for i, x := range base {
			y := other[i]
			sum += x * y
			squares += (x*x - 1) * (y*y - 1) / 2
		}
		for what, z := range map[string]float64{"values": sum / math.Sqrt(float64(n)), "squares": squares / math.Sqrt(float64(n))} {
			if !(math.Erfc(math.Abs(z)/math.Sqrt2) >= limit) {
				t.Errorf("%s: correlation of the %s is off by %.1f standard errors", name, what, z)
			}
		}
	}
	for _, lag := range []uint64{1, 2, 15, 16, 17, 31, 32, 33, 64, 1 << 20, 1 << 32, 1 << 40} {
		Normal(s, other, lag)
		check(fmt.Sprintf("lag %d", lag))
	}
	for _, id := range []uint64{0, 1, 2, 1 << 32} {
		Normal(s.Sub(id), other, 0)
		check(fmt.Sprintf("stream and its substream %d", id))
	}
	for _, seed := range []uint64{29, 31, 30 + 1<<32, ^uint64(30)} {
		Normal(New(seed), other, 0)
		check(fmt.Sprintf("seeds 30 and %d", seed))
	}
	Normal(s.Sub(5), base, 0)
	Normal(s.Sub(6), other, 0)
	check("substreams 5 and 6")
	Normal(s.Sub(5).Sub(6), base, 0)
	Normal(s.Sub(6).Sub(5), other, 0)
	check("substreams 5.6 and 6.5")
}

// TestBits: every bit is set half of the time, and changes half of the time from
// one counter to the next.
func TestBits(t *testing.T) {
	n := 1 << 20
	if testing.Short() {
		n = 1 << 14
	}
	v := make([]uint64, n)
	New(40).Bits(v, 0)
	var set, change [64]float64
	for i, x := range v {
		y := v[(i+1)%n]
		for b := range 64 {
			set[b] += float64(x >> b & 1)
			change[b] += float64((x ^ y) >> b & 1)
		}
	}
	for b := range 64 {
		for what, count := range map[string]float64{"is set": set[b], "changes": change[b]} {
			if z := (count - float64(n)/2) / math.Sqrt(float64(n)/4); !(math.Erfc(math.Abs(z)/math.Sqrt2) >= limit) {
				t.Errorf("bit %d %s %g times of %d", b, what, count, n)
			}
		}
	}
}

// TestChoice: frequencies by χ², the last place never drawn beyond the weights.
func TestChoice(t *testing.T) {
	const n = 100_000
	weights := []float64{1, 0, 3, 0.5, 5.5, 0}
	cumulative := make([]float64, len(weights))
	sum := 0.0
	for i, w := range weights {
		sum += w
		cumulative[i] = sum
	}
	got, count := make([]int, n), make([]int, len(weights))
	if err := Choice(New(50), got, 0, cumulative); err != nil {
		t.Fatal(err)
	}
	for _, k := range got {
		count[k]++
	}
	chi2 := 0.0
	for k, w := range weights {
		want := w / sum * n
		if w == 0 {
			if count[k] != 0 {
				t.Errorf("place %d has weight 0 and was chosen %d times", k, count[k])
			}
			continue
		}
		chi2 += (float64(count[k]) - want) * (float64(count[k]) - want) / want
	}
	if chi2 > 21.1 { // 3 degrees of freedom, probability 1e-4
		t.Errorf("χ² of the counts %v is %.1f", count, chi2)
	}
	part := make([]int, 77)
	if err := Choice(New(50), part, 1003, cumulative); err != nil || !slices.Equal(part, got[1003:1080]) {
		t.Errorf("elements from 1003 differ from those of the whole: %v", err)
	}
	for _, bad := range [][]float64{nil, {0}, {0, 0}, {1, 0.5}, {-1, 1}, {math.NaN()}, {1, math.Inf(1)}} {
		if err := Choice(New(1), part, 0, bad); err == nil {
			t.Errorf("cumulative weights %v are accepted", bad)
		}
	}
}

// TestPermutation: every order of 4 comes as often as any other, and large ones are
// permutations.
func TestPermutation(t *testing.T) {
	const n = 24_000
	count := map[[4]int]int{}
	for i := range n {
		count[[4]int(Permutation(New(60).Sub(uint64(i)), 4))]++
	}
	chi2 := 0.0
	for _, c := range count {
		chi2 += float64((c-n/24)*(c-n/24)) / (n / 24)
	}
	if len(count) != 24 || chi2 > 59 { // 23 degrees of freedom, probability 5e-5
		t.Errorf("χ² of the %d orders is %.1f", len(count), chi2)
	}
	for _, n := range []int{0, 1, 2, 63, 64, 65, 1000} {
		p := Permutation(New(61), n)
		slices.Sort(p)
		for i, v := range p {
			if v != i {
				t.Fatalf("%d places: %d is at place %d of the sorted permutation", n, v, i)
			}
		}
	}
}
