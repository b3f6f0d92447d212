//go:build arm64 && !purego

package asm

import (
	"golang.org/x/sys/cpu"

	"nnk/internal/impl"
)

// Advanced SIMD is part of every arm64 CPU that Go runs on; the check costs
// nothing and keeps the rule that only reported features are used.
var (
	hasNEON = cpu.ARM64.HasASIMD

	useNEON bool
)

func registerKernels() {
	if hasNEON {
		impl.Register("neon", func() { useNEON = true })
	}
	impl.Register("generic", func() { useNEON = false })
}

func dot32(x, y []float32) float32 {
	if !useNEON {
		return dotGeneric32(x, y)
	}
	var acc, u, v [L32]float32
	whole := len(x) &^ (L32 - 1)
	dot32NEON(x[:whole], y, &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		copy(v[:], y[whole:])
		dot32NEON(u[:], v[:], &acc)
	}
	return fold32(&acc, nil, nil)
}

func dot64(x, y []float64) float64 {
	if !useNEON {
		return dotGeneric64(x, y)
	}
	var acc, u, v [L64]float64
	whole := len(x) &^ (L64 - 1)
	dot64NEON(x[:whole], y, &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		copy(v[:], y[whole:])
		dot64NEON(u[:], v[:], &acc)
	}
	return fold64(&acc, nil, nil)
}

func axpy32(dst []float32, a float32, x []float32) {
	whole := 0
	if useNEON {
		whole = len(dst) &^ 15
		axpy32NEON(dst[:whole], a, x)
	}
	axpyGeneric32(dst[whole:], a, x[whole:])
}

func axpy64(dst []float64, a float64, x []float64) {
	whole := 0
	if useNEON {
		whole = len(dst) &^ 7
		axpy64NEON(dst[:whole], a, x)
	}
	axpyGeneric64(dst[whole:], a, x[whole:])
}

func sum32(x []float32) float32 {
	if !useNEON {
		return sumGeneric32(x)
	}
	var acc, u [L32]float32
	whole := len(x) &^ (L32 - 1)
	sum32NEON(x[:whole], &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		sum32NEON(u[:], &acc)
	}
	return fold32(&acc, nil, nil)
}

func sum64(x []float64) float64 {
	if !useNEON {
		return sumGeneric64(x)
	}
	var acc, u [L64]float64
	whole := len(x) &^ (L64 - 1)
	sum64NEON(x[:whole], &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		sum64NEON(u[:], &acc)
	}
	return fold64(&acc, nil, nil)
}

// tileRow32 does no panels of TileRow: whether it pays here is not
// measured, and the NEON tile reads a panel in one stream already.
func tileRow32(panels, k int, a []float32, as int, b []float32, ps int, c []float32) int {
	return 0
}

// tileRow64 does no panels of TileRow: whether it pays here is not
// measured, and the NEON tile reads a panel in one stream already.
func tileRow64(panels, k int, a []float64, as int, b []float64, ps int, c []float64) int {
	return 0
}

// tileCopy32 does rows of TileCopy, and returns how many: none, as the NEON tiles
// lack a register and a measurement that would tell whether it pays.
func tileCopy32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, panel []float32) int {
	return 0
}

// tileCopy64 does rows of TileCopy, and returns how many: none, as the NEON tiles
// lack a register and a measurement that would tell whether it pays.
func tileCopy64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, panel []float64) int {
	return 0
}

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, _ []float32, _ int, _ bool) {
	j := 0
	for useNEON && n-j >= 4 {
		switch w := n - j; {
		case w >= 12:
			tile32x3NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 12
		case w >= 8:
			tile32x2NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 8
		default:
			tile32x1NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 4
		}
	}
	if j < n {
		tileGeneric32(m, n-j, k, a, ars, aks, b[j:], bs, c[j:], cs, load)
	}
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, _ []float64, _ int, _ bool) {
	j := 0
	for useNEON && n-j >= 2 {
		switch w := n - j; {
		case w >= 6:
			tile64x3NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 6
		case w >= 4:
			tile64x2NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 4
		default:
			tile64x1NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 2
		}
	}
	if j < n {
		tileGeneric64(m, n-j, k, a, ars, aks, b[j:], bs, c[j:], cs, load)
	}
}

func tileRows() int {
	if useNEON {
		return 8
	}
	return 4
}
func rotate32(x, y []float32, t, s float32) { rotateGeneric32(x, y, t, s) }
func rotate64(x, y []float64, t, s float64) { rotateGeneric64(x, y, t, s) }

func philox(dst []uint32, seed, stream, group uint64) {
	if useNEON {
		philoxNEON(dst, seed, stream, group)
	} else {
		philoxGeneric(dst, seed, stream, group)
	}
}

func normal32(dst []float32, words []uint32) {
	if useNEON && len(words) > 0 {
		normal32NEON(&dst[0], &words[0], len(words)/2)
	} else {
		normalGeneric32(dst, words)
	}
}

func normal64(dst []float64, words []uint32) {
	if useNEON && len(words) > 0 {
		normal64NEON(&dst[0], &words[0], len(words)/4)
	} else {
		normalGeneric64(dst, words)
	}
}

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

func complexMul32(dst, x, w []complex64) {
	const lanes = 4
	v := 0
	if useNEON {
		v = len(dst) / lanes
	}
	if v > 0 {
		complexMul32NEON(&dst[0], &x[0], &w[0], v)
	}
	complexMulGeneric32(dst[v*lanes:], x[v*lanes:], w[v*lanes:])
}

func fftFirst32(yr, yi []float32, x []complex64, tw []float32, inverse bool) {
	const lanes = 4
	m := len(yr) / 4
	v := 0
	if useNEON {
		v = m / lanes
	}
	switch {
	case v > 0 && inverse:
		fftFirstInverse32NEON(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	case v > 0:
		fftFirst32NEON(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	}
	fftFirstGeneric(yr, yi, x, tw, inverse, v*lanes)
}

func fftLast32(y []complex64, xr, xi []float32, radix int, scale float32, inverse bool) {
	const lanes = 4
	s := len(y) / radix
	v := 0
	if useNEON && radix > 1 {
		v = s / lanes
	}
	switch {
	case v > 0 && radix == 4 && inverse:
		fftLastInverse4x32NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && radix == 4:
		fftLast4x32NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && inverse:
		fftLastInverse2x32NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0:
		fftLast2x32NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	}
	fftLastGeneric(y, xr, xi, radix, scale, inverse, v*lanes)
}

func fftPass32(yr, yi, xr, xi, tw []float32, radix, s int) {
	const lanes = 4
	m, v := len(yr)/(radix*s), 0
	if useNEON && radix != 7 {
		v = s / lanes
	}
	if v > 0 {
		gap := s % lanes * 4
		switch radix {
		case 2:
			fftPass2x32NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 3:
			fftPass3x32NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 4:
			fftPass4x32NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 5:
			fftPass5x32NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 8:
			fftPass8x32NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		}
	}
	if v*lanes < s {
		fftPassGeneric(yr, yi, xr, xi, tw, radix, s, v*lanes)
	}
}

func complexMul64(dst, x, w []complex128) {
	const lanes = 2
	v := 0
	if useNEON {
		v = len(dst) / lanes
	}
	if v > 0 {
		complexMul64NEON(&dst[0], &x[0], &w[0], v)
	}
	complexMulGeneric64(dst[v*lanes:], x[v*lanes:], w[v*lanes:])
}

func fftFirst64(yr, yi []float64, x []complex128, tw []float64, inverse bool) {
	const lanes = 2
	m := len(yr) / 4
	v := 0
	if useNEON {
		v = m / lanes
	}
	switch {
	case v > 0 && inverse:
		fftFirstInverse64NEON(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	case v > 0:
		fftFirst64NEON(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	}
	fftFirstGeneric(yr, yi, x, tw, inverse, v*lanes)
}

func fftLast64(y []complex128, xr, xi []float64, radix int, scale float64, inverse bool) {
	const lanes = 2
	s := len(y) / radix
	v := 0
	if useNEON && radix > 1 {
		v = s / lanes
	}
	switch {
	case v > 0 && radix == 4 && inverse:
		fftLastInverse4x64NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && radix == 4:
		fftLast4x64NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && inverse:
		fftLastInverse2x64NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0:
		fftLast2x64NEON(&y[0], &xr[0], &xi[0], scale, s, v)
	}
	fftLastGeneric(y, xr, xi, radix, scale, inverse, v*lanes)
}

func fftPass64(yr, yi, xr, xi, tw []float64, radix, s int) {
	const lanes = 2
	m, v := len(yr)/(radix*s), 0
	if useNEON && radix != 7 {
		v = s / lanes
	}
	if v > 0 {
		gap := s % lanes * 8
		switch radix {
		case 2:
			fftPass2x64NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 3:
			fftPass3x64NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 4:
			fftPass4x64NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 5:
			fftPass5x64NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		case 8:
			fftPass8x64NEON(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], s, m, v, gap)
		}
	}
	if v*lanes < s {
		fftPassGeneric(yr, yi, xr, xi, tw, radix, s, v*lanes)
	}
}

//go:noescape
func complexMul32NEON(dst, x, w *complex64, v int)

//go:noescape
func fftFirst32NEON(yr, yi *float32, x *complex64, tw *float32, m, v int)

//go:noescape
func fftLast2x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftLast4x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftFirstInverse32NEON(yr, yi *float32, x *complex64, tw *float32, m, v int)

//go:noescape
func fftLastInverse2x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftLastInverse4x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftPass2x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

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
func complexMul64NEON(dst, x, w *complex128, v int)

//go:noescape
func fftFirst64NEON(yr, yi *float64, x *complex128, tw *float64, m, v int)

//go:noescape
func fftLast2x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftLast4x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftFirstInverse64NEON(yr, yi *float64, x *complex128, tw *float64, m, v int)

//go:noescape
func fftLastInverse2x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftLastInverse4x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftPass2x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass3x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass4x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass5x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass8x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

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

//go:noescape
func tile32x1NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile32x2NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile32x3NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile64x1NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)

//go:noescape
func tile64x2NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)

//go:noescape
func tile64x3NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)

//go:noescape
func axpy32NEON(dst []float32, a float32, x []float32)

//go:noescape
func dot32NEON(x, y []float32, acc *[L32]float32)

//go:noescape
func sum32NEON(x []float32, acc *[L32]float32)

//go:noescape
func axpy64NEON(dst []float64, a float64, x []float64)

//go:noescape
func dot64NEON(x, y []float64, acc *[L64]float64)

//go:noescape
func sum64NEON(x []float64, acc *[L64]float64)

//go:noescape
func philoxNEON(dst []uint32, seed, stream, group uint64)
