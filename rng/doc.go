// Package rng makes random numbers that are addressed, not drawn: element i of a
// stream is a pure function of (seed, stream, i), so any part of a random matrix
// can be made anywhere, in any order, in parallel, with the same bits.
//
// # From counter to value
//
// The generator is Philox 4x32-10 with the seed as its key (low word first) and
// the 128-bit counter (block, stream), each 64 bits, low word first. The blocks
// are taken in groups of 16. A group gives 64 words of 32 bits: word w (0 to 3) of
// block 16·g + l (l from 0 to 15) is element 64·g + 16·w + l of the stream of 32-bit
// numbers. It gives 32 numbers of 64 bits: words 2p and 2p+1 (the high one) of block
// 16·g + l are element 32·g + 16·p + l of the stream of 64-bit numbers.
//
//	Uniform    float32: (word >> 8)·2⁻²⁴; float64: (number >> 11)·2⁻⁵³
//	Normal     Box–Muller, see asm.Normal
//	Rademacher bit i mod 32 of 32-bit element ⌊i/32⌋: 0 is +1, 1 is −1
//
// A substream's number is the first two words (low first) of Philox with the key
// seed XOR 0x6e6e6b2e73756273 and the counter (id, stream); the root stream is 0.
package rng
