//go:build !purego

// The float64 tiles for NEON. No hardware was at hand to time them; see
// tile_arm64.h for the instructions they take.

#include "textflag.h"

#define LOGSIZE 3
#define VEC D2
#include "tile_arm64.h"

// func tile64x1NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)
//
// See tileGeneric64, for 2 columns. Registers in tile_arm64.h. m, k ≥ 0.
// Requires NEON.
TEXT ·tile64x1NEON(SB), NOSPLIT, $0-73
	TILE(ZERO1, LOAD1, B1, FMA1, STORE1)
	RET

// func tile64x2NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)
//
// See tileGeneric64, for 4 columns. Registers in tile_arm64.h. m, k ≥ 0.
// Requires NEON.
TEXT ·tile64x2NEON(SB), NOSPLIT, $0-73
	TILE(ZERO2, LOAD2, B2, FMA2, STORE2)
	RET

// func tile64x3NEON(m, k int, a *float64, ars, aks int, b *float64, bs int, c *float64, cs int, load bool)
//
// See tileGeneric64, for 6 columns. Registers in tile_arm64.h. m, k ≥ 0.
// Requires NEON.
TEXT ·tile64x3NEON(SB), NOSPLIT, $0-73
	TILE(ZERO3, LOAD3, B3, FMA3, STORE3)
	RET
