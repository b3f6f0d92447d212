package mat

import "nnk/asm"

// Gram sets dst = aᵀ·a by the chain of [Mul] and returns it; dst == nil
// allocates. One triangle is computed and copied to the other, so they have
// equal bits. dst must not overlap a. Cost n·d·(d+1)/2 multiply-adds for an n×d
// matrix.
func Gram[T asm.Float](dst, a *Dense[T]) *Dense[T] {
	dst = output("mat.Gram", dst, a.cols, a.cols, a, a, true)
	gram(dst, a, false)
	return dst
}

// GramAdd sets dst += aᵀ·a: the chain of [Gram] starts from dst's upper
// triangle, and the lower one is overwritten. Adding the rows of a matrix in
// parts, in order, gives the bits of adding them at once.
func GramAdd[T asm.Float](dst, a *Dense[T]) *Dense[T] {
	dst = output("mat.GramAdd", dst, a.cols, a.cols, a, a, true)
	gram(dst, a, true)
	return dst
}

func gram[T asm.Float](dst, a *Dense[T], load bool) {
	p := product[T]{m: a.cols, n: a.cols, k: a.rows, a: byCols(a), b: byRows(a), c: dst.data, cs: dst.stride, load: load, upper: true}
	p.run()
	const tile = 32 // the columns that one goes down while the rows stay in the L1 cache
	for i0 := 0; i0 < dst.rows; i0 += tile {
		for j0 := i0; j0 < dst.cols; j0 += tile {
			h, w := min(tile, dst.rows-i0), min(tile, dst.cols-j0)
			if i0 != j0 {
				asm.Transpose(w, h, dst.data[j0*dst.stride+i0:], dst.stride, dst.data[i0*dst.stride+j0:], dst.stride)
				continue
			}
			for i := range h {
				for j := range i {
					dst.data[(i0+i)*dst.stride+i0+j] = dst.data[(i0+j)*dst.stride+i0+i]
				}
			}
		}
	}
}
