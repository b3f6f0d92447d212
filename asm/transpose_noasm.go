//go:build !amd64 || purego

package asm

func transpose32(m, n int, dst []float32, ds int, src []float32, ss int) (mm, nn int) {
	return 0, 0
}

func transpose64(m, n int, dst []float64, ds int, src []float64, ss int) (mm, nn int) {
	return 0, 0
}
