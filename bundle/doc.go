// Package bundle holds whole networks whose layers are replaced by seeded
// random features, which are only a seed, and small matrices: a [Network] of stages, its
// evaluation, the [Source] of rows that it reads, and the file of a [Model].
//
// Package bundle/fit makes such models from data, bundle/compress from other networks, which
// bundle/checkpoint reads; bundle/export writes them for other runtimes. Who only loads a model and uses it links none of them. It does link bundle/table, which has rows
// of files: the schema of a model's columns, a part of its file, is that of a table.
//
// # Shapes
//
// Rows are samples: X is n×d, outputs are n×l.
//
// # Determinism
//
// A saved model gives the same bits for a row on every machine, whatever the
// batch, the kernel set or the number of goroutines.
//
// # Errors
//
// Arguments that do not fit together panic with an error of package mat. What comes from
// data or files is an error that wraps [ErrFormat], [ErrNotFinite], [ErrRange] or [ErrArithmetic] and says where.
//
// # Source
//
// Sehanobish et al., Scalable Neural Network Kernels, ICLR 2024
// (arXiv 2310.13225), section on bundling.
package bundle
