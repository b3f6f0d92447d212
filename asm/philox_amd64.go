//go:build !purego

package asm

func philox(dst []uint32, seed, stream, group uint64) {
	if useAVX512 {
		philoxAVX512(dst, seed, stream, group)
	} else if useAVX2 {
		philoxAVX2(dst, seed, stream, group)
	} else {
		philoxGeneric(dst, seed, stream, group)
	}
}

//go:noescape
func philoxAVX2(dst []uint32, seed, stream, group uint64)

//go:noescape
func philoxAVX512(dst []uint32, seed, stream, group uint64)
