package main

import (
	"math/big"
	"slices"
	"strings"

	"nnk/conformance"
	"nnk/rng/ortho"
	"nnk/urf"
)

// The streams of package urf, as the table in package rng has them.
const (
	urfTag = 0x75726600 << 32

	urfPhases = urfTag + iota - 1
	urfBiases
	urfFrequencies
	urfOrder
	urfMatern
	urfCauchy
	urfDegrees
)

// mapFiles are whole maps from their texts, with all that is drawn for them, and models.
func mapFiles() []file {
	f := file{name: "urf-maps.txt"}
	for _, typ := range types {
		phi := set{function: "urf.Map.Phi", typ: typ, formula: "Φ(x) of the map of a text, ~ for blanks in it", columns: []string{"map", "x"}, source: "docs of packages urf and rng/ortho",
			unit: "of u·κ·s, κ as for ortho.Rows, s the largest feature times 1 + what its function is of, with absolute values", claim: by(typ, 1, 2), notes: "B",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				m := mapFor(c.Text("map"), typ)
				out, size := m.phi(p.Floats(c.Floats("x")))
				return out, unitOf(typ) * size
			}}
		psi := set{function: "urf.Towers.Psi", typ: typ, formula: "Ψ(w, b) of the map of a text", columns: []string{"map", "w", "b"}, source: phi.source, unit: phi.unit + ", of Ψ", claim: by(typ, 0.6, 0.3), notes: "B",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				m := mapFor(c.Text("map"), typ)
				s := m.spec.(urf.Maclaurin)
				out, size := m.products(p.Floats(c.Floats("w")), shifted(p.Floats(s.Coefficients), p.Float(c.Float("b"))))
				return out, unitOf(typ) * size
			}}
		series := psi
		series.function, series.formula, series.columns = "urf.SeriesTowers.PsiSeries", "Ψ(w) with the series a_0, a_1, … of wᵀx", []string{"map", "w", "series"}
		series.exact = func(c *conformance.Case) ([]*big.Float, float64) {
			out, size := mapFor(c.Text("map"), typ).products(p.Floats(c.Floats("w")), p.Floats(c.Floats("series")))
			return out, unitOf(typ) * size
		}
		n := draw(typ, 1300)
		for _, text := range []string{
			"fourier(kernel=gaussian,scale=0.5) on hadamard(seed=7,m=80,d=3,select=3+17+66)",
			"fourier(kernel=gaussian,scale=2,pairs=true,linear=1+2,slope=0.25,constant=true) on sobol(seed=7,m=3,d=3)",
			"fourier(kernel=matern-3/2) on block(seed=1,m=4,d=3)",
			"fourier(kernel=matern-5/2,pairs=true) on iid(seed=2,m=3,d=2,select=0+2)",
			"fourier(kernel=matern-1/2) on simplex(seed=1,m=4,d=3)",
			"fourier(kernel=laplacian,scale=0.25) on iid(seed=7,m=4,d=3)",
			"fourier(kernel=gaussian) on pursuit(seed=7,m=2,d=3,atoms=64,terms=2,base=-6,codes=" + pursuitCodes + ")",
			"relu(scale=0.5,bias=0.25) on hadamard(seed=7,m=4,d=5)",
			"relu(floor=-0.25,slope=0.125,constant=true) on halton(seed=7,m=3,d=3)",
			"arccos(order=1,bias=0.5) on pursuit(seed=7,m=2,d=3,atoms=64,terms=2,base=-6,codes=" + pursuitCodes + ")",
			"arccos(order=0,bias=0.5) on sparse(seed=7,m=5,d=5)",
			"arccos(order=1,constant=true) on hadamard(seed=7,m=70,d=3,select=1+69)",
			"arccos(order=2,scale=2) on block(seed=7,m=4,d=3)",
			"maclaurin(coefficients=0.5 1 0.25 0 -0.125) on iid(seed=7,m=5,d=3)",
			"maclaurin(coefficients=0 1 0.5,shares=3+2) on hadamard(seed=7,m=5,d=3,select=0+2+4)",
			"softmax(a=-0.25) on iid(seed=7,m=4,d=3)",
			"softmax(xnorm=0.5,wnorm=2) on hadamard(seed=7,m=4,d=3)",
			"urf(spectrum=0.5 1:1:0 0.25:2:0.5,a=-0.125) on iid(seed=7,m=6,d=3,select=0+2+5)",
			"urf(spectrum=0 1:1:0 0.25:2:0.5 linear:0.5,angle=0.25,xnorm=2,cosine=0.5) on block(seed=7,m=3,d=3)",
			"urf(spectrum=0 0.5:1:0 0.5:2:0.5,angle=0.5,proportional=true,independent=true) on iid(seed=7,m=5,d=2)",
		} {
			d := parsedMap(text).Base().D
			phi.inputs = append(phi.inputs, input{"B", []string{strings.ReplaceAll(text, " ", "~"), floats(n.uniform(d, -1, 1))}})
		}
		for _, text := range []string{
			"maclaurin(coefficients=0.5 1 0.25 0 -0.125,bias=true) on iid(seed=7,m=6,d=3)",
			"maclaurin(coefficients=0 1 0.5,shares=3+2) on hadamard(seed=7,m=5,d=3)",
		} {
			text = strings.ReplaceAll(text, " ", "~")
			psi.inputs = append(psi.inputs, input{"B", []string{text, floats(n.uniform(3, -1, 1)), floats(n.uniform(1, -1, 1))}})
			series.inputs = append(series.inputs, input{"B", []string{text, floats(n.uniform(3, -1, 1)), floats(n.uniform(4, -1, 1))}})
		}
		f.sets = append(f.sets, phi, psi, series)
	}
	return []file{f}
}

func parsedMap(text string) urf.Spec {
	s, err := urf.ParseSpec(strings.ReplaceAll(text, "~", " "))
	if err != nil {
		panic(err)
	}
	return s
}

// exactMap is a map without rounding.
type exactMap struct {
	spec urf.Spec
	typ  string
	g    exactProjection // of maps that have one
	kept []int
}

func mapFor(text, typ string) exactMap {
	m := exactMap{spec: parsedMap(text), typ: typ}
	m.kept = rowsKept(m.spec.Base())
	if _, ok := m.spec.(urf.Maclaurin); !ok {
		m.g = projectionAt(m.spec.Base(), typ)
	}
	return m
}

// phi is Φ(x), and the size of the error's unit.
func (m exactMap) phi(x []*big.Float) ([]*big.Float, float64) {
	switch s := m.spec.(type) {
	case urf.ReLU:
		return m.rectified(x, s.Scale, s.Bias, s.Constant, 1, func(h *big.Float) *big.Float {
			if floor := p.Float(s.Floor); h.Cmp(floor) < 0 {
				h = p.Add(floor, p.Mul(p.Float(s.Slope), p.Sub(h, floor)))
			}
			return p.Quo(h, p.Sqrt(p.Int(s.Projection.M)))
		})
	case urf.ArcCos:
		return m.rectified(x, s.Scale, s.Bias, s.Constant, s.Order, func(h *big.Float) *big.Float {
			if h.Sign() <= 0 {
				return p.Int(0)
			}
			unit := p.Sqrt(p.Ratio(2, s.Projection.M))
			for range s.Order {
				unit = p.Mul(unit, h)
			}
			return unit
		})
	case urf.Fourier:
		return m.fourier(s, x)
	case urf.Maclaurin:
		ones := make([]*big.Float, 64)
		for i := range ones {
			ones[i] = p.Int(1)
		}
		return m.products(x, ones)
	case urf.SoftmaxKernel:
		return m.universal(m.softmaxPairs(s), p.Float(orOne(s.Typical.XNorm)), x, false, false)
	}
	s := m.spec.(urf.URF)
	return m.universal(m.wavePairs(s), p.Float(orOne(s.Typical.XNorm)), x, s.Spectrum.Slope != 0, s.Spectrum.Slope != 0 || s.Spectrum.Constant != 0)
}

func orOne(v float64) float64 {
	if v == 0 {
		return 1
	}
	return v
}

// heights are G·(scale·x), and Σ|G|·|x| at most.
func (m exactMap) heights(x []*big.Float, scale float64) ([]*big.Float, float64) {
	scaled := make([]*big.Float, len(x))
	for j, v := range x {
		scaled[j] = p.Mul(v, p.Float(orOne(scale)))
	}
	return m.g.times(scaled), m.g.rows.MaxAbs() * sumOfAbs(scaled) * m.g.condition
}

// offsets are one number for each row that is kept: of kind Pursuit, the offset that its codes have.
func (m exactMap) offsets(of func(i int) *big.Float, coded func(offset uint8) *big.Float) []*big.Float {
	out, s := make([]*big.Float, len(m.kept)), m.spec.Base()
	for k, i := range m.kept {
		if s.Kind == ortho.Pursuit {
			out[k] = coded(s.Offset(i))
		} else {
			out[k] = of(i)
		}
	}
	return out
}

func (m exactMap) rectified(x []*big.Float, scale, bias float64, constant bool, order int, f func(h *big.Float) *big.Float) ([]*big.Float, float64) {
	h, size := m.heights(x, scale)
	n := m.offsets(func(i int) *big.Float { return streamOf(m.spec.Base().Seed, urfBiases).normal("float64", uint64(i)) },
		func(offset uint8) *big.Float { return p.Ratio(int(int8(offset)), 32) })
	size += bias * largestOf(n)
	out := make([]*big.Float, len(h))
	for i := range h {
		out[i] = f(p.Add(h[i], p.Mul(p.Float(bias), n[i])))
	}
	power := 1.0
	for range order {
		power *= size
	}
	if order == 0 { // a step: the same or another
		size, power = 1, 1
	}
	if constant {
		out = append(out, p.Int(1))
	}
	return out, power
}

func (m exactMap) fourier(s urf.Fourier, x []*big.Float) ([]*big.Float, float64) {
	q := s.Projection
	if s.Kernel == urf.Laplacian {
		for k, i := range m.kept {
			for j := range q.D {
				si, co := p.Sincos(p.Mul(p.Pi(), streamOf(q.Seed, urfCauchy).open(m.typ, uint64(i*q.D+j))))
				m.g.rows[k][j] = p.Quo(si, co)
			}
		}
	}
	h, size := m.heights(x, s.Scale)
	if f := map[urf.Kernel]int{urf.Matern12: 1, urf.Matern32: 3, urf.Matern52: 5}[s.Kernel]; f > 0 {
		longest := 0.0
		for k, i := range m.kept {
			factor := p.Quo(p.Sqrt(p.Int(f)), streamOf(q.Seed, urfMatern).chi("float64", i, f))
			h[k] = p.Mul(h[k], factor)
			v, _ := factor.Float64()
			longest = max(longest, v)
		}
		size *= longest
	}
	size++
	var out []*big.Float
	if s.Pairs {
		unit := p.Quo(p.Int(1), p.Sqrt(p.Int(q.M)))
		for _, f := range []func(*big.Float) *big.Float{p.Cos, p.Sin} {
			for _, v := range h {
				out = append(out, p.Mul(unit, f(v)))
			}
		}
	} else {
		unit, turn := p.Sqrt(p.Ratio(2, q.M)), p.Mul(p.Int(2), p.Pi())
		phases := m.offsets(func(i int) *big.Float { return ratio(streamOf(q.Seed, urfPhases).number(uint64(i))>>11, 0, 53) },
			func(offset uint8) *big.Float { return p.Ratio(int(offset), 256) })
		for i, v := range h {
			out = append(out, p.Mul(unit, p.Cos(p.Add(v, p.Mul(turn, phases[i])))))
		}
		size += 6
	}
	for _, j := range s.Linear {
		out = append(out, p.Prod(x[j], p.Float(orOne(s.Scale)), p.Float(orOne(s.Slope))))
	}
	if s.Constant {
		out = append(out, p.Int(1))
	}
	return out, size
}

// products are a series' features of x, times the coefficients of their degrees.
func (m exactMap) products(x, coefficients []*big.Float) ([]*big.Float, float64) {
	s := m.spec.(urf.Maclaurin)
	q, degrees, shares := s.Projection, m.degrees(s), map[int]int{}
	for _, n := range degrees {
		shares[n]++
	}
	at := func(n int) *big.Float {
		if n < len(coefficients) {
			return coefficients[n]
		}
		return p.Int(0)
	}
	out, sizes := make([]*big.Float, len(m.kept)), make([]float64, len(m.kept))
	for k := range out {
		out[k], sizes[k] = p.Int(1), 1
	}
	for t := range degrees[0] {
		level := q
		level.Seed, level.Select, level.M = streamOf(q.Seed, urfDegrees).number(uint64(t)), nil, 0
		for i, n := range degrees {
			if n > t {
				level.M = i + 1
			}
		}
		for _, i := range m.kept {
			if i < level.M {
				level.Select = append(level.Select, i)
			}
		}
		if level.Select == nil {
			break
		}
		g := projectionAt(level, m.typ)
		for k, h := range g.times(x) {
			out[k] = p.Mul(out[k], h)
			sizes[k] *= g.rows.MaxAbs() * sumOfAbs(x) * g.condition
		}
	}
	size := 0.0
	for k, i := range m.kept {
		n := degrees[i]
		unit := p.Quo(at(n), p.Sqrt(p.Int(shares[n])))
		out[k] = p.Mul(out[k], unit)
		size = max(size, sizes[k]*largestOf([]*big.Float{unit}))
	}
	for _, v := range x {
		out = append(out, p.Mul(v, at(1)))
	}
	return append(out, at(0)), size + largestOf(out)
}

// degrees are those of the rows, the highest first.
func (m exactMap) degrees(s urf.Maclaurin) []int {
	highest := max(len(s.Coefficients)-1, len(s.Shares)+1)
	var random []int
	var weights []*big.Float
	x, w := p.Float(orOne(s.Typical.XNorm)), p.Float(orOne(s.Typical.WNorm))
	xw := p.Mul(x, w)
	dot := p.Mul(xw, p.Float(s.Typical.Cosine))
	one, zero := p.Add(p.Mul(xw, xw), p.Prod(p.Int(2), dot, dot)), p.Mul(dot, dot)
	for n := highest; n >= 2; n-- {
		if a := append(slices.Clone(s.Coefficients), make([]float64, highest)...)[n]; s.Bias || s.Shares != nil || a != 0 {
			second, square := p.Int(1), p.Int(1)
			for range n {
				second, square = p.Mul(second, one), p.Mul(square, zero)
			}
			random, weights = append(random, n), append(weights, p.Mul(p.Abs(p.Float(a)), p.Sqrt(p.Sub(second, square))))
		}
	}
	shares := slices.Clone(s.Shares)
	slices.Reverse(shares)
	if shares == nil {
		shares = allotted(s.Projection.M, weights)
	}
	var degrees []int
	for k, n := range random {
		degrees = append(degrees, slices.Repeat([]int{n}, shares[k])...)
	}
	return degrees
}

// allotted shares m rows among weights: one each, and the rest in proportion, what is left over to the largest remainders.
func allotted(m int, weights []*big.Float) []int {
	sum, left := p.Sum(weights...), m-len(weights)
	counts, rests := make([]int, len(weights)), make([]*big.Float, len(weights))
	rest := left
	for k, w := range weights {
		share := p.Quo(p.Mul(p.Int(rest), w), sum)
		whole, _ := share.Int64()
		n := min(int(whole), left)
		counts[k], rests[k] = 1+n, p.Sub(share, p.Int(n))
		left -= n
	}
	for ; left > 0; left-- {
		best := 0
		for k, r := range rests {
			if r.Cmp(rests[best]) > 0 {
				best = k
			}
		}
		counts[best]++
		rests[best] = p.Int(-1)
	}
	return counts
}

// shifted are the coefficients in t of the series a in t + b.
func shifted(a []*big.Float, b *big.Float) []*big.Float {
	c := slices.Clone(a)
	for i := range c {
		for k := len(c) - 2; k >= i; k-- {
			c[k] = p.Add(c[k], p.Mul(b, c[k+1]))
		}
	}
	return c
}

// rowPair is ρ and A of a row of universal features.
type rowPair struct {
	rho, eta complexNumber
	a        *big.Float
}

// universal are Λ_g(ρx)·e^(−s)/√m of the rows, s the mean exponent over all of them.
func (m exactMap) universal(rows []rowPair, norm *big.Float, x []*big.Float, linear, constant bool) ([]*big.Float, float64) {
	q, root := m.spec.Base(), p.Sqrt(p.Int(m.spec.Base().M))
	shift, complexRows := p.Int(0), false
	for _, r := range rows {
		w := wave{rho: r.rho, a: r.a, d: q.D}
		shift = p.Add(shift, w.shift(norm))
		complexRows = complexRows || r.rho.im.Sign() != 0
	}
	shift = p.Quo(shift, p.Int(len(rows)))
	var re, im []*big.Float
	exponents := 0.0
	for k, i := range m.kept {
		w := wave{rho: rows[i].rho, a: rows[i].a, d: q.D}
		e := w.lambda(w.rho, m.g.rows[k], x)
		e.re = p.Sub(e.re, shift)
		exponents = max(exponents, largestOf([]*big.Float{e.re, e.im, shift}))
		v := e.exp()
		re, im = append(re, p.Quo(v.re, root)), append(im, p.Quo(v.im, root))
	}
	if complexRows {
		re = append(re, im...)
	}
	size := largestOf(re) * (1 + exponents + m.g.condition)
	if linear {
		re = append(re, x...)
	}
	if constant {
		re = append(re, p.Int(1))
	}
	return re, size
}

func (m exactMap) softmaxPairs(s urf.SoftmaxKernel) []rowPair {
	zero, r := p.Int(0), p.Float(s.Radius)
	x, w := p.Float(orOne(s.Typical.XNorm)), p.Float(orOne(s.Typical.WNorm))
	if s.Radius == 0 {
		r = p.Sqrt(p.Quo(w, x))
	}
	pair := rowPair{rho: complexNumber{r, zero}, eta: complexNumber{p.Quo(p.Int(1), r), zero}, a: p.Float(s.A)}
	if s.Damping == urf.OptimalA {
		pair.a = bestA(pair, x, w, s.Typical.Cosine, s.Projection.D)
	}
	return slices.Repeat([]rowPair{pair}, s.Projection.M)
}

// bestA is (1 − 1/t)/8 at φ = ‖Re(ρ)x + Re(η)w‖² of the typical norms.
func bestA(r rowPair, x, w *big.Float, cosine float64, d int) *big.Float {
	phi := phiOf(r, x, w, cosine)
	s := p.Add(p.Scale(phi, 1), p.Int(d))
	root := p.Sqrt(p.Add(p.Mul(s, s), p.Prod(p.Int(8), p.Int(d), phi)))
	t := p.Quo(p.Mul(p.Int(2), p.Int(d)), p.Add(root, s))
	return p.Scale(p.Sub(p.Int(1), p.Quo(p.Int(1), t)), -3)
}

func phiOf(r rowPair, x, w *big.Float, cosine float64) *big.Float {
	return p.Sum(p.Prod(r.rho.re, r.rho.re, x, x), p.Prod(r.eta.re, r.eta.re, w, w), p.Prod(p.Int(2), r.rho.re, r.eta.re, x, w, p.Float(cosine)))
}

// wavePairs are those of the rows' waves: of a spectrum without a law, sampled by levels and put into the rows' order.
func (m exactMap) wavePairs(s urf.URF) []rowPair {
	q := s.Projection
	x, w := p.Float(orOne(s.Typical.XNorm)), p.Float(orOne(s.Typical.WNorm))
	var pairs []rowPair
	var upto []*big.Float
	sum := p.Int(0)
	for _, v := range s.Spectrum.Waves {
		kappa := p.Float(v.Freq)
		r := p.Float(s.Radius)
		if s.Radius == 0 {
			r = p.Sqrt(p.Quo(p.Mul(kappa, w), x))
		}
		si, co := p.SincosPi(int(s.Angle*8), 8)
		pair := rowPair{rho: complexNumber{co, si}.scale(r), eta: complexNumber{si, co}.scale(p.Quo(kappa, r)), a: p.Float(s.A)}
		if s.Damping == urf.OptimalA {
			pair.a = bestA(pair, x, w, s.Typical.Cosine, q.D)
		}
		weight := p.Float(v.Mass)
		if !s.Proportional { // times √E|Z|²
			u := wave{rho: pair.rho, eta: pair.eta, a: pair.a, d: q.D}
			abs, _ := u.moments(x, w, p.Prod(x, w, p.Float(s.Typical.Cosine)))
			weight = p.Mul(weight, p.Sqrt(abs))
		}
		sum = p.Add(sum, weight)
		pairs, upto = append(pairs, pair), append(upto, sum)
	}
	chosen, order := make([]rowPair, q.M), make([]int, q.M)
	uniform := func(i int) *big.Float { return ratio(streamOf(q.Seed, urfFrequencies).number(uint64(i))>>11, 0, 53) }
	for j := range chosen {
		order[j] = j
		level := p.Quo(p.Add(p.Int(j), uniform(0)), p.Int(q.M))
		if s.Independent {
			level = uniform(1 + j)
		}
		level = p.Mul(level, sum)
		chosen[j] = pairs[slices.IndexFunc(upto, func(u *big.Float) bool { return u.Cmp(level) > 0 })]
	}
	numbers := streamOf(q.Seed, urfOrder)
	slices.SortStableFunc(order, func(a, b int) int {
		if numbers.number(uint64(a)) < numbers.number(uint64(b)) {
			return -1
		}
		return 1
	})
	rows := make([]rowPair, q.M)
	for i, j := range order {
		rows[i] = chosen[j]
	}
	return rows
}
