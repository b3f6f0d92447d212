package main

import (
	"math/big"
	"slices"

	"nnk/conformance"
	"nnk/internal/bigref"
)

// planFiles are what plans are made of: metrics, fitted series, and the errors that are predicted.
func planFiles() []file {
	return []file{{name: "urf-plan.txt", sets: []set{reluMoments(), seriesMoments(), metricSet(), seriesSet(), rowSeriesSet(), planSet()}}}
}

// reluMoments are those of rectifiers with a slope.
func reluMoments() set {
	s := set{function: "urf.ReLU.Predict", typ: "float64", source: "Cho and Saul, NIPS 2009; doc of urf.ReLU.Predict", columns: []string{"m", "d", "slope", "x", "w", "dot"}, notes: "E equal, opposite and orthogonal vectors",
		formula: "mean slope·s + (1−slope)²·‖x‖‖w‖·J_1(θ)/2π and variance (E v²v′² − mean²)/m, v = h for h > 0, else slope·h", unit: "of u times the same sum at θ = 0, u = 2⁻⁵³", claim: 1,
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			slope, m := p.Float(c.Float("slope")), p.Int(int(c.Int("m")))
			norms := p.Mul(p.Float(c.Float("x")), p.Float(c.Float("w")))
			both := func(dot *big.Float) (mean, second *big.Float) {
				j := arcCosines(p.Quo(dot, norms))
				rest, s2 := p.Sub(p.Int(1), slope), p.Mul(slope, slope)
				turned := p.Sub(p.Int(1), s2)
				half := p.Quo(p.Int(1), p.Scale(p.Pi(), 1)) // of h⁺h′⁺, the kernel of √2·h⁺
				mean = p.Add(p.Mul(slope, dot), p.Prod(rest, rest, norms, j[1], half))
				square := p.Add(p.Mul(norms, norms), p.Prod(p.Int(2), dot, dot))
				return mean, p.Add(p.Prod(turned, turned, norms, norms, j[2], half), p.Mul(s2, square))
			}
			mean, second := both(p.Float(c.Float("dot")))
			largeMean, largeSecond := both(norms)
			size, _ := p.Add(largeMean, p.Quo(largeSecond, m)).Float64()
			return []*big.Float{mean, p.Quo(p.Sub(second, p.Mul(mean, mean)), m)}, unitOf("float64") * size
		}}
	for _, slope := range []float64{0, 0.125, -0.5} {
		for _, dot := range []float64{1.5, -1.5, 0, 0.75, 0x1p-30} {
			s.inputs = append(s.inputs, input{"E", []string{"10", "4", float(slope), "0x1p+00", "0x1.8p+00", float(dot)}})
		}
	}
	return s
}

// seriesMoments are those of random Maclaurin features.
func seriesMoments() set {
	s := set{function: "urf.Maclaurin.Predict", typ: "float64", source: "doc of package urf", columns: []string{"m", "d", "coefficients", "shares", "x", "w", "dot", "b"}, notes: "D digits of π", unit: "of u·(4·Σ|c_n| + 8·variance), u = 2⁻⁵³", claim: 0.03,
		formula: "mean Σ a_n·(s+b)ⁿ and variance Σ c_n²·((‖x‖²‖w‖² + 2s²)ⁿ − s²ⁿ)/share of n, c the series in s",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			a := shifted(p.Floats(c.Floats("coefficients")), p.Float(c.Float("b")))
			x, w, dot := p.Float(c.Float("x")), p.Float(c.Float("w")), p.Float(c.Float("dot"))
			mean, variance := p.Int(0), p.Int(0)
			for n := len(a) - 1; n >= 0; n-- {
				mean = p.Add(p.Mul(mean, dot), a[n])
			}
			for k, share := range c.Floats("shares") {
				if n := k + 2; n < len(a) {
					variance = p.Add(variance, p.Quo(p.Prod(a[n], a[n], productVariance(n, x, w, dot)), p.Float(share)))
				}
			}
			size := sumOfAbs(a) * 4
			v, _ := variance.Float64()
			return []*big.Float{mean, variance}, unitOf("float64") * (size + v*8)
		}}
	d := draw("float64", 1500)
	for _, shares := range []string{"1", "5,3", "4,2,9"} {
		n := d.uniform(4, 0.25, 1.5)
		s.inputs = append(s.inputs, input{"D", []string{"0", "3", floats(d.uniform(4, -1, 1)), shares, float(n[0]), float(n[1]), float(n[0] * n[1] * (n[2] - 0.875)), float(n[3] - 1)}})
		if last := &s.inputs[len(s.inputs)-1]; shares == "1" || shares == "5,3" {
			last.args[2] = floats(d.uniform(len(shares)/2+3, -1, 1))
		}
	}
	for i, m := range []string{"1", "8", "15"} {
		s.inputs[i].args[0] = m
	}
	return s
}

// productVariance is the variance of a product of n independent (gᵀx)(gᵀw).
func productVariance(n int, x, w, dot *big.Float) *big.Float {
	one, square := p.Add(p.Prod(x, x, w, w), p.Prod(p.Int(2), dot, dot)), p.Mul(dot, dot)
	a, b := p.Int(1), p.Int(1)
	for range n {
		a, b = p.Mul(a, one), p.Mul(b, square)
	}
	return p.Sub(a, b)
}

// metricSet is the change of coordinates by its quadratic form, which has no signs to choose.
func metricSet() set {
	s := set{function: "urf.NewMetric", typ: "float64", source: "doc of urf.NewMetric", columns: []string{"d", "dense", "x", "w"}, notes: "P Philox", unit: "of u·κ·max|result|, κ the condition of the covariance", claim: 2,
		formula: "the mean of the rows of x, then AᵀA: S # Σ⁻¹ with the covariances S of w and Σ of x, or their diagonals, 2⁻¹⁰ times the mean of which is added",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			d := int(c.Int("d"))
			x, w := p.Matrix(d, c.Floats("x")), p.Matrix(d, c.Floats("w"))
			mean := make([]*big.Float, d)
			for k := range mean {
				mean[k] = p.Int(0)
				for _, row := range x {
					mean[k] = p.Add(mean[k], p.Quo(row[k], p.Int(len(x))))
				}
			}
			for _, row := range x {
				for k := range row {
					row[k] = p.Sub(row[k], mean[k])
				}
			}
			sigma, weights := secondMoments(x), secondMoments(w)
			if c.Int("dense") == 0 {
				for i := range d {
					for j := range d {
						if i != j {
							sigma[i][j], weights[i][j] = p.Int(0), p.Int(0)
						}
					}
				}
			}
			// S # Σ⁻¹ = Σ⁻¹·(Σ·S)^½
			out := append(mean, p.Solve(sigma, rootOf(p.MatMul(sigma, weights))).Flat()...)
			return out, unitOf("float64") * p.Condition(sigma) * largestOf(out)
		}}
	for i, d := range []int{2, 4} {
		n := draw("float64", uint64(1520+i))
		x, w := floats(n.uniform(5*d, -1, 3)), floats(n.uniform(3*d, -2, 1))
		s.inputs = append(s.inputs, input{"P", []string{itoa(d), "0", x, w}}, input{"P", []string{itoa(d), "1", x, w}})
	}
	return s
}

// secondMoments are xᵀx/n with the metric's ridge.
func secondMoments(x bigref.Matrix) bigref.Matrix {
	c := p.MatMul(x.T(), x)
	trace := p.Int(0)
	for i := range c {
		for j := range c {
			c[i][j] = p.Quo(c[i][j], p.Int(len(x)))
		}
		trace = p.Add(trace, c[i][i])
	}
	return p.MatAdd(c, p.Identity(len(c), p.Scale(p.Quo(trace, p.Int(len(c))), -10)))
}

// rootOf is the square root with positive eigenvalues, by the iteration of Denman and Beavers.
func rootOf(a bigref.Matrix) bigref.Matrix {
	one := p.Identity(len(a), p.Int(1))
	z := one
	for range 16 {
		a, z = halfSum(a, p.Solve(z, one)), halfSum(z, p.Solve(a, one))
	}
	return a
}

func halfSum(a, b bigref.Matrix) bigref.Matrix {
	c := p.MatAdd(a, b)
	for _, row := range c {
		for j := range row {
			row[j] = p.Scale(row[j], -1)
		}
	}
	return c
}

// seriesSet is series for functions on a range.
func seriesSet() set {
	s := set{function: "urf.FitSeries", typ: "float64", source: "doc of urf.FitSeries", columns: []string{"f", "lo", "hi", "degree", "features", "d", "xnorm", "wnorm", "cosine"}, notes: "B", unit: "of u·κ·max|coefficient|, κ the condition of the normal equations", claim: 0.6,
		formula: "coefficients, root mean square error and variance of the series of least error on 512 midpoints of the range and five biases, in six rounds of shares and coefficients, and the shares",
		exact:   exactSeries}
	for _, c := range [][]string{
		{"tanh", "-0x1p+01", "0x1.4p+01", "3", "64", "16", "0x1p+00", "0x1p+00", "0x0p+00"},
		{"gelu", "-0x1p+01", "0x1.8p+01", "4", "100", "16", "0x1p+00", "0x1p+01", "0x1p-02"},
		{"relu", "-0x1p+00", "0x1p+00", "5", "9", "8", "0x1p-01", "0x1p+00", "0x0p+00"},
	} {
		s.inputs = append(s.inputs, input{"B", c})
	}
	return s
}

func exactSeries(c *conformance.Case) ([]*big.Float, float64) {
	const points, biases = 512, 5
	lo, hi := p.Float(c.Float("lo")), p.Float(c.Float("hi"))
	middle, half := p.Scale(p.Add(lo, hi), -1), p.Scale(p.Sub(hi, lo), -1)
	x, w := p.Float(c.Float("xnorm")), p.Float(c.Float("wnorm"))
	dot := p.Prod(x, w, p.Float(c.Float("cosine")))
	n, features, f := int(c.Int("degree"))+1, int(c.Int("features")), activation(c.Text("f"))
	var rows, y bigref.Matrix
	for i := range points {
		v := p.Ratio(2*i+1-points, points)
		row := []*big.Float{p.Int(1)}
		for range n - 1 {
			row = append(row, p.Mul(row[len(row)-1], v))
		}
		rows, y = append(rows, row), append(y, []*big.Float{f(p.Add(middle, p.Mul(half, v)))})
	}
	gram, moments := p.MatMul(rows.T(), rows), p.MatMul(rows.T(), y)
	var costs []bigref.Matrix
	for k := 2; k < n; k++ { // coefficient k in s of the series in v = (s + b − middle)/half
		q := p.Identity(n, p.Int(0))
		for i := range biases {
			b := p.Sub(p.Ratio(2*i+1-biases, biases), p.Quo(dot, half))
			row := make([]*big.Float, n)
			for j := range row {
				unit := make([]*big.Float, n)
				for u := range unit {
					unit[u] = p.Int(0)
				}
				unit[j] = p.Int(1)
				row[j] = shifted(unit, b)[k]
				for range k {
					row[j] = p.Quo(row[j], half)
				}
			}
			for a := range n {
				for b := range n {
					q[a][b] = p.Add(q[a][b], p.Quo(p.Prod(row[a], row[b], productVariance(k, x, w, dot)), p.Int(biases)))
				}
			}
		}
		costs = append(costs, q)
	}
	shares, sd := make([]*big.Float, n-2), make([]*big.Float, n-2)
	for k := range shares {
		shares[k] = p.Ratio(features, n-2)
	}
	var solved, a bigref.Matrix
	for range 6 {
		a = p.Identity(n, p.Int(0))
		for i := range n {
			for j := range n {
				a[i][j] = gram[i][j]
				for k, q := range costs {
					a[i][j] = p.Add(a[i][j], p.Quo(p.Mul(q[i][j], p.Int(points)), shares[k]))
				}
			}
			a[i][i] = p.Mul(a[i][i], p.Float(1+0x1p-40))
		}
		solved = p.Solve(a, moments)
		for k, q := range costs {
			sd[k] = p.Sqrt(quadratic(q, solved))
		}
		for k := range shares {
			shares[k] = p.Quo(p.Mul(p.Int(features), sd[k]), p.Sum(sd...))
			if shares[k].Cmp(p.Int(1)) < 0 {
				shares[k] = p.Int(1)
			}
		}
	}
	var out []*big.Float
	scale := p.Int(1)
	for _, v := range solved {
		out = append(out, p.Quo(v[0], scale))
		scale = p.Mul(scale, half)
	}
	out = shifted(out, p.Neg(middle))
	size := largestOf(out)
	square, variance := p.Int(0), p.Int(0)
	for i, row := range p.MatMul(rows, solved) {
		e := p.Sub(row[0], y[i][0])
		square = p.Add(square, p.Quo(p.Mul(e, e), p.Int(points)))
	}
	counts := allotted(features, sd)
	for k, count := range counts {
		variance = p.Add(variance, p.Quo(quadratic(costs[k], solved), p.Int(count)))
	}
	out = append(out, p.Sqrt(square), variance)
	for _, count := range counts {
		out = append(out, p.Int(count))
	}
	return out, unitOf("float64") * p.Condition(a) * size
}

// quadratic is cᵀQc of a column c.
func quadratic(q, c bigref.Matrix) *big.Float { return p.MatMul(c.T(), p.MatMul(q, c))[0][0] }

// rowSeriesSet is series for the arguments that weight rows get.
func rowSeriesSet() set {
	s := set{function: "urf.FitRows", typ: "float64", source: "doc of urf.FitRows", columns: []string{"f", "d", "degree", "features", "w", "b", "x"}, notes: "P Philox", unit: "of u·κ·max|coefficient|, κ the condition of the normal equations", claim: 2,
		formula: "coefficients, bias and standard error of each weight row, of least error where wᵀx is half as for the inputs, half on 17 points of a normal distribution; then the shares, of six rounds",
		exact:   exactRows}
	for i, c := range []struct {
		f                string
		degree, features int
	}{{"tanh", 3, 20}, {"gelu", 4, 33}, {"relu", 1, 1}} {
		n := draw("float64", uint64(1540+i))
		s.inputs = append(s.inputs, input{"P", []string{c.f, "3", itoa(c.degree), itoa(c.features), floats(n.uniform(6, -1, 1)), floats(n.uniform(2, -1, 1)), floats(n.uniform(12, -1, 1))}})
	}
	return s
}

func exactRows(c *conformance.Case) ([]*big.Float, float64) {
	d, degree, features := int(c.Int("d")), int(c.Int("degree")), int(c.Int("features"))
	x, w, b, f := p.Matrix(d, c.Floats("x")), p.Matrix(d, c.Floats("w")), p.Floats(c.Floats("b")), activation(c.Text("f"))
	counts := make([]*big.Float, degree-1)
	for k := range counts {
		counts[k] = p.Ratio(features, degree-1)
	}
	condition := 0.0
	fit := func(j int) (coefficients, variances []*big.Float) {
		coefficients, variances, k := exactRow(f, w[j], b[j], x, degree, counts)
		condition = max(condition, k)
		return coefficients, variances
	}
	var shares []int
	if degree > 1 {
		total := make([]*big.Float, degree-1)
		for range 6 {
			for k := range total {
				total[k] = p.Int(0)
			}
			for j := range w {
				a, v := fit(j)
				for k := range total {
					total[k] = p.Add(total[k], p.Prod(a[k+2], a[k+2], v[k]))
				}
			}
			for k := range total {
				total[k] = p.Sqrt(total[k])
			}
			for k := range counts {
				counts[k] = p.Quo(p.Mul(p.Int(features), total[k]), p.Sum(total...))
				if counts[k].Cmp(p.Int(1)) < 0 {
					counts[k] = p.Int(1)
				}
			}
		}
		shares = allotted(features, total)
	}
	for k, n := range shares {
		counts[k] = p.Int(n)
	}
	var out, bias, deviation []*big.Float
	for j := range w {
		a, v := fit(j)
		square, variance := p.Int(0), p.Int(0)
		for _, row := range x {
			t, value := p.Dot(w[j], row), p.Int(0)
			for _, coefficient := range slices.Backward(a) {
				value = p.Add(p.Mul(value, t), coefficient)
			}
			e := p.Sub(value, f(p.Add(t, b[j])))
			square = p.Add(square, p.Quo(p.Mul(e, e), p.Int(len(x))))
		}
		for k := range v {
			variance = p.Add(variance, p.Quo(p.Prod(a[k+2], a[k+2], v[k]), counts[k]))
		}
		out, bias, deviation = append(out, a...), append(bias, p.Sqrt(square)), append(deviation, p.Sqrt(variance))
	}
	size := largestOf(out)
	out = append(append(out, bias...), deviation...)
	for _, n := range shares {
		out = append(out, p.Int(n))
	}
	return out, unitOf("float64") * condition * size
}

// exactRow is the series of one row, the variances of one feature of each degree, and the condition of the equations.
func exactRow(f func(*big.Float) *big.Float, w []*big.Float, b *big.Float, x bigref.Matrix, degree int, counts []*big.Float) (coefficients, variances []*big.Float, condition float64) {
	n := p.Int(len(x))
	var t []*big.Float
	for _, row := range x {
		t = append(t, p.Dot(w, row))
	}
	sd := p.Sqrt(p.Quo(p.Dot(t, t), n))
	for k := range counts {
		sum := p.Int(0)
		for i, row := range x {
			sum = p.Add(sum, p.Quo(productVariance(k+2, p.Sqrt(p.Dot(row, row)), p.Sqrt(p.Dot(w, w)), t[i]), n))
		}
		variances = append(variances, sum)
	}
	var points, weights []*big.Float
	for i := range 17 {
		g := p.Ratio(i-8, 2)
		points, weights = append(points, g), append(weights, p.Exp(p.Neg(p.Scale(p.Mul(g, g), -1))))
	}
	sum := p.Sum(weights...)
	for i := range weights {
		weights[i] = p.Scale(p.Quo(weights[i], sum), -1)
	}
	for _, v := range t {
		points, weights = append(points, p.Quo(v, sd)), append(weights, p.Scale(p.Quo(p.Int(1), n), -1))
	}
	gram, moments := p.Identity(degree+1, p.Int(0)), make(bigref.Matrix, degree+1)
	for a := range gram {
		moments[a] = []*big.Float{p.Int(0)}
	}
	for i, v := range points {
		y, powers := f(p.Add(p.Mul(v, sd), b)), []*big.Float{p.Int(1)}
		for range degree {
			powers = append(powers, p.Mul(powers[len(powers)-1], v))
		}
		for a := range gram {
			for b := range gram {
				gram[a][b] = p.Add(gram[a][b], p.Prod(weights[i], powers[a], powers[b]))
			}
			moments[a][0] = p.Add(moments[a][0], p.Prod(weights[i], powers[a], y))
		}
	}
	unit := p.Int(1)
	for k := range gram {
		gram[k][k] = p.Mul(gram[k][k], p.Float(1+0x1p-40))
		if k >= 2 {
			gram[k][k] = p.Add(gram[k][k], p.Quo(p.Quo(variances[k-2], counts[k-2]), unit))
		}
		unit = p.Prod(unit, sd, sd)
	}
	scale := p.Int(1)
	for _, v := range p.Solve(gram, moments) {
		coefficients = append(coefficients, p.Quo(v[0], scale))
		scale = p.Mul(scale, sd)
	}
	return coefficients, variances, p.Condition(gram)
}

// planSet is what plans for functions of one wave predict for universal features of an angle.
func planSet() set {
	s := set{function: "urf.NewPlan", typ: "float64", source: "doc of package urf", columns: []string{"f", "lo", "hi", "d", "xnorm", "wnorm", "cosine", "error", "angle"}, notes: "B", unit: "of u·(1 + ln E|Z|²)·E|Z|², u = 2⁻⁵³", claim: 10,
		formula: "variance of one row on an average of five wᵀx + b of the range, the features that reach the error, and the error with 65536 features",
		exact: func(c *conformance.Case) ([]*big.Float, float64) {
			x, w := p.Float(c.Float("xnorm")), p.Float(c.Float("wnorm"))
			dot := p.Prod(x, w, p.Float(c.Float("cosine")))
			r := p.Sqrt(p.Quo(w, x))
			si, co := p.SincosPi(int(c.Float("angle")*8), 8)
			pair := rowPair{rho: complexNumber{co, si}.scale(r), eta: complexNumber{si, co}.scale(p.Quo(p.Int(1), r))}
			v := wave{rho: pair.rho, eta: pair.eta, d: int(c.Int("d")), a: bestA(pair, x, w, c.Float("cosine"), int(c.Int("d")))}
			abs, square := v.moments(x, w, dot)
			lo, hi := p.Float(c.Float("lo")), p.Float(c.Float("hi"))
			theta := p.Int(0)
			if c.Text("f") == "sin" {
				theta = p.Neg(p.Scale(p.Pi(), -1))
			}
			variance := p.Int(0)
			for i := range 5 {
				z := p.Add(lo, p.Mul(p.Sub(hi, lo), p.Ratio(2*i+1, 10)))
				turn := p.Add(p.Sub(z, dot), theta)
				s2, c2 := p.Sincos(p.Scale(turn, 1))
				second := p.Scale(p.Add(abs, square.mul(complexNumber{c2, s2}).re), -1)
				mean := p.Cos(p.Add(z, theta))
				variance = p.Add(variance, p.Quo(p.Sub(second, p.Mul(mean, mean)), p.Int(5)))
			}
			width := 2
			if si.Sign() == 0 {
				width = 1
			}
			rows, _ := p.Quo(variance, p.Mul(p.Float(c.Float("error")), p.Float(c.Float("error")))).Int64()
			features := p.Int(width * (int(rows) + 1))
			f, _ := p.Add(p.Int(1), p.Log(p.Add(abs, p.Int(1)))).Float64()
			out := []*big.Float{variance, features, p.Sqrt(p.Quo(variance, p.Int(65536/width)))}
			return out, unitOf("float64") * f * largestOf([]*big.Float{abs})
		}}
	for i, angle := range []float64{0, 0.5, 0.25, -0.25} {
		s.inputs = append(s.inputs, input{"B", []string{[]string{"cos", "sin"}[i%2], "-0x1p+01", "0x1.8p+01", itoa(8 + 8*i), "0x1p+00", float(0.5 + float64(i%3)/2), "0x1p-02", float(0.125), float(angle)}})
	}
	return s
}
