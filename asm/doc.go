// Package asm holds the leaf kernels: plain loops over slices that every other
// package is built on. Each has one generic Go form that defines its result to
// the last bit, and may have AVX2, AVX-512, NEON and RVV (RISC-V vectors 1.0) forms
// that return the same bits faster.
//
// # Contract
//
// Arithmetic is IEEE 754 with round to nearest even and subnormals kept. A
// multiply-add is always one fused operation with one rounding ([FMA]). Sums
// run in a fixed lane order (see [Dot]), so the result does not depend on the
// instruction set. NaN results are NaN; their payload is not specified. Signed
// zeros are.
//
// Slices that a kernel reads together must have equal lengths; a shorter one
// panics by the ordinary slice bound before anything is written. A dst may be
// the same slice as a source where the doc comment says so; partly overlapping
// slices are never allowed.
//
// No kernel allocates or starts goroutines.
//
// ARITHMETIC.md has all of it, with the steps of every function, for those who write a
// port in another language; go generate writes it.
//
// # Choice of kernel set
//
// The best set of the CPU is chosen at start from golang.org/x/sys/cpu. The
// environment variable NNK_KERNELS=generic|avx2|avx512|neon|rvv forces a set that
// the CPU has; [Kernels] tells what was found, asked and chosen. The build tag
// purego removes all assembly.
package asm

//go:generate go run ./internal/asmgen
