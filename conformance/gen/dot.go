package main

import (
	"fmt"
	"math"
	"math/big"
	"math/bits"

	"nnk/conformance"
)

const boundOfSums = "of the bound k·u·Σ|terms|, u = 2⁻²⁴ or 2⁻⁵³"

// sumBound is the a-priori bound of a sum in lanes: each term passes at most
// first + ⌈n/lanes⌉ + ⌈log₂ min(n, lanes)⌉ roundings (Higham, Accuracy and Stability of
// Numerical Algorithms, §4.2), where first is −1 if the sum's terms are exact, since the
// addition to +0 is. To it comes the smallest number for each product that underflows.
func sumBound(typ string, terms []*big.Float, first int) float64 {
	n := lanes(typ)
	sum := p.Int(0)
	for _, t := range terms {
		sum = p.Add(sum, p.Abs(t))
	}
	f, _ := sum.Float64()
	k := first + (len(terms)+n-1)/n + bits.Len(uint(min(len(terms), n)-1))
	return float64(float64(k)*unitOf(typ)*f) + float64(float64(len(terms))*conformance.ULP(0, typ))
}

func products(x, y []float64) []*big.Float {
	out := make([]*big.Float, len(x))
	for i := range x {
		out[i] = p.Mul(p.Float(x[i]), p.Float(y[i]))
	}
	return out
}

// illDot returns vectors whose product has about the condition 10^digits: the first half
// is of all sizes, the second cancels what there is down to 1 (Ogita, Rump and Oishi,
// SIAM J. Sci. Comput. 26 (2005), algorithm 6.1).
func illDot(typ string, n, digits int, use uint64) (x, y []float64) {
	d := draw(typ, use)
	b := float64(digits) * 3.32 / 2
	half := n / 2
	x, y = d.wide(half, 0, b), d.wide(half, 0, b)
	for i := half; i < n; i++ {
		e := b * (1 - float64(i-half)/float64(n-half-1))
		x = append(x, d.wide(1, e, e)[0])
		left := p.Sub(p.Float(d.wide(1, e, e)[0]), p.Sum(products(x[:i], y)...))
		f, _ := p.Quo(left, p.Float(x[i])).Float64()
		y = append(y, in(typ, f))
	}
	return x, y
}

// illSum returns numbers whose sum has about the condition 10^digits.
func illSum(typ string, n, digits int, use uint64) []float64 {
	d := draw(typ, use)
	x := d.wide(n/2, 0, float64(digits)*3.32)
	for len(x) < n-1 {
		f, _ := p.Neg(p.Sum(p.Floats(x)...)).Float64()
		x = append(x, in(typ, f*1.0625))
	}
	return append(x, d.uniform(1, 0, 1)[0])
}

// ties returns x and y whose product is a tie, so that its rounding error is all that
// the bound allows, and a number whose square nearly is one.
func ties(typ string) (x, y, square float64) {
	if typ == "float32" {
		return 1 + 0x1p-12, 1 + 0x1p-12, 1 + 0x1p-12
	}
	return 1 + 0x1p-26, 1 + 0x1p-27, 1 + 1.25*0x1p-26
}

// dotFiles are inner products and sums.
func dotFiles() []file {
	dots, sums := file{name: "asm-dot.txt"}, file{name: "asm-sum.txt"}
	for _, typ := range types {
		dot := set{
			function: "asm.Dot", typ: typ, formula: "Σ x[i]·y[i], the order as asm.Dot says", columns: []string{"x", "y"}, unit: boundOfSums, claim: 1,
			notes: "T tie; P Philox; Ck condition 10^k; L lengths around the lanes; S special",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				terms := products(c.Floats("x"), c.Floats("y"))
				return []*big.Float{p.Sum(terms...)}, sumBound(typ, terms, 0)
			},
		}
		sum := set{
			function: "asm.Sum", typ: typ, formula: "Σ x[i], the order as asm.Sum says", columns: []string{"x"}, unit: boundOfSums, claim: 1, notes: dot.notes,
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				terms := p.Floats(c.Floats("x"))
				return []*big.Float{p.Sum(terms...)}, sumBound(typ, terms, -1)
			},
		}
		squares := set{
			function: "asm.SumSquares", typ: typ, formula: "Σ x[i]², the order as asm.Dot says", columns: []string{"x"}, unit: boundOfSums, claim: 1, notes: dot.notes,
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				terms := products(c.Floats("x"), c.Floats("x"))
				return []*big.Float{p.Sum(terms...)}, sumBound(typ, terms, 0)
			},
		}
		lane := lanes(typ)
		x, y, square := ties(typ)
		dot.inputs = append(dot.inputs, input{"T", []string{float(x), float(y)}})
		sum.inputs = append(sum.inputs, input{"T", []string{floats([]float64{1, unitOf(typ)})}})
		squares.inputs = append(squares.inputs, input{"T", []string{float(square)}})
		for i, n := range []int{1, 2, lane - 1, lane, lane + 1, 2*lane + 3} {
			d := draw(typ, uint64(i))
			x, y := d.uniform(n, -1, 1), d.uniform(n, -1, 1)
			dot.inputs = append(dot.inputs, input{"L", []string{floats(x), floats(y)}})
			sum.inputs = append(sum.inputs, input{"L", []string{floats(x)}})
			squares.inputs = append(squares.inputs, input{"L", []string{floats(x)}})
		}
		for digits := 0; digits <= 30; digits += 5 {
			x, y := illDot(typ, 40, digits, uint64(100+digits))
			dot.inputs = append(dot.inputs, input{fmt.Sprintf("C%d", digits), []string{floats(x), floats(y)}})
			sum.inputs = append(sum.inputs, input{fmt.Sprintf("C%d", digits), []string{floats(illSum(typ, 40, digits, uint64(200+digits)))}})
			squares.inputs = append(squares.inputs, input{"P", []string{floats(draw(typ, uint64(300+digits)).wide(20, -float64(digits), float64(digits)))}})
		}
		tiny := math.Ldexp(1, map[string]int{"float32": -149, "float64": -1074}[typ])
		dot.inputs = append(dot.inputs,
			input{"S", []string{floats([]float64{math.Copysign(0, -1)}), "0x1p+00"}},
			input{"S", []string{floats([]float64{tiny, tiny, 3 * tiny}), floats([]float64{0.5, 1, -0.5})}})
		sum.inputs = append(sum.inputs, input{"S", []string{floats([]float64{math.Copysign(0, -1), math.Copysign(0, -1)})}}, input{"S", []string{floats([]float64{tiny, -3 * tiny})}})
		dots.sets = append(dots.sets, dot)
		sums.sets = append(sums.sets, sum, squares)
	}
	return []file{dots, sums}
}
