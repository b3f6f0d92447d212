//go:build (!amd64 && !arm64) || purego

package asm

func philox(dst []uint32, seed, stream, group uint64) { philoxGeneric(dst, seed, stream, group) }
