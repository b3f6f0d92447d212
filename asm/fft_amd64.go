//go:build !purego

package asm

func complexMul32(dst, x, w []complex64) {
	const lanes = 4
	v := 0
	if useAVX2 {
		v = len(dst) / lanes
	}
	if v > 0 {
		complexMul32AVX2(&dst[0], &x[0], &w[0], v)
	}
	complexMulGeneric32(dst[v*lanes:], x[v*lanes:], w[v*lanes:])
}

func fftFirst32(yr, yi []float32, x []complex64, tw []float32, inverse bool) {
	const lanes = 8
	m := len(yr) / 4
	v := 0
	if useAVX2 {
		v = m / lanes
	}
	switch {
	case v > 0 && inverse:
		fftFirstInverse32AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	case v > 0:
		fftFirst32AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	}
	fftFirstGeneric(yr, yi, x, tw, inverse, v*lanes)
}

func fftLast32(y []complex64, xr, xi []float32, radix int, scale float32, inverse bool) {
	const lanes = 8
	s := len(y) / radix
	v := 0
	if useAVX2 && radix > 1 {
		v = s / lanes
	}
	switch {
	case v > 0 && radix == 4 && inverse:
		fftLastInverse4x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && radix == 4:
		fftLast4x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && inverse:
		fftLastInverse2x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0:
		fftLast2x32AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	}
	fftLastGeneric(y, xr, xi, radix, scale, inverse, v*lanes)
}

func fftPass32(yr, yi, xr, xi, tw []float32, radix, s int) {
	m := len(yr) / (radix * s)
	done := 0
	switch {
	case radix == 7:
	case useAVX512 && s >= 16 && s%16 == 0:
		done = s
		fftPass32AVX512(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/16, 0)
	case useAVX512 && s == 4 && radix == 4 && m >= 4 && m%4 == 0:
		done = s
		fftPass4x32RowsAVX512(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], m/4)
	case useAVX2 && s%8 == 4:
		done = s
		fftPass32X4AVX2(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/4, 0)
	case useAVX2 && s >= 8:
		done = s - s%8
		fftPass32AVX2(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/8, s%8*4)
	}
	if done < s {
		fftPassGeneric(yr, yi, xr, xi, tw, radix, s, done)
	}
}

func complexMul64(dst, x, w []complex128) {
	const lanes = 2
	v := 0
	if useAVX2 {
		v = len(dst) / lanes
	}
	if v > 0 {
		complexMul64AVX2(&dst[0], &x[0], &w[0], v)
	}
	complexMulGeneric64(dst[v*lanes:], x[v*lanes:], w[v*lanes:])
}

func fftFirst64(yr, yi []float64, x []complex128, tw []float64, inverse bool) {
	const lanes = 4
	m := len(yr) / 4
	v := 0
	if useAVX2 {
		v = m / lanes
	}
	switch {
	case v > 0 && inverse:
		fftFirstInverse64AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	case v > 0:
		fftFirst64AVX2(&yr[0], &yi[0], &x[0], &tw[0], m, v)
	}
	fftFirstGeneric(yr, yi, x, tw, inverse, v*lanes)
}

func fftLast64(y []complex128, xr, xi []float64, radix int, scale float64, inverse bool) {
	const lanes = 4
	s := len(y) / radix
	v := 0
	if useAVX2 && radix > 1 {
		v = s / lanes
	}
	switch {
	case v > 0 && radix == 4 && inverse:
		fftLastInverse4x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && radix == 4:
		fftLast4x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0 && inverse:
		fftLastInverse2x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	case v > 0:
		fftLast2x64AVX2(&y[0], &xr[0], &xi[0], scale, s, v)
	}
	fftLastGeneric(y, xr, xi, radix, scale, inverse, v*lanes)
}

func fftPass64(yr, yi, xr, xi, tw []float64, radix, s int) {
	m := len(yr) / (radix * s)
	done := 0
	switch {
	case radix == 7:
	case useAVX512 && s >= 8 && s%8 == 0:
		done = s
		fftPass64AVX512(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/8, 0)
	case useAVX2 && s >= 4:
		done = s - s%4
		fftPass64AVX2(&yr[0], &yi[0], &xr[0], &xi[0], &tw[0], radix, s, m, s/4, s%4*8)
	}
	if done < s {
		fftPassGeneric(yr, yi, xr, xi, tw, radix, s, done)
	}
}

func fftPass32X4AVX2(yr, yi, xr, xi, tw *float32, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x32X4AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass32AVX2(yr, yi, xr, xi, tw *float32, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x32AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass32AVX512(yr, yi, xr, xi, tw *float32, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x32AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass64AVX2(yr, yi, xr, xi, tw *float64, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x64AVX2(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

func fftPass64AVX512(yr, yi, xr, xi, tw *float64, radix, s, m, v, gap int) {
	switch radix {
	case 2:
		fftPass2x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 3:
		fftPass3x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 4:
		fftPass4x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 5:
		fftPass5x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	case 8:
		fftPass8x64AVX512(yr, yi, xr, xi, tw, s, m, v, gap)
	}
}

//go:noescape
func fftPass4x32RowsAVX512(yr, yi, xr, xi, tw *float32, groups int)

//go:noescape
func fftPass2x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32X4AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass2x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass2x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass3x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass4x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass5x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass8x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)

//go:noescape
func fftPass2x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass3x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass4x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass5x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass8x64AVX2(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass2x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass3x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass4x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass5x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func fftPass8x64AVX512(yr, yi, xr, xi, tw *float64, s, m, v, gap int)

//go:noescape
func complexMul32AVX2(dst, x, w *complex64, v int)

//go:noescape
func fftFirst32AVX2(yr, yi *float32, x *complex64, tw *float32, m, v int)

//go:noescape
func fftLast2x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftLast4x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftFirstInverse32AVX2(yr, yi *float32, x *complex64, tw *float32, m, v int)

//go:noescape
func fftLastInverse2x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func fftLastInverse4x32AVX2(y *complex64, xr, xi *float32, scale float32, s, v int)

//go:noescape
func complexMul64AVX2(dst, x, w *complex128, v int)

//go:noescape
func fftFirst64AVX2(yr, yi *float64, x *complex128, tw *float64, m, v int)

//go:noescape
func fftLast2x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftLast4x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftFirstInverse64AVX2(yr, yi *float64, x *complex128, tw *float64, m, v int)

//go:noescape
func fftLastInverse2x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)

//go:noescape
func fftLastInverse4x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)
