package main

import (
	"math"
	"math/big"

	"nnk/conformance"
	"nnk/internal/bigref"
)

// hilbert is 1/(i+j+1) rounded, the classic of ill-conditioned matrices: condition
// 1.6e13 for order 10.
func hilbert(typ string, n int) []float64 {
	var a []float64
	for i := range n {
		for j := range n {
			a = append(a, in(typ, 1/float64(i+j+1)))
		}
	}
	return a
}

// factorFiles are factorisations and solutions, whose error the condition of the matrix
// bounds.
func factorFiles() []file {
	f := file{name: "mat-factor.txt"}
	const unit = "of u·κ·max|result|, κ = ‖A‖·‖A⁻¹‖ (row sums) of what is factored, u = 2⁻²⁴ or 2⁻⁵³"
	for _, typ := range types {
		scaled := func(want, a bigref.Matrix) ([]*big.Float, float64) {
			return want.Flat(), unitOf(typ) * p.Condition(a) * want.MaxAbs()
		}
		cholesky := set{function: "mat.Cholesky", typ: typ, formula: "L·Lᵀ = A, A n×n, L lower triangular", columns: []string{"n", "a"}, unit: unit, claim: 0.5,
			notes: "H Hilbert; P Philox, with a strong diagonal",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				a := p.Matrix(int(c.Int("n")), c.Floats("a"))
				return scaled(p.Cholesky(a), a)
			}}
		ridge := set{function: "mat.RidgeSolve", typ: typ, formula: "(S + λI)·X = T, S n×n, T n×l", columns: []string{"n", "l", "s", "t", "lambda"}, unit: unit, claim: by(typ, 0.05, 0.03),
			notes: "H Hilbert of an order that is singular to working precision without λ",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				n := int(c.Int("n"))
				a := p.MatAdd(p.Matrix(n, c.Floats("s")), p.Identity(n, p.Float(c.Float("lambda"))))
				return scaled(p.Solve(a, p.Matrix(int(c.Int("l")), c.Floats("t"))), a)
			}}
		least := set{function: "mat.LeastSquares", typ: typ, formula: "the X of least ‖A·X − B‖, A m×n, B m×l", columns: []string{"n", "l", "a", "b"}, claim: 1,
			unit: "of u·κ·(max|X| + max|B|/max|A|), κ = ‖AᵀA‖·‖(AᵀA)⁻¹‖ (row sums), u = 2⁻²⁴ or 2⁻⁵³", notes: "V powers of equidistant points; P Philox",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				a, b := p.Matrix(int(c.Int("n")), c.Floats("a")), p.Matrix(int(c.Int("l")), c.Floats("b"))
				gram := p.MatMul(a.T(), a)
				want := p.Solve(gram, p.MatMul(a.T(), b))
				return want.Flat(), unitOf(typ) * p.Condition(gram) * (want.MaxAbs() + b.MaxAbs()/a.MaxAbs())
			}}
		eigen := set{function: "mat.SymEigen", typ: typ, formula: "the eigenvalues, ascending, of the second difference, 2 on the diagonal and −1 beside it: 2 − 2·cos(π·k/(n+1)), k = 1 … n",
			columns: []string{"n", "a"}, unit: "of 4u, u = 2⁻²⁴ or 2⁻⁵³", claim: by(typ, 0.6, 4), notes: "B",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				n := int(c.Int("n"))
				var want []*big.Float
				for k := 1; k <= n; k++ {
					_, c := p.SincosPi(k, n+1)
					want = append(want, p.Scale(p.Sub(p.Int(1), c), 1))
				}
				return want, 4 * unitOf(typ)
			}}
		last := map[string]int{"float32": 5, "float64": 10}[typ]
		for n := 1; n <= last; n += 1 + n/4 {
			cholesky.inputs = append(cholesky.inputs, input{"H", []string{itoa(n), floats(hilbert(typ, n))}})
		}
		for _, n := range []int{4, 8, 12} {
			d := draw(typ, uint64(600+n))
			a := d.uniform(n*n, -1, 1)
			for i := range n {
				for j := range i {
					a[i*n+j] = a[j*n+i]
				}
				a[i*n+i] = float64(n)
			}
			if n < 12 {
				cholesky.inputs = append(cholesky.inputs, input{"P", []string{itoa(n), floats(a)}})
			}
			for _, lambda := range []float64{unitOf(typ) * 0x1p12, 0x1p-8} {
				ridge.inputs = append(ridge.inputs, input{"H", []string{itoa(n), "2", floats(hilbert(typ, n)), floats(d.uniform(2*n, -1, 1)), float(lambda)}})
			}
		}
		for k, n := range []int{1, 2, 4} {
			m := 2*n + 3
			d := draw(typ, uint64(620+k))
			var powers []float64
			for i := range m {
				x := float64(i) / 8
				for j := range n {
					powers = append(powers, in(typ, pow(x, j)))
				}
			}
			least.inputs = append(least.inputs, input{"V", []string{itoa(n), "1", floats(powers), floats(d.uniform(m, -1, 1))}},
				input{"P", []string{itoa(n), "2", floats(d.uniform(m*n, -1, 1)), floats(d.uniform(2*m, -1, 1))}})
		}
		for _, n := range []int{1, 2, 3, 8, 13} {
			a := make([]float64, n*n)
			for i := range n {
				a[i*n+i] = 2
				if i > 0 {
					a[i*n+i-1], a[(i-1)*n+i] = -1, -1
				}
			}
			eigen.inputs = append(eigen.inputs, input{"B", []string{itoa(n), floats(a)}})
		}
		f.sets = append(f.sets, cholesky, ridge, least, eigen)
	}
	return []file{f}
}

// pow is exact for the small powers of multiples of 1/8 that are asked for.
func pow(x float64, n int) float64 {
	y := 1.0
	for range n {
		y *= x
	}
	return math.Abs(y)
}
