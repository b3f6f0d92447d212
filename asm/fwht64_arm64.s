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

// func fwhtBase64NEON(x *float64, n int)
//
// The first 4 stages of fwhtGeneric. R0 x, R9 bytes left. n is a multiple of
// 16, > 0. Requires NEON.
TEXT ·fwhtBase64NEON(SB), NOSPLIT, $0-16
	SETONE
	SETSIGNS
	MOVD x+0(FP), R0
	MOVD n+8(FP), R9
	LSL  $LOGSIZE, R9
	BASE(PLAIN, INSIDE64, block)
	RET

// func fwhtScaled64NEON(x, f *float64, n int)
//
// The same of x[i]*f[i]. R0 x, R2 f, R9 bytes left. Requires NEON.
TEXT ·fwhtScaled64NEON(SB), NOSPLIT, $0-24
	SETONE
	SETNEGZERO
	SETSIGNS
	MOVD x+0(FP), R0
	MOVD f+8(FP), R2
	MOVD n+16(FP), R9
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
	PASS(STEP4, 4, block, column)
	RET

// func fwhtPass8x64NEON(x *float64, n, h int)
//
// Stages h, 2h and 4h of fwhtGeneric. n is a multiple of 8h, h of 2. Registers at
// PASS. Requires NEON.
TEXT ·fwhtPass8x64NEON(SB), NOSPLIT, $0-24
	PASS(STEP8, 8, block, column)
	RET
