//go:build !purego

// Inner products of bytes: the loads of x and y bound them in the L1 cache. AVX2 widens both
// to 16 bits, 8 instructions for 32 elements; VNNI takes four products of bytes a lane, 4 for 64.

#include "textflag.h"

// FOLD adds up the eight sums of Y0 in X0. X1 scratch.
#define FOLD \
	VEXTRACTI128 $1, Y0, X1  \
	VPADDD X1, X0, X0        \
	VPSHUFD $0xEE, X0, X1    \
	VPADDD X1, X0, X0        \
	VPSHUFD $0x55, X0, X1    \
	VPADDD X1, X0, X0

// func dotInt8AVX2(x, y []int8) int32
//
// len(x) is a multiple of 32. VPMADDWD is exact: two products of bytes are below 2¹⁶.
// SI x, DI y, CX steps left; Y0, Y1 sums; Y2, Y3 x; Y4, Y5 y.
// Requires AVX2.
TEXT ·dotInt8AVX2(SB), NOSPLIT, $0-52
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), DI
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	SHRQ $5, CX
	JEQ  fold
loop:
	VPMOVSXBW (SI), Y2
	VPMOVSXBW 16(SI), Y3
	VPMOVSXBW (DI), Y4
	VPMOVSXBW 16(DI), Y5
	VPMADDWD Y4, Y2, Y2
	VPMADDWD Y5, Y3, Y3
	VPADDD Y2, Y0, Y0
	VPADDD Y3, Y1, Y1
	ADDQ $32, SI
	ADDQ $32, DI
	DECQ CX
	JNE  loop
fold:
	VPADDD Y1, Y0, Y0
	FOLD
	VMOVD X0, AX
	MOVL AX, ret+48(FP)
	VZEROUPPER
	RET

// func dotInt8VNNI(x, y []int8) int32
//
// VPDPBUSD multiplies unsigned bytes by signed ones, exactly and without saturation: x + 128 is taken by y, and 128 times
// the sum of y, which it gives too, is taken away.
// SI x, DI y, CX steps left, DX rest; Z0 sums, Z1 sums of y; Z2 x + 128, Z3 y; Z6 128s, Z7 ones; K1 the rest.
// Requires AVX-512 F, BW and VNNI.
TEXT ·dotInt8VNNI(SB), NOSPLIT, $0-52
	MOVQ x_base+0(FP), SI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), DI
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z6
	MOVL $0x01010101, AX
	VPBROADCASTD AX, Z7
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	MOVQ CX, DX
	ANDQ $63, DX
	SHRQ $6, CX
	JEQ  rest
loop:
	VMOVDQU64 (DI), Z3
	VPXORQ (SI), Z6, Z2
	VPDPBUSD Z3, Z2, Z0
	VPDPBUSD Z3, Z7, Z1
	ADDQ $64, SI
	ADDQ $64, DI
	DECQ CX
	JNE  loop
rest:
	TESTQ DX, DX
	JEQ  fold
	MOVQ DX, CX
	MOVQ $1, AX
	SHLQ CX, AX
	DECQ AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z2
	VMOVDQU8.Z (DI), K1, Z3
	VPXORQ Z2, Z6, Z2
	VPDPBUSD Z3, Z2, Z0
	VPDPBUSD Z3, Z7, Z1
fold:
	VPSLLD $7, Z1, Z1
	VPSUBD Z1, Z0, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPADDD Y1, Y0, Y0
	FOLD
	VMOVD X0, AX
	MOVL AX, ret+48(FP)
	VZEROUPPER
	RET
