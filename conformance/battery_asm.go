package conformance

import (
	"fmt"
	"slices"

	"nnk/asm"
)

func asmBattery(d *digest) {
	asmPart[float32](d)
	asmPart[float64](d)
}

func asmPart[T asm.Float](d *digest) {
	for _, n := range []int{0, 1, 15, 16, 17, 31, 33, 100, 1000} {
		x, y := uniform[T](11, n, -1, 1), patterns[T](12, n, -20, 20)
		add(d, "Dot", asm.Dot(x, y))
		z := slices.Clone(y)
		asm.Axpy(z, 1.0/3, x)
		add(d, "Axpy", z...)
	}
	x, y, z := arguments[T](100), patterns[T](13, 416, -30, 30), patterns[T](14, 416, -60, 60)
	fma := make([]T, len(x))
	for i := range x {
		fma[i] = asm.FMA(x[i], y[i], z[i])
	}
	add(d, "FMA", fma...)
	for n := 1; n <= 4096; n *= 4 {
		v := uniform[T](15, n, -1, 1)
		asm.FWHT(v)
		add(d, fmt.Sprint("FWHT ", n), v...)
	}
}
