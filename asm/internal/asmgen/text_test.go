package main

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"nnk/asm"
)

// TestTextGivesTheBits carries the steps of the text out, operation by operation, and
// compares with the library.
func TestTextGivesTheBits(t *testing.T) {
	for _, c := range []struct {
		name string
		f32  func(dst, x []float32)
		f64  func(dst, x []float64)
	}{
		{"exp", asm.Exp[float32], asm.Exp[float64]},
		{"expm1", asm.Expm1[float32], asm.Expm1[float64]},
		{"log", asm.Log[float32], asm.Log[float64]},
		{"log1p", asm.Log1p[float32], asm.Log1p[float64]},
		{"sin", asm.Sin[float32], asm.Sin[float64]},
		{"cos", asm.Cos[float32], asm.Cos[float64]},
		{"tanh", asm.Tanh[float32], asm.Tanh[float64]},
		{"erf", asm.Erf[float32], asm.Erf[float64]},
		{"erfc", asm.Erfc[float32], asm.Erfc[float64]},
		{"gelu", asm.GELU[float32], asm.GELU[float64]},
		{"geluTanh", asm.GELUTanh[float32], asm.GELUTanh[float64]},
		{"sigmoid", asm.Sigmoid[float32], asm.Sigmoid[float64]},
		{"silu", asm.SiLU[float32], asm.SiLU[float64]},
		{"softplus", asm.Softplus[float32], asm.Softplus[float64]},
		{"relu", func(dst, x []float32) { asm.BiasReLU(dst, x, nil, 0.5, 3) }, func(dst, x []float64) { asm.BiasReLU(dst, x, nil, 0.5, 3) }},
		{"scale", func(dst, x []float32) { asm.Scale(dst, x, 0.5) }, func(dst, x []float64) { asm.Scale(dst, x, 0.5) }},
	} {
		x := arguments(5000)
		x32, y32, y64 := make([]float32, len(x)), make([]float32, len(x)), make([]float64, len(x))
		for i, v := range x {
			x32[i] = float32(v)
		}
		c.f32(y32, x32)
		c.f64(y64, x)
		done := 0
		for i := range x {
			for bits, pair := range map[int][2]float64{32: {float64(x32[i]), float64(y32[i])}, 64: {x[i], y64[i]}} {
				got, ok := evaluate(c.name, bits, []float64{pair[0]}, 0.5, 3)
				if !ok {
					continue // what a note tells
				}
				done++
				if want := pair[1]; math.Float64bits(got[0]) != math.Float64bits(want) && !(got[0] != got[0] && want != want) {
					t.Fatalf("%s, float%d: the steps take %x to %x, the library to %x", c.name, bits, pair[0], got[0], want)
				}
			}
		}
		if done < len(x)/2 {
			t.Errorf("%s: only %d arguments were in the range of the steps", c.name, done)
		}
	}
}

// TestTextGivesNormals carries the steps of two normal values out, with u, a and q from
// the words as arithmetic.md has it.
func TestTextGivesNormals(t *testing.T) {
	words := make([]uint32, asm.PhiloxGroup*4)
	asm.Philox(words, 7, 3, 5)
	x32, x64 := make([]float32, len(words)), make([]float64, len(words)/2)
	asm.Normal(x32, words)
	asm.Normal(x64, words)
	for i := range words {
		if i%32 >= 16 {
			continue
		}
		n, m := words[i], words[i+16]
		got, _ := evaluate("normal", 32, []float64{math.Ldexp(float64(float32(float64(n)+0.5)), -32), math.Ldexp(float64(float32(int32(4*m))), -32), float64((m + 1<<29) >> 30)})
		if want := [2]float32{x32[i], x32[i+16]}; float32(got[0]) != want[0] || float32(got[1]) != want[1] {
			t.Fatalf("float32 words %d: got %x, want %x", i, got, want)
		}
		if i%64 >= 16 {
			continue
		}
		number := func(k int) uint64 { return uint64(words[i+32*k+16])<<32 | uint64(words[i+32*k]) }
		low := number(0) & (1<<32 - 1)
		u := math.Ldexp(math.FMA(float64(number(0)>>32), 0x1p32, float64(low)+0.5), -64)
		got, _ = evaluate("normal", 64, []float64{u, math.Ldexp(float64(int64(4*number(1))), -64), float64((number(1) + 1<<61) >> 62)})
		at := i/64*32 + i%64
		if want := [2]float64{x64[at], x64[at+16]}; got[0] != want[0] || got[1] != want[1] {
			t.Fatalf("float64 words %d: got %x, want %x", i, got, want)
		}
	}
}

// TestTextNames: a name that stands for two values where it is used is refused.
func TestTextNames(t *testing.T) {
	p := &program{name: "test", bits: 64, text: true, consts: map[uint64]value{}, names: map[value]string{}}
	a := p.let("a", p.add(p.load(0), p.num(1)))
	b := p.let("a", p.add(a, p.num(2)))
	p.store(0, p.mul(a, b))
	defer func() {
		if s, ok := recover().(string); !ok || !strings.Contains(s, "a is used after") {
			t.Errorf("got %v", s)
		}
	}()
	t.Errorf("got no panic but %q", p.steps(section{inputs: []string{"x"}, results: []string{"y"}}))
}

// arguments has special values, a moderate range and every magnitude.
func arguments(n int) []float64 {
	r := rand.New(rand.NewPCG(1, 2))
	x := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), 1, -1, 0x1p-149, -0x1p-149, 0x1p-1074, math.MaxFloat32, math.MaxFloat64}
	for len(x) < n {
		x = append(x, 4*r.NormFloat64(), 60*r.NormFloat64(), 400*r.NormFloat64(), math.Ldexp(r.NormFloat64(), r.IntN(300)-150))
	}
	return x
}

// evaluate carries out the steps of a function, of which sin and cos are the first and
// the second result of one, and reports whether its arguments are in their range.
func evaluate(name string, bits int, x []float64, params ...float64) (results []float64, ok bool) {
	second := name == "cos"
	if name == "sin" || second {
		name = "sincos"
	}
	key := [2]any{name, bits}
	p := evaluated[key]
	if p == nil {
		p = described(name, bits)
		evaluated[key] = p
	}
	results, ok = p.run(x, params)
	if second && ok {
		results = results[1:]
	}
	return results, ok
}

var evaluated = map[[2]any]*program{}

func (p *program) round(x float64) float64 {
	if p.bits == 32 {
		return float64(float32(x))
	}
	return x
}

func (p *program) fused(x, y, z float64) float64 {
	if p.bits == 32 {
		return float64(asm.FMA(float32(x), float32(y), float32(z)))
	}
	return asm.FMA(x, y, z)
}

// run carries the operations out in float64, rounded where they are float32's: a sum,
// product, quotient or root of float32 is that rounded twice as well.
func (p *program) run(x, params []float64) (results []float64, ok bool) {
	v := make([]float64, len(p.code))
	truth := map[bool]float64{true: 1}
	for k, i := range p.code {
		at := func(v2 value) float64 { return v[v2] }
		var r float64
		switch i.op {
		case opLoad:
			r = x[i.imm]
		case opParam:
			r = params[i.imm]
		case opConst:
			r = p.float(i.imm)
		case opFMA:
			r = p.fused(at(i.a), at(i.b), at(i.c))
		case opFNMA:
			r = p.fused(-at(i.a), at(i.b), at(i.c))
		case opFMS:
			r = p.fused(at(i.a), at(i.b), -at(i.c))
		case opAdd:
			r = p.round(at(i.a) + at(i.b))
		case opSub:
			r = p.round(at(i.a) - at(i.b))
		case opMul:
			r = p.round(at(i.a) * at(i.b))
		case opDiv:
			r = p.round(at(i.a) / at(i.b))
		case opSqrt:
			r = p.round(math.Sqrt(at(i.a)))
		case opMin:
			if r = at(i.b); at(i.a) < r {
				r = at(i.a)
			}
		case opMax:
			if r = at(i.b); at(i.a) > r {
				r = at(i.a)
			}
		case opAbs:
			r = math.Abs(at(i.a))
		case opNeg:
			r = -at(i.a)
		case opCopysign:
			r = math.Copysign(at(i.a), at(i.b))
		case opCmp:
			r = truth[compare(i.imm, at(i.a), at(i.b))]
		case opSelect:
			if r = at(i.c); at(i.a) != 0 {
				r = at(i.b)
			}
		case opReject:
			if at(i.a) != 0 {
				return nil, false
			}
		case opPoly:
			r = i.coef[0]
			for _, c := range i.coef[1:] {
				r = p.fused(r, at(i.a), c)
			}
		case opScale:
			if r = at(i.a); r == r {
				r = p.round(math.Ldexp(r, int(at(i.b))))
			}
		case opPower:
			if r = at(i.a); r == r {
				r = math.Ldexp(1, int(r)+int(i.imm))
			}
		case opSplitK, opSplitM:
			exponent, m := p.split(at(i.a))
			if r = m; i.op == opSplitK {
				r = exponent
			}
		case opQuadrant, opQuadrantOf:
			s, c := at(i.a), at(i.b)
			turn := [4]float64{s, c, -s, -c}
			if i.op == opQuadrantOf {
				turn = [4]float64{c, -s, -c, s}
			}
			r = turn[int(at(i.c))&3]
		case opCall:
			var args []float64
			for _, a := range i.uses() {
				args = append(args, at(a))
			}
			out, ok := evaluate(i.call, p.bits, args)
			if !ok {
				return nil, false
			}
			r = out[0]
		case opStore:
			for len(results) <= int(i.imm) {
				results = append(results, 0)
			}
			results[i.imm] = at(i.a)
		default:
			panic(i.op)
		}
		v[k] = r
	}
	return results, true
}

func compare(predicate uint64, a, b float64) bool {
	switch predicate {
	case cmpEQ:
		return a == b
	case cmpLT:
		return a < b
	case cmpNLE:
		return !(a <= b)
	case cmpNGE:
		return !(a >= b)
	case cmpGT:
		return a > b
	}
	panic(predicate)
}

// split is k and m as arithmetic.md has them.
func (p *program) split(x float64) (k, m float64) {
	if p.bits == 32 {
		b := int64(math.Float32bits(float32(x))) - 0x3f3504f3
		return float64(b >> 23), float64(math.Float32frombits(uint32(b&(1<<23-1) + 0x3f3504f3)))
	}
	b := int64(math.Float64bits(x)) - 0x3fe6a09e667f3bcd
	return float64(b >> 52), math.Float64frombits(uint64(b&(1<<52-1) + 0x3fe6a09e667f3bcd))
}
