package ortho

import (
	"fmt"
	"math"
	"testing"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
)

// distances are those of the pairs whose Gaussian kernel, 0.88, 0.61, 0.14 and 0.011, is
// estimated by cosines.
var distances = []float64{0.5, 1, 2, 3}

// estimate is how far the estimates of a kernel are off.
type estimate struct {
	name string
	// ratio is the mean square error over that of as many independent rows, bias the mean error; each
	// has a standard error.
	ratio, ratioError, bias, biasError float64
	sum, squares, q, qq                float64 // over seeds
}

func (e *estimate) add(bias, q float64) {
	e.sum += bias
	e.squares += bias * bias
	e.q += q
	e.qq += q * q
}

func (e *estimate) finish(n float64) {
	e.bias, e.ratio = e.sum/n, e.q/n
	e.biasError = math.Sqrt(max(e.squares/n-e.bias*e.bias, 0) / n)
	e.ratioError = math.Sqrt(max(e.qq/n-e.ratio*e.ratio, 0) / n)
}

// unitPairs are n/2 pairs of unit vectors at angles from near 0 to near π; in one dimension it is one pair of the
// same vectors.
func unitPairs(d, n int) *mat.Dense[float64] {
	if d == 1 {
		return mat.Of(2, 1, []float64{1, 1})
	}
	x := mat.New[float64](n, d)
	rng.Normal(rng.New(1000), x.Data(), 0)
	for i := 0; i < n; i += 2 {
		u, v := x.Row(i), x.Row(i+1)
		asm.Scale(u, u, 1/math.Sqrt(asm.Dot(u, u)))
		asm.Axpy(v, -asm.Dot(u, v), u)
		a := math.Pi * float64(i+1) / float64(n)
		asm.Scale(v, v, math.Sin(a)/math.Sqrt(asm.Dot(v, v)))
		asm.Axpy(v, math.Cos(a), u)
	}
	return x
}

// kernelErrors estimates, from projections of the kind of s and so many seeds, the Gaussian kernel
// of two vectors that differ by a unit vector times each of the distances, and then the arc-cosine kernel of
// order 1 of pairs of unit vectors, rows 2i and 2i+1 of x.
func kernelErrors(t testing.TB, s Spec, x *mat.Dense[float64], seeds int) []estimate {
	n, m := x.Rows(), float64(s.M)
	out := make([]estimate, len(distances)+1)
	for k, l := range distances {
		out[k].name = fmt.Sprintf("Gaussian kernel at distance %g", l)
	}
	out[len(distances)].name = "arc-cosine kernel"
	row := make([]float64, s.M)
	for seed := range seeds {
		s.Seed = uint64(seed)
		z := must[float64](t, s).Apply(nil, x, nil)
		for k, l := range distances {
			// For independent rows: E cos² = (1 + E cos 2x)/2.
			want := math.Exp(-l * l / 2)
			variance := ((1+math.Exp(-2*l*l))/2 - want*want) / m
			bias, q := 0.0, 0.0
			for i := range n {
				asm.Scale(row, z.Row(i), l)
				asm.Cos(row, row)
				e := asm.Sum(row)/m - want
				bias += e / float64(n)
				q += e * e / (variance * float64(n))
			}
			out[k].add(bias, q)
		}
		bias, q := 0.0, 0.0
		for i := 0; i < n; i += 2 {
			sum := 0.0
			for j, u := range z.Row(i) {
				sum += 2 * max(u, 0) * max(z.At(i+1, j), 0)
			}
			want, square := arcCosine(asm.Dot(x.Row(i), x.Row(i+1)))
			e := sum/m - want
			bias += 2 * e / float64(n)
			q += 2 * e * e / ((square - want*want) / m * float64(n))
		}
		out[len(distances)].add(bias, q)
	}
	for k := range out {
		out[k].finish(float64(seeds))
	}
	return out
}

// arcCosine returns the mean of 2·u₊·v₊ and of its square, for normal u and v of that
// covariance (Cho and Saul's J₁ and J₂).
func arcCosine(c float64) (mean, square float64) {
	c = max(-1, min(c, 1))
	s, rest := math.Sqrt(1-c*c), math.Pi-math.Acos(c)
	return (s + rest*c) / math.Pi, 2 * (3*s*c + rest*(1+2*c*c)) / math.Pi
}

// worst is the largest mean square error, over that of independent rows, that a kind may have: where the Gaussian
// kernel is next to nothing, no coupling helps, and that of sequences harms a little.
func worst(k int) float64 {
	if k < len(distances) && distances[k] > 2.5 {
		return 1.05
	}
	return 1.02
}

// checkKernelErrors fails if the errors are beyond what is allowed for sure.
func checkKernelErrors(t *testing.T, s Spec, list []estimate) {
	t.Helper()
	for k, e := range list {
		if !(e.ratio-3*e.ratioError <= worst(k)) {
			t.Errorf("%v, %d×%d: %s: mean square error %.3f±%.3f times that of independent rows", s.Kind, s.M, s.D, e.name, e.ratio, e.ratioError)
		}
		if !(math.Abs(e.bias)-4.5*e.biasError <= 1e-3) {
			t.Errorf("%v, %d×%d: %s: bias %.5f±%.5f", s.Kind, s.M, s.D, e.name, e.bias, e.biasError)
		}
	}
}

// kinds are all but independent rows.
var kinds = []Kind{Block, Hadamard, Sobol, Halton, Simplex}

// TestKernelErrors: in every dimension the estimates of two kernels are without bias, and no worse than those of
// independent rows.
func TestKernelErrors(t *testing.T) {
	for _, d := range []int{1, 2, 3, 4, 5, 7, 8, 16, 50, 64, 130} {
		for _, kind := range kinds {
			seeds := 50
			if kind == Sobol || kind == Halton {
				seeds = 250
			}
			s := Spec{Kind: kind, M: 64, D: d}
			checkKernelErrors(t, s, kernelErrors(t, s, unitPairs(d, 16), max(seeds, 800/d)))
		}
	}
}

// TestKernelErrorsTell: independent rows have the errors that others are compared with, and rows that are known to
// be biased or to have more variance are seen.
func TestKernelErrorsTell(t *testing.T) {
	for _, d := range []int{1, 2, 50} {
		for _, e := range kernelErrors(t, Spec{M: 64, D: d}, unitPairs(d, 16), 500) {
			if !(math.Abs(e.ratio-1) <= 4*e.ratioError) || !(math.Abs(e.bias) <= 4*e.biasError) {
				t.Errorf("%d dimensions: %s: independent rows have ratio %.3f±%.3f and bias %.5f±%.5f", d, e.name, e.ratio, e.ratioError, e.bias, e.biasError)
			}
		}
	}
	s := Spec{Kind: Block, Norm: Sqrt, M: 64, D: 2}
	if e := kernelErrors(t, s, unitPairs(2, 16), 200)[1]; !(math.Abs(e.bias)-4.5*e.biasError > 1e-3) {
		t.Errorf("rows of length √2: bias %.5f±%.5f is not seen", e.bias, e.biasError)
	}
	axes := mat.Of(2, 50, make([]float64, 100))
	axes.Set(0, 0, 1)
	axes.Set(1, 1, 1)
	s = Spec{Kind: Hadamard, Rounds: 1, M: 64, D: 50}
	if e := kernelErrors(t, s, axes, 200)[2]; !(e.ratio-3*e.ratioError > 1.02) || !(math.Abs(e.bias)-4.5*e.biasError > 1e-3) {
		t.Errorf("one round along an axis: error %.3f±%.3f times that of independent rows and bias %.5f±%.5f are not seen", e.ratio, e.ratioError, e.bias, e.biasError)
	}
}

// TestDirections: no two rows are parallel, even in few dimensions.
func TestDirections(t *testing.T) {
	for _, d := range []int{2, 3, 4, 5, 8, 16, 33} {
		for _, kind := range append(kinds, IID) {
			g := must[float64](t, Spec{Kind: kind, Seed: 3, M: 4*d + 512, D: d}).Dense(nil)
			for i := range g.Rows() {
				u := g.Row(i)
				asm.Scale(u, u, 1/math.Sqrt(asm.Dot(u, u)))
				for j := range i {
					if c := asm.Dot(u, g.Row(j)); !(1-c*c > 1e-13) {
						t.Errorf("%v, d = %d: rows %d and %d are parallel", kind, d, j, i)
					}
				}
			}
		}
	}
}
