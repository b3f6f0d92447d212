//go:build !purego

// Dot products and sums for RVV. A group of eight vector registers of 128 bits holds all
// lanes of Dot, 32 of float32 or 16 of float64; of longer registers a part of the group does.
// So the lanes are one operand, whatever the length of the registers. A step of 128 bytes
// takes 2 loads and 1 FMA (sums: 1 and 1), 7 and 5 instructions with the loop. No hardware
// was at hand to time them.

#include "textflag.h"

// LANES(SIZE, LOG, LE, LOAD, OP) folds x, and y, of elements of SIZE, of 2^LOG bytes, to the
// lanes: LOAD takes vectors from memory, OP takes them into the lanes. The rest is loaded
// over zeros, which also gives the other lanes the addition of +0 that belongs to the
// definition.
//
//	X10, X11  x and y at this step   X12  elements left   X13  lanes
//	V0–V7     lanes                  V8–V15  x            V16–V23  y
#define LANES(SIZE, LOG, LE, LOAD, OP) \
	MOV     $(128>>LOG), X13           \
	VSETVLI X13, SIZE, M8, TA, MA, X0  \
	VMVVI   $0, V0                     \
	BLT     X12, X13, rest             \
loop:                                      \
	LOAD(LE)                           \
	SUB     X13, X12                   \
	OP                                 \
	BGE     X12, X13, loop             \
rest:                                      \
	BEQZ    X12, fold                  \
	VMVVI   $0, V8                     \
	VMVVI   $0, V16                    \
	VSETVLI X12, SIZE, M8, TU, MA, X0  \
	LOAD(LE)                           \
	VSETVLI X13, SIZE, M8, TA, MA, X0  \
	OP                                 \
fold:

#define PRODUCT VFMACCVV V8, V16, V0
#define TERM VFADDVV V8, V0, V0
#define LOADX(LE) LE (X10), V8; ADD $128, X10
#define LOADXY(LE) LOADX(LE); LE (X11), V16; ADD $128, X11

// HALF(W, SIZE, GROUP) adds lanes W to 2W−1 to the first W; GROUP registers of 128 bits
// hold 2W. FOLD leaves the sum of all in F10.
#define HALF(W, SIZE, GROUP) \
	VSETIVLI     $W, SIZE, GROUP, TA, MA, X0 \
	VSLIDEDOWNVI $W, V0, V8                  \
	VFADDVV      V8, V0, V0

#define FOLD32 \
	HALF(16, E32, M8) \
	HALF(8, E32, M4)  \
	HALF(4, E32, M2)  \
	HALF(2, E32, M1)  \
	HALF(1, E32, M1)  \
	VFMVFS V0, F10

#define FOLD64 \
	HALF(8, E64, M8) \
	HALF(4, E64, M4) \
	HALF(2, E64, M2) \
	HALF(1, E64, M1) \
	VFMVFS V0, F10

// func dot32RVV(x, y []float32) float32
//
// See dotGeneric32. Registers at LANES. Requires RVV.
TEXT ·dot32RVV(SB), NOSPLIT, $0-52
	MOV x_base+0(FP), X10
	MOV x_len+8(FP), X12
	MOV y_base+24(FP), X11
	LANES(E32, 2, VLE32V, LOADXY, PRODUCT)
	FOLD32
	MOVF F10, ret+48(FP)
	RET

// func dot64RVV(x, y []float64) float64
//
// See dotGeneric64. Registers at LANES. Requires RVV.
TEXT ·dot64RVV(SB), NOSPLIT, $0-56
	MOV x_base+0(FP), X10
	MOV x_len+8(FP), X12
	MOV y_base+24(FP), X11
	LANES(E64, 3, VLE64V, LOADXY, PRODUCT)
	FOLD64
	MOVD F10, ret+48(FP)
	RET

// func sum32RVV(x []float32) float32
//
// See sumGeneric32. Registers at LANES. Requires RVV.
TEXT ·sum32RVV(SB), NOSPLIT, $0-28
	MOV x_base+0(FP), X10
	MOV x_len+8(FP), X12
	LANES(E32, 2, VLE32V, LOADX, TERM)
	FOLD32
	MOVF F10, ret+24(FP)
	RET

// func sum64RVV(x []float64) float64
//
// See sumGeneric64. Registers at LANES. Requires RVV.
TEXT ·sum64RVV(SB), NOSPLIT, $0-32
	MOV x_base+0(FP), X10
	MOV x_len+8(FP), X12
	LANES(E64, 3, VLE64V, LOADX, TERM)
	FOLD64
	MOVD F10, ret+24(FP)
	RET
