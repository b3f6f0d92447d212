//go:build !amd64 || purego

package asm

// tileRow32 does no panels of TileRow. The NEON tile reads a panel in one stream already;
// whether more streams pay there is not measured.
func tileRow32(panels, k int, a []float32, as int, b []float32, ps int, c []float32) int {
	return 0
}

// tileRow64 does no panels of TileRow.
func tileRow64(panels, k int, a []float64, as int, b []float64, ps int, c []float64) int {
	return 0
}
