//go:build !purego

package asm

// fwhtWidth32 is the number of elements that the base kernel for length n transforms at a time, 0
// without one that short.
func fwhtWidth32(n int) int {
	switch {
	case useAVX512 && n >= 128:
		return 128
	case useAVX2 && n >= 64:
		return 64
	}
	return 0
}

func fwhtBase32(width int, dst, x, f []float32) {
	switch {
	case width == 128 && f == nil:
		fwhtBase32AVX512(&dst[0], &x[0], len(x))
	case width == 128:
		fwhtScaled32AVX512(&dst[0], &x[0], &f[0], len(x))
	case f == nil:
		fwhtBase32AVX2(&dst[0], &x[0], len(x))
	default:
		fwhtScaled32AVX2(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass32(x []float32, h, stages int) {
	switch {
	case useAVX512 && h >= 16:
		switch stages {
		case 1:
			fwhtPass2x32AVX512(&x[0], len(x), h)
		case 2:
			fwhtPass4x32AVX512(&x[0], len(x), h)
		case 3:
			fwhtPass8x32AVX512(&x[0], len(x), h)
		}
	case useAVX2 && h >= 8:
		switch stages {
		case 1:
			fwhtPass2x32AVX2(&x[0], len(x), h)
		case 2:
			fwhtPass4x32AVX2(&x[0], len(x), h)
		case 3:
			fwhtPass8x32AVX2(&x[0], len(x), h)
		}
	default:
		fwhtPassGeneric(x, h, stages)
	}
}

func fwhtLast32(x []float32, h, stages int, g []float32) bool {
	switch {
	case useAVX512 && h >= 16 && stages == 2:
		fwhtLast4x32AVX512(&x[0], len(x), h, &g[0])
	case useAVX512 && h >= 16 && stages == 3:
		fwhtLast8x32AVX512(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 8 && stages == 2:
		fwhtLast4x32AVX2(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 8 && stages == 3:
		fwhtLast8x32AVX2(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

// fwhtWidth64 is the number of elements that the base kernel for length n transforms at a time, 0
// without one that short.
func fwhtWidth64(n int) int {
	switch {
	case useAVX512 && n >= 64:
		return 64
	case useAVX2 && n >= 32:
		return 32
	}
	return 0
}

func fwhtBase64(width int, dst, x, f []float64) {
	switch {
	case width == 64 && f == nil:
		fwhtBase64AVX512(&dst[0], &x[0], len(x))
	case width == 64:
		fwhtScaled64AVX512(&dst[0], &x[0], &f[0], len(x))
	case f == nil:
		fwhtBase64AVX2(&dst[0], &x[0], len(x))
	default:
		fwhtScaled64AVX2(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass64(x []float64, h, stages int) {
	switch {
	case useAVX512 && h >= 8:
		switch stages {
		case 1:
			fwhtPass2x64AVX512(&x[0], len(x), h)
		case 2:
			fwhtPass4x64AVX512(&x[0], len(x), h)
		case 3:
			fwhtPass8x64AVX512(&x[0], len(x), h)
		}
	case useAVX2 && h >= 4:
		switch stages {
		case 1:
			fwhtPass2x64AVX2(&x[0], len(x), h)
		case 2:
			fwhtPass4x64AVX2(&x[0], len(x), h)
		case 3:
			fwhtPass8x64AVX2(&x[0], len(x), h)
		}
	default:
		fwhtPassGeneric(x, h, stages)
	}
}

func fwhtLast64(x []float64, h, stages int, g []float64) bool {
	switch {
	case useAVX512 && h >= 8 && stages == 2:
		fwhtLast4x64AVX512(&x[0], len(x), h, &g[0])
	case useAVX512 && h >= 8 && stages == 3:
		fwhtLast8x64AVX512(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 4 && stages == 2:
		fwhtLast4x64AVX2(&x[0], len(x), h, &g[0])
	case useAVX2 && h >= 4 && stages == 3:
		fwhtLast8x64AVX2(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

//go:noescape
func fwhtLast4x32AVX2(x *float32, n, h int, last *float32)

//go:noescape
func fwhtLast8x32AVX2(x *float32, n, h int, last *float32)

//go:noescape
func fwhtBase32AVX2(dst, x *float32, n int)

//go:noescape
func fwhtScaled32AVX2(dst, x, f *float32, n int)

//go:noescape
func fwhtPass2x32AVX2(x *float32, n, h int)

//go:noescape
func fwhtPass4x32AVX2(x *float32, n, h int)

//go:noescape
func fwhtPass8x32AVX2(x *float32, n, h int)

//go:noescape
func fwhtLast4x32AVX512(x *float32, n, h int, last *float32)

//go:noescape
func fwhtLast8x32AVX512(x *float32, n, h int, last *float32)

//go:noescape
func fwhtBase32AVX512(dst, x *float32, n int)

//go:noescape
func fwhtScaled32AVX512(dst, x, f *float32, n int)

//go:noescape
func fwhtPass2x32AVX512(x *float32, n, h int)

//go:noescape
func fwhtPass4x32AVX512(x *float32, n, h int)

//go:noescape
func fwhtPass8x32AVX512(x *float32, n, h int)

//go:noescape
func fwhtLast4x64AVX2(x *float64, n, h int, last *float64)

//go:noescape
func fwhtLast8x64AVX2(x *float64, n, h int, last *float64)

//go:noescape
func fwhtBase64AVX2(dst, x *float64, n int)

//go:noescape
func fwhtScaled64AVX2(dst, x, f *float64, n int)

//go:noescape
func fwhtPass2x64AVX2(x *float64, n, h int)

//go:noescape
func fwhtPass4x64AVX2(x *float64, n, h int)

//go:noescape
func fwhtPass8x64AVX2(x *float64, n, h int)

//go:noescape
func fwhtLast4x64AVX512(x *float64, n, h int, last *float64)

//go:noescape
func fwhtLast8x64AVX512(x *float64, n, h int, last *float64)

//go:noescape
func fwhtBase64AVX512(dst, x *float64, n int)

//go:noescape
func fwhtScaled64AVX512(dst, x, f *float64, n int)

//go:noescape
func fwhtPass2x64AVX512(x *float64, n, h int)

//go:noescape
func fwhtPass4x64AVX512(x *float64, n, h int)

//go:noescape
func fwhtPass8x64AVX512(x *float64, n, h int)
