// Package snnk holds scalable neural-network-kernel layers: a layer y = f(W·x +
// b) replaced by two towers that meet only in a dot product,
//
//	y ≈ Ψ(W, b)·Φ(x)
//
// Φ, a map of package urf, has no trained parameters: it is a seed. Ψ (l×M) is
// what a layer stores: l·M numbers instead of l·(d+1), and with structured projections
// O(M·log d + l·M) multiply-adds for a row instead of l·d.
//
// Ψ is computed from the weights of the layer to replace ([FromWeights]), or fitted
// to any targets in closed form ([Layer.Refit]). What error that makes of the replaced layer is
// known beforehand: [Layer.PredictError] and [Layer.LeaveOneOut].
//
// For training there are modules: a [TrainableLayer] is such a layer, on [Features] of a seed or on
// [Diagonals], which are trained as well; [NewAdapter] puts one beside the layers of a frozen
// network, with [NewBottleneck] and [NewLoRA] to compare it with; [ReplaceByWeights] and
// [ReplaceByRefit] put one in the place of a dense layer. [Train] trains all of them, beside
// [Linear], [LayerNorm] and what else is a [Module], by [AdamW] or [SGD]: the rows in an order of
// the seed, some held out to keep the best values, with checkpoints from which a run that
// was broken off ends in the same bytes.
//
// # Shapes
//
// Rows are samples: x is n×d, Φ(x) is n×M, y is n×l.
//
// # Determinism
//
// A row's outputs have the same bits on every machine, whatever the batch, the
// kernel set or the number of goroutines. So has what training makes of a seed, data
// and options.
//
// # Concurrency
//
// Forward is safe for concurrent use with one [Workspace] per goroutine; Refit is
// not safe beside it. A [Module] serves one goroutine at a time.
//
// # Source
//
// Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024
// (arXiv 2310.13225), sections 3 and 4.
package snnk
