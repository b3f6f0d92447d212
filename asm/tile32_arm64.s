//go:build !purego

// The float32 tiles for NEON. No hardware was at hand to time them; see
// tile_arm64.h for the instructions they take.

#include "textflag.h"

#define LOGSIZE 2
#define VEC S4
#include "tile_arm64.h"

// func tile32x1NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)
//
// See tileGeneric32, for 4 columns. Registers in tile_arm64.h. m, k ≥ 0.
// Requires NEON.
TEXT ·tile32x1NEON(SB), NOSPLIT, $0-73
	TILE(ZERO1, LOAD1, B1, FMA1, STORE1)
	RET

// func tile32x2NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)
//
// See tileGeneric32, for 8 columns. Registers in tile_arm64.h. m, k ≥ 0.
// Requires NEON.
TEXT ·tile32x2NEON(SB), NOSPLIT, $0-73
	TILE(ZERO2, LOAD2, B2, FMA2, STORE2)
	RET

// func tile32x3NEON(m, k int, a *float32, ars, aks int, b *float32, bs int, c *float32, cs int, load bool)
//
// See tileGeneric32, for 12 columns. Registers in tile_arm64.h. m, k ≥ 0.
// Requires NEON.
TEXT ·tile32x3NEON(SB), NOSPLIT, $0-73
	TILE(ZERO3, LOAD3, B3, FMA3, STORE3)
	RET
