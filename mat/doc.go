// Package mat holds dense row-major matrices, views into them without copying,
// matrix products and the factorisations that least squares needs.
//
// # Determinism
//
// Every element of a product is one chain of fused multiply-adds over ascending
// k (see [Mul]). Blocking, packing, the kernel set and the number of goroutines
// never change a bit, so a sample's result does not depend on its batch.
//
// Factorisations run in a fixed order on these products: each element of a
// Cholesky factor and of [SolveLower] is one such chain too, so their blocking is
// free; the blocks of 64 rows of [SolveLowerT] and of 32 reflectors of [QR] and
// [SymEigen] are part of their definition.
//
// # Errors
//
// Mistakes in the program panic: shapes that do not fit with a [*ShapeError], a dst that
// overlaps what is read with an [*OverlapError], anything else with an [*ArgumentError].
// Arguments are checked before the first write. What lies in the data is an error that wraps [ErrSingular],
// [ErrNotFinite], [ErrRange] or [ErrNoConvergence] and gives the place and the
// figure; [PivotRatio] bounds the condition of what was solved.
package mat
