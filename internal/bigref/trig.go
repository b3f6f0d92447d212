package bigref

import (
	"math"
	"math/big"
)

// Sincos returns sin x and cos x. x is reduced by multiples of π/2 of as many bits as
// its exponent asks for, and r/2⁸ goes through the series; the angle is doubled again
// in sin r and 1 − cos r, so that neither cancels.
func (p Prec) Sincos(x *big.Float) (sin, cos *big.Float) {
	if x.Sign() == 0 {
		return p.round(x), p.Int(1)
	}
	// A float64 comes as near as 2⁻⁶² to a multiple of π/2: twice the guard.
	w := p + 3*guard + Prec(max(exponent(x), 0))
	half := w.Scale(w.Pi(), -1)
	n, _ := w.Add(w.Quo(w.Abs(x), half), w.Float(0.5)).Int(nil)
	r := w.Sub(w.Abs(x), w.Mul(w.new().SetInt(n), half))
	w = p + 2*guard
	s, v := w.sincosSeries(r)
	c := w.Sub(w.Int(1), v)
	switch new(big.Int).And(n, big.NewInt(3)).Int64() {
	case 1:
		s, c = c, w.Neg(s)
	case 2:
		s, c = w.Neg(s), w.Neg(c)
	case 3:
		s, c = w.Neg(c), s
	}
	if x.Sign() < 0 {
		s = w.Neg(s)
	}
	return p.round(s), p.round(c)
}

// sincosSeries returns sin r and 1 − cos r.
func (p Prec) sincosSeries(r *big.Float) (s, v *big.Float) {
	const halvings = 8
	r = p.Scale(r, -halvings)
	square := p.Mul(r, r)
	s, v = p.new(), p.new()
	term := p.round(r) // r^k/k!, with alternating signs
	for k := 2; term.Sign() != 0 && exponent(term) > exponent(r)-int(p)-halvings; k += 2 {
		s.Add(s, term)
		v.Add(v, p.Quo(p.Mul(term, r), p.Int(k)))
		term = p.Neg(p.Quo(p.Mul(term, square), p.Int(k*(k+1))))
	}
	for range halvings { // sin 2r = 2 sin r·(1−v), 1 − cos 2r = 2 sin² r
		s, v = p.Scale(p.Mul(s, p.Sub(p.Int(1), v)), 1), p.Scale(p.Mul(s, s), 1)
	}
	return s, v
}

// Sin returns sin x.
func (p Prec) Sin(x *big.Float) *big.Float { s, _ := p.Sincos(x); return s }

// Cos returns cos x.
func (p Prec) Cos(x *big.Float) *big.Float { _, c := p.Sincos(x); return c }

// Atan2 returns the angle of the point (x, y) in (−π, π], by Newton's iteration on
// Sincos.
func (p Prec) Atan2(y, x *big.Float) *big.Float {
	w := p + 2*guard
	if y.Sign() == 0 && x.Sign() > 0 {
		return p.round(y)
	}
	norm := w.Sqrt(w.Add(w.Mul(x, x), w.Mul(y, y)))
	s, c := w.Quo(y, norm), w.Quo(x, norm)
	if c.Sign() > 0 && exponent(s) < -40 { // relative precision near 0
		w += Prec(min(-exponent(s), 4096))
	}
	angle := w.Float(math.Atan2(guess(s), guess(c)))
	for range 3 { // arcsin d = d + d³/6 + …: 53 bits, five times as many each time
		sa, ca := w.Sincos(angle)
		d := w.Sub(w.Mul(s, ca), w.Mul(c, sa))
		angle = w.Add(angle, w.Add(d, w.Quo(w.Prod(d, d, d), w.Int(6))))
	}
	return p.round(angle)
}

// Acos returns arccos c, |c| ≤ 1.
func (p Prec) Acos(c *big.Float) *big.Float {
	w := p + 2*guard
	one := w.Int(1)
	return p.Atan2(w.Sqrt(w.Mul(w.Sub(one, c), w.Add(one, c))), c)
}

// SincosPi returns sin and cos of π·num/den, exact at multiples of π/2.
func (p Prec) SincosPi(num, den int) (sin, cos *big.Float) {
	if num %= 2 * den; num < 0 {
		num += 2 * den
	}
	if 2*num%den == 0 {
		q := 2 * num / den
		return p.Int([]int{0, 1, 0, -1}[q]), p.Int([]int{1, 0, -1, 0}[q])
	}
	w := p + guard
	sin, cos = w.Sincos(w.Quo(w.Mul(w.Int(num), w.Pi()), w.Int(den)))
	return p.round(sin), p.round(cos)
}
