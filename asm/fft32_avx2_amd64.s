//go:build !purego

// The middle passes of the Fourier transform in float32 on 256-bit vectors: about
// 30 times the generic form for 1024 elements on Zen 4 (BenchmarkFFT of package fft).

#include "textflag.h"

#define V0 Y0
#define V1 Y1
#define V2 Y2
#define V3 Y3
#define V4 Y4
#define V5 Y5
#define V6 Y6
#define V7 Y7
#define V8 Y8
#define V9 Y9
#define V10 Y10
#define V11 Y11
#define V12 Y12
#define V13 Y13
#define V14 Y14
#define V15 Y15
#define LOGV 5
#define LOGSIZE 2
#define VADD VADDPS
#define VSUB VSUBPS
#define VMUL VMULPS
#define VFMADD231 VFMADD231PS
#define VFMSUB231 VFMSUB231PS
#define VBCAST VBROADCASTSS
#define CONST(i) ·fftTable32+(64*i)(SB)
#include "fft_amd64.h"

// func fftPass2x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 2, for the first 8·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX2, FMA.
TEXT ·fftPass2x32AVX2(SB), NOSPLIT, $0-72
	PASS(STEP2, NEXT2, 2, row, column)
	VZEROUPPER
	RET

// func fftPass3x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 3, for the first 8·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX2, FMA.
TEXT ·fftPass3x32AVX2(SB), NOSPLIT, $0-72
	PASS(STEP3, NEXT3, 3, row, column)
	VZEROUPPER
	RET

// func fftPass4x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 4, for the first 8·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX2, FMA.
TEXT ·fftPass4x32AVX2(SB), NOSPLIT, $0-72
	PASS(STEP4, NEXT4, 4, row, column)
	VZEROUPPER
	RET

// func fftPass5x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 5, for the first 8·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX2, FMA.
TEXT ·fftPass5x32AVX2(SB), NOSPLIT, $0-72
	PASS(STEP5, NEXT5, 5, row, column)
	VZEROUPPER
	RET

// func fftPass8x32AVX2(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 8, for the first 8·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX2, FMA.
TEXT ·fftPass8x32AVX2(SB), NOSPLIT, $0-72
	PASS(STEP8, NEXT8, 8, row, column)
	VZEROUPPER
	RET
