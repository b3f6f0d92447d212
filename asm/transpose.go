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
	transposeGeneric(m, n, dst, ds, src, ss)
}

// transposeGeneric goes by squares whose lines, both read and written, stay in
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
