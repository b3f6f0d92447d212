package conformance

import (
	"nnk/asm"
	"nnk/fft"
)

func fftBattery(d *digest) {
	both(d, fftPart[float32, complex64], fftPart[float64, complex128])
}

// fftPart covers every radix, both ends of the passes and Bluestein's convolution.
func fftPart[T asm.Float, C asm.Complex](d *digest) {
	var ws fft.Workspace
	for _, n := range []int{1, 2, 3, 4, 7, 8, 32, 35, 60, 97, 100, 128, 256, 420, 1000} {
		x, half, re, im := make([]C, n), n/2+1, make([]T, n), make([]T, n)
		asm.FFTLast(x, uniform[T](81, n, -1, 1), uniform[T](82, n, -1, 1), 1, 1, false)
		p := fft.NewPlan[C](n)
		for _, y := range [][]C{p.Forward(nil, x, &ws), p.Inverse(nil, x, &ws)} {
			asm.FFTSplit(re, im, y, false)
			add(d, "Plan", re...)
			add(d, "Plan", im...)
		}
		reals, cosines := fft.NewRealPlan[T](n), fft.NewDCTPlan[T](n)
		v := uniform[T](83, n, -1, 1)
		vr, vi := reals.Forward(nil, nil, v, &ws)
		add(d, "RealPlan", vr...)
		add(d, "RealPlan", vi...)
		add(d, "RealPlan inverse", reals.Inverse(nil, v[:half], v[n-half:], &ws)...)
		add(d, "DCT II", cosines.II(nil, v, &ws)...)
		add(d, "DCT III", cosines.III(nil, v, &ws)...)
	}
	addMatrix(d, "FWHT", fft.FWHT(nil, matrix[T](84, 3, 128)))
	f := uniform[T](85, 512, -1, 1)
	asm.FWHTScaled(f, f, uniform[T](86, 512, -1, 1), nil)
	add(d, "FWHTScaled", f...)
}
