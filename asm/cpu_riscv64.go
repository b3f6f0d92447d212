//go:build !purego

package asm

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/cpu"

	"nnk/internal/impl"
)

// The V extension, version 1.0. Its vectors have at least 128 bits; the kernels take
// whatever length there is.
var (
	hasRVV = cpu.RISCV64.HasV || vectorsOfOldKernel()

	useRVV bool
)

func registerKernels() {
	if hasRVV {
		impl.Register("rvv", func() { useRVV = true })
	}
	impl.Register("generic", func() { useRVV = false })
}

// vectorsOfOldKernel finds the V extension where Linux lacks riscv_hwprobe (before 6.4), on
// which x/sys/cpu relies: vendors' kernels have vectors without it. Bit V of AT_HWCAP says
// that the kernel saves vector registers, but not whether they are of version 0.7.1; that
// has no tail and mask policy, and so refuses what version 1.0 accepts.
func vectorsOfOldKernel() bool {
	const hwcap, v = 16, 1 << ('V' - 'A')
	auxv, err := os.ReadFile("/proc/self/auxv")
	if err != nil {
		return false
	}
	for ; len(auxv) >= 16; auxv = auxv[16:] {
		if binary.LittleEndian.Uint64(auxv) == hwcap {
			return binary.LittleEndian.Uint64(auxv[8:])&v != 0 && vectorLengthRVV() >= 16
		}
	}
	return false
}

//go:noescape
func vectorLengthRVV() int
