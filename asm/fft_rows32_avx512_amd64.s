//go:build !purego

// The second pass of most Fourier transforms in float32, radix 4 with four columns, on
// 512-bit vectors of four rows: 77 instructions where four rows on 128-bit vectors
// take 200, and no later load spans several stores. 16 shuffles, each 1 a cycle on most cores, bound it
// (BenchmarkFFT of package fft).

#include "textflag.h"

// Where the twiddles of four rows stand among 24 numbers: row j has element 6p + j
// four times for each p.
#define ROW4(j) \
	DATA fftRows<>+(64*j+0)(SB)/4, $(j+0)   \
	DATA fftRows<>+(64*j+4)(SB)/4, $(j+0)   \
	DATA fftRows<>+(64*j+8)(SB)/4, $(j+0)   \
	DATA fftRows<>+(64*j+12)(SB)/4, $(j+0)  \
	DATA fftRows<>+(64*j+16)(SB)/4, $(j+6)  \
	DATA fftRows<>+(64*j+20)(SB)/4, $(j+6)  \
	DATA fftRows<>+(64*j+24)(SB)/4, $(j+6)  \
	DATA fftRows<>+(64*j+28)(SB)/4, $(j+6)  \
	DATA fftRows<>+(64*j+32)(SB)/4, $(j+12) \
	DATA fftRows<>+(64*j+36)(SB)/4, $(j+12) \
	DATA fftRows<>+(64*j+40)(SB)/4, $(j+12) \
	DATA fftRows<>+(64*j+44)(SB)/4, $(j+12) \
	DATA fftRows<>+(64*j+48)(SB)/4, $(j+18) \
	DATA fftRows<>+(64*j+52)(SB)/4, $(j+18) \
	DATA fftRows<>+(64*j+56)(SB)/4, $(j+18) \
	DATA fftRows<>+(64*j+60)(SB)/4, $(j+18)

ROW4(0)
ROW4(1)
ROW4(2)
ROW4(3)
ROW4(4)
ROW4(5)
GLOBL fftRows<>(SB), RODATA|NOPTR, $384

// TWIDDLE multiplies (re, im) by the twiddles whose places are in at0 and at1; the
// products are in re and im.
#define TWIDDLE(at0, at1, re, im) \
	VMOVAPS at0, Z22 \
	VMOVAPS at1, Z23 \
	VPERMI2PS Z15, Z14, Z22 \
	VPERMI2PS Z15, Z14, Z23 \
	VMULPS Z23, im, Z24 \
	VMULPS Z22, im, im \
	VFMSUB231PS re, Z22, Z24 \
	VFMADD231PS re, Z23, im \
	VMOVAPS Z24, re

// STORE4 stores a, b, c, d, whose quarters belong to four rows, row after row.
#define STORE4(a, b, c, d, to) \
	VSHUFF32X4 $0x44, b, a, Z22 \
	VSHUFF32X4 $0xEE, b, a, Z23 \
	VSHUFF32X4 $0x44, d, c, Z24 \
	VSHUFF32X4 $0xEE, d, c, Z25 \
	VSHUFF32X4 $0x88, Z24, Z22, Z26 \
	VSHUFF32X4 $0xDD, Z24, Z22, Z27 \
	VSHUFF32X4 $0x88, Z25, Z23, Z28 \
	VSHUFF32X4 $0xDD, Z25, Z23, Z29 \
	VMOVUPS Z26, (to) \
	VMOVUPS Z27, 64(to) \
	VMOVUPS Z28, 128(to) \
	VMOVUPS Z29, 192(to)

// func fftPass4x32RowsAVX512(yr, yi, xr, xi, tw *float32, groups int)
//
// See fftPassGeneric, radix 4, s = 4, m = 4·groups rows. groups > 0. Requires AVX-512F.
//
//	SI, DI  x, parts      R8, R9  y, parts      DX  twiddles
//	R10     bytes between x's elements          R11  3·R10
//	CX      groups left   Z16–Z21  places of the twiddles
//	Z0–Z13  elements      Z14, Z15  twiddles    Z22–Z29  temporaries
TEXT ·fftPass4x32RowsAVX512(SB), NOSPLIT, $0-48
	MOVQ yr+0(FP), R8
	MOVQ yi+8(FP), R9
	MOVQ xr+16(FP), SI
	MOVQ xi+24(FP), DI
	MOVQ tw+32(FP), DX
	MOVQ groups+40(FP), CX
	MOVQ CX, R10
	SHLQ $6, R10
	LEAQ (R10)(R10*2), R11
	VMOVUPS fftRows<>+0(SB), Z16
	VMOVUPS fftRows<>+64(SB), Z17
	VMOVUPS fftRows<>+128(SB), Z18
	VMOVUPS fftRows<>+192(SB), Z19
	VMOVUPS fftRows<>+256(SB), Z20
	VMOVUPS fftRows<>+320(SB), Z21

loop:
	VMOVUPS (SI), Z0
	VMOVUPS (DI), Z1
	VMOVUPS (SI)(R10*2), Z2
	VMOVUPS (DI)(R10*2), Z3
	VMOVUPS (SI)(R10*1), Z4
	VMOVUPS (DI)(R10*1), Z5
	VMOVUPS (SI)(R11*1), Z6
	VMOVUPS (DI)(R11*1), Z7
	VADDPS Z2, Z0, Z8
	VSUBPS Z2, Z0, Z2
	VADDPS Z6, Z4, Z0
	VSUBPS Z6, Z4, Z6
	VADDPS Z3, Z1, Z4
	VSUBPS Z3, Z1, Z3
	VADDPS Z7, Z5, Z1
	VSUBPS Z7, Z5, Z7
	VADDPS Z0, Z8, Z5
	VADDPS Z1, Z4, Z9
	VSUBPS Z0, Z8, Z0 // element 2
	VSUBPS Z1, Z4, Z1
	VADDPS Z7, Z2, Z10 // 1
	VSUBPS Z6, Z3, Z11
	VSUBPS Z7, Z2, Z12 // 3
	VADDPS Z6, Z3, Z13
	VMOVUPS (DX), Z14
	VMOVUPS 64(DX), Y15
	TWIDDLE(Z16, Z17, Z10, Z11)
	TWIDDLE(Z18, Z19, Z0, Z1)
	TWIDDLE(Z20, Z21, Z12, Z13)
	STORE4(Z5, Z10, Z0, Z12, R8)
	STORE4(Z9, Z11, Z1, Z13, R9)
	ADDQ $64, SI
	ADDQ $64, DI
	ADDQ $256, R8
	ADDQ $256, R9
	ADDQ $96, DX
	DECQ CX
	JNZ  loop
	VZEROUPPER
	RET
