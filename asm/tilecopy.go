package asm

// TileCopy is [Tile], and copies what it reads of b, if it has rows, to panel:
// panel[q*n+j] = b[q*bs+j]. panel must not overlap the others.
func TileCopy[T Float](m, n, k int, a []T, ars, aks int, b []T, bs int, c []T, cs int, load bool, panel []T) {
	if n > TileCols[T]() {
		panic("asm.TileCopy: more than TileCols columns")
	}
	if m <= 0 || n <= 0 || k <= 0 {
		Tile(m, n, k, a, ars, aks, b, bs, c, cs, load)
		return
	}
	_, _, _, _ = a[(m-1)*ars+(k-1)*aks], b[(k-1)*bs+n-1], c[(m-1)*cs+n-1], panel[k*n-1]
	rows := 0 // those that are done, and the copying with them
	switch c := any(c).(type) {
	case []float32:
		rows = tileCopy32(m, n, k, any(a).([]float32), ars, aks, any(b).([]float32), bs, c, cs, load, any(panel).([]float32))
	case []float64:
		rows = tileCopy64(m, n, k, any(a).([]float64), ars, aks, any(b).([]float64), bs, c, cs, load, any(panel).([]float64))
	}
	if rows == 0 {
		for q := range k {
			copy(panel[q*n:][:n], b[q*bs:])
		}
	}
	if rows < m {
		Tile(m-rows, n, k, a[rows*ars:], ars, aks, panel, n, c[rows*cs:], cs, load)
	}
}
