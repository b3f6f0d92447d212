//go:build !purego

package asm

func philox(dst []uint32, seed, stream, group uint64) {
	if useNEON {
		philoxNEON(dst, seed, stream, group)
	} else {
		philoxGeneric(dst, seed, stream, group)
	}
}

//go:noescape
func philoxNEON(dst []uint32, seed, stream, group uint64)
