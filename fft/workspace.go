package fft

import "nnk/asm"

// Workspace holds the intermediate results of transforms. Its zero value is
// ready; it grows to the largest plan it meets and then allocates no more. One
// Workspace serves every plan and type, but only one goroutine at a time.
type Workspace struct {
	single buffers[float32, complex64]
	double buffers[float64, complex128]
}

// buffers has one buffer for each role, so that plans inside plans do not meet.
type buffers[T asm.Float, C asm.Complex] struct {
	split    []T // engine: two vectors, real and imaginary parts apart
	convolve []C // bluestein
	packed   []C // realEngine
	half     []T // realEngine: a spectrum
	cosine   []T // cosineEngine
}

// grow returns n elements of *buf, whose values are left over from earlier use.
func grow[E any](buf *[]E, n int) []E {
	if cap(*buf) < n {
		*buf = make([]E, n)
	}
	return (*buf)[:n]
}
