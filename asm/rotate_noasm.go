//go:build !amd64 || purego

package asm

func rotate32(x, y []float32, t, s float32) { rotateGeneric32(x, y, t, s) }
func rotate64(x, y []float64, t, s float64) { rotateGeneric64(x, y, t, s) }
