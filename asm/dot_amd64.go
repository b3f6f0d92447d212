//go:build !purego

package asm

func dot32(x, y []float32) float32 {
	if useAVX512 {
		return dot32AVX512(x, y)
	}
	if useAVX2 {
		return dot32AVX2(x, y)
	}
	return dotGeneric32(x, y)
}

func dot64(x, y []float64) float64 {
	if useAVX512 {
		return dot64AVX512(x, y)
	}
	if useAVX2 {
		return dot64AVX2(x, y)
	}
	return dotGeneric64(x, y)
}

//go:noescape
func dot32AVX2(x, y []float32) float32

//go:noescape
func dot32AVX512(x, y []float32) float32

//go:noescape
func dot64AVX2(x, y []float64) float64

//go:noescape
func dot64AVX512(x, y []float64) float64
