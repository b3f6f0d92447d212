//go:build !purego

package asm

func sum32(x []float32) float32 {
	if useRVV {
		return sum32RVV(x)
	}
	return sumGeneric32(x)
}

func sum64(x []float64) float64 {
	if useRVV {
		return sum64RVV(x)
	}
	return sumGeneric64(x)
}

//go:noescape
func sum32RVV(x []float32) float32

//go:noescape
func sum64RVV(x []float64) float64
