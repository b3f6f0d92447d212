//go:build !purego

// Philox: about 40 times philoxGeneric with AVX-512, 20 times with AVX2. With four
// 256-bit integer units, two of which multiply, a round's 12 operations of 512 bits
// take 6 cycles and its 18 of 256 bits 4.5: 0.94 and 1.4 cycles a word.

#include "textflag.h"

DATA philoxLanes<>+0(SB)/8, $0x0000000100000000
DATA philoxLanes<>+8(SB)/8, $0x0000000300000002
DATA philoxLanes<>+16(SB)/8, $0x0000000500000004
DATA philoxLanes<>+24(SB)/8, $0x0000000700000006
DATA philoxLanes<>+32(SB)/8, $0x0000000900000008
DATA philoxLanes<>+40(SB)/8, $0x0000000b0000000a
DATA philoxLanes<>+48(SB)/8, $0x0000000d0000000c
DATA philoxLanes<>+56(SB)/8, $0x0000000f0000000e
GLOBL philoxLanes<>(SB), RODATA|NOPTR, $64

// The multipliers and the key's steps of Philox4x32.
DATA philoxWords<>+0(SB)/4, $0xd2511f53
DATA philoxWords<>+4(SB)/4, $0xcd9e8d57
DATA philoxWords<>+8(SB)/4, $0x9e3779b9
DATA philoxWords<>+12(SB)/4, $0xbb67ae85
GLOBL philoxWords<>(SB), RODATA|NOPTR, $16

// KEYS512(K0, K1) keeps a round's keys and goes on to the next.
#define KEYS512(K0, K1) \
	VPBROADCASTD R8, K0  \
	VPBROADCASTD R9, K1  \
	ADDL R10, R8         \
	ADDL R11, R9

// ALLKEYS512 makes the keys of the ten rounds.
#define ALLKEYS512 \
	KEYS512(Z12, Z13) \
	KEYS512(Z14, Z15) \
	KEYS512(Z16, Z17) \
	KEYS512(Z18, Z19) \
	KEYS512(Z20, Z21) \
	KEYS512(Z22, Z23) \
	KEYS512(Z24, Z25) \
	KEYS512(Z26, Z27) \
	KEYS512(Z28, Z29) \
	KEYS512(Z30, Z31)

// ROUND512 sets D0–D3 from C0–C3 with the keys K0, K1.
// Z10, Z11 multipliers; K1 the even lanes; Z5, Z7 products of even lanes, whose
// high words move to the even lanes of the odd lanes' products in D2, D0.
#define ROUND512(C0, C1, C2, C3, D0, D1, D2, D3, KEY0, KEY1) \
	VPSRLQ $32, C0, D2             \
	VPSRLQ $32, C2, D0             \
	VPMULUDQ Z10, C0, Z5           \
	VPMULUDQ Z11, C2, Z7           \
	VPMULUDQ Z10, D2, D2           \
	VPMULUDQ Z11, D0, D0           \
	VPMULLD Z10, C0, D3            \
	VPMULLD Z11, C2, D1            \
	VPSHUFD $0xf5, Z5, K1, D2      \
	VPSHUFD $0xf5, Z7, K1, D0      \
	VPTERNLOGD $0x96, C1, KEY0, D0 \
	VPTERNLOGD $0x96, C3, KEY1, D2

// ROUNDS512 does two rounds.
#define ROUNDS512(KEY0, KEY1, KEY2, KEY3) \
	ROUND512(Z0, Z1, Z2, Z3, Z6, Z9, Z4, Z8, KEY0, KEY1) \
	ROUND512(Z6, Z9, Z4, Z8, Z0, Z1, Z2, Z3, KEY2, KEY3)

// func philoxAVX512(dst []uint32, seed, stream, group uint64)
//
// See philoxGeneric; a group at a time, its blocks in 16 lanes.
// DI dst, CX groups left, AX counter, SI:BX stream, R9:R8 key; Z0–Z3 and Z6, Z9, Z4, Z8 the four words in
// turn, Z12–Z31 the keys of the rounds.
// Requires AVX512F, len(dst) a multiple of 64.
TEXT ·philoxAVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	SHRQ $6, CX
	JEQ  done
	MOVQ seed+24(FP), R8
	MOVQ R8, R9
	SHRQ $32, R9
	MOVL philoxWords<>+8(SB), R10
	MOVL philoxWords<>+12(SB), R11
	ALLKEYS512
	VPBROADCASTD philoxWords<>+0(SB), Z10
	VPBROADCASTD philoxWords<>+4(SB), Z11
	MOVL $0x5555, AX
	KMOVW AX, K1
	MOVQ stream+32(FP), BX
	MOVQ BX, SI
	SHRQ $32, SI
	MOVQ group+40(FP), AX
	SHLQ $4, AX
loop:
	MOVQ AX, DX
	SHRQ $32, DX
	VPBROADCASTD AX, Z0
	VPADDD philoxLanes<>(SB), Z0, Z0
	VPBROADCASTD DX, Z1
	VPBROADCASTD BX, Z2
	VPBROADCASTD SI, Z3
	ROUNDS512(Z12, Z13, Z14, Z15)
	ROUNDS512(Z16, Z17, Z18, Z19)
	ROUNDS512(Z20, Z21, Z22, Z23)
	ROUNDS512(Z24, Z25, Z26, Z27)
	ROUNDS512(Z28, Z29, Z30, Z31)
	VMOVDQU32 Z0, (DI)
	VMOVDQU32 Z1, 64(DI)
	VMOVDQU32 Z2, 128(DI)
	VMOVDQU32 Z3, 192(DI)
	ADDQ $256, DI
	ADDQ $16, AX
	DECQ CX
	JNE  loop
done:
	VZEROUPPER
	RET

// ROUND256 sets D0–D3 from C0–C3 with the keys in Y12, Y13, and steps the keys.
// Y10, Y11 multipliers; Y14, Y15 steps; Y8, Y9 products of even lanes.
#define ROUND256(C0, C1, C2, C3, D0, D1, D2, D3) \
	VPSRLQ $32, C0, D2         \
	VPSRLQ $32, C2, D0         \
	VPMULUDQ Y10, C0, Y8       \
	VPMULUDQ Y11, C2, Y9       \
	VPMULUDQ Y10, D2, D2       \
	VPMULUDQ Y11, D0, D0       \
	VPMULLD Y10, C0, D3        \
	VPMULLD Y11, C2, D1        \
	VPSRLQ $32, Y8, Y8         \
	VPSRLQ $32, Y9, Y9         \
	VPBLENDD $0x55, Y8, D2, D2 \
	VPBLENDD $0x55, Y9, D0, D0 \
	VPXOR C1, D0, D0           \
	VPXOR C3, D2, D2           \
	VPXOR Y12, D0, D0          \
	VPXOR Y13, D2, D2          \
	VPADDD Y14, Y12, Y12       \
	VPADDD Y15, Y13, Y13

// func philoxAVX2(dst []uint32, seed, stream, group uint64)
//
// See philoxGeneric; half a group at a time, its blocks in 8 lanes.
// DI dst, CX halves left, AX counter, SI:BX stream, R9:R8 key; Y0–Y3 and Y4–Y7 the four words in turn.
// Requires AVX2, len(dst) a multiple of 64.
TEXT ·philoxAVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	SHRQ $5, CX
	JEQ  done
	VPBROADCASTD philoxWords<>+0(SB), Y10
	VPBROADCASTD philoxWords<>+4(SB), Y11
	VPBROADCASTD philoxWords<>+8(SB), Y14
	VPBROADCASTD philoxWords<>+12(SB), Y15
	MOVQ seed+24(FP), R8
	MOVQ R8, R9
	SHRQ $32, R9
	MOVQ stream+32(FP), BX
	MOVQ BX, SI
	SHRQ $32, SI
	MOVQ group+40(FP), AX
	SHLQ $4, AX
loop:
	MOVQ AX, DX
	SHRQ $32, DX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	VPADDD philoxLanes<>(SB), Y0, Y0
	VMOVD DX, X1
	VPBROADCASTD X1, Y1
	VMOVD BX, X2
	VPBROADCASTD X2, Y2
	VMOVD SI, X3
	VPBROADCASTD X3, Y3
	VMOVD R8, X12
	VPBROADCASTD X12, Y12
	VMOVD R9, X13
	VPBROADCASTD X13, Y13
	ROUND256(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ROUND256(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3)
	ROUND256(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ROUND256(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3)
	ROUND256(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ROUND256(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3)
	ROUND256(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ROUND256(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3)
	ROUND256(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	ROUND256(Y4, Y5, Y6, Y7, Y0, Y1, Y2, Y3)
	VMOVDQU Y0, (DI)
	VMOVDQU Y1, 64(DI)
	VMOVDQU Y2, 128(DI)
	VMOVDQU Y3, 192(DI)
	ADDQ $32, DI
	ADDQ $8, AX
	TESTQ $8, AX     // the second half of a group is next?
	JNE  next
	ADDQ $192, DI
next:
	DECQ CX
	JNE  loop
done:
	VZEROUPPER
	RET
