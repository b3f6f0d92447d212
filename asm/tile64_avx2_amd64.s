//go:build !purego

// The float64 tiles for AVX2: per k and panel, 12 FMAs on 8 loads, which is 6
// cycles for 6×8 multiply-adds where two 256-bit FMAs and two loads start a cycle.

#include "textflag.h"

#define LOGSIZE 3
#define BCAST(m, y) VBROADCASTSD m, y
#define FMADD(x, y, z) VFMADD231PD x, y, z
#define MASKED VMASKMOVPD
#include "tile_avx2_amd64.h"

// func tile64x1AVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)
//
// See tileGeneric64, for those of 4 columns whose mask is negative. Registers
// in tile_avx2_amd64.h. m, k ≥ 0. Requires AVX2, FMA.
TEXT ·tile64x1AVX2(SB), NOSPLIT, $0-81
	TILE(ZERO1, LOAD1, FMA1, STORE1)
	RET

// func tile64x2AVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)
//
// See tileGeneric64, for 8 columns less those of the last 4 whose mask is
// not negative. Registers in tile_avx2_amd64.h. m, k ≥ 0. Requires AVX2, FMA.
TEXT ·tile64x2AVX2(SB), NOSPLIT, $0-81
	TILE(ZERO2, LOAD2, FMA2, STORE2)
	RET

// func tile64FullAVX2(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask *int64, load bool)
//
// See tileGeneric64, for 8 columns; the mask is not used. Registers in
// tile_avx2_amd64.h. m, k ≥ 0. Requires AVX2, FMA.
TEXT ·tile64FullAVX2(SB), NOSPLIT, $0-81
	TILE(ZERO2, FULL2, FMA2, KEEP2)
	RET
