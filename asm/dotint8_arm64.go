//go:build !purego

package asm

func dotInt8(x, y []int8) int32 {
	if !useNEON {
		return dotInt8Generic(x, y)
	}
	whole := len(x) &^ 31
	return dotInt8NEON(x[:whole], y) + dotInt8Generic(x[whole:], y[whole:])
}

//go:noescape
func dotInt8NEON(x, y []int8) int32
