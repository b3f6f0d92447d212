package main

import (
	"fmt"

	"nnk/asm"
)

func allFunctions() []work {
	var all []work
	for _, set := range []struct {
		kernel string
		width  int
	}{{"avx2", 256}, {"avx512", 512}} {
		all = append(all, functions[float32]("float32", set.kernel, set.width)...)
		all = append(all, functions[float64]("float64", set.kernel, set.width)...)
	}
	return all
}

// functions are elementwise functions over 4096 arguments in [−8, 8), against
// SLEEF at 1 ulp with vectors of the same width.
func functions[T asm.Float](typ, kernel string, width int) []work {
	const n = 4096
	line := func(name string, ours func(y, z, x []T)) work {
		return work{name: fmt.Sprintf("%s %s %s", name, typ, kernel), unit: "G elements/s", amount: n, kernel: kernel, prepare: func() (runner, []peer) {
			x := fill(n, func(i int) T { return T(i-n/2) / (n / 16) })
			if name == "log" {
				x = fill(n, func(i int) T { return T(i+1) / (n / 16) })
			}
			y, z := values[T](n), values[T](n)
			return timed(func() { ours(y, z, x) }), sleefPeers(name, width, x, y, z)
		}}
	}
	return []work{
		line("exp", func(y, _, x []T) { asm.Exp(y, x) }),
		line("log", func(y, _, x []T) { asm.Log(y, x) }),
		line("tanh", func(y, _, x []T) { asm.Tanh(y, x) }),
		line("erf", func(y, _, x []T) { asm.Erf(y, x) }),
		line("sincos", func(y, z, x []T) { asm.Sincos(y, z, x) }),
	}
}
