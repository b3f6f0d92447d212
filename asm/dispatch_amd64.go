//go:build amd64 && !purego

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

	useAVX2, useAVX512 bool
)

func registerKernels() {
	set := func(avx2, avx512 bool) func() {
		return func() { useAVX2, useAVX512 = avx2, avx512 }
	}
	if hasAVX512 {
		impl.Register("avx512", set(true, true))
	}
	if hasAVX2 {
		impl.Register("avx2", set(true, false))
	}
	impl.Register("generic", set(false, false))
}

func dot32(x, y []float32) float32 { return dotGeneric32(x, y) }
func dot64(x, y []float64) float64 { return dotGeneric64(x, y) }

func axpy32(dst []float32, a float32, x []float32) { axpyGeneric32(dst, a, x) }
func axpy64(dst []float64, a float64, x []float64) { axpyGeneric64(dst, a, x) }

func fwht32(x []float32) { fwhtGeneric(x) }
func fwht64(x []float64) { fwhtGeneric(x) }
