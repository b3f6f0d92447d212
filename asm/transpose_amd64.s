//go:build !purego

// Transposition by squares of 8×8 (float32) or 4×4 (float64), for packing: each
// element costs 3/8 or 1/2 of a shuffle, where the generic form spends a load and
// a store on it. The stores, one a cycle, and the shuffles, two a cycle, bound a
// square at 12 cycles (float32) or 4: 3/16 or 1/4 of a cycle an element.

#include "textflag.h"

// LOAD2(p, q, xlo, xhi, lo, hi) loads four elements at p and q into the halves of lo, and
// the next four into those of hi; for float64 two and two.
#define LOAD2(p, q, xlo, xhi, lo, hi) \
	VMOVUPS p, xlo            \
	VINSERTF128 $1, q, lo, lo \
	VMOVUPS 16 p, xhi         \
	VINSERTF128 $1, 16 q, hi, hi

// CROSS transposes the 4×4 squares in the halves of a, b, c and d.
#define CROSS(a, b, c, d) \
	VUNPCKLPS b, a, Y8   \
	VUNPCKHPS b, a, Y9   \
	VUNPCKLPS d, c, Y10  \
	VUNPCKHPS d, c, Y11  \
	VUNPCKLPD Y10, Y8, a \
	VUNPCKHPD Y10, Y8, b \
	VUNPCKLPD Y11, Y9, c \
	VUNPCKHPD Y11, Y9, d

// func transpose32AVX2(squares int, dst *float32, ds int, src *float32, ss int)
//
// Transpose(8*squares, 8, dst, ds, src, ss), squares > 0. Requires AVX2.
// SI, DI src rows 0–3, 4–7; R8, R9 its stride, ×3; DX, R12 dst rows 0–3, 4–7;
// R10, R11 its stride, ×3; CX squares left; Y0–Y7 the square.
TEXT ·transpose32AVX2(SB), NOSPLIT, $0-40
	MOVQ squares+0(FP), CX
	MOVQ dst+8(FP), DX
	MOVQ ds+16(FP), R10
	MOVQ src+24(FP), SI
	MOVQ ss+32(FP), R8
	SHLQ $2, R10
	SHLQ $2, R8
	LEAQ (R10)(R10*2), R11
	LEAQ (R8)(R8*2), R9
	LEAQ (SI)(R8*4), DI
square:
	LOAD2((SI), (DI), X0, X4, Y0, Y4)
	LOAD2((SI)(R8*1), (DI)(R8*1), X1, X5, Y1, Y5)
	LOAD2((SI)(R8*2), (DI)(R8*2), X2, X6, Y2, Y6)
	LOAD2((SI)(R9*1), (DI)(R9*1), X3, X7, Y3, Y7)
	CROSS(Y0, Y1, Y2, Y3)
	CROSS(Y4, Y5, Y6, Y7)
	LEAQ (DX)(R10*4), R12
	VMOVUPS Y0, (DX)
	VMOVUPS Y1, (DX)(R10*1)
	VMOVUPS Y2, (DX)(R10*2)
	VMOVUPS Y3, (DX)(R11*1)
	VMOVUPS Y4, (R12)
	VMOVUPS Y5, (R12)(R10*1)
	VMOVUPS Y6, (R12)(R10*2)
	VMOVUPS Y7, (R12)(R11*1)
	ADDQ $32, SI
	ADDQ $32, DI
	LEAQ (DX)(R10*8), DX
	DECQ CX
	JNE  square
	VZEROUPPER
	RET

// func transpose64AVX2(squares int, dst *float64, ds int, src *float64, ss int)
//
// Transpose(4*squares, 4, dst, ds, src, ss), squares > 0. Requires AVX2.
// SI, DI src rows 0–1, 2–3; R8 its stride; DX dst; R10, R11 its stride, ×3;
// CX squares left; Y0–Y3 the square, Y4–Y7 its transpose.
TEXT ·transpose64AVX2(SB), NOSPLIT, $0-40
	MOVQ squares+0(FP), CX
	MOVQ dst+8(FP), DX
	MOVQ ds+16(FP), R10
	MOVQ src+24(FP), SI
	MOVQ ss+32(FP), R8
	SHLQ $3, R10
	SHLQ $3, R8
	LEAQ (R10)(R10*2), R11
	LEAQ (SI)(R8*2), DI
square:
	LOAD2((SI), (DI), X0, X2, Y0, Y2)
	LOAD2((SI)(R8*1), (DI)(R8*1), X1, X3, Y1, Y3)
	VUNPCKLPD Y1, Y0, Y4
	VUNPCKHPD Y1, Y0, Y5
	VUNPCKLPD Y3, Y2, Y6
	VUNPCKHPD Y3, Y2, Y7
	VMOVUPS Y4, (DX)
	VMOVUPS Y5, (DX)(R10*1)
	VMOVUPS Y6, (DX)(R10*2)
	VMOVUPS Y7, (DX)(R11*1)
	ADDQ $32, SI
	ADDQ $32, DI
	LEAQ (DX)(R10*4), DX
	DECQ CX
	JNE  square
	VZEROUPPER
	RET
