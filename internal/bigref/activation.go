package bigref

import (
	"math/big"
	"strconv"
	"strings"
)

// An activation is a function and its derivative, to the left where it has a kink.
type activation struct {
	param        *big.Float // where none is given; nil: there is none
	value, slope func(p Prec, x, param *big.Float) *big.Float
}

// Activation returns f and f′ of the activation that package urf knows by that name, nil for
// others. Where f has a kink, f′ is the slope to its left.
func (p Prec) Activation(name string) (f, slope func(x *big.Float) *big.Float) {
	name, number, given := strings.Cut(name, ":")
	a, ok := activations[name]
	if !ok {
		return nil, nil
	}
	param := a.param
	if given {
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || param == nil {
			return nil, nil
		}
		param = p.Float(v)
	}
	return func(x *big.Float) *big.Float { return a.value(p, x, param) },
		func(x *big.Float) *big.Float { return a.slope(p, x, param) }
}

var activations = map[string]activation{
	"none": {nil, identity, one},
	"relu": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.clamp(x, 0, inf) },
		func(p Prec, x, _ *big.Float) *big.Float { return p.step(x, 0, inf) }},
	"leaky-relu": {Prec(320).Ratio(1, 100), func(p Prec, x, s *big.Float) *big.Float { return sides(p, x, x, p.Mul(x, s)) },
		func(p Prec, x, s *big.Float) *big.Float { return sides(p, x, p.Int(1), s) }},
	"elu": {big.NewFloat(1), func(p Prec, x, a *big.Float) *big.Float {
		return sides(p, x, x, p.Mul(a, p.Expm1(p.clamp(x, -inf, 0))))
	},
		func(p Prec, x, a *big.Float) *big.Float {
			return sides(p, x, p.Int(1), p.Mul(a, p.Exp(p.clamp(x, -inf, 0))))
		}},
	"gelu": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Mul(x, p.NormalCDF(x)) },
		func(p Prec, x, _ *big.Float) *big.Float { return p.Add(p.NormalCDF(x), p.Mul(x, p.NormalPDF(x))) }},
	"gelu-tanh": {nil, func(p Prec, x, _ *big.Float) *big.Float {
		u, _ := p.GELUInner(x)
		return p.Mul(x, p.Sigmoid(p.Scale(u, 1)))
	},
		func(p Prec, x, _ *big.Float) *big.Float {
			u, du := p.GELUInner(x)
			u = p.Scale(u, 1)
			return p.Mul(p.Sigmoid(u), p.Add(p.Int(1), p.Prod(p.Int(2), x, du, p.Sigmoid(p.Neg(u)))))
		}},
	"silu": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Mul(x, p.Sigmoid(x)) },
		func(p Prec, x, _ *big.Float) *big.Float { return p.Add(p.Sigmoid(x), p.Mul(x, p.Logistic(x))) }},
	"softplus": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Softplus(x) }, func(p Prec, x, _ *big.Float) *big.Float { return p.Sigmoid(x) }},
	"mish": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Mul(x, p.Tanh(p.Softplus(x))) },
		func(p Prec, x, _ *big.Float) *big.Float {
			t := p.Tanh(p.Softplus(x))
			return p.Add(t, p.Prod(x, p.Sigmoid(x), p.Sub(p.Int(1), p.Mul(t, t))))
		}},
	"tanh": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Tanh(x) },
		func(p Prec, x, _ *big.Float) *big.Float { return p.Scale(p.Logistic(p.Scale(x, 1)), 2) }},
	"sigmoid": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Sigmoid(x) }, func(p Prec, x, _ *big.Float) *big.Float { return p.Logistic(x) }},
	"hard-swish": {nil, func(p Prec, x, _ *big.Float) *big.Float {
		return p.Quo(p.Mul(x, p.clamp(p.Add(x, p.Int(3)), 0, 6)), p.Int(6))
	},
		func(p Prec, x, _ *big.Float) *big.Float {
			switch {
			case x.Cmp(p.Int(-3)) <= 0:
				return p.Int(0)
			case x.Cmp(p.Int(3)) > 0:
				return p.Int(1)
			}
			return p.Quo(p.Add(p.Scale(x, 1), p.Int(3)), p.Int(6))
		}},
	"hard-sigmoid": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Quo(p.clamp(p.Add(x, p.Int(3)), 0, 6), p.Int(6)) },
		func(p Prec, x, _ *big.Float) *big.Float { return p.Quo(p.step(x, -3, 3), p.Int(6)) }},
	"sin": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Sin(x) }, func(p Prec, x, _ *big.Float) *big.Float { return p.Cos(x) }},
	"cos": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Cos(x) }, func(p Prec, x, _ *big.Float) *big.Float { return p.Neg(p.Sin(x)) }},
	"gaussian": {nil, func(p Prec, x, _ *big.Float) *big.Float { return p.Bell(x) },
		func(p Prec, x, _ *big.Float) *big.Float { return p.Neg(p.Mul(x, p.Bell(x))) }},
}

func identity(_ Prec, x, _ *big.Float) *big.Float { return x }
func one(p Prec, _, _ *big.Float) *big.Float      { return p.Int(1) }

// sides is right for x > 0, else left.
func sides(p Prec, x, right, left *big.Float) *big.Float {
	if x.Sign() > 0 {
		return p.round(right)
	}
	return p.round(left)
}

// inf is no bound.
const inf = 1 << 30

// clamp returns x between lo and hi.
func (p Prec) clamp(x *big.Float, lo, hi int) *big.Float {
	if v := p.Int(lo); lo > -inf && x.Cmp(v) < 0 {
		return v
	}
	if v := p.Int(hi); hi < inf && x.Cmp(v) > 0 {
		return v
	}
	return x
}

// step is 1 for lo < x ≤ hi, else 0.
func (p Prec) step(x *big.Float, lo, hi int) *big.Float {
	if x.Cmp(p.Int(lo)) > 0 && (hi == inf || x.Cmp(p.Int(hi)) <= 0) {
		return p.Int(1)
	}
	return p.Int(0)
}

// Logistic returns σ(x)·σ(−x), the density of the logistic distribution.
func (p Prec) Logistic(x *big.Float) *big.Float { return p.Mul(p.Sigmoid(x), p.Sigmoid(p.Neg(x))) }

// Bell returns e^(−x²/2).
func (p Prec) Bell(x *big.Float) *big.Float {
	w := p + guard
	return p.Exp(w.Neg(w.Scale(w.Mul(x, x), -1)))
}

// GELUInner returns u = √(2/π)·(x + 0.044715·x³) and its derivative.
func (p Prec) GELUInner(x *big.Float) (u, slope *big.Float) {
	root, square := p.Sqrt(p.Quo(p.Int(2), p.Pi())), p.Mul(p.Ratio(44715, 1000000), p.Mul(x, x))
	return p.Prod(root, x, p.Add(p.Int(1), square)), p.Mul(root, p.Add(p.Int(1), p.Mul(p.Int(3), square)))
}
