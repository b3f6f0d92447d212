package fft

import "nnk/asm"

// bluestein computes a transform of any length n as a convolution (L. I.
// Bluestein, A linear filtering approach to the computation of discrete Fourier
// transform, 1970): with c[j] = exp(−πi·j²/n),
//
//	y[k] = c[k]·Σ (x[j]·c[j])·conj(c[k−j])
//
// a cyclic convolution of a length ≥ 2n−1 that has small factors.
type bluestein[T asm.Float, C asm.Complex] struct {
	n        int
	inner    *engine[T, C]
	chirp    []C // c
	spectrum []C // transform of conj(c), divided by the inner length
}

func newBluestein[T asm.Float, C asm.Complex](n int) *bluestein[T, C] {
	m := 4
	for m < 2*n-1 {
		m *= 2
	}
	e := &bluestein[T, C]{n: n, inner: newEngine[T, C](m), chirp: make([]C, n), spectrum: make([]C, m)}
	r := newRoots(2 * n)
	cr, ci, br, bi := make([]T, n), make([]T, n), make([]T, m), make([]T, m)
	square := 0 // j² mod 2n, without the overflow of j·j
	for j := range n {
		re, im := r.at(square)
		square = (square + 2*j + 1) % (2 * n)
		cr[j], ci[j] = T(re), T(im)
		br[j], bi[j] = T(re), -T(im)
		if j > 0 {
			br[m-j], bi[m-j] = br[j], bi[j]
		}
	}
	asm.FFTLast(e.chirp, cr, ci, 1, 1, false)
	asm.FFTLast(e.spectrum, br, bi, 1, 1, false)
	e.inner.transform(e.spectrum, e.spectrum, 1/T(m), false, new(buffers[T, C]))
	return e
}

func (e *bluestein[T, C]) transform(dst, x []C, scale T, inverse bool, b *buffers[T, C]) {
	a := grow(&b.convolve, e.inner.n)
	if inverse {
		swapParts(a, x)
		x = a[:e.n]
	}
	asm.ComplexMul(a[:e.n], x, e.chirp)
	clear(a[e.n:])
	e.inner.transform(a, a, 1, false, b)
	asm.ComplexMul(a, a, e.spectrum)
	e.inner.transform(a, a, scale, true, b)
	asm.ComplexMul(dst, a[:e.n], e.chirp)
	if inverse {
		swapParts(dst, dst)
	}
}

// swapParts sets dst to x with real and imaginary parts exchanged.
func swapParts[C asm.Complex](dst, x []C) {
	switch x := any(x).(type) {
	case []complex64:
		dst := any(dst).([]complex64)[:len(x)]
		for i, v := range x {
			dst[i] = complex(imag(v), real(v))
		}
	case []complex128:
		dst := any(dst).([]complex128)[:len(x)]
		for i, v := range x {
			dst[i] = complex(imag(v), real(v))
		}
	}
}
