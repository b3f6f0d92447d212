//go:build (!amd64 && !arm64) || purego

package asm

func dotInt8(x, y []int8) int32 { return dotInt8Generic(x, y) }
