package main

import (
	"math"
	"math/big"
	"strings"
)

func fileName(function string) string {
	return strings.ToLower(strings.NewReplacer(".", "-", "(", "-", ")", "").Replace(function)) + ".txt"
}

// all is one range for all arguments.
func all(claim32, claim64, lo, hi float64) []span {
	return []span{{lo: pair{max(lo, -104), lo}, hi: pair{min(hi, 88.7), hi}, from: bottom, to: top, claim: pair{claim32, claim64}}}
}

// below and above are two ranges that meet at a point.
func below(name string, end32, end64, lo32, lo64, claim32, claim64 float64) span {
	return span{name: name, from: bottom, to: pair{end32, end64}, lo: pair{lo32, lo64}, hi: pair{end32, end64}, claim: pair{claim32, claim64}, samples: 4000}
}

func above(name string, end32, end64, hi, claim32, claim64 float64) span {
	return span{name: name, from: pair{end32, end64}, to: top, lo: pair{end32, end64}, hi: pair{hi, hi}, claim: pair{claim32, claim64}, samples: 12000}
}

// halves returns (k+½)·unit, where a reduction changes its integer.
func halves(unit float64, k ...float64) []float64 {
	x := make([]float64, len(k))
	for i, n := range k {
		x[i] = (n + 0.5) * unit
	}
	return x
}

// elementaries are the functions of package asm. The claims are checked to be less
// than twice the largest error of their cases.
var elementaries = []elementary{
	{
		name: "asm.Exp", formula: "e^x", source: "NIST DLMF, section 4.2", exact: p.Exp, plus: math.Inf(1), spans: all(1, 1, -745, 709),
		edges:   halves(math.Ln2, -3, -2, -1, 0, 1, 2, 50),
		edges32: []float64{88.72283, -87.33655, -103.27893, -103.97208, 128 * math.Ln2},
		edges64: []float64{709.782712893384, -708.3964185322641, -744.4400719213812, -745.1332191019412},
	},
	{
		name: "asm.Expm1", formula: "e^x − 1", source: "NIST DLMF, section 4.2", exact: p.Expm1, plus: math.Inf(1), minus: -1, odd: true, spans: all(2, 2, -40, 709),
		edges:   halves(math.Ln2, -3, -2, -1, 0, 1, 2, 50),
		edges32: []float64{88.72283, -17.5}, edges64: []float64{709.782712893384, -37.5},
	},
	{
		name: "asm.Log", formula: "ln x", source: "NIST DLMF, section 4.2", exact: positive(p.Log), plus: math.Inf(1), minus: math.NaN(), spans: all(1, 1, 0, 1000),
		edges: []float64{1, math.Sqrt2, math.Sqrt2 / 2, 2 * math.Sqrt2, math.E, 0x1p-126, 0x1p-140}, edges64: []float64{0x1p-1022, 0x1p-1060},
	},
	{
		name: "asm.Log1p", formula: "ln(1 + x)", source: "NIST DLMF, section 4.2", exact: aboveMinusOne(p.Log1p), plus: math.Inf(1), minus: math.NaN(), odd: true, spans: all(1.5, 1, -1, 1000),
		edges: []float64{-1, math.Sqrt2 - 1, math.Sqrt2/2 - 1, 0x1p-24, 0x1p-53, 0x1p24, 0x1p53, 1},
	},
	{
		name: "asm.Sin", formula: "sin x, x in radians", source: "NIST DLMF, section 4.14", exact: p.Sin, plus: math.NaN(), minus: math.NaN(), odd: true, spans: all(1, 1, -100, 100),
		edges: quadrants, edges64: hardAngles,
	},
	{
		name: "asm.Cos", formula: "cos x, x in radians", source: "NIST DLMF, section 4.14", exact: p.Cos, plus: math.NaN(), minus: math.NaN(), spans: all(1, 1, -100, 100),
		edges: quadrants, edges64: hardAngles,
	},
	{
		name: "asm.Tanh", formula: "tanh x", source: "NIST DLMF, section 4.28", exact: p.Tanh, plus: 1, minus: -1, odd: true, spans: all(1, 1, -20, 20),
		edges: []float64{1, -1, 9.010913, 19.061547465398498, 0x1p-12, 0x1p-27},
	},
	{
		name: "asm.Erf", formula: "2/√π ∫₀ˣ e^(−t²) dt", source: "NIST DLMF, section 7.2", exact: p.Erf, plus: 1, minus: -1, odd: true, spans: all(2, 1.5, -6, 6),
		edges: []float64{1, -1, 3.9192059, 5.921587195794507},
	},
	{
		name: "asm.Erfc", formula: "1 − erf x", source: "NIST DLMF, section 7.2", exact: p.Erfc, minus: 2, spans: all(7, 7, -6, 26.5),
		edges: []float64{1, -1, 0, 2, 4, 6}, edges32: []float64{9.194548, 10.05}, edges64: []float64{26.543258430632299, 27.226017111108366},
	},
	{
		name: "asm.Sigmoid", formula: "1/(1 + e^(−x))", exact: p.Sigmoid, plus: 1, spans: all(2.5, 2, -745, 40),
		edges: []float64{16.635532, 36.7368005696771}, edges32: []float64{-87.33655, -103.97208}, edges64: []float64{-708.3964185322641, -745.1332191019412},
	},
	{
		name: "asm.SiLU", formula: "x/(1 + e^(−x))", source: "Elfwing, Uchibe and Doya, Neural Networks 107 (2018)",
		exact: activation("silu"), plus: math.Inf(1), minus: math.Copysign(0, -1), odd: true,
		spans: []span{
			above("x > −87 (float32), −708 (float64)", -87, -708, 88, 3.5, 3),
			below("x ≤ −87 (float32), −708 (float64): e^x is subnormal", -87, -708, -109, -752, 60, 400),
		},
		edges32: []float64{-87.33655, -103.97208, -108}, edges64: []float64{-708.3964185322641, -745.1332191019412, -752, -720},
	},
	{
		name: "asm.GELU", formula: "x·Φ(x), Φ the normal distribution function", source: "Hendrycks and Gimpel, arXiv 1606.08415",
		exact: activation("gelu"), plus: math.Inf(1), minus: math.Copysign(0, -1), odd: true,
		spans: []span{
			above("x > −12.5 (float32), −37 (float64)", -12.5, -37, 10, 8, 8),
			below("x ≤ −12.5 (float32), −37 (float64): e^(−x²/2) is near the subnormal numbers", -12.5, -37, -14.3, -38.7, 15, 40),
		},
		edges: []float64{1.4142135623730951, -1.4142135623730951}, edges32: []float64{-13.2, -13.9, -14.17}, edges64: []float64{-37.6, -38.2, -38.5},
	},
	{
		name: "asm.GELUTanh", formula: "x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))", source: "Hendrycks and Gimpel, arXiv 1606.08415",
		exact: activation("gelu-tanh"), plus: math.Inf(1), minus: math.Copysign(0, -1), odd: true,
		spans: []span{
			above("x > −1", -1, -1, 10, 4, 4),
			below("x ≤ −1: the exponential magnifies the rounding of its argument", -1, -1, -10.2, -21.5, 250, 1500),
		},
		edges: []float64{-1}, edges32: []float64{-10, -10.4, -10.1}, edges64: []float64{-21, -21.5, -21.9},
	},
	{
		name: "asm.Softplus", formula: "ln(1 + e^x)", exact: p.Softplus, plus: math.Inf(1), spans: all(3, 2, -745, 40),
		edges: []float64{16.635532, 36.7368005696771}, edges32: []float64{-87.33655, -103.97208}, edges64: []float64{-708.3964185322641, -745.1332191019412},
	},
	{
		name: "rng.NormalQuantile", formula: "the x with Φ(x) = p, Φ the normal distribution function, p the argument", exact: quantile, plus: math.NaN(), minus: math.NaN(),
		spans: []span{{lo: pair{0, 0}, hi: pair{1, 1}, from: bottom, to: top, claim: pair{0.5, 1.5}, samples: 1500}},
		edges: []float64{0.125, 0.875, 0.5, 1, 1.3887943864964021e-11, 0x1p-100, 0x1p-140, 1 - 0x1p-20}, edges64: []float64{0x1p-1000, 0x1p-600, 1 - 0x1p-53},
	},
}

// quantile is NormalQuantile: NaN outside [0, 1], ±Inf at its ends.
func quantile(x *big.Float) *big.Float {
	end := x.Cmp(p.Int(1))
	switch {
	case x.Sign() < 0 || end > 0:
		return nil
	case x.Sign() == 0:
		return p.Float(math.Inf(-1))
	case end == 0:
		return p.Float(math.Inf(1))
	}
	return p.NormalQuantile(x)
}

// quadrants are where the reduction by π/2 changes its integer or its method, and
// multiples of π/2, where the result is small.
var quadrants = append(halves(math.Pi/2, 0, 1, 2, -1, 1000), math.Pi/2, -math.Pi/2, math.Pi, 3*math.Pi/2, 2*math.Pi, 100*math.Pi,
	0x1p15, 0x1p22, 0x1p30, 0x1p100, 0x1p127, 16367173*0x1p72)

// hardAngles are large arguments near multiples of π/2 (Muller et al., Handbook of
// Floating-Point Arithmetic, §11.1), and the ends of the exact products.
var hardAngles = []float64{6381956970095103 * 0x1p797, 0x1p500, 0x1p1023, 0x1.921fb54442d18p+24, 0x1p52, 0x1p53}

// positive is f for x > 0 and its limit at 0, and NaN below.
func positive(f func(*big.Float) *big.Float) func(*big.Float) *big.Float {
	return func(x *big.Float) *big.Float {
		if x.Sign() < 0 {
			return nil
		}
		return f(x)
	}
}

func aboveMinusOne(f func(*big.Float) *big.Float) func(*big.Float) *big.Float {
	return func(x *big.Float) *big.Float {
		switch x.Cmp(p.Int(-1)) {
		case -1:
			return nil
		case 0:
			return p.Float(math.Inf(-1))
		}
		return f(x)
	}
}
