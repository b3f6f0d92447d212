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
//	Normal       Box–Muller: one element from each 32-bit number (float32) or
//	             64-bit number (float64)
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
// Every step, with the coefficients of the logarithm, sine and cosine, stands in
// asm/ARITHMETIC.md.
//
// # Substreams
//
// A substream's number is the first two words (low first) of Philox with the key
// seed XOR 0x6e6e6b2e73756273 and the counter (id, stream); the root stream is 0.
// Two of n substreams coincide with probability n²/2⁶⁵. Different distributions of
// one stream are made from the same numbers and so are not independent: give each
// use a substream of its own.
//
// # The streams of a seed
//
// Whatever the library itself draws from a seed that its caller gives comes from a substream whose
// number is in this table, so that no two uses of one seed have the same numbers. The number is
// the package's tag times 2³² plus that of the use; a slash is for a substream of that
// substream. The root stream of a seed and substreams below 2³² are left to the caller.
//
//	tag 0x6f727468 "orth", package rng/ortho
//	    0    elements: normals of G, or of the matrices whose QR factors are its blocks
//	    1    lengths of rows
//	    2/r  signs of round r of kind Hadamard
//	    3    weights of repeated inputs of kind Hadamard
//	    4    halton: the digits of kind Halton
//	    5/g  sobol: the bits of kind Sobol, columns from 1024g on
//	    6/g  shuffle: the order of its points
//	    7    columns: the order of its columns
//	    8/i  supports: the order of the columns of row i of kind Sparse
//	tag 0x75726600 "urf", package urf
//	    0    phases of rows, uniform
//	    1    biases of rows, normal
//	    2    frequencies that are drawn from a spectrum
//	    3    the order in which rows take them
//	    4    lengths of Matérn frequencies
//	    5    elements of the Laplacian kernel's G
//	    6    seeds of the projections of a Maclaurin series
//	tag 0x736e6e6b "snnk", package snnk
//	    0    which rows a training holds out
//	    1/e  the order of the others in epoch e
//	    2    Ψ of a new adapter
//	    3/s  noise on the inputs of step s, counted from 0
//	tag 0x656e636f "enco", package snnk/encoder
//	    0/t  first values of tensor t of an encoder, in the order of its parts
//	    1/s  masks of tokens in step s, counted from 0
//	    2    masks of texts where they are measured
//	tag 0x66697400 "fit", package bundle/fit
//	    0    the sample of rows on which scales are chosen, of seed 0
//	tag 0x636f6d70 "comp", package bundle/compress
//	    0    seeds of the layers' features, number l that of layer l
//	    1    inputs where none are given, of seed 0
//	    2    of the first seed of a layer's features, those that are tried beside it
//	tag 0x6e6e6b00 "nnk", package cmd/nnk
//	    0/l  first weights of layer l that train makes
//	    1    operands of bench
//	    2/c  rows among which a report permutes column c, of seed 0
//
// # Determinism and concurrency
//
// All results have the same bits on every architecture and kernel set. A [Stream]
// is a value; all functions are safe for concurrent use.
package rng
