//go:build !purego

package asm

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, _ []float32, _ int, _ bool) {
	if useRVV {
		tile32RVV(m, n, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, load)
	} else {
		tileGeneric32(m, n, k, a, ars, aks, b, bs, c, cs, load)
	}
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, _ []float64, _ int, _ bool) {
	if useRVV {
		tile64RVV(m, n, k, &a[0], ars, aks, &b[0], bs, &c[0], cs, load)
	} else {
		tileGeneric64(m, n, k, a, ars, aks, b, bs, c, cs, load)
	}
}

func tileRows() int {
	if useRVV {
		return 6
	}
	return 4
}

//go:noescape
func tile32RVV(m, n, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)

//go:noescape
func tile64RVV(m, n, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)
