//go:build (!amd64 && !arm64) || purego

package asm

func complexMul32(dst, x, w []complex64) { complexMulGeneric32(dst, x, w) }

func fftFirst32(yr, yi []float32, x []complex64, tw []float32, inverse bool) {
	fftFirstGeneric(yr, yi, x, tw, inverse, 0)
}

func fftLast32(y []complex64, xr, xi []float32, radix int, scale float32, inverse bool) {
	fftLastGeneric(y, xr, xi, radix, scale, inverse, 0)
}

func fftPass32(yr, yi, xr, xi, tw []float32, radix, s int) {
	fftPassGeneric(yr, yi, xr, xi, tw, radix, s, 0)
}

func complexMul64(dst, x, w []complex128) { complexMulGeneric64(dst, x, w) }

func fftFirst64(yr, yi []float64, x []complex128, tw []float64, inverse bool) {
	fftFirstGeneric(yr, yi, x, tw, inverse, 0)
}

func fftLast64(y []complex128, xr, xi []float64, radix int, scale float64, inverse bool) {
	fftLastGeneric(y, xr, xi, radix, scale, inverse, 0)
}

func fftPass64(yr, yi, xr, xi, tw []float64, radix, s int) {
	fftPassGeneric(yr, yi, xr, xi, tw, radix, s, 0)
}
