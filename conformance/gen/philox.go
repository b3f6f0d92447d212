package main

import (
	"fmt"
	"math/big"

	"nnk/conformance"
)

// philox is Philox 4x32-10 by 64-bit products, apart from package asm.
func philox(c [4]uint32, k [2]uint32) [4]uint32 {
	for range 10 {
		a, b := uint64(c[0])*0xd2511f53, uint64(c[2])*0xcd9e8d57
		c = [4]uint32{uint32(b>>32) ^ c[1] ^ k[0], uint32(b), uint32(a>>32) ^ c[3] ^ k[1], uint32(a)}
		k[0] += 0x9e3779b9
		k[1] += 0xbb67ae85
	}
	return c
}

func pairOf(v uint64) [2]uint32 { return [2]uint32{uint32(v), uint32(v >> 32)} }

// stream is a substream of a seed, as the comment of package rng defines it.
type stream struct{ seed, id uint64 }

// streamOf is the substream of a seed that the path of numbers leads to.
func streamOf(seed uint64, path ...uint64) stream {
	s := stream{seed: seed}
	for _, sub := range path {
		n, id := pairOf(sub), pairOf(s.id)
		b := philox([4]uint32{n[0], n[1], id[0], id[1]}, pairOf(seed^0x6e6e6b2e73756273))
		s.id = uint64(b[1])<<32 | uint64(b[0])
	}
	return s
}

// drawn is the substream of a case.
func drawn(c *conformance.Case) stream { return streamOf(c.Int("seed"), c.Int("sub")) }

// block is the words of a block.
func (s stream) block(number uint64) [4]uint32 {
	n, id := pairOf(number), pairOf(s.id)
	return philox([4]uint32{n[0], n[1], id[0], id[1]}, pairOf(s.seed))
}

// word is 32-bit number i, number is 64-bit number i.
func (s stream) word(i uint64) uint32 { return s.block(i/64*16 + i%16)[i%64/16] }

func (s stream) number(i uint64) uint64 {
	b := s.block(i/32*16 + i%16)
	return uint64(b[2*(i%32/16)+1])<<32 | uint64(b[2*(i%32/16)])
}

// ratio is (w+half)/2^bits, exact.
func ratio(w uint64, half float64, bits int) *big.Float {
	x := p.Add(new(big.Float).SetPrec(uint(p)).SetUint64(w), p.Float(half))
	return p.Scale(x, -bits)
}

// open is u = (w+½)/2³² or (b+½)/2⁶⁴ of element i.
func (s stream) open(typ string, i uint64) *big.Float {
	if typ == "float32" {
		return ratio(uint64(s.word(i)), 0.5, 32)
	}
	return ratio(s.number(i), 0.5, 64)
}

// normal is element i of the normal distribution by Box and Muller.
func (s stream) normal(typ string, i uint64) *big.Float {
	var u, v *big.Float
	var sine bool
	if typ == "float32" { // words (0, 1) and (2, 3) of a block are two pairs
		b := s.block(i/64*16 + i%16)
		w := i % 64 / 16
		u, v, sine = ratio(uint64(b[w&2]), 0.5, 32), ratio(uint64(b[w&2+1]), 0, 32), w&1 == 1
	} else {
		b := s.block(i/32*16 + i%16)
		u, v = ratio(uint64(b[1])<<32|uint64(b[0]), 0.5, 64), ratio(uint64(b[3])<<32|uint64(b[2]), 0, 64)
		sine = i%32/16 == 1
	}
	r := p.Sqrt(p.Mul(p.Int(-2), p.Log(u)))
	si, co := p.Sincos(p.Prod(p.Int(2), p.Pi(), v))
	if sine {
		return p.Mul(r, si)
	}
	return p.Mul(r, co)
}

// rngFiles are Philox with its known answers, and the distributions made from it.
func rngFiles() []file {
	f := file{name: "rng.txt"}
	for _, typ := range types {
		if typ == "float64" {
			f.sets = append(f.sets, philoxSet(), wordsSet())
		}
		element := func(name, formula string, claim float64, unit string, of func(c *conformance.Case, i uint64) *big.Float, scale float64) set {
			s := set{function: name, typ: typ, formula: formula, columns: []string{"seed", "sub", "start", "n"}, claim: claim, unit: unit, notes: "S starts around a group; D digits of π",
				exact: func(c *conformance.Case) ([]*big.Float, float64) {
					var out []*big.Float
					for i := range c.Int("n") {
						out = append(out, of(c, c.Int("start")+i))
					}
					return out, scale
				}}
			s.inputs = append(s.inputs, input{"S", []string{"0", "0", "0", "8"}}, input{"S", []string{"1", "2", "60", "8"}},
				input{"D", []string{"0x243f6a8885a308d3", "0x13198a2e03707344", "0x1000000000000000", "20"}})
			return s
		}
		size := conformance.ULP(1, typ)
		// u is rounded: in float64, where it is near 1, its logarithm loses digits.
		unit, logSize := "ulp", 0.0
		if typ == "float64" {
			unit, logSize = "ulp of 1", size
		}
		chi := element("rng.Chi", "the length of Normal's elements i·d … i·d+d−1", 2, "ulp", nil, 0)
		chi.columns = append(chi.columns, "d")
		chi.inputs = []input{{"S", []string{"0", "0", "0", "4", "1"}}, {"S", []string{"1", "2", "9", "3", "7"}}, {"D", []string{"0x243f6a8885a308d3", "0x13198a2e03707344", "12345", "2", "40"}}}
		chi.exact = func(c *conformance.Case) ([]*big.Float, float64) {
			d := c.Int("d")
			var out []*big.Float
			for i := range c.Int("n") {
				var v []*big.Float
				for j := range d {
					v = append(v, drawn(c).normal(typ, (c.Int("start")+i)*d+j))
				}
				out = append(out, p.Sqrt(p.Dot(v, v)))
			}
			return out, 0
		}
		f.sets = append(f.sets,
			element("rng.Uniform", "⌊w/2⁸⌋/2²⁴ (float32) or ⌊b/2¹¹⌋/2⁵³", 0, "ulp", func(c *conformance.Case, i uint64) *big.Float {
				if typ == "float32" {
					return ratio(uint64(drawn(c).word(i)>>8), 0, 24)
				}
				return ratio(drawn(c).number(i)>>11, 0, 53)
			}, 0),
			element("rng.Rademacher", "1 − 2·(bit i mod 32 of 32-bit number ⌊i/32⌋)", 0, "ulp", func(c *conformance.Case, i uint64) *big.Float {
				return p.Int(1 - 2*int(drawn(c).word(i/32)>>(i%32)&1))
			}, 0),
			element("rng.Normal", "√(−2 ln u)·cos 2πv or sin 2πv, see asm.Normal", 2, "ulp of 1", func(c *conformance.Case, i uint64) *big.Float { return drawn(c).normal(typ, i) }, size),
			element("rng.Exponential", "−ln u, u = (w+½)/2³² or (b+½)/2⁶⁴", by(typ, 0.5, 2), unit, func(c *conformance.Case, i uint64) *big.Float { return p.Neg(p.Log(drawn(c).open(typ, i))) }, logSize),
			element("rng.Rayleigh", "√(−2 ln u)", by(typ, 1, 2), unit, func(c *conformance.Case, i uint64) *big.Float {
				return p.Sqrt(p.Mul(p.Int(-2), p.Log(drawn(c).open(typ, i))))
			}, logSize),
			element("rng.Cauchy", "tan(π·u)", 3, "ulp", func(c *conformance.Case, i uint64) *big.Float {
				s, co := p.Sincos(p.Mul(p.Pi(), drawn(c).open(typ, i)))
				return p.Quo(s, co)
			}, 0),
			chi)
	}
	return []file{f}
}

// philoxSet has the three known answers of the generator's authors among its cases.
func philoxSet() set {
	s := set{function: "asm.Philox4x32", typ: "float64", formula: "Philox 4x32-10", source: "Salmon, Moraes, Dror and Shaw, SC 2011; K: Random123, kat_vectors", unit: "ulp", columns: []string{"counter", "key"}, notes: "K known answer; P Philox of itself",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			v := append(c.Floats("counter"), c.Floats("key")...)
			b := philox([4]uint32{uint32(v[0]), uint32(v[1]), uint32(v[2]), uint32(v[3])}, [2]uint32{uint32(v[4]), uint32(v[5])})
			return []*big.Float{p.Float(float64(b[0])), p.Float(float64(b[1])), p.Float(float64(b[2])), p.Float(float64(b[3]))}, 0
		}}
	add := func(flags string, c [4]uint32, k [2]uint32) {
		s.inputs = append(s.inputs, input{flags, []string{fmt.Sprintf("%d,%d,%d,%d", c[0], c[1], c[2], c[3]), fmt.Sprintf("%d,%d", k[0], k[1])}})
	}
	const ones = 1<<32 - 1
	add("K", [4]uint32{}, [2]uint32{})
	add("K", [4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones})
	add("K", [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0})
	c := [4]uint32{1, 2, 3, 4}
	for range 8 {
		c = philox(c, [2]uint32{c[0], c[3]})
		add("P", c, [2]uint32{c[1], c[2]})
	}
	return s
}

func wordsSet() set {
	s := set{function: "rng.Stream.Words", typ: "float64", formula: "32-bit number i of substream sub: word ⌊i mod 64/16⌋ of block 16·⌊i/64⌋ + i mod 16", unit: "ulp", columns: []string{"seed", "sub", "start", "n"}, notes: "S starts around a group; D digits of π",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			var out []*big.Float
			for i := range c.Int("n") {
				out = append(out, p.Float(float64(drawn(c).word(c.Int("start")+i))))
			}
			return out, 0
		}}
	s.inputs = []input{{"S", []string{"0", "0", "0", "70"}}, {"S", []string{"1", "2", "63", "3"}}, {"D", []string{"0x243f6a8885a308d3", "0x13198a2e03707344", "0xfffffffffffffff0", "16"}}}
	return s
}
