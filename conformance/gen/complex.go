package main

import "math/big"

// complexNumber is a big complex number.
type complexNumber struct{ re, im *big.Float }

func (z complexNumber) mul(w complexNumber) complexNumber {
	return complexNumber{p.Sub(p.Mul(z.re, w.re), p.Mul(z.im, w.im)), p.Add(p.Mul(z.re, w.im), p.Mul(z.im, w.re))}
}

func (z complexNumber) add(w complexNumber) complexNumber {
	return complexNumber{p.Add(z.re, w.re), p.Add(z.im, w.im)}
}

func (z complexNumber) scale(f *big.Float) complexNumber {
	return complexNumber{p.Mul(z.re, f), p.Mul(z.im, f)}
}

// exp is e^z.
func (z complexNumber) exp() complexNumber {
	s, c := p.Sincos(z.im)
	return complexNumber{c, s}.scale(p.Exp(z.re))
}
