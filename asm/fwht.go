package asm

// FWHT replaces x, whose length must be a power of two (or 0), by its
// unnormalised Walsh–Hadamard transform in natural (Hadamard) order:
//
//	for h := 1; h < len(x); h *= 2 {
//		for i := range x { // pairs (i, i+h) with bit h of i clear
//			x[i], x[i+h] = x[i]+x[i+h], x[i]-x[i+h]
//		}
//	}
//
// Only + and − are used, in this dataflow; a kernel may run stages blockwise. It
// panics if the length is not a power of two.
func FWHT[T Float](x []T) {
	if n := len(x); n&(n-1) != 0 {
		panic("asm.FWHT: length is not a power of two")
	}
	switch x := any(x).(type) {
	case []float32:
		fwht32(x)
	case []float64:
		fwht64(x)
	}
}

func fwhtGeneric[T Float](x []T) {
	for h := 1; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			a, b := x[i:i+h], x[i+h:i+2*h]
			for j, v := range a {
				w := b[j]
				a[j], b[j] = v+w, v-w
			}
		}
	}
}
