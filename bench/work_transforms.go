package main

import (
	"fmt"
	"math"
	"unsafe"

	"gonum.org/v1/gonum/dsp/fourier"

	"nnk/asm"
	"nnk/fft"
)

// transforms are Walsh–Hadamard and Fourier transforms.
func transforms() []work {
	var all []work
	for n := 256; n <= 65536; n *= 4 {
		all = append(all, hadamard(n))
	}
	for _, n := range []int{256, 1000, 1009, 1024, 4096, 16384, 65536} {
		all = append(all, transform[complex128]("complex128", n), transform[complex64]("complex64", n))
	}
	return all
}

// hadamard is a Walsh–Hadamard transform in place; FFTW does it as a real
// transform of size 2 in each of log₂(n) dimensions.
func hadamard(n int) work {
	return work{name: fmt.Sprintf("Walsh-Hadamard float32 %d", n), unit: "GB/s", amount: float64(8 * n), prepare: func() (runner, []peer) {
		x, y := fill(n, func(int) float32 { return 0 }), values[float32](n)
		return timed(func() { asm.FWHT(x) }), whtPeers(y)
	}}
}

// transform is a forward complex transform; 5 n log₂ n operations, whatever n.
func transform[C asm.Complex](typ string, n int) work {
	return work{name: fmt.Sprintf("fft %s %d", typ, n), unit: "Gflop/s", amount: 5 * float64(n) * math.Log2(float64(n)), prepare: func() (runner, []peer) {
		x := fill(n, func(i int) C { return C(complex(float64(i%15-7), float64(i%7-3))) })
		y := fill(n, func(int) C { return 0 })
		plan, ws := fft.NewPlan[C](n), new(fft.Workspace)
		peers := append(fftPeers(unsafe.Sizeof(C(0)) == 16, n), numpyFFT(typ, n)...)
		if x, ok := any(x).([]complex128); ok {
			theirs, y := fourier.NewCmplxFFT(n), any(y).([]complex128)
			peers = append(peers, peer{"Gonum", timed(func() { theirs.Coefficients(y, x) })})
		}
		return timed(func() { plan.Forward(y, x, ws) }), peers
	}}
}
