package snnk

import (
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// InitHe sets w (out×in) to independent normal values of variance 2/in from the stream,
// which keep the mean square of activations through ReLU layers (He et al. 2015).
func InitHe[T asm.Float](w *mat.Dense[T], s rng.Stream) {
	deviation := T(math.Sqrt(2 / float64(max(w.Cols(), 1))))
	for i := range w.Rows() {
		row := w.Row(i)
		rng.Normal(s, row, uint64(i)*uint64(len(row)))
		asm.Scale(row, row, deviation)
	}
}

// InitXavier sets w (out×in) to independent uniform values of variance 2/(in+out) from the
// stream (Glorot and Bengio 2010): for layers that are linear near 0.
func InitXavier[T asm.Float](w *mat.Dense[T], s rng.Stream) {
	bound := T(math.Sqrt(6 / float64(max(w.Rows()+w.Cols(), 1))))
	for i := range w.Rows() {
		row := w.Row(i)
		rng.Uniform(s, row, uint64(i)*uint64(len(row)))
		for j, u := range row {
			row[j] = (u + u - 1) * bound // 2u − 1 is exact
		}
	}
}
