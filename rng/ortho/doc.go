// Package ortho makes random projections G, m×d matrices whose rows are standard
// normal (or close to it) and, but for the kind IID, orthogonal within blocks,
// which lowers the variance of random features. A projection is rebuilt bit for
// bit from its [Spec]; structured kinds never store G and apply it in O(m·log d).
//
//	IID       independent normal elements
//	Hadamard  per block of p = 2^k ≥ d rows: H·D₃·H·D₂·H·D₁ with random signs D and the
//	          orthonormal Walsh–Hadamard matrix H, cut to d columns, rows scaled to
//	          the length √p or to independent χ_p lengths
//
// Sources: Yu et al., Orthogonal Random Features, NIPS 2016 (structured form, §4);
// Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024, §3.
package ortho
