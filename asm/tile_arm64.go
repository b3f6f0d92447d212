//go:build !purego

package asm

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, _ []float32, _ int, _ bool) {
	j := 0
	for useNEON && n-j >= 4 {
		switch w := n - j; {
		case w >= 12:
			tile32x3NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 12
		case w >= 8:
			tile32x2NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 8
		default:
			tile32x1NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 4
		}
	}
	if j < n {
		tileGeneric32(m, n-j, k, a, ars, aks, b[j:], bs, c[j:], cs, load)
	}
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, _ []float64, _ int, _ bool) {
	j := 0
	for useNEON && n-j >= 2 {
		switch w := n - j; {
		case w >= 6:
			tile64x3NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 6
		case w >= 4:
			tile64x2NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 4
		default:
			tile64x1NEON(m, k, &a[0], ars, aks, &b[j], bs, &c[j], cs, load)
			j += 2
		}
	}
	if j < n {
		tileGeneric64(m, n-j, k, a, ars, aks, b[j:], bs, c[j:], cs, load)
	}
}

func tileRows() int {
	if useNEON {
		return 8
	}
	return 4
}

//go:noescape
func tile32x1NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile32x2NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile32x3NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile64x1NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)

//go:noescape
func tile64x2NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)

//go:noescape
func tile64x3NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)
