//go:build !purego

// Philox: a round of 4 blocks is 14 instructions, a word of output 10.

#include "textflag.h"
#include "neon_arm64.h"

DATA philoxLanes<>+0(SB)/8, $0x0000000100000000
DATA philoxLanes<>+8(SB)/8, $0x0000000300000002
GLOBL philoxLanes<>(SB), RODATA|NOPTR, $16

// ROUND goes from the four words in V0–V3 to the next with the keys in V4, V5, and
// steps the keys.
#define ROUND \
	UMULL2S(16, 0, 6)             \
	UMULL4S(16, 0, 7)             \
	UMULL2S(17, 2, 8)             \
	UMULL4S(17, 2, 9)             \
	VUZP2 V9.S4, V8.S4, V0.S4     \
	VEOR V1.B16, V0.B16, V0.B16   \
	VEOR V4.B16, V0.B16, V0.B16   \
	VUZP1 V9.S4, V8.S4, V1.S4     \
	VUZP2 V7.S4, V6.S4, V2.S4     \
	VEOR V3.B16, V2.B16, V2.B16   \
	VEOR V5.B16, V2.B16, V2.B16   \
	VUZP1 V7.S4, V6.S4, V3.S4     \
	VADD V18.S4, V4.S4, V4.S4     \
	VADD V19.S4, V5.S4, V5.S4

// func philoxNEON(dst []uint32, seed, stream, group uint64)
//
// See philoxGeneric; 4 blocks in lanes at a time, a quarter of a group.
// R0 dst, R1 words left, R2 block, R3 others; V0–V3 words, V4–V5 keys, V6–V9 products, V16–V17
// multipliers, V18–V19 steps of the keys, V20 lanes, V21–V22 stream, V23–V24 keys at first.
// Requires NEON, len(dst) a multiple of 64.
TEXT ·philoxNEON(SB), NOSPLIT, $0-48
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R1
	CBZ  R1, done
	MOVD $0xd2511f53, R3
	VDUP R3, V16.S4
	MOVD $0xcd9e8d57, R3
	VDUP R3, V17.S4
	MOVD $0x9e3779b9, R3
	VDUP R3, V18.S4
	MOVD $0xbb67ae85, R3
	VDUP R3, V19.S4
	MOVD $philoxLanes<>(SB), R3
	VLD1 (R3), [V20.S4]
	MOVD stream+32(FP), R3
	VDUP R3, V21.S4
	LSR  $32, R3, R3
	VDUP R3, V22.S4
	MOVD seed+24(FP), R3
	VDUP R3, V23.S4
	LSR  $32, R3, R3
	VDUP R3, V24.S4
	MOVD group+40(FP), R2
	LSL  $4, R2, R2
loop:
	VDUP R2, V0.S4
	VADD V20.S4, V0.S4, V0.S4
	LSR  $32, R2, R3
	VDUP R3, V1.S4
	VMOV V21.B16, V2.B16
	VMOV V22.B16, V3.B16
	VMOV V23.B16, V4.B16
	VMOV V24.B16, V5.B16
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	ROUND
	FMOVQ F0, (R0)
	FMOVQ F1, 64(R0)
	FMOVQ F2, 128(R0)
	FMOVQ F3, 192(R0)
	ADD  $16, R0
	ADD  $4, R2
	TST  $15, R2      // the next group?
	BNE  next
	ADD  $192, R0
next:
	SUBS $16, R1
	BNE  loop
done:
	RET
