package gradcheck

import (
	"math"
	"testing"

	"nnk/mat"
)

func TestDerivative(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"sin", Derivative(math.Sin, 0.7, 1e-3), math.Cos(0.7)},
		{"exp", Derivative(math.Exp, -1, 1e-3), math.Exp(-1)},
		{"|x| right of 0", OneSided(math.Abs, 0, 1e-3), 1},
		{"|x| left of 0", OneSided(math.Abs, 0, -1e-3), -1},
		{"sin, one-sided", OneSided(math.Sin, 0.7, 1e-3), math.Cos(0.7)},
	} {
		if math.Abs(c.got-c.want) > 1e-11 {
			t.Errorf("%s: %.15g, want %.15g", c.name, c.got, c.want)
		}
	}
}

// recorder counts errors instead of reporting them.
type recorder struct {
	testing.TB
	errors int
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.errors++ }

// square is y = s·x² with the gradients of its two arguments, one of which may be wrong
// by a factor.
func square(wrongX, wrongS float64) (Map, *mat.Dense[float64]) {
	s, g := mat.Of(1, 1, []float64{3}), mat.New[float64](1, 1)
	x := mat.Of(2, 1, []float64{0.5, -2})
	var in *mat.Dense[float64]
	return Map{
		Forward: func(x *mat.Dense[float64]) *mat.Dense[float64] {
			in = x
			y := x.Clone()
			for i, v := range x.Data() {
				y.Data()[i] = s.At(0, 0) * v * v
			}
			return y
		},
		Backward: func(dy *mat.Dense[float64]) *mat.Dense[float64] {
			dx := dy.Clone()
			for i, v := range in.Data() {
				dx.Data()[i] = wrongX * 2 * s.At(0, 0) * v * dy.Data()[i]
				g.Set(0, 0, math.FMA(wrongS*v*v, dy.Data()[i], g.At(0, 0)))
			}
			return dx
		},
		Params: []Tensor{{"s", s, g}},
	}, x
}

func TestGradientsSeesWrongOnes(t *testing.T) {
	for _, c := range []struct {
		name           string
		wrongX, wrongS float64
		errors         int
	}{{"right", 1, 1, 0}, {"x", 1 + 1e-6, 1, 1}, {"s", 1, 1 - 1e-6, 1}, {"NaN", math.NaN(), 1, 1}} {
		r := &recorder{TB: t}
		m, x := square(c.wrongX, c.wrongS)
		Gradients(r, m, x, 0)
		if r.errors != c.errors {
			t.Errorf("%s: %d errors, want %d", c.name, r.errors, c.errors)
		}
	}
}
