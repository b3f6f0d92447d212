package asm

// AxpyRows adds k rows of b, weighted by a, to dst: a row times a matrix.
//
//	for q := range k {
//		Axpy(dst, a[q*as], b[q*bs:q*bs+len(dst)])
//	}
//
// dst must not overlap a or b.
func AxpyRows[T Float](dst []T, k int, a []T, as int, b []T, bs int) {
	if k <= 0 || len(dst) == 0 {
		return
	}
	_, _ = a[(k-1)*as], b[(k-1)*bs+len(dst)-1]
	whole, rows := 0, 0 // the columns and rows that are done in blocks
	switch dst := any(dst).(type) {
	case []float32:
		whole, rows = axpyRows32(dst, k, any(a).([]float32), as, any(b).([]float32), bs)
	case []float64:
		whole, rows = axpyRows64(dst, k, any(a).([]float64), as, any(b).([]float64), bs)
	}
	for q := rows; q < k; q++ {
		Axpy(dst[:whole], a[q*as], b[q*bs:][:whole])
	}
	if rest := dst[whole:]; len(rest) > 0 {
		Tile(1, len(rest), k, a, 0, as, b[whole:], bs, rest, len(rest), true)
	}
}
