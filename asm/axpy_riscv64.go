//go:build !purego

package asm

func axpy32(dst []float32, a float32, x []float32) {
	if useRVV {
		axpy32RVV(dst, a, x)
	} else {
		axpyGeneric32(dst, a, x)
	}
}

func axpy64(dst []float64, a float64, x []float64) {
	if useRVV {
		axpy64RVV(dst, a, x)
	} else {
		axpyGeneric64(dst, a, x)
	}
}

//go:noescape
func axpy32RVV(dst []float32, a float32, x []float32)

//go:noescape
func axpy64RVV(dst []float64, a float64, x []float64)
