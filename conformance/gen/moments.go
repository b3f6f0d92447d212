package main

import (
	"math/big"

	"nnk/conformance"
	"nnk/urf"
)

// momentFiles are the closed forms of means and variances, and spectra.
func momentFiles() []file {
	const typ = "float64"
	const unit = "of u·(|mean| + E(term)²/m·(1 + |ln E(term)²|)), u = 2⁻⁵³"
	// moments makes the results and the unit of a mean and a second moment.
	moments := func(mean, second *big.Float, m int) ([]*big.Float, float64) {
		variance := p.Quo(p.Sub(second, p.Mul(mean, mean)), p.Int(m))
		size, _ := p.Add(p.Abs(mean), p.Mul(p.Quo(second, p.Int(m)), p.Add(p.Int(1), p.Abs(p.Log(second))))).Float64()
		return []*big.Float{mean, variance}, unitOf(typ) * size
	}
	point := func(c *conformance.Case) (x, w, dot, b *big.Float) {
		return p.Float(c.Float("x")), p.Float(c.Float("w")), p.Float(c.Float("dot")), p.Float(c.Float("b"))
	}
	wavy := set{function: "urf.URF.Predict", typ: typ, formula: "mean mass·cos(κ(s+b)+θ) and variance (E(Re Z)² − mean²)/m, (E|Z|² + Re(e^(2i(κb+θ))·E Z²))·mass²/2", source: "doc of package urf",
		columns: []string{"m", "d", "angle", "radius", "a", "xnorm", "wnorm", "mass", "kappa", "theta", "x", "w", "dot", "b"}, unit: unit, claim: 8, notes: "D digits of π",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			v := waveOf(c, false)
			x, w, dot, _ := point(c)
			abs, square := v.moments(x, w, dot)
			s, co := p.Sincos(p.Scale(v.turn(c), 1))
			turned := square.mul(complexNumber{co, s})
			second := p.Prod(v.mass, v.mass, p.Scale(p.Add(abs, turned.re), -1))
			mean := p.Mul(v.mass, p.Cos(p.Add(p.Mul(p.Float(c.Float("kappa")), dot), v.turn(c))))
			return moments(mean, second, int(c.Int("m")))
		}}
	soft := set{function: "urf.SoftmaxKernel.Predict", typ: typ, formula: "mean e^(s+b) and variance (E(Λ(rx)·Λ(w/r))²·e^2b − mean²)/m", source: "doc of package urf",
		columns: []string{"m", "d", "radius", "a", "xnorm", "wnorm", "x", "w", "dot", "b"}, unit: unit, claim: 1, notes: "D digits of π",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			v := waveOf(c, true)
			x, w, dot, b := point(c)
			abs, _ := v.moments(x, w, dot)
			return moments(p.Exp(p.Add(dot, b)), p.Mul(abs, p.Exp(p.Scale(b, 1))), int(c.Int("m")))
		}}
	fourier := set{function: "urf.Fourier.Predict", typ: typ, formula: "mean k(r) and variance ((1 + k(2r))/2 + ½ − k(r)²)/m, without ½ for pairs; r = scaling·‖x−w‖", source: "Rahimi and Recht, NIPS 2007",
		columns: []string{"m", "d", "kernel", "scaling", "pairs", "x", "w", "dot", "b"}, unit: unit, claim: 4, notes: "D digits of π",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			x, w, dot, _ := point(c)
			r2 := p.Sub(p.Add(p.Mul(x, x), p.Mul(w, w)), p.Scale(dot, 1))
			r := p.Mul(p.Float(c.Float("scaling")), p.Sqrt(r2))
			k := kernel(c.Text("kernel"), r)
			second := p.Scale(p.Add(p.Int(1), kernel(c.Text("kernel"), p.Scale(r, 1))), -1)
			if c.Text("pairs") == "0" {
				second = p.Add(second, p.Float(0.5))
			}
			return moments(k, second, int(c.Int("m")))
		}}
	arc := set{function: "urf.ArcCos.Predict", typ: typ, formula: "mean (‖x‖‖w‖)ⁿ·J_n(θ)/π and variance (2·(‖x‖‖w‖)²ⁿ·J_2n(θ)/π − mean²)/m, n = order", source: "Cho and Saul, NIPS 2009",
		columns: []string{"m", "d", "order", "x", "w", "dot", "b"}, unit: "of u times the same sum at θ = 0, u = 2⁻⁵³", claim: 2, notes: "D digits of π; E equal, opposite and orthogonal vectors",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			x, w, dot, _ := point(c)
			norms := p.Mul(x, w)
			n := int(c.Int("order"))
			power := p.Int(1)
			for range n {
				power = p.Mul(power, norms)
			}
			both := func(cosine *big.Float) (mean, second *big.Float) {
				j := arcCosines(cosine)
				return p.Quo(p.Mul(power, j[n]), p.Pi()), p.Quo(p.Prod(p.Int(2), power, power, j[2*n]), p.Pi())
			}
			m := p.Int(int(c.Int("m")))
			mean, second := both(p.Quo(dot, norms))
			largeMean, largeSecond := both(p.Int(1))
			size, _ := p.Add(largeMean, p.Quo(largeSecond, m)).Float64()
			return []*big.Float{mean, p.Quo(p.Sub(second, p.Mul(mean, mean)), m)}, unitOf(typ) * size
		}}
	d := draw(typ, 820)
	for i, angle := range []float64{0, 0.5, 0.25, -0.25, 0.375} {
		for k, a := range []string{"0x0p+00", "-0x1p-02", "best"} {
			n := d.uniform(4, 0.25, 1.5)
			dot := float(in(typ, n[0]*n[1]*(n[2]-0.875)))
			line := []string{itoa(1 + 16*k), itoa(3 + 8*i), float(angle), float([]float64{0, 1.5}[i%2]), a, "0x1p+00", "0x1.8p+00", "0x1.4p+00", "0x1.921fb6p+00", "0x1.99999ap-02", float(n[0]), float(n[1]), dot, float(n[3] - 1)}
			wavy.inputs = append(wavy.inputs, input{"D", line})
			if i < 2 {
				soft.inputs = append(soft.inputs, input{"D", append([]string{line[0], line[1], line[3], a, line[5], line[6]}, line[10:]...)})
			}
		}
	}
	for i, k := range []string{"gaussian", "matern-1/2", "matern-3/2", "matern-5/2"} {
		for pairs := range 2 {
			n := d.uniform(3, 0.25, 1.5)
			fourier.inputs = append(fourier.inputs, input{"D", []string{itoa(1 + 9*i), "5", k, float(0.5 + float64(pairs)), itoa(pairs), float(n[0]), float(n[1]), float(in(typ, n[0]*n[1]*(n[2]-0.875))), "0x0p+00"}})
		}
	}
	for order := range 3 {
		for _, dot := range []float64{1.5, -1.5, 0, 0.75, -1.25, 0x1p-30} {
			arc.inputs = append(arc.inputs, input{"E", []string{"10", "4", itoa(order), "0x1p+00", "0x1.8p+00", float(dot), "0x0p+00"}})
		}
	}
	return []file{{name: "urf-moments.txt", sets: []set{wavy, soft, fourier, arc}}, spectrumFile()}
}

// kernel is a shift-invariant kernel at scaled distance r.
func kernel(name string, r *big.Float) *big.Float {
	one := p.Int(1)
	switch name {
	case "matern-1/2":
		return p.Exp(p.Neg(r))
	case "matern-3/2":
		t := p.Mul(p.Sqrt(p.Int(3)), r)
		return p.Mul(p.Add(one, t), p.Exp(p.Neg(t)))
	case "matern-5/2":
		t := p.Mul(p.Sqrt(p.Int(5)), r)
		return p.Mul(p.Sum(one, t, p.Quo(p.Mul(t, t), p.Int(3))), p.Exp(p.Neg(t)))
	}
	return p.Exp(p.Neg(p.Scale(p.Mul(r, r), -1)))
}

// arcCosines are J_0 … J_4 in closed form (Cho and Saul give the first three).
func arcCosines(c *big.Float) [5]*big.Float {
	theta := p.Acos(c)
	s2 := p.Sub(p.Int(1), p.Mul(c, c))
	s, rest := p.Sqrt(s2), p.Sub(p.Pi(), theta)
	c2 := p.Mul(c, c)
	c3 := p.Mul(c2, c)
	c4 := p.Mul(c2, c2)
	term := func(n int, v ...*big.Float) *big.Float { return p.Mul(p.Int(n), p.Prod(v...)) }
	return [5]*big.Float{
		rest,
		p.Add(s, p.Mul(rest, c)),
		p.Add(term(3, s, c), p.Mul(rest, p.Add(p.Int(1), term(2, c2)))),
		p.Sum(term(4, s), term(11, s, c2), p.Mul(rest, p.Add(term(9, c), term(6, c3)))),
		p.Sum(term(55, s, c), term(50, s, c3), p.Mul(rest, p.Sum(p.Int(9), term(72, c2), term(24, c4)))),
	}
}

// spectrumFile is the exact spectra by the functions that they give, and fitted ones.
func spectrumFile() file {
	const typ = "float64"
	functions := map[string]func(z *big.Float) *big.Float{
		"cos": p.Cos, "sin": p.Sin,
		"gaussian":  func(z *big.Float) *big.Float { return p.Exp(p.Neg(p.Scale(p.Mul(z, z), -1))) },
		"laplacian": func(z *big.Float) *big.Float { return p.Exp(p.Neg(p.Abs(z))) },
		"lorentzian": func(z *big.Float) *big.Float {
			return p.Quo(p.Int(1), p.Add(p.Int(1), p.Mul(z, z)))
		},
		"sech": func(z *big.Float) *big.Float { return p.Quo(p.Int(2), p.Add(p.Exp(z), p.Exp(p.Neg(z)))) },
		"sinc": func(z *big.Float) *big.Float {
			if z.Sign() == 0 {
				return p.Int(1)
			}
			return p.Quo(p.Sin(z), z)
		},
		"z-gaussian": func(z *big.Float) *big.Float { return p.Mul(z, p.Exp(p.Neg(p.Scale(p.Mul(z, z), -1)))) },
		"generalised-cauchy": func(z *big.Float) *big.Float {
			q := p.Add(p.Int(1), p.Mul(z, z))
			return p.Quo(p.Int(1), p.Mul(q, q))
		},
	}
	exact := set{function: "urf.ExactSpectrum", typ: typ, formula: "f(a·z) from its spectrum, by URF.Predict of x = 0 and b = z", source: "SNNK §3.1", columns: []string{"name", "a", "z"}, unit: "of 2⁻⁵³", claim: 0.75, notes: "B",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			return []*big.Float{functions[c.Text("name")](p.Mul(p.Float(c.Float("a")), p.Float(c.Float("z"))))}, unitOf(typ)
		}}
	for _, name := range urf.ExactNames() {
		for i, z := range []float64{-1.25, 3} {
			exact.inputs = append(exact.inputs, input{"B", []string{name, float([]float64{2, 0.75}[i]), float(z)}})
		}
	}
	fitted := set{function: "urf.FitSpectrum", typ: typ, formula: "constant, then mass, frequency 2πk/T and phase of each harmonic k, T = 2(hi−lo): least mean square on the midpoints of equal parts + λ·Σ mass²·e^(2κr)", source: "doc of package urf",
		columns: []string{"f", "lo", "hi", "lambda", "r", "harmonics", "points"}, unit: "of u·κ·max|result|, κ the condition of the normal equations, u = 2⁻⁵³", claim: 0.2, notes: "B", exact: fittedSpectrum}
	for _, c := range [][]string{
		{"relu", "-0x1p+01", "0x1p+01", "0x1p-10", "0x1p+00", "3", "16"},
		{"relu", "-0x1p+01", "0x1.8p+02", "0x1p-05", "0x1p-01", "5", "32"},
		{"silu", "-0x1p+02", "0x1p+02", "0x1p-14", "0x1p-01", "4", "16"},
		{"tanh", "-0x1p+00", "0x1.8p+01", "0x1p-08", "0x1p+00", "2", "8"},
	} {
		fitted.inputs = append(fitted.inputs, input{"B", c})
	}
	return file{name: "urf-spectra.txt", sets: []set{exact, transformSet(), fitted}}
}

// transformSet is the transforms of the functions with a continuous spectrum, in closed form.
func transformSet() set {
	const typ = "float64"
	// Each returns F(ξ) of f, real or imaginary, and the exponent in it: rounding an
	// argument of the exponential costs as many units.
	type transform func(xi *big.Float) (f, exponent *big.Float)
	square := func(xi *big.Float) *big.Float { return p.Prod(p.Int(2), p.Pi(), p.Pi(), xi, xi) } // 2π²ξ²
	exponential := func(x *big.Float) *big.Float { return p.Exp(p.Neg(x)) }
	transforms := map[string]transform{
		"gaussian": func(xi *big.Float) (f, e *big.Float) {
			return p.Mul(p.Sqrt(p.Scale(p.Pi(), 1)), exponential(square(xi))), square(xi)
		},
		"laplacian": func(xi *big.Float) (f, e *big.Float) {
			return p.Quo(p.Int(2), p.Add(p.Int(1), p.Scale(square(xi), 1))), p.Int(0)
		},
		"lorentzian": func(xi *big.Float) (f, e *big.Float) {
			e = p.Prod(p.Int(2), p.Pi(), p.Abs(xi))
			return p.Mul(p.Pi(), exponential(e)), e
		},
		"sech": func(xi *big.Float) (f, e *big.Float) {
			e = p.Prod(p.Pi(), p.Pi(), p.Abs(xi))
			return p.Quo(p.Scale(p.Pi(), 1), p.Add(p.Exp(e), exponential(e))), e
		},
		"sinc": func(xi *big.Float) (f, e *big.Float) {
			if p.Prod(p.Int(2), p.Pi(), p.Abs(xi)).Cmp(p.Int(1)) > 0 {
				return p.Int(0), p.Int(0)
			}
			return p.Pi(), p.Int(0)
		},
		"z-gaussian": func(xi *big.Float) (f, e *big.Float) { // times −i
			c := p.Scale(p.Pi(), 1)
			return p.Prod(p.Sqrt(c), c, xi, exponential(square(xi))), square(xi)
		},
		"generalised-cauchy": func(xi *big.Float) (f, e *big.Float) {
			e = p.Prod(p.Int(2), p.Pi(), p.Abs(xi))
			return p.Prod(p.Scale(p.Pi(), -1), p.Add(p.Int(1), e), exponential(e)), e
		},
	}
	s := set{function: "urf.Spectrum.Transform", typ: typ, formula: "F(ξ) = ∫ f(a·z)·e^(−2πiξz) dz, real and imaginary part", source: "SNNK §3.1", columns: []string{"name", "a", "xi"},
		unit: "of u·(1+e)·max|result|, e what the exponential in the closed form is of, u = 2⁻⁵³", claim: 4, notes: "B",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			a := p.Float(c.Float("a"))
			f, e := transforms[c.Text("name")](p.Quo(p.Float(c.Float("xi")), a))
			want := []*big.Float{p.Quo(f, a), p.Int(0)}
			if c.Text("name") == "z-gaussian" {
				want[0], want[1] = want[1], p.Neg(want[0])
			}
			exponent, _ := e.Float64()
			return want, unitOf(typ) * (1 + exponent) * max(largestOf(want), 0x1p-1000)
		}}
	for _, name := range urf.ExactNames() {
		if transforms[name] == nil { // atoms alone
			continue
		}
		for i, xi := range []float64{0, 0.05, -0.1, 0.3, -0.7, 1.5} {
			s.inputs = append(s.inputs, input{"B", []string{name, float([]float64{1, 0.75}[i%2]), float(xi)}})
		}
	}
	return s
}

// fittedSpectrum solves the penalised normal equations of all harmonics at once.
func fittedSpectrum(c *conformance.Case) ([]*big.Float, float64) {
	lo, hi := p.Float(c.Float("lo")), p.Float(c.Float("hi"))
	n, k := int(c.Int("points")), int(c.Int("harmonics"))
	width := p.Sub(hi, lo)
	middle := p.Scale(p.Add(lo, hi), -1)
	f := activation(c.Text("f"))
	var rows [][]*big.Float // of 1, cos, …, sin, …
	var y [][]*big.Float
	for i := range n {
		u := p.Mul(width, p.Ratio(2*i+1-n, 2*n))
		row := []*big.Float{p.Int(1)}
		var sines []*big.Float
		for j := 1; j <= k; j++ { // κ·u = 2πj/(2·width)·u = π·j·(2i+1−n)/(2n)
			s, co := p.SincosPi(j*(2*i+1-n), 2*n)
			row, sines = append(row, co), append(sines, s)
		}
		rows = append(rows, append(row, sines...))
		y = append(y, []*big.Float{f(p.Add(middle, u))})
	}
	kappa := func(j int) *big.Float { return p.Quo(p.Mul(p.Int(j), p.Pi()), width) }
	gram := p.MatMul(transpose(rows), rows)
	for j := 1; j <= k; j++ {
		penalty := p.Prod(p.Float(c.Float("lambda")), p.Int(n), p.Exp(p.Prod(p.Int(2), kappa(j), p.Float(c.Float("r")))))
		gram[j][j] = p.Add(gram[j][j], penalty)
		gram[k+j][k+j] = p.Add(gram[k+j][k+j], penalty)
	}
	a := p.Solve(gram, p.MatMul(transpose(rows), y))
	out := []*big.Float{a[0][0]}
	for j := 1; j <= k; j++ { // a·cos + b·sin = r·cos(κu + θ), θ = atan2(−b, a)
		re, im := a[j][0], p.Neg(a[k+j][0])
		mass := p.Sqrt(p.Add(p.Mul(re, re), p.Mul(im, im)))
		out = append(out, mass, kappa(j), p.Sub(p.Atan2(im, re), p.Mul(kappa(j), middle)))
	}
	return out, unitOf("float64") * p.Condition(gram) * largestOf(out)
}

func transpose(a [][]*big.Float) [][]*big.Float {
	t := make([][]*big.Float, len(a[0]))
	for i := range t {
		for j := range a {
			t[i] = append(t[i], a[j][i])
		}
	}
	return t
}
