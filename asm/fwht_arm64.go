//go:build !purego

package asm

// fwhtWidth32 is the number of elements that the base kernel for length n transforms at a time, 0
// without one that short.
func fwhtWidth32(n int) int {
	if useNEON && n >= 32 {
		return 32
	}
	return 0
}

func fwhtBase32(_ int, dst, x, f []float32) {
	if f == nil {
		fwhtBase32NEON(&dst[0], &x[0], len(x))
	} else {
		fwhtScaled32NEON(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass32(x []float32, h, stages int) {
	switch {
	case !useNEON || h < 4:
		fwhtPassGeneric(x, h, stages)
	case stages == 1:
		fwhtPass2x32NEON(&x[0], len(x), h)
	case stages == 2:
		fwhtPass4x32NEON(&x[0], len(x), h)
	case stages == 3:
		fwhtPass8x32NEON(&x[0], len(x), h)
	}
}

func fwhtLast32(x []float32, h, stages int, g []float32) bool {
	switch {
	case !useNEON || h < 4:
		return false
	case stages == 2:
		fwhtLast4x32NEON(&x[0], len(x), h, &g[0])
	case stages == 3:
		fwhtLast8x32NEON(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

// fwhtWidth64 is the number of elements that the base kernel for length n transforms at a time, 0
// without one that short.
func fwhtWidth64(n int) int {
	if useNEON && n >= 16 {
		return 16
	}
	return 0
}

func fwhtBase64(_ int, dst, x, f []float64) {
	if f == nil {
		fwhtBase64NEON(&dst[0], &x[0], len(x))
	} else {
		fwhtScaled64NEON(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass64(x []float64, h, stages int) {
	switch {
	case !useNEON || h < 2:
		fwhtPassGeneric(x, h, stages)
	case stages == 1:
		fwhtPass2x64NEON(&x[0], len(x), h)
	case stages == 2:
		fwhtPass4x64NEON(&x[0], len(x), h)
	case stages == 3:
		fwhtPass8x64NEON(&x[0], len(x), h)
	}
}

func fwhtLast64(x []float64, h, stages int, g []float64) bool {
	switch {
	case !useNEON || h < 2:
		return false
	case stages == 2:
		fwhtLast4x64NEON(&x[0], len(x), h, &g[0])
	case stages == 3:
		fwhtLast8x64NEON(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

//go:noescape
func fwhtLast4x32NEON(x *float32, n, h int, last *float32)

//go:noescape
func fwhtLast8x32NEON(x *float32, n, h int, last *float32)

//go:noescape
func fwhtBase32NEON(dst, x *float32, n int)

//go:noescape
func fwhtScaled32NEON(dst, x, f *float32, n int)

//go:noescape
func fwhtPass2x32NEON(x *float32, n, h int)

//go:noescape
func fwhtPass4x32NEON(x *float32, n, h int)

//go:noescape
func fwhtPass8x32NEON(x *float32, n, h int)

//go:noescape
func fwhtLast4x64NEON(x *float64, n, h int, last *float64)

//go:noescape
func fwhtLast8x64NEON(x *float64, n, h int, last *float64)

//go:noescape
func fwhtBase64NEON(dst, x *float64, n int)

//go:noescape
func fwhtScaled64NEON(dst, x, f *float64, n int)

//go:noescape
func fwhtPass2x64NEON(x *float64, n, h int)

//go:noescape
func fwhtPass4x64NEON(x *float64, n, h int)

//go:noescape
func fwhtPass8x64NEON(x *float64, n, h int)
