//go:build !purego

// Axpy for RVV: a step of eight vector registers takes 3 loads and stores and 1 FMA, 10
// instructions with the loop.

#include "textflag.h"

// AXPY(SIZE, LOG, LE, SE) does the elements, of SIZE, of 2^LOG bytes.
// X10 dst, X11 x, X12 elements left, X13 those of this step, X14 their bytes;
// F10 a; V0–V7 dst, V8–V15 x.
#define AXPY(SIZE, LOG, LE, SE) \
	BEQZ     X12, done                   \
loop:                                        \
	VSETVLI  X12, SIZE, M8, TA, MA, X13  \
	LE       (X10), V0                   \
	LE       (X11), V8                   \
	SUB      X13, X12                    \
	SLL      $LOG, X13, X14              \
	ADD      X14, X11                    \
	VFMACCVF V8, F10, V0                 \
	SE       V0, (X10)                   \
	ADD      X14, X10                    \
	BNEZ     X12, loop                   \
done:

// func axpy32RVV(dst []float32, a float32, x []float32)
//
// See axpyGeneric32. Registers at AXPY. Requires RVV.
TEXT ·axpy32RVV(SB), NOSPLIT, $0-56
	MOV  dst_base+0(FP), X10
	MOV  dst_len+8(FP), X12
	MOVF a+24(FP), F10
	MOV  x_base+32(FP), X11
	AXPY(E32, 2, VLE32V, VSE32V)
	RET

// func axpy64RVV(dst []float64, a float64, x []float64)
//
// See axpyGeneric64. Registers at AXPY. Requires RVV.
TEXT ·axpy64RVV(SB), NOSPLIT, $0-56
	MOV  dst_base+0(FP), X10
	MOV  dst_len+8(FP), X12
	MOVD a+24(FP), F10
	MOV  x_base+32(FP), X11
	AXPY(E64, 3, VLE64V, VSE64V)
	RET
