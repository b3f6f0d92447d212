//go:build !purego

package asm

import (
	"golang.org/x/sys/cpu"

	"nnk/internal/impl"
)

// Which instruction sets the kernels may use now. x/sys/cpu reports a set only
// if the operating system saves its registers. Only combinations that the tests
// run are offered: AVX2 with FMA, and AVX-512 F+DQ+VL+BW on top of it.
var (
	hasAVX2   = cpu.X86.HasAVX2 && cpu.X86.HasFMA
	hasAVX512 = hasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL && cpu.X86.HasAVX512BW
	// VNNI, sums of products of bytes, is part of the set avx512 where the CPU has it: sums of integers are the same without.
	hasVNNI = hasAVX512 && cpu.X86.HasAVX512VNNI

	useAVX2, useAVX512, useVNNI bool
)

func registerKernels() {
	if hasAVX512 {
		impl.Register("avx512", func() { useAVX2, useAVX512, useVNNI = true, true, hasVNNI })
	}
	if hasAVX2 {
		impl.Register("avx2", func() { useAVX2, useAVX512, useVNNI = true, false, false })
	}
	impl.Register("generic", func() { useAVX2, useAVX512, useVNNI = false, false, false })
}
