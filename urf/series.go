package urf

import (
	"fmt"
	"math"

	"nnk/mat"
)

// SeriesOptions says what [FitSeries] fits for.
type SeriesOptions struct {
	Degree   int     // highest power, from 2 to 24
	Features int     // random ones of the degrees from 2, at least one for each
	Inputs   int     // d, as in [PlanOptions]
	Typical  Typical // norms of inputs and weight rows
}

// SeriesFit is a power series that stands for a function on a range, and what it costs.
type SeriesFit struct {
	Coefficients []float64 // a_0, a_1, …
	Shares       []int     // features of the degrees 2, 3, …, Features together
	Lo, Hi       float64   // the range; the series is not valid outside it
	Bias, RMS    float64   // largest and root mean square error on the range
	// Variance is that of one output of a [Maclaurin] map with these shares, on an average of the range.
	Variance float64
}

// seriesPoints are the points of the range at which a series is fitted, seriesBiases the biases at which the variance is
// averaged, and highestSeries the degree beyond which the powers on the range are too nearly dependent.
const (
	seriesPoints  = 512
	seriesBiases  = 5
	highestSeries = 24
)

// FitSeries fits the power series of least mean square error, squared bias and variance together, to f on [lo, hi]:
// the constant and the linear term cost nothing, since features carry them exactly, and each degree from 2 has the
// share of the features that makes the variance least. Weight rows have biases that spread wᵀx + b evenly over the range.
//
// Errors wrap [ErrRange] if the range is empty, f not finite on it, or an option impossible.
// Cost: about 20·Degree³ multiply-adds and 512·Degree².
func FitSeries(f Activation, lo, hi float64, opt SeriesOptions) (*SeriesFit, error) {
	p, err := newSeriesProblem(f, lo, hi, opt)
	if err != nil {
		return nil, err
	}
	return p.solve(opt.Features)
}

// seriesProblem is a function on points of its range as moments with the powers of v, which goes from −1 to 1 on it.
type seriesProblem struct {
	f             Activation
	lo, hi        float64
	opt           SeriesOptions
	at            place
	middle, half  float64
	v, y          []float64
	gram, moments *mat.Dense[float64]
	// costs[k] is the quadratic form, in the coefficients, of the variance of one feature of degree k+2.
	costs []*mat.Dense[float64]
}

func newSeriesProblem(f Activation, lo, hi float64, opt SeriesOptions) (*seriesProblem, error) {
	if opt.Inputs == 0 {
		opt.Inputs = 64
	}
	p := &seriesProblem{f: f, lo: lo, hi: hi, opt: opt, at: opt.Typical.place(opt.Inputs), middle: float64(lo/2) + float64(hi/2), half: float64(hi/2) - float64(lo/2)}
	if !(lo < hi) || p.half-p.half != 0 || opt.Degree < 2 || opt.Degree > highestSeries || opt.Inputs < 1 {
		return nil, fmt.Errorf("urf: series for %s on [%g, %g]: degree %d of 2 to %d, %d inputs: %w", f.Name(), lo, hi, opt.Degree, highestSeries, opt.Inputs, ErrRange)
	}
	if err := checkTypical("series", opt.Typical, OptimalA, 0); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRange, err)
	}
	n := opt.Degree + 1
	powers := mat.New[float64](n, seriesPoints)
	p.v, p.y = make([]float64, seriesPoints), make([]float64, seriesPoints)
	for i := range p.v {
		p.v[i] = (float64(2*i+1) - seriesPoints) / seriesPoints
		p.y[i] = f.At(math.FMA(p.half, p.v[i], p.middle))
		if p.y[i]-p.y[i] != 0 {
			return nil, fmt.Errorf("urf: series for %s: %g at %g: %w", f.Name(), p.y[i], math.FMA(p.half, p.v[i], p.middle), ErrRange)
		}
		power := 1.0
		for k := range n {
			powers.Set(k, i, power)
			power *= p.v[i]
		}
	}
	p.gram = mat.MulT(nil, powers, powers)
	p.moments = mat.MulT(nil, powers, mat.Of(1, seriesPoints, p.y))
	p.weigh()
	return p, nil
}

// weigh makes the quadratic forms: coefficient k of the series in wᵀx is linear in those in v.
func (p *seriesProblem) weigh() {
	n := p.opt.Degree + 1
	for k := 2; k < n; k++ {
		q := mat.New[float64](n, n)
		sd := math.Sqrt(productVariance(k, p.at.x2, p.at.w2, p.at.dot))
		for i := range seriesBiases {
			v := (float64(2*i+1)-seriesBiases)/seriesBiases - p.at.dot/p.half // of the bias alone
			row, term := make([]float64, n), sd
			for range k {
				term /= p.half
			}
			for j := k; j < n; j++ { // C(j, k)·v^(j−k)/half^k
				row[j] = term
				term *= v * float64(j+1) / float64(j+1-k)
			}
			for a := range n {
				for b := range n {
					q.Set(a, b, math.FMA(row[a], row[b]/seriesBiases, q.At(a, b)))
				}
			}
		}
		p.costs = append(p.costs, q)
	}
}

// seriesRounds are the rounds in which shares and coefficients are fitted to each other, and seriesRidge, relative to the
// number of points, keeps the powers apart.
const (
	seriesRounds = 6
	seriesRidge  = 0x1p-40
)

func (p *seriesProblem) solve(features int) (*SeriesFit, error) {
	if features < p.opt.Degree-1 {
		return nil, fmt.Errorf("urf: series of degree %d with %d features: %w", p.opt.Degree, features, ErrRange)
	}
	shares := make([]float64, len(p.costs))
	for k := range shares {
		shares[k] = float64(features) / float64(len(shares))
	}
	var c []float64
	sd := make([]float64, len(shares))
	for range seriesRounds {
		var err error
		if c, err = p.coefficients(shares); err != nil {
			return nil, err
		}
		sum := 0.0
		for k, q := range p.costs {
			sd[k] = math.Sqrt(max(form(q, c), 0))
			sum += sd[k]
		}
		if !(sum > 0) || sum-sum != 0 {
			break
		}
		for k, s := range sd { // at least one each, as at the end
			shares[k] = max(1, float64(features)*s/sum)
		}
	}
	return p.fit(c, sd, features)
}

// form is cᵀQc.
func form(q *mat.Dense[float64], c []float64) float64 {
	sum := 0.0
	for i, v := range c {
		for j, w := range c {
			sum = math.FMA(q.At(i, j), float64(v*w), sum)
		}
	}
	return sum
}

// coefficients in powers of v, of least error with these shares.
func (p *seriesProblem) coefficients(shares []float64) ([]float64, error) {
	a := p.gram.Clone()
	for k, q := range p.costs {
		for i := range a.Rows() {
			for j := range a.Cols() {
				a.Set(i, j, math.FMA(q.At(i, j), seriesPoints/shares[k], a.At(i, j)))
			}
		}
	}
	for i := range a.Rows() {
		a.Set(i, i, math.FMA(a.At(i, i), seriesRidge, a.At(i, i)))
	}
	l, err := mat.Cholesky(a, a)
	if err != nil {
		return nil, fmt.Errorf("urf: series for %s on [%g, %g]: %w: %w", p.f.Name(), p.lo, p.hi, ErrRange, err)
	}
	x := mat.CholeskySolve(nil, l, p.moments)
	c := make([]float64, x.Rows())
	for i := range c {
		c[i] = x.At(i, 0)
	}
	return c, nil
}

// fit is the series with what it costs.
func (p *seriesProblem) fit(c, sd []float64, features int) (*SeriesFit, error) {
	a, scale := make([]float64, len(c)), 1.0
	for k := range a { // in powers of z − middle, then of z
		a[k] = c[k] * scale
		scale /= p.half
	}
	s := &SeriesFit{Coefficients: shiftSeries(a, -p.middle), Lo: p.lo, Hi: p.hi}
	for _, v := range s.Coefficients {
		if !(math.Abs(v) <= math.MaxFloat32) {
			return nil, fmt.Errorf("urf: series for %s on [%g, %g]: coefficient %g: %w", p.f.Name(), p.lo, p.hi, v, ErrRange)
		}
	}
	strata := make([]stratum, len(sd))
	for k, v := range sd {
		strata[k].total = max(v, math.SmallestNonzeroFloat64)
	}
	s.Shares = allot(features, strata)
	for k, n := range s.Shares {
		s.Variance += float64(form(p.costs[k], c) / float64(n))
	}
	square := 0.0
	for i, v := range p.v {
		e := evaluate(s.Coefficients, math.FMA(p.half, v, p.middle)) - p.y[i]
		s.Bias = max(s.Bias, math.Abs(e))
		square = math.FMA(e, e, square)
	}
	for _, z := range []float64{p.lo, p.hi} {
		s.Bias = max(s.Bias, math.Abs(evaluate(s.Coefficients, z)-p.f.At(z)))
	}
	s.RMS = math.Sqrt(square / seriesPoints)
	return s, nil
}

// evaluate is Σ a_n·zⁿ.
func evaluate(a []float64, z float64) float64 {
	v := 0.0
	for n := len(a) - 1; n >= 0; n-- {
		v = math.FMA(v, z, a[n])
	}
	return v
}
