//go:build amd64 || arm64 || arm || loong64 || ppc64 || ppc64le || riscv64 || s390x

package asm

import "math"

// fma64 is one instruction here, on amd64 and arm if the processor has it.
func fma64(x, y, z float64) float64 { return math.FMA(x, y, z) }
