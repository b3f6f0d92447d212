//go:build !purego

// Normal: about 40 times normalGeneric32 with AVX-512 and 20 times with AVX2.

#include "textflag.h"

// The constants of boxMuller32, log1f32 and quarter32, as bits.
DATA normal32<>+0(SB)/4, $0x47800000 // 2¹⁶
DATA normal32<>+4(SB)/4, $0x3f000000 // ½
DATA normal32<>+8(SB)/4, $0x2f800000 // 2⁻³²
DATA normal32<>+12(SB)/4, $0x3f3504f3 // √½
DATA normal32<>+16(SB)/4, $0x007fffff // bits of a significand
DATA normal32<>+20(SB)/4, $0x3f800000 // 1
DATA normal32<>+24(SB)/4, $0x3d9659c6 // log1f32, from the highest power on
DATA normal32<>+28(SB)/4, $0xbdeed98b
DATA normal32<>+32(SB)/4, $0x3dee3b14
DATA normal32<>+36(SB)/4, $0xbdfddf95
DATA normal32<>+40(SB)/4, $0x3e11ef1f
DATA normal32<>+44(SB)/4, $0xbe2ab144
DATA normal32<>+48(SB)/4, $0x3e4cce95
DATA normal32<>+52(SB)/4, $0xbe7ffff3
DATA normal32<>+56(SB)/4, $0x3eaaaaaa
DATA normal32<>+60(SB)/4, $0xbf000000
DATA normal32<>+64(SB)/4, $0xb102e308 // lower part of ln 2
DATA normal32<>+68(SB)/4, $0x3f317218 // ln 2
DATA normal32<>+72(SB)/4, $0xc0000000 // −2
DATA normal32<>+76(SB)/4, $0x3fc90fdb // π/2
DATA normal32<>+80(SB)/4, $0xb94ca9ff // quarter32
DATA normal32<>+84(SB)/4, $0x3c0883bc
DATA normal32<>+88(SB)/4, $0xbe2aaaa3
DATA normal32<>+92(SB)/4, $0x37ccf488 // quarter32
DATA normal32<>+96(SB)/4, $0xbab60615
DATA normal32<>+100(SB)/4, $0x3d2aaaa5
DATA normal32<>+104(SB)/4, $0xbf000000 // −½
DATA normal32<>+108(SB)/4, $0x20000000 // an eighth of a turn
DATA normal32<>+112(SB)/4, $0x0000ffff
DATA normal32<>+116(SB)/4, $0x80000000
GLOBL normal32<>(SB), RODATA|NOPTR, $120

// RADIUS32 replaces the words in A by √(−2·ln u). u and its exponent and fraction
// are in A and C, the polynomial in D; T holds constants.
#define RADIUS32(A, C, D, E, T) \
	VPSRLD $16, A, C                   \
	VBROADCASTSS normal32<>+112(SB), T \
	VANDPS T, A, A                     \
	VCVTDQ2PS C, C                     \
	VCVTDQ2PS A, A                     \
	VBROADCASTSS normal32<>+4(SB), T   \
	VADDPS T, A, A                     \
	VBROADCASTSS normal32<>+0(SB), T   \
	VFMADD231PS T, C, A                \
	VBROADCASTSS normal32<>+8(SB), T   \
	VMULPS T, A, A                     \
	VBROADCASTSS normal32<>+12(SB), T  \
	VPSUBD T, A, A                     \
	VPSRAD $23, A, C                   \
	VBROADCASTSS normal32<>+16(SB), T  \
	VANDPS T, A, A                     \
	VBROADCASTSS normal32<>+12(SB), T  \
	VPADDD T, A, A                     \
	VBROADCASTSS normal32<>+20(SB), T  \
	VSUBPS T, A, A                     \
	VCVTDQ2PS C, C                     \
	VBROADCASTSS normal32<>+24(SB), D  \
	VBROADCASTSS normal32<>+28(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+32(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+36(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+40(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+44(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+48(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+52(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+56(SB), T  \
	VFMADD213PS T, A, D                \
	VBROADCASTSS normal32<>+60(SB), T  \
	VFMADD213PS T, A, D                \
	VMULPS A, A, E                     \
	VMULPS E, D, D                     \
	VBROADCASTSS normal32<>+64(SB), T  \
	VFMADD231PS T, C, D                \
	VADDPS D, A, A                     \
	VBROADCASTSS normal32<>+68(SB), T  \
	VFMADD231PS T, C, A                \
	VBROADCASTSS normal32<>+72(SB), T  \
	VMULPS T, A, A                     \
	VSQRTPS A, A

// ANGLE32 sets F and E to A times the cosine and the sine of the turns in B. C is the
// rest of the angle, D its square; where the number of quarter turns is odd (bit 30 of B after
// the eighth is added) E and F change places, then take signs from bit 31 and bits 30, 31.
#define ANGLE32(A, B, C, D, E, F, T) \
	VPSLLD $2, B, C                    \
	VCVTDQ2PS C, C                     \
	VBROADCASTSS normal32<>+8(SB), T   \
	VMULPS T, C, C                     \
	VBROADCASTSS normal32<>+76(SB), T  \
	VMULPS T, C, C                     \
	VBROADCASTSS normal32<>+108(SB), T \
	VPADDD T, B, B                     \
	VMULPS C, C, D                     \
	VBROADCASTSS normal32<>+80(SB), E  \
	VBROADCASTSS normal32<>+84(SB), T  \
	VFMADD213PS T, D, E                \
	VBROADCASTSS normal32<>+88(SB), T  \
	VFMADD213PS T, D, E                \
	VMULPS C, D, F                     \
	VFMADD213PS C, F, E                \
	VBROADCASTSS normal32<>+92(SB), F  \
	VBROADCASTSS normal32<>+96(SB), T  \
	VFMADD213PS T, D, F                \
	VBROADCASTSS normal32<>+100(SB), T \
	VFMADD213PS T, D, F                \
	VBROADCASTSS normal32<>+104(SB), C \
	VBROADCASTSS normal32<>+20(SB), T  \
	VFMADD213PS T, D, C                \
	VMULPS D, D, D                     \
	VFMADD213PS C, D, F                \
	VPSLLD $1, B, C                    \
	VPSRAD $31, C, D                   \
	VXORPS E, F, T                     \
	VANDPS T, D, T                     \
	VXORPS T, E, E                     \
	VXORPS T, F, F                     \
	VXORPS C, B, C                     \
	VBROADCASTSS normal32<>+116(SB), T \
	VANDPS T, B, B                     \
	VANDPS T, C, C                     \
	VXORPS B, E, E                     \
	VXORPS C, F, F                     \
	VMULPS A, E, E                     \
	VMULPS A, F, F

// func normal32AVX512(dst []float32, words []uint32)
//
// See normalGeneric32; 16 pairs at a time.
// DI dst, SI words, CX pairs of vectors left; Z0–Z6 see RADIUS32 and ANGLE32.
// Requires AVX512F and DQ, len(dst) = len(words), a multiple of 64.
TEXT ·normal32AVX512(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ words_base+24(FP), SI
	MOVQ words_len+32(FP), CX
	SHRQ $5, CX
	JEQ  done
loop:
	VMOVUPS (SI), Z0
	VMOVUPS 64(SI), Z1
	RADIUS32(Z0, Z2, Z3, Z4, Z6)
	ANGLE32(Z0, Z1, Z2, Z3, Z4, Z5, Z6)
	VMOVUPS Z5, (DI)
	VMOVUPS Z4, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	DECQ CX
	JNE  loop
done:
	VZEROUPPER
	RET

// func normal32AVX2(dst []float32, words []uint32)
//
// See normalGeneric32; 8 pairs at a time, twice to a step.
// DI dst, SI words, CX steps left; Y0–Y6 see RADIUS32 and ANGLE32.
// Requires AVX2 and FMA, len(dst) = len(words), a multiple of 64.
TEXT ·normal32AVX2(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ words_base+24(FP), SI
	MOVQ words_len+32(FP), CX
	SHRQ $5, CX
	JEQ  done
loop:
	VMOVUPS (SI), Y0
	VMOVUPS 64(SI), Y1
	RADIUS32(Y0, Y2, Y3, Y4, Y6)
	ANGLE32(Y0, Y1, Y2, Y3, Y4, Y5, Y6)
	VMOVUPS 32(SI), Y0
	VMOVUPS 96(SI), Y1
	VMOVUPS Y5, (DI)
	VMOVUPS Y4, 64(DI)
	RADIUS32(Y0, Y2, Y3, Y4, Y6)
	ANGLE32(Y0, Y1, Y2, Y3, Y4, Y5, Y6)
	VMOVUPS Y5, 32(DI)
	VMOVUPS Y4, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	DECQ CX
	JNE  loop
done:
	VZEROUPPER
	RET
