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
//	Hadamard  blocks of p = 2^k ≥ max(d, 64) rows: H·D₂·H·D₁·H·D₀ with random signs D
//	          and the orthonormal Walsh–Hadamard matrix H, cut to d columns; below 64
//	          columns with a fourth round. G is never stored, Apply costs O(m·log d) a sample
//	Sobol     a scrambled Sobol sequence through the normal quantile function, its
//	          coordinates in a random order
//	Halton    a scrambled Halton sequence likewise (at most 16,384 columns)
//	Simplex   blocks of d rows in the directions of a regular simplex's vertices,
//	          turned at random; in 2 columns, where those are opposite, as Block
//	Sparse    of each four rows one has one column, one two, one three and one all: normal
//	          elements there, 0 in the others
//	Pursuit   not random: sums of a few rows of a Hadamard projection, the atoms of its dictionary, which the text says
//
// Sparse is for features that are fitted, not for estimates of a kernel: what depends on few columns of a table is found among
// its rows, and no other kind has them. Rows of q columns are multiplied with √(d/q), every other row of one column with 4 more.
//
// Pursuit is for directions that were learned from data, which a seed alone does not have. [Pursue] writes a row with 5 bits for the factor of each atom and as
// many as its index needs, and 8 bits for an offset that maps take instead of a phase or a bias: 4 to 40 bytes where d numbers have 4·d. G is made once, when the
// projection is, and stored. That a seed stands for a dictionary, of which a model names
// a few, is in the literature as MIRACLE (M. Havasi et al., ICLR 2019: which of many random draws of all weights), PRANC (P. Nooralinejad et al., ICCV 2023) and NOLA
// (S. Koohpayegani et al., ICLR 2024: weights as sums of seeded bases with stored factors); here each direction has its own few atoms of a
// large dictionary, as in vector quantisation, chosen in the metric of the data.
//
// Rows of Block, Hadamard and Simplex are scaled to independent χ lengths, or with [Sqrt]
// all to the length √d (√p for Hadamard, before it is cut).
//
// Up to 32 inputs are repeated for Hadamard, ⌊p/d⌋ times, before the first transform, and D₀ has
// weights instead of signs, for each input a random vector of length 1: all rows then differ in
// direction, however few the columns.
//
// # Errors
//
// A row of every kind but Hadamard and Sparse is exactly normal, so means over features are those of
// independent rows. A row of Hadamard is so nearly: no bias of the Gaussian or the arc-cosine
// kernel of 1e-3 was seen for 1 to 130 columns. That is with χ lengths and all rounds: rows of
// length √p have the Gaussian kernel of δ too small by the factor 1 − δ⁴/4p, rows of length √d likewise,
// and one or two rounds of Hadamard make rows that look normal only if the input
// itself has many elements that differ from 0.
//
// The mean square error of these kernels' estimates is that of independent rows or less for all these kinds, in
// 1 to 130 columns and from 8 rows on; see the table in README.md. The exceptions: where the
// Gaussian kernel is below 0.02 (at distance 3, where no coupling helps), Sobol has up to 1.04 times that
// error, and Hadamard in 64 columns 1.05 times if two vectors differ in two elements alone.
//
// # Texts
//
// The text of a projection is kind(key=value,…), the kind in small letters, with the keys seed, m and d, the numbers of rows and columns; for
// hadamard rounds, 4 below 64 columns and else 3 where it is left out; for hadamard, block and simplex norm=chi, as where it is left out, or
// norm=sqrt; for pursuit atoms, terms, base and codes, see below; and, but for pursuit, select, the rows that are kept, ascending, with + between them. Without seed it is 0.
//
// # Streams
//
// With s the seed's substream of the given number of the table in package rng, or substream x
// of it, written s/x: element (i, j) of IID is normal i·d + j of elements; the QR factorisations of Block and
// Simplex take the same numbers, and so does Sparse: row i has q = 1 + i mod 4 columns, all if that is 4 or d or more; else its elements in the
// first q columns of the permutation of 0 … d−1 by supports/i are multiplied with T(√(d/q)), or with T(4·√(d/q)) where i mod 8 is 4, and
// the others are 0. Length i is χ value i of lengths in float64, with p degrees of freedom for
// Hadamard and d for the others. Signs of round r (0 … 3) of block b are elements b·p … of the Rademacher
// distribution of signs/r; where inputs are repeated, element j of D₀ of block b is n_j/√(Σ n_i²) over i ≡ j mod d, i <
// d·⌊p/d⌋, n_j being float64 normal b·p + j of weights, the sum made by FMA from +0 in ascending order.
//
// Row i of Sobol and Halton is the float64 normal quantile, rounded to T, of point i of a sequence.
// Halton is scrambled by halton. Coordinates 1024g … of Sobol are a sequence scrambled by sobol/g; it
// is shuffled by shuffle/g over 2^k points if g > 0 or m < 2^l, with l = 2 + ⌈log₂ d⌉ and k = max(l, ⌈log₂ m⌉). Coordinate
// c is column order[c], the permutation of 0 … d−1 by columns.
//
// # Codes of kind Pursuit
//
// The atoms of pursuit(seed=s,m=m,d=d,atoms=N,terms=K,base=q,codes=…) are the rows of hadamard(seed=s,m=N,d=d,norm=sqrt); N is a power of two from 2 to 2²⁴, K
// from 1 to 64 and at most N, q from −127 to 127. A row has K·(log₂ N + 5) + 8 bits: for each of K terms, in the ascending order of their atoms, which all differ, the atom's index
// in log₂ N bits, its sign in one (1 is −) and its exponent e in four, then the offset in eight. The least significant bit of a number is the first; the
// rows follow each other, the first bit being the least significant of the first byte, and what is left of the last byte is 0. In a text the bytes are
// in base64 with - and _ and without padding. A row is made from +0 by g = fma(T(±2^((q + e)/4)), atom, g) in the order of its terms, with
// the float64 that is nearest to the power: 2^¼ = 0x1.306fe0a31b715p+00, 2^½ and 2^¾ = 0x1.ae89f995ad3adp+00 times a power of two.
//
// # Bits
//
// Elements, where nothing else is said, and results are of the type T of the projection; T(v) is v rounded to it, and what stands in the brackets is
// float64, operation by operation. A row that is kept is the same with and without selection.
//
// G·x of the kinds that are stored is a matrix product. Hadamard: x, repeated ⌊p/d⌋ times and filled up with zeros to p elements, is multiplied with D₀
// and transformed, not normalised, then with D₁, and so on; element i of the result is multiplied with T(length i·u),
// u being 1 divided as often by √p as there are rounds. [Projection] Row, which features need for lengths ‖g‖, is the way back: from the unit vector of p elements H, then
// D of the last round, …, H, D₀; of the parts of d elements, in ascending order, g = fma(T(length·u), part, g), from 0.
//
// Block b of Block and Simplex has the rows R of Qᵀ in the QR factorisation of package mat, with the diagonal of R not negative, of the d×n
// matrix whose column c has the elements (b·d + c)·d …; n is the number of the block's rows for Block, also in the last, and d for Simplex. Row j with length l is
//
//	Block    T(l)·R_j
//	Simplex  fma(T(l·√((e + 1)/e)), R_j, T(−l·(√(e + 1) + 1)/(e·√e))·S) for j < e, and T(l/√e)·S for j = e,
//	         with e = d − 1 and S = R_0 + R_1 + … + R_(e−1); as Block for d = 1 and 2
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
