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
	mustBePowerOfTwo(len(x))
	fwht(x, nil)
}

// FWHTScaled replaces x by the transform of the products f[i]·x[i], each rounded
// once: FWHT after an elementwise multiplication, in one pass less over memory. With
// f of ±1 it is a Hadamard matrix times a diagonal of signs. It panics if the
// length is not a power of two or f is shorter than x.
func FWHTScaled[T Float](x, f []T) {
	mustBePowerOfTwo(len(x))
	fwht(x, f[:len(x)])
}

func mustBePowerOfTwo(n int) {
	if n&(n-1) != 0 {
		panic("asm.FWHT: length is not a power of two")
	}
}

// fwhtBlock is the number of bytes that fwht transforms completely before it
// goes on: half of a 32 KiB first-level cache, so that factors fit beside it.
const fwhtBlock = 1 << 14

// fwht transforms f·x, or x if f is nil. Large vectors are split into 4 or 8
// consecutive parts, which are transformed one by one and then combined in one
// pass: every level of the cache sees the passes of parts that fit into it.
func fwht[T Float](x, f []T) {
	n, size := len(x), 4
	if _, ok := any(x).([]float64); ok {
		size = 8
	}
	h := n
	if n*size <= fwhtBlock {
		h = fwhtBase(x, f)
	} else {
		// The fewest passes of at most 3 stages each; the last one is ours.
		stages := 0
		for n>>stages*size > fwhtBlock {
			stages++
		}
		h = n >> ((stages + 2) / 3)
		if stages%3 == 0 {
			h = n >> 3
		} else if stages > 1 {
			h = n >> 2
		}
		for lo := 0; lo < n; lo += h {
			if f == nil {
				fwht(x[lo:lo+h], nil)
			} else {
				fwht(x[lo:lo+h], f[lo:lo+h])
			}
		}
	}
	for h < n {
		stages := 1
		switch left := n / h; {
		case left == 4 || left == 16:
			stages = 2
		case left >= 8:
			stages = 3
		}
		fwhtPass(x, h, stages)
		h <<= stages
	}
}

// fwhtBase runs the first stages, as many as the kernel has in registers, and
// returns the distance h of the next one.
func fwhtBase[T Float](x, f []T) int {
	switch x := any(x).(type) {
	case []float32:
		return fwhtBase32(x, any(f).([]float32))
	case []float64:
		return fwhtBase64(x, any(f).([]float64))
	}
	panic("unreachable")
}

// fwhtPass runs the 1, 2 or 3 stages that begin with h.
func fwhtPass[T Float](x []T, h, stages int) {
	switch x := any(x).(type) {
	case []float32:
		fwhtPass32(x, h, stages)
	case []float64:
		fwhtPass64(x, h, stages)
	}
}

func fwhtGeneric[T Float](x, f []T, h, end int) {
	if f != nil {
		f = f[:len(x)]
		for i, v := range x {
			x[i] = f[i] * v
		}
	}
	for ; h < end; h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			a, b := x[i:i+h], x[i+h:i+2*h]
			for j, v := range a {
				w := b[j]
				a[j], b[j] = v+w, v-w
			}
		}
	}
}

// fwhtBaseGeneric runs all stages.
func fwhtBaseGeneric[T Float](x, f []T) int {
	fwhtGeneric(x, f, 1, len(x))
	return len(x)
}

// fwhtPassGeneric runs 1, 2 or 3 stages.
func fwhtPassGeneric[T Float](x []T, h, stages int) { fwhtGeneric(x, nil, h, h<<stages) }
