//go:build !purego

// The float32 tiles for AVX2: per k and panel, 12 FMAs on 8 loads, which is 6
// cycles for 6×16 multiply-adds where two 256-bit FMAs and two loads start a cycle.

#include "textflag.h"

#define LOGSIZE 2
#define BCAST(m, y) VBROADCASTSS m, y
#define FMADD(x, y, z) VFMADD231PS x, y, z
#define MASKED VMASKMOVPS
#include "tile_avx2_amd64.h"

// func tile32x1AVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)
//
// See tileGeneric32, for those of 8 columns whose mask is negative. Registers
// in tile_avx2_amd64.h. m, k ≥ 0. Requires AVX2, FMA.
TEXT ·tile32x1AVX2(SB), NOSPLIT, $0-81
	TILE(ZERO1, LOAD1, FMA1, STORE1)
	RET

// func tile32x2AVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)
//
// See tileGeneric32, for 16 columns less those of the last 8 whose mask is
// not negative. Registers in tile_avx2_amd64.h. m, k ≥ 0. Requires AVX2, FMA.
TEXT ·tile32x2AVX2(SB), NOSPLIT, $0-81
	TILE(ZERO2, LOAD2, FMA2, STORE2)
	RET

// func tile32FullAVX2(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask *int32, load bool)
//
// See tileGeneric32, for 16 columns; the mask is not used. Registers in
// tile_avx2_amd64.h. m, k ≥ 0. Requires AVX2, FMA.
TEXT ·tile32FullAVX2(SB), NOSPLIT, $0-81
	TILE(ZERO2, FULL2, FMA2, KEEP2)
	RET
