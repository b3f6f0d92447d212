//go:build !purego

package asm

func dotInt8(x, y []int8) int32 {
	if useVNNI {
		return dotInt8VNNI(x, y)
	}
	if useAVX2 {
		whole := len(x) &^ 31
		return dotInt8AVX2(x[:whole], y) + dotInt8Generic(x[whole:], y[whole:])
	}
	return dotInt8Generic(x, y)
}

//go:noescape
func dotInt8AVX2(x, y []int8) int32

//go:noescape
func dotInt8VNNI(x, y []int8) int32
