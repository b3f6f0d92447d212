package urf

import (
	"math"

	"nnk/asm"
)

// shape is what a tower keeps of the complex features e^(E+iP).
type shape int

const (
	magnitude     shape = iota // e^E: P is 0
	realPart                   // e^E·cos P
	both                       // e^E·cos P, then e^E·sin P
	bothConjugate              // e^E·cos P, then −e^E·sin P
)

func (s shape) width() int {
	if s == both || s == bothConjugate {
		return 2
	}
	return 1
}

// tower turns projections p = Gz into e^(E+iP) for one of the towers:
//
//	E = re·p − qre·‖z‖² + c,  P = im·p − qim·‖z‖² + phase + turn·b
//
// All factors of a feature stand in one exponent, in which (1−4A)^(d/4) and e^(A‖g‖²),
// each beyond float32 at d = 768, cancel.
type tower[T asm.Float] struct {
	re, im, qre, qim, c, phase, turn []T
	constants                        []T // all of these
	unit                             T
	shape                            shape
	shift                            bool // b is part of the exponent
}

func newTower[T asm.Float](n, m int, f factors) tower[T] {
	v := make([]T, 7*n)
	part := func(k int) []T { return v[k*n : (k+1)*n : (k+1)*n] }
	return tower[T]{constants: v, re: part(0), im: part(1), qre: part(2), qim: part(3), c: part(4), phase: part(5), turn: part(6), unit: T(f.unit / math.Sqrt(float64(m)))}
}

// set sets feature i for ρ (or η) = re + i·im.
func (t *tower[T]) set(i int, stretch, re, im, c float64, f factors) {
	t.re[i], t.im[i] = T(stretch*re), T(stretch*im)
	t.qre[i] = T(f.half * (float64(re*re) - float64(im*im)))
	t.qim[i] = T(f.half * 2 * re * im)
	t.c[i] = T(c)
}

// finish turns row, whose first n elements are p, into the features. norm is ‖z‖², tmp
// has 2n elements.
func (t *tower[T]) finish(row []T, norm, b T, tmp []T) {
	n := len(t.c)
	h, bias, e := row[:n], tmp[:n], tmp[n:2*n]
	if t.shape == magnitude && !t.shift {
		asm.AffineExp(h, h, t.re, t.qre, t.c, -norm, t.unit, largest[T]())
		return
	}
	copy(bias, t.c)
	asm.Axpy(bias, -norm, t.qre)
	if t.shift {
		for i := range bias {
			bias[i] += b
		}
	}
	asm.Mul(e, h, t.re)
	if t.shape == magnitude {
		asm.BiasExp(h, e, bias, t.unit)
		saturate(h)
		return
	}
	asm.BiasExp(e, e, bias, t.unit)
	saturate(e)
	copy(bias, t.phase)
	asm.Axpy(bias, -norm, t.qim)
	asm.Axpy(bias, b, t.turn)
	asm.Mul(h, h, t.im)
	if t.shape == realPart {
		asm.BiasCos(h, h, bias, 1)
		asm.Mul(h, h, e)
		return
	}
	sin := row[n : 2*n]
	copy(sin, h)
	asm.BiasSincos(sin, h, sin, bias, 1)
	asm.Mul(h, h, e)
	if t.shape == bothConjugate {
		asm.Scale(e, e, -1)
	}
	asm.Mul(sin, sin, e)
}

// largest is the value at which features are cut: 2⁵⁰ or, in float64, 2⁵⁰⁰.
func largest[T asm.Float]() T {
	limit := T(0x1p50)
	if _, ok := any(limit).(float64); ok {
		limit *= limit // in steps, because float32 lacks the constant
		limit *= limit
		limit *= limit
		limit *= T(0x1p100)
	}
	return limit
}

// saturate cuts positive values at [largest], so that products and sums of features
// stay finite. Values of that size have no use: their standard error is of the same
// size.
func saturate[T asm.Float](x []T) {
	limit := largest[T]()
	if asm.Sum(x) <= limit {
		return
	}
	for i, v := range x {
		if v > limit {
			x[i] = limit
		}
	}
}
