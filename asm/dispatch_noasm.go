//go:build (!amd64 && !arm64) || purego

package asm

import "nnk/internal/impl"

func registerKernels() { impl.Register("generic", func() {}) }

func dot32(x, y []float32) float32 { return dotGeneric32(x, y) }
func dot64(x, y []float64) float64 { return dotGeneric64(x, y) }

func axpy32(dst []float32, a float32, x []float32) { axpyGeneric32(dst, a, x) }
func axpy64(dst []float64, a float64, x []float64) { axpyGeneric64(dst, a, x) }

func sum32(x []float32) float32 { return sumGeneric32(x) }
func sum64(x []float64) float64 { return sumGeneric64(x) }

// tileRow32 does no panels of TileRow.
func tileRow32(panels, k int, a []float32, as int, b []float32, ps int, c []float32) int {
	return 0
}

// tileRow64 does no panels of TileRow.
func tileRow64(panels, k int, a []float64, as int, b []float64, ps int, c []float64) int {
	return 0
}

// tileCopy32 does rows of TileCopy, and returns how many.
func tileCopy32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, panel []float32) int {
	return 0
}

// tileCopy64 does rows of TileCopy, and returns how many.
func tileCopy64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, panel []float64) int {
	return 0
}

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, _ []float32, _ int, _ bool) {
	tileGeneric32(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, _ []float64, _ int, _ bool) {
	tileGeneric64(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

func tileRows() int          { return 4 }
func exp32(dst, x []float32) { expGeneric32(dst, x) }
func exp64(dst, x []float64) { expGeneric64(dst, x) }

func log32(dst, x []float32) { logGeneric32(dst, x) }
func log64(dst, x []float64) { logGeneric64(dst, x) }

func cos32(dst, x []float32) { cosGeneric32(dst, x) }
func cos64(dst, x []float64) { cosGeneric64(dst, x) }

func sin32(dst, x []float32) { sinGeneric32(dst, x) }
func sin64(dst, x []float64) { sinGeneric64(dst, x) }

func rotate32(x, y []float32, t, s float32) { rotateGeneric32(x, y, t, s) }
func rotate64(x, y []float64, t, s float64) { rotateGeneric64(x, y, t, s) }

func sincos32(sin, cos, x []float32) { sincosGeneric32(sin, cos, x) }
func sincos64(sin, cos, x []float64) { sincosGeneric64(sin, cos, x) }

func mul32(dst, x, y []float32) { mulGeneric(dst, x, y) }
func mul64(dst, x, y []float64) { mulGeneric(dst, x, y) }

func philox(dst []uint32, seed, stream, group uint64) { philoxGeneric(dst, seed, stream, group) }

func normal32(dst []float32, words []uint32) { normalGeneric32(dst, words) }
func normal64(dst []float64, words []uint32) { normalGeneric64(dst, words) }

func fwhtWidth32(int) int                   { return 0 }
func fwhtBase32(_ int, dst, x, f []float32) {}

func fwhtPass32(x []float32, h, stages int) { fwhtPassGeneric(x, h, stages) }

func fwhtLast32(x []float32, h, stages int, g []float32) bool { return false }

func fwhtWidth64(int) int                   { return 0 }
func fwhtBase64(_ int, dst, x, f []float64) {}

func fwhtPass64(x []float64, h, stages int) { fwhtPassGeneric(x, h, stages) }

func fwhtLast64(x []float64, h, stages int, g []float64) bool { return false }
func axpyRows32(dst []float32, k int, a []float32, as int, b []float32, bs int) (cols, rows int) {
	return len(dst), 0
}

func transpose32(m, n int, dst []float32, ds int, src []float32, ss int) (mm, nn int) {
	return 0, 0
}

func axpyRows64(dst []float64, k int, a []float64, as int, b []float64, bs int) (cols, rows int) {
	return len(dst), 0
}

func transpose64(m, n int, dst []float64, ds int, src []float64, ss int) (mm, nn int) {
	return 0, 0
}

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

func erf32(dst, x []float32) { erfGeneric32(dst, x) }
func erf64(dst, x []float64) { erfGeneric64(dst, x) }

func erfc32(dst, x []float32) { erfcGeneric32(dst, x) }
func erfc64(dst, x []float64) { erfcGeneric64(dst, x) }

func expm132(dst, x []float32) { expm1Generic32(dst, x) }
func expm164(dst, x []float64) { expm1Generic64(dst, x) }

func gelu32(dst, x []float32) { geluGeneric32(dst, x) }
func gelu64(dst, x []float64) { geluGeneric64(dst, x) }

func geluTanh32(dst, x []float32) { geluTanhGeneric32(dst, x) }
func geluTanh64(dst, x []float64) { geluTanhGeneric64(dst, x) }

func log1p32(dst, x []float32) { log1pGeneric32(dst, x) }
func log1p64(dst, x []float64) { log1pGeneric64(dst, x) }

func sigmoid32(dst, x []float32) { sigmoidGeneric32(dst, x) }
func sigmoid64(dst, x []float64) { sigmoidGeneric64(dst, x) }

func silu32(dst, x []float32) { siluGeneric32(dst, x) }
func silu64(dst, x []float64) { siluGeneric64(dst, x) }

func softplus32(dst, x []float32) { softplusGeneric32(dst, x) }
func softplus64(dst, x []float64) { softplusGeneric64(dst, x) }

func tanh32(dst, x []float32) { tanhGeneric32(dst, x) }
func tanh64(dst, x []float64) { tanhGeneric64(dst, x) }

func adam32(wNew, mNew, vNew, w, m, v, g []float32, scale, beta1, rest1, beta2, rest2, root, epsilon, rate, keep float32) {
	adamGeneric(wNew, mNew, vNew, w, m, v, g, scale, beta1, rest1, beta2, rest2, root, epsilon, rate, keep)
}
func adam64(wNew, mNew, vNew, w, m, v, g []float64, scale, beta1, rest1, beta2, rest2, root, epsilon, rate, keep float64) {
	adamGeneric(wNew, mNew, vNew, w, m, v, g, scale, beta1, rest1, beta2, rest2, root, epsilon, rate, keep)
}
func add32(dst, x, y []float32) { addGeneric(dst, x, y) }

func biasReLU32(dst, x, bias []float32, floor, scale float32) {
	biasReLUGeneric(dst, x, bias, floor, scale)
}

func relu32(dst, x []float32, floor, scale float32) { reluGeneric(dst, x, floor, scale) }

func scale32(dst, x []float32, a float32) { scaleGeneric(dst, x, a) }

func add64(dst, x, y []float64) { addGeneric(dst, x, y) }

func biasReLU64(dst, x, bias []float64, floor, scale float64) {
	biasReLUGeneric(dst, x, bias, floor, scale)
}

func relu64(dst, x []float64, floor, scale float64) { reluGeneric(dst, x, floor, scale) }

func scale64(dst, x []float64, a float64) { scaleGeneric(dst, x, a) }

func biasCos32(dst, x, bias []float32, scale float32) { biasCosGeneric32(dst, x, bias, scale) }
func biasCos64(dst, x, bias []float64, scale float64) { biasCosGeneric64(dst, x, bias, scale) }

func biasExp32(dst, x, bias []float32, scale float32) { biasExpGeneric32(dst, x, bias, scale) }
func biasExp64(dst, x, bias []float64, scale float64) { biasExpGeneric64(dst, x, bias, scale) }

func affineExp32(dst, x, factor, square, shift []float32, norm, scale, limit float32) {
	affineExpGeneric32(dst, x, factor, square, shift, norm, scale, limit)
}

func affineExp64(dst, x, factor, square, shift []float64, norm, scale, limit float64) {
	affineExpGeneric64(dst, x, factor, square, shift, norm, scale, limit)
}
