package main

import (
	"fmt"
	"io"
	"math"
	"math/big"

	"gonum.org/v1/gonum/dsp/fourier"

	"nnk/asm"
	"nnk/fft"
	"nnk/internal/bigref"
	"nnk/rng"
)

// printAccuracy prints the relative RMS error of forward transforms of one input of normal
// values, ours and the peers', in units of the type's rounding error u (2⁻⁵³ or 2⁻²⁴).
func printAccuracy(w io.Writer) {
	fmt.Fprintln(w, "| transform | ours | FFTW | ratio | Gonum |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- |")
	for _, n := range []int{256, 1000, 1009, 1024, 4096, 16384, 65536} {
		roots := rootsOfUnity(n)
		accuracy[complex128](w, "complex128", n, roots, 0x1p-53)
		accuracy[complex64](w, "complex64", n, roots, 0x1p-24)
	}
}

func accuracy[C asm.Complex](w io.Writer, typ string, n int, roots []pair, unit float64) {
	x, exact := make([]C, n), make([]pair, n)
	v := make([]float32, 2*n) // exact in both types
	rng.Normal(rng.New(uint64(n)), v, 0)
	for i := range x {
		re, im := float64(v[2*i]), float64(v[2*i+1])
		x[i], exact[i] = C(complex(re, im)), pair{double{re, 0}, double{im, 0}}
	}
	exact = reference(exact, roots, 1)
	row := fmt.Sprintf("| %s %d ", typ, n)
	ours := relativeError(fft.NewPlan[C](n).Forward(nil, x, nil), exact) / unit
	row += fmt.Sprintf("| %.3f ", ours)
	if y := fftwForward(x); y != nil {
		theirs := relativeError(y, exact) / unit
		row += fmt.Sprintf("| %.3f | %.2f ", theirs, ours/theirs)
	} else {
		row += "| | "
	}
	if x, ok := any(x).([]complex128); ok {
		row += fmt.Sprintf("| %.3f |", relativeError(fourier.NewCmplxFFT(n).Coefficients(nil, x), exact)/unit)
	} else {
		row += "| |"
	}
	fmt.Fprintln(w, row)
}

// relativeError is ‖got − exact‖/‖exact‖.
func relativeError[C asm.Complex](got []C, exact []pair) float64 {
	var errors, norm float64
	for i, e := range exact {
		g := complex128(got[i])
		re, im := e.re.add(double{-real(g), 0}).h, e.im.add(double{-imag(g), 0}).h
		errors += float64(re*re) + float64(im*im)
		norm += float64(e.re.h*e.re.h) + float64(e.im.h*e.im.h)
	}
	return math.Sqrt(errors / norm)
}

// double is a number of about 106 bits, h + l.
type double struct{ h, l float64 }

func (a double) add(b double) double {
	s := a.h + b.h
	v := s - a.h
	e := (a.h - (s - v)) + (b.h - v) + (a.l + b.l)
	h := s + e
	return double{h, e - (h - s)}
}

func (a double) mul(b double) double {
	p := a.h * b.h
	e := math.FMA(a.h, b.h, -p)
	e = math.FMA(a.h, b.l, math.FMA(a.l, b.h, e))
	h := p + e
	return double{h, e - (h - p)}
}

func (a double) neg() double { return double{-a.h, -a.l} }

// pair is a complex number.
type pair struct{ re, im double }

func (a pair) add(b pair) pair { return pair{a.re.add(b.re), a.im.add(b.im)} }
func (a pair) sub(b pair) pair { return pair{a.re.add(b.re.neg()), a.im.add(b.im.neg())} }
func (a pair) mul(b pair) pair {
	return pair{a.re.mul(b.re).add(a.im.mul(b.im).neg()), a.re.mul(b.im).add(a.im.mul(b.re))}
}

// reference is the transform of x, of which roots[k·step] are the powers of the root of
// unity: by halves while the length is even, else by the defining sum.
func reference(x, roots []pair, step int) []pair {
	n := len(x)
	y := make([]pair, n)
	if n%2 == 1 {
		for k := range y {
			for j, v := range x {
				y[k] = y[k].add(v.mul(roots[k*j%n*step]))
			}
		}
		return y
	}
	even, odd := make([]pair, n/2), make([]pair, n/2)
	for i := range even {
		even[i], odd[i] = x[2*i], x[2*i+1]
	}
	even, odd = reference(even, roots, 2*step), reference(odd, roots, 2*step)
	for k := range even {
		t := odd[k].mul(roots[k*step])
		y[k], y[k+n/2] = even[k].add(t), even[k].sub(t)
	}
	return y
}

// rootsOfUnity are exp(−2πik/n): products of about 2√n that are computed with 200
// bits.
func rootsOfUnity(n int) []pair {
	const p = bigref.Prec(200)
	width := int(math.Ceil(math.Sqrt(float64(n))))
	roots := make([]pair, n)
	var lowSin, lowCos []*big.Float
	for k := range width {
		sin, cos := p.SincosPi(-2*k, n)
		lowSin, lowCos = append(lowSin, sin), append(lowCos, cos)
	}
	for high := 0; high < n; high += width {
		sin, cos := p.SincosPi(-2*high, n)
		for low := 0; low < width && high+low < n; low++ {
			re := p.Sub(p.Mul(cos, lowCos[low]), p.Mul(sin, lowSin[low]))
			im := p.Add(p.Mul(cos, lowSin[low]), p.Mul(sin, lowCos[low]))
			roots[high+low] = pair{split(re), split(im)}
		}
	}
	return roots
}

func split(x *big.Float) double {
	h, _ := x.Float64()
	l, _ := new(big.Float).Sub(x, big.NewFloat(h)).Float64()
	return double{h, l}
}
