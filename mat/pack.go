package mat

import "nnk/asm"

// Packed is a right-hand matrix laid out for products: its columns in panels as
// wide as a tile, each panel contiguous. Products against it skip the copying
// that [Mul] and [MulT] may do on every call, and read memory in one stream. It
// does not change afterwards and may be used by many goroutines.
type Packed[T asm.Float] struct {
	rows, cols int
	data       []T
}

// Pack lays out b for [MulPacked]. It copies b.
func Pack[T asm.Float](b *Dense[T]) *Packed[T] { return pack(byCols(b)) }

// PackT lays out bᵀ for [MulPacked]: for weights that are stored with a row for
// each output. It copies b.
func PackT[T asm.Float](b *Dense[T]) *Packed[T] { return pack(byRows(b)) }

// pack lays out the transpose of bt.
func pack[T asm.Float](bt operand[T]) *Packed[T] {
	p := &Packed[T]{rows: bt.cols, cols: bt.rows, data: make([]T, bt.rows*bt.cols)}
	width := asm.TileCols[T]()
	for j := 0; j < p.cols; j += width {
		w := min(width, p.cols-j)
		packPanel(p.data[j*p.rows:], w, bt, j, w, 0, p.rows)
	}
	return p
}

// Rows returns the number of rows of the matrix that was packed.
func (p *Packed[T]) Rows() int { return p.rows }

// Cols returns the number of columns of the matrix that was packed.
func (p *Packed[T]) Cols() int { return p.cols }

// panel returns the panel that starts at column j, from row q on, and the
// distance of its rows.
func (p *Packed[T]) panel(j, q int) ([]T, int) {
	width := min(asm.TileCols[T](), p.cols-j)
	return p.data[j*p.rows+q*width:], width
}

// MulPacked sets dst = a·b for a packed b, with the bits of [Mul], and returns
// it; dst == nil allocates. dst must not overlap a.
func MulPacked[T asm.Float](dst, a *Dense[T], b *Packed[T]) *Dense[T] {
	dst = packedOutput("mat.MulPacked", dst, a, b)
	multiply(dst, byRows(a), operand[T]{}, b, false)
	return dst
}

// MulPackedAdd sets dst += a·b for a packed b, with the bits of [MulAdd].
func MulPackedAdd[T asm.Float](dst, a *Dense[T], b *Packed[T]) *Dense[T] {
	dst = packedOutput("mat.MulPackedAdd", dst, a, b)
	multiply(dst, byRows(a), operand[T]{}, b, true)
	return dst
}

func packedOutput[T asm.Float](op string, dst, a *Dense[T], b *Packed[T]) *Dense[T] {
	if a.cols != b.rows {
		panic(&ShapeError{Op: op, A: shape(a), B: [2]int{b.rows, b.cols}, Why: "inner dimensions differ"})
	}
	checkApart(op, "dst", dst, "a", a)
	return newOr(op, dst, a.rows, b.cols)
}

// packPanel copies rows i…i+h of a, columns q…q+depth, to a panel: element
// (i+r, q+c) goes to dst[c*mr+r].
func packPanel[T asm.Float](dst []T, mr int, a operand[T], i, h, q, depth int) {
	if h == 0 || depth == 0 {
		return
	}
	src := a.from(i, q)
	if a.rs == 1 {
		for c := range depth {
			copy(dst[c*mr:c*mr+h], src[c*a.cs:])
		}
		return
	}
	asm.Transpose(depth, h, dst, mr, src, a.rs)
}
