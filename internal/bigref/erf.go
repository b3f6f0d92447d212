package bigref

import (
	"math"
	"math/big"
)

// far is where erfc underflows in float64 by more than a factor of e^1000.
const far = 60

// Erf returns erf x = 2/√π·e^(−x²)·Σ 2ᵏx^(2k+1)/(1·3·5…(2k+1)), whose terms all have
// one sign. Cost: about x² + p terms; ±1 beyond ±60.
func (p Prec) Erf(x *big.Float) *big.Float {
	if p.beyond(x) {
		return p.Int(x.Sign())
	}
	w := p + guard
	square, term, sum := w.Mul(x, x), w.round(x), w.new()
	for k := 1; term.Sign() != 0 && exponent(term) > exponent(sum)-int(w); k++ {
		sum.Add(sum, term)
		term = w.Quo(w.Mul(w.Scale(term, 1), square), w.Int(2*k+1))
	}
	return p.Quo(w.Scale(w.Mul(sum, w.Exp(w.Neg(square))), 1), w.Sqrt(w.Pi()))
}

// Erfc returns 1 − erf x, by erf with as many bits more as cancel; 0 and 2 beyond ±60.
func (p Prec) Erfc(x *big.Float) *big.Float {
	switch {
	case p.beyond(x) && x.Sign() > 0:
		return p.new()
	case p.beyond(x):
		return p.Int(2)
	}
	w := p + guard
	if x.Sign() > 0 {
		f := guess(x)
		w += Prec(f*f/math.Ln2) + 8
	}
	return p.Sub(w.Int(1), w.Erf(x))
}

func (p Prec) beyond(x *big.Float) bool { return p.Abs(x).Cmp(p.Int(far)) > 0 }

// NormalCDF returns Φ(x) = erfc(−x/√2)/2.
func (p Prec) NormalCDF(x *big.Float) *big.Float {
	w := p + guard
	return p.Scale(w.Erfc(w.Quo(w.Neg(x), w.Sqrt(w.Int(2)))), -1)
}

// NormalPDF returns e^(−x²/2)/√(2π).
func (p Prec) NormalPDF(x *big.Float) *big.Float {
	w := p + guard
	return p.Quo(w.Exp(w.Neg(w.Scale(w.Mul(x, x), -1))), w.Sqrt(w.Scale(w.Pi(), 1)))
}

// NormalQuantile returns the x with Φ(x) = q, 0 < q < 1, by Newton's iteration from
// the root of ln Φ(x) ≈ −x²/2 − ln(|x|√(2π)) that bisection gives.
func (p Prec) NormalQuantile(q *big.Float) *big.Float {
	w := p + 2*guard
	half := w.Float(0.5)
	switch q.Cmp(half) {
	case 0:
		return p.new()
	case 1:
		return p.Neg(w.NormalQuantile(w.Sub(w.Int(1), q)))
	}
	lnQ := guess(Prec(64).Log(q))
	lo, hi := -float64(far), 0.0
	for range 60 {
		mid := (lo + hi) / 2
		if lnPhi(mid) < lnQ {
			lo = mid
		} else {
			hi = mid
		}
	}
	x := w.Float(hi)
	for range 200 {
		// Halley's step: d = (Φ − q)/φ, x −= d/(1 + x·d/2).
		d := w.Quo(w.Sub(w.NormalCDF(x), q), w.NormalPDF(x))
		if d.Sign() == 0 {
			break
		}
		step := w.Quo(d, w.Add(w.Int(1), w.Scale(w.Mul(x, d), -1)))
		x = w.Sub(x, step)
		if exponent(step) < exponent(x)-int(p)-8 {
			break
		}
	}
	return p.round(x)
}

// lnPhi is ln Φ(x), x ≤ 0, as a first guess.
func lnPhi(x float64) float64 {
	if x > -30 {
		return math.Log(math.Erfc(-x/math.Sqrt2) / 2)
	}
	return float64(-float64(x*x)/2) - math.Log(-x*math.Sqrt(2*math.Pi))
}
