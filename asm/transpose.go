package asm

// Transpose writes the transpose of an n×m matrix to an m×n one:
//
//	for i := range m {
//		for j := range n {
//			dst[i*ds+j] = src[j*ss+i]
//		}
//	}
//
// dst and src must not overlap.
func Transpose[T Float](m, n int, dst []T, ds int, src []T, ss int) {
	if m <= 0 || n <= 0 {
		return
	}
	_, _ = dst[(m-1)*ds+n-1], src[(n-1)*ss+m-1]
	mm, nn := 0, 0 // the part that is done in squares
	switch dst := any(dst).(type) {
	case []float32:
		mm, nn = transpose32(m, n, dst, ds, any(src).([]float32), ss)
	case []float64:
		mm, nn = transpose64(m, n, dst, ds, any(src).([]float64), ss)
	}
	if mm < m && nn > 0 {
		transposeGeneric(m-mm, nn, dst[mm*ds:], ds, src[mm:], ss)
	}
	if nn < n {
		transposeGeneric(m, n-nn, dst[nn:], ds, src[nn*ss:], ss)
	}
}

// transposeGeneric goes by strips whose lines, both read and written, stay in
// the L1 cache.
func transposeGeneric[T Float](m, n int, dst []T, ds int, src []T, ss int) {
	const side = 16
	for i0 := 0; i0 < m; i0 += side {
		h := min(side, m-i0)
		for j := range n {
			for i, v := range src[j*ss+i0:][:h] {
				dst[(i0+i)*ds+j] = v
			}
		}
	}
}
