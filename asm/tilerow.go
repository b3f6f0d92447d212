package asm

// TileRow computes a row of C against packed panels of B, of w = [TileCols]
// columns each and ps elements apart:
//
//	for s := range panels {
//		Tile(1, w, k, a, 0, as, b[s*ps:], w, c[s*w:], w, load)
//	}
//
// but several panels at a time. One row makes so little use of B that only the
// speed of memory counts, and a CPU that foresees one stream waits where each page
// of it ends; several streams wait in turns. c must not overlap a or b.
func TileRow[T Float](panels, k int, a []T, as int, b []T, ps int, c []T, load bool) {
	w := TileCols[T]()
	if panels <= 0 {
		return
	}
	c = c[:panels*w]
	if !load {
		clear(c)
	}
	if k <= 0 {
		return
	}
	_, _ = a[(k-1)*as], b[(panels-1)*ps+k*w-1]
	done := 0 // panels
	switch c := any(c).(type) {
	case []float32:
		done = tileRow32(panels, k, any(a).([]float32), as, any(b).([]float32), ps, c)
	case []float64:
		done = tileRow64(panels, k, any(a).([]float64), as, any(b).([]float64), ps, c)
	}
	for s := done; s < panels; s++ {
		Tile(1, w, k, a, 0, as, b[s*ps:], w, c[s*w:], w, true)
	}
}
