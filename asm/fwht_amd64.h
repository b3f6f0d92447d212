// Macros of the Walsh–Hadamard kernels. The including file defines the vector
// registers V0–V8 and T0–T3, VADD, SUBTO(a, b): b = a−b, LOGV and LOGSIZE, the
// binary logarithms of a vector's and an element's bytes, and INSIDE(v, t), the
// stages inside one vector.
//
// A pass runs two or three stages on what it loads once. A sum and a difference
// go to different units where the difference is a fused −1·b + a, which is a−b
// exactly; then 8 vectors through three stages cost 8 cycles of stores and 6 of
// arithmetic on a core that stores 32 and computes 4·32 bytes a cycle.
//
// Registers:
//	SI, DI  rows 0–3 and 4–7 at this column   R8, R9  row stride in bytes, 3 of them
//	CX      columns left, in vectors          AX      the last vector of x
//	BX      vectors in a row                  DX      from the last column to the next block
//	R10, R11  factors of rows 0–3 and 4–7, if any
//
// In a base kernel SI is x, DX the destination, DI the factors, AX the bytes left.

// BFLY makes a and b of a pair: t = a+b, b = a−b; a is free then.
#define BFLY(a, b, t) \
	VADD  b, a, t \
	SUBTO(a, b)

// FOUR runs two stages on V0–V3, with one more register. The results stand in
// V2, V4, V0, V3 in order; V1 is free.
#define FOUR \
	BFLY(V0, V1, V4) \
	BFLY(V2, V3, V0) \
	BFLY(V4, V0, V2) \
	BFLY(V1, V3, V4)

// EIGHT runs three stages on V0–V7 with V8. The results stand in V5, V6, V8, V0,
// V1, V2, V4, V7 in order; V3 is free.
#define EIGHT \
	BFLY(V0, V1, V8) \
	BFLY(V2, V3, V0) \
	BFLY(V4, V5, V2) \
	BFLY(V6, V7, V4) \
	BFLY(V8, V0, V6) \
	BFLY(V1, V3, V8) \
	BFLY(V2, V4, V1) \
	BFLY(V5, V7, V2) \
	BFLY(V6, V1, V5) \
	BFLY(V8, V2, V6) \
	BFLY(V0, V4, V8) \
	BFLY(V3, V7, V0)

// SETUP reads the arguments of a pass: x, its length n, and h.
#define SETUP \
	MOVQ x+0(FP), SI         \
	MOVQ n+8(FP), AX         \
	MOVQ h+16(FP), R8        \
	SHLQ $LOGSIZE, AX        \
	SHLQ $LOGSIZE, R8        \
	LEAQ (R8)(R8*2), R9      \
	MOVQ R8, BX              \
	SHRQ $LOGV, BX           \
	LEAQ -(1<<LOGV)(SI)(AX*1), AX // the last vector

// FACTORS reads the argument of a pass that multiplies its results.
#define FACTORS \
	MOVQ last+24(FP), R10       \
	LEAQ (R10)(R8*4), R11

// KEEP and TIMES store a result of a pass.
#define KEEP(v, m, g) \
	VMOVUPS v, m
#define TIMES(v, m, g) \
	VMUL    g, v, v \
	VMOVUPS v, m

// PASS2, PASS4 and PASS8 run 1, 2 and 3 stages: h, 2h, 4h. The labels are the
// caller's.
#define PASS2(column, block) \
block:                       \
	MOVQ BX, CX              \
column:                      \
	VMOVUPS (SI), V0         \
	VMOVUPS (SI)(R8*1), V1   \
	BFLY(V0, V1, V2)         \
	VMOVUPS V2, (SI)         \
	VMOVUPS V1, (SI)(R8*1)   \
	ADDQ $(1<<LOGV), SI      \
	DECQ CX                  \
	JNZ  column              \
	ADDQ R8, SI              \
	CMPQ SI, AX              \
	JLS  block

#define PASS4(STORE, column, block) \
block:                       \
	MOVQ BX, CX              \
column:                      \
	VMOVUPS (SI), V0         \
	VMOVUPS (SI)(R8*1), V1   \
	VMOVUPS (SI)(R8*2), V2   \
	VMOVUPS (SI)(R9*1), V3   \
	FOUR                     \
	STORE(V2, (SI), (R10))           \
	STORE(V4, (SI)(R8*1), (R10)(R8*1)) \
	STORE(V0, (SI)(R8*2), (R10)(R8*2)) \
	STORE(V3, (SI)(R9*1), (R10)(R9*1)) \
	ADDQ $(1<<LOGV), SI      \
	ADDQ $(1<<LOGV), R10     \
	DECQ CX                  \
	JNZ  column              \
	ADDQ R9, SI              \
	CMPQ SI, AX              \
	JLS  block

#define PASS8(STORE, column, block) \
	LEAQ (R9)(R8*4), DX      \
block:                       \
	MOVQ BX, CX              \
	LEAQ (SI)(R8*4), DI      \
column:                      \
	VMOVUPS (SI), V0         \
	VMOVUPS (SI)(R8*1), V1   \
	VMOVUPS (SI)(R8*2), V2   \
	VMOVUPS (SI)(R9*1), V3   \
	VMOVUPS (DI), V4         \
	VMOVUPS (DI)(R8*1), V5   \
	VMOVUPS (DI)(R8*2), V6   \
	VMOVUPS (DI)(R9*1), V7   \
	EIGHT                    \
	STORE(V5, (SI), (R10))           \
	STORE(V6, (SI)(R8*1), (R10)(R8*1)) \
	STORE(V8, (SI)(R8*2), (R10)(R8*2)) \
	STORE(V0, (SI)(R9*1), (R10)(R9*1)) \
	STORE(V1, (DI), (R11))           \
	STORE(V2, (DI)(R8*1), (R11)(R8*1)) \
	STORE(V4, (DI)(R8*2), (R11)(R8*2)) \
	STORE(V7, (DI)(R9*1), (R11)(R9*1)) \
	ADDQ $(1<<LOGV), SI      \
	ADDQ $(1<<LOGV), DI      \
	ADDQ $(1<<LOGV), R10     \
	ADDQ $(1<<LOGV), R11     \
	DECQ CX                  \
	JNZ  column              \
	ADDQ DX, SI              \
	CMPQ SI, AX              \
	JLS  block

// PLAIN and SCALED load the next vector of a base block.
#define PLAIN(m, f, v) \
	VMOVUPS m, v
#define SCALED(m, f, v) \
	VMOVUPS f, v      \
	VMUL    m, v, v

// BASE runs the stages inside vectors and three between 8 consecutive ones.
#define BASE(LOAD, block) \
block:                                        \
	LOAD((SI), (DI), V0)                      \
	LOAD((1<<LOGV)(SI), (1<<LOGV)(DI), V1)        \
	LOAD((2<<LOGV)(SI), (2<<LOGV)(DI), V2)        \
	LOAD((3<<LOGV)(SI), (3<<LOGV)(DI), V3)        \
	LOAD((4<<LOGV)(SI), (4<<LOGV)(DI), V4)        \
	LOAD((5<<LOGV)(SI), (5<<LOGV)(DI), V5)        \
	LOAD((6<<LOGV)(SI), (6<<LOGV)(DI), V6)        \
	LOAD((7<<LOGV)(SI), (7<<LOGV)(DI), V7)        \
	INSIDE(V0, V1, T0, T1)                    \
	INSIDE(V2, V3, T2, T3)                    \
	INSIDE(V4, V5, T0, T1)                    \
	INSIDE(V6, V7, T2, T3)                    \
	EIGHT                                     \
	VMOVUPS V5, (DX)                          \
	VMOVUPS V6, (1<<LOGV)(DX)                 \
	VMOVUPS V8, (2<<LOGV)(DX)                 \
	VMOVUPS V0, (3<<LOGV)(DX)                 \
	VMOVUPS V1, (4<<LOGV)(DX)                 \
	VMOVUPS V2, (5<<LOGV)(DX)                 \
	VMOVUPS V4, (6<<LOGV)(DX)                 \
	VMOVUPS V7, (7<<LOGV)(DX)                 \
	ADDQ $(8<<LOGV), SI                       \
	ADDQ $(8<<LOGV), DI                       \
	ADDQ $(8<<LOGV), DX                       \
	SUBQ $(8<<LOGV), AX                       \
	JNZ  block
