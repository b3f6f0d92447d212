// Package bigref computes elementary functions of big floating-point numbers, for
// tests and for the conformance vectors: slow, plain, and by other ways than
// package asm. Nothing in it is taken from float64 but first guesses that an
// iteration then corrects.
//
// A [Prec] is a number of bits and has the operations as methods, each of which
// returns a new number:
//
//	p := bigref.Prec(320)
//	y := p.Mul(p.Exp(p.Float(1)), p.Pi())
//
// The elementary functions are good to all but the last few of those bits,
// relative to the result. Numbers are finite unless a method says otherwise; big
// numbers have no NaN.
package bigref

import (
	"math"
	"math/big"
)

// Prec is a precision in bits.
type Prec uint

// guard bits are added inside a function for the roundings of its steps.
const guard = 64

// Float returns v; it must not be NaN.
func (p Prec) Float(v float64) *big.Float { return p.new().SetFloat64(v) }

// Int returns n.
func (p Prec) Int(n int) *big.Float { return p.new().SetInt64(int64(n)) }

// Ratio returns a/b.
func (p Prec) Ratio(a, b int) *big.Float { return p.Quo(p.Int(a), p.Int(b)) }

// Add returns x + y.
func (p Prec) Add(x, y *big.Float) *big.Float { return p.new().Add(x, y) }

// Sub returns x − y.
func (p Prec) Sub(x, y *big.Float) *big.Float { return p.new().Sub(x, y) }

// Mul returns x·y.
func (p Prec) Mul(x, y *big.Float) *big.Float { return p.new().Mul(x, y) }

// Quo returns x/y.
func (p Prec) Quo(x, y *big.Float) *big.Float { return p.new().Quo(x, y) }

// Neg returns −x.
func (p Prec) Neg(x *big.Float) *big.Float { return p.new().Neg(x) }

// Abs returns |x|.
func (p Prec) Abs(x *big.Float) *big.Float { return p.new().Abs(x) }

// Sqrt returns √x, x ≥ 0.
func (p Prec) Sqrt(x *big.Float) *big.Float { return p.new().Sqrt(x) }

// Scale returns x·2ⁿ.
func (p Prec) Scale(x *big.Float, n int) *big.Float { return p.new().SetMantExp(x, n) }

// Sum returns the sum of x.
func (p Prec) Sum(x ...*big.Float) *big.Float {
	s := p.new()
	for _, v := range x {
		s.Add(s, v)
	}
	return s
}

// Prod returns the product of x.
func (p Prec) Prod(x ...*big.Float) *big.Float {
	s := p.Int(1)
	for _, v := range x {
		s.Mul(s, v)
	}
	return s
}

// Dot returns the sum of products of x and y.
func (p Prec) Dot(x, y []*big.Float) *big.Float {
	s, t := p.new(), p.new()
	for i := range x {
		if x[i].Sign() != 0 {
			s.Add(s, t.Mul(x[i], y[i]))
		}
	}
	return s
}

// Floats returns v as big numbers.
func (p Prec) Floats(v []float64) []*big.Float {
	out := make([]*big.Float, len(v))
	for i, x := range v {
		out[i] = p.Float(x)
	}
	return out
}

func (p Prec) new() *big.Float { return new(big.Float).SetPrec(uint(p)) }

// round returns x with p bits.
func (p Prec) round(x *big.Float) *big.Float { return p.new().Set(x) }

// exponent returns e with 2^(e−1) ≤ |x| < 2^e, and a very small number for 0.
func exponent(x *big.Float) int {
	if x.Sign() == 0 {
		return math.MinInt32 / 2 // room for subtractions where int has 32 bits
	}
	return x.MantExp(nil)
}

// guess returns x as float64, for first guesses.
func guess(x *big.Float) float64 { f, _ := x.Float64(); return f }
