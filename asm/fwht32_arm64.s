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

// func fwhtBase32NEON(x *float32, n int)
//
// The first 5 stages of fwhtGeneric. R0 x, R9 bytes left. n is a multiple of
// 32, > 0. Requires NEON.
TEXT ·fwhtBase32NEON(SB), NOSPLIT, $0-16
	SETONE
	SETSIGNS
	MOVD x+0(FP), R0
	MOVD n+8(FP), R9
	LSL  $LOGSIZE, R9
	BASE(PLAIN, INSIDE32, block)
	RET

// func fwhtScaled32NEON(x, f *float32, n int)
//
// The same of x[i]*f[i]. R0 x, R2 f, R9 bytes left. Requires NEON.
TEXT ·fwhtScaled32NEON(SB), NOSPLIT, $0-24
	SETONE
	SETNEGZERO
	SETSIGNS
	MOVD x+0(FP), R0
	MOVD f+8(FP), R2
	MOVD n+16(FP), R9
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
	PASS(STEP4, 4, block, column)
	RET

// func fwhtPass8x32NEON(x *float32, n, h int)
//
// Stages h, 2h and 4h of fwhtGeneric. n is a multiple of 8h, h of 4. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass8x32NEON(SB), NOSPLIT, $0-24
	PASS(STEP8, 8, block, column)
	RET
