package main

import (
	"math"
	"math/big"

	"nnk/conformance"
	"nnk/internal/bigref"
)

// exactBits hold every product and sum of float64 numbers.
const exactBits = bigref.Prec(4400)

// fmaFiles are fused multiply-adds: one rounding. The hard ones for a float32 product
// summed in float64 are exact results next to a tie, which a second rounding breaks,
// and subnormal ones.
func fmaFiles() []file {
	f := file{name: "asm-fma.txt"}
	for _, typ := range types {
		s := set{
			function: "asm.FMA", typ: typ, formula: "x·y + z, rounded once", columns: []string{"x", "y", "z"}, unit: "ulp", claim: 0.5,
			notes: "P Philox; T near a tie; C cancellation; U subnormal",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				return []*big.Float{exactBits.Add(exactBits.Mul(p.Float(c.Float("x")), p.Float(c.Float("y"))), p.Float(c.Float("z")))}, 0
			},
		}
		add := func(flags string, x, y, z float64) {
			s.inputs = append(s.inputs, input{flags, []string{float(in(typ, x)), float(in(typ, y)), float(in(typ, z))}})
		}
		d := draw(typ, 400)
		x, y, z := d.wide(12, -20, 20), d.wide(12, -20, 20), d.wide(12, -40, 40)
		for i := range x {
			add("P", x[i], y[i], z[i])
		}
		bits, bottom := 24, -149
		if typ == "float64" {
			bits, bottom = 53, -1074
		}
		eps := math.Ldexp(1, 1-bits)
		for _, sign := range []float64{1, -1} {
			// z is 1 and its last bit; x·y is half a unit, and a little more or less.
			for _, tiny := range []float64{0x1p-10, 0x1p-20, 0x1p-40, 0x1p-60, 0x1p-100} {
				half := eps / 2
				add("T", half*(1+eps), 1-eps, sign)
				add("T", half, 1, sign)
				add("T", half, 1, sign*(1+eps))
				add("T", half*(1+eps), 1+tiny, sign*(1+eps))
				add("T", half*(1-float64(eps/2)), 1+tiny, sign*(1+float64(2*eps)))
				add("T", tiny*eps, sign*tiny, 1+eps)
			}
			add("C", 1+eps, 1-eps, -1)
			add("C", sign*(1+eps), 1+eps, -sign*(1+float64(2*eps)))
			add("U", math.Ldexp(1.5, bottom), sign*0.5, math.Ldexp(1, bottom))
			add("U", math.Ldexp(1, bottom/2), sign*math.Ldexp(1+eps, bottom/2-1), math.Ldexp(2, bottom))
			add("U", math.Ldexp(1+eps, bottom/2), sign*math.Ldexp(0.5, bottom/2), math.Ldexp(3, bottom))
			add("U", math.Ldexp(1-float64(eps/2), bottom/2), sign*math.Ldexp(1, bottom/2-1), math.Ldexp(1, bottom+bits-1))
		}
		seen := map[string]bool{}
		var unique []input
		for _, c := range s.inputs {
			if key := c.args[0] + c.args[1] + c.args[2]; !seen[key] {
				seen[key] = true
				unique = append(unique, c)
			}
		}
		s.inputs = unique
		f.sets = append(f.sets, s)
	}
	return []file{f}
}
