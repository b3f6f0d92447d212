package bigref

import (
	"math"
	"math/big"
	"testing"
)

const p = Prec(320)

// arguments are spread over signs and exponents, with bits in every place.
func arguments() []*big.Float {
	var x []*big.Float
	exponents := []int{-1074, -300, -60, -20, -4, -2, -1, 0, 1, 2, 3, 4}
	if testing.Short() {
		exponents = []int{-300, -4, 0, 3}
	}
	for _, e := range exponents {
		v := p.Scale(p.Sqrt(p.Int(3)), e)
		x = append(x, v, p.Neg(p.Mul(v, p.Ratio(5, 7))))
	}
	return x
}

// near fails if got and want differ by more than 2^−bits of want.
func near(t *testing.T, name string, x, got, want *big.Float, bits int) {
	t.Helper()
	if d := p.Sub(got, want); d.Sign() != 0 && exponent(d) > exponent(want)-bits {
		t.Errorf("%s at %.40g: got %.60g, want %.60g", name, x, got, want)
	}
}

// TestIdentities checks every function against others.
func TestIdentities(t *testing.T) {
	one := p.Int(1)
	for _, x := range arguments() {
		// Exp, Log and their shifted forms.
		e, m := p.Exp(x), p.Expm1(x)
		near(t, "log exp", x, (p + 1100).Log((p + 1100).Exp(x)), x, 300)
		near(t, "log1p expm1", x, p.Log1p(m), x, 290)
		near(t, "expm1(x) = −expm1(−x)·e^x", x, p.Neg(p.Mul(p.Expm1(p.Neg(x)), e)), m, 300)
		near(t, "e^x = (e^(x/3))³", x, p.Prod(p.Exp(p.Quo(x, p.Int(3))), p.Exp(p.Quo(x, p.Int(3))), p.Exp(p.Quo(x, p.Int(3)))), e, 300)
		near(t, "tanh", x, p.Quo(p.Expm1(p.Scale(x, 1)), p.Add(p.Exp(p.Scale(x, 1)), one)), p.Tanh(x), 300)
		near(t, "σ(x) + σ(−x)", x, p.Add(p.Sigmoid(x), p.Sigmoid(p.Neg(x))), one, 300)
		near(t, "softplus", x, p.Exp(p.Softplus(x)), p.Add(one, e), 300)

		// Sincos and Atan2.
		s, c := p.Sincos(x)
		near(t, "sin² + cos²", x, p.Add(p.Mul(s, s), p.Mul(c, c)), one, 300)
		s3 := p.Sub(p.Mul(p.Int(3), s), p.Mul(p.Int(4), p.Prod(s, s, s)))
		near(t, "sin 3x", x, p.Sin(p.Mul(p.Int(3), x)), s3, 290)
		if a := p.Abs(x); a.Cmp(p.Int(3)) < 0 {
			near(t, "atan2(sin, cos)", x, p.Atan2(s, c), x, 290)
		}

		// Erf: its series, its complement and the distribution function.
		near(t, "erf + erfc", x, p.Add(p.Erf(x), p.Erfc(x)), one, 300)
		near(t, "erfc(x) + erfc(−x)", x, p.Add(p.Erfc(p.Neg(x)), p.Erfc(x)), p.Int(2), 300)
		near(t, "Φ(x) + Φ(−x)", x, p.Add(p.NormalCDF(x), p.NormalCDF(p.Neg(x))), one, 300)
		if a := p.Abs(x); a.Cmp(p.Int(8)) < 0 && exponent(x) > -10 {
			near(t, "Φ⁻¹(Φ)", x, p.NormalQuantile((p + 200).NormalCDF(x)), x, 280)
		}
		if x.Cmp(p.Int(4)) > 0 {
			near(t, "erfc by its continued fraction", x, erfcFraction(x), p.Erfc(x), 290)
		}
	}
	for _, d := range []float64{0.1, 0.5, 1, 2.5, 30, 200} {
		x := p.Float(d)
		near(t, "Γ(x+1) = x·Γ(x)", x, p.Gamma(p.Add(x, one)), p.Mul(x, p.Gamma(x)), 290)
		double := p.Prod(p.Exp(p.Mul(p.Sub(one, p.Scale(x, 1)), p.Ln2())), p.Sqrt(p.Pi()), p.Gamma(p.Scale(x, 1)))
		near(t, "Γ(x)Γ(x+½)", x, p.Mul(p.Gamma(x), p.Gamma(p.Add(x, p.Float(0.5)))), double, 280)
	}
	near(t, "Γ(½)²", one, p.Mul(p.Gamma(p.Float(0.5)), p.Gamma(p.Float(0.5))), p.Pi(), 290)
	near(t, "Γ(11)", one, p.Gamma(p.Int(11)), p.Int(3628800), 290)
	near(t, "ln 2", one, p.Log(p.Int(2)), p.Ln2(), 310)
	near(t, "π", one, p.Scale(p.Atan2(one, p.new()), 1), p.Pi(), 310)
	near(t, "2^½", one, p.Pow(p.Int(2), p.Float(0.5)), p.Sqrt(p.Int(2)), 310)
	s, c := p.SincosPi(-7, 6)
	near(t, "sin −7π/6", one, s, p.Float(0.5), 310)
	near(t, "cos² −7π/6", one, p.Mul(c, c), p.Float(0.75), 310)
	if s, c := p.SincosPi(9, 3); s.Sign() != 0 || c.Cmp(p.Int(-1)) != 0 {
		t.Errorf("sin 3π = %v, cos 3π = %v", s, c)
	}
	near(t, "arccos −½", one, p.Mul(p.Int(3), p.Acos(p.Float(-0.5))), p.Scale(p.Pi(), 1), 310)
}

// erfcFraction is e^(−x²)/√π·1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))), from the end.
func erfcFraction(x *big.Float) *big.Float {
	w := p + guard
	f := w.round(x)
	terms := 6000
	if testing.Short() {
		terms = 1500 // enough beyond 8
	}
	for k := terms; k > 0; k-- {
		f = w.Add(x, w.Quo(w.Float(float64(k)/2), f))
	}
	return w.Quo(w.Exp(w.Neg(w.Mul(x, x))), w.Mul(f, w.Sqrt(w.Pi())))
}

// TestAgainstMath: to double precision the functions are those of package math.
func TestAgainstMath(t *testing.T) {
	for _, c := range []struct {
		name string
		got  func(*big.Float) *big.Float
		want func(float64) float64
		x    []float64
	}{
		{"Exp", p.Exp, math.Exp, []float64{-700, -1, 1e-9, 3, 700}},
		{"Expm1", p.Expm1, math.Expm1, []float64{-700, -1, 1e-9, 3, 700}},
		{"Log", p.Log, math.Log, []float64{1e-300, 0.9, 1.0000001, 2, 1e300}},
		{"Log1p", p.Log1p, math.Log1p, []float64{-0.99, 1e-300, 0.2, 1e300}},
		{"Sin", p.Sin, math.Sin, []float64{-3, 1e-300, 2, 4, 5, 7, 1e22}},
		{"Cos", p.Cos, math.Cos, []float64{-3, 1e-300, 2, 4, 5, 7, 1e22}},
		{"Tanh", p.Tanh, math.Tanh, []float64{-3, 1e-300, 0.3, 22}},
		{"Erf", p.Erf, math.Erf, []float64{-3, 1e-300, 0.3, 5, 1e9}},
		{"Erfc", p.Erfc, math.Erfc, []float64{-3, 1e-300, 0.3, 5, 26, 1e9}},
		{"LogGamma", p.LogGamma, func(x float64) float64 { v, _ := math.Lgamma(x); return v }, []float64{0.3, 5, 26, 1e9}},
	} {
		for _, x := range c.x {
			got, want := guess(c.got(p.Float(x))), c.want(x)
			if math.Abs(got-want) > 0x1p-50*math.Abs(want) {
				t.Errorf("%s(%g): got %g, want %g", c.name, x, got, want)
			}
		}
	}
}

// TestHardestCosine: the double nearest to a multiple of π/2 (Muller et al., Handbook
// of Floating-Point Arithmetic, §11.1), where package math keeps two digits.
func TestHardestCosine(t *testing.T) {
	if got := guess(p.Cos(p.Float(6381956970095103 * 0x1p797))); got != -4.6871659242546277e-19 {
		t.Errorf("got %v, want -4.6871659242546277e-19", got)
	}
}

// TestMatrices: factors multiply to what they come from.
func TestMatrices(t *testing.T) {
	const n = 7
	var data []float64
	for i := range n {
		for j := range n {
			data = append(data, 1/float64(i+j+1))
		}
	}
	a := p.Matrix(n, data)
	l := p.Cholesky(a)
	inverse := p.Solve(a, p.Identity(n, p.Int(1)))
	product, unit := p.MatMul(l, l.T()), p.MatMul(inverse, a)
	for i := range n {
		for j := range n {
			near(t, "L·Lᵀ", p.Int(i), product[i][j], a[i][j], 290)
			want := 0
			if i == j {
				want = 1
			}
			near(t, "A⁻¹·A", p.Int(i), p.Add(unit[i][j], p.Int(1)), p.Int(1+want), 260)
		}
	}
	if c := p.Condition(a); c < 9.8e8 || c > 9.9e8 { // 985,194,889.7 (Todd 1954)
		t.Errorf("condition of the Hilbert matrix of order 7: %g", c)
	}
}

// TestActivationSlopes: f′ is the derivative of f, to the left where there is a kink.
func TestActivationSlopes(t *testing.T) {
	const h = 100
	for name := range activations {
		f, slope := p.Activation(name)
		for _, v := range []float64{-700, -20, -3, -1, -0.3, 0, 0.7, 1, 3, 6, 8, 40} {
			x := p.Float(v)
			left := p.Scale(p.Sub(f(x), f(p.Sub(x, p.Scale(p.Int(1), -h)))), h)
			if d := p.Sub(left, slope(x)); exponent(d) > 20-h {
				t.Errorf("%s at %g: slope %g, difference quotient %g", name, v, slope(x), left)
			}
		}
	}
	for _, bad := range []string{"cube", "elu:x", "gelu:1"} {
		if f, _ := p.Activation(bad); f != nil {
			t.Errorf("%s is known", bad)
		}
	}
	f, slope := p.Activation("elu:0.5")
	if v, s := guess(f(p.Int(-2))), guess(slope(p.Int(-2))); v != math.Expm1(-2)/2 || s != math.Exp(-2)/2 {
		t.Errorf("elu:0.5 at −2 is %g with slope %g", v, s)
	}
}
