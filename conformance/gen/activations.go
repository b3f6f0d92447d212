package main

import (
	"math"
	"math/big"
	"strings"
)

// activations are those of package urf that have no function of package asm, and all
// derivatives. The exact results are those of [bigref.Prec.Activation].
func activations() []elementary {
	square := func(x *big.Float) float64 { f, _ := x.Float64(); return 1 + float64(f*f/2) }
	kinks := []float64{3, -3}
	fs := []elementary{
		{name: "urf.Eval(none)", formula: "x", plus: math.Inf(1), minus: math.Inf(-1), odd: true, spans: all(0, 0, -10, 10)},
		{name: "urf.Eval(relu)", formula: "max(x, 0), 0 for NaN", plus: math.Inf(1), number: true, spans: all(0, 0, -10, 10)},
		{name: "urf.Eval(leaky-relu)", formula: "max(x, x/100)", plus: math.Inf(1), minus: math.Inf(-1), odd: true, spans: all(0.5, 1, -10, 10)},
		{name: "urf.Eval(elu)", formula: "x for x > 0, else e^x − 1", source: "Clevert, Unterthiner and Hochreiter, ICLR 2016",
			plus: math.Inf(1), minus: -1, odd: true, spans: all(0.5, 2, -40, 10)},
		{name: "urf.Eval(hard-swish)", formula: "x·min(max(x + 3, 0), 6)/6", source: "Howard et al., ICCV 2019",
			plus: math.Inf(1), minus: math.Copysign(0, -1), spans: all(0.5, 3, -4, 4), edges: kinks},
		{name: "urf.Eval(hard-sigmoid)", formula: "min(max(x + 3, 0), 6)/6", plus: 1, spans: all(0.5, 1, -4, 4), edges: kinks},
		{name: "urf.Eval(gaussian)", formula: "e^(−x²/2)", spans: all(0.5, 1, -39, 39), unit: "(1 + x²/2) ulp", size: func(x *big.Float) (*big.Float, float64) { return p.Bell(x), square(x) }},

		{name: "urf.Eval(mish)", formula: "x·tanh(ln(1 + e^x))", source: "Misra, BMVC 2020", plus: math.Inf(1), minus: math.Copysign(0, -1), odd: true,
			spans: all(0.5, 4, -745, 40), edges: []float64{-40}, edges64: []float64{-708.3964185322641, -751}},

		{name: "urf.Deriv(none)", formula: "1", plus: 1, minus: 1, nan: 1, number: true, spans: all(0, 0, -10, 10)},
		{name: "urf.Deriv(relu)", formula: "1 for x > 0, else 0", plus: 1, spans: all(0, 0, -10, 10)},
		{name: "urf.Deriv(leaky-relu)", formula: "1 for x > 0, else 1/100", plus: 1, minus: 0.01, spans: all(0.25, 0.125, -10, 10)},
		{name: "urf.Deriv(elu)", formula: "1 for x > 0, else e^x", plus: 1, spans: all(0.5, 1, -40, 10)},
		{name: "urf.Deriv(gelu)", formula: "Φ(x) + x·φ(x)", plus: 1, spans: all(0.5, 7, -38, 10),
			unit: "(1 + x²/2) ulp of Φ(x) + |x|·φ(x)", size: func(x *big.Float) (*big.Float, float64) {
				return p.Add(p.NormalCDF(x), p.Abs(p.Mul(x, p.NormalPDF(x)))), square(x)
			}},
		{name: "urf.Deriv(gelu-tanh)", formula: "σ(2u)·(1 + 2x·u′·σ(−2u)), u = √(2/π)·(x + 0.044715·x³)",
			plus: 1, spans: all(0.5, 3, -21, 10), unit: "(1 + |2u|) ulp of σ(2u) + |2x·u′|·σ(2u)·σ(−2u)", size: func(x *big.Float) (*big.Float, float64) {
				u, du := p.GELUInner(x)
				f, _ := u.Float64()
				u = p.Scale(u, 1)
				return p.Add(p.Sigmoid(u), p.Abs(p.Prod(p.Int(2), x, du, p.Logistic(u)))), 1 + min(math.Abs(2*f), 800)
			}},
		{name: "urf.Deriv(silu)", formula: "σ(x)·(1 + x·σ(−x))", plus: 1, spans: all(0.5, 4, -745, 40),
			unit: "ulp of σ(x)·(1 + |x|·σ(−x)), (1 + |x|) of it where e^x is subnormal", size: func(x *big.Float) (*big.Float, float64) {
				f, _ := x.Float64()
				if f > -700 {
					f = 0
				}
				return p.Add(p.Sigmoid(x), p.Mul(p.Abs(x), p.Logistic(x))), 1 + math.Abs(max(f, -800))
			}},
		{name: "urf.Deriv(softplus)", formula: "σ(x)", plus: 1, spans: all(0.5, 2, -745, 40)},
		{name: "urf.Deriv(tanh)", formula: "1 − tanh² x = 4·σ(2x)·σ(−2x)", spans: all(0.5, 4, -372, 20)},
		{name: "urf.Deriv(mish)", formula: "t + x·σ(x)·(1 − t²), t = tanh(ln(1 + e^x))", plus: 1, spans: all(0.5, 4, -745, 40), edges: []float64{-40},
			unit: "ulp of t + |x|·σ(x)·(1 − t²)", size: func(x *big.Float) (*big.Float, float64) {
				t := p.Tanh(p.Softplus(x))
				return p.Add(t, p.Prod(p.Abs(x), p.Sigmoid(x), p.Sub(p.Int(1), p.Mul(t, t)))), 1
			}},
		{name: "urf.Deriv(sigmoid)", formula: "σ(x)·σ(−x)", spans: all(0.5, 4, -745, 40)},
		{name: "urf.Deriv(hard-swish)", formula: "0 for x ≤ −3, 1 for x > 3, else (2x + 3)/6",
			plus: 1, spans: all(1, 2, -4, 4), edges: kinks, unit: "ulp of ½ where |f′| is less", size: func(x *big.Float) (*big.Float, float64) {
				return p.Int(1), 0.5
			}},
		{name: "urf.Deriv(hard-sigmoid)", formula: "1/6 for −3 < x ≤ 3, else 0", number: true, spans: all(0.5, 0.5, -4, 4), edges: kinks},
		{name: "urf.Deriv(sin)", formula: "cos x", plus: math.NaN(), minus: math.NaN(), spans: all(0.5, 1, -100, 100)},
		{name: "urf.Deriv(cos)", formula: "−sin x", plus: math.NaN(), minus: math.NaN(), spans: all(0.5, 1, -100, 100)},
		{name: "urf.Deriv(gaussian)", formula: "−x·e^(−x²/2)", spans: all(0.5, 1, -38, 38),
			unit: "(1 + x²/2) ulp", size: func(x *big.Float) (*big.Float, float64) { return p.Mul(x, p.Bell(x)), square(x) }},
	}
	for i := range fs {
		f := &fs[i]
		f.few = true
		kind, name, _ := strings.Cut(strings.TrimSuffix(f.name, ")"), "(")
		value, slope := p.Activation(name)
		if f.exact = value; kind == "urf.Deriv" {
			f.exact = slope
		}
	}
	return fs
}

// activation is the exact value of an activation.
func activation(name string) func(x *big.Float) *big.Float {
	f, _ := p.Activation(name)
	return f
}
