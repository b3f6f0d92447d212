package asm

import (
	"math"
	"math/big"
	"testing"
)

// bounds64 are the stated errors of the float64 functions in units of the last
// place. ref returns the value as v·2^k. step is the period of the reduction of
// the argument, span the range outside which nothing happens, and edges are where
// a formula ends.
var bounds64 = []struct {
	name       string
	run        func(dst, x []float64)
	ref        func(x float64) (v dd, k int)
	ulp        float64
	step, span float64
	above      float64 // the arguments are
	edges      []float64
}{
	{"Exp", Exp[float64], refExp, 1, math.Ln2 / 2, 745, math.Inf(-1), []float64{709.782712893384, -708.3964185322641, -744.4400719213812}},
	{"Expm1", Expm1[float64], refExpm1, 2, math.Ln2 / 2, 709, math.Inf(-1), []float64{0.5, 0.25, -37}},
	{"Log", Log[float64], func(x float64) (dd, int) { return refLog(dd{x, 0}), 0 }, 1, 0.125, 10, 0, []float64{math.Sqrt2, math.Sqrt2 / 2, 1, 2, 0.5}},
	{"Log1p", Log1p[float64], func(x float64) (dd, int) { return refLog1p(dd{x, 0}), 0 }, 1.5, 0.125, 10, -1, []float64{-0.5, math.Sqrt2 - 1, 1, 0x1p-53, 0x1p53}},
	{"Sin", Sin[float64], func(x float64) (dd, int) { return refSin(x, 0), 0 }, 1, math.Pi / 4, 1e5, math.Inf(-1), []float64{0x1p19, 0x1p20, 6381956970095103 * 0x1p797}},
	{"Cos", Cos[float64], func(x float64) (dd, int) { return refSin(x, 1), 0 }, 1, math.Pi / 4, 1e5, math.Inf(-1), []float64{0x1p19, 0x1p20, 6381956970095103 * 0x1p797}},
	{"Tanh", Tanh[float64], func(x float64) (dd, int) { return refTanh(x), 0 }, 1, math.Ln2 / 4, 20, math.Inf(-1), []float64{1, 19.06, 22}},
	{"Erf", Erf[float64], refErf, 2, 0.25, 6, math.Inf(-1), []float64{1, 2, 3, 5.9}},
}

// TestFloat64Accuracy measures the float64 functions against double-double
// arithmetic: 10⁸ arguments each with -exhaustive.
func TestFloat64Accuracy(t *testing.T) {
	total := 200_000
	if testing.Short() {
		total = 10_000
	}
	if *exhaustive {
		total = 100_000_000
	}
	for _, f := range bounds64 {
		t.Run(f.name, func(t *testing.T) {
			const block = 4096
			x, got := make([]float64, block), make([]float64, block)
			worst, at := 0.0, 0.0
			draw := adversary(f.step, f.span, f.edges)
			tried := 0
			for ; tried < total; tried += block {
				for i := range x {
					x[i] = draw()
					if x[i] <= f.above {
						x[i] = max(-x[i], 1)
					}
				}
				f.run(got, x)
				for i, g := range got {
					v, k := f.ref(x[i])
					if e := ulps64(g, v, k); e > worst {
						worst, at = e, x[i]
					}
				}
			}
			if worst > f.ulp {
				t.Errorf("%.3f ulp at %x, stated %g", worst, at, f.ulp)
			}
			t.Logf("largest error over %d arguments: %.4f ulp at %x", tried, worst, at)
		})
	}
}

// adversary returns a source of arguments on which an implementation may go
// wrong: of every magnitude, evenly in the range, of few bits, a few units from
// the multiples of the step (where a reduction changes its quotient, and sin and
// cos vanish) and from the edges.
func adversary(step, span float64, edges []float64) func() float64 {
	state, i := uint64(0x9e3779b97f4a7c15), 0
	next := func() uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return state >> 11
	}
	near := func(v float64) float64 {
		if n := next() % 9; v != 0 {
			return math.Float64frombits(math.Float64bits(v) + n - 4)
		}
		return v
	}
	return func() float64 {
		i++
		unit := float64(next())*0x1p-52 - 1 // in [−1, 1)
		switch i % 8 {
		case 0: // any magnitude; rarely the largest, whose reference is slow
			e := int(next()%1094) - 1074
			if i%64 == 0 {
				e = int(next() % 1023)
			}
			return math.Ldexp(unit, e)
		case 1:
			return near(step * math.Trunc(unit*span/step))
		case 2:
			return near(math.Copysign(edges[next()%uint64(len(edges))], unit))
		case 3:
			return float64(float32(unit * span))
		case 4: // eight bits and a magnitude in the middle
			return math.Ldexp(math.Trunc(unit*256), int(next()%24)-20)
		case 5:
			return near(1 + math.Ldexp(unit, -int(next()%53)))
		case 6:
			return unit * 2 * step
		}
		return unit * span
	}
}

// ulps64 is the distance of got from v·2^k in units of the last place of the
// latter.
func ulps64(got float64, v dd, k int) float64 {
	if math.IsNaN(got) {
		return math.Inf(1)
	}
	_, e := math.Frexp(v.hi)
	u := max(e+k-53, -1074)
	if math.IsInf(got, 0) && e+k > 1023 && math.Ldexp(v.hi, k-1) == math.Copysign(math.Ldexp(v.hi, k-1), got) {
		if e+k > 1024 {
			return 0
		}
		got, u = math.Copysign(0x1p1023, got), 970 // an infinity stands for 2^1024
		return math.Abs(math.Ldexp(got, 1-u) - math.Ldexp(v.hi, k-u))
	}
	return math.Abs(math.Ldexp(got, -u) - math.Ldexp(v.hi, k-u) - math.Ldexp(v.lo, k-u))
}

// TestDoubleDouble checks the reference itself: against series in big.Float, and
// the inverse functions by applying one to the other.
func TestDoubleDouble(t *testing.T) {
	const want = 0x1p-66 // of the value: 2⁻¹³ ulp
	check := func(name string, x float64, got dd, k int, exact *big.Float) {
		t.Helper()
		d := new(big.Float).SetPrec(precise).SetFloat64(got.hi)
		d.Add(d, big.NewFloat(got.lo))
		d.SetMantExp(d, k)
		d.Quo(d.Sub(d, exact), exact)
		if e, _ := d.Float64(); math.Abs(e) > want {
			t.Errorf("%s at %x is wrong by %g of the value", name, x, e)
		}
	}
	one := big.NewFloat(1).SetPrec(precise)
	draw := adversary(0.1, 20, []float64{2, 0.5})
	cases := 3000
	if testing.Short() {
		cases = 100
	}
	for range cases {
		x := draw()
		if a := math.Abs(x); a > 20 || a < 0x1p-300 {
			continue
		}
		sinh, cosh, sin, cos, erf := bigSeries(x)
		exp := new(big.Float).Add(sinh, cosh)
		v, k := refExp(x)
		check("exp", x, v, k, exp)
		v, k = refExpm1(x)
		check("expm1", x, v, k, new(big.Float).Sub(exp, one))
		check("tanh", x, refTanh(x), 0, new(big.Float).Quo(sinh, cosh))
		check("sin", x, refSin(x, 0), 0, sin)
		check("cos", x, refSin(x, 1), 0, cos)
		v, k = refErf(x)
		if math.Abs(x) < 6 && (math.Abs(x) < 2 || math.Abs(x) > 3) { // between, package math's erfc counts 2⁻⁶⁰
			check("erf", x, v, k, erf)
		}
		m, _ := new(big.Float).Sub(exp, one).Float64()
		rest := new(big.Float).Sub(new(big.Float).Sub(exp, one), big.NewFloat(m))
		lo, _ := rest.Float64()
		check("log1p of expm1", x, refLog1p(twoSum(m, lo)), 0, big.NewFloat(x))
	}
	for _, x := range []float64{0x1p20, 1e6, 1e22, 0x1.fffffffffffffp1023, 6381956970095103 * 0x1p797} {
		s, c := refSin(x, 0), refSin(x, 1)
		if e := s.mul(s).add(c.mul(c)).add(dd{-1, 0}); math.Abs(e.hi) > want {
			t.Errorf("sin² + cos² is 1%+g at %x", e.hi, x)
		}
	}
	// 6381956970095103·2⁷⁹⁷ is the float64 that comes nearest to a multiple of π/2:
	// −4.68716592425462761112E-19 by Muller, Elementary Functions, 3rd ed., table 11.1.
	if r, _ := reducePi(6381956970095103 * 0x1p797); math.Abs(math.Abs(r.hi)-4.68716592425462761112e-19) > 1e-33 {
		t.Errorf("the worst case of the reduction leaves %g", r.hi)
	}
}

// bigSeries sums Maclaurin's series of sinh, cosh, sin, cos and erf at x.
func bigSeries(x float64) (sinh, cosh, sin, cos, erf *big.Float) {
	number := func(v float64) *big.Float { return new(big.Float).SetPrec(500).SetFloat64(v) }
	sinh, cosh, sin, cos, erf = number(0), number(1), number(0), number(1), number(0)
	term, power, negative := number(1), number(x), true // x^i/i! and the terms of erf, without 2/√π
	square := new(big.Float).Mul(number(x), number(-x))
	for i := 1; i < 1200; i++ {
		term.Mul(term, number(x)).Quo(term, number(float64(i)))
		if i%2 == 1 {
			negative = !negative
			sinh.Add(sinh, term)
			addSigned(sin, term, negative)
			erf.Add(erf, new(big.Float).Quo(power, number(float64(i))))
			power.Mul(power, square).Quo(power, number(float64(i+1)/2))
		} else {
			cosh.Add(cosh, term)
			addSigned(cos, term, !negative)
		}
		if i > 40 && term.MantExp(nil) < -600 && power.MantExp(nil) < -600 {
			break
		}
	}
	erf.Mul(erf, number(2))
	return sinh, cosh, sin, cos, erf.Quo(erf, new(big.Float).Sqrt(bigPi))
}

func addSigned(sum, term *big.Float, negative bool) {
	if negative {
		sum.Sub(sum, term)
	} else {
		sum.Add(sum, term)
	}
}
