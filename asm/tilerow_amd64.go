//go:build !purego

package asm

// tileRow32 adds to whole groups of TileRow's panels, and returns how many panels.
func tileRow32(panels, k int, a []float32, as int, b []float32, ps int, c []float32) int {
	s := 0
	if useAVX512 {
		for ; s+4 <= panels; s += 4 {
			tileRow32AVX512(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols32])
		}
	} else if useAVX2 {
		for ; s+2 <= panels; s += 2 {
			tileRow32AVX2(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols32])
		}
	}
	return s
}

// tileRow64 adds to whole groups of TileRow's panels, and returns how many panels.
func tileRow64(panels, k int, a []float64, as int, b []float64, ps int, c []float64) int {
	s := 0
	if useAVX512 {
		for ; s+4 <= panels; s += 4 {
			tileRow64AVX512(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols64])
		}
	} else if useAVX2 {
		for ; s+2 <= panels; s += 2 {
			tileRow64AVX2(k, &a[0], as, &b[s*ps], ps, &c[s*TileCols64])
		}
	}
	return s
}

//go:noescape
func tileRow32AVX2(k int, a *float32, as int, b *float32, ps int, c *float32)

//go:noescape
func tileRow32AVX512(k int, a *float32, as int, b *float32, ps int, c *float32)

//go:noescape
func tileRow64AVX2(k int, a *float64, as int, b *float64, ps int, c *float64)

//go:noescape
func tileRow64AVX512(k int, a *float64, as int, b *float64, ps int, c *float64)
