//go:build !purego

// The length of vectors, which says whether there are any.

#include "textflag.h"

// func vectorLengthRVV() int
//
// The bytes of a vector register; 0 if the processor does not know the setting, as
// versions before 1.0 of the extension. Requires some version of the V extension.
TEXT ·vectorLengthRVV(SB), NOSPLIT, $0-8
	MOV     $-1, X10 // as many as there are
	VSETVLI X10, E8, M1, TA, MA, X10
	MOV     X10, ret+0(FP)
	RET
