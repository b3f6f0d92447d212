//go:build !purego

package asm

func axpy32(dst []float32, a float32, x []float32) {
	whole := 0
	if useNEON {
		whole = len(dst) &^ 15
		axpy32NEON(dst[:whole], a, x)
	}
	axpyGeneric32(dst[whole:], a, x[whole:])
}

func axpy64(dst []float64, a float64, x []float64) {
	whole := 0
	if useNEON {
		whole = len(dst) &^ 7
		axpy64NEON(dst[:whole], a, x)
	}
	axpyGeneric64(dst[whole:], a, x[whole:])
}

//go:noescape
func axpy32NEON(dst []float32, a float32, x []float32)

//go:noescape
func axpy64NEON(dst []float64, a float64, x []float64)
