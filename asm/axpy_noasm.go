//go:build (!amd64 && !arm64 && !riscv64) || purego

package asm

func axpy32(dst []float32, a float32, x []float32) { axpyGeneric32(dst, a, x) }
func axpy64(dst []float64, a float64, x []float64) { axpyGeneric64(dst, a, x) }
