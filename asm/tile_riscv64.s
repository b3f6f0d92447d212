//go:build !purego

// Tiles for RVV: 6 rows by four vector registers of columns, 16 of float32 or 8 of float64
// where a register has 128 bits. The rows of a tile share a load of B, and the processor
// multiplies by a scalar of A, so a step of k takes 6 loads of A, 1 of B, 6 FMAs (24 of 128
// bits) and 10 others: 0.96 instructions for an FMA of 128 bits. No hardware was at hand to
// time them.

#include "textflag.h"

// Registers, of a strip of columns and a panel of its rows:
//	X10, X20  A: the panel, a row at this k   X11, X12  A's row and k strides
//	X13, X21  B: the strip, this k            X14       B's row stride
//	X15, X22  C: the panel, a row of it       X16       C's row stride
//	X5        rows left                       X17       columns left
//	X6, X7    k left, k                       X18       columns of this strip
//	X9        from the last row of A to the first at the next k
//	X19       whether to load C               X23       C: the strip
//	V0–V23    C, row r in V(4r)…V(4r+3)       V24–V27   B
//	F0–F5     A, row r in F(r)
// All strides are in bytes.

// ROWSn(M) applies M to the C and the A register of n rows.
#define ROWS1(M) M(V0, F0)
#define ROWS2(M) ROWS1(M) M(V4, F1)
#define ROWS4(M) ROWS2(M) M(V8, F2) M(V12, F3)
#define ROWS6(M) ROWS4(M) M(V16, F4) M(V20, F5)

#define ZERO(c, a) VMVVI $0, c;
#define LOAD32(c, a) VLE32V (X22), c; ADD X16, X22;
#define LOAD64(c, a) VLE64V (X22), c; ADD X16, X22;
#define STORE32(c, a) VSE32V c, (X22); ADD X16, X22;
#define STORE64(c, a) VSE64V c, (X22); ADD X16, X22;
#define A32(c, a) MOVF (X20), a; ADD X11, X20;
#define A64(c, a) MOVD (X20), a; ADD X11, X20;
#define FMA(c, a) VFMACCVF V24, a, c;

// PANEL computes the next n rows of C and moves A and C on by them. The last two
// arguments are its labels.
#define PANEL(n, ROWS, LE, A, LOAD, STORE, zero, loop) \
	MOV  X10, X20       \
	MOV  $(-n), X9      \
	MUL  X11, X9        \
	SUB  X9, X10        \
	ADD  X12, X9        \
	MOV  X13, X21       \
	MOV  X15, X22       \
	MOV  X7, X6         \
	BEQZ X19, zero      \
	ROWS(LOAD)          \
	JMP  loop           \
zero:                       \
	ROWS(ZERO)          \
loop:                       \
	LE   (X21), V24     \
	ROWS(A)             \
	ADD  X14, X21       \
	ADD  X9, X20        \
	ADD  $-1, X6        \
	ROWS(FMA)           \
	BNEZ X6, loop       \
	MOV  X15, X22       \
	ROWS(STORE)         \
	MOV  X22, X15

// TILE is the whole of a tile function, for elements of SIZE, of 2^LOG bytes: strips of
// columns, in each panels of 6 rows, then 4, 2 and 1.
#define TILE(SIZE, LOG, LE, A, LOAD, STORE) \
	MOV   n+8(FP), X17       \
	MOV   k+16(FP), X7       \
	MOV   ars+32(FP), X11    \
	MOV   aks+40(FP), X12    \
	MOV   b+48(FP), X13      \
	MOV   bs+56(FP), X14     \
	MOV   c+64(FP), X23      \
	MOV   cs+72(FP), X16     \
	MOVBU load+80(FP), X19   \
	SLL   $LOG, X11          \
	SLL   $LOG, X12          \
	SLL   $LOG, X14          \
	SLL   $LOG, X16          \
strip:                           \
	VSETVLI X17, SIZE, M4, TA, MA, X18 \
	MOV   m+0(FP), X5        \
	MOV   a+24(FP), X10      \
	MOV   X23, X15           \
rows6:                           \
	MOV   $6, X6             \
	BLT   X5, X6, rows4      \
	PANEL(6, ROWS6, LE, A, LOAD, STORE, zero6, loop6) \
	ADD   $-6, X5            \
	JMP   rows6              \
rows4:                           \
	AND   $4, X5, X6         \
	BEQZ  X6, rows2          \
	PANEL(4, ROWS4, LE, A, LOAD, STORE, zero4, loop4) \
rows2:                           \
	AND   $2, X5, X6         \
	BEQZ  X6, rows1          \
	PANEL(2, ROWS2, LE, A, LOAD, STORE, zero2, loop2) \
rows1:                           \
	AND   $1, X5, X6         \
	BEQZ  X6, next           \
	PANEL(1, ROWS1, LE, A, LOAD, STORE, zero1, loop1) \
next:                            \
	SLL   $LOG, X18, X6      \
	ADD   X6, X13            \
	ADD   X6, X23            \
	SUB   X18, X17           \
	BNEZ  X17, strip

// func tile32RVV(m, n, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)
//
// See tileGeneric32. Registers at the top. m, n, k > 0. Requires RVV.
TEXT ·tile32RVV(SB), NOSPLIT, $0-81
	TILE(E32, 2, VLE32V, A32, LOAD32, STORE32)
	RET

// func tile64RVV(m, n, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)
//
// See tileGeneric64. Registers at the top. m, n, k > 0. Requires RVV.
TEXT ·tile64RVV(SB), NOSPLIT, $0-81
	TILE(E64, 3, VLE64V, A64, LOAD64, STORE64)
	RET
