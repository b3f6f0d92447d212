package main

import (
	"fmt"
	"math/big"

	"nnk/conformance"
	"nnk/internal/bigref"
)

// mulFiles are matrix products, of which the element (0, 0) is ill-conditioned.
func mulFiles() []file {
	f := file{name: "mat-mul.txt"}
	for _, typ := range types {
		const unit = "of the bound k·u·max(|A|·|B|), u = 2⁻²⁴ or 2⁻⁵³"
		product := func(transposed bool) func(c *conformance.Case) ([]*big.Float, float64) {
			return func(c *conformance.Case) ([]*big.Float, float64) {
				k := int(c.Int("k"))
				a, b := p.Matrix(k, c.Floats("a")), bigref.Matrix(nil)
				if transposed {
					b = p.Matrix(k, c.Floats("b")).T()
				} else {
					b = p.Matrix(int(c.Int("n")), c.Floats("b"))
				}
				return p.MatMul(a, b).Flat(), float64(k) * unitOf(typ) * p.MatMul(p.MatAbs(a), p.MatAbs(b)).MaxAbs()
			}
		}
		mul := set{function: "mat.Mul", typ: typ, formula: "A·B, A m×k, B k×n, rows one after the other; c = fma(a[i][k], b[k][j], c), k ascending from +0", columns: []string{"m", "k", "n", "a", "b"},
			unit: unit, claim: 1, notes: "C0: a tie first; Ck: element (0, 0) has condition 10^k", exact: product(false)}
		mulT := set{function: "mat.MulT", typ: typ, formula: "A·Bᵀ, A m×k, B n×k", columns: mul.columns, unit: unit, claim: 1, notes: mul.notes, exact: product(true)}
		vec := set{function: "mat.MulVec", typ: typ, formula: "A·x, A m×k", columns: []string{"m", "k", "a", "x"}, unit: unit, claim: 1, notes: mul.notes,
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				k := int(c.Int("k"))
				a, x := p.Matrix(k, c.Floats("a")), p.Matrix(1, c.Floats("x"))
				return p.MatMul(a, x).Flat(), float64(k) * unitOf(typ) * p.MatMul(p.MatAbs(a), p.MatAbs(x)).MaxAbs()
			}}
		gram := set{function: "mat.Gram", typ: typ, formula: "AᵀA, A m×n", columns: []string{"m", "n", "a"}, unit: "of the bound m·u·max(|A|ᵀ|A|), u = 2⁻²⁴ or 2⁻⁵³", claim: 1, notes: "P Philox",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				a := p.Matrix(int(c.Int("n")), c.Floats("a"))
				return p.MatMul(a.T(), a).Flat(), float64(len(a)) * unitOf(typ) * p.MatMul(p.MatAbs(a).T(), p.MatAbs(a)).MaxAbs()
			}}
		for i, c := range [][4]int{{1, 1, 1, 0}, {2, 3, 2, 0}, {5, 7, 3, 5}, {3, 16, 2, 10}, {2, 20, 3, 20}, {3, 20, 2, 30}, {9, 4, 9, 0}} {
			m, k, n, digits := c[0], c[1], c[2], c[3]
			d := draw(typ, uint64(500+i))
			a, b := d.uniform(m*k, -1, 1), d.uniform(k*n, -1, 1)
			if i == 0 { // the rounding error of a tie is all that the bound allows
				var square float64
				a[0], b[0], square = ties(typ)
				gram.inputs = append(gram.inputs, input{"T", []string{"1", "1", float(square)}})
			}
			if digits > 0 {
				x, y := illDot(typ, k, digits, uint64(520+i))
				copy(a, x)
				for j, v := range y {
					b[j*n] = v
				}
			}
			var bt []float64
			for j := range n {
				for l := range k {
					bt = append(bt, b[l*n+j])
				}
			}
			flag := fmt.Sprintf("C%d", digits)
			mul.inputs = append(mul.inputs, input{flag, []string{itoa(m), itoa(k), itoa(n), floats(a), floats(b)}})
			if i < 4 {
				mulT.inputs = append(mulT.inputs, input{flag, []string{itoa(m), itoa(k), itoa(n), floats(a), floats(bt)}})
			}
			if i%2 == 0 {
				vec.inputs = append(vec.inputs, input{flag, []string{itoa(m), itoa(k), floats(a), floats(bt[:k])}})
			}
			if i < 3 {
				gram.inputs = append(gram.inputs, input{"P", []string{itoa(m), itoa(k), floats(a)}})
			}
		}
		f.sets = append(f.sets, mul, mulT, vec, gram)
	}
	return []file{f}
}
