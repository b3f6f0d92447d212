package asm

// Mul sets dst[i] = x[i]·y[i]. dst may be x or y.
func Mul[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		mul32(dst, any(x).([]float32), any(y).([]float32))
	case []float64:
		mul64(dst, any(x).([]float64), any(y).([]float64))
	}
}

func mulGeneric[T Float](dst, x, y []T) {
	for i, v := range x {
		dst[i] = v * y[i]
	}
}

// Scale sets dst[i] = a·x[i]. dst may be x.
func Scale[T Float](dst, x []T, a T) {
	x = x[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		scale32(dst, any(x).([]float32), float32(a))
	case []float64:
		scale64(dst, any(x).([]float64), float64(a))
	}
}

func scaleGeneric[T Float](dst, x []T, a T) {
	for i, v := range x {
		dst[i] = a * v
	}
}

// Add sets dst[i] = x[i] + y[i]. dst may be x or y.
func Add[T Float](dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	switch dst := any(dst).(type) {
	case []float32:
		add32(dst, any(x).([]float32), any(y).([]float32))
	case []float64:
		add64(dst, any(x).([]float64), any(y).([]float64))
	}
}

func addGeneric[T Float](dst, x, y []T) {
	for i, v := range x {
		dst[i] = v + y[i]
	}
}
