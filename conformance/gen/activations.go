package main

import (
	"math"
	"math/big"
)

// activations are those of package urf that have no function of package asm, and all
// derivatives.
func activations() []elementary {
	one := p.Int(1)
	sigmoids := func(x *big.Float) *big.Float { return p.Mul(p.Sigmoid(x), p.Sigmoid(p.Neg(x))) }
	bell := func(x *big.Float) *big.Float { return p.Exp(p.Neg(p.Scale(p.Mul(x, x), -1))) }
	square := func(x *big.Float) float64 { f, _ := x.Float64(); return 1 + float64(f*f/2) }
	hardSigmoid := func(x *big.Float) *big.Float {
		return p.Quo(clamp(p.Add(x, p.Int(3)), p.Int(0), p.Int(6)), p.Int(6))
	}
	kinks := []float64{3, -3}
	fs := []elementary{
		{name: "urf.Eval(none)", formula: "x", exact: func(x *big.Float) *big.Float { return x }, plus: math.Inf(1), minus: math.Inf(-1), odd: true, spans: all(0, 0, -10, 10)},
		{name: "urf.Eval(relu)", formula: "max(x, 0), 0 for NaN", exact: func(x *big.Float) *big.Float { return slopes(x, 0, x) }, plus: math.Inf(1), number: true, spans: all(0, 0, -10, 10)},
		{name: "urf.Eval(leaky-relu)", formula: "max(x, x/100)", exact: func(x *big.Float) *big.Float { return slopes(x, 1, x) }, plus: math.Inf(1), minus: math.Inf(-1), odd: true, spans: all(0.5, 1, -10, 10)},
		{name: "urf.Eval(elu)", formula: "x for x > 0, else e^x − 1", source: "Clevert, Unterthiner and Hochreiter, ICLR 2016", exact: func(x *big.Float) *big.Float {
			if x.Sign() > 0 {
				return x
			}
			return p.Expm1(x)
		}, plus: math.Inf(1), minus: -1, odd: true, spans: all(0.5, 2, -40, 10)},
		{name: "urf.Eval(hard-swish)", formula: "x·min(max(x + 3, 0), 6)/6", source: "Howard et al., ICCV 2019", exact: func(x *big.Float) *big.Float { return p.Mul(x, hardSigmoid(x)) },
			plus: math.Inf(1), minus: math.Copysign(0, -1), spans: all(0.5, 3, -4, 4), edges: kinks},
		{name: "urf.Eval(hard-sigmoid)", formula: "min(max(x + 3, 0), 6)/6", exact: hardSigmoid, plus: 1, spans: all(0.5, 1, -4, 4), edges: kinks},
		{name: "urf.Eval(gaussian)", formula: "e^(−x²/2)", exact: bell, spans: all(0.5, 1, -39, 39), unit: "(1 + x²/2) ulp", size: func(x *big.Float) (*big.Float, float64) { return bell(x), square(x) }},

		{name: "urf.Deriv(none)", formula: "1", exact: func(*big.Float) *big.Float { return one }, plus: 1, minus: 1, nan: 1, number: true, spans: all(0, 0, -10, 10)},
		{name: "urf.Deriv(relu)", formula: "1 for x > 0, else 0", exact: func(x *big.Float) *big.Float { return slopes(x, 0, one) }, plus: 1, spans: all(0, 0, -10, 10)},
		{name: "urf.Deriv(leaky-relu)", formula: "1 for x > 0, else 1/100", exact: func(x *big.Float) *big.Float { return slopes(x, 1, one) }, plus: 1, minus: 0.01, spans: all(0.25, 0.125, -10, 10)},
		{name: "urf.Deriv(elu)", formula: "1 for x > 0, else e^x", exact: func(x *big.Float) *big.Float { return p.Exp(clamp(x, nil, p.Int(0))) }, plus: 1, spans: all(0.5, 1, -40, 10)},
		{name: "urf.Deriv(gelu)", formula: "Φ(x) + x·φ(x)", exact: func(x *big.Float) *big.Float { return p.Add(p.NormalCDF(x), p.Mul(x, p.NormalPDF(x))) }, plus: 1, spans: all(0.5, 7, -38, 10),
			unit: "(1 + x²/2) ulp of Φ(x) + |x|·φ(x)", size: func(x *big.Float) (*big.Float, float64) {
				return p.Add(p.NormalCDF(x), p.Abs(p.Mul(x, p.NormalPDF(x)))), square(x)
			}},
		{name: "urf.Deriv(gelu-tanh)", formula: "σ(2u)·(1 + 2x·u′·σ(−2u)), u = √(2/π)·(x + 0.044715·x³)", exact: func(x *big.Float) *big.Float {
			a, b := geluTanhTerms(x)
			return p.Add(a, b)
		}, plus: 1, spans: all(0.5, 3, -21, 10), unit: "(1 + |2u|) ulp of σ(2u) + |2x·u′|·σ(2u)·σ(−2u)", size: func(x *big.Float) (*big.Float, float64) {
			a, b := geluTanhTerms(x)
			u, _ := geluInner(x).Float64()
			return p.Add(a, p.Abs(b)), 1 + min(math.Abs(2*u), 800)
		}},
		{name: "urf.Deriv(silu)", formula: "σ(x)·(1 + x·σ(−x))", exact: func(x *big.Float) *big.Float { return p.Add(p.Sigmoid(x), p.Mul(x, sigmoids(x))) }, plus: 1, spans: all(0.5, 4, -745, 40),
			unit: "ulp of σ(x)·(1 + |x|·σ(−x)), (1 + |x|) of it where e^x is subnormal", size: func(x *big.Float) (*big.Float, float64) {
				f, _ := x.Float64()
				if f > -700 {
					f = 0
				}
				return p.Add(p.Sigmoid(x), p.Mul(p.Abs(x), sigmoids(x))), 1 + math.Abs(max(f, -800))
			}},
		{name: "urf.Deriv(softplus)", formula: "σ(x)", exact: p.Sigmoid, plus: 1, spans: all(0.5, 2, -745, 40)},
		{name: "urf.Deriv(tanh)", formula: "1 − tanh² x = 4·σ(2x)·σ(−2x)", exact: func(x *big.Float) *big.Float { return p.Scale(sigmoids(p.Scale(x, 1)), 2) }, spans: all(0.5, 4, -372, 20)},
		{name: "urf.Deriv(sigmoid)", formula: "σ(x)·σ(−x)", exact: sigmoids, spans: all(0.5, 4, -745, 40)},
		{name: "urf.Deriv(hard-swish)", formula: "0 for x ≤ −3, 1 for x > 3, else (2x + 3)/6", exact: func(x *big.Float) *big.Float {
			return inner(x, p.Quo(p.Add(p.Scale(x, 1), p.Int(3)), p.Int(6)), 1)
		}, plus: 1, spans: all(1, 2, -4, 4), edges: kinks, unit: "ulp of ½ where |f′| is less", size: func(x *big.Float) (*big.Float, float64) {
			return p.Int(1), 0.5
		}},
		{name: "urf.Deriv(hard-sigmoid)", formula: "1/6 for −3 < x ≤ 3, else 0", exact: func(x *big.Float) *big.Float { return inner(x, p.Ratio(1, 6), 0) }, number: true, spans: all(0.5, 0.5, -4, 4), edges: kinks},
		{name: "urf.Deriv(sin)", formula: "cos x", exact: p.Cos, plus: math.NaN(), minus: math.NaN(), spans: all(0.5, 1, -100, 100)},
		{name: "urf.Deriv(cos)", formula: "−sin x", exact: func(x *big.Float) *big.Float { return p.Neg(p.Sin(x)) }, plus: math.NaN(), minus: math.NaN(), spans: all(0.5, 1, -100, 100)},
		{name: "urf.Deriv(gaussian)", formula: "−x·e^(−x²/2)", exact: func(x *big.Float) *big.Float { return p.Neg(p.Mul(x, bell(x))) }, spans: all(0.5, 1, -38, 38),
			unit: "(1 + x²/2) ulp", size: func(x *big.Float) (*big.Float, float64) { return p.Mul(x, bell(x)), square(x) }},
	}
	for i := range fs {
		fs[i].few = true
	}
	return fs
}

// slopes returns y for x > 0, else y·hundredths/100.
func slopes(x *big.Float, hundredths int, y *big.Float) *big.Float {
	if x.Sign() > 0 {
		return y
	}
	return p.Mul(y, p.Ratio(hundredths, 100))
}

// clamp returns x between lo and hi; nil is no bound.
func clamp(x, lo, hi *big.Float) *big.Float {
	if lo != nil && x.Cmp(lo) < 0 {
		return lo
	}
	if hi != nil && x.Cmp(hi) > 0 {
		return hi
	}
	return x
}

// inner returns y for −3 < x ≤ 3, 0 below and end above.
func inner(x, y *big.Float, end int) *big.Float {
	switch {
	case x.Cmp(p.Int(-3)) <= 0:
		return p.Int(0)
	case x.Cmp(p.Int(3)) > 0:
		return p.Int(end)
	}
	return y
}

// geluTanhTerms are the two terms of the derivative of GELUTanh.
func geluTanhTerms(x *big.Float) (a, b *big.Float) {
	u := p.Scale(geluInner(x), 1)
	cube := p.Mul(p.Ratio(3*44715, 1000000), p.Mul(x, x))
	slope := p.Mul(p.Sqrt(p.Quo(p.Int(2), p.Pi())), p.Add(p.Int(1), cube))
	a = p.Sigmoid(u)
	return a, p.Prod(p.Int(2), x, slope, a, p.Sigmoid(p.Neg(u)))
}
