//go:build !purego

package asm

func axpy32(dst []float32, a float32, x []float32) {
	if useAVX512 {
		axpy32AVX512(dst, a, x)
	} else if useAVX2 {
		axpy32AVX2(dst, a, x)
	} else {
		axpyGeneric32(dst, a, x)
	}
}

func axpy64(dst []float64, a float64, x []float64) {
	if useAVX512 {
		axpy64AVX512(dst, a, x)
	} else if useAVX2 {
		axpy64AVX2(dst, a, x)
	} else {
		axpyGeneric64(dst, a, x)
	}
}

//go:noescape
func axpy32AVX2(dst []float32, a float32, x []float32)

//go:noescape
func axpy32AVX512(dst []float32, a float32, x []float32)

//go:noescape
func axpy64AVX2(dst []float64, a float64, x []float64)

//go:noescape
func axpy64AVX512(dst []float64, a float64, x []float64)
