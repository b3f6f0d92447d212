package asm

// Mul sets dst[i] = x[i]·y[i]. dst may be x or y.
func Mul[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i, v := range x {
		dst[i] = v * y[i]
	}
}

// Scale sets dst[i] = a·x[i]. dst may be x.
func Scale[T Float](dst, x []T, a T) {
	x = x[:len(dst)]
	for i, v := range x {
		dst[i] = a * v
	}
}
