package rng_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/rng"
)

// TestBitsAreWordsOfTheBlocks: in groups of 32, the 64-bit numbers of a stream are the pairs of words (0, 1) of
// 16 blocks, then the pairs (2, 3), low word first.
func TestBitsAreWordsOfTheBlocks(t *testing.T) {
	var got [64]uint64
	rng.New(7).Bits(got[:], 0)
	for i, v := range got {
		c := asm.Philox4x32([4]uint32{uint32(i/32*16 + i%16)}, [2]uint32{7})
		half := i % 32 / 16 * 2
		if want := uint64(c[half+1])<<32 | uint64(c[half]); v != want {
			t.Fatalf("number %d is %x, want %x", i, v, want)
		}
	}
}

// TestDistributionsAreOfTheNumbers: each element comes from the numbers of the stream as
// the documentation of the package says.
func TestDistributionsAreOfTheNumbers(t *testing.T) {
	const n, start = 1 << 16, 12345
	s := rng.New(3).Sub(4)
	w, b := make([]uint32, n), make([]uint64, n)
	s.Words(w, start)
	s.Bits(b, start)
	x32, x64 := make([]float32, n), make([]float64, n)
	check := func(name string, i int, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
			t.Fatalf("%s: element %d is %v, want %v", name, start+i, got, want)
		}
	}

	rng.Uniform(s, x32, start)
	rng.Uniform(s, x64, start)
	for i := range n {
		check("float32 uniform", i, float64(x32[i]), float64(w[i]>>8)/(1<<24), 0)
		check("float64 uniform", i, x64[i], float64(b[i]>>11)/(1<<53), 0)
	}

	rng.Exponential(s, x32, start)
	rng.Exponential(s, x64, start)
	for i := range n { // 1 − u is exact, so that values near 0 are known to all digits
		check("float32 exponential", i, float64(x32[i]), -math.Log1p(-(float64(1<<32-uint64(w[i]))-0.5)/(1<<32)), 0x1p-22)
		check("float64 exponential", i, x64[i], -math.Log((float64(b[i])+0.5)/(1<<64)), 0x1p-44)
	}

	rng.Cauchy(s, x32, start)
	rng.Cauchy(s, x64, start)
	for i := range n {
		check("float32 Cauchy", i, float64(x32[i]), tangent(uint64(w[i])<<32|1<<31), 0x1p-20)
		check("float64 Cauchy", i, x64[i], tangent(b[i]), 0x1p-48)
	}

	first := make([]uint32, start/32+1+n/32+1)
	s.Words(first, 0)
	rng.Rademacher(s, x32, start)
	for i := range n {
		sign := 1 - 2*float64(first[(start+i)/32]>>((start+i)%32)&1)
		check("Rademacher", i, float64(x32[i]), sign, 0)
	}

	const d = 5
	z := make([]float64, 100*d)
	rng.Normal(s, z, start*d)
	rng.Chi(s, x64[:100], start, d)
	for i := range 100 {
		sum := 0.0
		for _, v := range z[i*d:][:d] {
			sum += float64(v * v)
		}
		check("χ", i, x64[i], math.Sqrt(sum), 0x1p-50)
	}
}

// tangent is tan(π·b/2⁶⁴), from the nearer of 0 and a quarter turn.
func tangent(b uint64) float64 {
	turn := func(b uint64) float64 { return (float64(int64(b)) + 0.5) / (1 << 64) * math.Pi }
	if (b+1<<62)>>63 == 0 {
		return math.Tan(turn(b))
	}
	return -1 / math.Tan(turn(b-1<<63))
}

// TestPermutationIsOfTheNumbers restates which places are exchanged.
func TestPermutationIsOfTheNumbers(t *testing.T) {
	for _, n := range []int{0, 1, 2, 63, 64, 65, 66, 128, 129, 500} {
		s := rng.New(5).Sub(6)
		numbers := make([]uint64, n)
		s.Bits(numbers, 0)
		want := make([]int, n)
		for i := range want {
			want[i] = i
		}
		for i := n - 1; i > 0; i-- {
			product := new(big.Int).Mul(new(big.Int).SetUint64(numbers[i]), big.NewInt(int64(i+1)))
			j := product.Rsh(product, 64).Int64()
			want[i], want[j] = want[j], want[i]
		}
		if got := rng.Permutation(s, n); !slices.Equal(got, want) {
			t.Errorf("order of %d: %v, want %v", n, got, want)
		}
	}
}
