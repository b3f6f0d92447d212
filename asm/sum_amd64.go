//go:build !purego

package asm

func sum32(x []float32) float32 {
	if useAVX512 {
		return sum32AVX512(x)
	}
	if useAVX2 {
		return sum32AVX2(x)
	}
	return sumGeneric32(x)
}

func sum64(x []float64) float64 {
	if useAVX512 {
		return sum64AVX512(x)
	}
	if useAVX2 {
		return sum64AVX2(x)
	}
	return sumGeneric64(x)
}

//go:noescape
func sum32AVX2(x []float32) float32

//go:noescape
func sum32AVX512(x []float32) float32

//go:noescape
func sum64AVX2(x []float64) float64

//go:noescape
func sum64AVX512(x []float64) float64
