//go:build !purego

// The float32 tiles for AVX-512: per k and panel, 24 FMAs on 11 loads. That is
// 24 cycles for 8×48 multiply-adds at one 512-bit FMA a cycle (1 cycle per 16) and
// 12 at two; the loads and the front end have room to spare.

#include "textflag.h"

#define SIZE 4
#define LOGSIZE 2
#define BCAST(m, z) VBROADCASTSS m, z
#define FMADD(x, y, z) VFMADD231PS x, y, z
#define MASKED VMOVUPS
#include "tile_avx512_amd64.h"

// func tile32x1AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)
//
// See tileGeneric32, for the 16 columns less those that mask leaves out of
// the last 16. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile32x1AVX512(SB), NOSPLIT, $0-105
	TILE(ZERO1, LOAD1, AHEAD1, FMA1, STORE1)
	RET

// func tile32x2AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)
//
// See tileGeneric32, for the 32 columns less those that mask leaves out of
// the last 16. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile32x2AVX512(SB), NOSPLIT, $0-105
	TILE(ZERO2, LOAD2, AHEAD2, FMA2, STORE2)
	RET

// func tile32x3AVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)
//
// See tileGeneric32, for the 48 columns less those that mask leaves out of
// the last 16. Registers in tile_avx512_amd64.h. m, k ≥ 0. Requires AVX-512 F, DQ.
TEXT ·tile32x3AVX512(SB), NOSPLIT, $0-105
	TILE(ZERO3, LOAD3, AHEAD3, FMA3, STORE3)
	RET

// func tile32x2FullAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)
//
// tile32x2AVX512 for all 32 columns: a masked load of B is a second instruction
// for the ports of the FMAs. mask is not read. Requires AVX-512 F, DQ.
TEXT ·tile32x2FullAVX512(SB), NOSPLIT, $0-105
	TILE(ZERO2, FULL2, AHEAD2, FMA2, KEEP2)
	RET

// func tile32x3FullAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, ahead *float32, step int, near bool)
//
// tile32x3AVX512 for all 48 columns: a masked load of B is a second instruction
// for the ports of the FMAs. mask is not read. Requires AVX-512 F, DQ.
TEXT ·tile32x3FullAVX512(SB), NOSPLIT, $0-105
	TILE(ZERO3, FULL3, AHEAD3, FMA3, KEEP3)
	RET

// func tile32x2CopyAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, panel *float32, step int, near bool)
//
// tile32x2FullAVX512 for eight rows, which copies B's rows to panel, step bytes
// apart: the stores are free beside the FMAs, where a pass of its own takes 5 % of a product of 512×512. m,
// mask and near are not read. Requires AVX-512 F, DQ.
TEXT ·tile32x2CopyAVX512(SB), NOSPLIT, $0-105
	TILECOPY(ZERO2, FULL2, COPY2, FMA2, KEEP2)
	RET

// func tile32x3CopyAVX512(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, mask uint64, load bool, panel *float32, step int, near bool)
//
// tile32x3FullAVX512 for eight rows, which copies B's rows to panel, step bytes
// apart: the stores are free beside the FMAs, where a pass of its own takes 5 % of a product of 512×512. m,
// mask and near are not read. Requires AVX-512 F, DQ.
TEXT ·tile32x3CopyAVX512(SB), NOSPLIT, $0-105
	TILECOPY(ZERO3, FULL3, COPY3, FMA3, KEEP3)
	RET
