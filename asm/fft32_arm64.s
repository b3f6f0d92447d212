//go:build !purego

// The Fourier transform's passes in float32 for NEON: 4 complex numbers a vector,
// with one operation where the generic form has one.

#include "textflag.h"

#define VEC S4
#define LOGSIZE 2
#define SET(bits, v) MOVW $bits, R10; VDUP R10, v.VEC
#define ONEBITS 0x3f800000
#define NEGZEROBITS 0x80000000
#include "fft_arm64.h"

// func fftPass2x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 2, for the first 4·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass2x32NEON(SB), NOSPLIT, $0-72
	PASS(STEP2, 2, row, column)
	RET

// func fftPass3x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 3, for the first 4·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass3x32NEON(SB), NOSPLIT, $0-72
	SET(0xbf000000, C0)
	SET(0x3f5db3d7, S0)
	PASS(STEP3, 3, row, column)
	RET

// func fftPass4x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 4, for the first 4·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass4x32NEON(SB), NOSPLIT, $0-72
	PASS(STEP4, 4, row, column)
	RET

// func fftPass5x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 5, for the first 4·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass5x32NEON(SB), NOSPLIT, $0-72
	SET(0x3e9e377a, C0)
	SET(0xbf4f1bbd, C1)
	SET(0x3f737871, S0)
	SET(0x3f167918, S1)
	PASS(STEP5, 5, row, column)
	RET

// func fftPass8x32NEON(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 8, for the first 4·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass8x32NEON(SB), NOSPLIT, $0-72
	SET(0x3f3504f3, C0)
	PASS(STEP8, 8, row, column)
	RET

// func fftFirst32NEON(yr, yi *float32, x *complex64, tw *float32, m, v int)
//
// See fftFirstGeneric, forward, for the first 4·v of m. Registers in
// fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftFirst32NEON(SB), NOSPLIT, $0-48
	FIRST(FIRST4, column)
	RET

// func fftFirstInverse32NEON(yr, yi *float32, x *complex64, tw *float32, m, v int)
//
// See fftFirstGeneric, inverse, for the first 4·v of m. Registers in
// fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftFirstInverse32NEON(SB), NOSPLIT, $0-48
	FIRST(FIRST4INVERSE, column)
	RET

// func fftLast2x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)
//
// See fftLastGeneric, radix 2, forward, for the first 4·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLast2x32NEON(SB), NOSPLIT, $0-48
	LAST(LAST2, column)
	RET

// func fftLastInverse2x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)
//
// See fftLastGeneric, radix 2, inverse, for the first 4·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLastInverse2x32NEON(SB), NOSPLIT, $0-48
	LAST(LAST2INVERSE, column)
	RET

// func fftLast4x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)
//
// See fftLastGeneric, radix 4, forward, for the first 4·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLast4x32NEON(SB), NOSPLIT, $0-48
	LAST(LAST4, column)
	RET

// func fftLastInverse4x32NEON(y *complex64, xr, xi *float32, scale float32, s, v int)
//
// See fftLastGeneric, radix 4, inverse, for the first 4·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLastInverse4x32NEON(SB), NOSPLIT, $0-48
	LAST(LAST4INVERSE, column)
	RET

// func complexMul32NEON(dst, x, w *complex64, v int)
//
// See complexMulGeneric32, for 4·v elements, v > 0. R0 dst, R1 x, R2 w, R8 vectors left;
// V0, V1 parts of x, V2, V3 of w, V4, V5 of dst. Requires NEON.
TEXT ·complexMul32NEON(SB), NOSPLIT, $0-32
	SET(NEGZEROBITS, NEGZERO)
	MOVD dst+0(FP), R0
	MOVD x+8(FP), R1
	MOVD w+16(FP), R2
	MOVD v+24(FP), R8

loop:
	VLD2.P 32(R1), [V0.VEC, V1.VEC]
	VLD2.P 32(R2), [V2.VEC, V3.VEC]
	VMOV NEGZERO.B16, V4.B16
	VMOV NEGZERO.B16, V5.B16
	VFMLS V3.VEC, V1.VEC, V4.VEC // −xi·wi
	VFMLA V2.VEC, V1.VEC, V5.VEC // xi·wr
	VFMLA V2.VEC, V0.VEC, V4.VEC
	VFMLA V3.VEC, V0.VEC, V5.VEC
	VST2.P [V4.VEC, V5.VEC], 32(R0)
	SUB  $1, R8
	CBNZ R8, loop
	RET
