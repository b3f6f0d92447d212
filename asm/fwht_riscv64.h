// Macros of the Walsh–Hadamard kernels for RVV. The including file defines SIZE, LOGSIZE, LE
// and SE, and LE8 and SE8, which move blocks of 8 elements from and to 8 registers, element
// i in register i. Radix 8 is 24 sums and differences beside 16 loads and stores and 25
// others, on as many blocks as a register has elements, in passes on twice as many columns.

// PAIR makes s = a+b and d = a−b.
#define PAIR(a, b, s, d) \
	VFADDVV b, a, s \
	VFSUBVV b, a, d

// TWO, FOUR and EIGHT run one, two and three stages between the rows a, which b serves too;
// the results of TWO and EIGHT stand in b, those of FOUR in a.
#define TWO(a0, a1, b0, b1) \
	PAIR(a0, a1, b0, b1)

#define FOUR(a0, a1, a2, a3, b0, b1, b2, b3) \
	PAIR(a0, a1, b0, b1) \
	PAIR(a2, a3, b2, b3) \
	PAIR(b0, b2, a0, a2) \
	PAIR(b1, b3, a1, a3)

#define EIGHT(a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7) \
	FOUR(a0, a1, a2, a3, b0, b1, b2, b3) \
	FOUR(a4, a5, a6, a7, b4, b5, b6, b7) \
	PAIR(a0, a4, b0, b4) \
	PAIR(a1, a5, b1, b5) \
	PAIR(a2, a6, b2, b6) \
	PAIR(a3, a7, b3, b7)

// PLAIN loads blocks of x, SCALED blocks of x times the factors.
#define PLAIN \
	LE8 (X10), V0
#define SCALED \
	LE8     (X10), V0   \
	LE8     (X11), V8   \
	ADD     X15, X11    \
	VFMULVV V8, V0, V0  \
	VFMULVV V9, V1, V1  \
	VFMULVV V10, V2, V2 \
	VFMULVV V11, V3, V3 \
	VFMULVV V12, V4, V4 \
	VFMULVV V13, V5, V5 \
	VFMULVV V14, V6, V6 \
	VFMULVV V15, V7, V7

// BASE runs three stages inside blocks of 8 of what LOAD loads.
//	X10 x   X11 factors   X12 dst
//	X13 elements, then blocks left   X14, X15 blocks of this step, their bytes
#define BASE(LOAD) \
	SRL     $3, X13                    \
block:                                     \
	VSETVLI X13, SIZE, M1, TA, MA, X14 \
	SLL     $(3+LOGSIZE), X14, X15     \
	LOAD                               \
	EIGHT(V0, V1, V2, V3, V4, V5, V6, V7, V16, V17, V18, V19, V20, V21, V22, V23) \
	SE8     V16, (X12)                 \
	ADD     X15, X10                   \
	ADD     X15, X12                   \
	SUB     X14, X13                   \
	BNEZ    X13, block

// ROW loads the next row. KEEP and TIMES store a result in the next row, TIMES times the
// factors in theirs, with a free register f.
#define ROW(v) \
	LE  (X20), v \
	ADD X11, X20
#define KEEP(v, f) \
	SE  v, (X20) \
	ADD X11, X20
#define TIMES(v, f) \
	LE      (X21), f \
	ADD     X11, X21 \
	VFMULVV f, v, v  \
	KEEP(v, f)

// STEPr runs the stages between r rows, of as many columns as two registers have elements.
#define STEP2 \
	ROW(V0)   \
	ROW(V2)   \
	TWO(V0, V2, V16, V18) \
	MOV X10, X20 \
	KEEP(V16, V0) \
	KEEP(V18, V2)

#define STEP4(STORE) \
	ROW(V0) \
	ROW(V2) \
	ROW(V4) \
	ROW(V6) \
	FOUR(V0, V2, V4, V6, V16, V18, V20, V22) \
	MOV X10, X20 \
	STORE(V0, V16) \
	STORE(V2, V18) \
	STORE(V4, V20) \
	STORE(V6, V22)

#define STEP8(STORE) \
	ROW(V0) \
	ROW(V2) \
	ROW(V4) \
	ROW(V6) \
	ROW(V8) \
	ROW(V10) \
	ROW(V12) \
	ROW(V14) \
	EIGHT(V0, V2, V4, V6, V8, V10, V12, V14, V16, V18, V20, V22, V24, V26, V28, V30) \
	MOV X10, X20 \
	STORE(V16, V0) \
	STORE(V18, V2) \
	STORE(V20, V4) \
	STORE(V22, V6) \
	STORE(V24, V8) \
	STORE(V26, V10) \
	STORE(V28, V12) \
	STORE(V30, V14)

// PASS runs STEP over all columns of all blocks.
//	X10 x at this column        X11 row stride in bytes
//	X9  the end of x            X16 from the end of a row to the next block
//	X12 columns of a row        X13 columns left
//	X14, X15 columns of this step, their bytes
//	X17 factors, if any         X20, X21 x and the factors at this row
#define PASS(STEP, radix, block, column) \
	MOV     x+0(FP), X10         \
	MOV     n+8(FP), X9          \
	MOV     h+16(FP), X12        \
	SLL     $LOGSIZE, X9         \
	ADD     X10, X9              \
	SLL     $LOGSIZE, X12, X11   \
	MOV     $(radix-1), X16      \
	MUL     X11, X16             \
block:                               \
	MOV     X12, X13             \
column:                              \
	VSETVLI X13, SIZE, M2, TA, MA, X14 \
	SLL     $LOGSIZE, X14, X15   \
	MOV     X10, X20             \
	MOV     X17, X21             \
	STEP                         \
	ADD     X15, X10             \
	ADD     X15, X17             \
	SUB     X14, X13             \
	BNEZ    X13, column          \
	ADD     X16, X10             \
	BLTU    X10, X9, block
