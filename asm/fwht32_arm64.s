//go:build !purego

// The Walsh–Hadamard kernels in float32 for NEON: 4 elements an operation.

#include "textflag.h"

#define VEC S4
#define LOGSIZE 2
#define SET(bits, v) MOVW $bits, R10; VDUP R10, v.VEC
#define SETONE SET(0x3f800000, ONE)
#define SETNEGZERO SET(0x80000000, NEGZERO)
#include "fwht_arm64.h"

// SETSIGNS fills SIGN1 with 1, −1, 1, −1 and SIGN2 with 1, 1, −1, −1.
#define SETSIGNS \
	MOVD $0xbf8000003f800000, R10 \
	VDUP R10, SIGN1.D2            \
	MOVD $0x3f8000003f800000, R10 \
	VMOV R10, SIGN2.D[0]          \
	MOVD $0xbf800000bf800000, R10 \
	VMOV R10, SIGN2.D[1]

// func fwhtBase32NEON(dst, x *float32, n int)
//
// The first 5 stages of fwhtGeneric. R0 x, R3 dst, which may be x, R9 bytes left. n is a multiple of
// 32, > 0. Requires NEON.
TEXT ·fwhtBase32NEON(SB), NOSPLIT, $0-24
	SETONE
	SETSIGNS
	MOVD dst+0(FP), R3
	MOVD x+8(FP), R0
	MOVD n+16(FP), R9
	LSL  $LOGSIZE, R9
	BASE(PLAIN, INSIDE32, block)
	RET

// func fwhtScaled32NEON(dst, x, f *float32, n int)
//
// The same of x[i]*f[i]. R0 x, R2 f, R3 dst, R9 bytes left. Requires NEON.
TEXT ·fwhtScaled32NEON(SB), NOSPLIT, $0-32
	SETONE
	SETNEGZERO
	SETSIGNS
	MOVD dst+0(FP), R3
	MOVD x+8(FP), R0
	MOVD f+16(FP), R2
	MOVD n+24(FP), R9
	LSL  $LOGSIZE, R9
	BASE(SCALED, INSIDE32, block)
	RET

// func fwhtPass2x32NEON(x *float32, n, h int)
//
// Stage h of fwhtGeneric. n is a multiple of 2h, h of 4. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass2x32NEON(SB), NOSPLIT, $0-24
	PASS(STEP2, 2, block, column)
	RET

// func fwhtPass4x32NEON(x *float32, n, h int)
//
// Stages h and 2h of fwhtGeneric. n is a multiple of 4h, h of 4. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass4x32NEON(SB), NOSPLIT, $0-24
	PASS(STEP4(KEEP), 4, block, column)
	RET

// func fwhtPass8x32NEON(x *float32, n, h int)
//
// Stages h, 2h and 4h of fwhtGeneric. n is a multiple of 8h, h of 4. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass8x32NEON(SB), NOSPLIT, $0-24
	PASS(STEP8(KEEP), 8, block, column)
	RET

// func fwhtLast4x32NEON(x *float32, n, h int, last *float32)
//
// Stages h and 2h, the last ones, and the products with last[i]. n is 4h, h a multiple of
// 4. Registers at PASS. Requires NEON.
TEXT ·fwhtLast4x32NEON(SB), NOSPLIT, $0-32
	SETNEGZERO
	MOVD last+24(FP), R12
	PASS(STEP4(TIMES), 4, block, column)
	RET

// func fwhtLast8x32NEON(x *float32, n, h int, last *float32)
//
// Stages h, 2h and 4h, the last ones, and the products with last[i]. n is 8h, h a multiple of
// 4. Registers at PASS. Requires NEON.
TEXT ·fwhtLast8x32NEON(SB), NOSPLIT, $0-32
	SETNEGZERO
	MOVD last+24(FP), R12
	PASS(STEP8(TIMES), 8, block, column)
	RET
