package rng

import (
	"math"
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

func TestMoments(t *testing.T) {
	n := 1 << 20
	if testing.Short() {
		n = 1 << 14
	}
	moments[float32](t, n)
	moments[float64](t, n)
}

// moments checks mean, variance and fourth moment to five standard errors.
func moments[T asm.Float](t *testing.T, n int) {
	v := make([]T, n)
	for _, c := range []struct {
		name                   string
		fill                   func()
		mean, variance, fourth float64 // fourth: central
	}{
		{"Uniform", func() { Uniform(New(1), v, 0) }, 0.5, 1.0 / 12, 1.0 / 80},
		{"Normal", func() { Normal(New(1), v, 0) }, 0, 1, 3},
		{"Rademacher", func() { Rademacher(New(1), v, 0) }, 0, 1, 1},
	} {
		c.fill()
		var m1, m2, m4 float64
		for _, x := range v {
			d := float64(x) - c.mean
			m1, m2, m4 = m1+d, m2+d*d, m4+d*d*d*d
		}
		N := float64(n)
		if e := math.Abs(m1/N) / math.Sqrt(c.variance/N); e > 5 {
			t.Errorf("%s %T: mean is off by %.1f standard errors", c.name, v[0], e)
		}
		if e := math.Abs(m2/N - c.variance); e > 5*math.Sqrt((c.fourth-c.variance*c.variance)/N)+1e-9 {
			t.Errorf("%s %T: variance %g, want %g", c.name, v[0], m2/N, c.variance)
		}
		if e := math.Abs(m4/N-c.fourth) / c.fourth; e > 50/math.Sqrt(N) {
			t.Errorf("%s %T: fourth moment %g, want %g", c.name, v[0], m4/N, c.fourth)
		}
	}
}
