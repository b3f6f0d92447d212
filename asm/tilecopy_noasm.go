//go:build !amd64 || purego

package asm

// tileCopy32 does no rows of TileCopy. The NEON tiles lack a register for it and a
// measurement that would tell whether it pays.
func tileCopy32(m, n, k int, a []float32, ars, aks int, b []float32, bs int, c []float32, cs int, load bool, panel []float32) int {
	return 0
}

// tileCopy64 does no rows of TileCopy.
func tileCopy64(m, n, k int, a []float64, ars, aks int, b []float64, bs int, c []float64, cs int, load bool, panel []float64) int {
	return 0
}
