package asm

// Complex is a complex number of two floats.
type Complex interface{ complex64 | complex128 }

// FFTPass runs one pass of Stockham's transform (decimation in frequency): with
// n = len(yr), m = n/(radix·s), and for every p < m and q < s,
//
//	b = DFT of length radix of x[q + s·(p + k·m)], k = 0 … radix−1
//	y[q + s·(radix·p + k)] = w[p][k]·b[k],  w[p][0] = 1
//
// where x and y are complex vectors with real and imaginary parts apart. tw holds
// w[p][1] … w[p][radix−1] for p = 0, 1, …, real part first, also
// where they are 1. y and x may not overlap.
//
// A product x·w is re = fma(xr, wr, −(xi·wi)), im = fma(xr, wi, xi·wr), the inner
// products rounded; [fftDFT4] and its like say how the short transforms are summed.
// radix is 2, 3, 4, 5, 7 or 8. Cost: 5·n·log₂(radix) operations or so.
func FFTPass[T Float](yr, yi, xr, xi, tw []T, radix, s int) {
	n := len(yr)
	yi, xr, xi = yi[:n], xr[:n], xi[:n]
	tw = tw[:n/(radix*s)*2*(radix-1)]
	switch yr := any(yr).(type) {
	case []float32:
		fftPass32(yr, any(yi).([]float32), any(xr).([]float32), any(xi).([]float32), any(tw).([]float32), radix, s)
	case []float64:
		fftPass64(yr, any(yi).([]float64), any(xr).([]float64), any(xi).([]float64), any(tw).([]float64), radix, s)
	}
}

// FFTFirst is the pass with radix 4 and s = 1 that reads complex numbers. tw holds
// w[0][k], w[1][k], … for k = 1, 2, 3, real part first, and is read even if m = 1.
// If inverse is set, real and imaginary parts of x change places. T is the type
// of C's parts.
func FFTFirst[T Float, C Complex](yr, yi []T, x []C, tw []T, inverse bool) {
	n := len(yr)
	yi, x, tw = yi[:n], x[:n], tw[:n/4*6]
	switch x := any(x).(type) {
	case []complex64:
		fftFirst32(any(yr).([]float32), any(yi).([]float32), x, any(tw).([]float32), inverse)
	case []complex128:
		fftFirst64(any(yr).([]float64), any(yi).([]float64), x, any(tw).([]float64), inverse)
	}
}

// FFTLast is the pass with m = 1, s = len(y)/radix, that writes complex numbers,
// each part multiplied by scale. If inverse is set, real and imaginary parts of y
// change places. T is the type of C's parts. radix is 1 (which only joins the
// parts), 2 or 4.
func FFTLast[T Float, C Complex](y []C, xr, xi []T, radix int, scale T, inverse bool) {
	n := len(y)
	xr, xi = xr[:n], xi[:n]
	switch y := any(y).(type) {
	case []complex64:
		fftLast32(y, any(xr).([]float32), any(xi).([]float32), radix, float32(scale), inverse)
	case []complex128:
		fftLast64(y, any(xr).([]float64), any(xi).([]float64), radix, float64(scale), inverse)
	}
}

// FFTSplit sets yr and yi to the parts of x, the imaginary one first if inverse
// is set. T is the type of C's parts.
func FFTSplit[T Float, C Complex](yr, yi []T, x []C, inverse bool) {
	if inverse {
		yr, yi = yi, yr
	}
	n := len(x)
	yr, yi = yr[:n], yi[:n]
	switch x := any(x).(type) {
	case []complex64:
		for i, v := range x {
			yr[i], yi[i] = T(real(v)), T(imag(v))
		}
	case []complex128:
		for i, v := range x {
			yr[i], yi[i] = T(real(v)), T(imag(v))
		}
	}
}

// ComplexMul sets dst[i] to x[i]·w[i]; dst may be x. The products are those of
// FFTPass.
func ComplexMul[C Complex](dst, x, w []C) {
	x, w = x[:len(dst)], w[:len(dst)]
	switch dst := any(dst).(type) {
	case []complex64:
		complexMul32(dst, any(x).([]complex64), any(w).([]complex64))
	case []complex128:
		complexMul64(dst, any(x).([]complex128), any(w).([]complex128))
	}
}

func complexMulGeneric32(dst, x, w []complex64) {
	for i, v := range x {
		dst[i] = complex(fftMul(real(v), imag(v), real(w[i]), imag(w[i])))
	}
}

func complexMulGeneric64(dst, x, w []complex128) {
	for i, v := range x {
		dst[i] = complex(fftMul(real(v), imag(v), real(w[i]), imag(w[i])))
	}
}

// fftMul is the complex product (xr + i·xi)·(wr + i·wi).
func fftMul[T Float](xr, xi, wr, wi T) (re, im T) {
	return FMA(xr, wr, -T(xi*wi)), FMA(xr, wi, T(xi*wr))
}

// fftPassGeneric runs a pass for the columns q0 ≤ q < s.
func fftPassGeneric[T Float](yr, yi, xr, xi, tw []T, radix, s, q0 int) {
	m := len(yr) / (radix * s)
	var ar, ai [8]T
	for p := range m {
		for q := q0; q < s; q++ {
			for k := range radix {
				j := q + s*(p+k*m)
				ar[k], ai[k] = xr[j], xi[j]
			}
			fftShort(&ar, &ai, radix)
			w := tw[p*2*(radix-1):]
			for k := 1; k < radix; k++ {
				ar[k], ai[k] = fftMul(ar[k], ai[k], w[2*k-2], w[2*k-1])
			}
			for k := range radix {
				j := q + s*(radix*p+k)
				yr[j], yi[j] = ar[k], ai[k]
			}
		}
	}
}

// fftShort transforms the first radix elements of a.
func fftShort[T Float](ar, ai *[8]T, radix int) {
	switch radix {
	case 2:
		fftDFT2(ar, ai)
	case 4:
		fftDFT4(ar, ai, [4]int{0, 1, 2, 3}, [4]int{0, 1, 2, 3})
	case 8:
		fftDFT8(ar, ai)
	default:
		fftDFTOdd(ar, ai, radix)
	}
}

func fftDFT2[T Float](ar, ai *[8]T) {
	ar[0], ar[1] = ar[0]+ar[1], ar[0]-ar[1]
	ai[0], ai[1] = ai[0]+ai[1], ai[0]-ai[1]
}

// fftDFT4 transforms the elements from of a into the elements to: sums and
// differences of a₀, a₂ and of a₁, a₃; then sums and differences of those, the last
// difference times −i.
func fftDFT4[T Float](ar, ai *[8]T, from, to [4]int) {
	a0r, a1r, a2r, a3r := ar[from[0]], ar[from[1]], ar[from[2]], ar[from[3]]
	a0i, a1i, a2i, a3i := ai[from[0]], ai[from[1]], ai[from[2]], ai[from[3]]
	t0r, t1r, t2r, t3r := a0r+a2r, a0r-a2r, a1r+a3r, a1r-a3r
	t0i, t1i, t2i, t3i := a0i+a2i, a0i-a2i, a1i+a3i, a1i-a3i
	ar[to[0]], ar[to[1]], ar[to[2]], ar[to[3]] = t0r+t2r, t1r+t3i, t0r-t2r, t1r-t3i
	ai[to[0]], ai[to[1]], ai[to[2]], ai[to[3]] = t0i+t2i, t1i-t3r, t0i-t2i, t1i+t3r
}

// halfRoot is √½.
const halfRoot = 0.70710678118654752440084436210484903928483593768847

// fftDFT8 is one stage of radix 2 with twiddles of eighths, and two fftDFT4.
func fftDFT8[T Float](ar, ai *[8]T) {
	for k := range 4 {
		ar[k], ar[k+4] = ar[k]+ar[k+4], ar[k]-ar[k+4]
		ai[k], ai[k+4] = ai[k]+ai[k+4], ai[k]-ai[k+4]
	}
	ar[5], ai[5] = (ar[5]+ai[5])*halfRoot, (ai[5]-ar[5])*halfRoot  // times (1−i)/√2
	ar[6], ai[6] = ai[6], -ar[6]                                   // times −i
	ar[7], ai[7] = (ai[7]-ar[7])*halfRoot, -(ar[7]+ai[7])*halfRoot // times −(1+i)/√2
	br, bi := *ar, *ai
	fftDFT4(&br, &bi, [4]int{0, 1, 2, 3}, [4]int{0, 2, 4, 6})
	fftDFT4(ar, ai, [4]int{4, 5, 6, 7}, [4]int{1, 3, 5, 7})
	for k := 0; k < 8; k += 2 {
		ar[k], ai[k] = br[k], bi[k]
	}
}

// fftDFTOdd is the transform of an odd length, with t = a[j]+a[r−j] and
// u = a[j]−a[r−j]:
//
//	b[0] = a[0] + t[1] + t[2] + …
//	b[k], b[r−k] = A ∓ i·B, where A = a[0] + Σ cos(2πjk/r)·t[j] and
//	B = Σ sin(2πjk/r)·u[j] are chains of fused multiply-adds, j ascending
//
// the first product of B rounded by itself.
func fftDFTOdd[T Float](ar, ai *[8]T, r int) {
	root := &fftRoots3
	switch r {
	case 5:
		root = &fftRoots5
	case 7:
		root = &fftRoots7
	}
	var tr, ti, ur, ui [4]T
	h := r / 2
	b0r, b0i := ar[0], ai[0]
	for j := 1; j <= h; j++ {
		tr[j], ur[j] = ar[j]+ar[r-j], ar[j]-ar[r-j]
		ti[j], ui[j] = ai[j]+ai[r-j], ai[j]-ai[r-j]
		b0r, b0i = b0r+tr[j], b0i+ti[j]
	}
	a0r, a0i := ar[0], ai[0]
	ar[0], ai[0] = b0r, b0i
	for k := 1; k <= h; k++ {
		c, s := T(root[k][0]), T(root[k][1])
		cr, ci := FMA(c, tr[1], a0r), FMA(c, ti[1], a0i)
		dr, di := s*ur[1], s*ui[1]
		for j := 2; j <= h; j++ {
			c, s = T(root[j*k%r][0]), T(root[j*k%r][1])
			cr, ci = FMA(c, tr[j], cr), FMA(c, ti[j], ci)
			dr, di = FMA(s, ur[j], dr), FMA(s, ui[j], di)
		}
		ar[k], ar[r-k] = cr+di, cr-di
		ai[k], ai[r-k] = ci-dr, ci+dr
	}
}

// Cosines and sines of 2πj/r, rounded to nearest; tests compute them again.
var (
	fftRoots3 = [7][2]float64{{1, 0}, {-0.5, 0.86602540378443864676}, {-0.5, -0.86602540378443864676}}
	fftRoots5 = [7][2]float64{{1, 0},
		{0.30901699437494742410, 0.95105651629515357212}, {-0.80901699437494742410, 0.58778525229247312917},
		{-0.80901699437494742410, -0.58778525229247312917}, {0.30901699437494742410, -0.95105651629515357212}}
	fftRoots7 = [7][2]float64{{1, 0},
		{0.62348980185873353053, 0.78183148246802980871}, {-0.22252093395631440429, 0.97492791218182360702},
		{-0.90096886790241912624, 0.43388373911755812048}, {-0.90096886790241912624, -0.43388373911755812048},
		{-0.22252093395631440429, -0.97492791218182360702}, {0.62348980185873353053, -0.78183148246802980871}}
)

// fftFirstGeneric runs the first pass for p ≥ p0.
func fftFirstGeneric[T Float, C Complex](yr, yi []T, x []C, tw []T, inverse bool, p0 int) {
	m := len(yr) / 4
	var ar, ai [8]T
	var in [4]C
	for p := p0; p < m; p++ {
		for k := range in {
			in[k] = x[p+k*m]
		}
		FFTSplit(ar[:], ai[:], in[:], inverse)
		fftShort(&ar, &ai, 4)
		for k := 1; k < 4; k++ {
			w := tw[2*((k-1)*m+p):]
			ar[k], ai[k] = fftMul(ar[k], ai[k], w[0], w[1])
		}
		copy(yr[4*p:4*p+4], ar[:])
		copy(yi[4*p:4*p+4], ai[:])
	}
}

// fftLastGeneric runs the last pass for q ≥ q0.
func fftLastGeneric[T Float, C Complex](y []C, xr, xi []T, radix int, scale T, inverse bool, q0 int) {
	s := len(y) / radix
	var ar, ai [8]T
	for q := q0; q < s; q++ {
		for k := range radix {
			ar[k], ai[k] = xr[q+s*k], xi[q+s*k]
		}
		if radix > 1 {
			fftShort(&ar, &ai, radix)
		}
		for k := range radix {
			re, im := ar[k]*scale, ai[k]*scale
			if inverse {
				re, im = im, re
			}
			setComplex(&y[q+s*k], re, im)
		}
	}
}

func setComplex[C Complex, T Float](dst *C, re, im T) {
	switch dst := any(dst).(type) {
	case *complex64:
		*dst = complex(float32(re), float32(im))
	case *complex128:
		*dst = complex(float64(re), float64(im))
	}
}
