package main

import "math"

// The functions, operation by operation as in their defining Go forms (exp.go,
// log.go, …): a difference is found by the pair tests, bit for bit.

func (p *program) magic() value { return p.pick(0x1.8p23, 0x1.8p52) }

// reduceExp is the first half of exp1f32 and exp1f64: t, whose low bits hold
// n = x/ln 2 rounded, n, and r = x − n·ln 2.
func (p *program) reduceExp(x value) (t, n, r value) {
	t = p.fma(x, p.pick(0x1.715476p0, 0x1.71547652b82fep0), p.magic())
	n = p.let("n", p.sub(t, p.magic()))
	if p.bits == 32 {
		r = p.let("r", p.fnma(n, p.num(0x1.62e43p-1), x))
		return t, n, p.let("r", p.fma(n, p.num(float64(float32(0x1.05c610ca86c39p-29))), r))
	}
	r = p.let("r", p.fnma(n, p.num(0x1.62e42fefa39efp-1), x))
	return t, n, p.let("r", p.fnma(n, p.num(0x1.abc9e3b39803fp-56), r))
}

// expOf is e^x for x in [from, to] or NaN. Where the bounds make them idle the
// clamps are left out, and both halves of the scale are one if no result can be
// subnormal or infinite: the bits are those of exp1f32 and exp1f64 all the same.
// Otherwise the exponent n is split by a logical shift of n + bias, which is
// positive; AVX2 has no arithmetic one for 64 bits. AVX-512 scales in one instruction,
// which rounds once as the second of two factors does.
func (p *program) expOf(x value, from, to float64) value {
	if v, ok := p.called("exp", x); ok {
		return v
	}
	mant, expBias, bias := 23, uint64(127), uint64(512)
	hi, lo, normal := 89.0, -104.0, 87.0
	least := -106.0 // both scales are normal down to here, and the result is 0 from lo on
	if p.bits == 64 {
		mant, expBias, bias, hi, lo, normal, least = 52, 1023, 4096, 710, -746, 708, -761
	}
	if to > hi {
		x = p.let("x", p.min(p.num(hi), x))
	}
	if from < least {
		x = p.let("x", p.max(p.num(lo), x))
	}
	t, n, r := p.reduceExp(x)
	var v value
	if p.bits == 32 {
		v = p.horner(r, []float64{0x1.694c82p-10, 0x1.12397cp-7, 0x1.555a26p-5, 0x1.555492p-3, 0x1.fffffap-2, 1, 1})
	} else {
		v = p.horner(r, []float64{0x1.ad1ed5c443d87p-26, 0x1.289f82efc7d7dp-22, 0x1.71df56047beb6p-19, 0x1.a019ab3499553p-16, 0x1.a01a011bcda97p-13,
			0x1.6c16c17cc1075p-10, 0x1.1111111128978p-7, 0x1.555555555320dp-5, 0x1.5555555555501p-3, 0.5, 1, 1})
	}
	if p.avx512 || p.text {
		return p.emit(instr{op: opScale, a: p.let("p", v), b: n})
	}
	if from >= -normal && to <= normal {
		return p.mul(v, p.shl(p.iadd(t, p.word(expBias-p.code[p.magic()].imm)), mant))
	}
	k := p.iadd(t, p.word(bias-p.code[p.magic()].imm)) // n + bias
	half := p.shr(k, 1)                                // ⌊n/2⌋ + bias/2
	scale0 := p.shl(p.iadd(half, p.word(expBias-bias/2)), mant)
	scale1 := p.shl(p.iadd(p.isub(k, half), p.word(expBias-bias/2)), mant)
	return p.mul(p.mul(v, scale0), scale1)
}

// logParts splits x = 2^k·(1+f); see log1f32.
func (p *program) logParts(x value) (k, f value) {
	if p.text {
		k = p.let("k", p.emit(instr{op: opSplitK, a: x}))
		return k, p.let("f", p.sub(p.let("m", p.emit(instr{op: opSplitM, a: x})), p.num(1)))
	}
	if p.bits == 32 {
		b := p.isub(x, p.word(0x3f3504f3))
		// k + 128 by a logical shift, made a float beside the last bit of 2^23.
		e := p.shr(p.iadd(b, p.word(128<<23)), 23)
		k = p.sub(p.or(e, p.num(0x1p23)), p.num(0x1p23+128))
		return k, p.sub(p.iadd(p.and(b, p.word(1<<23-1)), p.word(0x3f3504f3)), p.num(1))
	}
	b := p.isub(x, p.word(0x3fe6a09e667f3bcd))
	e := p.shr(p.iadd(b, p.word(1024<<52)), 52)
	k = p.sub(p.or(e, p.num(0x1p52)), p.num(0x1p52+1024))
	return k, p.sub(p.iadd(p.and(b, p.word(1<<52-1)), p.word(0x3fe6a09e667f3bcd)), p.num(1))
}

// logJoin is k·ln 2 + ln(1+f) + c; c may be absent (negative).
func (p *program) logJoin(k, f, c value) value {
	if p.bits == 32 {
		v := p.horner(f, []float64{0x1.2cb38cp-4, -0x1.ddb316p-4, 0x1.dc7628p-4, -0x1.fbbf2ap-4, 0x1.23de3ep-3, -0x1.556288p-3,
			0x1.999d2ap-3, -0x1.ffffe6p-3, 0x1.555554p-2, -0.5})
		q := p.let("q", p.fma(k, p.num(float64(float32(-0x1.05c610ca86c39p-29))), p.mul(p.let("p", v), p.mul(f, f))))
		if c >= 0 {
			q = p.let("q", p.add(q, c))
		}
		return p.fma(k, p.num(0x1.62e43p-1), p.add(f, q))
	}
	s := p.let("s", p.div(f, p.add(p.num(2), f)))
	z := p.let("z", p.mul(s, s))
	v := p.horner(z, []float64{0x1.2f0b56dd20a5dp-3, 0x1.39a122bef71a6p-3, 0x1.746644e0a05b6p-3, 0x1.c71c51eb7ec1dp-3, 0x1.2492494217a8cp-2,
		0x1.999999997fac3p-2, 0x1.5555555555593p-1})
	h := p.let("h", p.mul(p.mul(p.num(0.5), f), f))
	low := p.let("q", p.mul(k, p.num(0x1.abc9e3b39803fp-56)))
	if c >= 0 {
		low = p.let("q", p.add(low, c))
	}
	u := p.let("q", p.fma(s, p.fma(z, p.let("p", v), h), low))
	return p.fma(k, p.num(0x1.62e42fefa39efp-1), p.sub(f, p.sub(h, u)))
}

// log1pOf is ln(1+x) for x > −1 and finite; zero keeps its sign.
func (p *program) log1pOf(x value) value {
	if v, ok := p.called("log1p", x); ok {
		return v
	}
	u := p.let("u", p.add(p.num(1), x))
	v := p.let("v", p.sub(u, p.num(1)))
	c := p.let("c", p.div(p.add(p.sub(p.num(1), p.sub(u, v)), p.sub(x, v)), u))
	k, f := p.logParts(u)
	return p.sel(p.cmp(cmpEQ, x, p.num(0)), x, p.logJoin(k, f, c))
}

// sincosOf is the sine and cosine of x up to the sizes that sincos1f32 and
// sincos1f64 reduce in three parts; beyond, and for NaN, the vector is rejected.
// The cosine is without its sign, for which negateCos needs t.
func (p *program) sincosOf(x value, wantSin, wantCos bool) (sin, cos, t value) {
	if p.text && p.name != "sincos" {
		if wantSin {
			sin, _ = p.called("sin", x)
		}
		if wantCos {
			cos, _ = p.called("cos", x)
		}
		return sin, cos, -1
	}
	p.reject(p.cmp(cmpNLE, p.abs(x), p.pick(0x1p15, 0x1p22)))
	var n, r, q, r1 value
	t = p.fma(x, p.pick(0x1.45f306p-1, 0x1.45f306dc9c883p-1), p.magic())
	n = p.let("n", p.sub(t, p.magic()))
	part1, part2, part3 := p.pick(0x1.921fb6p0, 0x1.921fb54442d18p0), p.pick(0x1.777a5cp-25, -0x1.1a62633145c07p-54), p.pick(0x1.ee59dap-50, 0x1.f1976b7ed8fbcp-110)
	r = p.let("r", p.fnma(n, part1, x))
	q = p.let("q", p.mul(n, part2))
	r0 := p.let("r0", p.add(r, q))
	v := p.let("v", p.sub(r0, r))
	r1 = p.let("r1", p.add(p.add(p.sub(r, p.sub(r0, v)), p.sub(q, v)), p.fms(n, part2, q)))
	r1 = p.let("r1", p.fma(n, part3, r1))
	z := p.let("z", p.mul(r0, r0))
	var s, c value
	cs, cc := sincosCoefficients(p.bits)
	s = p.let("s", p.horner(z, cs))
	s = p.let("s", p.add(r0, p.fma(p.mul(r0, z), s, r1)))
	if wantSin { // the cosine does not use it at zero
		s = p.let("s", p.sel(p.cmp(cmpEQ, x, p.num(0)), x, s))
	}
	c = p.let("c", p.horner(z, cc))
	h := p.let("h", p.mul(p.num(0.5), z))
	w := p.let("w", p.sub(p.num(1), h))
	low := p.let("l", p.fnma(r0, r1, p.sub(p.sub(p.num(1), w), h)))
	c = p.fma(p.mul(z, z), c, low)
	// The quadrant is in the low two bits of t: odd ones swap, and bit 1 is the sign.
	if p.avx512 && !wantSin {
		return -1, p.addOver(p.emit(instr{op: opEven, a: t}), w, c, s), t
	}
	c = p.let("c", p.add(w, c))
	if p.text {
		return p.quadrant(s, c, n), p.quadrantOf(s, c, n), t
	}
	swap := p.signMask(p.shl(t, p.bits-1))
	if wantSin {
		sin = p.xor(p.sel(swap, c, s), p.and(p.shl(t, p.bits-2), p.sign()))
	}
	if wantCos {
		cos = p.sel(swap, s, c)
	}
	return sin, cos, t
}

// quadrant is the sine of q quarter turns more than an angle with sine s and cosine c,
// quadrantOf the cosine; in the text.
func (p *program) quadrant(s, c, q value) value {
	return p.emit(instr{op: opQuadrant, a: s, b: c, c: q})
}

func (p *program) quadrantOf(s, c, q value) value {
	return p.emit(instr{op: opQuadrantOf, a: s, b: c, c: q})
}

// negateCos gives the cosine from sincosOf its sign.
func (p *program) negateCos(cos, t value) value {
	if p.text {
		return cos
	}
	return p.xor(cos, p.and(p.shl(p.iadd(t, p.word(1)), p.bits-2), p.sign()))
}

// tailOf is tail32 and tail64: erfc y for y ≥ 0, given y² = sq + low.
// The caller says what sq is at most.
func (p *program) tailOf(y, sq, low value, most float64) value {
	if v, ok := p.called("tail", y, sq, low); ok {
		return v
	}
	k := p.pick(3, 4)
	q := p.let("q", p.div(p.sub(y, k), p.add(y, k)))
	e := p.let("e", p.expOf(p.neg(sq), -most, 0))
	e = p.let("e", p.fnma(e, low, e))
	coef := []float64{-0x1.21d0f2p-12, -0x1.a133a8p-11, 0x1.05ab42p-9, 0x1.5203bp-9, -0x1.85cc26p-6, 0x1.17bacap-4, -0x1.e88a42p-4, 0x1.09842ap-3,
		-0x1.85a15ap-5, -0x1.15c08ap-3, 0x1.40c522p+0}
	if p.bits == 64 {
		coef = []float64{0x1.57766c474bb72p-30, 0x1.f52bd4db827bcp-30, -0x1.e46ff4f7d53f8p-27, -0x1.334c684f30cadp-26, 0x1.d9122092779f2p-24, 0x1.4070257da6effp-24,
			-0x1.bb3da464a49f4p-21, 0x1.3b80118fd6399p-22, 0x1.7f2f095432ac6p-18, -0x1.788cbb5dfd554p-17, -0x1.995a2469c2d03p-16, 0x1.3be0682c5341dp-13,
			-0x1.a1df1c86a1ba7p-13, -0x1.8d4a9c319f70bp-11, 0x1.49c67278b36a5p-8, -0x1.09623882a098ap-6, 0x1.3079edf6b1df5p-5, -0x1.0fb06dfe558bap-4,
			0x1.7fee004e10f4ap-4, -0x1.9ddb23c3e88dep-4, 0x1.16ecefcfa5426p-4, 0x1.f7f5df66fd6b6p-7, -0x1.1df1ad154a28fp-3, 0x1.3ba5916e9fd7fp+0}
	}
	return p.div(p.mul(e, p.let("p", p.horner(q, coef))), p.fma(p.num(2), y, p.num(1)))
}

// erfcOf is erfc |x| for a = |x|, and erfc most from there on.
func (p *program) erfcOf(a value, most float64) value {
	if v, ok := p.called("erfc", a); ok {
		return v
	}
	y := p.let("y", p.min(p.num(most), a))
	sq := p.let("h", p.mul(y, y))
	return p.tailOf(y, sq, p.fms(y, y, sq), most*most)
}

// logistic is σ(t) and more generally n/(1+e) of sigmoid1f32.
func (p *program) logistic(t value) value {
	if v, ok := p.called("sigmoid", t); ok {
		return v
	}
	e := p.let("e", p.expOf(p.negAbs(t), math.Inf(-1), 0))
	n := p.let("n", p.sel(p.cmp(cmpLT, t, p.num(0)), e, p.num(1)))
	return p.div(n, p.add(p.num(1), e))
}

// boxMuller is boxMuller32 and boxMuller64.
func (p *program) boxMuller() {
	if p.text {
		u, turn, q := p.load(0), p.load(1), p.load(2)
		log, _ := p.called("log", u)
		r := p.let("r", p.sqrt(p.mul(p.num(-2), log)))
		s, c := p.quarter(p.let("x", p.mul(turn, p.pick(0x1.921fb6p0, 0x1.921fb54442d18p0))))
		p.store(0, p.mul(r, p.quadrantOf(s, c, q)))
		p.store(1, p.mul(r, p.quadrant(s, c, q)))
		return
	}
	// An integer below 2^52 (2^23) as the last bits of 2^52 (2^23), which goes off.
	unit := p.pick(0x1p23, 0x1p52)
	number := func(v value) value { return p.sub(p.or(v, unit), unit) }
	var u, a, turns value // turns has the quadrant in its first two bits
	eighth := p.word(1 << 29)
	if p.bits == 32 {
		w := p.word32(0)
		high, low := number(p.shr(w, 16)), number(p.and(w, p.word(0xffff)))
		u = p.mul(p.fma(high, p.num(0x1p16), p.add(low, p.num(0.5))), p.num(0x1p-32))
		v := p.word32(1)
		a = p.mul(p.mul(p.cvt(p.shl(v, 2)), p.num(0x1p-32)), p.num(0x1.921fb6p0))
		turns = p.iadd(v, eighth)
	} else {
		low, high := number(p.word32(0)), number(p.word32(1))
		u = p.mul(p.fma(high, p.num(0x1p32), p.add(low, p.num(0.5))), p.num(0x1p-64))
		w2, w3 := p.word32(2), p.word32(3)
		v := p.shl(p.or(p.shl(w3, 32), w2), 2)
		signed := p.sub(p.or(p.xor(p.shr(v, 32), p.word(1<<31)), unit), p.num(0x1p52+0x1p31))
		v = p.fma(signed, p.num(0x1p32), number(p.and(v, p.word(1<<32-1))))
		a = p.mul(p.mul(v, p.num(0x1p-64)), p.num(0x1.921fb54442d18p0))
		turns = p.shl(p.iadd(w3, eighth), 32)
	}
	k, f := p.logParts(u)
	r := p.sqrt(p.mul(p.num(-2), p.logJoin(k, f, -1)))
	s, c := p.quarter(a)
	next := p.shl(turns, 1)
	swap := p.signMask(next)
	sin := p.xor(p.sel(swap, c, s), p.and(turns, p.sign()))
	cos := p.xor(p.sel(swap, s, c), p.and(p.xor(turns, next), p.sign()))
	p.store(0, p.mul(r, cos))
	p.store(1, p.mul(r, sin))
}

// quarter is quarter32 and quarter64 for the first quadrant: the sine and cosine of
// |x| ≤ π/4.
func (p *program) quarter(x value) (s, c value) {
	z := p.let("z", p.mul(x, x))
	cs, cc := sincosCoefficients(p.bits)
	s = p.let("s", p.fma(p.mul(x, z), p.let("s", p.horner(z, cs)), x))
	c = p.let("c", p.fma(p.mul(z, z), p.let("c", p.horner(z, cc)), p.fma(p.num(-0.5), z, p.num(1))))
	return s, c
}

// sincosCoefficients are those of the polynomials in z = r², after r³ and z².
func sincosCoefficients(bits int) (s, c []float64) {
	if bits == 32 {
		return []float64{-0x1.9953fep-13, 0x1.110778p-7, -0x1.555546p-3}, []float64{0x1.99e91p-16, -0x1.6c0c2ap-10, 0x1.55554ap-5}
	}
	return []float64{0x1.5d8e364688fdp-33, -0x1.ae5e5475213aep-26, 0x1.71de355f0807p-19, -0x1.a01a019bf2245p-13, 0x1.111111110f75dp-7, -0x1.5555555555548p-3},
		[]float64{-0x1.8fa682cb34b45p-37, 0x1.1ee9dbd21dc01p-29, -0x1.27e4f7f19e747p-22, 0x1.a01a019c8f3f9p-16, -0x1.6c16c16c15016p-10, 0x1.555555555554bp-5}
}

// function is one elementwise function of the library.
type function struct {
	name   string
	inputs int
	params []string
	shared bool // one generic form serves both element types
	byHand bool // amd64 has hand-written kernels, faster for short slices
	groups bool // works on the words of Philox groups
	body   func(p *program)
}

// unary makes a function of one argument.
func unary(name string, f func(p *program, x value) value) function {
	return function{name: name, inputs: 1, body: func(p *program) { p.store(0, f(p, p.load(0))) }}
}

func functions() []function {
	return []function{
		{name: "adam", inputs: 4, shared: true, params: []string{"scale", "beta1", "rest1", "beta2", "rest2", "root", "epsilon", "rate", "keep"}, body: func(p *program) {
			h := p.let("h", p.mul(p.load(3), p.param(0)))
			m := p.let("m", p.add(p.mul(p.load(1), p.param(1)), p.mul(h, p.param(2))))
			p.store(1, m)
			v := p.let("v", p.add(p.mul(p.load(2), p.param(3)), p.mul(p.mul(h, h), p.param(4))))
			p.store(2, v)
			q := p.div(m, p.add(p.mul(p.sqrt(v), p.param(5)), p.param(6)))
			p.store(0, p.sub(p.mul(p.load(0), p.param(8)), p.mul(q, p.param(7))))
		}},
		{name: "add", inputs: 2, shared: true, body: func(p *program) { p.store(0, p.add(p.load(0), p.load(1))) }},
		{name: "affineExp", inputs: 4, params: []string{"norm", "scale", "limit"}, body: func(p *program) {
			v := p.let("t", p.add(p.mul(p.load(0), p.load(1)), p.fma(p.param(0), p.load(2), p.load(3))))
			p.store(0, p.min(p.param(2), p.mul(p.param(1), p.expOf(v, math.Inf(-1), math.Inf(1)))))
		}},
		{name: "biasReLU", inputs: 2, shared: true, params: []string{"floor", "scale"}, body: func(p *program) {
			v := p.max(p.add(p.load(0), p.load(1)), p.param(0))
			p.store(0, p.mul(p.param(1), v))
		}},
		{name: "biasCos", inputs: 2, params: []string{"scale"}, body: func(p *program) {
			_, c, t := p.sincosOf(p.add(p.load(0), p.load(1)), false, true)
			if p.avx512 { // scale and sign in one product
				p.store(0, p.mul(c, p.emit(instr{op: opPick, a: t, b: p.emit(instr{op: opQuarter})})))
				return
			}
			p.store(0, p.mul(p.param(0), p.negateCos(c, t)))
		}},
		{name: "biasExp", inputs: 2, params: []string{"scale"}, body: func(p *program) {
			p.store(0, p.mul(p.param(0), p.expOf(p.add(p.load(0), p.load(1)), math.Inf(-1), math.Inf(1))))
		}},
		unary("cos", func(p *program, x value) value {
			_, c, t := p.sincosOf(x, false, true)
			return p.negateCos(c, t)
		}),
		unary("erf", func(p *program, x value) value {
			a := p.let("a", p.abs(x))
			z := p.let("z", p.mul(a, a))
			coef := []float64{-0x1.1fd45cp-17, 0x1.c77348p-14, -0x1.b99eb6p-11, 0x1.55dcc6p-8, -0x1.b821e6p-6, 0x1.ce2eap-4, -0x1.812744p-2, 0x1.06eba8p-3}
			if p.bits == 64 {
				coef = []float64{-0x1.e6d7700df3b08p-32, 0x1.d79042b723db9p-29, -0x1.9cb226e632392p-27, 0x1.b061038669827p-26, -0x1.3599fd18da519p-25,
					0x1.a214079786167p-25, -0x1.92562fe0464f5p-23, 0x1.bd230568357f5p-20, -0x1.f4f898c96fe6cp-17, 0x1.f9a46b264ac27p-14, -0x1.c02dbb84cec8cp-11,
					0x1.565bcd2c72001p-8, -0x1.b82ce31320246p-6, 0x1.ce2f21a0446fbp-4, -0x1.812746b037a0bp-2, 0x1.06eba8214db69p-3}
			}
			small := p.let("s", p.fma(a, p.let("p", p.horner(z, coef)), a))
			one := 4.0 // from here on erf is 1, rounded
			if p.bits == 64 {
				one = 6
			}
			r := p.let("r", p.sub(p.num(1), p.erfcOf(a, one)))
			return p.copysign(p.sel(p.cmp(cmpLT, a, p.num(1)), small, r), x)
		}),
		unary("erfc", func(p *program, x value) value {
			zero := 10.25 // as in erfc1f32 and erfc1f64
			if p.bits == 64 {
				zero = 27.5
			}
			r := p.let("r", p.erfcOf(p.abs(x), zero))
			return p.sel(p.cmp(cmpLT, x, p.num(0)), p.sub(p.num(2), r), r)
		}),
		unary("exp", func(p *program, x value) value { return p.expOf(x, math.Inf(-1), math.Inf(1)) }),
		unary("expm1", func(p *program, x value) value {
			mant, bias := 23, uint64(126)
			lo, hi := -30.0, 89.0
			coef := []float64{0x1.a2d99ep-13, 0x1.6d2e04p-10, 0x1.110fc2p-7, 0x1.555502p-5, 0x1.555556p-3, 0x1p-1}
			if p.bits == 64 {
				mant, bias, lo, hi = 52, 1022, -50, 710
				coef = []float64{0x1.1f86f02e50c02p-29, 0x1.af4ec8740b0b4p-26, 0x1.27e4cfaf3f1e1p-22, 0x1.71de01adc10d6p-19, 0x1.a01a01ab9879dp-16, 0x1.a01a01ac1dc6cp-13,
					0x1.6c16c16c156a5p-10, 0x1.1111111110051p-7, 0x1.5555555555557p-5, 0x1.5555555555557p-3, 0x1p-1}
			}
			t, n, r := p.reduceExp(p.let("y", p.max(p.num(lo), p.min(p.num(hi), x))))
			v := p.let("p", p.fma(p.mul(r, r), p.let("p", p.horner(r, coef)), r))
			var s value
			if p.text {
				s = p.let("s", p.emit(instr{op: opPower, a: n, imm: ^uint64(0)})) // 2^(n−1)
			} else {
				s = p.shl(p.iadd(t, p.word(bias-p.code[p.magic()].imm)), mant)
			}
			v = p.mul(p.num(2), p.fma(s, v, p.sub(s, p.num(0.5))))
			return p.sel(p.cmp(cmpEQ, x, p.num(0)), x, v)
		}),
		unary("gelu", func(p *program, x value) value {
			a, most := p.let("a", p.min(p.pick(14.5, 39), p.abs(x))), 105.125
			if p.bits == 64 {
				most = 760.5
			}
			h := p.let("h", p.mul(p.num(0.5), a))
			sq := p.let("q", p.mul(h, a))
			phi := p.let("φ", p.mul(p.num(0.5), p.tailOf(p.mul(a, p.pick(0x1.6a09e6p-1, 0x1.6a09e667f3bcdp-1)), sq, p.fms(h, a, sq), most)))
			r := p.let("r", p.fnma(a, phi, p.max(x, p.num(0))))
			return p.sel(p.cmp(cmpEQ, x, p.num(0)), x, r)
		}),
		unary("geluTanh", func(p *program, x value) value {
			t := p.let("t", p.mul(x, p.fma(p.mul(x, x), p.pick(0x1.2444f2p-4, 0x1.2444f2a4d8b4bp-4), p.pick(0x1.988454p0, 0x1.9884533d43651p0))))
			e := p.let("e", p.expOf(p.negAbs(t), math.Inf(-1), 0))
			n := p.let("n", p.sel(p.cmp(cmpLT, x, p.num(0)), e, p.num(1)))
			return p.mul(p.max(p.num(-1000), x), p.div(n, p.add(p.num(1), e)))
		}),
		unary("log", func(p *program, x value) value {
			p.reject(p.cmp(cmpNGE, x, p.pick(0x1p-126, 0x1p-1022)))
			p.reject(p.cmp(cmpGT, x, p.pick(0x1.fffffep127, 0x1.fffffffffffffp1023)))
			k, f := p.logParts(x)
			return p.logJoin(k, f, -1)
		}),
		unary("log1p", func(p *program, x value) value {
			p.reject(p.cmp(cmpNGE, x, p.pick(-0x1.fffffep-1, -0x1.fffffffffffffp-1)))
			p.reject(p.cmp(cmpGT, x, p.pick(0x1.fffffep127, 0x1.fffffffffffffp1023)))
			return p.log1pOf(x)
		}),
		{name: "mul", inputs: 2, shared: true, byHand: true, body: func(p *program) { p.store(0, p.mul(p.load(0), p.load(1))) }},
		{name: "normal", inputs: 1, groups: true, body: func(p *program) { p.boxMuller() }},
		{name: "relu", inputs: 1, shared: true, params: []string{"floor", "scale"}, body: func(p *program) {
			p.store(0, p.mul(p.param(1), p.max(p.load(0), p.param(0))))
		}},
		{name: "scale", inputs: 1, shared: true, params: []string{"a"}, body: func(p *program) { p.store(0, p.mul(p.param(0), p.load(0))) }},
		unary("sigmoid", func(p *program, x value) value { return p.logistic(x) }),
		unary("silu", func(p *program, x value) value {
			s := p.logistic(x)
			return p.mul(p.max(p.num(-1000), x), s)
		}),
		unary("sin", func(p *program, x value) value { s, _, _ := p.sincosOf(x, true, false); return s }),
		{name: "sincos", inputs: 1, body: func(p *program) {
			s, c, t := p.sincosOf(p.load(0), true, true)
			p.store(0, s)
			p.store(1, p.negateCos(c, t))
		}},
		unary("softplus", func(p *program, x value) value {
			m := p.max(p.num(0), x)
			return p.add(m, p.log1pOf(p.expOf(p.negAbs(x), math.Inf(-1), 0)))
		}),
		unary("tanh", func(p *program, x value) value {
			a := p.let("a", p.abs(x))
			z := p.let("z", p.mul(a, a))
			coef := []float64{0x1.4ad2b2p-13, -0x1.00a3fp-10, 0x1.af19d2p-9, -0x1.1f09f8p-7, 0x1.661p-6, -0x1.ba1c2cp-5, 0x1.11113p-3, -0x1.555556p-2}
			if p.bits == 64 {
				coef = []float64{0x1.ada5f015a6cc5p-26, -0x1.196a68393489cp-22, 0x1.70fd4269fdf8cp-20, -0x1.4e07de111ddp-18, 0x1.e9954c812932bp-17, -0x1.41e6601952608p-15, 0x1.948b0ac74ee4fp-14, -0x1.f51d80a63468fp-13, 0x1.3551529743b81p-11, -0x1.7da2b0a2818c5p-10, 0x1.d6d3c3e6d55c7p-9, -0x1.226e350e10ca7p-7, 0x1.664f488054b88p-6, -0x1.ba1ba1ba113f7p-5, 0x1.1111111111071p-3, -0x1.5555555555555p-2}
			}
			small := p.let("s", p.fma(p.mul(a, z), p.let("p", p.horner(z, coef)), a))
			a = p.let("a", p.min(p.num(20), a))
			r := p.let("r", p.sub(p.num(1), p.div(p.num(2), p.add(p.expOf(p.mul(p.num(2), a), 0, 40), p.num(1)))))
			return p.copysign(p.sel(p.cmp(cmpLT, a, p.num(1)), small, r), x)
		}),
	}
}
