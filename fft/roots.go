package fft

import "math"

// double is an unevaluated sum h + l of two floats, |l| at most half an ulp of h:
// 106 bits, which is enough to round roots of unity to nearest but for cases of
// probability 2⁻⁵⁰. Everything here is sums, products and fused multiply-adds, so
// the roots are the same bits on every machine.
type double struct{ h, l float64 }

func quickSum(a, b float64) double { // |a| ≥ |b|
	s := a + b
	return double{s, b - (s - a)}
}

func (a double) add(b double) double {
	s := a.h + b.h
	v := s - a.h
	e := (a.h - (s - v)) + (b.h - v)
	return quickSum(s, e+(a.l+b.l))
}

func (a double) neg() double { return double{-a.h, -a.l} }

func (a double) mul(b double) double {
	p := float64(a.h * b.h)
	e := math.FMA(a.h, b.h, -p)
	e = math.FMA(a.h, b.l, e)
	return quickSum(p, math.FMA(a.l, b.h, e))
}

// over divides by a number that is exact.
func (a double) over(d float64) double {
	q := a.h / d
	return quickSum(q, (math.FMA(-q, d, a.h)+a.l)/d)
}

var pi = double{0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53}

// cosSin returns the cosine and sine of 0 ≤ x ≤ π/4 by Taylor's series.
func cosSin(x double) (cos, sin double) {
	x2 := x.mul(x).neg()
	cos, sin = double{1, 0}, x
	c, s := cos, sin
	for k := 2.0; k < 28; k += 2 { // (π/4)²⁸/28! < 2⁻¹⁰⁶
		c = c.mul(x2).over(float64(k * (k - 1)))
		s = s.mul(x2).over(float64(k * (k + 1)))
		cos, sin = cos.add(c), sin.add(s)
	}
	return cos, sin
}

// roots gives the n-th roots of unity. An angle is reduced to [0, π/4] in
// integers; there it is the sum of a multiple of step·φ and one of φ = π/(4n),
// whose cosines and sines are tables of √n elements.
type roots struct {
	n, step      int
	coarse, fine [][2]double
}

func newRoots(n int) *roots {
	r := &roots{n: n, step: 1}
	for r.step*r.step < n {
		r.step *= 2
	}
	for j := range r.step {
		r.fine = append(r.fine, r.table(j))
	}
	for j := 0; j <= n; j += r.step {
		r.coarse = append(r.coarse, r.table(j))
	}
	return r
}

func (r *roots) table(j int) [2]double {
	cos, sin := cosSin(pi.mul(double{float64(j), 0}).over(float64(4 * r.n)))
	return [2]double{cos, sin}
}

// at returns cos and −sin of 2πk/n, the parts of exp(−2πi·k/n), for 0 ≤ k < n.
func (r *roots) at(k int) (re, im float64) {
	c, s := r.double(k)
	return c.h, s.h
}

func (r *roots) double(k int) (re, im double) {
	octant, j := 8*k/r.n, 8*k%r.n
	if octant%2 == 1 {
		j = r.n - j // from the other end of the octant
	}
	a, b := r.coarse[j/r.step], r.fine[j%r.step]
	c := a[0].mul(b[0]).add(a[1].mul(b[1]).neg())
	s := a[0].mul(b[1]).add(a[1].mul(b[0]))
	switch octant {
	case 0:
		return c, s.neg()
	case 1:
		return s, c.neg()
	case 2:
		return s.neg(), c.neg()
	case 3:
		return c.neg(), s.neg()
	case 4:
		return c.neg(), s
	case 5:
		return s.neg(), c
	case 6:
		return s, c
	default:
		return c, s
	}
}
