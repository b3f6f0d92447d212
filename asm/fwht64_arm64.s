//go:build !purego

// The Walsh–Hadamard kernels in float64 for NEON: 2 elements an operation.

#include "textflag.h"

#define VEC D2
#define LOGSIZE 3
#define SET(bits, v) MOVD $bits, R10; VDUP R10, v.VEC
#define SETONE SET(0x3ff0000000000000, ONE)
#define SETNEGZERO SET(0x8000000000000000, NEGZERO)
#include "fwht_arm64.h"

// SETSIGNS fills SIGN1 with 1, −1.
#define SETSIGNS \
	MOVD $0x3ff0000000000000, R10 \
	VMOV R10, SIGN1.D[0]          \
	MOVD $0xbff0000000000000, R10 \
	VMOV R10, SIGN1.D[1]

// func fwhtBase64NEON(dst, x *float64, n int)
//
// The first 4 stages of fwhtGeneric. R0 x, R3 dst, which may be x, R9 bytes left. n is a multiple of
// 16, > 0. Requires NEON.
TEXT ·fwhtBase64NEON(SB), NOSPLIT, $0-24
	SETONE
	SETSIGNS
	MOVD dst+0(FP), R3
	MOVD x+8(FP), R0
	MOVD n+16(FP), R9
	LSL  $LOGSIZE, R9
	BASE(PLAIN, INSIDE64, block)
	RET

// func fwhtScaled64NEON(dst, x, f *float64, n int)
//
// The same of x[i]*f[i]. R0 x, R2 f, R3 dst, R9 bytes left. Requires NEON.
TEXT ·fwhtScaled64NEON(SB), NOSPLIT, $0-32
	SETONE
	SETNEGZERO
	SETSIGNS
	MOVD dst+0(FP), R3
	MOVD x+8(FP), R0
	MOVD f+16(FP), R2
	MOVD n+24(FP), R9
	LSL  $LOGSIZE, R9
	BASE(SCALED, INSIDE64, block)
	RET

// func fwhtPass2x64NEON(x *float64, n, h int)
//
// Stage h of fwhtGeneric. n is a multiple of 2h, h of 2. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass2x64NEON(SB), NOSPLIT, $0-24
	PASS(STEP2, 2, block, column)
	RET

// func fwhtPass4x64NEON(x *float64, n, h int)
//
// Stages h and 2h of fwhtGeneric. n is a multiple of 4h, h of 2. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass4x64NEON(SB), NOSPLIT, $0-24
	PASS(STEP4(KEEP), 4, block, column)
	RET

// func fwhtPass8x64NEON(x *float64, n, h int)
//
// Stages h, 2h and 4h of fwhtGeneric. n is a multiple of 8h, h of 2. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass8x64NEON(SB), NOSPLIT, $0-24
	PASS(STEP8(KEEP), 8, block, column)
	RET

// func fwhtLast4x64NEON(x *float64, n, h int, last *float64)
//
// Stages h and 2h, the last ones, and the products with last[i]. n is 4h, h a multiple of
// 2. Registers at PASS. Requires NEON.
TEXT ·fwhtLast4x64NEON(SB), NOSPLIT, $0-32
	SETNEGZERO
	MOVD last+24(FP), R12
	PASS(STEP4(TIMES), 4, block, column)
	RET

// func fwhtLast8x64NEON(x *float64, n, h int, last *float64)
//
// Stages h, 2h and 4h, the last ones, and the products with last[i]. n is 8h, h a multiple of
// 2. Registers at PASS. Requires NEON.
TEXT ·fwhtLast8x64NEON(SB), NOSPLIT, $0-32
	SETNEGZERO
	MOVD last+24(FP), R12
	PASS(STEP8(TIMES), 8, block, column)
	RET
