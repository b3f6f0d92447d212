//go:build !purego

package asm

// axpyRows32 does the rows and columns that its kernels can, and returns how many.
func axpyRows32(dst []float32, k int, a []float32, as int, b []float32, bs int) (cols, rows int) {
	cols, rows = len(dst)&^15, k&^7
	if !useAVX2 {
		return len(dst), 0
	}
	if cols == 0 {
		return 0, 0
	}
	for q := 0; q < rows; q += 8 {
		if useAVX512 {
			axpyRows32AVX512(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		} else {
			axpyRows32AVX2(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		}
	}
	return cols, rows
}

// axpyRows64 does the rows and columns that its kernels can, and returns how many.
func axpyRows64(dst []float64, k int, a []float64, as int, b []float64, bs int) (cols, rows int) {
	cols, rows = len(dst)&^7, k&^7
	if !useAVX2 {
		return len(dst), 0
	}
	if cols == 0 {
		return 0, 0
	}
	for q := 0; q < rows; q += 8 {
		if useAVX512 {
			axpyRows64AVX512(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		} else {
			axpyRows64AVX2(cols, &dst[0], &a[q*as], as, &b[q*bs], bs)
		}
	}
	return cols, rows
}

//go:noescape
func axpyRows32AVX2(n int, dst *float32, a *float32, as int, b *float32, bs int)

//go:noescape
func axpyRows32AVX512(n int, dst *float32, a *float32, as int, b *float32, bs int)

//go:noescape
func axpyRows64AVX2(n int, dst *float64, a *float64, as int, b *float64, bs int)

//go:noescape
func axpyRows64AVX512(n int, dst *float64, a *float64, as int, b *float64, bs int)
