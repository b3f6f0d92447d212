package bigref

import "math/big"

// LogGamma returns ln Γ(x), x > 0: Stirling's series beyond p/2, reached by the
// recurrence Γ(x+1) = x·Γ(x).
func (p Prec) LogGamma(x *big.Float) *big.Float {
	w := p + 2*guard
	product, y := w.Int(1), w.round(x)
	for y.Cmp(w.Int(int(p)/2)) < 0 {
		product.Mul(product, y)
		y = w.Add(y, w.Int(1))
	}
	// (y−½)·ln y − y + ln(2π)/2 + Σ B_2k/(2k(2k−1)·y^(2k−1))
	s := w.Mul(w.Sub(y, w.Float(0.5)), w.Log(y))
	s = w.Sub(s, y)
	s = w.Add(s, w.Scale(w.Log(w.Scale(w.Pi(), 1)), -1))
	power, square := w.round(y), w.Mul(y, y)
	for k, b := range bernoulli(int(p)) {
		n := 2 * (k + 1)
		term := w.Quo(w.new().SetRat(b), w.Mul(w.Int(n*(n-1)), power))
		if exponent(term) < -int(w) {
			break
		}
		s.Add(s, term)
		power = w.Mul(power, square)
	}
	return p.Sub(s, w.Log(product))
}

// Gamma returns Γ(x), x > 0.
func (p Prec) Gamma(x *big.Float) *big.Float {
	w := p + guard
	return p.Exp(w.LogGamma(x))
}

// bernoulli returns B₂, B₄, …, as many as n bits of Stirling's series beyond n/2
// take, by the recurrence Σ C(m+1, j)·B_j = 0.
func bernoulli(n int) []*big.Rat {
	last := n / 3
	b := []*big.Rat{big.NewRat(1, 1), big.NewRat(-1, 2)}
	var even []*big.Rat
	for m := 2; m <= last; m++ {
		sum := new(big.Rat)
		if m%2 == 0 {
			for j := range m {
				c := new(big.Rat).SetInt(new(big.Int).Binomial(int64(m+1), int64(j)))
				sum.Add(sum, c.Mul(c, b[j]))
			}
			sum.Quo(sum.Neg(sum), big.NewRat(int64(m+1), 1))
			even = append(even, sum)
		}
		b = append(b, sum)
	}
	return even
}
