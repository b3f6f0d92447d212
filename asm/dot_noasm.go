//go:build (!amd64 && !arm64 && !riscv64) || purego

package asm

func dot32(x, y []float32) float32 { return dotGeneric32(x, y) }
func dot64(x, y []float64) float64 { return dotGeneric64(x, y) }
