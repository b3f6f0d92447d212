//go:build (!amd64 && !arm64 && !riscv64) || purego

package asm

import "nnk/internal/impl"

func registerKernels() { impl.Register("generic", func() {}) }
