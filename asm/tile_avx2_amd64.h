// Macros of the AVX2 tiles: 6 rows by 1 or 2 vectors of columns. The including
// file defines LOGSIZE, BCAST, FMADD and MASKED as for tile_avx512_amd64.h, and
// MASKED by the sign bits of Y15.
//
// Registers:
//	SI, DI   A: rows 0–2 and 3–5 at this k    R8       A's row stride
//	BX       B: this k                        R10, R11 A's and B's k stride
//	DX, R15  C: rows 0–2 and 3–5              R12      C's row stride
//	CX       k left                           AX       rows left
//	Y0–Y11   C, row r in Y(2r), Y(2r+1)       Y12, Y13 B
//	Y14      A                                Y15      columns of the last vector
// All strides are in bytes.

#define TILE_ARGS \
	MOVQ ars+24(FP), R8   \
	MOVQ aks+32(FP), R10  \
	MOVQ bs+48(FP), R11   \
	MOVQ cs+64(FP), R12   \
	SHLQ $LOGSIZE, R8     \
	SHLQ $LOGSIZE, R10    \
	SHLQ $LOGSIZE, R11    \
	SHLQ $LOGSIZE, R12    \
	MOVQ mask+72(FP), CX  \
	VMOVDQU (CX), Y15     \
	MOVQ m+0(FP), AX      \
	MOVQ a+16(FP), SI     \
	MOVQ c+56(FP), DX

// ROWSn(M, p, s, q) applies M to the address and the C registers of n rows,
// which start at p and, from the fourth on, at q.
#define ROWS1(M, p, s, q) \
	M((p), Y0, Y1)
#define ROWS2(M, p, s, q) \
	ROWS1(M, p, s, q) \
	M((p)(s*1), Y2, Y3)
#define ROWS4(M, p, s, q) \
	ROWS2(M, p, s, q) \
	M((p)(s*2), Y4, Y5) \
	M((q), Y6, Y7)
#define ROWS6(M, p, s, q) \
	ROWS4(M, p, s, q) \
	M((q)(s*1), Y8, Y9) \
	M((q)(s*2), Y10, Y11)

// What the rows of a tile with 1 and 2 vectors do.
#define ZERO1(m, c0, c1) VPXOR c0, c0, c0;
#define ZERO2(m, c0, c1) VPXOR c0, c0, c0; VPXOR c1, c1, c1;
#define LOAD1(m, c0, c1) MASKED m, Y15, c0;
#define LOAD2(m, c0, c1) VMOVUPS m, c0; MASKED 32 m, Y15, c1;
#define FULL2(m, c0, c1) VMOVUPS m, c0; VMOVUPS 32 m, c1;
#define STORE1(m, c0, c1) MASKED c0, Y15, m;
#define STORE2(m, c0, c1) VMOVUPS c0, m; MASKED c1, Y15, 32 m;
#define KEEP2(m, c0, c1) VMOVUPS c0, m; VMOVUPS c1, 32 m;
#define FMA1(m, c0, c1) BCAST(m, Y14); FMADD(Y12, Y14, c0);
#define FMA2(m, c0, c1) BCAST(m, Y14); FMADD(Y12, Y14, c0); FMADD(Y13, Y14, c1);

// PANEL computes the next rows of C. The last three arguments are its labels.
#define PANEL(ROWS, ZERO, LOAD, FMA, STORE, start, loop, done) \
	LEAQ (DX)(R12*2), R15    \
	ADDQ R12, R15            \
	LEAQ (SI)(R8*2), DI      \
	ADDQ R8, DI              \
	MOVQ b+40(FP), BX        \
	MOVQ k+8(FP), CX         \
	ROWS(ZERO, DX, R12, R15) \
	CMPB load+80(FP), $0     \
	JEQ  start               \
	ROWS(LOAD, DX, R12, R15) \
start:                           \
	TESTQ CX, CX             \
	JEQ  done                \
loop:                            \
	LOAD((BX), Y12, Y13)     \
	PREFETCHT0 (BX)(R11*8)   \
	ADDQ R11, BX             \
	ROWS(FMA, SI, R8, DI)    \
	ADDQ R10, SI             \
	ADDQ R10, DI             \
	DECQ CX                  \
	JNE  loop                \
done:                            \
	ROWS(STORE, DX, R12, R15)

// NEXT moves A and C on by n = 1, 2 or 4 rows; NEXT6 by 6.
#define NEXT(n) \
	MOVQ a+16(FP), SI   \
	LEAQ (SI)(R8*n), SI \
	MOVQ SI, a+16(FP)   \
	LEAQ (DX)(R12*n), DX
#define NEXT6 \
	NEXT(4) \
	NEXT(2)

// TILE is the whole of a tile function: panels of 6 rows, then 4, 2 and 1.
#define TILE(ZERO, LOAD, FMA, STORE) \
	TILE_ARGS                    \
rows6:                               \
	CMPQ AX, $6                  \
	JLT  rows4                   \
	PANEL(ROWS6, ZERO, LOAD, FMA, STORE, start6, loop6, done6) \
	NEXT6                        \
	SUBQ $6, AX                  \
	JMP  rows6                   \
rows4:                               \
	TESTQ $4, AX                 \
	JEQ  rows2                   \
	PANEL(ROWS4, ZERO, LOAD, FMA, STORE, start4, loop4, done4) \
	NEXT(4)                      \
rows2:                               \
	TESTQ $2, AX                 \
	JEQ  rows1                   \
	PANEL(ROWS2, ZERO, LOAD, FMA, STORE, start2, loop2, done2) \
	NEXT(2)                      \
rows1:                               \
	TESTQ $1, AX                 \
	JEQ  end                     \
	PANEL(ROWS1, ZERO, LOAD, FMA, STORE, start1, loop1, done1) \
end:                                 \
	VZEROUPPER
