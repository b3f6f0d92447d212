// Macros of the first and last pass of the Fourier transform with AVX2. The
// including file defines V0–V15, VADD, VSUB, VMUL, VFMADD231, VFMSUB231, LOGSIZE and
// the shuffles, each (a, b, to) inside the 128-bit halves: EVEN and ODD take
// the real and the imaginary parts of complex numbers in a, b, the two middle
// quarters exchanged; LO and HI interleave the elements of a and b.
//
// Registers of the last pass, where K is the bytes between x's elements:
//	SI, DI  x, parts      R8   y         V15  scale
//	R10     K             R11  3K        R12, R13  twice those, for y
//	CX      vectors left
// Of the first:
//	SI      x             R8, R9  y, parts   DX  twiddles
//	R10     K, also between the twiddles' rows   R11  3K   CX  vectors left

// LAST4 and LAST2 transform one vector of columns, scale it and join its parts
// with JOIN1 and JOIN2: LO and HI, of (im, re) for the inverse.
#define LAST4(JOIN1, JOIN2) \
	VMOVUPS (SI), V0 \
	VMOVUPS (DI), V1 \
	VMOVUPS (SI)(R10*2), V2 \
	VMOVUPS (DI)(R10*2), V3 \
	VMOVUPS (SI)(R10*1), V4 \
	VMOVUPS (DI)(R10*1), V5 \
	VMOVUPS (SI)(R11*1), V6 \
	VMOVUPS (DI)(R11*1), V7 \
	VADD V2, V0, V8 \
	VSUB V2, V0, V2 \
	VADD V3, V1, V0 \
	VSUB V3, V1, V3 \
	VADD V6, V4, V1 \
	VSUB V6, V4, V6 \
	VADD V7, V5, V4 \
	VSUB V7, V5, V7 \
	VADD V1, V8, V5 \
	VADD V4, V0, V9 \
	VSUB V1, V8, V1 \
	VSUB V4, V0, V4 \
	VADD V7, V2, V0 \
	VSUB V6, V3, V8 \
	VSUB V7, V2, V7 \
	VADD V6, V3, V6 \
	VMUL V15, V5, V5 \
	VMUL V15, V9, V9 \
	JOIN1(V5, V9, V3) \
	JOIN2(V5, V9, V9) \
	VPERM2F128 $0x20, V9, V3, V5 \
	VPERM2F128 $0x31, V9, V3, V9 \
	VMOVUPS V5, (R8) \
	VMOVUPS V9, 32(R8) \
	VMUL V15, V0, V0 \
	VMUL V15, V8, V8 \
	JOIN1(V0, V8, V9) \
	JOIN2(V0, V8, V8) \
	VPERM2F128 $0x20, V8, V9, V0 \
	VPERM2F128 $0x31, V8, V9, V8 \
	VMOVUPS V0, (R8)(R12*1) \
	VMOVUPS V8, 32(R8)(R12*1) \
	VMUL V15, V1, V1 \
	VMUL V15, V4, V4 \
	JOIN1(V1, V4, V8) \
	JOIN2(V1, V4, V4) \
	VPERM2F128 $0x20, V4, V8, V1 \
	VPERM2F128 $0x31, V4, V8, V4 \
	VMOVUPS V1, (R8)(R12*2) \
	VMOVUPS V4, 32(R8)(R12*2) \
	VMUL V15, V7, V7 \
	VMUL V15, V6, V6 \
	JOIN1(V7, V6, V4) \
	JOIN2(V7, V6, V6) \
	VPERM2F128 $0x20, V6, V4, V7 \
	VPERM2F128 $0x31, V6, V4, V6 \
	VMOVUPS V7, (R8)(R13*1) \
	VMOVUPS V6, 32(R8)(R13*1)

#define LAST2(JOIN1, JOIN2) \
	VMOVUPS (SI), V0 \
	VMOVUPS (DI), V1 \
	VMOVUPS (SI)(R10*1), V2 \
	VMOVUPS (DI)(R10*1), V3 \
	VADD V2, V0, V4 \
	VSUB V2, V0, V2 \
	VADD V3, V1, V0 \
	VSUB V3, V1, V3 \
	VMUL V15, V4, V4 \
	VMUL V15, V0, V0 \
	JOIN1(V4, V0, V1) \
	JOIN2(V4, V0, V0) \
	VPERM2F128 $0x20, V0, V1, V4 \
	VPERM2F128 $0x31, V0, V1, V0 \
	VMOVUPS V4, (R8) \
	VMOVUPS V0, 32(R8) \
	VMUL V15, V2, V2 \
	VMUL V15, V3, V3 \
	JOIN1(V2, V3, V0) \
	JOIN2(V2, V3, V3) \
	VPERM2F128 $0x20, V3, V0, V2 \
	VPERM2F128 $0x31, V3, V0, V3 \
	VMOVUPS V2, (R8)(R12*1) \
	VMOVUPS V3, 32(R8)(R12*1)

#define LAST(STEP, column) \
	MOVQ y+0(FP), R8       \
	MOVQ xr+8(FP), SI      \
	MOVQ xi+16(FP), DI     \
	VBCAST scale+24(FP), V15 \
	MOVQ s+32(FP), R10     \
	SHLQ $LOGSIZE, R10     \
	LEAQ (R10)(R10*2), R11 \
	LEAQ (R10)(R10*1), R12 \
	LEAQ (R11)(R11*1), R13 \
	MOVQ v+40(FP), CX      \
column:                    \
	STEP                   \
	ADDQ $32, SI           \
	ADDQ $32, DI           \
	ADDQ $64, R8           \
	DECQ CX                \
	JNZ  column

#define FIRST(STEP, column) \
	MOVQ yr+0(FP), R8      \
	MOVQ yi+8(FP), R9      \
	MOVQ x+16(FP), SI      \
	MOVQ tw+24(FP), DX     \
	MOVQ m+32(FP), R10     \
	SHLQ $(LOGSIZE+1), R10 \
	LEAQ (R10)(R10*2), R11 \
	MOVQ v+40(FP), CX      \
column:                    \
	STEP                   \
	ADDQ $64, SI           \
	ADDQ $64, DX           \
	ADDQ $128, R8          \
	ADDQ $128, R9          \
	DECQ CX                \
	JNZ  column
