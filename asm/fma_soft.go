//go:build !(amd64 || arm64 || arm || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package asm

// fma64 has no instruction here.
func fma64(x, y, z float64) float64 { return softFMA(x, y, z) }
