//go:build !purego

// Dot products: 5× to 20× dotGeneric in the L1 cache. L1 gives 64 bytes a cycle,
// so the two loads of a step of 128 bytes of x and y each bound it at 4 cycles,
// which is also the latency of the FMA that its accumulators wait for.

#include "textflag.h"
#include "fold_amd64.h"

// LANES512(MOVE, FMADD, LOG, VEC) takes all elements into Z0 and Z1: 2^LOG lanes,
// VEC of them to a vector; MOVE is masked by element.
// SI x, DI y, CX steps left, DX rest; Z2, Z3 x; Z4, Z5 y; K1, K2 the rest.
#define LANES512(MOVE, FMADD, LOG, VEC) \
	MOVQ x_base+0(FP), SI    \
	MOVQ y_base+24(FP), DI   \
	MOVQ x_len+8(FP), CX     \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	VPXORQ Z0, Z0, Z0        \
	VPXORQ Z1, Z1, Z1        \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	VMOVUPS (SI), Z2         \
	VMOVUPS 64(SI), Z3       \
	FMADD (DI), Z2, Z0       \
	FMADD 64(DI), Z3, Z1     \
	ADDQ $128, SI            \
	ADDQ $128, DI            \
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
	MOVE.Z (DI), K1, Z4      \
	MOVE.Z 64(DI), K2, Z5    \
	FMADD Z4, Z2, Z0         \
	FMADD Z5, Z3, Z1         \
fold:

// LANES256(MOVE, FMADD, LOG, FIRST) takes all elements into Y0–Y3: 2^LOG
// lanes; FIRST is the table of masks.
// SI x, DI y, CX steps left, DX rest; Y4–Y7 x; Y8 y; Y9 mask; R8 table.
#define LANES256(MOVE, FMADD, LOG, FIRST) \
	MOVQ x_base+0(FP), SI    \
	MOVQ y_base+24(FP), DI   \
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
	VMOVUPS (SI), Y4         \
	VMOVUPS 32(SI), Y5       \
	VMOVUPS 64(SI), Y6       \
	VMOVUPS 96(SI), Y7       \
	FMADD (DI), Y4, Y0       \
	FMADD 32(DI), Y5, Y1     \
	FMADD 64(DI), Y6, Y2     \
	FMADD 96(DI), Y7, Y3     \
	ADDQ $128, SI            \
	ADDQ $128, DI            \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	TESTQ DX, DX             \
	JEQ  fold                \
	LEAQ FIRST(SB), R8       \
	ADDQ $128, R8            \
	SHLQ $(7-LOG), DX        \
	SUBQ DX, R8              \
	REST256(MOVE, FMADD, 0, Y0)  \
	REST256(MOVE, FMADD, 32, Y1) \
	REST256(MOVE, FMADD, 64, Y2) \
	REST256(MOVE, FMADD, 96, Y3) \
fold:

#define REST256(MOVE, FMADD, o, acc) \
	VMOVDQU o(R8), Y9        \
	MOVE o(SI), Y9, Y4       \
	MOVE o(DI), Y9, Y8       \
	FMADD Y8, Y4, acc

// func dot32AVX2(x, y []float32) float32
//
// See dotGeneric32; len(y) ≥ len(x), any length. Registers at LANES256. Requires AVX2, FMA.
TEXT ·dot32AVX2(SB), NOSPLIT, $0-52
	LANES256(VMASKMOVPS, VFMADD231PS, 5, ·first32)
	VADDPS Y2, Y0, Y0
	VADDPS Y3, Y1, Y1
	VADDPS Y1, Y0, Y0
	FOLD256_32
	VMOVSS X0, ret+48(FP)
	VZEROUPPER
	RET

// func dot32AVX512(x, y []float32) float32
//
// See dotGeneric32; len(y) ≥ len(x), any length. Registers at LANES512. Requires AVX-512 F, DQ.
TEXT ·dot32AVX512(SB), NOSPLIT, $0-52
	LANES512(VMOVUPS, VFMADD231PS, 5, 16)
	VADDPS Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPS Y1, Y0, Y0
	FOLD256_32
	VMOVSS X0, ret+48(FP)
	VZEROUPPER
	RET

// func dot64AVX2(x, y []float64) float64
//
// See dotGeneric64; len(y) ≥ len(x), any length. Registers at LANES256. Requires AVX2, FMA.
TEXT ·dot64AVX2(SB), NOSPLIT, $0-56
	LANES256(VMASKMOVPD, VFMADD231PD, 4, ·first64)
	VADDPD Y2, Y0, Y0
	VADDPD Y3, Y1, Y1
	VADDPD Y1, Y0, Y0
	FOLD256_64
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET

// func dot64AVX512(x, y []float64) float64
//
// See dotGeneric64; len(y) ≥ len(x), any length. Registers at LANES512. Requires AVX-512 F, DQ.
TEXT ·dot64AVX512(SB), NOSPLIT, $0-56
	LANES512(VMOVUPD, VFMADD231PD, 4, 8)
	VADDPD Z1, Z0, Z0
	VEXTRACTF64X4 $1, Z0, Y1
	VADDPD Y1, Y0, Y0
	FOLD256_64
	VMOVSD X0, ret+48(FP)
	VZEROUPPER
	RET
