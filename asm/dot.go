package asm

// Lanes of the canonical dot product: L32 for float32, L64 for float64.
const (
	L32 = 32
	L64 = 16
)

// Dot returns the inner product of x and y, which must have equal lengths.
//
// The order is part of the definition. There are L lanes (32 for float32, 16
// for float64). Lane j starts at +0 and takes acc[j] = FMA(x[i], y[i], acc[j])
// for i ≡ j (mod L), i ascending, with both vectors padded with +0 to a
// multiple of L. Then, for w = L/2, L/4, …, 1, acc[j] += acc[j+w] for j < w;
// acc[0] is the result. An empty product is +0.
func Dot[T Float](x, y []T) T {
	y = y[:len(x)]
	switch x := any(x).(type) {
	case []float32:
		return T(dot32(x, any(y).([]float32)))
	case []float64:
		return T(dot64(x, any(y).([]float64)))
	}
	panic("unreachable")
}

func dotGeneric32(x, y []float32) float32 {
	var acc [L32]float32
	for ; len(x) >= L32; x, y = x[L32:], y[L32:] {
		for j := range acc {
			acc[j] = fma32(x[j], y[j], acc[j])
		}
	}
	return fold32(&acc, x, y)
}

// fold32 takes the padded tail into the lanes and adds them up.
func fold32(acc *[L32]float32, x, y []float32) float32 {
	if len(x) > 0 {
		for j := range acc {
			var a, b float32
			if j < len(x) {
				a, b = x[j], y[j]
			}
			acc[j] = fma32(a, b, acc[j])
		}
	}
	for w := L32 / 2; w > 0; w /= 2 {
		for j := range w {
			acc[j] += acc[j+w]
		}
	}
	return acc[0]
}

func dotGeneric64(x, y []float64) float64 {
	var acc [L64]float64
	for ; len(x) >= L64; x, y = x[L64:], y[L64:] {
		for j := range acc {
			acc[j] = fma64(x[j], y[j], acc[j])
		}
	}
	return fold64(&acc, x, y)
}

func fold64(acc *[L64]float64, x, y []float64) float64 {
	if len(x) > 0 {
		for j := range acc {
			var a, b float64
			if j < len(x) {
				a, b = x[j], y[j]
			}
			acc[j] = fma64(a, b, acc[j])
		}
	}
	for w := L64 / 2; w > 0; w /= 2 {
		for j := range w {
			acc[j] += acc[j+w]
		}
	}
	return acc[0]
}
