package checkpoint

import (
	"math"
	"slices"
	"strconv"

	"nnk/asm"
	"nnk/internal/onnx"
	"nnk/urf"
)

// A function is c·f(b·z + a), f an activation.
type function struct {
	act     urf.Activation
	b, a, c float64
	d       float64 // added at the end
}

// steps are those of a function of rows, last first; s has label and width.
func (f function) steps(s step) []step {
	part := func(scale, shift float64) step {
		p := s
		p.kind, p.scale, p.shift = affine, spreadOver([]float64{scale}, s.out), spreadOver([]float64{shift}, s.out)
		return p
	}
	var list []step
	if f.c != 1 || f.d != 0 {
		list = append(list, part(f.c, f.d))
	}
	act := s
	act.kind, act.act = activation, f.act
	list = append(list, act)
	if f.b != 1 || f.a != 0 {
		list = append(list, part(f.b, f.a))
	}
	return list
}

// closeness is how near the values of two functions are to be if they are to be one: constants of float32 are
// in what exporters write.
const closeness = 3e-6

// points are where functions are compared: both sides of every kink of a usual function, near 0, and far out.
func points() []float64 {
	z := []float64{-1, 0.25, -4.5, 2, 7, -0.5, 15, -12} // few, by which most candidates fall
	for i := -160; i <= 160; i++ {
		z = append(z, float64(float64(i)/8)+1.0/64)
	}
	return append(z, 0, 1, -1, 0.001, -0.001, 1e-6, -1e-6, 40, -40, 300, -300, 5000, -5000)
}

// mostConstants is how many different constants a function may be made of.
const mostConstants = 12

// largest is the largest finite float32: a bound from there on is none.
const largest = 0x1p127 * (2 - 0x1p-23)

// constantsIn are the constants of the stretch from e to p, those of attributes among them; false if they are too
// many for a function.
func constantsIn(parts []*expr) ([]float64, bool) {
	var list []float64
	add := func(v float64) {
		if v = math.Abs(v); v < largest && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	for _, x := range parts {
		for _, a := range x.args {
			if a != nil && a.op == "constant" {
				add(a.value[0])
			}
		}
		for _, a := range x.node.Attributes {
			if a.Kind == onnx.FloatKind {
				add(float64(a.Float))
			}
		}
		if len(list) > mostConstants {
			return nil, false
		}
	}
	return list, true
}

// pointsAround are where a function made of these constants may have a kink, with both sides of it, and far beyond
// all of them.
func pointsAround(constants []float64) []float64 {
	var z []float64
	add := func(c float64) {
		for _, v := range []float64{c, c * (1 - 0x1p-6), c * (1 + 0x1p-6), c * (1 - 0x1p-12), c * (1 + 0x1p-12), c - 1, c + 1, 8 * c} {
			if math.Abs(v) < largest {
				z = append(z, v, -v)
			}
		}
	}
	for i, c := range constants {
		add(c)
		for k, d := range constants[:i] {
			for _, v := range []float64{c + d, c - d, c * d, c / d, d / c} {
				add(v)
			}
			for _, f := range constants[:k] { // a bound after a scale and a shift
				for _, v := range []float64{(c - d) / f, (c + d) / f, (c - f) / d, (c + f) / d, (d - f) / c, (d + f) / c, c * d / f, c * f / d, d * f / c} {
					z = append(z, v*(1-0x1p-6), v*(1+0x1p-6), -v*(1-0x1p-6), -v*(1+0x1p-6))
				}
			}
		}
	}
	for k := 4.0; k <= 0x1p100; k *= 2 {
		z = append(z, k, -k)
	}
	return slices.DeleteFunc(z, func(v float64) bool { return !(math.Abs(v) < largest) })
}

// asFunction finds the activation that the stretch from e to p computes, whose expressions are parts.
func asFunction(e, p *expr, parts []*expr) (function, bool) {
	constants, ok := constantsIn(parts)
	if !ok {
		return function{}, false
	}
	values := func(z []float64) []float64 {
		v := newEvaluation(len(z))
		v.done[p] = z
		return v.of(e)
	}
	z := points()
	got := values(z)
	at := func(x float64) float64 { return got[slices.Index(z, x)] }
	var more, there []float64
	for _, f := range candidates(at) {
		if !f.fits(z[:8], got[:8]) || !f.fits(z, got) {
			continue
		}
		if more == nil {
			more = pointsAround(constants)
			there = values(more)
		}
		if f.fits(more, there) {
			return f, true
		}
	}
	return function{}, false
}

// fits compares the function with values. Beyond ±20 an exponential of a function that was taken
// apart may have overflowed.
func (f function) fits(z, got []float64) bool {
	u, y := make([]float64, len(z)), make([]float64, len(z))
	for i, x := range z {
		u[i] = math.FMA(f.b, x, f.a)
	}
	urf.Eval(f.act, y, u)
	for i, x := range z {
		want := math.FMA(f.c, y[i], f.d)
		if got[i]-got[i] != 0 && math.Abs(x) > 20 {
			continue
		}
		if want-want != 0 || !(math.Abs(got[i]-want) <= closeness*(1+math.Abs(want))) {
			return false
		}
	}
	return true
}

// candidates are functions that may have the values that at tells for some points.
func candidates(at func(z float64) float64) []function {
	var list []function
	add := func(name string, b, a, c, d float64) {
		if act, err := urf.ActivationByName(name); err == nil && !slices.ContainsFunc([]float64{b, a, c, d}, func(v float64) bool { return v-v != 0 }) {
			list = append(list, function{act, b, a, c, d})
		}
	}
	withParameter := func(name string, p float64) string { return name + ":" + strconv.FormatFloat(p, 'g', -1, 64) }
	for _, name := range urf.ActivationNames() {
		add(name, 1, 0, 1, 0)
	}
	add(withParameter("leaky-relu", float64(float32(-at(-1)))), 1, 0, 1, 0)
	add(withParameter("elu", float64(float32(-at(-40)))), 1, 0, 1, 0)
	if alpha := -at(-40); alpha > 0 { // CELU
		add("elu", 1/alpha, 0, alpha, 0)
	}
	add("softplus", -1, 0, -1, 0) // ln σ(z)
	if c := at(1); c > 0 {        // SELU and other scaled functions
		add(withParameter("elu", float64(float32(-at(-40)/c))), 1, 0, c, 0)
		for _, name := range urf.ActivationNames() {
			act, err := urf.ActivationByName(name)
			if v := act.At(1); err == nil && name != "none" && v != 0 {
				add(name, 1, 0, c/v, 0)
			}
		}
	}
	// z·σ(b·z), of which GELU has an approximation with b = 1.702.
	if g := at(1); g > 0.5 && g < 1 {
		b := -logOf(1/g - 1)
		add("silu", b, 0, 1/b, 0)
	}
	// exp(−b²z²/2).
	if g := at(1); g > 0 && g < 1 {
		add("gaussian", math.Sqrt(-2*logOf(g)), 0, 1, 0)
	}
	// From lo to hi in a straight line: a hard sigmoid of another slope, ReLU6, a hard tanh.
	if lo, hi := at(-5000), at(5000); hi > lo && lo == at(-300) && hi == at(300) {
		slope := (at(0.001) - at(-0.001)) / 0.002
		middle := at(0)
		// lo + (hi − lo)·clip(u/6 + 1/2) with u = b·z + a
		b := 6 * slope / (hi - lo)
		if middle == lo { // the line begins at 0
			b = 6 * (at(0.001) - middle) / 0.001 / (hi - lo)
		}
		add("hard-sigmoid", b, 6*(middle-lo)/(hi-lo)-3, hi-lo, lo)
	}
	return list
}

func logOf(x float64) float64 {
	v := [1]float64{x}
	asm.Log(v[:], v[:])
	return v[0]
}
