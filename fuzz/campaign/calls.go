package main

import (
	"slices"

	"nnk/asm"
)

// call computes something of the library from what it draws.
type call struct {
	name string
	run  func(d *draw, r *result)
}

// calls are all of them, in the order of their names.
func calls() []call {
	list := slices.Concat(ofType[float32]("float32"), ofType[float64]("float64"), fourier[float32, complex64]("float32"), fourier[float64, complex128]("float64"), words())
	slices.SortFunc(list, func(a, b call) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return list
}

// ofType are the calls of functions of a type of numbers.
func ofType[T asm.Float](typ string) []call {
	list := slices.Concat(arithmetic[T](), elementwise[T](), products[T](), solvers[T](), random[T](), features[T](), networks[T](), fits[T]())
	for i := range list {
		list[i].name += " " + typ
	}
	return list
}
