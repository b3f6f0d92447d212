package encoder

import (
	"nnk/asm"
	"nnk/mat"
)

// Workspace is the memory that a forward pass needs. The zero value is ready; it grows to what was needed once. One
// goroutine at a time may use it.
type Workspace[T asm.Float] struct {
	normed  mat.Buffer[T] // what enters the attention or the feed-forward part, or the mixed values
	product mat.Buffer[T]
	qkv     mat.Buffer[T]
	inner   mat.Buffer[T]
	cut     mat.Buffer[T] // patches
	lengths []int         // of images

	rows      rowwise[T]
	attention attention[T]
}
