//go:build !purego

package asm

func dot32(x, y []float32) float32 {
	if !useNEON {
		return dotGeneric32(x, y)
	}
	var acc, u, v [L32]float32
	whole := len(x) &^ (L32 - 1)
	dot32NEON(x[:whole], y, &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		copy(v[:], y[whole:])
		dot32NEON(u[:], v[:], &acc)
	}
	return fold32(&acc, nil, nil)
}

func dot64(x, y []float64) float64 {
	if !useNEON {
		return dotGeneric64(x, y)
	}
	var acc, u, v [L64]float64
	whole := len(x) &^ (L64 - 1)
	dot64NEON(x[:whole], y, &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		copy(v[:], y[whole:])
		dot64NEON(u[:], v[:], &acc)
	}
	return fold64(&acc, nil, nil)
}

//go:noescape
func dot32NEON(x, y []float32, acc *[L32]float32)

//go:noescape
func dot64NEON(x, y []float64, acc *[L64]float64)
