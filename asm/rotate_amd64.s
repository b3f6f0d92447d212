//go:build !purego

// Rotate: two loads and two stores of 64 bytes bound it at 4 cycles in the L1
// cache; three Axpy would load six and store three.

#include "textflag.h"

// ROTATE512(MOVE, FMADD, FNMADD, LOG) does all elements, 2^LOG to a vector; MOVE
// is masked by element.
// DI x, SI y, CX vectors left, DX rest; Z0 t, Z1 s; Z2 x, Z3 y; K1 the rest.
#define ROTATE512(MOVE, FMADD, FNMADD, LOG) \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	VMOVUPS (DI), Z2         \
	VMOVUPS (SI), Z3         \
	FNMADD Z3, Z0, Z2        \
	FMADD Z2, Z1, Z3         \
	FNMADD Z3, Z0, Z2        \
	VMOVUPS Z2, (DI)         \
	VMOVUPS Z3, (SI)         \
	ADDQ $64, DI             \
	ADDQ $64, SI             \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	TESTQ DX, DX             \
	JEQ  end                 \
	MOVQ DX, CX              \
	MOVQ $1, AX              \
	SHLQ CX, AX              \
	DECQ AX                  \
	KMOVW AX, K1             \
	MOVE.Z (DI), K1, Z2      \
	MOVE.Z (SI), K1, Z3      \
	FNMADD Z3, Z0, Z2        \
	FMADD Z2, Z1, Z3         \
	FNMADD Z3, Z0, Z2        \
	MOVE Z2, K1, (DI)        \
	MOVE Z3, K1, (SI)        \
end:

// ROTATE256(FMADD, FNMADD, FMADD1, FNMADD1, MOVE1, LOG, SIZE) does all elements,
// 2^LOG to a vector and the rest of SIZE bytes one by one.
// DI x, SI y, CX vectors left, DX rest; Y0 t, Y1 s; Y2 x, Y3 y.
#define ROTATE256(FMADD, FNMADD, FMADD1, FNMADD1, MOVE1, LOG, SIZE) \
	MOVQ CX, DX              \
	ANDQ $((1<<LOG)-1), DX   \
	SHRQ $LOG, CX            \
	JEQ  rest                \
loop:                            \
	VMOVUPS (DI), Y2         \
	VMOVUPS (SI), Y3         \
	FNMADD Y3, Y0, Y2        \
	FMADD Y2, Y1, Y3         \
	FNMADD Y3, Y0, Y2        \
	VMOVUPS Y2, (DI)         \
	VMOVUPS Y3, (SI)         \
	ADDQ $32, DI             \
	ADDQ $32, SI             \
	DECQ CX                  \
	JNE  loop                \
rest:                            \
	TESTQ DX, DX             \
	JEQ  end                 \
	MOVE1 (DI), X2           \
	MOVE1 (SI), X3           \
	FNMADD1 X3, X0, X2       \
	FMADD1 X2, X1, X3        \
	FNMADD1 X3, X0, X2       \
	MOVE1 X2, (DI)           \
	MOVE1 X3, (SI)           \
	ADDQ $SIZE, DI           \
	ADDQ $SIZE, SI           \
	DECQ DX                  \
	JMP  rest                \
end:

// func rotate32AVX2(x, y []float32, t, s float32)
//
// See rotateGeneric32; len(y) ≥ len(x), any length. Registers at ROTATE256. Requires AVX2, FMA.
TEXT ·rotate32AVX2(SB), NOSPLIT, $0-56
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), SI
	VBROADCASTSS t+48(FP), Y0
	VBROADCASTSS s+52(FP), Y1
	ROTATE256(VFMADD231PS, VFNMADD231PS, VFMADD231SS, VFNMADD231SS, VMOVSS, 3, 4)
	VZEROUPPER
	RET

// func rotate32AVX512(x, y []float32, t, s float32)
//
// See rotateGeneric32; len(y) ≥ len(x), any length. Registers at ROTATE512. Requires AVX-512 F.
TEXT ·rotate32AVX512(SB), NOSPLIT, $0-56
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), SI
	VBROADCASTSS t+48(FP), Z0
	VBROADCASTSS s+52(FP), Z1
	ROTATE512(VMOVUPS, VFMADD231PS, VFNMADD231PS, 4)
	VZEROUPPER
	RET

// func rotate64AVX2(x, y []float64, t, s float64)
//
// See rotateGeneric64; len(y) ≥ len(x), any length. Registers at ROTATE256. Requires AVX2, FMA.
TEXT ·rotate64AVX2(SB), NOSPLIT, $0-64
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), SI
	VBROADCASTSD t+48(FP), Y0
	VBROADCASTSD s+56(FP), Y1
	ROTATE256(VFMADD231PD, VFNMADD231PD, VFMADD231SD, VFNMADD231SD, VMOVSD, 2, 8)
	VZEROUPPER
	RET

// func rotate64AVX512(x, y []float64, t, s float64)
//
// See rotateGeneric64; len(y) ≥ len(x), any length. Registers at ROTATE512. Requires AVX-512 F.
TEXT ·rotate64AVX512(SB), NOSPLIT, $0-64
	MOVQ x_base+0(FP), DI
	MOVQ x_len+8(FP), CX
	MOVQ y_base+24(FP), SI
	VBROADCASTSD t+48(FP), Z0
	VBROADCASTSD s+56(FP), Z1
	ROTATE512(VMOVUPD, VFMADD231PD, VFNMADD231PD, 3)
	VZEROUPPER
	RET
