//go:build !purego

package asm

func dot32(x, y []float32) float32 {
	if useRVV {
		return dot32RVV(x, y)
	}
	return dotGeneric32(x, y)
}

func dot64(x, y []float64) float64 {
	if useRVV {
		return dot64RVV(x, y)
	}
	return dotGeneric64(x, y)
}

//go:noescape
func dot32RVV(x, y []float32) float32

//go:noescape
func dot64RVV(x, y []float64) float64
