package rng

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
)

func TestPhiloxKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{^uint32(0), ^uint32(0), ^uint32(0), ^uint32(0)}, [2]uint32{^uint32(0), ^uint32(0)}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0}, [4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := asm.Philox4x32(c.counter, c.key); got != c.want {
			t.Errorf("counter %x, key %x: got %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

// TestAddressing: any part of a stream is the same, wherever it begins.
func TestAddressing(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		s := New(7).Sub(3)
		addressing(t, "Uniform32", func(d []float32, i uint64) { Uniform(s, d, i) })
		addressing(t, "Uniform64", func(d []float64, i uint64) { Uniform(s, d, i) })
		addressing(t, "Normal32", func(d []float32, i uint64) { Normal(s, d, i) })
		addressing(t, "Normal64", func(d []float64, i uint64) { Normal(s, d, i) })
		addressing(t, "Rademacher", func(d []float32, i uint64) { Rademacher(s, d, i) })
		addressing(t, "Chi", func(d []float32, i uint64) { Chi(s, d, i, 5) })
		addressing(t, "Exponential32", func(d []float32, i uint64) { Exponential(s, d, i) })
		addressing(t, "Exponential64", func(d []float64, i uint64) { Exponential(s, d, i) })
		addressing(t, "Rayleigh", func(d []float32, i uint64) { Rayleigh(s, d, i) })
		addressing(t, "Cauchy32", func(d []float32, i uint64) { Cauchy(s, d, i) })
		addressing(t, "Cauchy64", func(d []float64, i uint64) { Cauchy(s, d, i) })
		addressing(t, "Bits", s.Bits)
		addressing(t, "Words", s.Words)
	})
}

func addressing[T comparable](t *testing.T, name string, fill func(dst []T, start uint64)) {
	t.Helper()
	all := make([]T, 1500)
	fill(all, 0)
	for _, n := range []int{0, 1, 17, 64, 700} {
		for _, start := range []int{0, 1, 15, 16, 31, 32, 33, 63, 64, 65, 511, 513, 800} {
			part := make([]T, n)
			fill(part, uint64(start))
			if !slices.Equal(part, all[start:start+n]) {
				t.Errorf("%s: %d elements from %d differ from the whole", name, n, start)
			}
		}
	}
}

// TestNormalIsBoxMuller compares with the formula in the standard library's
// functions, at random and extreme words.
func TestNormalIsBoxMuller(t *testing.T) {
	words := make([]uint32, 64*64)
	New(8).Words(words, 0)
	for l, w := range []uint32{0, 1, 1 << 31, ^uint32(0), 1<<31 - 1, 1 << 30, 3 << 30, 1 << 29} {
		words[l], words[32+l] = w, w    // radii
		words[64+16+l] = w              // angles of float32
		words[64+48+l], words[l] = w, w // of float64
	}
	kerneltest.Each(t, func(t *testing.T) {
		x32, x64 := make([]float32, len(words)), make([]float64, len(words)/2)
		asm.Normal(x32, words)
		asm.Normal(x64, words)
		check := func(name string, at int, got, u, turns, ulps, unit float64) {
			t.Helper()
			sin, cos := math.Sincos(2 * math.Pi * (turns - math.RoundToEven(4*turns)/4))
			for range int(math.RoundToEven(4*turns)) % 4 {
				sin, cos = cos, -sin
			}
			want := math.Sqrt(-2*math.Log(u)) * cos
			if at >= 16 {
				want = math.Sqrt(-2*math.Log(u)) * sin
			}
			if math.Abs(got-want) > ulps*unit*math.Abs(want) {
				t.Errorf("%s of u = %g, v = %g: got %g, want %g", name, u, turns, got, want)
			}
		}
		for i, x := range x32 {
			j := i - i%32 + i%16
			u := float64(float32((float64(words[j]) + 0.5) * 0x1p-32))
			check("float32", i%32, float64(x), u, float64(words[j+16])*0x1p-32, 4, 0x1p-24)
		}
		for i, x := range x64 {
			j := i/32*64 + i%16
			u := (float64(words[j+16])*0x1p32 + float64(words[j]) + 0.5) * 0x1p-64
			// The oracle's angle has 53 bits: leave out those near multiples of a quarter turn.
			v := float64(words[j+48])*0x1p-32 + float64(words[j+32])*0x1p-64
			if rest := math.Abs(4*v - math.RoundToEven(4*v)); rest > 0.01 && u < 0.99 {
				check("float64", i%32, x, u, v, 400, 0x1p-53)
			}
		}
	})
}

// TestNormalTails: the largest values are those of the smallest words.
func TestNormalTails(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		words := make([]uint32, 64)
		var x32 [64]float32
		var x64 [32]float64
		asm.Normal(x32[:], words)
		asm.Normal(x64[:], words)
		if want := math.Sqrt(2 * 33 * math.Ln2); math.Abs(float64(x32[0])-want) > 1e-6 || x32[16] != 0 {
			t.Errorf("float32: got (%g, %g), want (%g, 0)", x32[0], x32[16], want)
		}
		if want := math.Sqrt(2 * 65 * math.Ln2); math.Abs(x64[0]-want) > 1e-14 || x64[16] != 0 {
			t.Errorf("float64: got (%g, %g), want (%g, 0)", x64[0], x64[16], want)
		}
		for i := range words {
			words[i] = ^uint32(0)
		}
		asm.Normal(x32[:], words)
		asm.Normal(x64[:], words)
		if math.Abs(float64(x32[0])) > 1e-3 || math.Abs(x64[0]) > 1e-7 {
			t.Errorf("largest words: got %g and %g, want nearly 0", x32[0], x64[0])
		}
	})
}

func TestSource(t *testing.T) {
	s := New(9)
	var want [100]uint64
	s.Bits(want[:], 0)
	var source rand.Source = s.Source()
	for i, w := range want {
		if got := source.Uint64(); got != w {
			t.Fatalf("number %d: got %x, want %x", i, got, w)
		}
	}
}

// TestAllocations: filling allocates nothing.
func TestAllocations(t *testing.T) {
	s, x32, x64, b := New(1), make([]float32, 1000), make([]float64, 1000), make([]uint64, 1000)
	for name, f := range map[string]func(){
		"Bits":           func() { s.Bits(b, 3) },
		"Uniform":        func() { Uniform(s, x32, 3); Uniform(s, x64, 3) },
		"Normal":         func() { Normal(s, x32, 3); Normal(s, x64, 3) },
		"Rademacher":     func() { Rademacher(s, x32, 3); Rademacher(s, x64, 3) },
		"Exponential":    func() { Exponential(s, x32, 3); Exponential(s, x64, 3) },
		"Cauchy":         func() { Cauchy(s, x32, 3); Cauchy(s, x64, 3) },
		"Chi":            func() { Chi(s, x32[:10], 3, 20) },
		"NormalQuantile": func() { NormalQuantile(x32, x32); NormalQuantile(x64, x64) },
	} {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}
