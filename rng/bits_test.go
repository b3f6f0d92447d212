package rng_test

import (
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
