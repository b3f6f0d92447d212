package rng

import (
	"encoding/base64"
	"errors"
	"math"
	"math/bits"
	"slices"
	"testing"
)

// sobolEntry is a dimension of the table: its polynomial with all coefficients,
// and the initial numbers.
type sobolEntry struct {
	degree, polynomial int
	m                  []int
}

func sobolEntries(t *testing.T) (entries []sobolEntry) {
	table, err := base64.StdEncoding.DecodeString(sobolTable)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	take := func(n int) (x int) {
		for range n {
			x = x<<1 | int(table[at/8]>>(7-at%8)&1)
			at++
		}
		return x
	}
	for degree, count := range sobolDegrees {
		for range count {
			e := sobolEntry{degree: degree, polynomial: 1<<degree | take(degree-1)<<1 | 1}
			for i := range degree {
				e.m = append(e.m, take(i)<<1|1)
			}
			entries = append(entries, e)
		}
	}
	if left := len(table)*8 - at; left < 0 || left > 24 {
		t.Errorf("%d bits are left", left)
	}
	return entries
}

// TestSobolPolynomials: all are primitive, ascending, and no primitive one is missing.
func TestSobolPolynomials(t *testing.T) {
	entries := sobolEntries(t)
	if len(entries) != MaxSobol-1 {
		t.Fatalf("%d dimensions in the table, want %d", len(entries), MaxSobol-1)
	}
	last := 0
	for j, e := range entries {
		if e.polynomial <= last {
			t.Errorf("dimension %d: polynomial %b after %b", j+2, e.polynomial, last)
		}
		last = e.polynomial
		if !primitive(e.polynomial, e.degree) {
			t.Errorf("dimension %d: polynomial %b is not primitive", j+2, e.polynomial)
		}
	}
	for degree := 1; degree < len(sobolDegrees); degree++ {
		// φ(2^s − 1)/s are primitive.
		phi := 1<<degree - 1
		for _, p := range primeFactors(phi) {
			phi = phi / p * (p - 1)
		}
		if sobolDegrees[degree] != phi/degree {
			t.Errorf("%d polynomials of degree %d, there are %d", sobolDegrees[degree], degree, phi/degree)
		}
	}
}

// primitive tells whether x has the order 2^degree − 1 modulo the polynomial.
func primitive(polynomial, degree int) bool {
	order := 1<<degree - 1
	if power(polynomial, degree, order) != 1 {
		return false
	}
	for _, p := range primeFactors(order) {
		if p != order && power(polynomial, degree, order/p) == 1 {
			return false
		}
	}
	return true
}

// power is x^e modulo the polynomial.
func power(polynomial, degree, e int) int {
	r := 1
	for range e {
		if r <<= 1; r>>degree == 1 {
			r ^= polynomial
		}
	}
	return r
}

func primeFactors(n int) (p []int) {
	for f := 2; n > 1; f++ {
		if n%f == 0 {
			p = append(p, f)
			for n%f == 0 {
				n /= f
			}
		}
	}
	return p
}

// TestSobolPropertyA: among the first 2^d points of d dimensions each of the 2^d
// halved boxes has one: the matrices of the directions' first bits are regular.
// Joe and Kuo chose their numbers so for every d to 1,111; one wrong bit breaks it.
func TestSobolPropertyA(t *testing.T) {
	n := MaxSobol
	rows := make([][]uint64, n)
	for j, e := range append([]sobolEntry{{}}, sobolEntries(t)...) {
		first := make([]int, n)
		for k := range first {
			switch {
			case j == 0:
				first[k] = b2i(k == 0)
			case k < e.degree:
				first[k] = e.m[k] >> k
			default: // the recurrence without its shifted term, which has no first bit
				for i := 1; i <= e.degree; i++ {
					first[k] ^= e.polynomial >> (e.degree - i) & 1 * first[k-i]
				}
			}
		}
		rows[j] = make([]uint64, (n+63)/64)
		for k, b := range first {
			rows[j][k/64] |= uint64(b) << (k % 64)
		}
	}
	// All leading minors are regular if elimination needs no exchange.
	for k := range n {
		if rows[k][k/64]>>(k%64)&1 == 0 {
			t.Fatalf("%d dimensions do not have property A", k+1)
		}
		for j := k + 1; j < n; j++ {
			if rows[j][k/64]>>(k%64)&1 == 1 {
				for w := k / 64; w < len(rows[j]); w++ {
					rows[j][w] ^= rows[k][w]
				}
			}
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sequences are all with so many dimensions, 2^k points of which are shuffled.
func sequences(t *testing.T, dims, k int) map[string]*Sobol {
	q, err := NewSobol(dims)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*Sobol{"plain": q, "scrambled": q.Scramble(New(1)), "shuffled": q.Scramble(New(2)).Shuffle(New(3), k)}
}

// TestSobolStrata: 2^k points from a multiple of 2^k on have each one in every
// interval of length 2^−k of every dimension.
func TestSobolStrata(t *testing.T) {
	const k = 8
	for name, q := range sequences(t, MaxSobol, k) {
		point := make([]float64, MaxSobol)
		for _, start := range []uint32{0, 1 << k, 0xffffff00} {
			seen := make([][1 << k]bool, MaxSobol)
			for i := range uint32(1 << k) {
				q.Point(point, start+i)
				for j, x := range point {
					seen[j][int(x*(1<<k))] = true
				}
			}
			for j := range seen {
				if slices.Contains(seen[j][:], false) {
					t.Errorf("%s: points from %d leave a gap in dimension %d", name, start, j+1)
				}
			}
		}
	}
}

// TestSobolNet: the first two dimensions are a net without defect: every box of
// area 2^−k has one of 2^k points.
func TestSobolNet(t *testing.T) {
	const k = 10
	for name, q := range sequences(t, 2, k-1) {
		for a := range k + 1 {
			seen := make([]bool, 1<<k)
			var p [2]float64
			for i := range uint32(1 << k) {
				q.Point(p[:], i+5<<k)
				seen[int(p[0]*math.Ldexp(1, a))<<(k-a)|int(p[1]*math.Ldexp(1, k-a))] = true
			}
			if slices.Contains(seen, false) {
				t.Errorf("%s: a box of sides 2^-%d and 2^-%d is empty", name, a, k-a)
			}
		}
	}
}

// TestSobolPoint is one point by SciPy 1.10 (which takes them in Gray code order).
func TestSobolPoint(t *testing.T) {
	q, err := NewSobol(MaxSobol)
	if err != nil {
		t.Fatal(err)
	}
	point := make([]float64, MaxSobol)
	q.Point(point, sobolPoint)
	for _, c := range sobolWant {
		if got := uint32(point[c.j] * 0x1p32); got != c.bits {
			t.Errorf("dimension %d: got %#x, want %#x", c.j+1, got, c.bits)
		}
	}
	for _, dims := range []int{-1, 0, MaxSobol + 1} {
		if _, err := NewSobol(dims); !errors.Is(err, ErrRange) {
			t.Errorf("%d dimensions: got %v, want ErrRange", dims, err)
		}
	}
}

const sobolPoint = 0x1b2e7

var sobolWant = []struct {
	j    int
	bits uint32
}{{0, 0xe74d8000}, {1, 0x827b8000}, {2, 0x93e18000}, {99, 0xa7fc8000}, {500, 0x1fa98000}, {1023, 0x942f8000}, {1110, 0xda518000}}

// TestIrreducible: the polynomials are irreducible and the first of their degree.
func TestIrreducible(t *testing.T) {
	for i, low := range irreducible {
		k := i + 1
		want := uint64(1) << k
		for !isIrreducible(want) {
			want++
		}
		if got := 1<<k | uint64(low); got != want {
			t.Errorf("degree %d: %#x, the first irreducible polynomial is %#x", k, got, want)
		}
	}
}

// isIrreducible tries all divisors of up to half the degree.
func isIrreducible(p uint64) bool {
	n := bits.Len64(p)
	for q := uint64(2); 2*(bits.Len64(q)-1) < n; q++ {
		r := p
		for bits.Len64(r) >= bits.Len64(q) {
			r ^= q << (bits.Len64(r) - bits.Len64(q))
		}
		if r == 0 {
			return false
		}
	}
	return true
}

// TestShufflePairs: shuffled points are those of the sequence, each once, and over the streams any
// two of them are any two with equal probability. Plain points 2i and 2i+1 stay apart by the
// last bit alone.
func TestShufflePairs(t *testing.T) {
	const k, seeds = 4, 30_000
	q, err := NewSobol(1)
	if err != nil {
		t.Fatal(err)
	}
	place := func(q *Sobol, i uint32) int { // in the sequence, of which dimension 1 reverses the bits
		var x [1]float64
		q.Point(x[:], i)
		return int(bits.Reverse32(uint32(x[0] * 0x1p32)))
	}
	var together [1 << k]int // by the XOR of their places
	for seed := range uint64(seeds) {
		s := q.Shuffle(New(seed), k)
		var seen [1 << k]bool
		for i := range uint32(1 << k) {
			at := place(s, i+3<<k)
			if at>>k != 3 || seen[at&(1<<k-1)] {
				t.Fatalf("seed %d: point %d is %d, which is of other points or stood before", seed, i+3<<k, at)
			}
			seen[at&(1<<k-1)] = true
		}
		together[place(s, 6)^place(s, 7)]++
	}
	mean := seeds / float64(1<<k-1)
	for d, n := range together[1:] {
		if z := (float64(n) - mean) / math.Sqrt(mean); !(math.Abs(z) <= 4.5) {
			t.Errorf("points 6 and 7 differ by %d in %d of %d cases, expected %.0f", d+1, n, seeds, mean)
		}
	}
}

// TestScramble: bit k depends on no lower bit, and whether it is flipped is
// independent below different prefixes.
func TestScramble(t *testing.T) {
	const keys = 4000
	words := make([]uint32, 8*keys)
	New(4).Words(words, 0)
	for k := range 12 { // level, from the top
		var same [4]int
		for i := range keys {
			key := words[8*i : 8*i+8]
			x := words[(8*i+11)%len(words)]
			y := x ^ 1<<(31-k)
			if d := scramble(x, key) ^ scramble(y, key); bits.LeadingZeros32(d) != k {
				t.Fatalf("%#x and %#x, key %x: differ first in bit %d, want %d", x, y, key, bits.LeadingZeros32(d), k)
			}
			// Two prefixes of k+1 bits that differ in bit k, k−1, …: the flips of bit k+1.
			for b := range same {
				if b > k {
					continue
				}
				z := x ^ 1<<(31-k+b)
				if (scramble(x, key)^x^scramble(z, key)^z)>>(30-k)&1 == 0 {
					same[b]++
				}
			}
		}
		for b, c := range same[:min(k+1, len(same))] {
			if z := (float64(c) - keys/2) / math.Sqrt(keys/4); !(math.Abs(z) <= 4.5) {
				t.Errorf("bit %d is flipped alike below prefixes that differ %d bits above in %d of %d cases", k+1, b+1, c, keys)
			}
		}
	}
}

// TestScrambledSobolIntegrates: the error of a smooth integral is far below that of
// independent points, and its mean over scramblings is 0.
func TestScrambledSobolIntegrates(t *testing.T) {
	const dims, n, seeds = 6, 1 << 10, 100
	q, err := NewSobol(dims)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares float64
	point := make([]float64, dims)
	for seed := range uint64(seeds) {
		s := q.Scramble(New(seed))
		mean := 0.0
		for i := range uint32(n) {
			s.Point(point, i)
			f := 1.0
			for _, x := range point {
				f *= 1 + (x-0.5)/2
			}
			mean += f / n
		}
		sum += mean - 1
		squares += (mean - 1) * (mean - 1)
	}
	rms := math.Sqrt(squares / seeds)
	single := math.Sqrt(math.Pow(1+1.0/48, dims)-1) / math.Sqrt(n)
	if rms > single/10 {
		t.Errorf("root mean square error %g, independent points have %g", rms, single)
	}
	if z := sum / seeds / (rms / math.Sqrt(seeds)); !(math.Abs(z) <= 4) {
		t.Errorf("mean error is off by %.1f standard errors", z)
	}
}

// TestHaltonDigits: plain coordinates are reversed digits; of base^k points each
// interval of length base^−k has one, scrambled or not.
func TestHaltonDigits(t *testing.T) {
	q, err := NewHalton(1100)
	if err != nil {
		t.Fatal(err)
	}
	point := make([]float64, q.Dims())
	q.Point(point, 12345)
	for j, want := range haltonWant {
		if !(math.Abs(point[j]-want) <= 1e-13) {
			t.Errorf("dimension %d of point 12345: got %v, want %v", j+1, point[j], want)
		}
	}
	if q.dims[1023].base != 8161 {
		t.Errorf("prime 1024 is %d, want 8161", q.dims[1023].base)
	}
	q.Point(point, 0)
	for j, d := range q.dims {
		if want := 0.5 / d.whole; point[j] != want {
			t.Errorf("dimension %d of point 0: got %v, want half of the last digit's step, %v", j+1, point[j], want)
		}
	}
	for name, q := range map[string]*Halton{"plain": q, "scrambled": q.Scramble(New(1))} {
		for _, c := range []struct{ j, k int }{{0, 10}, {1, 6}, {2, 4}, {5, 3}, {100, 1}, {1023, 1}} {
			if testing.Short() && c.j > 100 {
				continue
			}
			q := &Halton{q.dims[:c.j+1]}
			point := point[:c.j+1]
			n := 1
			for range c.k {
				n *= int(q.dims[c.j].base)
			}
			seen := make([]bool, n)
			for i := range n {
				q.Point(point, uint32(i+3*n))
				seen[int(point[c.j]*float64(n))] = true
			}
			if slices.Contains(seen, false) {
				t.Errorf("%s: %d points leave a gap in dimension %d", name, n, c.j+1)
			}
		}
	}
	for _, dims := range []int{-1, 0, MaxHalton + 1} {
		if _, err := NewHalton(dims); !errors.Is(err, ErrRange) {
			t.Errorf("%d dimensions: got %v, want ErrRange", dims, err)
		}
	}
}

// haltonWant is by SciPy 1.10.
var haltonWant = map[int]float64{0: 0.60955810546875, 1: 0.24635472234923536, 2: 0.190272, 39: 0.360753783955361}

// TestScrambledAreUniform: a coordinate of a fixed point is uniform over the seeds.
func TestScrambledAreUniform(t *testing.T) {
	const n = 20_000
	sobol, err := NewSobol(7)
	if err != nil {
		t.Fatal(err)
	}
	halton, err := NewHalton(7)
	if err != nil {
		t.Fatal(err)
	}
	point := make([]float64, 7)
	u := make([]float64, n)
	for name, f := range map[string]func(s Stream){
		"Sobol":    func(s Stream) { sobol.Scramble(s).Point(point, 3) },
		"Halton":   func(s Stream) { halton.Scramble(s).Point(point, 3) },
		"shuffled": func(s Stream) { sobol.Scramble(s).Shuffle(s.Sub(1), 9).Point(point, 3) },
	} {
		for i := range u {
			f(New(uint64(i)))
			u[i] = point[6]
		}
		slices.Sort(u)
		if d, p := kolmogorov(u); !(p >= limit) {
			t.Errorf("%s: Kolmogorov–Smirnov distance %g has probability %g", name, d, p)
		}
	}
}
