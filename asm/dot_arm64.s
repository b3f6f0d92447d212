//go:build !purego

// Dot products and sums for NEON: eight accumulators, the lanes of Dot in order.
// A step of 128 bytes takes 4 loads and 8 FMAs (sums: 2 and 8; an FMA with 1 is an
// addition), 14 and 12 instructions with the loop.

#include "textflag.h"

// LANES(LOG, VEC, NEXT) adds 2^LOG lanes a step to the accumulators at R3; NEXT
// loads y to V16–V23.
// R0 x, R1 y, R2 steps left, R3 acc, R4 acc; V0–V7 acc; V8–V15 x.
#define LANES(LOG, VEC, NEXT) \
	MOVD R3, R4                                      \
	LSR  $LOG, R2, R2                                \
	VLD1.P 64(R4), [V0.VEC, V1.VEC, V2.VEC, V3.VEC]  \
	VLD1 (R4), [V4.VEC, V5.VEC, V6.VEC, V7.VEC]      \
	CBZ  R2, done                                    \
loop:                                                    \
	VLD1.P 64(R0), [V8.VEC, V9.VEC, V10.VEC, V11.VEC]    \
	VLD1.P 64(R0), [V12.VEC, V13.VEC, V14.VEC, V15.VEC]  \
	NEXT                                             \
	VFMLA V8.VEC, V16.VEC, V0.VEC                    \
	VFMLA V9.VEC, V17.VEC, V1.VEC                    \
	VFMLA V10.VEC, V18.VEC, V2.VEC                   \
	VFMLA V11.VEC, V19.VEC, V3.VEC                   \
	VFMLA V12.VEC, V20.VEC, V4.VEC                   \
	VFMLA V13.VEC, V21.VEC, V5.VEC                   \
	VFMLA V14.VEC, V22.VEC, V6.VEC                   \
	VFMLA V15.VEC, V23.VEC, V7.VEC                   \
	SUB  $1, R2                                      \
	CBNZ R2, loop                                    \
done:                                                    \
	VST1.P [V0.VEC, V1.VEC, V2.VEC, V3.VEC], 64(R3)  \
	VST1 [V4.VEC, V5.VEC, V6.VEC, V7.VEC], (R3)

#define LOADY(VEC) \
	VLD1.P 64(R1), [V16.VEC, V17.VEC, V18.VEC, V19.VEC]  \
	VLD1.P 64(R1), [V20.VEC, V21.VEC, V22.VEC, V23.VEC]
#define NOTHING

// ONES(FMOV, LANE, VEC) sets V16–V23 to 1.
#define ONES(FMOV, LANE, VEC) \
	FMOV $1.0, F16        \
	VDUP V16.LANE, V16.VEC \
	VMOV V16.B16, V17.B16 \
	VMOV V16.B16, V18.B16 \
	VMOV V16.B16, V19.B16 \
	VMOV V16.B16, V20.B16 \
	VMOV V16.B16, V21.B16 \
	VMOV V16.B16, V22.B16 \
	VMOV V16.B16, V23.B16

// func dot32NEON(x, y []float32, acc *[32]float32)
//
// The first loop of dotGeneric32, len(x) a multiple of 32. Registers at LANES.
// Requires NEON.
TEXT ·dot32NEON(SB), NOSPLIT, $0-56
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD y_base+24(FP), R1
	MOVD acc+48(FP), R3
	LANES(5, S4, LOADY(S4))
	RET

// func sum32NEON(x []float32, acc *[32]float32)
//
// The first loop of sumGeneric32, len(x) a multiple of 32. Registers at LANES.
// Requires NEON.
TEXT ·sum32NEON(SB), NOSPLIT, $0-32
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD acc+24(FP), R3
	ONES(FMOVS, S[0], S4)
	LANES(5, S4, NOTHING)
	RET

// func dot64NEON(x, y []float64, acc *[16]float64)
//
// The first loop of dotGeneric64, len(x) a multiple of 16. Registers at LANES.
// Requires NEON.
TEXT ·dot64NEON(SB), NOSPLIT, $0-56
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD y_base+24(FP), R1
	MOVD acc+48(FP), R3
	LANES(4, D2, LOADY(D2))
	RET

// func sum64NEON(x []float64, acc *[16]float64)
//
// The first loop of sumGeneric64, len(x) a multiple of 16. Registers at LANES.
// Requires NEON.
TEXT ·sum64NEON(SB), NOSPLIT, $0-32
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD acc+24(FP), R3
	ONES(FMOVD, D[0], D2)
	LANES(4, D2, NOTHING)
	RET
