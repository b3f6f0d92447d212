// Package fft holds planned Fourier, cosine and Walsh–Hadamard transforms.
//
//	p := fft.NewPlan[complex128](1000)
//	var ws fft.Workspace
//	y := p.Forward(nil, x, &ws) // y[k] = Σ x[j]·exp(−2πi·jk/1000)
//	p.Inverse(x, y, &ws)        // back, divided by 1000
//
// Forward transforms are not normalised; inverse ones divide by n.
//
// # Determinism
//
// The same input gives the same bits on every machine and with every kernel set:
// the order of all sums, the fused multiply-adds and the twiddles are part of the
// definition (package asm, FFTPass). Twiddles are rounded from 106 bits.
//
// # Cost
//
// Lengths whose prime factors are 2, 3, 5 and 7 take about 5·n·log₂(n) operations
// in one pass over memory per factor of 4 or 8. Multiples of 4 run in vector kernels;
// powers of two are the fastest. Other lengths take two transforms of a power of two
// ≥ 2n−1. The relative RMS error is below (0.7 + 0.4·√log₂ n)·u for the small
// factors and four times that for other lengths, u being the rounding error of
// the type; tests hold it to that.
//
// # Concurrency
//
// Plans are immutable. A Workspace belongs to one goroutine at a time; with one,
// nothing is allocated once it has grown.
//
// # Errors
//
// Vectors that do not have a plan's length panic with a *mat.ArgumentError, those that overlap
// and must not with a *mat.OverlapError.
package fft
