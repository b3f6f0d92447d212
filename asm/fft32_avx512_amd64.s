//go:build !purego

// The middle passes of the Fourier transform in float32 on 512-bit vectors: about
// 30 times the generic form for 1024 elements on Zen 4 (BenchmarkFFT of package fft).

#include "textflag.h"

#define V0 Z0
#define V1 Z1
#define V2 Z2
#define V3 Z3
#define V4 Z4
#define V5 Z5
#define V6 Z6
#define V7 Z7
#define V8 Z8
#define V9 Z9
#define V10 Z10
#define V11 Z11
#define V12 Z12
#define V13 Z13
#define V14 Z14
#define V15 Z15
#define LOGV 6
#define LOGSIZE 2
#define VADD VADDPS
#define VSUB VSUBPS
#define VMUL VMULPS
#define VFMADD231 VFMADD231PS
#define VFMSUB231 VFMSUB231PS
#define VBCAST VBROADCASTSS
#define CONST(i) ·fftTable32+(64*i)(SB)
#include "fft_amd64.h"

// func fftPass2x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 2, for the first 16·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX-512F.
TEXT ·fftPass2x32AVX512(SB), NOSPLIT, $0-72
	PASS(STEP2, NEXT2, 2, row, column)
	VZEROUPPER
	RET

// func fftPass3x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 3, for the first 16·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX-512F.
TEXT ·fftPass3x32AVX512(SB), NOSPLIT, $0-72
	PASS(STEP3, NEXT3, 3, row, column)
	VZEROUPPER
	RET

// func fftPass4x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 4, for the first 16·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX-512F.
TEXT ·fftPass4x32AVX512(SB), NOSPLIT, $0-72
	PASS(STEP4, NEXT4, 4, row, column)
	VZEROUPPER
	RET

// func fftPass5x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 5, for the first 16·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX-512F.
TEXT ·fftPass5x32AVX512(SB), NOSPLIT, $0-72
	PASS(STEP5, NEXT5, 5, row, column)
	VZEROUPPER
	RET

// func fftPass8x32AVX512(yr, yi, xr, xi, tw *float32, s, m, v, gap int)
//
// See fftPassGeneric, radix 8, for the first 16·v of s columns; gap is the bytes of
// the others. Registers in fft_amd64.h. m, v > 0. Requires AVX-512F.
TEXT ·fftPass8x32AVX512(SB), NOSPLIT, $0-72
	PASS(STEP8, NEXT8, 8, row, column)
	VZEROUPPER
	RET
