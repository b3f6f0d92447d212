package main

import (
	"slices"
	"unsafe"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// allWork is every line of the table, by subject.
func allWork() []work {
	return slices.Concat(limits(), products(), allFunctions(), transforms(), randomness(), models())
}

// fill returns n small values at an address that is a multiple of 64.
func fill[T any](n int, value func(i int) T) []T {
	size := int(unsafe.Sizeof(*new(T)))
	s := make([]T, n+64/size)
	skip := 0
	for uintptr(unsafe.Pointer(&s[skip]))%64 != 0 {
		skip++
	}
	s = s[skip : skip+n : skip+n]
	for i := range s {
		s[i] = value(i)
	}
	return s
}

func values[T asm.Float](n int) []T {
	return fill(n, func(i int) T { return T(i%15-7) / 8 })
}

// limits are what this core can do at most, measured with kernels of ours.
func limits() []work {
	var all []work
	for _, l := range []struct {
		name  string
		bytes int
	}{{"L1", 16 << 10}, {"L2", 256 << 10}, {"L3", 8 << 20}, {"DRAM", 256 << 20}} {
		all = append(all, work{name: "limit: read " + l.name, unit: "GB/s", amount: float64(l.bytes), prepare: func() (runner, []peer) {
			x := values[float32](l.bytes / 4)
			return timed(func() { asm.Dot(x[:len(x)/2], x[len(x)/2:]) }), nil
		}})
	}
	return append(all, peak[float32]("float32"), peak[float64]("float64"))
}

// peak multiplies a tile whose operands do not leave the L1 cache.
func peak[T asm.Float](typ string) work {
	const k = 512
	m, n := asm.TileRows(), asm.TileCols[T]()
	return work{name: "limit: multiply-add " + typ, unit: "Gflop/s", amount: 2 * float64(m*n*k), prepare: func() (runner, []peer) {
		x, y, c := values[T](m*k), values[T](n), values[T](m*n)
		return timed(func() { asm.Tile(m, n, k, x, 1, m, y, 0, c, n, false) }), nil
	}}
}

// normal returns an r×c matrix of normal values of the given standard deviation.
func normal[T asm.Float](seed uint64, r, c int, sigma float64) *mat.Dense[T] {
	a := mat.New[T](r, c)
	rng.Normal(rng.New(seed), a.Data(), 0)
	for i, v := range a.Data() {
		a.Data()[i] = v * T(sigma)
	}
	return a
}
