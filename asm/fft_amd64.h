// Macros of the passes of the Fourier transform. The including file defines V0–V15,
// VADD, VSUB, VMUL, VFMADD231, VFMSUB231, VBCAST, LOGV and LOGSIZE, the binary
// logarithms of a vector's and an element's bytes, and CONST(i), row i of the table
// of constants in fft_table_amd64.go.
//
// Registers:
//	SI, DI  x, parts at this column           R10, R11, AX, BX    1, 3, 5, 7 times
//	R8, R9  y, parts at this column           ... the bytes between x's elements
//	DX      twiddles of this p                R12, R13, R14, R15  the same for y
//	CX      columns left, in vectors
//
// A radix-4 step is 50 instructions on 4 vectors of complex numbers: 8 stores, 14
// loads and 28 operations, of which the stores take longest (8 cycles where one
// 256-bit store starts a cycle).

#define HALFROOT CONST(0)
#define MINUSHALFROOT CONST(1)
#define COS3x1 CONST(2)
#define SIN3x1 CONST(3)
#define COS5x1 CONST(4)
#define COS5x2 CONST(5)
#define COS5x4 CONST(4)
#define SIN5x1 CONST(6)
#define SIN5x2 CONST(7)
#define SIN5x4 CONST(8)

// PASS(STEP, NEXT, radix, row, column) runs STEP over v vectors
// of columns of every p, and NEXT to go to the next p's part of y. m and gap, the bytes of the columns left out, stay in memory. The last two are labels.
#define PASS(STEP, NEXT, radix, row, column) \
	MOVQ yr+0(FP), R8      \
	MOVQ yi+8(FP), R9      \
	MOVQ xr+16(FP), SI     \
	MOVQ xi+24(FP), DI     \
	MOVQ tw+32(FP), DX     \
	MOVQ s+40(FP), R12     \
	SHLQ $LOGSIZE, R12     \
	LEAQ (R12)(R12*2), R13 \
	LEAQ (R12)(R12*4), R14 \
	LEAQ (R13)(R12*4), R15 \
	MOVQ m+48(FP), R10     \
	IMULQ R12, R10         \
	LEAQ (R10)(R10*2), R11 \
	LEAQ (R10)(R10*4), AX  \
	LEAQ (R11)(R10*4), BX  \
row:                       \
	MOVQ v+56(FP), CX      \
column:                    \
	STEP                   \
	ADDQ $(1<<LOGV), SI    \
	ADDQ $(1<<LOGV), DI    \
	ADDQ $(1<<LOGV), R8    \
	ADDQ $(1<<LOGV), R9    \
	DECQ CX                \
	JNZ  column            \
	ADDQ $(2*(radix-1)<<LOGSIZE), DX \
	MOVQ gap+64(FP), CX    \
	ADDQ CX, SI            \
	ADDQ CX, DI            \
	NEXT                   \
	DECQ m+48(FP)          \
	JNZ  row

// NEXTr moves y over radix−1 rows and the gap in CX.
#define NEXT2 \
	ADDQ CX, R8 \
	ADDQ CX, R9 \
	ADDQ R12, R8 \
	ADDQ R12, R9
#define NEXT3 \
	ADDQ CX, R8 \
	ADDQ CX, R9 \
	LEAQ (R8)(R12*2), R8 \
	LEAQ (R9)(R12*2), R9
#define NEXT4 \
	ADDQ CX, R8 \
	ADDQ CX, R9 \
	ADDQ R13, R8 \
	ADDQ R13, R9
#define NEXT5 \
	ADDQ CX, R8 \
	ADDQ CX, R9 \
	LEAQ (R8)(R12*4), R8 \
	LEAQ (R9)(R12*4), R9
#define NEXT8 \
	ADDQ CX, R8 \
	ADDQ CX, R9 \
	ADDQ R15, R8 \
	ADDQ R15, R9

// STEPr transforms one vector of columns: fftDFT2, fftDFTOdd, fftDFT4, fftDFT8, then
// the twiddles. STEP8 makes the odd results first and loads x again for the even ones.
#define STEP2 \
	VMOVUPS (SI), V0 \
	VMOVUPS (DI), V1 \
	VMOVUPS (SI)(R10*1), V2 \
	VMOVUPS (DI)(R10*1), V3 \
	VADD V2, V0, V4 \
	VSUB V2, V0, V2 \
	VADD V3, V1, V0 \
	VSUB V3, V1, V3 \
	VMOVUPS V4, (R8) \
	VMOVUPS V0, (R9) \
	VBCAST (0<<LOGSIZE)(DX), V0 \
	VBCAST (1<<LOGSIZE)(DX), V4 \
	VMUL V4, V3, V1 \
	VMUL V0, V3, V3 \
	VFMSUB231 V2, V0, V1 \
	VFMADD231 V2, V4, V3 \
	VMOVUPS V1, (R8)(R12*1) \
	VMOVUPS V3, (R9)(R12*1)

#define STEP3 \
	VMOVUPS (SI), V0 \
	VMOVUPS (DI), V1 \
	VMOVUPS (SI)(R10*1), V2 \
	VMOVUPS (DI)(R10*1), V3 \
	VMOVUPS (SI)(R10*2), V4 \
	VMOVUPS (DI)(R10*2), V5 \
	VADD V4, V2, V6 \
	VSUB V4, V2, V4 \
	VADD V5, V3, V2 \
	VSUB V5, V3, V5 \
	VADD V6, V0, V0 \
	VADD V2, V1, V1 \
	VMOVUPS V0, (R8) \
	VMOVUPS V1, (R9) \
	VMOVUPS (SI), V1 \
	VFMADD231 COS3x1, V6, V1 \
	VMUL SIN3x1, V4, V4 \
	VMOVUPS (DI), V6 \
	VFMADD231 COS3x1, V2, V6 \
	VMUL SIN3x1, V5, V5 \
	VADD V5, V1, V2 \
	VSUB V5, V1, V5 \
	VSUB V4, V6, V1 \
	VADD V4, V6, V4 \
	VBCAST (0<<LOGSIZE)(DX), V6 \
	VBCAST (1<<LOGSIZE)(DX), V0 \
	VMUL V0, V1, V3 \
	VMUL V6, V1, V1 \
	VFMSUB231 V2, V6, V3 \
	VFMADD231 V2, V0, V1 \
	VMOVUPS V3, (R8)(R12*1) \
	VMOVUPS V1, (R9)(R12*1) \
	VBCAST (2<<LOGSIZE)(DX), V1 \
	VBCAST (3<<LOGSIZE)(DX), V3 \
	VMUL V3, V4, V0 \
	VMUL V1, V4, V4 \
	VFMSUB231 V5, V1, V0 \
	VFMADD231 V5, V3, V4 \
	VMOVUPS V0, (R8)(R12*2) \
	VMOVUPS V4, (R9)(R12*2)

#define STEP4 \
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
	VADD V6, V4, V0 \
	VSUB V6, V4, V6 \
	VADD V3, V1, V4 \
	VSUB V3, V1, V3 \
	VADD V7, V5, V1 \
	VSUB V7, V5, V7 \
	VADD V0, V8, V5 \
	VADD V1, V4, V9 \
	VMOVUPS V5, (R8) \
	VMOVUPS V9, (R9) \
	VSUB V0, V8, V0 \
	VSUB V1, V4, V1 \
	VBCAST (2<<LOGSIZE)(DX), V4 \
	VBCAST (3<<LOGSIZE)(DX), V8 \
	VMUL V8, V1, V9 \
	VMUL V4, V1, V1 \
	VFMSUB231 V0, V4, V9 \
	VFMADD231 V0, V8, V1 \
	VMOVUPS V9, (R8)(R12*2) \
	VMOVUPS V1, (R9)(R12*2) \
	VADD V7, V2, V1 \
	VSUB V6, V3, V9 \
	VBCAST (0<<LOGSIZE)(DX), V8 \
	VBCAST (1<<LOGSIZE)(DX), V0 \
	VMUL V0, V9, V4 \
	VMUL V8, V9, V9 \
	VFMSUB231 V1, V8, V4 \
	VFMADD231 V1, V0, V9 \
	VMOVUPS V4, (R8)(R12*1) \
	VMOVUPS V9, (R9)(R12*1) \
	VSUB V7, V2, V7 \
	VADD V6, V3, V6 \
	VBCAST (4<<LOGSIZE)(DX), V3 \
	VBCAST (5<<LOGSIZE)(DX), V2 \
	VMUL V2, V6, V9 \
	VMUL V3, V6, V6 \
	VFMSUB231 V7, V3, V9 \
	VFMADD231 V7, V2, V6 \
	VMOVUPS V9, (R8)(R13*1) \
	VMOVUPS V6, (R9)(R13*1)

#define STEP5 \
	VMOVUPS (SI), V0 \
	VMOVUPS (DI), V1 \
	VMOVUPS (SI)(R10*1), V2 \
	VMOVUPS (DI)(R10*1), V3 \
	VMOVUPS (SI)(R10*4), V4 \
	VMOVUPS (DI)(R10*4), V5 \
	VADD V4, V2, V6 \
	VSUB V4, V2, V4 \
	VADD V5, V3, V2 \
	VSUB V5, V3, V5 \
	VMOVUPS (SI)(R10*2), V3 \
	VMOVUPS (DI)(R10*2), V7 \
	VMOVUPS (SI)(R11*1), V8 \
	VMOVUPS (DI)(R11*1), V9 \
	VADD V8, V3, V10 \
	VSUB V8, V3, V8 \
	VADD V9, V7, V3 \
	VSUB V9, V7, V9 \
	VADD V6, V0, V0 \
	VADD V10, V0, V0 \
	VADD V2, V1, V1 \
	VADD V3, V1, V1 \
	VMOVUPS V0, (R8) \
	VMOVUPS V1, (R9) \
	VMOVUPS (SI), V1 \
	VFMADD231 COS5x1, V6, V1 \
	VFMADD231 COS5x2, V10, V1 \
	VMUL SIN5x1, V4, V0 \
	VFMADD231 SIN5x2, V8, V0 \
	VMOVUPS (DI), V7 \
	VFMADD231 COS5x1, V2, V7 \
	VFMADD231 COS5x2, V3, V7 \
	VMUL SIN5x1, V5, V11 \
	VFMADD231 SIN5x2, V9, V11 \
	VADD V11, V1, V12 \
	VSUB V11, V1, V11 \
	VSUB V0, V7, V1 \
	VADD V0, V7, V0 \
	VBCAST (0<<LOGSIZE)(DX), V7 \
	VBCAST (1<<LOGSIZE)(DX), V13 \
	VMUL V13, V1, V14 \
	VMUL V7, V1, V1 \
	VFMSUB231 V12, V7, V14 \
	VFMADD231 V12, V13, V1 \
	VMOVUPS V14, (R8)(R12*1) \
	VMOVUPS V1, (R9)(R12*1) \
	VBCAST (6<<LOGSIZE)(DX), V1 \
	VBCAST (7<<LOGSIZE)(DX), V14 \
	VMUL V14, V0, V13 \
	VMUL V1, V0, V0 \
	VFMSUB231 V11, V1, V13 \
	VFMADD231 V11, V14, V0 \
	VMOVUPS V13, (R8)(R12*4) \
	VMOVUPS V0, (R9)(R12*4) \
	VMOVUPS (SI), V0 \
	VFMADD231 COS5x2, V6, V0 \
	VFMADD231 COS5x4, V10, V0 \
	VMUL SIN5x2, V4, V4 \
	VFMADD231 SIN5x4, V8, V4 \
	VMOVUPS (DI), V8 \
	VFMADD231 COS5x2, V2, V8 \
	VFMADD231 COS5x4, V3, V8 \
	VMUL SIN5x2, V5, V5 \
	VFMADD231 SIN5x4, V9, V5 \
	VADD V5, V0, V9 \
	VSUB V5, V0, V5 \
	VSUB V4, V8, V0 \
	VADD V4, V8, V4 \
	VBCAST (2<<LOGSIZE)(DX), V8 \
	VBCAST (3<<LOGSIZE)(DX), V3 \
	VMUL V3, V0, V2 \
	VMUL V8, V0, V0 \
	VFMSUB231 V9, V8, V2 \
	VFMADD231 V9, V3, V0 \
	VMOVUPS V2, (R8)(R12*2) \
	VMOVUPS V0, (R9)(R12*2) \
	VBCAST (4<<LOGSIZE)(DX), V0 \
	VBCAST (5<<LOGSIZE)(DX), V2 \
	VMUL V2, V4, V3 \
	VMUL V0, V4, V4 \
	VFMSUB231 V5, V0, V3 \
	VFMADD231 V5, V2, V4 \
	VMOVUPS V3, (R8)(R13*1) \
	VMOVUPS V4, (R9)(R13*1)

#define STEP8 \
	VMOVUPS (SI)(R10*1), V0 \
	VMOVUPS (DI)(R10*1), V1 \
	VMOVUPS (SI)(AX*1), V2 \
	VMOVUPS (DI)(AX*1), V3 \
	VSUB V2, V0, V2 \
	VSUB V3, V1, V3 \
	VADD V3, V2, V1 \
	VSUB V2, V3, V2 \
	VMUL HALFROOT, V1, V1 \
	VMUL HALFROOT, V2, V2 \
	VMOVUPS (SI)(R11*1), V3 \
	VMOVUPS (DI)(R11*1), V0 \
	VMOVUPS (SI)(BX*1), V4 \
	VMOVUPS (DI)(BX*1), V5 \
	VSUB V4, V3, V4 \
	VSUB V5, V0, V5 \
	VSUB V4, V5, V0 \
	VADD V5, V4, V5 \
	VMUL HALFROOT, V0, V0 \
	VMUL MINUSHALFROOT, V5, V5 \
	VMOVUPS (SI), V4 \
	VMOVUPS (DI), V3 \
	VMOVUPS (SI)(R10*4), V6 \
	VMOVUPS (DI)(R10*4), V7 \
	VSUB V6, V4, V6 \
	VSUB V7, V3, V7 \
	VMOVUPS (SI)(R10*2), V3 \
	VMOVUPS (DI)(R10*2), V4 \
	VMOVUPS (SI)(R11*2), V8 \
	VMOVUPS (DI)(R11*2), V9 \
	VSUB V8, V3, V8 \
	VSUB V9, V4, V9 \
	VADD V9, V6, V4 \
	VSUB V9, V6, V9 \
	VSUB V8, V7, V6 \
	VADD V8, V7, V8 \
	VADD V0, V1, V7 \
	VSUB V0, V1, V0 \
	VADD V5, V2, V1 \
	VSUB V5, V2, V5 \
	VADD V7, V4, V2 \
	VADD V1, V6, V3 \
	VBCAST (0<<LOGSIZE)(DX), V10 \
	VBCAST (1<<LOGSIZE)(DX), V11 \
	VMUL V11, V3, V12 \
	VMUL V10, V3, V3 \
	VFMSUB231 V2, V10, V12 \
	VFMADD231 V2, V11, V3 \
	VMOVUPS V12, (R8)(R12*1) \
	VMOVUPS V3, (R9)(R12*1) \
	VSUB V7, V4, V7 \
	VSUB V1, V6, V1 \
	VBCAST (8<<LOGSIZE)(DX), V6 \
	VBCAST (9<<LOGSIZE)(DX), V4 \
	VMUL V4, V1, V3 \
	VMUL V6, V1, V1 \
	VFMSUB231 V7, V6, V3 \
	VFMADD231 V7, V4, V1 \
	VMOVUPS V3, (R8)(R14*1) \
	VMOVUPS V1, (R9)(R14*1) \
	VADD V5, V9, V1 \
	VSUB V0, V8, V3 \
	VBCAST (4<<LOGSIZE)(DX), V4 \
	VBCAST (5<<LOGSIZE)(DX), V7 \
	VMUL V7, V3, V6 \
	VMUL V4, V3, V3 \
	VFMSUB231 V1, V4, V6 \
	VFMADD231 V1, V7, V3 \
	VMOVUPS V6, (R8)(R13*1) \
	VMOVUPS V3, (R9)(R13*1) \
	VSUB V5, V9, V5 \
	VADD V0, V8, V0 \
	VBCAST (12<<LOGSIZE)(DX), V8 \
	VBCAST (13<<LOGSIZE)(DX), V9 \
	VMUL V9, V0, V3 \
	VMUL V8, V0, V0 \
	VFMSUB231 V5, V8, V3 \
	VFMADD231 V5, V9, V0 \
	VMOVUPS V3, (R8)(R15*1) \
	VMOVUPS V0, (R9)(R15*1) \
	VMOVUPS (SI), V0 \
	VADD (SI)(R10*4), V0, V0 \
	VMOVUPS (DI), V3 \
	VADD (DI)(R10*4), V3, V3 \
	VMOVUPS (SI)(R10*2), V9 \
	VADD (SI)(R11*2), V9, V9 \
	VMOVUPS (DI)(R10*2), V5 \
	VADD (DI)(R11*2), V5, V5 \
	VMOVUPS (SI)(R10*1), V8 \
	VADD (SI)(AX*1), V8, V8 \
	VMOVUPS (DI)(R10*1), V6 \
	VADD (DI)(AX*1), V6, V6 \
	VMOVUPS (SI)(R11*1), V7 \
	VADD (SI)(BX*1), V7, V7 \
	VMOVUPS (DI)(R11*1), V1 \
	VADD (DI)(BX*1), V1, V1 \
	VADD V9, V0, V4 \
	VSUB V9, V0, V9 \
	VADD V7, V8, V0 \
	VSUB V7, V8, V7 \
	VADD V5, V3, V8 \
	VSUB V5, V3, V5 \
	VADD V1, V6, V3 \
	VSUB V1, V6, V1 \
	VADD V0, V4, V6 \
	VADD V3, V8, V12 \
	VMOVUPS V6, (R8) \
	VMOVUPS V12, (R9) \
	VSUB V0, V4, V0 \
	VSUB V3, V8, V3 \
	VBCAST (6<<LOGSIZE)(DX), V8 \
	VBCAST (7<<LOGSIZE)(DX), V4 \
	VMUL V4, V3, V12 \
	VMUL V8, V3, V3 \
	VFMSUB231 V0, V8, V12 \
	VFMADD231 V0, V4, V3 \
	VMOVUPS V12, (R8)(R12*4) \
	VMOVUPS V3, (R9)(R12*4) \
	VADD V1, V9, V3 \
	VSUB V7, V5, V12 \
	VBCAST (2<<LOGSIZE)(DX), V4 \
	VBCAST (3<<LOGSIZE)(DX), V0 \
	VMUL V0, V12, V8 \
	VMUL V4, V12, V12 \
	VFMSUB231 V3, V4, V8 \
	VFMADD231 V3, V0, V12 \
	VMOVUPS V8, (R8)(R12*2) \
	VMOVUPS V12, (R9)(R12*2) \
	VSUB V1, V9, V1 \
	VADD V7, V5, V7 \
	VBCAST (10<<LOGSIZE)(DX), V5 \
	VBCAST (11<<LOGSIZE)(DX), V9 \
	VMUL V9, V7, V12 \
	VMUL V5, V7, V7 \
	VFMSUB231 V1, V5, V12 \
	VFMADD231 V1, V9, V7 \
	VMOVUPS V12, (R8)(R13*2) \
	VMOVUPS V7, (R9)(R13*2)
