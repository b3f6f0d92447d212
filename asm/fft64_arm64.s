//go:build !purego

// The Fourier transform's passes in float64 for NEON: 2 complex numbers a vector,
// with one operation where the generic form has one.

#include "textflag.h"

#define VEC D2
#define LOGSIZE 3
#define SET(bits, v) MOVD $bits, R10; VDUP R10, v.VEC
#define ONEBITS 0x3ff0000000000000
#define NEGZEROBITS 0x8000000000000000
#include "fft_arm64.h"

// func fftPass2x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)
//
// See fftPassGeneric, radix 2, for the first 2·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass2x64NEON(SB), NOSPLIT, $0-72
	PASS(STEP2, 2, row, column)
	RET

// func fftPass3x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)
//
// See fftPassGeneric, radix 3, for the first 2·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass3x64NEON(SB), NOSPLIT, $0-72
	SET(0xbfe0000000000000, C0)
	SET(0x3febb67ae8584caa, S0)
	PASS(STEP3, 3, row, column)
	RET

// func fftPass4x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)
//
// See fftPassGeneric, radix 4, for the first 2·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass4x64NEON(SB), NOSPLIT, $0-72
	PASS(STEP4, 4, row, column)
	RET

// func fftPass5x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)
//
// See fftPassGeneric, radix 5, for the first 2·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass5x64NEON(SB), NOSPLIT, $0-72
	SET(0x3fd3c6ef372fe950, C0)
	SET(0xbfe9e3779b97f4a8, C1)
	SET(0x3fee6f0e134454ff, S0)
	SET(0x3fe2cf2304755a5e, S1)
	PASS(STEP5, 5, row, column)
	RET

// func fftPass8x64NEON(yr, yi, xr, xi, tw *float64, s, m, v, gap int)
//
// See fftPassGeneric, radix 8, for the first 2·v of s columns; gap is the bytes of
// the others. Registers in fft_arm64.h. m, v > 0. Requires NEON.
TEXT ·fftPass8x64NEON(SB), NOSPLIT, $0-72
	SET(0x3fe6a09e667f3bcd, C0)
	PASS(STEP8, 8, row, column)
	RET

// func fftFirst64NEON(yr, yi *float64, x *complex128, tw *float64, m, v int)
//
// See fftFirstGeneric, forward, for the first 2·v of m. Registers in
// fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftFirst64NEON(SB), NOSPLIT, $0-48
	FIRST(FIRST4, column)
	RET

// func fftFirstInverse64NEON(yr, yi *float64, x *complex128, tw *float64, m, v int)
//
// See fftFirstGeneric, inverse, for the first 2·v of m. Registers in
// fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftFirstInverse64NEON(SB), NOSPLIT, $0-48
	FIRST(FIRST4INVERSE, column)
	RET

// func fftLast2x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 2, forward, for the first 2·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLast2x64NEON(SB), NOSPLIT, $0-48
	LAST(LAST2, column)
	RET

// func fftLastInverse2x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 2, inverse, for the first 2·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLastInverse2x64NEON(SB), NOSPLIT, $0-48
	LAST(LAST2INVERSE, column)
	RET

// func fftLast4x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 4, forward, for the first 2·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLast4x64NEON(SB), NOSPLIT, $0-48
	LAST(LAST4, column)
	RET

// func fftLastInverse4x64NEON(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 4, inverse, for the first 2·v of s columns.
// Registers in fft_arm64.h. v > 0. Requires NEON.
TEXT ·fftLastInverse4x64NEON(SB), NOSPLIT, $0-48
	LAST(LAST4INVERSE, column)
	RET

// func complexMul64NEON(dst, x, w *complex128, v int)
//
// See complexMulGeneric64, for 2·v elements, v > 0. R0 dst, R1 x, R2 w, R8 vectors left;
// V0, V1 parts of x, V2, V3 of w, V4, V5 of dst. Requires NEON.
TEXT ·complexMul64NEON(SB), NOSPLIT, $0-32
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
