//go:build !purego

// The first and last passes of the Fourier transform in float64, and products of
// complex numbers, for AVX2: the passes around
// them make a transform of 1024 elements about 30 times as fast (BenchmarkFFT).

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
#define LOGSIZE 3
#define VADD VADDPD
#define VSUB VSUBPD
#define VMUL VMULPD
#define VFMADD231 VFMADD231PD
#define VFMSUB231 VFMSUB231PD
#define VBCAST VBROADCASTSD
#define EVEN(a, b, to) VUNPCKLPD b, a, to
#define ODD(a, b, to) VUNPCKHPD b, a, to
#define LO(a, b, to) VUNPCKLPD b, a, to
#define HI(a, b, to) VUNPCKHPD b, a, to
#define LOSWAPPED(a, b, to) LO(b, a, to)
#define HISWAPPED(a, b, to) HI(b, a, to)
#include "fft_ends_amd64.h"

// FIRST4 transforms one vector of p and transposes it, so that the 4 results of each p
// follow each other. PART1 and PART2 are EVEN and ODD, exchanged for the inverse.
#define FIRST4(PART1, PART2) \
	VMOVUPS (SI), V0 \
	VMOVUPS 32(SI), V1 \
	PART1(V0, V1, V2) \
	PART2(V0, V1, V1) \
	VMOVUPS (SI)(R10*2), V0 \
	VMOVUPS 32(SI)(R10*2), V3 \
	PART1(V0, V3, V4) \
	PART2(V0, V3, V3) \
	VMOVUPS (SI)(R10*1), V0 \
	VMOVUPS 32(SI)(R10*1), V5 \
	PART1(V0, V5, V6) \
	PART2(V0, V5, V5) \
	VMOVUPS (SI)(R11*1), V0 \
	VMOVUPS 32(SI)(R11*1), V7 \
	PART1(V0, V7, V8) \
	PART2(V0, V7, V7) \
	VADD V4, V2, V0 \
	VSUB V4, V2, V4 \
	VADD V3, V1, V2 \
	VSUB V3, V1, V3 \
	VADD V8, V6, V1 \
	VSUB V8, V6, V8 \
	VADD V7, V5, V6 \
	VSUB V7, V5, V7 \
	VADD V1, V0, V5 \
	VADD V6, V2, V9 \
	VSUB V1, V0, V1 \
	VSUB V6, V2, V6 \
	VADD V7, V4, V2 \
	VSUB V8, V3, V0 \
	VSUB V7, V4, V7 \
	VADD V8, V3, V8 \
	VMOVUPS (DX), V3 \
	VMOVUPS 32(DX), V4 \
	EVEN(V3, V4, V10) \
	ODD(V3, V4, V4) \
	VMUL V4, V0, V3 \
	VMUL V10, V0, V0 \
	VFMSUB231 V2, V10, V3 \
	VFMADD231 V2, V4, V0 \
	VMOVUPS (DX)(R10*1), V4 \
	VMOVUPS 32(DX)(R10*1), V2 \
	EVEN(V4, V2, V10) \
	ODD(V4, V2, V2) \
	VMUL V2, V6, V4 \
	VMUL V10, V6, V6 \
	VFMSUB231 V1, V10, V4 \
	VFMADD231 V1, V2, V6 \
	VMOVUPS (DX)(R10*2), V2 \
	VMOVUPS 32(DX)(R10*2), V1 \
	EVEN(V2, V1, V10) \
	ODD(V2, V1, V1) \
	VMUL V1, V8, V2 \
	VMUL V10, V8, V8 \
	VFMSUB231 V7, V10, V2 \
	VFMADD231 V7, V1, V8 \
	LO(V5, V3, V1) \
	HI(V5, V3, V3) \
	LO(V4, V2, V5) \
	HI(V4, V2, V2) \
	VPERM2F128 $0x20, V5, V1, V4 \
	VMOVUPS V4, (R8) \
	VPERM2F128 $0x31, V5, V1, V5 \
	VMOVUPS V5, 32(R8) \
	VPERM2F128 $0x20, V2, V3, V5 \
	VMOVUPS V5, 64(R8) \
	VPERM2F128 $0x31, V2, V3, V2 \
	VMOVUPS V2, 96(R8) \
	LO(V9, V0, V2) \
	HI(V9, V0, V0) \
	LO(V6, V8, V9) \
	HI(V6, V8, V8) \
	VPERM2F128 $0x20, V9, V2, V6 \
	VMOVUPS V6, (R9) \
	VPERM2F128 $0x31, V9, V2, V9 \
	VMOVUPS V9, 32(R9) \
	VPERM2F128 $0x20, V8, V0, V9 \
	VMOVUPS V9, 64(R9) \
	VPERM2F128 $0x31, V8, V0, V8 \
	VMOVUPS V8, 96(R9)

// func fftFirst64AVX2(yr, yi *float64, x *complex128, tw *float64, m, v int)
//
// See fftFirstGeneric, forward, for the first 4·v of m. Registers in
// fft_ends_amd64.h. v > 0. Requires AVX2, FMA.
TEXT ·fftFirst64AVX2(SB), NOSPLIT, $0-48
	FIRST(FIRST4(EVEN, ODD), column)
	VZEROUPPER
	RET

// func fftFirstInverse64AVX2(yr, yi *float64, x *complex128, tw *float64, m, v int)
//
// See fftFirstGeneric, inverse, for the first 4·v of m. Registers in
// fft_ends_amd64.h. v > 0. Requires AVX2, FMA.
TEXT ·fftFirstInverse64AVX2(SB), NOSPLIT, $0-48
	FIRST(FIRST4(ODD, EVEN), column)
	VZEROUPPER
	RET

// func fftLast2x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 2, forward, for the first 4·v of s columns.
// Registers in fft_ends_amd64.h. v > 0. Requires AVX2.
TEXT ·fftLast2x64AVX2(SB), NOSPLIT, $0-48
	LAST(LAST2(LO, HI), column)
	VZEROUPPER
	RET

// func fftLastInverse2x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 2, inverse, for the first 4·v of s columns.
// Registers in fft_ends_amd64.h. v > 0. Requires AVX2.
TEXT ·fftLastInverse2x64AVX2(SB), NOSPLIT, $0-48
	LAST(LAST2(LOSWAPPED, HISWAPPED), column)
	VZEROUPPER
	RET

// func fftLast4x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 4, forward, for the first 4·v of s columns.
// Registers in fft_ends_amd64.h. v > 0. Requires AVX2.
TEXT ·fftLast4x64AVX2(SB), NOSPLIT, $0-48
	LAST(LAST4(LO, HI), column)
	VZEROUPPER
	RET

// func fftLastInverse4x64AVX2(y *complex128, xr, xi *float64, scale float64, s, v int)
//
// See fftLastGeneric, radix 4, inverse, for the first 4·v of s columns.
// Registers in fft_ends_amd64.h. v > 0. Requires AVX2.
TEXT ·fftLastInverse4x64AVX2(SB), NOSPLIT, $0-48
	LAST(LAST4(LOSWAPPED, HISWAPPED), column)
	VZEROUPPER
	RET

// func complexMul64AVX2(dst, x, w *complex128, v int)
//
// See complexMulGeneric64, for 2·v elements, v > 0. Each vector alternates real and
// imaginary parts; the last instruction subtracts in the even and adds in the odd lanes.
// SI x, DX w, DI dst, CX vectors left; Y0, Y1 parts of x, Y2, Y3 w. Requires AVX2, FMA.
TEXT ·complexMul64AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ w+16(FP), DX
	MOVQ v+24(FP), CX

loop:
	VMOVUPS (SI), Y1
	VMOVUPS (DX), Y2
	VMOVDDUP Y1, Y0 // xr, xr
	VPERMILPD $15, Y1, Y1 // xi, xi
	VPERMILPD $5, Y2, Y3 // wi, wr
	VMUL Y3, Y1, Y1 // xi·wi, xi·wr
	VFMADDSUB213PD Y1, Y2, Y0
	VMOVUPS Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, DX
	ADDQ $32, DI
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
