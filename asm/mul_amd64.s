//go:build !purego

// Mul: two loads and a store of 64 bytes bound it at 2 cycles in the L1 cache; the
// Go loop takes a cycle an element.

#include "textflag.h"

// MUL512(MUL, MOVE, LOG, VEC) does all elements, 2^LOG a step, VEC to a vector;
// MOVE is masked by element.
// DI dst, SI x, BX y, CX steps left, DX rest; Z1–Z2 products; K1 the rest.
#define MUL512(MUL, MOVE, LOG, VEC) \
	MOVQ dst_base+0(FP), DI  \
	MOVQ dst_len+8(FP), CX   \
	MOVQ x_base+24(FP), SI   \
	MOVQ y_base+48(FP), BX   \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	SHRQ $LOG, CX            \
	JEQ  vectors             \
loop:                            \
	VMOVUPS (SI), Z1         \
	VMOVUPS 64(SI), Z2       \
	MUL (BX), Z1, Z1         \
	MUL 64(BX), Z2, Z2       \
	VMOVUPS Z1, (DI)         \
	VMOVUPS Z2, 64(DI)       \
	ADDQ $128, SI            \
	ADDQ $128, BX            \
	ADDQ $128, DI            \
	DECQ CX                  \
	JNE  loop                \
vectors:                         \
	SUBQ $VEC, DX            \
	JLT  rest                \
	VMOVUPS (SI), Z1         \
	MUL (BX), Z1, Z1         \
	VMOVUPS Z1, (DI)         \
	ADDQ $64, SI             \
	ADDQ $64, BX             \
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
	MOVE.Z (BX), K1, Z2      \
	MUL Z2, Z1, Z1           \
	MOVE Z1, K1, (DI)        \
end:                             \
	VZEROUPPER               \
	RET

// MUL256(MUL, MUL1, MOVE1, LOG, SIZE) does all elements, 2^LOG a step and the rest
// of SIZE bytes one by one.
// DI dst, SI x, BX y, CX steps left, DX rest; Y1–Y2 products.
#define MUL256(MUL, MUL1, MOVE1, LOG, SIZE) \
	MOVQ dst_base+0(FP), DI  \
	MOVQ dst_len+8(FP), CX   \
	MOVQ x_base+24(FP), SI   \
	MOVQ y_base+48(FP), BX   \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	VMOVUPS (SI), Y1         \
	VMOVUPS 32(SI), Y2       \
	MUL (BX), Y1, Y1         \
	MUL 32(BX), Y2, Y2       \
	VMOVUPS Y1, (DI)         \
	VMOVUPS Y2, 32(DI)       \
	ADDQ $64, SI             \
	ADDQ $64, BX             \
	ADDQ $64, DI             \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	SUBQ $1, DX              \
	JLT  end                 \
	MOVE1 (SI), X1           \
	MUL1 (BX), X1, X1        \
	MOVE1 X1, (DI)           \
	ADDQ $SIZE, SI           \
	ADDQ $SIZE, BX           \
	ADDQ $SIZE, DI           \
	JMP  rest                \
end:                             \
	VZEROUPPER               \
	RET

// func mul32AVX512(dst, x, y []float32)
//
// dst[i] = x[i]·y[i], see mulGeneric.
// Registers: MUL512. Requires AVX512F, equal lengths.
TEXT ·mul32AVX512(SB), NOSPLIT, $0-72
	MUL512(VMULPS, VMOVUPS, 5, 16)

// func mul64AVX512(dst, x, y []float64)
//
// dst[i] = x[i]·y[i], see mulGeneric.
// Registers: MUL512. Requires AVX512F, equal lengths.
TEXT ·mul64AVX512(SB), NOSPLIT, $0-72
	MUL512(VMULPD, VMOVUPD, 4, 8)

// func mul32AVX2(dst, x, y []float32)
//
// dst[i] = x[i]·y[i], see mulGeneric.
// Registers: MUL256. Requires AVX2, equal lengths.
TEXT ·mul32AVX2(SB), NOSPLIT, $0-72
	MUL256(VMULPS, VMULSS, VMOVSS, 4, 4)

// func mul64AVX2(dst, x, y []float64)
//
// dst[i] = x[i]·y[i], see mulGeneric.
// Registers: MUL256. Requires AVX2, equal lengths.
TEXT ·mul64AVX2(SB), NOSPLIT, $0-72
	MUL256(VMULPD, VMULSD, VMOVSD, 3, 8)
