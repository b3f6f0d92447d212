//go:build !purego

// A row of A against four (AVX-512) or two (AVX2) panels at once. Per k, twelve FMAs
// that load from the panels on one load of A: in the L1 cache 6.5 cycles for 192 or 96
// columns of float32 at two loads a cycle, from memory as long as the lines take.
// Against one panel at a time: 4096×4096 1.07 (float32) and 1.3 times as fast.

#include "textflag.h"

// SI a, R10 its stride; BX b, R8, R9 the panels' distance, ×3; CX k left; DX c.
#define ARGS(LOG) \
	MOVQ k+0(FP), CX     \
	MOVQ a+8(FP), SI     \
	MOVQ as+16(FP), R10  \
	MOVQ b+24(FP), BX    \
	MOVQ ps+32(FP), R8   \
	MOVQ c+40(FP), DX    \
	SHLQ $LOG, R10       \
	SHLQ $LOG, R8        \
	LEAQ (R8)(R8*2), R9

// NEXT goes to the next k, to loop if there is one.
#define NEXT \
	ADDQ R10, SI  \
	ADDQ $192, BX \
	DECQ CX

// ALL(M) applies M to the twelve vectors of c, d bytes apart.
#define ALL512(M) \
	M(0, Z0) M(64, Z1) M(128, Z2) M(192, Z3) M(256, Z4) M(320, Z5) \
	M(384, Z6) M(448, Z7) M(512, Z8) M(576, Z9) M(640, Z10) M(704, Z11)
#define ALL256(M) \
	M(0, Y0) M(32, Y1) M(64, Y2) M(96, Y3) M(128, Y4) M(160, Y5) \
	M(192, Y6) M(224, Y7) M(256, Y8) M(288, Y9) M(320, Y10) M(352, Y11)
#define GET(d, c) VMOVUPS d(DX), c;
#define PUT(d, c) VMOVUPS c, d(DX);

// PANEL512 and PANEL256 do the row of a panel at p.
#define PANEL512(FMADD, p, c0, c1, c2) \
	FMADD p, Z12, c0    \
	FMADD 64 p, Z12, c1 \
	FMADD 128 p, Z12, c2
#define PANEL256(FMADD, p, c0, c1, c2, c3, c4, c5) \
	FMADD p, Y12, c0     \
	FMADD 32 p, Y12, c1  \
	FMADD 64 p, Y12, c2  \
	FMADD 96 p, Y12, c3  \
	FMADD 128 p, Y12, c4 \
	FMADD 160 p, Y12, c5

#define ROW512(BCAST, FMADD) \
	BCAST (SI), Z12                              \
	PANEL512(FMADD, (BX), Z0, Z1, Z2)            \
	PANEL512(FMADD, (BX)(R8*1), Z3, Z4, Z5)      \
	PANEL512(FMADD, (BX)(R8*2), Z6, Z7, Z8)      \
	PANEL512(FMADD, (BX)(R9*1), Z9, Z10, Z11)    \
	NEXT
#define ROW256(BCAST, FMADD) \
	BCAST (SI), Y12                                            \
	PANEL256(FMADD, (BX), Y0, Y1, Y2, Y3, Y4, Y5)              \
	PANEL256(FMADD, (BX)(R8*1), Y6, Y7, Y8, Y9, Y10, Y11)      \
	NEXT

// func tileRow32AVX512(k int, a *float32, as int, b *float32, ps int, c *float32)
//
// TileRow for four panels, added to c, k > 0. Z0–Z11 c; Z12 a; the rest as in
// ARGS. Requires AVX-512 F.
TEXT ·tileRow32AVX512(SB), NOSPLIT, $0-48
	ARGS(2)
	ALL512(GET)
loop:
	ROW512(VBROADCASTSS, VFMADD231PS)
	JNE loop
	ALL512(PUT)
	VZEROUPPER
	RET

// func tileRow64AVX512(k int, a *float64, as int, b *float64, ps int, c *float64)
//
// TileRow for four panels, added to c, k > 0. Z0–Z11 c; Z12 a; the rest as in
// ARGS. Requires AVX-512 F.
TEXT ·tileRow64AVX512(SB), NOSPLIT, $0-48
	ARGS(3)
	ALL512(GET)
loop:
	ROW512(VBROADCASTSD, VFMADD231PD)
	JNE loop
	ALL512(PUT)
	VZEROUPPER
	RET

// func tileRow32AVX2(k int, a *float32, as int, b *float32, ps int, c *float32)
//
// TileRow for two panels, added to c, k > 0. Y0–Y11 c; Y12 a; the rest as in
// ARGS. Requires AVX2, FMA.
TEXT ·tileRow32AVX2(SB), NOSPLIT, $0-48
	ARGS(2)
	ALL256(GET)
loop:
	ROW256(VBROADCASTSS, VFMADD231PS)
	JNE loop
	ALL256(PUT)
	VZEROUPPER
	RET

// func tileRow64AVX2(k int, a *float64, as int, b *float64, ps int, c *float64)
//
// TileRow for two panels, added to c, k > 0. Y0–Y11 c; Y12 a; the rest as in
// ARGS. Requires AVX2, FMA.
TEXT ·tileRow64AVX2(SB), NOSPLIT, $0-48
	ARGS(3)
	ALL256(GET)
loop:
	ROW256(VBROADCASTSD, VFMADD231PD)
	JNE loop
	ALL256(PUT)
	VZEROUPPER
	RET
