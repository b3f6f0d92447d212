//go:build !purego

package asm

// fwhtWidth32 is the number of elements that the base kernel transforms at a time, 0 without
// one for length n.
func fwhtWidth32(n int) int {
	if useRVV && n >= 8 {
		return 8
	}
	return 0
}

func fwhtBase32(_ int, dst, x, f []float32) {
	if f == nil {
		fwhtBase32RVV(&dst[0], &x[0], len(x))
	} else {
		fwhtScaled32RVV(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass32(x []float32, h, stages int) {
	switch {
	case !useRVV:
		fwhtPassGeneric(x, h, stages)
	case stages == 1:
		fwhtPass2x32RVV(&x[0], len(x), h)
	case stages == 2:
		fwhtPass4x32RVV(&x[0], len(x), h)
	case stages == 3:
		fwhtPass8x32RVV(&x[0], len(x), h)
	}
}

func fwhtLast32(x []float32, h, stages int, g []float32) bool {
	switch {
	case !useRVV:
		return false
	case stages == 2:
		fwhtLast4x32RVV(&x[0], len(x), h, &g[0])
	case stages == 3:
		fwhtLast8x32RVV(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

// fwhtWidth64 is the number of elements that the base kernel transforms at a time, 0 without
// one for length n.
func fwhtWidth64(n int) int {
	if useRVV && n >= 8 {
		return 8
	}
	return 0
}

func fwhtBase64(_ int, dst, x, f []float64) {
	if f == nil {
		fwhtBase64RVV(&dst[0], &x[0], len(x))
	} else {
		fwhtScaled64RVV(&dst[0], &x[0], &f[0], len(x))
	}
}

func fwhtPass64(x []float64, h, stages int) {
	switch {
	case !useRVV:
		fwhtPassGeneric(x, h, stages)
	case stages == 1:
		fwhtPass2x64RVV(&x[0], len(x), h)
	case stages == 2:
		fwhtPass4x64RVV(&x[0], len(x), h)
	case stages == 3:
		fwhtPass8x64RVV(&x[0], len(x), h)
	}
}

func fwhtLast64(x []float64, h, stages int, g []float64) bool {
	switch {
	case !useRVV:
		return false
	case stages == 2:
		fwhtLast4x64RVV(&x[0], len(x), h, &g[0])
	case stages == 3:
		fwhtLast8x64RVV(&x[0], len(x), h, &g[0])
	default:
		return false
	}
	return true
}

//go:noescape
func fwhtBase32RVV(dst, x *float32, n int)

//go:noescape
func fwhtScaled32RVV(dst, x, f *float32, n int)

//go:noescape
func fwhtPass2x32RVV(x *float32, n, h int)

//go:noescape
func fwhtPass4x32RVV(x *float32, n, h int)

//go:noescape
func fwhtPass8x32RVV(x *float32, n, h int)

//go:noescape
func fwhtLast4x32RVV(x *float32, n, h int, last *float32)

//go:noescape
func fwhtLast8x32RVV(x *float32, n, h int, last *float32)

//go:noescape
func fwhtBase64RVV(dst, x *float64, n int)

//go:noescape
func fwhtScaled64RVV(dst, x, f *float64, n int)

//go:noescape
func fwhtPass2x64RVV(x *float64, n, h int)

//go:noescape
func fwhtPass4x64RVV(x *float64, n, h int)

//go:noescape
func fwhtPass8x64RVV(x *float64, n, h int)

//go:noescape
func fwhtLast4x64RVV(x *float64, n, h int, last *float64)

//go:noescape
func fwhtLast8x64RVV(x *float64, n, h int, last *float64)
