//go:build !purego

package asm

func sum32(x []float32) float32 {
	if !useNEON {
		return sumGeneric32(x)
	}
	var acc, u [L32]float32
	whole := len(x) &^ (L32 - 1)
	sum32NEON(x[:whole], &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		sum32NEON(u[:], &acc)
	}
	return fold32(&acc, nil, nil)
}

func sum64(x []float64) float64 {
	if !useNEON {
		return sumGeneric64(x)
	}
	var acc, u [L64]float64
	whole := len(x) &^ (L64 - 1)
	sum64NEON(x[:whole], &acc)
	if rest := x[whole:]; len(rest) > 0 {
		copy(u[:], rest)
		sum64NEON(u[:], &acc)
	}
	return fold64(&acc, nil, nil)
}

//go:noescape
func sum32NEON(x []float32, acc *[L32]float32)

//go:noescape
func sum64NEON(x []float64, acc *[L64]float64)
