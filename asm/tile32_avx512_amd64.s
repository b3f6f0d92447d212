//go:build !purego

// The float32 tiles for AVX-512: per k and panel, 24 FMAs on 11 loads. At one
// 512-bit FMA a cycle that is 24 cycles for 8×48 multiply-adds, 1 cycle
// per 16 multiply-adds; the loads and the front end have room to spare.

#include "textflag.h"

#define LOGSIZE 2
#define BCAST(m, z) VBROADCASTSS m, z
#define FMADD(x, y, z) VFMADD231PS x, y, z
#define MASKED VMOVUPS
#include "tile_avx512_amd64.h"

// func tile32x1AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool)
//
// See tileGeneric32, for the 16 columns less those that mask leaves out of
// the last 16. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile32x1AVX512(SB), NOSPLIT, $0-81
	TILE(ZERO1, LOAD1, FMA1, STORE1)
	RET

// func tile32x2AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool)
//
// See tileGeneric32, for the 32 columns less those that mask leaves out of
// the last 16. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile32x2AVX512(SB), NOSPLIT, $0-81
	TILE(ZERO2, LOAD2, FMA2, STORE2)
	RET

// func tile32x3AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool)
//
// See tileGeneric32, for the 48 columns less those that mask leaves out of
// the last 16. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile32x3AVX512(SB), NOSPLIT, $0-81
	TILE(ZERO3, LOAD3, FMA3, STORE3)
	RET
