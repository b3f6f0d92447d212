package mat_test

import (
	"errors"
	"math"
	"testing"

	"nnk/internal/kerneltest"
	"nnk/mat"
)

// The constant is not penalised and λ is in the unit of the other features: the bits are those of RidgeSolve with that unit
// and weights, with the factor beside the sums or over them.
func TestRidgeWithConstant(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		for _, n := range []int{1, 2, 3, 17, 40} {
			z := normals[float64](60, n, 5)
			for i := range 60 {
				for j := range n - 1 {
					z.Set(i, j, 1e3*z.At(i, j))
				}
				z.Set(i, n-1, 1)
			}
			s, rhs, weights := mat.Gram(nil, z), mat.TMul(nil, z, normals[float64](60, 2, 6)), make([]float64, n)
			sum := 0.0
			for j := range n - 1 {
				weights[j] = 1
				sum += s.At(j, j)
			}
			unit := 1.0
			if n > 1 {
				unit = sum / float64(n-1)
			}
			if got := mat.RidgeUnit(s); got != unit {
				t.Errorf("%d features: unit %v, want %v", n, got, unit)
			}
			want, err := mat.RidgeSolve(nil, s, rhs, 0.25*unit, weights)
			if err != nil {
				t.Fatal(err)
			}
			factor := mat.New[float64](n, n)
			for name, f := range map[string]*mat.Dense[float64]{"no factor": nil, "another": factor, "the sums": s.Clone()} {
				in := s
				if name == "the sums" {
					in = f
				}
				got, err := mat.RidgeWithConstant(f, in, rhs, 0.25)
				if err != nil {
					t.Fatal(err)
				}
				equalBits(t, name, got, want)
			}
			equalBits(t, "solved again by the factor", mat.CholeskySolve(nil, factor, rhs), want)
		}
	})
}

func TestRidgeWithConstantErrors(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	good, rhs := mat.Of(2, 2, []float64{2, 1, 1, 2}), mat.Of(2, 1, []float64{1, 1})
	for _, c := range []struct {
		name   string
		s, t   *mat.Dense[float64]
		lambda float64
		want   error
	}{
		{"negative λ", good, rhs, -1, mat.ErrRange},
		{"NaN λ", good, rhs, nan, mat.ErrRange},
		{"NaN in the sums", mat.Of(2, 2, []float64{nan, 1, 1, 2}), rhs, 1, mat.ErrNotFinite},
		{"infinity in the sums", mat.Of(2, 2, []float64{inf, 1, 1, 2}), rhs, 1, mat.ErrNotFinite},
		{"NaN in the right-hand side", good, mat.Of(2, 1, []float64{1, nan}), 1, mat.ErrNotFinite},
		{"singular", mat.Of(2, 2, []float64{1, 1, 1, 1}), rhs, 0, mat.ErrSingular},
		{"no sample, whose constant nothing penalises", mat.New[float64](2, 2), mat.New[float64](2, 1), 1, mat.ErrSingular},
	} {
		if _, err := mat.RidgeWithConstant(nil, c.s, c.t, c.lambda); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	// Features that are all zero leave the constant.
	if a, err := mat.RidgeWithConstant(nil, mat.Of(2, 2, []float64{0, 0, 0, 4}), mat.Of(2, 1, []float64{0, 8}), 1); err != nil || a.At(0, 0) != 0 || a.At(1, 0) != 2 {
		t.Errorf("zero features: %v, %v", a, err)
	}
}
