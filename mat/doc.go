// Package mat holds dense row-major matrices, views into them without copying,
// matrix products and the factorisations that least squares needs.
//
// # Determinism
//
// Every element of a product is one chain of fused multiply-adds over ascending
// k (see [Mul]). Blocking, packing, the kernel set and the number of goroutines
// never change a bit, so a sample's result does not depend on its batch.
package mat
