// Macros of the NEON tiles: 8 rows by 1, 2 or 3 vectors of columns. The including
// file defines, for its element type, LOGSIZE, the log2 of its bytes, and VEC,
// the arrangement of a vector.
//
// Registers:
//	R0–R7    A: one row each, at this k    R10      A's k stride
//	R8       B: this k                     R9       B's row stride
//	R13, R17 C: the panel, a row of it     R14      C's row stride
//	R15      A: the panel                  R16      A's row stride
//	R11      k left                        R12      rows left
//	V0–V23   C, row r in V(3r)…V(3r+2)     V24–V26  B
//	V27–V30  A
// All strides are in bytes. A step of k takes 8 loads of A, 1 of B, 24 FMAs and 2
// of the loop for a tile of 8 rows and 3 vectors: 1.46 instructions an FMA.

#define TILE_ARGS \
	MOVD m+0(FP), R12       \
	MOVD a+16(FP), R15      \
	MOVD ars+24(FP), R16    \
	MOVD aks+32(FP), R10    \
	MOVD bs+48(FP), R9      \
	MOVD c+56(FP), R13      \
	MOVD cs+64(FP), R14     \
	LSL  $LOGSIZE, R16, R16 \
	LSL  $LOGSIZE, R10, R10 \
	LSL  $LOGSIZE, R9, R9   \
	LSL  $LOGSIZE, R14, R14

// ROWSn(M) applies M to the A pointer, an A register and the C registers of n rows.
#define ROWS1(M) \
	M(R0, V27, V0, V1, V2)
#define ROWS2(M) \
	ROWS1(M) \
	M(R1, V28, V3, V4, V5)
#define ROWS4(M) \
	ROWS2(M) \
	M(R2, V29, V6, V7, V8) \
	M(R3, V30, V9, V10, V11)
#define ROWS8(M) \
	ROWS4(M) \
	M(R4, V27, V12, V13, V14) \
	M(R5, V28, V15, V16, V17) \
	M(R6, V29, V18, V19, V20) \
	M(R7, V30, V21, V22, V23)

// What the rows of a tile with 1, 2 and 3 vectors do.
#define POINT(p, a, c0, c1, c2) MOVD R17, p; ADD R16, R17;
#define ZERO1(p, a, c0, c1, c2) VEOR c0.B16, c0.B16, c0.B16;
#define ZERO2(p, a, c0, c1, c2) ZERO1(p, a, c0, c1, c2) VEOR c1.B16, c1.B16, c1.B16;
#define ZERO3(p, a, c0, c1, c2) ZERO2(p, a, c0, c1, c2) VEOR c2.B16, c2.B16, c2.B16;
#define LOAD1(p, a, c0, c1, c2) VLD1.P (R17)(R14), [c0.VEC];
#define LOAD2(p, a, c0, c1, c2) VLD1.P (R17)(R14), [c0.VEC, c1.VEC];
#define LOAD3(p, a, c0, c1, c2) VLD1.P (R17)(R14), [c0.VEC, c1.VEC, c2.VEC];
#define STORE1(p, a, c0, c1, c2) VST1.P [c0.VEC], (R17)(R14);
#define STORE2(p, a, c0, c1, c2) VST1.P [c0.VEC, c1.VEC], (R17)(R14);
#define STORE3(p, a, c0, c1, c2) VST1.P [c0.VEC, c1.VEC, c2.VEC], (R17)(R14);
#define FMA1(p, a, c0, c1, c2) VLD1R.P (p)(R10), [a.VEC]; VFMLA V24.VEC, a.VEC, c0.VEC;
#define FMA2(p, a, c0, c1, c2) FMA1(p, a, c0, c1, c2) VFMLA V25.VEC, a.VEC, c1.VEC;
#define FMA3(p, a, c0, c1, c2) FMA2(p, a, c0, c1, c2) VFMLA V26.VEC, a.VEC, c2.VEC;
#define B1 VLD1.P (R8)(R9), [V24.VEC]
#define B2 VLD1.P (R8)(R9), [V24.VEC, V25.VEC]
#define B3 VLD1.P (R8)(R9), [V24.VEC, V25.VEC, V26.VEC]

// PANEL computes the next n rows of C and moves A and C on by them. The last
// three arguments are its labels.
#define PANEL(n, ROWS, ZERO, LOAD, B, FMA, STORE, start, loop, done) \
	MOVD  R15, R17         \
	ROWS(POINT)            \
	MOVD  R17, R15         \
	MOVD  b+40(FP), R8     \
	MOVD  k+8(FP), R11     \
	MOVD  R13, R17         \
	ROWS(ZERO)             \
	MOVBU load+72(FP), R19 \
	CBZ   R19, start       \
	ROWS(LOAD)             \
start:                         \
	CBZ   R11, done        \
loop:                          \
	B                      \
	ROWS(FMA)              \
	SUB   $1, R11          \
	CBNZ  R11, loop        \
done:                          \
	MOVD  R13, R17         \
	ROWS(STORE)            \
	MOVD  R17, R13         \
	SUB   $(n), R12

// TILE is the whole of a tile function: panels of 8 rows, then 4, 2 and 1.
#define TILE(ZERO, LOAD, B, FMA, STORE) \
	TILE_ARGS                  \
rows8:                             \
	CMP  $8, R12               \
	BLT  rows4                 \
	PANEL(8, ROWS8, ZERO, LOAD, B, FMA, STORE, start8, loop8, done8) \
	JMP  rows8                 \
rows4:                             \
	TBZ  $2, R12, rows2        \
	PANEL(4, ROWS4, ZERO, LOAD, B, FMA, STORE, start4, loop4, done4) \
rows2:                             \
	TBZ  $1, R12, rows1        \
	PANEL(2, ROWS2, ZERO, LOAD, B, FMA, STORE, start2, loop2, done2) \
rows1:                             \
	CBZ  R12, end              \
	PANEL(1, ROWS1, ZERO, LOAD, B, FMA, STORE, start1, loop1, done1) \
end:
