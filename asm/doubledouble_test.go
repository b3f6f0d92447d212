package asm

import (
	"math"
	"math/big"
)

// dd is the unevaluated sum hi + lo, |lo| ≤ ulp(hi)/2: about 104 bits. It is the
// reference for the float64 functions where big.Float would allow too few
// arguments (Dekker 1971; Hida, Li and Bailey 2001).
type dd struct{ hi, lo float64 }

// twoSum is a + b without an error.
func twoSum(a, b float64) dd {
	s := a + b
	t := s - a
	return dd{s, (a - (s - t)) + (b - t)}
}

// twoProd is a·b without an error, short of underflow.
func twoProd(a, b float64) dd {
	p := float64(a * b) // converted, so that no compiler fuses it into a later sum
	return dd{p, math.FMA(a, b, -p)}
}

func (x dd) add(y dd) dd {
	s, e := twoSum(x.hi, y.hi), twoSum(x.lo, y.lo)
	s = twoSum(s.hi, s.lo+e.hi)
	return twoSum(s.hi, s.lo+e.lo)
}

func (x dd) mul(y dd) dd {
	p := twoProd(x.hi, y.hi)
	return twoSum(p.hi, p.lo+math.FMA(x.hi, y.lo, float64(x.lo*y.hi)))
}

func (x dd) div(y dd) dd {
	q := x.hi / y.hi
	r := x.add(y.mul(dd{-q, 0}))
	q2 := r.hi / y.hi
	r = r.add(y.mul(dd{-q2, 0}))
	return twoSum(q, q2).add(dd{r.hi / y.hi, 0})
}

func (x dd) scale(e int) dd { return dd{math.Ldexp(x.hi, e), math.Ldexp(x.lo, e)} }
func (x dd) neg() dd        { return dd{-x.hi, -x.lo} }

// precise is the precision of the constants: what is left of the argument of sin
// after the largest float64 is reduced still has 150 bits.
const precise = 1300

// bigPi is π by Machin's formula, 16·atan(1/5) − 4·atan(1/239).
var bigPi = func() *big.Float {
	arctan := func(n int64) *big.Float {
		term := new(big.Float).SetPrec(precise).Quo(big.NewFloat(1).SetPrec(precise), big.NewFloat(float64(n)))
		sum, square := new(big.Float).Copy(term), big.NewFloat(float64(-n*n))
		for k := 3; term.MantExp(nil) > -precise; k += 2 {
			term.Quo(term, square)
			sum.Add(sum, new(big.Float).SetPrec(precise).Quo(term, big.NewFloat(float64(k))))
		}
		return sum
	}
	pi := arctan(5)
	pi.Mul(pi, big.NewFloat(16))
	return pi.Sub(pi, new(big.Float).Mul(arctan(239), big.NewFloat(4)))
}()

// bigLn2 is ln 2 = Σ 1/(k·2^k).
var bigLn2 = func() *big.Float {
	sum := new(big.Float).SetPrec(precise)
	for k := 1; k <= precise; k++ {
		term := new(big.Float).SetPrec(precise).Quo(big.NewFloat(1), big.NewFloat(float64(k)))
		sum.Add(sum, term.SetMantExp(term, -k))
	}
	return sum
}()

// parts cuts x into float64s of so many bits each; the last has all 53.
func parts(x *big.Float, bits ...uint) []float64 {
	rest, list := new(big.Float).Copy(x), []float64{}
	for _, n := range bits {
		v, _ := new(big.Float).SetPrec(n).SetMode(big.ToZero).Set(rest).Float64()
		list = append(list, v)
		rest.Sub(rest, big.NewFloat(v))
	}
	return list
}

func ddOf(x *big.Float) dd {
	p := parts(x, 53, 53)
	return dd{p[0], p[1]}
}

var (
	halfPi      = new(big.Float).Quo(bigPi, big.NewFloat(2))
	halfPiParts = parts(halfPi, 33, 33, 33, 53)
	ln2Parts    = parts(bigLn2, 32, 32, 53)
	reciprocal  = func() (list [128]dd) { // 1/n
		for n := 1; n < len(list); n++ {
			list[n] = dd{1, 0}.div(dd{float64(n), 0})
		}
		return list
	}()
	twoOverRootPi = dd{2, 0}.div(ddOf(new(big.Float).Sqrt(bigPi)))
)

// ddExpm1 is e^x − 1 = m·2^k + (2^k − 1): it reduces x by k·ln 2 and that by
// 2⁸, sums Taylor's series and doubles the argument eight times.
func ddExpm1(x float64) (m dd, k int) {
	k = int(math.RoundToEven(x / math.Ln2))
	n := float64(k)
	r := twoSum(x-float64(n*ln2Parts[0]), -float64(n*ln2Parts[1])).add(twoProd(-n, ln2Parts[2]))
	r = r.scale(-8)
	term, sum := r, r
	for i := 2; i < 12; i++ {
		term = term.mul(r).mul(reciprocal[i])
		sum = sum.add(term)
	}
	for range 8 {
		sum = sum.mul(sum.add(dd{2, 0}))
	}
	return sum, k
}

// refExp returns e^x as v·2^k, so that the value of an underflow is not lost.
func refExp(x float64) (v dd, k int) {
	m, k := ddExpm1(x)
	return m.add(dd{1, 0}), k
}

func refExpm1(x float64) (dd, int) {
	if math.Abs(x) < tiny {
		return dd{x, 0}, 0
	}
	m, k := ddExpm1(x)
	return m.add(dd{1, 0}.add(dd{-math.Ldexp(1, -k), 0})), k
}

// tiny arguments have a square that is below the precision and that may underflow.
const tiny = 0x1p-400

// refLog1p is ln(1 + f), f = fh + fl: the odd series of atanh near 0, beyond it a
// step of Newton's method from package math's value.
func refLog1p(f dd) dd {
	if math.Abs(f.hi) < tiny {
		return f
	}
	if math.Abs(f.hi) < 0x1p-6 {
		s := f.div(f.add(dd{2, 0}))
		z, term, sum := s.mul(s), s, s
		for i := 3; i < 20; i += 2 {
			term = term.mul(z)
			sum = sum.add(term.mul(reciprocal[i]))
		}
		return sum.scale(1)
	}
	return refLog(f.add(dd{1, 0}))
}

func refLog(x dd) dd {
	frac, e := math.Frexp(x.hi)
	if frac < math.Sqrt2/2 {
		e--
	}
	x = x.scale(-e)
	f := x.add(dd{-1, 0})
	var y dd
	if math.Abs(f.hi) < 0x1p-6 {
		y = refLog1p(f)
	} else {
		y0 := math.Log(x.hi)
		v, k := refExp(-y0)
		y = twoSum(y0, 0).add(x.mul(v.scale(k)).add(dd{-1, 0})) // the square of the step is 2⁻¹⁰⁵
	}
	n := float64(e)
	return twoSum(float64(n*ln2Parts[0]), float64(n*ln2Parts[1])).add(twoProd(n, ln2Parts[2])).add(y)
}

// reducePi returns x − k·π/2 and k mod 4.
func reducePi(x float64) (r dd, quadrant int) {
	if math.Abs(x) < 0.5 {
		return dd{x, 0}, 0
	}
	if math.Abs(x) < 1<<20 {
		n := math.RoundToEven(x / (math.Pi / 2))
		s := twoSum(x-float64(n*halfPiParts[0]), -float64(n*halfPiParts[1]))
		t := twoSum(s.hi, -float64(n*halfPiParts[2]))
		d := twoProd(-n, halfPiParts[3])
		return twoSum(t.hi, s.lo).add(dd{t.lo, 0}).add(d), int(n) & 3
	}
	q := new(big.Float).SetPrec(precise).Quo(big.NewFloat(x), halfPi)
	q.Add(q, big.NewFloat(math.Copysign(0.5, x)))
	n, _ := q.Int(nil)
	rest := new(big.Float).SetPrec(precise).Mul(halfPi, new(big.Float).SetInt(n))
	rest.Sub(big.NewFloat(x).SetPrec(precise), rest)
	return ddOf(rest), int(n.And(n, big.NewInt(3)).Int64())
}

func refSin(x float64, shift int) dd {
	r, quadrant := reducePi(x)
	z := r.mul(r).neg()
	term, first := r, 1
	if quadrant += shift; quadrant&1 == 1 {
		term, first = dd{1, 0}, 0
	}
	sum := term
	for i := first + 1; i < 30; i += 2 {
		term = term.mul(z).mul(reciprocal[i]).mul(reciprocal[i+1])
		sum = sum.add(term)
	}
	if quadrant&2 == 2 {
		return sum.neg()
	}
	return sum
}

func refTanh(x float64) dd {
	a := math.Abs(x)
	if a < tiny {
		return dd{x, 0}
	}
	v := dd{1, 0}
	if a < 30 {
		m, k := ddExpm1(2 * a)
		m = m.scale(k).add(dd{math.Ldexp(1, k) - 1, 0})
		v = m.div(m.add(dd{2, 0}))
	}
	if x < 0 {
		return v.neg()
	}
	return v
}

// refErf sums 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1)), whose terms are positive,
// to |x| = 2; beyond that 1 − erfc x, where erfc is below 2⁻⁷ and package math's
// error counts little.
func refErf(x float64) (v dd, k int) {
	a := math.Abs(x)
	switch {
	case a < tiny:
		v, k = twoOverRootPi.mul(dd{math.Ldexp(a, 700), 0}), -700
	case a >= 2:
		v = twoSum(1, -math.Erfc(a))
	default:
		z := twoProd(a, a)
		v = dd{a, 0}
		term := v
		for n := 3; n < len(reciprocal) && term.hi > v.hi*0x1p-75; n += 2 {
			term = term.mul(z).mul(reciprocal[n]).scale(1)
			v = v.add(term)
		}
		var m dd
		m, k = refExp(-z.hi)
		v = v.mul(m).mul(dd{1, 0}.add(dd{-z.lo, 0})).mul(twoOverRootPi)
	}
	if x < 0 {
		v = v.neg()
	}
	return v, k
}
