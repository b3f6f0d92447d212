package main

import (
	"math/big"

	"nnk/asm"
	"nnk/conformance"
	"nnk/internal/bigref"
	"nnk/rng/ortho"
)

// bundleFiles are optima in closed form and a small bundled network.
func bundleFiles() []file {
	f := file{name: "bundle.txt"}
	const typ = "float64"
	ridge := set{function: "fit.Moments.Ridge", typ: typ, formula: "the A of least ‖Z·A − Y‖² + λ·s·‖A‖², s the mean of diag ZᵀZ without the last feature, whose row has no penalty; n features, l targets", source: "SNNK §3.4",
		columns: []string{"n", "l", "zz", "zy", "lambda"}, unit: "of u·κ·max|A|, κ = ‖S‖·‖S⁻¹‖ (row sums) of ZᵀZ + λ·s·I, u = 2⁻⁵³", claim: 0.6, notes: "P Philox",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			n := int(c.Int("n"))
			s := p.Matrix(n, c.Floats("zz"))
			mean := p.Int(0)
			for i := range n - 1 {
				mean = p.Add(mean, p.Quo(s[i][i], p.Int(n-1)))
			}
			for i := range n - 1 {
				s[i][i] = p.Add(s[i][i], p.Mul(mean, p.Float(c.Float("lambda"))))
			}
			a := p.Solve(s, p.Matrix(int(c.Int("l")), c.Floats("zy")))
			return a.Flat(), unitOf(typ) * p.Condition(s) * a.MaxAbs()
		}}
	dot := set{function: "fit.Moments.DotProduct", typ: typ, formula: "τ·ZᵀY/‖ZᵀY‖ (Frobenius)", source: "SNNK §3.4", columns: []string{"l", "zy", "tau"}, unit: "ulp", claim: 1, notes: "P Philox",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			zy := p.Floats(c.Floats("zy"))
			norm := p.Sqrt(p.Dot(zy, zy))
			for i, v := range zy {
				zy[i] = p.Quo(p.Mul(v, p.Float(c.Float("tau"))), norm)
			}
			return zy, 0
		}}
	for i, n := range []int{2, 3, 6} {
		d := draw(typ, uint64(1000+i))
		z := p.Matrix(n, d.uniform(2*n*n, -1, 1))
		for _, row := range z {
			row[n-1] = p.Int(1)
		}
		y := p.Matrix(2, d.uniform(4*n, -1, 1))
		zz, zy := rounded(p.MatMul(z.T(), z)), rounded(p.MatMul(z.T(), y))
		for _, lambda := range []float64{0x1p-20, 0x1p-3} {
			ridge.inputs = append(ridge.inputs, input{"P", []string{itoa(n), "2", floats(zz), floats(zy), float(lambda)}})
		}
		dot.inputs = append(dot.inputs, input{"P", []string{"2", floats(zy), float(d.uniform(1, 0, 4)[0])}})
	}
	f.sets = append(f.sets, ridge, dot)
	for _, typ := range types {
		f.sets = append(f.sets, monteCarloSet(typ))
	}
	return []file{f}
}

// rounded are the elements as float64.
func rounded(a bigref.Matrix) []float64 {
	var out []float64
	for _, v := range a.Flat() {
		f, _ := v.Float64()
		out = append(out, f)
	}
	return out
}

// monteCarloSet is the bundle of a network 3-2-2-1 with sine: both layers' features, Ψ₁ made
// of W₁·Ψ₀, and only the last Ψ kept. Errors of the first layer grow with the exponents of the second, which the
// unit leaves out.
func monteCarloSet(typ string) set {
	const d, m, hidden = 3, 4, 2
	s := set{function: "compress.MonteCarlo", typ: typ, source: "SNNK §3.4; doc of package urf",
		formula: "W₃·Ψ₁(W₂·Ψ₀(W₁, b₁), b₂)·Φ₁(Φ₀(x)) + b₃ with the towers of urf.URF, g0 and g1 of m rows each",
		columns: []string{"m", "d", "angle", "radius", "a", "xnorm", "wnorm", "mass", "kappa", "theta", "g0", "g1", "w1", "b1", "w2", "b2", "w3", "b3", "x"},
		unit:    "of u·Σ|W₃|·Σ|Ψ₁·Φ₁|", claim: by(typ, 2, 50), notes: "P Philox; angle 0: positive features, ½: bounded ones",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			v := waveOf(c, false)
			x := p.Floats(c.Floats("x"))
			z0 := v.phi(p.Matrix(d, c.Floats("g0")), x, c)
			psi0 := v.psi(p.Matrix(d, c.Floats("g0")), p.Matrix(d, c.Floats("w1")), p.Floats(c.Floats("b1")), c)
			w1 := p.MatMul(p.Matrix(hidden, c.Floats("w2")), psi0)
			v.d = len(z0) // the second layer reads the features
			g1 := p.Matrix(v.d, c.Floats("g1"))
			z1 := v.phi(g1, z0, c)
			psi1 := v.psi(g1, w1, p.Floats(c.Floats("b2")), c)
			sum, size := p.Float(c.Floats("b3")[0]), p.Int(0)
			for i, w := range p.Floats(c.Floats("w3")) {
				for j, q := range psi1[i] {
					t := p.Prod(w, q, z1[j])
					sum, size = p.Add(sum, t), p.Add(size, p.Abs(t))
				}
			}
			f, _ := size.Float64()
			return []*big.Float{sum}, unitOf(typ) * f
		}}
	n := draw(typ, 1100)
	for i, angle := range []float64{0.5, 0.5, 0, 0.25} {
		inputs := m
		if angle != 0 {
			inputs = 2 * m
		}
		g1 := projectionRows(typ, 8, m, inputs)
		s.inputs = append(s.inputs, input{"P", []string{itoa(m), itoa(d), float(angle), "0x1p+00", []string{"0x0p+00", "-0x1p-03"}[i%2], "0x1p+00", "0x1p+00", "0x1p+00", "0x1p+00", "-0x1.921fb54442d18p+00",
			floats(projectionRows(typ, 7, m, d)), floats(g1), floats(n.uniform(hidden*d, -0.5, 0.5)), floats(n.uniform(hidden, -1, 1)), floats(n.uniform(hidden*hidden, -0.5, 0.5)), floats(n.uniform(hidden, -1, 1)),
			floats(n.uniform(hidden, -1, 1)), floats(n.uniform(1, -1, 1)), floats(n.uniform(d, -0.5, 0.5))}})
	}
	return s
}

// phi is Φ of a row: Λ_g(ρz)·e^(−s)/√m, real parts, then imaginary ones if ρ is not real.
func (w wave) phi(gs bigref.Matrix, z []*big.Float, c *conformance.Case) []*big.Float {
	var re, im []*big.Float
	root := p.Sqrt(p.Int(len(gs)))
	for _, g := range gs {
		e := w.lambda(w.rho, g, z)
		e.re = p.Sub(e.re, w.shift(p.Float(c.Float("xnorm"))))
		v := e.exp()
		re, im = append(re, p.Quo(v.re, root)), append(im, p.Quo(v.im, root))
	}
	if c.Float("angle") != 0 {
		return append(re, im...)
	}
	return re
}

// psi is Ψ of weight rows and biases: mass·e^(i(κb+θ))·Λ_g(ηw)·e^s/√m, real parts, then
// minus the imaginary ones.
func (w wave) psi(gs, weights bigref.Matrix, b []*big.Float, c *conformance.Case) bigref.Matrix {
	root := p.Sqrt(p.Int(len(gs)))
	out := make(bigref.Matrix, len(weights))
	for i, row := range weights {
		var im []*big.Float
		for _, g := range gs {
			e := w.lambda(w.eta, g, row)
			e.re = p.Add(e.re, w.shift(p.Float(c.Float("xnorm"))))
			e.im = p.Add(e.im, p.Add(p.Mul(w.kappa, b[i]), w.theta))
			v := e.exp().scale(p.Quo(w.mass, root))
			out[i], im = append(out[i], v.re), append(im, p.Neg(v.im))
		}
		if c.Float("angle") != 0 {
			out[i] = append(out[i], im...)
		}
	}
	return out
}

// projectionRows is the library's iid projection of a seed, in the type of the set.
func projectionRows(typ string, seed uint64, m, d int) []float64 {
	if typ == "float32" {
		return projectionOf[float32](seed, m, d)
	}
	return projectionOf[float64](seed, m, d)
}

func projectionOf[T asm.Float](seed uint64, m, d int) []float64 {
	q, err := ortho.New[T](ortho.Spec{Kind: ortho.IID, Seed: seed, M: m, D: d})
	if err != nil {
		panic(err)
	}
	g := q.Dense(nil)
	var out []float64
	for i := range m {
		for _, v := range g.Row(i) {
			out = append(out, float64(v))
		}
	}
	return out
}
