package main

import (
	"math/big"

	"nnk/conformance"
)

// wave is what a case says of universal random features of one wave.
type wave struct {
	rho, eta complexNumber // ρη = iκ, or 1 for the exponential
	a        *big.Float
	mass     *big.Float
	kappa    *big.Float
	theta    *big.Float
	d        int
}

// waveOf reads a case; softmax is the exponential kernel, ρ = r, η = 1/r.
func waveOf(c *conformance.Case, softmax bool) wave {
	zero := p.Int(0)
	w := wave{d: int(c.Int("d")), mass: p.Int(1), theta: zero}
	x, v := p.Float(c.Float("xnorm")), p.Float(c.Float("wnorm"))
	kappa := p.Int(1)
	if !softmax {
		kappa = p.Float(c.Float("kappa"))
	}
	w.kappa = kappa
	r := p.Float(c.Float("radius"))
	if r.Sign() == 0 {
		r = p.Sqrt(p.Quo(p.Mul(kappa, v), x))
	}
	if softmax {
		w.rho, w.eta = complexNumber{r, zero}, complexNumber{p.Quo(kappa, r), zero}
	} else {
		w.mass = p.Float(c.Float("mass"))
		w.theta = p.Float(c.Float("theta"))
		// Angles are multiples of 1/8 of π.
		s, co := p.SincosPi(int(c.Float("angle")*8), 8)
		w.rho = complexNumber{co, s}.scale(r)
		w.eta = complexNumber{s, co}.scale(p.Quo(kappa, r))
	}
	if c.Text("a") == "best" {
		// A = (1 − 1/t)/8 at φ = ‖Re(ρ)x + Re(η)w‖² for orthogonal x and w of the typical norms.
		phi := p.Add(p.Prod(w.rho.re, w.rho.re, x, x), p.Prod(w.eta.re, w.eta.re, v, v))
		d := p.Int(w.d)
		s := p.Add(p.Scale(phi, 1), d)
		root := p.Sqrt(p.Add(p.Mul(s, s), p.Prod(p.Int(8), d, phi)))
		t := p.Quo(p.Sub(root, s), p.Scale(phi, 2))
		w.a = p.Scale(p.Sub(p.Int(1), p.Quo(p.Int(1), t)), -3)
	} else {
		w.a = p.Float(c.Float("a"))
	}
	return w
}

// turn is κb + θ.
func (w wave) turn(c *conformance.Case) *big.Float {
	return p.Add(p.Mul(w.kappa, p.Float(c.Float("b"))), w.theta)
}

// lambda is Λ_g(s·z) = (1−4A)^(d/4)·exp(A‖g‖² + √(1−4A)·s·gᵀz − s²·zᵀz/2), as its exponent.
func (w wave) lambda(s complexNumber, g, z []*big.Float) complexNumber {
	four := p.Sub(p.Int(1), p.Scale(w.a, 2))
	real := p.Add(p.Mul(p.Ratio(w.d, 4), p.Log(four)), p.Mul(w.a, p.Dot(g, g)))
	e := complexNumber{real, p.Int(0)}
	e = e.add(s.scale(p.Mul(p.Sqrt(four), p.Dot(g, z))))
	return e.add(s.mul(s).scale(p.Neg(p.Scale(p.Dot(z, z), -1))))
}

// shift is the mean exponent of Φ at the typical norms, which the library moves to Ψ so
// that both are of the size of 1: E ln|Λ| + its variance's part ‖Re ρ‖²(1−4A)·X²/2.
func (w wave) shift(x *big.Float) *big.Float {
	four := p.Sub(p.Int(1), p.Scale(w.a, 2))
	square := w.rho.mul(w.rho)
	inner := p.Sub(p.Prod(w.rho.re, w.rho.re, four), square.re)
	return p.Sum(p.Mul(p.Ratio(w.d, 4), p.Log(four)), p.Mul(w.a, p.Int(w.d)), p.Scale(p.Prod(inner, x, x), -1))
}

// moments are E|Z|² and E Z² of Z = Λ(ρx)·Λ(ηw).
func (w wave) moments(x, v, dot *big.Float) (abs *big.Float, square complexNumber) {
	four, eight := p.Sub(p.Int(1), p.Scale(w.a, 2)), p.Sub(p.Int(1), p.Scale(w.a, 3))
	d := p.Int(w.d)
	scale := p.Sub(p.Mul(d, p.Log(four)), p.Mul(p.Scale(d, -1), p.Log(eight)))
	stretch := p.Quo(p.Scale(four, 1), eight)
	x2, v2 := p.Mul(x, x), p.Mul(v, v)
	phi := p.Sum(p.Prod(w.rho.re, w.rho.re, x2), p.Prod(w.eta.re, w.eta.re, v2), p.Prod(p.Int(2), w.rho.re, w.eta.re, dot))
	squares := w.rho.mul(w.rho).scale(x2).add(w.eta.mul(w.eta).scale(v2))
	abs = p.Exp(p.Sum(scale, p.Mul(stretch, phi), p.Neg(squares.re)))
	bilinear := squares.add(w.rho.mul(w.eta).scale(p.Scale(dot, 1)))
	e := complexNumber{scale, p.Int(0)}.add(bilinear.scale(stretch)).add(squares.scale(p.Int(-1)))
	return abs, e.exp()
}

// featureFiles are Λ_g, the features and the estimates for given g and κ.
func featureFiles() []file {
	f := file{name: "urf-features.txt"}
	for _, typ := range types {
		const d, m = 3, 4
		g := floats(projectionRows(typ, 7, m, d))
		root := p.Sqrt(p.Int(m))
		source := "SNNK §3.1–3.2, arXiv 2310.13225; A: Likhosherstov et al., NeurIPS 2022"
		phi := set{function: "urf.URF.Phi", typ: typ, source: source, formula: "Λ_g(ρx)·e^(−s)/√m for each row g: ρ = r·e^(iπ·angle), s the mean exponent at the typical norms; first all real parts, if angle ≠ 0 then all imaginary ones",
			columns: []string{"m", "d", "angle", "radius", "a", "xnorm", "wnorm", "mass", "kappa", "theta", "b", "g", "x"}, unit: "of u·max|Φ|", claim: by(typ, 10, 8), notes: "D digits of π",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				w, gs, x := waveOf(c, false), p.Matrix(d, c.Floats("g")), p.Floats(c.Floats("x"))
				z := w.phi(gs, x, c)
				return z, unitOf(typ) * largestOf(z)
			}}
		estimate := func(name, formula string, softmax bool, claim float64, columns []string) set {
			return set{function: name, typ: typ, source: source, formula: formula, columns: columns, unit: "of u·Σ|Λ(ρx)·Λ(ηw)·mass|/m", claim: claim, notes: "D digits of π",
				exact: func(c *conformance.Case) ([]*big.Float, float64) {
					v, gs, x, w := waveOf(c, softmax), p.Matrix(d, c.Floats("g")), p.Floats(c.Floats("x")), p.Floats(c.Floats("w"))
					sum, size := p.Int(0), p.Int(0)
					for _, row := range gs {
						e := v.lambda(v.rho, row, x).add(v.lambda(v.eta, row, w))
						if softmax {
							e.re = p.Add(e.re, p.Float(c.Float("b")))
						}
						if !softmax {
							e.im = p.Add(e.im, v.turn(c))
						}
						sum = p.Add(sum, p.Mul(v.mass, e.exp().re))
						size = p.Add(size, p.Mul(v.mass, p.Exp(e.re)))
					}
					f, _ := p.Quo(size, p.Int(m)).Float64()
					return []*big.Float{p.Quo(sum, p.Int(m))}, unitOf(typ) * f
				}}
		}
		est := estimate("urf.URF estimate", "mass/m·Σ Re(e^(i(κb+θ))·Λ_g(ρx)·Λ_g(ηw)), ρ = r·e^(iπ·angle), η = κ/r·e^(iπ(½−angle)); r = 0 means r² = κ·wnorm/xnorm", false, by(typ, 5, 6), append(phi.columns[:len(phi.columns):len(phi.columns)], "w"))
		soft := estimate("urf.SoftmaxKernel estimate", "e^b/m·Σ Λ_g(rx)·Λ_g(w/r)", true, by(typ, 6, 4), []string{"m", "d", "radius", "a", "xnorm", "wnorm", "b", "g", "x", "w"})
		n := draw(typ, 800)
		for i, angle := range []float64{0, 0.5, 0.25, -0.25, 0.125} {
			for _, a := range []string{"0x0p+00", "-0x1p-02", "best"} {
				x, w, b := n.uniform(d, -1, 1), n.uniform(d, -1, 1), n.uniform(1, -1, 1)
				line := []string{itoa(m), itoa(d), float(angle), float([]float64{0, 1.5}[i%2]), a, "0x1p+00", "0x1.8p+00", "0x1.4p+00", "0x1.921fb6p+00", "0x1.99999ap-02", floats(b), g, floats(x)}
				if i != 3 {
					phi.inputs = append(phi.inputs, input{"D", line})
				}
				est.inputs = append(est.inputs, input{"D", append(line[:len(line):len(line)], floats(w))})
				if i < 2 {
					soft.inputs = append(soft.inputs, input{"D", []string{itoa(m), itoa(d), line[3], a, line[5], line[6], floats(b), g, floats(x), floats(w)}})
				}
			}
		}
		relu := func(name, formula string, columns []string, claim float64, of func(c *conformance.Case, h *big.Float) *big.Float) set {
			return set{function: name, typ: typ, formula: formula, columns: append([]string{"m", "d"}, append(columns, "g", "x")...), unit: "of u·max|g|·max|x|·d·max|Φ′|", claim: claim, notes: "D digits of π",
				exact: func(c *conformance.Case) ([]*big.Float, float64) {
					x := p.Floats(c.Floats("x"))
					var out []*big.Float
					for _, row := range p.Matrix(d, c.Floats("g")) {
						out = append(out, of(c, p.Dot(row, x)))
					}
					return out, unitOf(typ) * largestOf(p.Floats(c.Floats("g"))) * largestOf(x) * d
				}}
		}
		leaky := relu("urf.ReLU.Phi", "max(h, floor)/√m, below the floor with slope: (floor + slope·(h − floor))/√m; h = Gx", []string{"floor", "slope"}, by(typ, 0.4, 0.1), func(c *conformance.Case, h *big.Float) *big.Float {
			floor, slope := p.Float(c.Float("floor")), p.Float(c.Float("slope"))
			if h.Cmp(floor) < 0 {
				h = p.Add(floor, p.Mul(slope, p.Sub(h, floor)))
			}
			return p.Quo(h, root)
		})
		arc := relu("urf.ArcCos.Phi", "√(2/m)·max(h, 0)ⁿ, n = order (0: 1 if h > 0); h = Gx", []string{"order"}, by(typ, 0.4, 0.2), func(c *conformance.Case, h *big.Float) *big.Float {
			unit := p.Sqrt(p.Quo(p.Int(2), p.Int(m)))
			if h.Sign() <= 0 {
				return p.Int(0)
			}
			for range c.Int("order") {
				unit = p.Mul(unit, h)
			}
			return unit
		})
		for i := range 3 {
			x := floats(n.uniform(d, -1, 1))
			leaky.inputs = append(leaky.inputs, input{"D", []string{itoa(m), itoa(d), float([]float64{0, -0.25, 0.125}[i]), float([]float64{0, 0.125, 0}[i]), g, x}})
			arc.inputs = append(arc.inputs, input{"D", []string{itoa(m), itoa(d), itoa(i), g, x}})
		}
		f.sets = append(f.sets, phi, est, soft, leaky, arc)
	}
	return []file{f}
}

// largestOf is the largest absolute value.
func largestOf(x []*big.Float) float64 {
	worst := 0.0
	for _, v := range x {
		f, _ := p.Abs(v).Float64()
		worst = max(worst, f)
	}
	return worst
}
