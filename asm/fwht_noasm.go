//go:build (!amd64 && !arm64 && !riscv64) || purego

package asm

func fwhtWidth32(int) int                   { return 0 }
func fwhtBase32(_ int, dst, x, f []float32) {}

func fwhtPass32(x []float32, h, stages int)                   { fwhtPassGeneric(x, h, stages) }
func fwhtLast32(x []float32, h, stages int, g []float32) bool { return false }

func fwhtWidth64(int) int                   { return 0 }
func fwhtBase64(_ int, dst, x, f []float64) {}

func fwhtPass64(x []float64, h, stages int)                   { fwhtPassGeneric(x, h, stages) }
func fwhtLast64(x []float64, h, stages int, g []float64) bool { return false }
