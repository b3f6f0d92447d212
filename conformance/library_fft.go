package conformance

import (
	"nnk/asm"
	"nnk/fft"
	"nnk/mat"
)

// fftCase is asmCase for package fft. Complex vectors are a column of real and one of
// imaginary parts, complex results first all real parts.
func fftCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "fft.Plan.Forward", "fft.Plan.Inverse":
		return func(c *Case) ([]float64, error) {
			inverse := name == "fft.Plan.Inverse"
			re, im := to[T](c.Floats("re")), to[T](c.Floats("im"))
			switch re := any(re).(type) {
			case []float32:
				return complexTransform[complex64](re, any(im).([]float32), inverse), nil
			case []float64:
				return complexTransform[complex128](re, any(im).([]float64), inverse), nil
			}
			return nil, ErrMissing
		}
	case "fft.RealPlan.Forward":
		return func(c *Case) ([]float64, error) {
			x := to[T](c.Floats("x"))
			re, im := fft.NewRealPlan[T](len(x)).Forward(nil, nil, x, nil)
			return append(from(re...), from(im...)...), nil
		}
	case "fft.DCTPlan.II":
		return func(c *Case) ([]float64, error) {
			x := to[T](c.Floats("x"))
			return from(fft.NewDCTPlan[T](len(x)).II(nil, x, nil)...), nil
		}
	case "fft.DCTPlan.III":
		return func(c *Case) ([]float64, error) {
			x := to[T](c.Floats("x"))
			return from(fft.NewDCTPlan[T](len(x)).III(nil, x, nil)...), nil
		}
	case "fft.FWHT":
		return func(c *Case) ([]float64, error) {
			x := to[T](c.Floats("x"))
			return flat(fft.FWHT(nil, mat.Of(1, len(x), x))), nil
		}
	}
	return nil
}

func complexTransform[C asm.Complex, T asm.Float](re, im []T, inverse bool) []float64 {
	x := make([]C, len(re))
	asm.FFTLast(x, re, im, 1, 1, false)
	plan := fft.NewPlan[C](len(x))
	if inverse {
		x = plan.Inverse(x, x, nil)
	} else {
		x = plan.Forward(x, x, nil)
	}
	asm.FFTSplit(re, im, x, false)
	return append(from(re...), from(im...)...)
}
