package conformance

import (
	"math"

	"nnk/asm"
)

// inputs makes the arguments of the battery. It is a generator of its own, not
// package rng, so that a fault in rng does not show as a fault of everything
// else: a 64-bit linear congruential step (Knuth's MMIX constants), of which the
// upper half is used.
type inputs uint64

func (s *inputs) next() uint32 {
	*s = *s*6364136223846793005 + 1442695040888963407
	return uint32(*s >> 32)
}

// uniform returns n values in [lo, hi), multiples of 2⁻²⁴ of the range.
func uniform[T asm.Float](seed inputs, n int, lo, hi float64) []T {
	v := make([]T, n)
	for i := range v {
		u := float64(seed.next()>>8) * 0x1p-24
		v[i] = T(math.FMA(u, hi-lo, lo))
	}
	return v
}

// patterns returns n values with random sign, mantissa and an exponent between
// 2^lo and 2^hi, which cover the whole range of magnitudes evenly.
func patterns[T asm.Float](seed inputs, n, lo, hi int) []T {
	v := make([]T, n)
	for i := range v {
		m := float64(1<<24|seed.next()>>8) * 0x1p-24
		if seed.next()>>31 == 1 {
			m = -m
		}
		v[i] = T(math.Ldexp(m, lo+int(seed.next()>>8)%(hi-lo+1)))
	}
	return v
}

// arguments returns values for functions of one argument: special ones, even
// coverage of a range, and bit patterns of every magnitude.
func arguments[T asm.Float](n int) []T {
	least, most := -1074, 1023
	if _, ok := any(*new(T)).(float32); ok {
		least, most = -149, 127
	}
	v := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()),
		T(math.Ldexp(1, least)), -T(math.Ldexp(1, least)), T(math.Ldexp(1, most)), -T(math.Ldexp(1, most)), 1, -1, 0.5, -0.5, 2, 10, -10}
	v = append(v, uniform[T](1, n, -10, 10)...)
	v = append(v, uniform[T](2, n, -100, 100)...)
	v = append(v, patterns[T](3, n, least, most)...)
	return append(v, patterns[T](4, n, -8, 8)...)
}
