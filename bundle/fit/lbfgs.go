package fit

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
)

// A descent finds the minimum of a smooth convex function by L-BFGS (Nocedal and
// Wright, Numerical Optimization, algorithm 7.4) with a metric of the caller's as
// the first guess of the Hessian. All vectors have the length of x.
type descent struct {
	// value sets g to the gradient at x and returns the function.
	value func(g, x []float64) (float64, error)
	// solve sets v to M⁻¹·v, where M is the metric, which may change between calls.
	solve func(v []float64) error
	// step, if not nil, is called at every new x.
	step func(evaluations int, norm float64)

	// What ends the descent: the Euclidean norm of the gradient is at most tolerance; the next
	// step promises to lower the function by no more than the part enough of what it is above least; or
	// so many evaluations.
	tolerance, enough, least float64
	budget                   int

	f, norm     float64 // at x, after run
	evaluations int
	pairs       []pair // the last steps, the newest last
}

// pair is a step and the change of the gradient that it made.
type pair struct {
	s, y  []float64
	curve float64 // sᵀy
}

// descentMemory is the number of steps that are remembered. Each costs 4·len(x)
// multiply-adds an iteration, which is little beside a pass over the data.
const descentMemory = 30

// run moves x to the minimum and reports whether the tolerance was reached. Without
// it the budget is spent, or no step lowers the function to working precision; x is the best
// point found in either case.
func (d *descent) run(x []float64) (bool, error) {
	g, next, ahead := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	var err error
	if d.f, err = d.evaluate(g, x); err != nil {
		return false, err
	}
	for {
		d.norm = math.Sqrt(asm.Dot(g, g))
		if d.step != nil {
			d.step(d.evaluations, d.norm)
		}
		if d.norm <= d.tolerance {
			return true, nil
		}
		dir, err := d.direction(g)
		if err != nil {
			return false, err
		}
		slope := asm.Dot(g, dir)
		if !(slope < 0) {
			return false, nil
		}
		if -slope/2 <= float64(d.enough*(d.f-d.least)) {
			return true, nil
		}
		f, found, err := d.search(next, ahead, x, dir, slope)
		if err != nil || !found {
			return false, err
		}
		p := pair{s: make([]float64, len(x)), y: make([]float64, len(x))}
		if len(d.pairs) == descentMemory {
			p = d.pairs[0]
			copy(d.pairs, d.pairs[1:])
			d.pairs = d.pairs[:descentMemory-1]
		}
		for i := range x {
			p.s[i], p.y[i] = next[i]-x[i], ahead[i]-g[i]
		}
		// Convexity makes the product positive, but for rounding.
		if p.curve = asm.Dot(p.s, p.y); p.curve > 0 {
			d.pairs = append(d.pairs, p)
		}
		copy(x, next)
		copy(g, ahead)
		d.f = f
	}
}

// evaluate counts and checks.
func (d *descent) evaluate(g, x []float64) (float64, error) {
	d.evaluations++
	f, err := d.value(g, x)
	if err == nil && f-f != 0 {
		err = fmt.Errorf("fit: loss %g: %w", f, bundle.ErrNotFinite)
	}
	return f, err
}

// direction is −H·g, where H is the inverse of the metric after the updates by the
// remembered pairs.
func (d *descent) direction(g []float64) ([]float64, error) {
	r := make([]float64, len(g))
	asm.Scale(r, g, -1)
	a := make([]float64, len(d.pairs))
	for i := len(d.pairs) - 1; i >= 0; i-- {
		p := d.pairs[i]
		a[i] = asm.Dot(p.s, r) / p.curve
		asm.Axpy(r, -a[i], p.y)
	}
	if err := d.solve(r); err != nil {
		return nil, err
	}
	if k := len(d.pairs); k > 0 {
		// The metric is scaled to the curvature along the last step.
		p := d.pairs[k-1]
		v := append([]float64(nil), p.y...)
		if err := d.solve(v); err != nil {
			return nil, err
		}
		asm.Scale(r, r, p.curve/asm.Dot(p.y, v))
	}
	for i, p := range d.pairs {
		b := asm.Dot(p.y, r) / p.curve
		asm.Axpy(r, a[i]-b, p.s)
	}
	return r, nil
}

// Along a direction the derivative of a convex function ascends, so a step is
// found by its sign; the function itself only guards against steps too long to
// see its shape. flat is the part of the first slope that may be left, and slack what
// rounding may do to the function.
const (
	flat   = 0.9
	armijo = 1e-4
	slack  = 1e-11
)

// search sets next to a point along dir from x, and g to the gradient there,
// at which the function has fallen enough and the slope has flattened (the strong Wolfe
// conditions), and returns the function there. found is false if there is none
// within the budget and to working precision.
func (d *descent) search(next, g, x, dir []float64, slope float64) (f float64, found bool, err error) {
	t, lo, hi := 1.0, 0.0, math.Inf(1)
	slopeLo, slopeHi := slope, math.NaN()
	for d.evaluations < d.budget {
		copy(next, x)
		asm.Axpy(next, t, dir)
		if f, err = d.evaluate(g, next); err != nil {
			return f, false, err
		}
		here := asm.Dot(g, dir)
		switch {
		case f > d.f+float64(armijo*t*slope)+float64(slack*math.Abs(d.f)) || here > -flat*slope:
			hi, slopeHi = t, here
		case here < flat*slope:
			lo, slopeLo = t, here
		default:
			return f, true, nil
		}
		switch width := hi - lo; {
		case math.IsInf(hi, 1):
			t *= 4
		case !(slopeHi > 0):
			t = lo + float64(0.5*width)
		default: // where the straight line between the slopes is zero, but inside
			t = lo + float64(min(max(slopeLo/(slopeLo-slopeHi), 0.1), 0.9)*width)
		}
		if hi-lo <= 1e-12*hi && !math.IsInf(hi, 1) || t > 0x1p60 {
			break
		}
	}
	return f, false, nil
}
