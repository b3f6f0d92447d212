package mat

import (
	"fmt"

	"nnk/asm"
)

// Buffer is memory for a matrix whose shape changes from call to call. The zero value is
// ready. It grows to what it is used for and serves one goroutine at a time.
type Buffer[T asm.Float] struct {
	data []T
	last Dense[T]
	used bool
}

// Shape returns a rows×cols matrix of unspecified content, valid until the next call. It
// allocates only where the buffer must grow.
func (b *Buffer[T]) Shape(rows, cols int) *Dense[T] {
	if rows < 0 || cols < 0 {
		panic(&ArgumentError{Op: "mat.Buffer.Shape", Why: fmt.Sprintf("%d×%d", rows, cols)})
	}
	n := rows * cols
	if n > len(b.data) {
		b.data = make([]T, n)
	}
	b.used = true
	b.last = Dense[T]{rows, cols, cols, b.data[:n]}
	return &b.last
}

// Last returns what Shape returned last, nil if it was never called.
func (b *Buffer[T]) Last() *Dense[T] {
	if !b.used {
		return nil
	}
	return &b.last
}
