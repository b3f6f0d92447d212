package asm

// Rotate turns the pairs (x[i], y[i]), which must have equal lengths and not
// overlap, by the angle of sine s whose half has the tangent t, as three shears:
//
//	for i := range x {
//		x[i] = FMA(-t, y[i], x[i])
//		y[i] = FMA(s, x[i], y[i])
//		x[i] = FMA(-t, y[i], x[i])
//	}
//
// With c the cosine, x becomes c·x − s·y and y becomes s·x + c·y.
func Rotate[T Float](x, y []T, t, s T) {
	y = y[:len(x)]
	switch x := any(x).(type) {
	case []float32:
		rotate32(x, any(y).([]float32), float32(t), float32(s))
	case []float64:
		rotate64(x, any(y).([]float64), float64(t), float64(s))
	}
}

func rotateGeneric32(x, y []float32, t, s float32) {
	for i, v := range x {
		v = fma32(-t, y[i], v)
		w := fma32(s, v, y[i])
		x[i], y[i] = fma32(-t, w, v), w
	}
}

func rotateGeneric64(x, y []float64, t, s float64) {
	for i, v := range x {
		v = fma64(-t, y[i], v)
		w := fma64(s, v, y[i])
		x[i], y[i] = fma64(-t, w, v), w
	}
}
