package ortho

import (
	"math"
	"testing"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// kernelDims is the dimension of the vectors.
const kernelDims = 64

// estimator turns the projections of two vectors into an estimate of their kernel.
type estimator struct {
	name  string
	exact func(x, y []float64) float64
	term  func(gx, gy float64) float64
}

// estimators are the Gaussian kernel exp(−‖x−y‖²/2), by waves, and the arc-cosine
// kernel of order 1, by rectified projections.
var estimators = []estimator{
	{"Gaussian", func(x, y []float64) float64 {
		s := 0.0
		for i, v := range x {
			s += (v - y[i]) * (v - y[i])
		}
		return math.Exp(-s / 2)
	}, func(gx, gy float64) float64 { return math.Cos(gx - gy) }},
	{"arc-cosine", func(x, y []float64) float64 {
		lx, ly := math.Sqrt(asm.Dot(x, x)), math.Sqrt(asm.Dot(y, y))
		c := asm.Dot(x, y) / (lx * ly)
		angle := math.Acos(c)
		return lx * ly / math.Pi * (math.Sin(angle) + (math.Pi-angle)*c)
	}, func(gx, gy float64) float64 { return 2 * math.Max(gx, 0) * math.Max(gy, 0) }},
}

// kernelErrors returns the mean squared errors of the estimates with m rows of kind
// over so many seeds, for pairs of vectors of length about 1, divided by the mean square of the kernel.
func kernelErrors(t testing.TB, kind Kind, m, seeds int) []float64 {
	const n = 16
	x := mat.New[float64](n, kernelDims)
	rng.Normal(rng.New(1000), x.Data(), 0)
	asm.Scale(x.Data(), x.Data(), 1/math.Sqrt(kernelDims))
	// Pairs at all angles: each vector and a mixture with the next.
	for i := 0; i < n; i += 2 {
		a := math.Pi * float64(i) / n
		for j, v := range x.Row(i + 1) {
			x.Row(i + 1)[j] = math.Cos(a)*x.Row(i)[j] + math.Sin(a)*v
		}
	}
	errors := make([]float64, len(estimators))
	squares := make([]float64, len(estimators))
	for seed := range seeds {
		z := must[float64](t, Spec{Kind: kind, Seed: uint64(seed), M: m, D: kernelDims}).Apply(nil, x, nil)
		for k, e := range estimators {
			for i := 0; i < n; i += 2 {
				mean := 0.0
				for j := range m {
					mean += e.term(z.At(i, j), z.At(i+1, j)) / float64(m)
				}
				want := e.exact(x.Row(i), x.Row(i+1))
				errors[k] += (mean - want) * (mean - want)
				squares[k] += want * want
			}
		}
	}
	for k := range errors {
		errors[k] /= squares[k]
	}
	return errors
}

// TestKernelErrors: as theory says, orthogonal blocks, simplices and structured ones are below
// independent rows.
func TestKernelErrors(t *testing.T) {
	errors := map[Kind][]float64{}
	for _, kind := range []Kind{IID, Block, Hadamard, Simplex} {
		errors[kind] = kernelErrors(t, kind, kernelDims, 40)
	}
	belowIID(t, kernelDims, errors)
}

// belowIID demands errors of coupled rows below those of m independent ones.
func belowIID(t *testing.T, m int, errors map[Kind][]float64) {
	t.Helper()
	for k, e := range estimators {
		for _, kind := range []Kind{Block, Hadamard, Simplex} {
			if got, iid := errors[kind][k], errors[IID][k]; got >= iid {
				t.Errorf("%s kernel, %d rows: error of %v is %.4g, of iid %.4g", e.name, m, kind, got, iid)
			}
		}
	}
}
