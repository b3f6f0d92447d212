//go:build !purego

// The Walsh–Hadamard kernels in float64 for AVX2: about 18 times the generic form
// at n = 1024 on Zen 4 (BenchmarkFWHT).

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
#define T0 Y9
#define T1 Y10
#define T2 Y11
#define T3 Y12
#define LOGV 5
#define LOGSIZE 3
#define VADD VADDPD
#define VMUL VMULPD
#define SUBTO(a, b) VSUBPD b, a, b
#define SIGN1 Y13
#define SIGN2 Y14

// Stage h inside a vector is x·s + swap(x), where swap exchanges elements h apart
// and s is +1 at the first, −1 at the second of a pair: one fused operation, whose
// product is exact.
#define INSIDE(v, w, t, u) \
	VPERMILPD $5, v, t \
	VPERMILPD $5, w, u \
	VFMADD213PD t, SIGN1, v \
	VFMADD213PD u, SIGN1, w \
	VPERM2F128 $1, v, v, t \
	VPERM2F128 $1, w, w, u \
	VFMADD213PD t, SIGN2, v \
	VFMADD213PD u, SIGN2, w
#include "fwht_amd64.h"

// The signs of the stages inside a vector.
DATA fwht64AVX2Sign<>+0(SB)/8, $0x3ff0000000000000
DATA fwht64AVX2Sign<>+8(SB)/8, $0xbff0000000000000
DATA fwht64AVX2Sign<>+16(SB)/8, $0x3ff0000000000000
DATA fwht64AVX2Sign<>+24(SB)/8, $0xbff0000000000000
DATA fwht64AVX2Sign<>+32(SB)/8, $0x3ff0000000000000
DATA fwht64AVX2Sign<>+40(SB)/8, $0x3ff0000000000000
DATA fwht64AVX2Sign<>+48(SB)/8, $0xbff0000000000000
DATA fwht64AVX2Sign<>+56(SB)/8, $0xbff0000000000000
GLOBL fwht64AVX2Sign<>(SB), RODATA|NOPTR, $64

#define SIGNS \
	VMOVUPS fwht64AVX2Sign<>+0(SB), SIGN1 \
	VMOVUPS fwht64AVX2Sign<>+32(SB), SIGN2

// func fwhtBase64AVX2(dst, x *float64, n int)
//
// The first 5 stages of fwhtGeneric from x to dst, which may be x. n is a multiple of 32, > 0.
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtBase64AVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DX
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), AX
	SHLQ $LOGSIZE, AX
	SIGNS
	BASE(PLAIN, block)
	VZEROUPPER
	RET

// func fwhtScaled64AVX2(dst, x, f *float64, n int)
//
// The same of x[i]*f[i].
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtScaled64AVX2(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DX
	MOVQ x+8(FP), SI
	MOVQ f+16(FP), DI
	MOVQ n+24(FP), AX
	SHLQ $LOGSIZE, AX
	SIGNS
	BASE(SCALED, block)
	VZEROUPPER
	RET

// func fwhtPass2x64AVX2(x *float64, n, h int)
//
// Stage h of fwhtGeneric. n is a multiple of 2h, h of 4.
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtPass2x64AVX2(SB), NOSPLIT, $0-24
	SETUP
	PASS2(column, block)
	VZEROUPPER
	RET

// func fwhtPass4x64AVX2(x *float64, n, h int)
//
// Stages h and 2h. n is a multiple of 4h, h of 4.
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtPass4x64AVX2(SB), NOSPLIT, $0-24
	SETUP
	PASS4(KEEP, column, block)
	VZEROUPPER
	RET

// func fwhtPass8x64AVX2(x *float64, n, h int)
//
// Stages h, 2h and 4h. n is a multiple of 8h, h of 4.
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtPass8x64AVX2(SB), NOSPLIT, $0-24
	SETUP
	PASS8(KEEP, column, block)
	VZEROUPPER
	RET

// func fwhtLast4x64AVX2(x *float64, n, h int, last *float64)
//
// Stages h and 2h, the last ones, and the products with last[i]. n is 4h, h a multiple of 4.
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtLast4x64AVX2(SB), NOSPLIT, $0-32
	SETUP
	FACTORS
	PASS4(TIMES, column, block)
	VZEROUPPER
	RET

// func fwhtLast8x64AVX2(x *float64, n, h int, last *float64)
//
// Stages h, 2h and 4h, the last ones, and the products with last[i]. n is 8h, h a multiple of 4.
// Registers in fwht_amd64.h. Requires AVX2, FMA.
TEXT ·fwhtLast8x64AVX2(SB), NOSPLIT, $0-32
	SETUP
	FACTORS
	PASS8(TIMES, column, block)
	VZEROUPPER
	RET
