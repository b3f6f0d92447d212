//go:build !purego

// The Walsh–Hadamard kernels in float64 for RVV.

#include "textflag.h"

#define SIZE E64
#define LOGSIZE 3
#define LE VLE64V
#define SE VSE64V
#define LE8 VLSEG8E64V
#define SE8 VSSEG8E64V
#include "fwht_riscv64.h"

// func fwhtBase64RVV(dst, x *float64, n int)
//
// The first 3 stages of fwhtGeneric, of x to dst, which may be x. n is a multiple of 8,
// > 0. Registers at BASE. Requires RVV.
TEXT ·fwhtBase64RVV(SB), NOSPLIT, $0-24
	MOV dst+0(FP), X12
	MOV x+8(FP), X10
	MOV n+16(FP), X13
	BASE(PLAIN)
	RET

// func fwhtScaled64RVV(dst, x, f *float64, n int)
//
// The same of x[i]*f[i]. Requires RVV.
TEXT ·fwhtScaled64RVV(SB), NOSPLIT, $0-32
	MOV dst+0(FP), X12
	MOV x+8(FP), X10
	MOV f+16(FP), X11
	MOV n+24(FP), X13
	BASE(SCALED)
	RET

// func fwhtPass2x64RVV(x *float64, n, h int)
//
// Stage h of fwhtGeneric. n is a multiple of 2h. Registers at PASS. Requires RVV.
TEXT ·fwhtPass2x64RVV(SB), NOSPLIT, $0-24
	PASS(STEP2, 2, block, column)
	RET

// func fwhtPass4x64RVV(x *float64, n, h int)
//
// Stages h and 2h of fwhtGeneric. n is a multiple of 4h. Registers at PASS. Requires RVV.
TEXT ·fwhtPass4x64RVV(SB), NOSPLIT, $0-24
	PASS(STEP4(KEEP), 4, block, column)
	RET

// func fwhtPass8x64RVV(x *float64, n, h int)
//
// Stages h, 2h and 4h of fwhtGeneric. n is a multiple of 8h. Registers at PASS. Requires
// RVV.
TEXT ·fwhtPass8x64RVV(SB), NOSPLIT, $0-24
	PASS(STEP8(KEEP), 8, block, column)
	RET

// func fwhtLast4x64RVV(x *float64, n, h int, last *float64)
//
// Stages h and 2h, the last ones, and the products with last[i]. n is 4h. Registers at PASS.
// Requires RVV.
TEXT ·fwhtLast4x64RVV(SB), NOSPLIT, $0-32
	MOV last+24(FP), X17
	PASS(STEP4(TIMES), 4, block, column)
	RET

// func fwhtLast8x64RVV(x *float64, n, h int, last *float64)
//
// Stages h, 2h and 4h, the last ones, and the products with last[i]. n is 8h. Registers at
// PASS. Requires RVV.
TEXT ·fwhtLast8x64RVV(SB), NOSPLIT, $0-32
	MOV last+24(FP), X17
	PASS(STEP8(TIMES), 8, block, column)
	RET
