//go:build !purego

package asm

func rotate32(x, y []float32, t, s float32) {
	if useAVX512 {
		rotate32AVX512(x, y, t, s)
	} else if useAVX2 {
		rotate32AVX2(x, y, t, s)
	} else {
		rotateGeneric32(x, y, t, s)
	}
}

func rotate64(x, y []float64, t, s float64) {
	if useAVX512 {
		rotate64AVX512(x, y, t, s)
	} else if useAVX2 {
		rotate64AVX2(x, y, t, s)
	} else {
		rotateGeneric64(x, y, t, s)
	}
}

//go:noescape
func rotate32AVX2(x, y []float32, t, s float32)

//go:noescape
func rotate32AVX512(x, y []float32, t, s float32)

//go:noescape
func rotate64AVX2(x, y []float64, t, s float64)

//go:noescape
func rotate64AVX512(x, y []float64, t, s float64)
