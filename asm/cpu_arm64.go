//go:build !purego

package asm

import (
	"golang.org/x/sys/cpu"

	"nnk/internal/impl"
)

// Advanced SIMD is part of every arm64 CPU that Go runs on; the check costs
// nothing and keeps the rule that only reported features are used.
var (
	hasNEON = cpu.ARM64.HasASIMD

	useNEON bool
)

func registerKernels() {
	if hasNEON {
		impl.Register("neon", func() { useNEON = true })
	}
	impl.Register("generic", func() { useNEON = false })
}
