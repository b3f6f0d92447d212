//go:build !purego

// The Walsh–Hadamard kernels in float64 for AVX-512: about 18 times the generic form
// at n = 1024 on Zen 4 (BenchmarkFWHT).

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
#define T0 Z9
#define T1 Z10
#define T2 Z11
#define T3 Z12
#define LOGV 6
#define LOGSIZE 3
#define VADD VADDPD
#define VMUL VMULPD
#define SUBTO(a, b) VSUBPD b, a, b
#define SIGN1 Z28
#define SIGN2 Z29
#define SIGN4 Z30

// Stage h inside a vector is x·s + swap(x), where swap exchanges elements h apart
// and s is +1 at the first, −1 at the second of a pair: one fused operation, whose
// product is exact.
#define INSIDE(v, w, t, u) \
	VPERMILPD $0x55, v, t \
	VPERMILPD $0x55, w, u \
	VFMADD213PD t, SIGN1, v \
	VFMADD213PD u, SIGN1, w \
	VSHUFF64X2 $0xB1, v, v, t \
	VSHUFF64X2 $0xB1, w, w, u \
	VFMADD213PD t, SIGN2, v \
	VFMADD213PD u, SIGN2, w \
	VSHUFF64X2 $0x4E, v, v, t \
	VSHUFF64X2 $0x4E, w, w, u \
	VFMADD213PD t, SIGN4, v \
	VFMADD213PD u, SIGN4, w
#include "fwht_amd64.h"

// The signs of the stages inside a vector.
DATA fwht64AVX512Sign<>+0(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+8(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+16(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+24(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+32(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+40(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+48(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+56(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+64(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+72(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+80(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+88(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+96(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+104(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+112(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+120(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+128(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+136(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+144(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+152(SB)/8, $0x3ff0000000000000
DATA fwht64AVX512Sign<>+160(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+168(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+176(SB)/8, $0xbff0000000000000
DATA fwht64AVX512Sign<>+184(SB)/8, $0xbff0000000000000
GLOBL fwht64AVX512Sign<>(SB), RODATA|NOPTR, $192

#define SIGNS \
	VMOVUPS fwht64AVX512Sign<>+0(SB), SIGN1 \
	VMOVUPS fwht64AVX512Sign<>+64(SB), SIGN2 \
	VMOVUPS fwht64AVX512Sign<>+128(SB), SIGN4

// func fwhtBase64AVX512(dst, x *float64, n int)
//
// The first 6 stages of fwhtGeneric from x to dst, which may be x. n is a multiple of 64, > 0.
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtBase64AVX512(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DX
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), AX
	SHLQ $LOGSIZE, AX
	SIGNS
	BASE(PLAIN, block)
	VZEROUPPER
	RET

// func fwhtScaled64AVX512(dst, x, f *float64, n int)
//
// The same of x[i]*f[i].
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtScaled64AVX512(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DX
	MOVQ x+8(FP), SI
	MOVQ f+16(FP), DI
	MOVQ n+24(FP), AX
	SHLQ $LOGSIZE, AX
	SIGNS
	BASE(SCALED, block)
	VZEROUPPER
	RET

// func fwhtPass2x64AVX512(x *float64, n, h int)
//
// Stage h of fwhtGeneric. n is a multiple of 2h, h of 8.
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtPass2x64AVX512(SB), NOSPLIT, $0-24
	SETUP
	PASS2(column, block)
	VZEROUPPER
	RET

// func fwhtPass4x64AVX512(x *float64, n, h int)
//
// Stages h and 2h. n is a multiple of 4h, h of 8.
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtPass4x64AVX512(SB), NOSPLIT, $0-24
	SETUP
	PASS4(KEEP, column, block)
	VZEROUPPER
	RET

// func fwhtPass8x64AVX512(x *float64, n, h int)
//
// Stages h, 2h and 4h. n is a multiple of 8h, h of 8.
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtPass8x64AVX512(SB), NOSPLIT, $0-24
	SETUP
	PASS8(KEEP, column, block)
	VZEROUPPER
	RET

// func fwhtLast4x64AVX512(x *float64, n, h int, last *float64)
//
// Stages h and 2h, the last ones, and the products with last[i]. n is 4h, h a multiple of 8.
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtLast4x64AVX512(SB), NOSPLIT, $0-32
	SETUP
	FACTORS
	PASS4(TIMES, column, block)
	VZEROUPPER
	RET

// func fwhtLast8x64AVX512(x *float64, n, h int, last *float64)
//
// Stages h, 2h and 4h, the last ones, and the products with last[i]. n is 8h, h a multiple of 8.
// Registers in fwht_amd64.h. Requires AVX-512F.
TEXT ·fwhtLast8x64AVX512(SB), NOSPLIT, $0-32
	SETUP
	FACTORS
	PASS8(TIMES, column, block)
	VZEROUPPER
	RET
