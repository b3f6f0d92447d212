//go:build !purego

package asm

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, ahead []float32, step int, near bool) {
	if useAVX512 {
		mask := uint64(0xffff) >> (-n & 15)
		switch {
		case n == 48:
			tile32x3FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n == 32:
			tile32x2FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 32:
			tile32x3AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 16:
			tile32x2AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		default:
			tile32x1AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		}
		return
	}
	if useAVX2 {
		for j := 0; j < n; j += 16 {
			mask := &first32[32-(1+(n-1-j)&7)]
			switch w := n - j; {
			case w >= 16:
				tile32FullAVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			case w > 8:
				tile32x2AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			default:
				tile32x1AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			}
		}
		return
	}
	tileGeneric32(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, ahead []float64, step int, near bool) {
	if useAVX512 {
		mask := uint64(0xff) >> (-n & 7)
		switch {
		case n == 24:
			tile64x3FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n == 16:
			tile64x2FullAVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 16:
			tile64x3AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		case n > 8:
			tile64x2AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		default:
			tile64x1AVX512(m, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, mask, load, &ahead[0], step, near)
		}
		return
	}
	if useAVX2 {
		for j := 0; j < n; j += 8 {
			mask := &first64[16-(1+(n-1-j)&3)]
			switch w := n - j; {
			case w >= 8:
				tile64FullAVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			case w > 4:
				tile64x2AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			default:
				tile64x1AVX2(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, mask, load)
			}
		}
		return
	}
	tileGeneric64(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

// Masks for AVX2: what starts at first32[32-n] or first64[16-n] has n lanes set.
var first32, first64 = func() (a [64]int32, b [32]int64) {
	for i := range 32 {
		a[i] = -1
	}
	for i := range 16 {
		b[i] = -1
	}
	return a, b
}()

func tileRows() int {
	switch {
	case useAVX512:
		return 8
	case useAVX2:
		return 6
	}
	return 4
}

//go:noescape
func tile32x1AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x2AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x2FullAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x3FullAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32x3AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)

//go:noescape
func tile32FullAVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)

//go:noescape
func tile32x1AVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)

//go:noescape
func tile32x2AVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)

//go:noescape
func tile64x1AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x2AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x2FullAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x3FullAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64x3AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)

//go:noescape
func tile64FullAVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)

//go:noescape
func tile64x1AVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)

//go:noescape
func tile64x2AVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)
