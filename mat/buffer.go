package mat

import "nnk/asm"

// Buffer is memory for a matrix whose shape changes from call to call. The zero value is
// ready. It grows to what it is used for and serves one goroutine at a time.
type Buffer[T asm.Float] struct {
	data []T
	last *Dense[T]
}

// Shape returns a rows×cols matrix of unspecified content, valid until the next call. It
// allocates only where the shape changes.
func (b *Buffer[T]) Shape(rows, cols int) *Dense[T] {
	if b.last != nil && b.last.rows == rows && b.last.cols == cols {
		return b.last
	}
	if n := rows * cols; n > cap(b.data) {
		b.data = make([]T, n)
	}
	b.last = Of(rows, cols, b.data[:rows*cols])
	return b.last
}
