//go:build (!amd64 && !arm64 && !riscv64) || purego

package asm

func tile32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, _ []float32, _ int, _ bool) {
	tileGeneric32(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

func tile64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, _ []float64, _ int, _ bool) {
	tileGeneric64(m, n, k, a, ars, aks, b, bs, c, cs, load)
}

func tileRows() int { return 4 }
