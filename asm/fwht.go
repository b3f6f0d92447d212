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
	fwht(x, x, nil, nil)
}

// FWHTScaled sets dst[i] = g[i]·y[i] with y the transform of the products f[i]·x[i],
// each product rounded once: elementwise multiplications before and after FWHT,
// without their passes over memory. With f of ±1 it is a Hadamard matrix times a
// diagonal of signs. A nil g multiplies nothing. dst may be x, and x may be shorter:
// what it lacks is 0. It panics if the length of dst is not a power of two, f or g
// is shorter than dst or x is longer.
func FWHTScaled[T Float](dst, x, f, g []T) {
	n := len(dst)
	mustBePowerOfTwo(n)
	if len(x) > n {
		panic("asm.FWHTScaled: x is longer than dst")
	}
	if g != nil {
		g = g[:n]
	}
	fwht(dst, x, f[:n], g)
}

func mustBePowerOfTwo(n int) {
	if n&(n-1) != 0 {
		panic("asm.FWHT: length is not a power of two")
	}
}

// fwhtBlock is the number of bytes that fwht transforms completely before it
// goes on: half of a 32 KiB first-level cache, so that factors fit beside it.
const fwhtBlock = 1 << 14

// fwht sets dst to g·H·(f·x), without f or g if they are nil. Large vectors are split
// into 4 or 8 consecutive parts, which are transformed one by one and then combined
// in one pass: every level of the cache sees the passes of parts that fit into it.
func fwht[T Float](dst, x, f, g []T) {
	n, size := len(dst), 4
	if _, ok := any(dst).([]float64); ok {
		size = 8
	}
	h := n
	if n*size <= fwhtBlock {
		h = fwhtBase(dst, x, f)
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
			part := x[min(lo, len(x)):min(lo+h, len(x))]
			if f == nil {
				fwht(dst[lo:lo+h], part, nil, nil)
			} else {
				fwht(dst[lo:lo+h], part, f[lo:lo+h], nil)
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
		if g != nil && h<<stages == n && fwhtLast(dst, h, stages, g) {
			return
		}
		fwhtPass(dst, h, stages)
		h <<= stages
	}
	if g != nil {
		Mul(dst, dst, g)
	}
}

// fwhtBase runs the first stages, as many as the kernel has in registers, and
// returns the distance h of the next one. Whole vectors of x are read where they
// are, the end of a short one is copied.
func fwhtBase[T Float](dst, x, f []T) int {
	n, width := len(dst), 0
	switch any(dst).(type) {
	case []float32:
		width = fwhtWidth32(n)
	case []float64:
		width = fwhtWidth64(n)
	}
	vectors := width > 0
	whole := 0
	if vectors {
		if whole = len(x) &^ (width - 1); whole > 0 {
			fwhtVectors(width, dst[:whole], x[:whole], f)
		}
	}
	if whole == n {
		return width
	}
	rest := dst[whole:]
	clear(rest[copy(rest, x[whole:]):])
	if f != nil {
		f = f[whole:]
	}
	if vectors {
		fwhtVectors(width, rest, rest, f)
		return width
	}
	fwhtGeneric(dst, f, 1, n)
	return n
}

// fwhtVectors runs the first stages for x of the length of dst, a multiple of the
// kernel's width.
func fwhtVectors[T Float](width int, dst, x, f []T) {
	switch dst := any(dst).(type) {
	case []float32:
		fwhtBase32(width, dst, any(x).([]float32), any(f).([]float32))
	case []float64:
		fwhtBase64(width, dst, any(x).([]float64), any(f).([]float64))
	}
}

// fwhtLast runs the last 2 or 3 stages, which begin with h, and multiplies by g, if
// there is a kernel for it.
func fwhtLast[T Float](x []T, h, stages int, g []T) bool {
	switch x := any(x).(type) {
	case []float32:
		return fwhtLast32(x, h, stages, any(g).([]float32))
	case []float64:
		return fwhtLast64(x, h, stages, any(g).([]float64))
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

// fwhtPassGeneric runs 1, 2 or 3 stages.
func fwhtPassGeneric[T Float](x []T, h, stages int) { fwhtGeneric(x, nil, h, h<<stages) }
