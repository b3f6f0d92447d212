//go:build !purego

package asm

func mul32(dst, x, y []float32) {
	if useAVX512 {
		mul32AVX512(dst, x, y)
	} else if useAVX2 {
		mul32AVX2(dst, x, y)
	} else {
		mulGeneric(dst, x, y)
	}
}

func mul64(dst, x, y []float64) {
	if useAVX512 {
		mul64AVX512(dst, x, y)
	} else if useAVX2 {
		mul64AVX2(dst, x, y)
	} else {
		mulGeneric(dst, x, y)
	}
}

//go:noescape
func mul32AVX2(dst, x, y []float32)

//go:noescape
func mul32AVX512(dst, x, y []float32)

//go:noescape
func mul64AVX2(dst, x, y []float64)

//go:noescape
func mul64AVX512(dst, x, y []float64)
