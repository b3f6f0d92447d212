// Package bundle replaces whole networks, or whole training runs, by seeded
// random features and one small matrix in closed form.
//
// A [Network] is a sequence of stages read from a safetensors file or made here.
// Its layers are replaced by feature maps, which are only a seed, and one dense
// layer Ψ; with all layers replaced, the squared error has the closed-form optimum
//
//	Ψᵀ = (ZᵀZ + λI)⁻¹ ZᵀY
//
// over the features Z = Φ(X) (n×M) and targets Y (n×l): labels, or the outputs of the network.
// [Stats] forms the sums in one pass over any number of rows, in shards if need be,
// and keeps folds apart, from which λ is chosen without another pass.
//
// [MonteCarlo] replaces layers without data or fitting, as the paper does, where norms are small
// enough for that. [Auto] compares the result with low rank ([LowRank]), chosen neurons ([Narrow]) and both with random
// features ([FitHybrid]) of the same size on held-out rows, and takes the best.
//
// # Shapes
//
// Rows are samples: X is n×d, Z is n×M, Y is n×l.
//
// # Determinism
//
// A saved model gives the same bits for a row on every machine, whatever the
// batch, the kernel set or the number of goroutines. Fitting does so too.
//
// # Errors
//
// Shapes that do not fit panic with [*mat.ShapeError]. What comes from data or
// files is an error that wraps [ErrFormat], [ErrNotFinite], [ErrRange],
// [ErrArithmetic] or [mat.ErrSingular] and says where.
//
// # Source
//
// Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024
// (arXiv 2310.13225), section on bundling.
package bundle
