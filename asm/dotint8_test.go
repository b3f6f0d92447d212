package asm_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"nnk/asm"
	"nnk/internal/guardmem"
	"nnk/internal/kerneltest"
)

// DotInt8 is the sum of its definition, modulo 2³², for every length around those of vectors, the extreme bytes, and slices that touch protected pages.
func TestDotInt8(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(12, 13))
		for _, n := range append(lengths(), 131_071, 140_000) {
			for variant := range 5 {
				x, y := make([]int8, n+variant)[variant:], make([]int8, n+7)[7:]
				if variant >= 3 && n < 300 {
					x, y = guardmem.AtEnd[int8](t, n), guardmem.AtEnd[int8](t, n)
				}
				for i := range x {
					x[i], y[i] = int8(r.Uint32()), int8(r.Uint32())
					switch variant {
					case 1: // products of 2¹⁴, whose sum leaves 32 bits at the end of the longest
						x[i], y[i] = -128, -128
					case 2:
						x[i], y[i] = -128, 127
					}
				}
				var want int64
				for i := range x {
					want += int64(x[i]) * int64(y[i])
				}
				if got := asm.DotInt8(x, y[:n]); got != int32(want) {
					t.Fatalf("n=%d variant=%d: %d, want %d", n, variant, got, int32(want))
				}
			}
		}
	})
}

func BenchmarkDotInt8(b *testing.B) {
	for _, n := range []int{64, 100, 1024, 65536, 1 << 22} {
		x, y := make([]int8, n), make([]int8, n)
		for i := range x {
			x[i], y[i] = 1, 1
		}
		kerneltest.Sets(b, func(b *testing.B, set string) {
			b.Run(fmt.Sprintf("n=%d/kernel=%s", n, set), func(b *testing.B) {
				b.SetBytes(int64(2 * n))
				b.ReportAllocs()
				for b.Loop() {
					asm.DotInt8(x, y)
				}
			})
		})
	}
}
