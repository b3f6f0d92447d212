package main

import (
	"math"
	"math/big"
	"slices"

	"nnk/conformance"
	"nnk/rng"
)

// A function of one number.
type elementary struct {
	name    string
	formula string
	exact   func(x *big.Float) *big.Float // of finite x; nil for NaN
	plus    float64                       // at +Inf
	minus   float64                       // at −Inf
	odd     bool                          // ±0 gives itself
	source  string
	nan     float64 // at NaN, if number is set
	number  bool
	few     bool // fewer cases: what it is made of has its own
	spans   []span
	unit    string                                              // of the claim; "" means ulp
	size    func(x *big.Float) (size *big.Float, times float64) // the unit is times ulps of a number of that size
	edges   []float64                                           // where the method changes; the neighbours are cases too
	edges32 []float64                                           // of float32 besides
	edges64 []float64                                           // of float64 besides
}

// span is a range of arguments with a claim. The pairs are for float32 and float64.
type span struct {
	name     string // "" for all arguments
	from, to pair   // from < x ≤ to belong to it; NaN and −Inf to the one that begins there
	lo, hi   pair   // random arguments are drawn from here
	claim    pair
	samples  int // of a search for hard arguments in float64; 0 means 30000
}

type pair [2]float64

func (v pair) of(typ string) float64 { return v[slices.Index(types, typ)] }

var top, bottom = pair{math.Inf(1), math.Inf(1)}, pair{math.Inf(-1), math.Inf(-1)}

func (s span) holds(typ string, x float64) bool {
	from := s.from.of(typ)
	return (x > from || math.IsInf(from, -1)) && !(x > s.to.of(typ))
}

// at is the exact result for any x.
func (e elementary) at(x float64) *big.Float {
	limit := func(v float64) *big.Float {
		if v != v {
			return nil
		}
		return p.Float(v)
	}
	switch {
	case x != x && e.number:
		return p.Float(e.nan)
	case x != x:
		return nil
	case math.IsInf(x, 1):
		return limit(e.plus)
	case math.IsInf(x, -1):
		return limit(e.minus)
	case x == 0 && e.odd:
		return p.Float(x)
	}
	return e.exact(p.Float(x))
}

// unitAt is one unit of the claim at x.
func (e elementary) unitAt(typ string, x float64, want *big.Float) float64 {
	if want == nil || x-x != 0 {
		return conformance.ULP(1, typ)
	}
	size, times := want, 1.0
	if e.size != nil {
		size, times = e.size(p.Float(x))
	}
	f, _ := size.Float64()
	return times * conformance.ULP(f, typ)
}

// set makes the set of a span.
func (e elementary) set(typ string, s span) set {
	out := set{
		function: e.name, typ: typ, span: s.name, formula: e.formula, source: e.source, columns: []string{"x"},
		claim: s.claim.of(typ), unit: "ulp",
		notes: "B basic; S special; E edge; D digits of π; P Philox; H large error; T near a tie (README.md)",
	}
	out.exact = func(c *conformance.Case) ([]*big.Float, float64) {
		x := c.Float("x")
		want := e.at(x)
		return []*big.Float{want}, e.unitAt(typ, x, want)
	}
	if e.unit != "" {
		out.unit = e.unit
	}
	seen := map[string]bool{}
	add := func(flags string, x ...float64) {
		for _, v := range x {
			v = in(typ, v)
			if text := float(v); !seen[text] && s.holds(typ, v) {
				seen[text] = true
				out.inputs = append(out.inputs, input{flags, []string{text}})
			}
		}
	}
	tiny, small, largest := 0x1p-1074, 0x1p-1022, math.MaxFloat64
	if typ == "float32" {
		tiny, small, largest = 0x1p-149, 0x1p-126, math.MaxFloat32
	}
	add("S", 0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), tiny, -tiny, small-tiny, small, -small, largest, -largest)
	add("B", 1, -1, 2, -2, 0.5, -0.5, 3, -3, 0.1, -0.1, 10, -10, 100, -100)
	for _, x := range append(slices.Clone(e.edges), map[string][]float64{"float32": e.edges32, "float64": e.edges64}[typ]...) {
		x = in(typ, x)
		add("E", next(typ, x, math.Inf(-1)), x, next(typ, x, math.Inf(1)))
	}
	powers, pairs := []int{-30, -8, -4, -2, -1, 0, 1, 2, 3, 5, 8}, 20
	if e.few {
		powers, pairs = []int{-4, -1, 0, 1, 2}, 6
	}
	for _, k := range powers {
		add("D", math.Ldexp(math.Pi, k), -math.Ldexp(math.Pi, k))
	}
	add("P", s.random(typ, pairs)...)
	for i, h := range hardOf(e.name, typ, s.name) {
		if !e.few || i < 3 || h.flag == "T" {
			add(h.flag, h.x)
		}
	}
	return out
}

// random are 2n arguments from [lo, hi): uniform, and with uniform exponents.
func (s span) random(typ string, n int) []float64 {
	u := make([]float64, 4*n)
	rng.Uniform(rng.New(0x243f6a8885a308d3), u, 0) // digits of π
	return s.spread(typ, u)
}

// spread makes two arguments of every four uniform numbers.
func (s span) spread(typ string, u []float64) (x []float64) {
	lo, hi := s.lo.of(typ), s.hi.of(typ)
	for ; len(u) >= 4; u = u[4:] {
		x = append(x, in(typ, lo+float64(u[0]*(hi-lo))))
		end := hi
		if lo < 0 && (u[1] < 0.5 || hi <= 0) {
			end = lo
		}
		_, e := math.Frexp(end)
		x = append(x, in(typ, math.Ldexp(math.Copysign(0.5+float64(u[2]/2), end), e-int(u[3]*40))))
	}
	return x
}

// elementaryFiles is one file for each function.
func elementaryFiles() []file {
	var fs []file
	for _, e := range slices.Concat(elementaries, activations()) {
		f := file{name: fileName(e.name)}
		for _, typ := range types {
			for _, s := range e.spans {
				f.sets = append(f.sets, e.set(typ, s))
			}
		}
		fs = append(fs, f)
	}
	return fs
}
