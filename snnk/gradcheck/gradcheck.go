// Package gradcheck compares gradients with differences of the function, for
// tests. Everything is float64.
//
// The differences are of fourth order: with a step h the error is h⁴·f⁽⁵⁾/30 of the method
// and about 2⁻⁵³·f/h of rounding, so that for functions and derivatives of size 1 the
// step 10⁻³ leaves 10⁻¹³.
package gradcheck

import (
	"fmt"
	"math"
	"testing"

	"nnk/mat"
	"nnk/rng"
)

// Tolerance is the relative error that [Compare] accepts.
const Tolerance = 1e-7

// DefaultStep is the step of the differences.
const DefaultStep = 1e-3

// Tensor is an argument of a function with the gradient to be checked.
type Tensor struct {
	Name        string
	Value, Grad *mat.Dense[float64]
}

// Derivative is f′(x) by the central difference with step h.
func Derivative(f func(x float64) float64, x, h float64) float64 {
	near, far := f(x+h)-f(x-h), f(x+h+h)-f(x-h-h)
	return (float64(8*near) - far) / (12 * h)
}

// OneSided is the derivative of f at x to the right, or to the left for a negative h, by
// five values: for points where f has a kink.
func OneSided(f func(x float64) float64, x, h float64) float64 {
	sum := 0.0
	for k, c := range []float64{-25, 48, -36, 16, -3} {
		sum = math.FMA(c, f(math.FMA(float64(k), h, x)), sum)
	}
	return sum / (12 * h)
}

// Compare checks the gradient of every tensor against central differences of f with
// step h (0: [DefaultStep]). f must read the values anew in each call. The error of an
// element may be [Tolerance] times the largest element of the tensor's gradient, or, if
// all of it is small, times 10⁻⁴. At kinks nearer than 2h the check is not valid.
func Compare(t testing.TB, f func() float64, h float64, tensors ...Tensor) {
	t.Helper()
	for _, w := range worst(f, h, tensors, Derivative) {
		if w.relative > Tolerance || w.relative != w.relative {
			t.Errorf("%s[%d,%d]: gradient %.12g, difference %.12g, relative error %.2g of at most %g", w.name, w.i, w.j, w.got, w.want, w.relative, Tolerance)
		}
	}
}

// CompareOneSided is [Compare] with the derivative to the right of every element, or to the left
// for a negative h.
func CompareOneSided(t testing.TB, f func() float64, h float64, tensors ...Tensor) {
	t.Helper()
	for _, w := range worst(f, h, tensors, OneSided) {
		if w.relative > Tolerance || w.relative != w.relative {
			t.Errorf("%s[%d,%d] to one side: gradient %.12g, difference %.12g, relative error %.2g of at most %g", w.name, w.i, w.j, w.got, w.want, w.relative, Tolerance)
		}
	}
}

type deviation struct {
	name                string
	i, j                int
	got, want, relative float64
}

// worst returns, for every tensor, the element whose gradient is farthest off.
func worst(f func() float64, h float64, tensors []Tensor, derivative func(func(float64) float64, float64, float64) float64) []deviation {
	if h == 0 {
		h = DefaultStep
	}
	var out []deviation
	for _, a := range tensors {
		if a.Value.Rows() != a.Grad.Rows() || a.Value.Cols() != a.Grad.Cols() {
			panic(fmt.Sprintf("gradcheck: %s is %d×%d, its gradient %d×%d", a.Name, a.Value.Rows(), a.Value.Cols(), a.Grad.Rows(), a.Grad.Cols()))
		}
		size := 1e-4
		for i := range a.Grad.Rows() {
			for _, g := range a.Grad.Row(i) {
				size = max(size, math.Abs(g))
			}
		}
		most := deviation{name: a.Name, relative: -1}
		for i := range a.Value.Rows() {
			for j := range a.Value.Cols() {
				at := a.Value.At(i, j)
				want := derivative(func(x float64) float64 {
					a.Value.Set(i, j, x)
					return f()
				}, at, h)
				a.Value.Set(i, j, at)
				got := a.Grad.At(i, j)
				if d := math.Abs(got-want) / size; d > most.relative || d != d {
					most.i, most.j, most.got, most.want, most.relative = i, j, got, want, d
				}
			}
		}
		out = append(out, most)
	}
	return out
}

// Map is a differentiable map of rows: a module, or a feature map with what it needs
// around it.
type Map struct {
	Forward func(x *mat.Dense[float64]) *mat.Dense[float64]
	// Backward returns ∂loss/∂x for dy = ∂loss/∂output of the last Forward and adds to
	// the gradients of Params.
	Backward func(dy *mat.Dense[float64]) *mat.Dense[float64]
	Params   []Tensor
}

// Gradients checks all gradients of m at x: those of the loss Σ r_ij·y_ij for
// random r. It also checks that Backward adds to gradients, does not change dy and
// returns the same bits for the same arguments.
func Gradients(t testing.TB, m Map, x *mat.Dense[float64], h float64) {
	t.Helper()
	r := mat.New[float64](x.Rows(), m.Forward(x).Cols())
	rng.Normal(rng.New(0x67726164), r.Data(), 0)
	loss := func() float64 {
		y, sum := m.Forward(x), 0.0
		for i := range y.Rows() {
			for j, v := range y.Row(i) {
				sum = math.FMA(v, r.At(i, j), sum)
			}
		}
		return sum
	}
	for _, p := range m.Params {
		for i := range p.Grad.Rows() {
			clear(p.Grad.Row(i))
		}
	}
	kept := r.Clone()
	m.Forward(x)
	tensors := append([]Tensor{{"x", x, m.Backward(r).Clone()}}, m.Params...)
	equal(t, "dy after Backward", r, kept)
	Compare(t, loss, h, tensors...)
	once := make([]*mat.Dense[float64], len(m.Params))
	for k, p := range m.Params {
		once[k] = p.Grad.Clone()
	}
	m.Forward(x)
	equal(t, "∂loss/∂x of a second Backward", m.Backward(r), tensors[0].Grad)
	for k, p := range m.Params {
		for i := range p.Grad.Rows() {
			for j, g := range p.Grad.Row(i) {
				if o := once[k].At(i, j); math.Abs(g-(o+o)) > 1e-12*(1+math.Abs(g)) {
					t.Errorf("%s[%d,%d]: %.12g after two Backwards, want twice %.12g", p.Name, i, j, g, o)
					return
				}
			}
		}
	}
}

func equal(t testing.TB, what string, got, want *mat.Dense[float64]) {
	t.Helper()
	for i := range want.Rows() {
		for j, v := range want.Row(i) {
			if math.Float64bits(got.At(i, j)) != math.Float64bits(v) {
				t.Errorf("%s: element (%d, %d) is %v, want %v", what, i, j, got.At(i, j), v)
				return
			}
		}
	}
}
