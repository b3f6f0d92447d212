// Macros of the AVX-512 tiles: 8 rows by 1, 2 or 3 vectors of columns. The
// including file defines, for its element type,
//
//	SIZE, LOGSIZE  the element size in bytes, and its log2
//	BCAST(m, z)    broadcast the element at m to all lanes of z
//	FMADD(x, y, z) z = x*y + z, one rounding a lane
//	MASKED         the move that is masked by element
//
// Registers:
//	SI       A at this k                      R8, R9, DI, R14 A's row stride, ×3, ×5, ×7
//	BX       B: this k                        R10, R11 A's and B's k stride
//	DX, R15  C: rows 0–3 and 4–7; in the loop R12, R13 C's row stride, ×3
//	         what comes later, distance in B
//	CX       k left                           AX       rows left; in the loop 64 or 0
//	Z0–Z23   C, row r in Z(3r)…Z(3r+2)        Z24–Z26  B
//	Z27–Z30  A                                K1       columns of the last vector
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
	LEAQ (R8)(R8*2), R9   \
	LEAQ (R8)(R8*4), DI   \
	LEAQ (DI)(R8*2), R14  \
	LEAQ (R12)(R12*2), R13 \
	MOVQ mask+72(FP), CX  \
	KMOVW CX, K1          \
	MOVQ m+0(FP), AX      \
	MOVQ a+16(FP), SI     \
	MOVQ c+56(FP), DX

// ROWSn(M, p, s, s3, q) applies M to the address and the C registers of n rows,
// which start at p and, from the fifth on, at q.
#define ROWS1(M, p, s, s3, q) \
	M((p), Z27, Z0, Z1, Z2)
#define ROWS2(M, p, s, s3, q) \
	ROWS1(M, p, s, s3, q) \
	M((p)(s*1), Z28, Z3, Z4, Z5)
#define ROWS4(M, p, s, s3, q) \
	ROWS2(M, p, s, s3, q) \
	M((p)(s*2), Z29, Z6, Z7, Z8) \
	M((p)(s3*1), Z30, Z9, Z10, Z11)
#define ROWS8(M, p, s, s3, q) \
	ROWS4(M, p, s, s3, q) \
	M((q), Z27, Z12, Z13, Z14) \
	M((q)(s*1), Z28, Z15, Z16, Z17) \
	M((q)(s*2), Z29, Z18, Z19, Z20) \
	M((q)(s3*1), Z30, Z21, Z22, Z23)

// AROWSn does the same for A: one pointer serves all rows, so that the loop has
// few additions, which would take turns with the FMAs on the same ports.
#define AROWS1(M) ROWS1(M, SI, R8, R9, SI)
#define AROWS2(M) ROWS2(M, SI, R8, R9, SI)
#define AROWS4(M) ROWS4(M, SI, R8, R9, SI)
#define AROWS8(M) \
	AROWS4(M) \
	M((SI)(R8*4), Z27, Z12, Z13, Z14) \
	M((SI)(DI*1), Z28, Z15, Z16, Z17) \
	M((SI)(R9*2), Z29, Z18, Z19, Z20) \
	M((SI)(R14*1), Z30, Z21, Z22, Z23)

// ASTEP does so for the eight rows d bytes further on.
#define ASTEP(M, d) \
	M(d (SI), Z27, Z0, Z1, Z2) \
	M(d (SI)(R8*1), Z28, Z3, Z4, Z5) \
	M(d (SI)(R8*2), Z29, Z6, Z7, Z8) \
	M(d (SI)(R9*1), Z30, Z9, Z10, Z11) \
	M(d (SI)(R8*4), Z27, Z12, Z13, Z14) \
	M(d (SI)(DI*1), Z28, Z15, Z16, Z17) \
	M(d (SI)(R9*2), Z29, Z18, Z19, Z20) \
	M(d (SI)(R14*1), Z30, Z21, Z22, Z23)

// What the rows of a tile with 1, 2 and 3 vectors do.
#define ZERO1(m, a, c0, c1, c2) VPXORQ c0, c0, c0;
#define ZERO2(m, a, c0, c1, c2) VPXORQ c0, c0, c0; VPXORQ c1, c1, c1;
#define ZERO3(m, a, c0, c1, c2) VPXORQ c0, c0, c0; VPXORQ c1, c1, c1; VPXORQ c2, c2, c2;
#define LOAD1(m, a, c0, c1, c2) MASKED.Z m, K1, c0;
#define LOAD2(m, a, c0, c1, c2) VMOVUPS m, c0; MASKED.Z 64 m, K1, c1;
#define LOAD3(m, a, c0, c1, c2) VMOVUPS m, c0; VMOVUPS 64 m, c1; MASKED.Z 128 m, K1, c2;
#define FULL2(m, a, c0, c1, c2) VMOVUPS m, c0; VMOVUPS 64 m, c1;
#define FULL3(m, a, c0, c1, c2) VMOVUPS m, c0; VMOVUPS 64 m, c1; VMOVUPS 128 m, c2;
#define STORE1(m, a, c0, c1, c2) MASKED c0, K1, m;
#define STORE2(m, a, c0, c1, c2) VMOVUPS c0, m; MASKED c1, K1, 64 m;
#define STORE3(m, a, c0, c1, c2) VMOVUPS c0, m; VMOVUPS c1, 64 m; MASKED c2, K1, 128 m;
#define KEEP2(m, a, c0, c1, c2) VMOVUPS c0, m; VMOVUPS c1, 64 m;
#define KEEP3(m, a, c0, c1, c2) VMOVUPS c0, m; VMOVUPS c1, 64 m; VMOVUPS c2, 128 m;
#define FMA1(m, a, c0, c1, c2) BCAST(m, a); FMADD(Z24, a, c0);
#define FMA2(m, a, c0, c1, c2) BCAST(m, a); FMADD(Z24, a, c0); FMADD(Z25, a, c1);
#define FMA3(m, a, c0, c1, c2) BCAST(m, a); FMADD(Z24, a, c0); FMADD(Z25, a, c1); FMADD(Z26, a, c2);

// FETCH brings the rows of C that come next into the cache.
#define FETCH(m, a, c0, c1, c2) PREFETCHT0 m; PREFETCHT0 64 m; PREFETCHT0 128 m;

// AHEADn brings the row of B that is R15 bytes ahead into the cache, and a line of what
// the caller needs later into the L2 cache. A single row of A passes so fast over B that
// its stream leaves the CPU's own prefetching behind (7 against 14 Gflop/s from memory).
// AHEAD3 does the same for A eight steps of k ahead, which lie far apart if A was packed
// from columns (transposed products: +8 %).
#define AHEAD1 PREFETCHT1 (DX); PREFETCHT0 (BX)(R15*1);
#define AHEAD2 PREFETCHT1 (DX); PREFETCHT0 (BX)(R15*1); PREFETCHT0 64(BX)(R15*1);
#define AHEAD3 PREFETCHT1 (DX); PREFETCHT0 (SI)(R10*8); PREFETCHT0 (BX)(R15*1); PREFETCHT0 64(BX)(R15*1); PREFETCHT0 128(BX)(R15*1);

// COPYn stores the row of B instead of bringing a later line.
#define COPY2 KEEP2((DX), Z27, Z24, Z25, Z26) PREFETCHT0 (BX)(R15*1); PREFETCHT0 64(BX)(R15*1);
#define COPY3 KEEP3((DX), Z27, Z24, Z25, Z26) PREFETCHT0 (BX)(R15*1); PREFETCHT0 64(BX)(R15*1); PREFETCHT0 128(BX)(R15*1);

// PANEL computes the next rows of C. NEAR is a loop that does what it can and leaves
// the rest of k to the next one: B is brought to the L1 cache 2^distance rows
// before its use, which a smaller tile reaches sooner. The last three arguments are its labels.
#define PANEL(ROWS, AROWS, distance, ZERO, LOAD, AHEAD, NEAR, FMA, STORE, start, loop, done) \
	LEAQ (DX)(R12*4), R15         \
	MOVQ b+40(FP), BX             \
	MOVQ k+8(FP), CX              \
	ROWS(ZERO, DX, R12, R13, R15) \
	CMPB load+80(FP), $0          \
	JEQ  start                    \
	ROWS(LOAD, DX, R12, R13, R15) \
	LEAQ (DX)(R12*8), R15         \
	LEAQ (R15)(R12*4), BX         \
	ROWS(FETCH, R15, R12, R13, BX) \
	MOVQ b+40(FP), BX             \
start:                                \
	MOVQ ahead+88(FP), DX         \
	MOVQ step+96(FP), AX          \
	MOVQ R11, R15                 \
	SHLQ $distance, R15           \
	NEAR(LOAD, FMA)               \
	TESTQ CX, CX                  \
	JEQ  done                     \
loop:                                 \
	LOAD((BX), Z27, Z24, Z25, Z26) \
	AHEAD                         \
	ADDQ AX, DX                   \
	ADDQ R11, BX                  \
	AROWS(FMA)                    \
	ADDQ R10, SI                  \
	DECQ CX                       \
	JNE  loop                     \
	MOVQ DX, ahead+88(FP)         \
done:                                 \
	MOVQ c+56(FP), DX             \
	LEAQ (DX)(R12*4), R15         \
	ROWS(STORE, DX, R12, R13, R15)

// FOURS is the loop for eight rows of A that lie in rows, if B is in the caches: four
// k at a time. An addition to a pointer often takes an FMA's port, and fetching what is
// near takes time from the loads: without them, products of 256×256 are 3 to 10 % faster.
// From far away one load instruction in a loop is better: the CPU foresees its stride.
#define FOURS(LOAD, FMA) \
	CMPB near+104(FP), $0         \
	JEQ  far8                     \
	CMPQ R10, $SIZE               \
	JNE  far8                     \
	LEAQ (R11)(R11*2), R13        \
	SUBQ $4, CX                   \
	JLT  few8                     \
near8:                                \
	LOAD((BX), Z27, Z24, Z25, Z26) \
	ASTEP(FMA, 0)                 \
	LOAD((BX)(R11*1), Z27, Z24, Z25, Z26) \
	ASTEP(FMA, SIZE)              \
	LOAD((BX)(R11*2), Z27, Z24, Z25, Z26) \
	ASTEP(FMA, 2*SIZE)            \
	LOAD((BX)(R13*1), Z27, Z24, Z25, Z26) \
	ASTEP(FMA, 3*SIZE)            \
	LEAQ (BX)(R11*4), BX          \
	ADDQ $(4*SIZE), SI            \
	SUBQ $4, CX                   \
	JGE  near8                    \
few8:                                 \
	ADDQ $4, CX                   \
	LEAQ (R12)(R12*2), R13        \
far8:

// NONE is no such loop.
#define NONE(LOAD, FMA)

// NEXT moves A and C on by n = 1, 2, 4 or 8 rows.
#define NEXT(n) \
	MOVQ a+16(FP), SI       \
	LEAQ (SI)(R8*n), SI     \
	MOVQ SI, a+16(FP)       \
	LEAQ (DX)(R12*n), DX    \
	MOVQ DX, c+56(FP)

// TILE is the whole of a tile function: panels of 8 rows, then 4, 2 and 1.
#define TILE(ZERO, LOAD, AHEAD, FMA, STORE) \
	TILE_ARGS                    \
rows8:                               \
	MOVQ m+0(FP), AX             \
	CMPQ AX, $8                  \
	JLT  rows4                   \
	PANEL(ROWS8, AROWS8, 4, ZERO, LOAD, AHEAD, FOURS, FMA, STORE, start8, loop8, done8) \
	NEXT(8)                      \
	SUBQ $8, m+0(FP)             \
	JMP  rows8                   \
rows4:                               \
	MOVQ m+0(FP), AX             \
	TESTQ $4, AX                 \
	JEQ  rows2                   \
	PANEL(ROWS4, AROWS4, 4, ZERO, LOAD, AHEAD, NONE, FMA, STORE, start4, loop4, done4) \
	NEXT(4)                      \
rows2:                               \
	MOVQ m+0(FP), AX             \
	TESTQ $2, AX                 \
	JEQ  rows1                   \
	PANEL(ROWS2, AROWS2, 5, ZERO, LOAD, AHEAD, NONE, FMA, STORE, start2, loop2, done2) \
	NEXT(2)                      \
rows1:                               \
	MOVQ m+0(FP), AX             \
	TESTQ $1, AX                 \
	JEQ  end                     \
	PANEL(ROWS1, AROWS1, 5, ZERO, LOAD, AHEAD, NONE, FMA, STORE, start1, loop1, done1) \
end:                                 \
	VZEROUPPER

// TILECOPY is eight rows whose B is copied.
#define TILECOPY(ZERO, LOAD, COPY, FMA, STORE) \
	TILE_ARGS                    \
	PANEL(ROWS8, AROWS8, 4, ZERO, LOAD, COPY, NONE, FMA, STORE, start, loop, done) \
	VZEROUPPER
