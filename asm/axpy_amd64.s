//go:build !purego

// Axpy: two loads and a store of 64 bytes bound it at 2 cycles in the L1 cache.

#include "textflag.h"

// AXPY512(MOVE, FMADD, LOG, VEC) does all elements, 2^LOG a step, VEC to a
// vector; MOVE is masked by element.
// DI dst, SI x, CX steps left, DX rest; Z0 a; Z1–Z4 x, then dst; K1 the rest.
#define AXPY512(MOVE, FMADD, LOG, VEC) \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	SHRQ $LOG, CX            \
	JEQ  vectors             \
loop:                            \
	VMOVUPS (SI), Z1         \
	VMOVUPS 64(SI), Z2       \
	VMOVUPS 128(SI), Z3      \
	VMOVUPS 192(SI), Z4      \
	FMADD (DI), Z0, Z1       \
	FMADD 64(DI), Z0, Z2     \
	FMADD 128(DI), Z0, Z3    \
	FMADD 192(DI), Z0, Z4    \
	VMOVUPS Z1, (DI)         \
	VMOVUPS Z2, 64(DI)       \
	VMOVUPS Z3, 128(DI)      \
	VMOVUPS Z4, 192(DI)      \
	ADDQ $256, SI            \
	ADDQ $256, DI            \
	DECQ CX                  \
	JNE  loop                \
vectors:                         \
	SUBQ $VEC, DX            \
	JLT  rest                \
	VMOVUPS (SI), Z1         \
	FMADD (DI), Z0, Z1       \
	VMOVUPS Z1, (DI)         \
	ADDQ $64, SI             \
	ADDQ $64, DI             \
	JMP  vectors             \
rest:                            \
	ADDQ $VEC, DX            \
	JEQ  end                 \
	MOVQ DX, CX              \
	MOVQ $1, AX              \
	SHLQ CX, AX              \
	DECQ AX                  \
	KMOVW AX, K1             \
	MOVE.Z (SI), K1, Z1      \
	MOVE.Z (DI), K1, Z2      \
	FMADD Z2, Z0, Z1         \
	MOVE Z1, K1, (DI)        \
end:

// AXPY256(FMADD, FMADD1, MOVE1, LOG, SIZE) does all elements, 2^LOG a step and the
// rest of SIZE bytes one by one.
// DI dst, SI x, CX steps left, DX rest; Y0 a; Y1–Y4 x, then dst.
#define AXPY256(FMADD, FMADD1, MOVE1, LOG, SIZE) \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	VMOVUPS (SI), Y1         \
	VMOVUPS 32(SI), Y2       \
	FMADD (DI), Y0, Y1       \
	FMADD 32(DI), Y0, Y2     \
	VMOVUPS Y1, (DI)         \
	VMOVUPS Y2, 32(DI)       \
	ADDQ $64, SI             \
	ADDQ $64, DI             \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	TESTQ DX, DX             \
	JEQ  end                 \
	MOVE1 (SI), X1           \
	FMADD1 (DI), X0, X1      \
	MOVE1 X1, (DI)           \
	ADDQ $SIZE, SI           \
	ADDQ $SIZE, DI           \
	DECQ DX                  \
	JMP  rest                \
end:

// func axpy32AVX2(dst []float32, a float32, x []float32)
//
// See axpyGeneric32; len(x) ≥ len(dst), any length. Registers at AXPY256. Requires AVX2, FMA.
TEXT ·axpy32AVX2(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	VBROADCASTSS a+24(FP), Y0
	MOVQ x_base+32(FP), SI
	AXPY256(VFMADD213PS, VFMADD213SS, VMOVSS, 4, 4)
	VZEROUPPER
	RET

// func axpy32AVX512(dst []float32, a float32, x []float32)
//
// See axpyGeneric32; len(x) ≥ len(dst), any length. Registers at AXPY512. Requires AVX-512 F.
TEXT ·axpy32AVX512(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	VBROADCASTSS a+24(FP), Z0
	MOVQ x_base+32(FP), SI
	AXPY512(VMOVUPS, VFMADD213PS, 6, 16)
	VZEROUPPER
	RET

// func axpy64AVX2(dst []float64, a float64, x []float64)
//
// See axpyGeneric64; len(x) ≥ len(dst), any length. Registers at AXPY256. Requires AVX2, FMA.
TEXT ·axpy64AVX2(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	VBROADCASTSD a+24(FP), Y0
	MOVQ x_base+32(FP), SI
	AXPY256(VFMADD213PD, VFMADD213SD, VMOVSD, 3, 8)
	VZEROUPPER
	RET

// func axpy64AVX512(dst []float64, a float64, x []float64)
//
// See axpyGeneric64; len(x) ≥ len(dst), any length. Registers at AXPY512. Requires AVX-512 F.
TEXT ·axpy64AVX512(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	VBROADCASTSD a+24(FP), Z0
	MOVQ x_base+32(FP), SI
	AXPY512(VMOVUPD, VFMADD213PD, 5, 8)
	VZEROUPPER
	RET
