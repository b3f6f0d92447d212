package bigref

import (
	"math"
	"math/big"
)

// huge is where the exponents of e^x would leave those of big numbers; functions
// return their limits beyond.
const huge = 1e9

// Exp returns e^x: +Inf for x > 10⁹ and 0 for x < −10⁹. x = n·ln 2 + r, and e^r is
// the series of r/2¹⁶ squared 16 times.
func (p Prec) Exp(x *big.Float) *big.Float {
	if x.Cmp(p.Float(huge)) > 0 {
		return p.new().SetInf(false)
	}
	if x.Cmp(p.Float(-huge)) < 0 {
		return p.new()
	}
	const halvings = 16
	w := p + 2*guard
	n := int(math.RoundToEven(guess(x) / math.Ln2))
	r := w.Scale(w.Sub(x, w.Mul(w.Int(n), w.Ln2())), -halvings)
	y := w.expSeries(r)
	for range halvings { // (1+y)² − 1
		y = w.Add(w.Scale(y, 1), w.Mul(y, y))
	}
	return p.round(w.Scale(w.Add(y, w.Int(1)), n))
}

// expSeries returns r + r²/2 + r³/6 + …, for small r.
func (p Prec) expSeries(r *big.Float) *big.Float {
	sum, term := p.new(), p.Int(1)
	for k := 1; ; k++ {
		term = p.Quo(p.Mul(term, r), p.Int(k))
		if term.Sign() == 0 || exponent(term) < exponent(sum)-int(p) {
			return sum
		}
		sum.Add(sum, term)
	}
}

// Expm1 returns e^x − 1.
func (p Prec) Expm1(x *big.Float) *big.Float {
	w := p + 2*guard
	if exponent(x) < 0 {
		return p.round(w.expSeries(x))
	}
	return p.round(w.Sub(w.Exp(x), w.Int(1)))
}

// Log returns ln x; −Inf for 0. x must not be negative. Halley's iteration on Exp;
// near 1 the series of Log1p.
func (p Prec) Log(x *big.Float) *big.Float {
	switch {
	case x.Sign() == 0:
		return p.new().SetInf(true)
	case x.IsInf():
		return p.new().SetInf(false)
	}
	w := p + 2*guard
	if d := w.Sub(x, w.Int(1)); exponent(d) < -3 {
		return p.Log1p(d)
	}
	m := new(big.Float).SetPrec(uint(w))
	e := x.MantExp(m)
	y := w.Float(math.Log(guess(m)))
	for range 3 { // 53 bits, three times as many each time
		t := w.Exp(y)
		y = w.Add(y, w.Scale(w.Quo(w.Sub(m, t), w.Add(m, t)), 1))
	}
	return p.round(w.Add(y, w.Mul(w.Int(e), w.Ln2())))
}

// Log1p returns ln(1 + x), x > −1: near 0 the series of 2·artanh(x/(2+x)).
func (p Prec) Log1p(x *big.Float) *big.Float {
	if x.Sign() == 0 || x.IsInf() {
		return p.round(x)
	}
	w := p + 2*guard
	if exponent(x) >= -3 {
		// Here 1 + x is exact if x is a float64 or has p bits.
		return p.Log((w + 2*guard).Add(x, w.Int(1)))
	}
	s := w.Quo(x, w.Add(x, w.Int(2)))
	return p.round(w.Scale(w.artanhSeries(s), 1))
}

// artanhSeries returns s + s³/3 + s⁵/5 + ….
func (p Prec) artanhSeries(s *big.Float) *big.Float {
	sum, power, square := p.new(), p.round(s), p.Mul(s, s)
	for k := 1; ; k += 2 {
		term := p.Quo(power, p.Int(k))
		if term.Sign() == 0 || exponent(term) < exponent(sum)-int(p) {
			return sum
		}
		sum.Add(sum, term)
		power = p.Mul(power, square)
	}
}

// Pow returns x^y, x > 0.
func (p Prec) Pow(x, y *big.Float) *big.Float {
	w := p + 2*guard
	return p.Exp(w.Mul(y, w.Log(x)))
}

// Tanh returns tanh x = t/(t+2), t = e^2x − 1.
func (p Prec) Tanh(x *big.Float) *big.Float {
	w := p + guard
	if x.Cmp(p.Float(huge/4)) > 0 {
		return p.Int(1)
	}
	t := w.Expm1(w.Scale(x, 1))
	return p.Quo(t, w.Add(t, w.Int(2)))
}

// Sigmoid returns 1/(1 + e^(−x)).
func (p Prec) Sigmoid(x *big.Float) *big.Float {
	w := p + guard
	return p.Quo(w.Int(1), w.Add(w.Int(1), w.Exp(w.Neg(x))))
}

// Softplus returns ln(1 + e^x).
func (p Prec) Softplus(x *big.Float) *big.Float {
	w := p + guard
	if x.Sign() > 0 {
		return p.Add(x, w.Log1p(w.Exp(w.Neg(x))))
	}
	return p.Log1p(w.Exp(x))
}
