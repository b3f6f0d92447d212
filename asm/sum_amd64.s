//go:build !purego

// Sums: one load for every addition, whose latency of 3 cycles bounds a step of
// 128 bytes: twice the speed of a dot product in the L1 cache.

#include "textflag.h"
#include "fold_amd64.h"

// LANES512(MOVE, ADD, LOG, VEC) takes all elements into Z0 and Z1: 2^LOG lanes,
// VEC of them to a vector; MOVE is masked by element.
// SI x, CX steps left, DX rest; Z2, Z3 the rest by K1, K2.
#define LANES512(MOVE, ADD, LOG, VEC) \
	MOVQ x_base+0(FP), SI    \
	MOVQ x_len+8(FP), CX     \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	VPXORQ Z0, Z0, Z0        \
	VPXORQ Z1, Z1, Z1        \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	ADD (SI), Z0, Z0         \
	ADD 64(SI), Z1, Z1       \
	ADDQ $128, SI            \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	TESTQ DX, DX             \
	JEQ  fold                \
	MOVQ DX, CX              \
	MOVQ $1, AX              \
	SHLQ CX, AX              \
	DECQ AX                  \
	KMOVW AX, K1             \
	SHRQ $VEC, AX            \
	KMOVW AX, K2             \
	MOVE.Z (SI), K1, Z2      \
	MOVE.Z 64(SI), K2, Z3    \
	ADD Z2, Z0, Z0           \
	ADD Z3, Z1, Z1           \
fold:

// LANES256(MOVE, ADD, LOG, FIRST) takes all elements into Y0–Y3: 2^LOG lanes;
// FIRST is the table of masks.
// SI x, CX steps left, DX rest; Y4 the rest; Y9 mask; R8 table.
#define LANES256(MOVE, ADD, LOG, FIRST) \
	MOVQ x_base+0(FP), SI    \
	MOVQ x_len+8(FP), CX     \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	VPXOR Y0, Y0, Y0         \
	VPXOR Y1, Y1, Y1         \
	VPXOR Y2, Y2, Y2         \
	VPXOR Y3, Y3, Y3         \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	ADD (SI), Y0, Y0         \
	ADD 32(SI), Y1, Y1       \
	ADD 64(SI), Y2, Y2       \
	ADD 96(SI), Y3, Y3       \
	ADDQ $128, SI            \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	TESTQ DX, DX             \
	JEQ  fold                \
	LEAQ FIRST(SB), R8       \
	ADDQ $128, R8            \
	SHLQ $(7-LOG), DX        \
	SUBQ DX, R8              \
	REST256(MOVE, ADD, 0, Y0)  \
	REST256(MOVE, ADD, 32, Y1) \
	REST256(MOVE, ADD, 64, Y2) \
	REST256(MOVE, ADD, 96, Y3) \
fold:

#define REST256(MOVE, ADD, o, acc) \
	VMOVDQU o(R8), Y9        \
	MOVE o(SI), Y9, Y4       \
	ADD Y4, acc, acc

// func sum32AVX2(x []float32) float32
//
// See sumGeneric32; any length. Registers at LANES256. Requires AVX2.
TEXT ·sum32AVX2(SB), NOSPLIT, $0-28
	LANES256(VMASKMOVPS, VADDPS, 5, ·first32)
	VADDPS Y2, Y0, Y0
	VADDPS Y3, Y1, Y1
	VADDPS Y1, Y0, Y0
	FOLD256_32
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func sum32AVX512(x []float32) float32
//
// See sumGeneric32; any length. Registers at LANES512. Requires AVX-512 F, DQ.
TEXT ·sum32AVX512(SB), NOSPLIT, $0-28
	LANES512(VMOVUPS, VADDPS, 5, 16)
	VADDPS Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y1, Y0, Y0
	FOLD256_32
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func sum64AVX2(x []float64) float64
//
// See sumGeneric64; any length. Registers at LANES256. Requires AVX2.
TEXT ·sum64AVX2(SB), NOSPLIT, $0-32
	LANES256(VMASKMOVPD, VADDPD, 4, ·first64)
	VADDPD Y2, Y0, Y0
	VADDPD Y3, Y1, Y1
	VADDPD Y1, Y0, Y0
	FOLD256_64
	VMOVSD X0, ret+24(FP)
	VZEROUPPER
	RET

// func sum64AVX512(x []float64) float64
//
// See sumGeneric64; any length. Registers at LANES512. Requires AVX-512 F, DQ.
TEXT ·sum64AVX512(SB), NOSPLIT, $0-32
	LANES512(VMOVUPD, VADDPD, 4, 8)
	VADDPD Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPD Y1, Y0, Y0
	FOLD256_64
	VMOVSD X0, ret+24(FP)
	VZEROUPPER
	RET
