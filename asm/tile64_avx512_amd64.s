//go:build !purego

// The float64 tiles for AVX-512: per k and panel, 24 FMAs on 11 loads. That is
// 24 cycles for 8×24 multiply-adds at one 512-bit FMA a cycle (1 cycle per 8) and
// 12 at two; the loads and the front end have room to spare.

#include "textflag.h"

#define SIZE 8
#define LOGSIZE 3
#define BCAST(m, z) VBROADCASTSD m, z
#define FMADD(x, y, z) VFMADD231PD x, y, z
#define MASKED VMOVUPD
#include "tile_avx512_amd64.h"

// func tile64x1AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)
//
// See tileGeneric64, for the 8 columns less those that mask leaves out of
// the last 8. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile64x1AVX512(SB), NOSPLIT, $0-105
	TILE(ZERO1, LOAD1, AHEAD1, FMA1, STORE1)
	RET

// func tile64x2AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)
//
// See tileGeneric64, for the 16 columns less those that mask leaves out of
// the last 8. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile64x2AVX512(SB), NOSPLIT, $0-105
	TILE(ZERO2, LOAD2, AHEAD2, FMA2, STORE2)
	RET

// func tile64x3AVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)
//
// See tileGeneric64, for the 24 columns less those that mask leaves out of
// the last 8. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile64x3AVX512(SB), NOSPLIT, $0-105
	TILE(ZERO3, LOAD3, AHEAD3, FMA3, STORE3)
	RET

// func tile64x2FullAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)
//
// tile64x2AVX512 for all 16 columns: a masked load of B is a second instruction
// for the ports of the FMAs. mask is not read. Requires AVX-512 F, DQ.
TEXT ·tile64x2FullAVX512(SB), NOSPLIT, $0-105
	TILE(ZERO2, FULL2, AHEAD2, FMA2, KEEP2)
	RET

// func tile64x3FullAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, ahead *float64, step int, near bool)
//
// tile64x3AVX512 for all 24 columns: a masked load of B is a second instruction
// for the ports of the FMAs. mask is not read. Requires AVX-512 F, DQ.
TEXT ·tile64x3FullAVX512(SB), NOSPLIT, $0-105
	TILE(ZERO3, FULL3, AHEAD3, FMA3, KEEP3)
	RET

// func tile64x2CopyAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, panel *float64, step int, near bool)
//
// tile64x2FullAVX512 for eight rows, which copies B's rows to panel, step bytes
// apart: the stores are free beside the FMAs, where a pass of its own takes 5 % of a product of 512×512. m,
// mask and near are not read. Requires AVX-512 F, DQ.
TEXT ·tile64x2CopyAVX512(SB), NOSPLIT, $0-105
	TILECOPY(ZERO2, FULL2, COPY2, FMA2, KEEP2)
	RET

// func tile64x3CopyAVX512(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, mask uint64, load bool, panel *float64, step int, near bool)
//
// tile64x3FullAVX512 for eight rows, which copies B's rows to panel, step bytes
// apart: the stores are free beside the FMAs, where a pass of its own takes 5 % of a product of 512×512. m,
// mask and near are not read. Requires AVX-512 F, DQ.
TEXT ·tile64x3CopyAVX512(SB), NOSPLIT, $0-105
	TILECOPY(ZERO3, FULL3, COPY3, FMA3, KEEP3)
	RET
