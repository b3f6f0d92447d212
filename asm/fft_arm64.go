//go:build !purego

package asm

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
