// Package ortho makes random projections G, m×d matrices whose rows are standard
// normal (or close to it) and, but for the kind IID, coupled so that they cover the
// space more evenly than independent ones, which lowers the variance of random
// features. A projection is rebuilt bit for bit from its [Spec].
//
//	p, err := ortho.New[float32](ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 4096, D: 784})
//	z := p.Apply(nil, x, nil) // x·Gᵀ: n×784 to n×4096
//
// The kinds, in blocks of rows; b is a block's number:
//
//	IID       independent normal elements
//	Block     blocks of d orthogonal rows, uniformly distributed (Haar)
//	Hadamard  blocks of p = 2^k ≥ d rows: H·D₃·H·D₂·H·D₁ with random signs D and the
//	          orthonormal Walsh–Hadamard matrix H, cut to d columns; also with one or
//	          two rounds. G is never stored, Apply costs O(m·log d) a sample
//	Sobol     a scrambled Sobol sequence through the normal quantile function
//	Halton    a scrambled Halton sequence likewise (at most 16,384 columns)
//	Simplex   blocks of d rows in the directions of a regular simplex's vertices,
//	          turned at random
//
// Rows of Block, Hadamard and Simplex are scaled to independent χ lengths, so that a
// row of Block or Simplex is exactly normal, or all to the length √d (√p for Hadamard, before it is cut).
// A row of Hadamard is nearly normal, better the more rounds and columns. With two
// columns it has no other directions than the axes and the diagonals: take Block there.
//
// # Streams
//
// With the root stream of the seed s, and Sub as in package rng: element (i, j) of IID is
// normal i·d + j of s; the QR factorisations of Block and Simplex take the same
// numbers. Length i is χ value i of s.Sub(0) in float64, with p degrees of freedom for
// Hadamard and d for the others. Signs of round r (0, 1, 2) of block b are elements b·p … of the Rademacher
// distribution of s.Sub(1+r). Row i of Sobol and Halton is the float64 normal quantile,
// rounded to T, of point i of a sequence: Halton is scrambled by s.Sub(1); columns
// 1024g … of Sobol are a sequence scrambled by s.Sub(2g+1) and, for g > 0, shuffled by
// s.Sub(2g+2).
//
// # Concurrency
//
// Projections are safe for concurrent use with one [Workspace] for each goroutine.
// Large batches are spread over GOMAXPROCS goroutines; no result depends on that.
//
// Sources: F. Yu et al., Orthogonal Random Features, NIPS 2016; K. Choromanski et al., The Unreasonable
// Effectiveness of Structured Random Orthogonal Embeddings, NIPS 2017; I. Reid et al., Simplex Random Features, ICML 2023;
// A. Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024, §3.
package ortho
