//go:build (!amd64 && !arm64) || purego

package asm

func mul32(dst, x, y []float32) { mulGeneric(dst, x, y) }
func mul64(dst, x, y []float64) { mulGeneric(dst, x, y) }
