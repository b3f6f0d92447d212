//go:build (!amd64 && !arm64 && !riscv64) || purego

package asm

func sum32(x []float32) float32 { return sumGeneric32(x) }
func sum64(x []float64) float64 { return sumGeneric64(x) }
