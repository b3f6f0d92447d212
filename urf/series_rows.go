package urf

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
)

// RowSeries are power series, one for each weight row, that stand for f(wᵀx + b) at inputs like those that they were
// fitted for; see [FitRows].
type RowSeries struct {
	Coefficients *mat.Dense[float64] // l×(Degree+1), in powers of wᵀx
	Shares       []int               // features of the degrees 2, 3, …
	// Bias and StdError are root mean squares, for each row, over the inputs: of the series' distance to f and
	// of the standard deviation of an estimate by a [Maclaurin] map with these shares.
	Bias, StdError []float64
}

// RMS is the root mean square error over rows and inputs, bias and standard error together.
func (s *RowSeries) RMS() float64 {
	sum := 0.0
	for j, b := range s.Bias {
		sum += math.FMA(b, b, float64(s.StdError[j]*s.StdError[j]))
	}
	return math.Sqrt(sum / float64(max(len(s.Bias), 1)))
}

// rowGrid are the steps of ½ standard deviation, to four of them to either side, at which a row's series is fitted beside the
// inputs' own wᵀx; both count the same, since few inputs say little of values between them and beyond. rowSample is the
// number of weight rows that shares are found with.
const (
	rowGrid   = 17
	rowSample = 64
)

// FitRows fits a series of the degree, at least 1, for each row of w (l×d) with the bias of b (or nil): that of least
// mean square error to f, squared bias and variance together, where wᵀx is distributed half as for the rows of x (n×d), half normal
// with their mean square. The constant and the linear term have no variance, the degrees from 2 the shares of the features
// that make it least. x should have the mean 0; see [Metric].
//
// Errors wrap [ErrRange]: no rows, too few features, an f that is not finite. Cost: n·l·d multiply-adds,
// about 6·(n + 17)·l·Degree² more.
func FitRows(f Activation, w *mat.Dense[float64], b []float64, x *mat.Dense[float64], degree, features int) (*RowSeries, error) {
	if w.Cols() != x.Cols() || b != nil && len(b) != w.Rows() {
		panic(&mat.ShapeError{Op: "urf.FitRows", A: [2]int{w.Rows(), w.Cols()}, B: [2]int{x.Rows(), x.Cols()}, Why: fmt.Sprintf("inputs and weights must have the same columns, and there are %d biases", len(b))})
	}
	if degree < 1 || degree > highestSeries || x.Rows() == 0 || w.Rows() == 0 || features < degree-1 {
		return nil, fmt.Errorf("urf: series of degree %d of 1 to %d for %d rows, %d inputs, %d features: %w", degree, highestSeries, w.Rows(), x.Rows(), features, ErrRange)
	}
	p := &rowProblem{f: f, degree: degree, b: b, products: mat.MulT(nil, w, x)}
	for i := range x.Rows() {
		p.x2 = append(p.x2, asm.SumSquares(x.Row(i)))
	}
	for j := range w.Rows() {
		p.w2 = append(p.w2, asm.SumSquares(w.Row(j)))
	}
	if b == nil {
		p.b = make([]float64, w.Rows())
	}
	shares, err := p.shares(features)
	if err != nil {
		return nil, err
	}
	s := &RowSeries{Coefficients: mat.New[float64](w.Rows(), degree+1), Shares: shares, Bias: make([]float64, w.Rows()), StdError: make([]float64, w.Rows())}
	counts := make([]float64, len(shares))
	for k, n := range shares {
		counts[k] = float64(n)
	}
	for j := range w.Rows() {
		c := s.Coefficients.Row(j)
		variances, err := p.fit(c, j, counts)
		if err != nil {
			return nil, err
		}
		bias, variance := 0.0, 0.0
		for _, t := range p.products.Row(j) {
			e := evaluate(c, t) - f.At(t+p.b[j])
			bias = math.FMA(e, e, bias)
		}
		for k, v := range variances {
			variance += float64(c[k+2] * c[k+2] * v / counts[k])
		}
		s.Bias[j], s.StdError[j] = math.Sqrt(bias/float64(x.Rows())), math.Sqrt(variance)
	}
	return s, nil
}

// rowProblem is what the series of rows are fitted to.
type rowProblem struct {
	f        Activation
	degree   int
	b        []float64
	products *mat.Dense[float64] // wᵀx, l×n
	x2, w2   []float64           // squared norms
}

// shares finds the features of the degrees from 2 on some of the rows.
func (p *rowProblem) shares(features int) ([]int, error) {
	if p.degree == 1 {
		return nil, nil
	}
	counts, c := make([]float64, p.degree-1), make([]float64, p.degree+1)
	for k := range counts {
		counts[k] = float64(features) / float64(len(counts))
	}
	rows := min(len(p.w2), rowSample)
	strata := make([]stratum, len(counts))
	for range seriesRounds {
		square := make([]float64, len(counts))
		for i := range rows {
			variances, err := p.fit(c, i*len(p.w2)/rows, counts)
			if err != nil {
				return nil, err
			}
			for k, v := range variances {
				square[k] += float64(c[k+2] * c[k+2] * v)
			}
		}
		sum := 0.0
		for k, v := range square {
			strata[k].total = max(math.Sqrt(v), math.SmallestNonzeroFloat64)
			sum += strata[k].total
		}
		if sum-sum != 0 {
			return nil, fmt.Errorf("urf: series for rows of %s: the variance is beyond float64: %w", p.f.Name(), ErrRange)
		}
		for k := range counts {
			counts[k] = max(1, float64(features)*(strata[k].total/sum))
		}
	}
	return allot(features, strata), nil
}

// fit sets c to the coefficients of row j and returns the variances of one feature of each degree from 2, means over the inputs.
func (p *rowProblem) fit(c []float64, j int, counts []float64) ([]float64, error) {
	products := p.products.Row(j)
	n := float64(len(products))
	variances, sd := make([]float64, len(counts)), math.Sqrt(asm.SumSquares(products)/n)
	for k := range variances {
		for i, t := range products {
			variances[k] += productVariance(k+2, p.x2[i], p.w2[j], t) / n
		}
	}
	clear(c)
	if !(sd > 0) { // no input tells anything but the constant
		c[0] = p.f.At(p.b[j])
		return variances, p.check(c, j)
	}
	t, weight := rowPoints(products, sd)
	y := make([]float64, len(t))
	for i, v := range t {
		y[i] = v + p.b[j]
	}
	Eval(p.f, y, y)
	powers := mat.New[float64](len(c), len(t)) // of t over sd, times the root of the weight
	for i, v := range t {
		power := weight[i]
		for k := range c {
			powers.Set(k, i, power)
			power *= v / sd
		}
		y[i] *= weight[i]
	}
	gram := mat.MulT(nil, powers, powers)
	unit := 1.0 // sd^2k
	for k := range c {
		extra := float64(gram.At(k, k) * seriesRidge)
		if k >= 2 && unit > 0 {
			extra += min(variances[k-2]/counts[k-2]/unit, 1e200)
		}
		gram.Set(k, k, gram.At(k, k)+extra)
		unit *= float64(sd * sd)
	}
	l, err := mat.Cholesky(gram, gram)
	if err != nil {
		return nil, fmt.Errorf("urf: series for row %d of %s: %w: %w", j, p.f.Name(), ErrRange, err)
	}
	solved, scale := mat.CholeskySolve(nil, l, mat.MulT(nil, powers, mat.Of(1, len(t), y))), 1.0
	for k := range c {
		c[k] = solved.At(k, 0) / scale
		scale *= sd
	}
	return variances, p.check(c, j)
}

func (p *rowProblem) check(c []float64, j int) error {
	for k, v := range c {
		if v-v != 0 {
			return fmt.Errorf("urf: series for row %d of %s: coefficient %d is %g: %w", j, p.f.Name(), k, v, ErrRange)
		}
	}
	return nil
}

// rowPoints are the points at which a series is fitted, and the roots of their weights, which add up to 1.
func rowPoints(products []float64, sd float64) (t, weight []float64) {
	sum := 0.0
	for i := range rowGrid {
		g := (float64(i) - (rowGrid-1)/2) / 2
		t = append(t, g*sd)
		weight = append(weight, exp(-g*g/2))
		sum += weight[i]
	}
	for i, v := range weight {
		weight[i] = math.Sqrt(v / sum / 2)
	}
	each := math.Sqrt(0.5 / float64(len(products)))
	for range products {
		weight = append(weight, each)
	}
	return append(t, products...), weight
}
