// Macros of the Walsh–Hadamard kernels for NEON. The including file defines VEC, LOGSIZE
// and SETONE. A sum and a difference are fused operations with
// a factor of 1, which Go's assembler has, and a copy: 3 instructions for 2 results of a
// vector. Radix 8 is 3·12 of them beside 16 loads and stores.

#define ONE V31
#define SIGN1 V30
#define SIGN2 V29
#define NEGZERO V28

// BFLY makes a and b of a pair: t = a+b, a = a−b; b is free then.
#define BFLY(a, b, t) \
	VMOV  a.B16, t.B16           \
	VFMLA ONE.VEC, b.VEC, t.VEC  \
	VFMLS ONE.VEC, b.VEC, a.VEC

// TWO runs the stages between V0–V1; the results stand in V16, V0.
#define TWO \
	BFLY(V0, V1, V16)

// FOUR runs the stages between V0–V3; the results stand in V3, V1, V16, V0.
#define FOUR \
	BFLY(V0, V1, V16) \
	BFLY(V2, V3, V1) \
	BFLY(V16, V1, V3) \
	BFLY(V0, V2, V1)

// EIGHT runs the stages between V0–V7; the results stand in V6, V2, V5, V3, V7, V1, V16, V0.
#define EIGHT \
	BFLY(V0, V1, V16) \
	BFLY(V2, V3, V1) \
	BFLY(V4, V5, V3) \
	BFLY(V6, V7, V5) \
	BFLY(V16, V1, V7) \
	BFLY(V0, V2, V1) \
	BFLY(V3, V5, V2) \
	BFLY(V4, V6, V5) \
	BFLY(V7, V2, V6) \
	BFLY(V1, V5, V2) \
	BFLY(V16, V3, V5) \
	BFLY(V0, V4, V3)

// INSIDE32 and INSIDE64 run the stages inside a vector: x·s + swap(x), where swap
// exchanges the two of a pair and s is +1 at the first, −1 at the second.
#define INSIDE32(v) \
	VREV64 v.S4, V17.S4            \
	VFMLA SIGN1.S4, v.S4, V17.S4   \
	VEXT  $8, V17.B16, V17.B16, v.B16 \
	VFMLA SIGN2.S4, V17.S4, v.S4
#define INSIDE64(v) \
	VEXT  $8, v.B16, v.B16, V17.B16 \
	VFMLA SIGN1.D2, v.D2, V17.D2   \
	VMOV  V17.B16, v.B16

#define PLAIN \
	VLD1 (R0), [V0.VEC, V1.VEC, V2.VEC, V3.VEC] \
	ADD $64, R0, R1 \
	VLD1 (R1), [V4.VEC, V5.VEC, V6.VEC, V7.VEC]

// BASE runs the stages inside vectors and three between 8 consecutive ones, of x times
// the factors at R2 if LOAD is SCALED, to R3.
#define SCALED \
	ADD $64, R0, R1 \
	VLD1 (R0), [V8.VEC, V9.VEC, V10.VEC, V11.VEC] \
	VLD1 (R1), [V12.VEC, V13.VEC, V14.VEC, V15.VEC] \
	VLD1.P 64(R2), [V18.VEC, V19.VEC, V20.VEC, V21.VEC] \
	VLD1.P 64(R2), [V22.VEC, V23.VEC, V24.VEC, V25.VEC] \
	VMOV NEGZERO.B16, V0.B16 \
	VFMLA V18.VEC, V8.VEC, V0.VEC \
	VMOV NEGZERO.B16, V1.B16 \
	VFMLA V19.VEC, V9.VEC, V1.VEC \
	VMOV NEGZERO.B16, V2.B16 \
	VFMLA V20.VEC, V10.VEC, V2.VEC \
	VMOV NEGZERO.B16, V3.B16 \
	VFMLA V21.VEC, V11.VEC, V3.VEC \
	VMOV NEGZERO.B16, V4.B16 \
	VFMLA V22.VEC, V12.VEC, V4.VEC \
	VMOV NEGZERO.B16, V5.B16 \
	VFMLA V23.VEC, V13.VEC, V5.VEC \
	VMOV NEGZERO.B16, V6.B16 \
	VFMLA V24.VEC, V14.VEC, V6.VEC \
	VMOV NEGZERO.B16, V7.B16 \
	VFMLA V25.VEC, V15.VEC, V7.VEC

#define BASE(LOAD, INSIDE, block) \
block: \
	LOAD \
	INSIDE(V0) \
	INSIDE(V1) \
	INSIDE(V2) \
	INSIDE(V3) \
	INSIDE(V4) \
	INSIDE(V5) \
	INSIDE(V6) \
	INSIDE(V7) \
	EIGHT \
	VST1.P [V6.VEC], 16(R3) \
	VST1.P [V2.VEC], 16(R3) \
	VST1.P [V5.VEC], 16(R3) \
	VST1.P [V3.VEC], 16(R3) \
	VST1.P [V7.VEC], 16(R3) \
	VST1.P [V1.VEC], 16(R3) \
	VST1.P [V16.VEC], 16(R3) \
	VST1.P [V0.VEC], 16(R3) \
	ADD  $128, R0 \
	SUB  $128, R9 \
	CBNZ R9, block

// KEEP and TIMES store a result in the next row at R2, TIMES times the factor in the
// next row at R3.
#define KEEP(v) \
	VST1.P [v.VEC], (R2)(R8)
#define TIMES(v) \
	VLD1.P (R3)(R8), [V18.VEC] \
	VMOV NEGZERO.B16, V19.B16 \
	VFMLA V18.VEC, v.VEC, V19.VEC \
	VST1.P [V19.VEC], (R2)(R8)

// STEPr runs the stages between r rows R8 bytes apart; x is at R0, the factors at R12.
#define STEP2 \
	MOVD R0, R1 \
	MOVD R0, R2 \
	VLD1.P (R1)(R8), [V0.VEC] \
	VLD1.P (R1)(R8), [V1.VEC] \
	TWO \
	VST1.P [V16.VEC], (R2)(R8) \
	VST1.P [V0.VEC], (R2)(R8)

#define STEP4(STORE) \
	MOVD R0, R1 \
	MOVD R0, R2 \
	MOVD R12, R3 \
	VLD1.P (R1)(R8), [V0.VEC] \
	VLD1.P (R1)(R8), [V1.VEC] \
	VLD1.P (R1)(R8), [V2.VEC] \
	VLD1.P (R1)(R8), [V3.VEC] \
	FOUR \
	STORE(V3) \
	STORE(V1) \
	STORE(V16) \
	STORE(V0)

#define STEP8(STORE) \
	MOVD R0, R1 \
	MOVD R0, R2 \
	MOVD R12, R3 \
	VLD1.P (R1)(R8), [V0.VEC] \
	VLD1.P (R1)(R8), [V1.VEC] \
	VLD1.P (R1)(R8), [V2.VEC] \
	VLD1.P (R1)(R8), [V3.VEC] \
	VLD1.P (R1)(R8), [V4.VEC] \
	VLD1.P (R1)(R8), [V5.VEC] \
	VLD1.P (R1)(R8), [V6.VEC] \
	VLD1.P (R1)(R8), [V7.VEC] \
	EIGHT \
	STORE(V6) \
	STORE(V2) \
	STORE(V5) \
	STORE(V3) \
	STORE(V7) \
	STORE(V1) \
	STORE(V16) \
	STORE(V0)

// PASS runs STEP over all columns of all blocks. R0 x, R8 row stride in bytes, R9 the end
// of x, R10 columns left in vectors, R11 from the end of a row to the next block, R12
// the factors, if any.
#define PASS(STEP, radix, block, column) \
	SETONE                 \
	MOVD x+0(FP), R0       \
	MOVD n+8(FP), R9       \
	MOVD h+16(FP), R8      \
	LSL  $LOGSIZE, R9      \
	ADD  R0, R9            \
	LSL  $LOGSIZE, R8      \
	MOVD $(radix-1), R11   \
	MUL  R8, R11, R11      \
block:                     \
	LSR  $4, R8, R10       \
column:                    \
	STEP                   \
	ADD  $16, R0           \
	ADD  $16, R12          \
	SUB  $1, R10           \
	CBNZ R10, column       \
	ADD  R11, R0           \
	CMP  R9, R0            \
	BLO  block
