//go:build !purego

// Inner products of bytes for NEON: a step of 32 elements takes 2 loads, 4 products of eight bytes and
// 4 additions by pairs, 12 instructions with the loop.

#include "textflag.h"
#include "neon_arm64.h"

// func dotInt8NEON(x, y []int8) int32
//
// len(x) is a multiple of 32. SMULL is exact in 16 bits, SADALP adds pairs of them into 32.
// R0 x, R1 y, R2 steps left; V0, V1 sums; V2, V3 x; V4, V5 y; V6, V7, V16, V17 products.
// Requires NEON.
TEXT ·dotInt8NEON(SB), NOSPLIT, $0-52
	MOVD x_base+0(FP), R0
	MOVD x_len+8(FP), R2
	MOVD y_base+24(FP), R1
	VEOR V0.B16, V0.B16, V0.B16
	VEOR V1.B16, V1.B16, V1.B16
	LSR  $5, R2, R2
	CBZ  R2, done
loop:
	VLD1.P 32(R0), [V2.B16, V3.B16]
	VLD1.P 32(R1), [V4.B16, V5.B16]
	SMULL8B(4, 2, 6)
	SMULL16B(4, 2, 7)
	SMULL8B(5, 3, 16)
	SMULL16B(5, 3, 17)
	SADALP8H(6, 0)
	SADALP8H(7, 1)
	SADALP8H(16, 0)
	SADALP8H(17, 1)
	SUB  $1, R2
	CBNZ R2, loop
done:
	VADD V1.S4, V0.S4, V0.S4
	VADDV V0.S4, V0
	VMOV V0.S[0], R2
	MOVW R2, ret+48(FP)
	RET
