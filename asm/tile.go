package asm

// Widest tile that [Tile] takes, in columns. It is the same for every kernel
// set, so that panels packed to this width serve all of them.
const (
	TileCols32 = 48
	TileCols64 = 24
)

// TileCols is TileCols32 or TileCols64.
func TileCols[T Float]() int {
	if _, ok := any(T(0)).(float32); ok {
		return TileCols32
	}
	return TileCols64
}

// TileRows is the number of rows that the kernel set in use computes at a time:
// the best width of a packed panel of A.
func TileRows() int { return tileRows() }

// Tile computes an m×n tile of a matrix product, n ≤ [TileCols]:
//
//	for i := range m {
//		for j := range n {
//			var s T // or c[i*cs+j], if load
//			for q := range k {
//				s = FMA(a[i*ars+q*aks], b[q*bs+j], s)
//			}
//			c[i*cs+j] = s
//		}
//	}
//
// The two strides of A take it by rows, by columns or packed in panels. A tile
// that reaches outside a slice panics before anything is written. c must not
// overlap a or b.
func Tile[T Float](m, n, k int, a []T, ars, aks int, b []T, bs int, c []T, cs int, load bool) {
	TileAhead(m, n, k, a, ars, aks, b, bs, c, cs, load, nil)
}

// TileAhead is [Tile], and may at the same time bring to the L2 cache what the
// caller needs later: from ahead[0] on, a line of 64 bytes for each k and part of
// the rows. Line after line, because from beyond the L2 cache the CPU fetches fast
// only what it can foresee. nil says that b
// is in the caches, and that nothing needs to be brought there; an empty ahead, that b
// is not.
func TileAhead[T Float](m, n, k int, a []T, ars, aks int, b []T, bs int, c []T, cs int, load bool, ahead []T) {
	if n > TileCols[T]() {
		panic("asm.Tile: more than TileCols columns")
	}
	if m <= 0 || n <= 0 {
		return
	}
	_ = c[(m-1)*cs+n-1]
	if k <= 0 {
		for i := 0; i < m && !load; i++ {
			clear(c[i*cs:][:n])
		}
		return
	}
	_, _ = a[(m-1)*ars+(k-1)*aks], b[(k-1)*bs+n-1]
	step := 64 // bytes
	near := ahead == nil
	if len(ahead) == 0 {
		ahead, step = b, 0
	}
	switch c := any(c).(type) {
	case []float32:
		tile32(m, n, k, any(a).([]float32), ars, aks, any(b).([]float32), bs, c, cs, load, any(ahead).([]float32), step, near)
	case []float64:
		tile64(m, n, k, any(a).([]float64), ars, aks, any(b).([]float64), bs, c, cs, load, any(ahead).([]float64), step, near)
	}
}

func tileGeneric32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool) {
	for i := range m {
		row := c[i*cs:][:n]
		if !load {
			clear(row)
		}
		j := 0
		for ; j+4 <= n; j += 4 {
			r := row[j : j+4 : j+4]
			s0, s1, s2, s3 := r[0], r[1], r[2], r[3]
			for q := range k {
				x, y := a[i*ars+q*aks], b[q*bs+j:][:4]
				s0, s1, s2, s3 = fma32(x, y[0], s0), fma32(x, y[1], s1), fma32(x, y[2], s2), fma32(x, y[3], s3)
			}
			r[0], r[1], r[2], r[3] = s0, s1, s2, s3
		}
		for ; j < n; j++ {
			s := row[j]
			for q := range k {
				s = fma32(a[i*ars+q*aks], b[q*bs+j], s)
			}
			row[j] = s
		}
	}
}

func tileGeneric64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool) {
	for i := range m {
		row := c[i*cs:][:n]
		if !load {
			clear(row)
		}
		j := 0
		for ; j+4 <= n; j += 4 {
			r := row[j : j+4 : j+4]
			s0, s1, s2, s3 := r[0], r[1], r[2], r[3]
			for q := range k {
				x, y := a[i*ars+q*aks], b[q*bs+j:][:4]
				s0, s1, s2, s3 = fma64(x, y[0], s0), fma64(x, y[1], s1), fma64(x, y[2], s2), fma64(x, y[3], s3)
			}
			r[0], r[1], r[2], r[3] = s0, s1, s2, s3
		}
		for ; j < n; j++ {
			s := row[j]
			for q := range k {
				s = fma64(a[i*ars+q*aks], b[q*bs+j], s)
			}
			row[j] = s
		}
	}
}
