package urf

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
)

// Metric is a change of coordinates in which estimates of wᵀx + b have less variance: x ↦ A·(x − Mean), w ↦ A⁻ᵀ·w,
// b ↦ b + wᵀMean. It changes no wᵀx + b, only the norms that the variance grows with.
type Metric struct {
	Mean   []float64
	Factor []float64           // the diagonal of A; nil if it is dense
	Dense  *mat.Dense[float64] // A, d×d; nil if it is diagonal

	back *mat.Dense[float64] // A⁻ᵀ
}

// metricRidge times the mean variance is added to the variances, so that columns that are constant in the rows seen, or have no
// weights, get no factor without bounds.
const metricRidge = 0x1p-10

// NewMetric returns the metric about the mean of the rows x (n×d) that makes the product of the mean square norms of inputs and of
// weight rows w (l×d) least: with the covariance Σ of x and S = wᵀw/l it is AᵀA = S # Σ⁻¹, the geometric mean, or for diagonal A
// a⁴ = S_kk/Σ_kk. Inputs and weights then have the same second moments. Errors wrap [ErrRange] for no rows, or ones that are not finite.
//
// Cost: (n + l)·d multiply-adds, for a dense A (n + l)·d² and three eigenvalue problems of d×d.
func NewMetric(x, w *mat.Dense[float64], dense bool) (*Metric, error) {
	if x.Cols() != w.Cols() {
		panic(&mat.ShapeError{Op: "urf.NewMetric", A: [2]int{x.Rows(), x.Cols()}, B: [2]int{w.Rows(), w.Cols()}, Why: "inputs and weights differ in columns"})
	}
	if x.Rows() == 0 || w.Rows() == 0 || x.Cols() == 0 {
		return nil, fmt.Errorf("urf: metric of %d×%d inputs and %d weight rows: %w", x.Rows(), x.Cols(), w.Rows(), ErrRange)
	}
	m := &Metric{Mean: make([]float64, x.Cols())}
	for i := range x.Rows() {
		asm.Add(m.Mean, m.Mean, x.Row(i))
	}
	asm.Scale(m.Mean, m.Mean, 1/float64(x.Rows()))
	centred := mat.New[float64](x.Rows(), x.Cols())
	for i := range x.Rows() {
		copy(centred.Row(i), x.Row(i))
		asm.Axpy(centred.Row(i), -1, m.Mean)
	}
	spread, weights := squares(centred), squares(w)
	for k := range spread {
		if v := spread[k] + weights[k] + m.Mean[k]; v-v != 0 {
			return nil, fmt.Errorf("urf: metric: column %d has mean %g, variance %g and weights of mean square %g: %w", k, m.Mean[k], spread[k], weights[k], ErrRange)
		}
	}
	if dense {
		return m, m.dense(centred, w)
	}
	a, b := ridge(spread), ridge(weights)
	for k := range spread {
		m.Factor = append(m.Factor, math.Sqrt(math.Sqrt((weights[k]+b)/(spread[k]+a))))
	}
	return m, nil
}

// squares are the mean squares of the columns.
func squares(x *mat.Dense[float64]) []float64 {
	s := make([]float64, x.Cols())
	for i := range x.Rows() {
		for k, v := range x.Row(i) {
			s[k] = math.FMA(v, v, s[k])
		}
	}
	asm.Scale(s, s, 1/float64(x.Rows()))
	return s
}

// ridge is what is added to variances.
func ridge(v []float64) float64 {
	if mean := asm.Sum(v) / float64(len(v)); mean > 0 {
		return metricRidge * mean
	}
	return 1
}

// dense makes A of the covariances S of w and Σ of x: with S # Σ⁻¹ = U·Λ·Uᵀ it is Λ^½·Uᵀ.
func (m *Metric) dense(x, w *mat.Dense[float64]) error {
	root, inverse, err := roots(covariance(x))
	if err != nil {
		return err
	}
	middle, _, err := roots(mat.Mul(nil, mat.Mul(nil, root, covariance(w)), root)) // (Σ^½·S·Σ^½)^½
	if err != nil {
		return err
	}
	values, vectors, err := mat.SymEigen(nil, nil, symmetric(mat.Mul(nil, mat.Mul(nil, inverse, middle), inverse)))
	if err != nil {
		return fmt.Errorf("urf: metric: %w: %w", ErrRange, err)
	}
	m.Dense, m.back = vectors.T(), vectors.T()
	for k, v := range values {
		a := math.Sqrt(v)
		if !(a > 0) || a-a != 0 {
			return fmt.Errorf("urf: metric: eigenvalue %d is %g: %w", k, v, ErrRange)
		}
		asm.Scale(m.Dense.Row(k), m.Dense.Row(k), a)
		asm.Scale(m.back.Row(k), m.back.Row(k), 1/a)
	}
	return nil
}

// covariance is xᵀx/n with the ridge.
func covariance(x *mat.Dense[float64]) *mat.Dense[float64] {
	c := mat.TMul(nil, x, x)
	for i := range c.Rows() {
		asm.Scale(c.Row(i), c.Row(i), 1/float64(x.Rows()))
	}
	extra := ridge(squares(x))
	for i := range c.Rows() {
		c.Set(i, i, c.At(i, i)+extra)
	}
	return c
}

// symmetric is the mean of a and its transpose, which rounding makes differ.
func symmetric(a *mat.Dense[float64]) *mat.Dense[float64] {
	for i := range a.Rows() {
		for j := range i {
			v := (a.At(i, j) + a.At(j, i)) / 2
			a.Set(i, j, v)
			a.Set(j, i, v)
		}
	}
	return a
}

// roots are c^½ and c^−½ of a symmetric matrix without negative eigenvalues; those that rounding makes negative, or that are
// less than it of the largest, become that.
func roots(c *mat.Dense[float64]) (root, inverse *mat.Dense[float64], err error) {
	values, vectors, err := mat.SymEigen(nil, nil, symmetric(c))
	if err != nil {
		return nil, nil, fmt.Errorf("urf: metric: %w: %w", ErrRange, err)
	}
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	r, q := vectors.T(), vectors.T()
	for k, v := range values {
		s := math.Sqrt(math.Sqrt(max(v, float64(top*0x1p-46))))
		asm.Scale(r.Row(k), r.Row(k), s)
		asm.Scale(q.Row(k), q.Row(k), 1/s)
	}
	return mat.TMul(nil, r, r), mat.TMul(nil, q, q), nil
}

// Inputs returns A·(x − Mean) of the rows of x.
func (m *Metric) Inputs(x *mat.Dense[float64]) *mat.Dense[float64] {
	y := x.Clone()
	for i := range y.Rows() {
		asm.Axpy(y.Row(i), -1, m.Mean)
		if m.Dense == nil {
			asm.Mul(y.Row(i), y.Row(i), m.Factor)
		}
	}
	if m.Dense == nil {
		return y
	}
	return mat.MulT(nil, y, m.Dense)
}

// Weights returns A⁻ᵀ·w of the rows of w and the biases b + w·Mean; b may be nil.
func (m *Metric) Weights(w *mat.Dense[float64], b []float64) (*mat.Dense[float64], []float64) {
	shifted := make([]float64, w.Rows())
	copy(shifted, b)
	for i := range shifted {
		shifted[i] += asm.Dot(w.Row(i), m.Mean)
	}
	if m.Dense != nil {
		return mat.MulT(nil, w, m.back), shifted
	}
	v := w.Clone()
	for i := range v.Rows() {
		for k := range v.Row(i) {
			v.Row(i)[k] /= m.Factor[k]
		}
	}
	return v, shifted
}
