//go:build !amd64 || purego

package asm

func axpyRows32(dst []float32, k int, a []float32, as int, b []float32, bs int) (cols, rows int) {
	return len(dst), 0
}

func axpyRows64(dst []float64, k int, a []float64, as int, b []float64, bs int) (cols, rows int) {
	return len(dst), 0
}
