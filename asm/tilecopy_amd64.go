//go:build !purego

package asm

// tileCopy32 does rows of TileCopy, and returns how many. The AVX2 tiles have no such
// form: three of them pass over a panel, and each would bring a third of a line.
func tileCopy32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, panel []float32) int {
	if !useAVX512 || m < 8 {
		return 0
	}
	switch n {
	case 48:
		tile32x3CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 192, false)
	case 32:
		tile32x2CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 128, false)
	default:
		return 0
	}
	return 8
}

// tileCopy64 does rows of TileCopy, and returns how many. The AVX2 tiles have no such
// form: three of them pass over a panel, and each would bring a third of a line.
func tileCopy64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, panel []float64) int {
	if !useAVX512 || m < 8 {
		return 0
	}
	switch n {
	case 24:
		tile64x3CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 192, false)
	case 16:
		tile64x2CopyAVX512(8, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, 0, load, &panel[0], 128, false)
	default:
		return 0
	}
	return 8
}

//go:noescape
func tile32x2CopyAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, panel *float32, step int, near bool)

//go:noescape
func tile32x3CopyAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, panel *float32, step int, near bool)

//go:noescape
func tile64x2CopyAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, panel *float64, step int, near bool)

//go:noescape
func tile64x3CopyAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, panel *float64, step int, near bool)
