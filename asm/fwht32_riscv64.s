//go:build !purego

// The Walsh–Hadamard kernels in float32 for RVV.

#include "textflag.h"

#define SIZE E32
#define LOGSIZE 2
#define LE VLE32V
#define SE VSE32V
#define LE8 VLSEG8E32V
#define SE8 VSSEG8E32V
#include "fwht_riscv64.h"

// func fwhtBase32RVV(dst, x *float32, n int)
//
// The first 3 stages of fwhtGeneric, of x to dst, which may be x. n is a multiple of 8,
// > 0. Registers at BASE. Requires RVV.
TEXT ·fwhtBase32RVV(SB), NOSPLIT, $0-24
	MOV dst+0(FP), X12
	MOV x+8(FP), X10
	MOV n+16(FP), X13
	BASE(PLAIN)
	RET

// func fwhtScaled32RVV(dst, x, f *float32, n int)
//
// The same of x[i]*f[i]. Requires RVV.
TEXT ·fwhtScaled32RVV(SB), NOSPLIT, $0-32
	MOV dst+0(FP), X12
	MOV x+8(FP), X10
	MOV f+16(FP), X11
	MOV n+24(FP), X13
	BASE(SCALED)
	RET

// func fwhtPass2x32RVV(x *float32, n, h int)
//
// Stage h of fwhtGeneric. n is a multiple of 2h. Registers at PASS. Requires RVV.
TEXT ·fwhtPass2x32RVV(SB), NOSPLIT, $0-24
	PASS(STEP2, 2, block, column)
	RET

// func fwhtPass4x32RVV(x *float32, n, h int)
//
// Stages h and 2h of fwhtGeneric. n is a multiple of 4h. Registers at PASS. Requires RVV.
TEXT ·fwhtPass4x32RVV(SB), NOSPLIT, $0-24
	PASS(STEP4(KEEP), 4, block, column)
	RET

// func fwhtPass8x32RVV(x *float32, n, h int)
//
// Stages h, 2h and 4h of fwhtGeneric. n is a multiple of 8h. Registers at PASS. Requires
// RVV.
TEXT ·fwhtPass8x32RVV(SB), NOSPLIT, $0-24
	PASS(STEP8(KEEP), 8, block, column)
	RET

// func fwhtLast4x32RVV(x *float32, n, h int, last *float32)
//
// Stages h and 2h, the last ones, and the products with last[i]. n is 4h. Registers at PASS.
// Requires RVV.
TEXT ·fwhtLast4x32RVV(SB), NOSPLIT, $0-32
	MOV last+24(FP), X17
	PASS(STEP4(TIMES), 4, block, column)
	RET

// func fwhtLast8x32RVV(x *float32, n, h int, last *float32)
//
// Stages h, 2h and 4h, the last ones, and the products with last[i]. n is 8h. Registers at
// PASS. Requires RVV.
TEXT ·fwhtLast8x32RVV(SB), NOSPLIT, $0-32
	MOV last+24(FP), X17
	PASS(STEP8(TIMES), 8, block, column)
	RET
