//go:build !purego

package asm

// transpose32 does the squares of 8 by 8, and returns the part they cover.
func transpose32(m, n int, dst []float32, ds int, src []float32, ss int) (mm, nn int) {
	if mm, nn = m&^7, n&^7; mm == 0 || !useAVX2 {
		return 0, 0
	}
	for j := 0; j < nn; j += 8 {
		transpose32AVX2(mm/8, &dst[j], ds, &src[j*ss], ss)
	}
	return mm, nn
}

// transpose64 does the squares of 4 by 4, and returns the part they cover.
func transpose64(m, n int, dst []float64, ds int, src []float64, ss int) (mm, nn int) {
	if mm, nn = m&^3, n&^3; mm == 0 || !useAVX2 {
		return 0, 0
	}
	for j := 0; j < nn; j += 4 {
		transpose64AVX2(mm/4, &dst[j], ds, &src[j*ss], ss)
	}
	return mm, nn
}

//go:noescape
func transpose32AVX2(squares int, dst *float32, ds int, src *float32, ss int)

//go:noescape
func transpose64AVX2(squares int, dst *float64, ds int, src *float64, ss int)
