package asm_test

import (
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
)

// TestPhiloxKernels compares every kernel with single blocks: carries between the
// counter's words, all bits of key and stream, nothing written beyond dst.
func TestPhiloxKernels(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		for _, c := range []struct{ seed, stream, group uint64 }{
			{0, 0, 0}, {1, 2, 3}, {0x243f6a8885a308d3, 0x13198a2e03707344, 1<<28 - 2}, {^uint64(0), ^uint64(0), 1<<60 - 2}, {1 << 63, 1 << 32, 1 << 59},
		} {
			for _, groups := range []int{0, 1, 2, 5} {
				buf := make([]uint32, 64*groups+2)
				asm.Philox(buf[1:1+64*groups], c.seed, c.stream, c.group)
				if buf[0] != 0 || buf[len(buf)-1] != 0 {
					t.Fatalf("%x, %d groups: a word beside dst was written", c, groups)
				}
				for i, got := range buf[1 : 1+64*groups] {
					block := 16*(c.group+uint64(i/64)) + uint64(i%16)
					want := asm.Philox4x32([4]uint32{uint32(block), uint32(block >> 32), uint32(c.stream), uint32(c.stream >> 32)},
						[2]uint32{uint32(c.seed), uint32(c.seed >> 32)})[i%64/16]
					if got != want {
						t.Fatalf("%x: word %d of %d groups is %#x, want %#x", c, i, groups, got, want)
					}
				}
			}
		}
	})
}

// TestMulKernels compares every kernel with the product, bit for bit, at all lengths around
// the vector widths and steps, in place and not.
func TestMulKernels(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		mulKernels[float32](t)
		mulKernels[float64](t)
	})
}

func mulKernels[T asm.Float](t *testing.T) {
	special := []T{0, T(math.Copysign(0, -1)), 1, -1, 3, T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), 1e-30, 1e30, T(math.Float32frombits(1))}
	for n := range 140 {
		x, y := make([]T, n), make([]T, n)
		for i := range n {
			x[i], y[i] = special[i%len(special)]*T(i+1), special[(i*7+n)%len(special)]
		}
		want := make([]T, n)
		for i := range n {
			want[i] = x[i] * y[i]
		}
		buf := make([]T, n+2)
		asm.Mul(buf[1:1+n], x, y)
		equal := func(a, b T) bool {
			return math.Float64bits(float64(a)) == math.Float64bits(float64(b)) || a != a && b != b
		}
		if !slices.EqualFunc(buf[1:1+n], want, equal) || buf[0] != 0 || buf[n+1] != 0 {
			t.Fatalf("%d elements: got %v, want %v", n, buf, want)
		}
		inPlace := slices.Clone(y)
		asm.Mul(inPlace, x, inPlace)
		if !slices.EqualFunc(inPlace, want, equal) {
			t.Fatalf("%d elements in place: got %v, want %v", n, inPlace, want)
		}
	}
}

// TestNormalKernels compares every kernel with the generic set, bit for bit, at random
// words and at all pairs of words around the borders of binades and quadrants.
func TestNormalKernels(t *testing.T) {
	words := make([]uint32, 64*200)
	asm.Philox(words[64*100:], 1, 2, 3)
	var edges []uint32
	for b := range 32 {
		for d := uint32(0); d < 3; d++ {
			edges = append(edges, 1<<b-1+d, -(1<<b)-1+d, 3<<b-1+d, 0xb504f333>>b-1+d) // the last: √½
		}
	}
	for i := range words[:64*100] {
		words[i] = edges[i*i*7%len(edges)]
		if i%32 >= 16 {
			words[i] = edges[i/3%len(edges)]
		}
	}
	var want32 []float32
	var want64 []float64
	sets := map[string]bool{}
	for _, generic := range []bool{true, false} {
		kerneltest.Each(t, func(t *testing.T) {
			name := asm.Kernels().Active
			if (name == "generic") != generic && asm.Kernels().Requested == "" {
				return
			}
			sets[name] = true
			got32, got64 := make([]float32, len(words)), make([]float64, len(words)/2)
			asm.Normal(got32, words)
			asm.Normal(got64, words)
			if want32 == nil {
				want32, want64 = got32, got64
			}
			for i, v := range got32 {
				if math.Float32bits(v) != math.Float32bits(want32[i]) {
					t.Fatalf("float32 %d of words %#x, %#x: got %x, want %x", i, words[i-i%32+i%16], words[i-i%32+i%16+16], v, want32[i])
				}
			}
			for i, v := range got64 {
				if math.Float64bits(v) != math.Float64bits(want64[i]) {
					t.Fatalf("float64 %d: got %x, want %x", i, v, want64[i])
				}
			}
		})
	}
	if len(sets) == 0 {
		t.Error("no kernel set was run")
	}
}
