// Package rng makes random numbers that are addressed, not drawn: element i of a
// stream is a pure function of (seed, stream, i), so any part of a random matrix
// can be made anywhere, in any order, in parallel, with the same bits.
//
//	s := rng.New(7).Sub(3)          // substream 3 of seed 7
//	x := make([]float32, 1000)
//	rng.Normal(s, x, 0)             // elements 0 … 999
//	rng.Normal(s, x[500:], 500)     // the second half again: the same bits
//
// It also has two evenly spread sequences, [Sobol] and [Halton], and the quantiles
// of the normal distribution. It is not meant for secrets.
//
// # From counter to value
//
// The generator is Philox 4x32-10 (J. Salmon et al., Parallel random numbers: as
// easy as 1, 2, 3, SC 2011) with the seed as its key (low word first) and
// the 128-bit counter (block, stream), each 64 bits, low word first. The blocks
// are taken in groups of 16. A group gives 64 words of 32 bits: word w (0 to 3) of
// block 16·g + l (l from 0 to 15) is element 64·g + 16·w + l of the stream of 32-bit
// numbers. It gives 32 numbers of 64 bits: words 2p and 2p+1 (the high one) of block
// 16·g + l are element 32·g + 16·p + l of the stream of 64-bit numbers.
//
// Element i of a distribution, w being 32-bit number i and b 64-bit number i:
//
//	Uniform      float32: ⌊w/2⁸⌋·2⁻²⁴; float64: ⌊b/2¹¹⌋·2⁻⁵³
//	Normal       Box–Muller, step by step below: one element from each 32-bit
//	             number (float32) or 64-bit number (float64)
//	Rademacher   bit i mod 32 of 32-bit number ⌊i/32⌋: 0 is +1, 1 is −1
//	Chi          the length of Normal's elements i·d … i·d+d−1
//	Exponential  −ln u, u = (w+½)/2³² or (b+½)/2⁶⁴
//	Rayleigh     √(2·Exponential)
//	Cauchy       tan(π·u), the same u
//	Choice       by the float64 Uniform
//
// Permutation and Source use the 64-bit numbers; their comments and those of
// [Sobol.Scramble], [Sobol.Shuffle] and [Halton.Scramble] say how. The lengths of Chi are
// those of [asm.Dot], the sine and cosine of Cauchy those of [asm.Sincos], in its type.
//
// # The logarithm and the normal values, step by step
//
// Every operation rounds to nearest even in the type of the values (float64 for the
// logarithm of Exponential), integers are converted likewise, fma(x, y, z) = x·y+z
// rounds once, and P(z; a, b, …) is p = a, then p = fma(p, z, b) and so on.
//
// The logarithm of u > 0: with β = bits(u) − S as a signed integer and t = 23 (float32)
// or 52 (float64), k = ⌊β/2ᵗ⌋, and f is the number of bits (β mod 2ᵗ)+S, minus 1. Then
//
//	float32  S = 0x3f3504f3
//	         p = P(f; 0x1.2cb38cp-4, -0x1.ddb316p-4, 0x1.dc7628p-4, -0x1.fbbf2ap-4,
//	             0x1.23de3ep-3, -0x1.556288p-3, 0x1.999d2ap-3, -0x1.ffffe6p-3,
//	             0x1.555554p-2, -0.5)
//	         ln u = fma(k, 0x1.62e43p-1, f + fma(k, -0x1.05c61p-29, p·(f·f)))
//	float64  S = 0x3fe6a09e667f3bcd, s = f/(2+f), z = s·s, h = ½·f·f
//	         p = P(z; 0x1.2f0b56dd20a5dp-3, 0x1.39a122bef71a6p-3, 0x1.746644e0a05b6p-3,
//	             0x1.c71c51eb7ec1dp-3, 0x1.2492494217a8cp-2, 0x1.999999997fac3p-2,
//	             0x1.5555555555593p-1)
//	         ln u = fma(k, 0x1.62e42fefa39efp-1, f − (h − fma(s, fma(z, p, h), k·0x1.abc9e3b39803fp-56)))
//
// Normal makes two elements of one block l of a group from n and m. They are its words
// 0 and 1 or its words 2 and 3 (float32: N = 32), or its 64-bit numbers 0 and 1
// (float64: N = 64); the elements have the indices of n and m. u is (n+½)/2ᴺ, rounded
// once. q = ⌊m/2ᴺ⁻² + ½⌋ mod 4, and a is 4·m mod 2ᴺ as a signed integer, converted, over 2ᴺ.
// With z = x·x,
//
//	float32  x = a·0x1.921fb6p0
//	         s = fma(x·z, P(z; -0x1.9953fep-13, 0x1.110778p-7, -0x1.555546p-3), x)
//	         c = fma(z·z, P(z; 0x1.99e91p-16, -0x1.6c0c2ap-10, 0x1.55554ap-5), fma(-½, z, 1))
//	float64  x = a·0x1.921fb54442d18p0
//	         s = fma(x·z, P(z; 0x1.5d8e364688fdp-33, -0x1.ae5e5475213aep-26, 0x1.71de355f0807p-19,
//	             -0x1.a01a019bf2245p-13, 0x1.111111110f75dp-7, -0x1.5555555555548p-3), x)
//	         c = fma(z·z, P(z; -0x1.8fa682cb34b45p-37, 0x1.1ee9dbd21dc01p-29, -0x1.27e4f7f19e747p-22,
//	             0x1.a01a019c8f3f9p-16, -0x1.6c16c16c15016p-10, 0x1.555555555554bp-5), fma(-½, z, 1))
//
// (sin, cos) is (s, c), (c, −s), (−s, −c) or (−c, s) for q = 0, 1, 2 or 3. With
// r = √(−2·ln u), the elements are r·cos at n's index and r·sin at m's.
//
// # Substreams
//
// A substream's number is the first two words (low first) of Philox with the key
// seed XOR 0x6e6e6b2e73756273 and the counter (id, stream); the root stream is 0.
// Two of n substreams coincide with probability n²/2⁶⁵. Different distributions of
// one stream are made from the same numbers and so are not independent: give each
// use a substream of its own.
//
// # Determinism and concurrency
//
// All results have the same bits on every architecture and kernel set. A [Stream]
// is a value; all functions are safe for concurrent use.
package rng
