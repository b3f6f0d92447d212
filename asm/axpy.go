package asm

// Axpy sets dst[i] = FMA(a, x[i], dst[i]). dst and x must have equal lengths and
// may be the same slice.
func Axpy[T Float](dst []T, a T, x []T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		axpy32(dst, float32(a), any(x).([]float32))
	case []float64:
		axpy64(dst, float64(a), any(x).([]float64))
	}
}

func axpyGeneric32(dst []float32, a float32, x []float32) {
	for i, v := range x {
		dst[i] = fma32(a, v, dst[i])
	}
}

func axpyGeneric64(dst []float64, a float64, x []float64) {
	for i, v := range x {
		dst[i] = fma64(a, v, dst[i])
	}
}
