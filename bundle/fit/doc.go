// Package fit makes models Ψ·Φ(x) + b from data in closed form, or by the logistic loss: [Run]
// chooses features, scale and λ on held-out rows.
//
// The squared error over features Z = Φ(X) (n×M) and targets Y (n×l) has the optimum
//
//	Ψᵀ = (ZᵀZ + λI)⁻¹ ZᵀY
//
// [Stats] forms the sums in one pass over any number of rows, in shards if need be,
// and keeps folds apart, from which λ is chosen without another pass.
//
// # Shapes
//
// Rows are samples: X is n×d, Z is n×M, Y is n×l.
//
// # Determinism
//
// The same data and options give the same bits on every machine, whatever the blocks in
// which rows are read, the kernel set or the number of goroutines.
//
// # Errors
//
// Arguments that do not fit together panic with an error of package mat. What comes from data is an error that wraps
// [bundle.ErrFormat], [bundle.ErrNotFinite], [bundle.ErrRange] or [mat.ErrSingular] and says where.
//
// # Source
//
// Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024
// (arXiv 2310.13225), section on bundling.
package fit
