package asm

// Scale sets dst[i] = a·x[i]. dst may be x.
func Scale[T Float](dst, x []T, a T) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = a * v
	}
}
