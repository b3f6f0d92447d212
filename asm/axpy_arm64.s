//go:build !purego

// Axpy for NEON: a step of 64 bytes takes 3 loads and stores and 4 FMAs, 9
// instructions with the loop.

#include "textflag.h"

// AXPY(LOG, VEC) does 2^LOG elements a step.
// R0 dst, R1 x, R2 steps left; V0–V3 dst, V4–V7 x, V8 a.
#define AXPY(LOG, VEC) \
	LSR  $LOG, R2, R2                              \
	CBZ  R2, done                                  \
loop:                                                  \
	VLD1 (R0), [V0.VEC, V1.VEC, V2.VEC, V3.VEC]    \
	VLD1.P 64(R1), [V4.VEC, V5.VEC, V6.VEC, V7.VEC] \
	VFMLA V4.VEC, V8.VEC, V0.VEC                   \
	VFMLA V5.VEC, V8.VEC, V1.VEC                   \
	VFMLA V6.VEC, V8.VEC, V2.VEC                   \
	VFMLA V7.VEC, V8.VEC, V3.VEC                   \
	VST1.P [V0.VEC, V1.VEC, V2.VEC, V3.VEC], 64(R0) \
	SUB  $1, R2                                    \
	CBNZ R2, loop                                  \
done:

// func axpy32NEON(dst []float32, a float32, x []float32)
//
// See axpyGeneric32; len(dst) a multiple of 16. Registers at AXPY. Requires NEON.
TEXT ·axpy32NEON(SB), NOSPLIT, $0-56
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R2
	FMOVS a+24(FP), F8
	VDUP V8.S[0], V8.S4
	MOVD x_base+32(FP), R1
	AXPY(4, S4)
	RET

// func axpy64NEON(dst []float64, a float64, x []float64)
//
// See axpyGeneric64; len(dst) a multiple of 8. Registers at AXPY. Requires NEON.
TEXT ·axpy64NEON(SB), NOSPLIT, $0-56
	MOVD dst_base+0(FP), R0
	MOVD dst_len+8(FP), R2
	FMOVD a+24(FP), F8
	VDUP V8.D[0], V8.D2
	MOVD x_base+32(FP), R1
	AXPY(3, D2)
	RET
