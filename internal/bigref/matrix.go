package bigref

import "math/big"

// Matrix is rows of big numbers.
type Matrix [][]*big.Float

// Matrix returns the matrix with cols columns whose rows stand one after the other
// in data.
func (p Prec) Matrix(cols int, data []float64) Matrix {
	var m Matrix
	for ; len(data) >= cols && cols > 0; data = data[cols:] {
		m = append(m, p.Floats(data[:cols]))
	}
	return m
}

// Flat returns the elements, row by row.
func (a Matrix) Flat() []*big.Float {
	var out []*big.Float
	for _, row := range a {
		out = append(out, row...)
	}
	return out
}

// T returns the transpose.
func (a Matrix) T() Matrix {
	if len(a) == 0 {
		return a
	}
	b := make(Matrix, len(a[0]))
	for i := range b {
		b[i] = make([]*big.Float, len(a))
		for j := range b[i] {
			b[i][j] = a[j][i]
		}
	}
	return b
}

// MatMul returns a·b.
func (p Prec) MatMul(a, b Matrix) Matrix {
	c, bt := make(Matrix, len(a)), b.T()
	for i := range c {
		c[i] = make([]*big.Float, len(bt))
		for j := range c[i] {
			c[i][j] = p.Dot(a[i], bt[j])
		}
	}
	return c
}

// MatAbs returns the absolute values of a.
func (p Prec) MatAbs(a Matrix) Matrix {
	b := make(Matrix, len(a))
	for i := range a {
		for _, v := range a[i] {
			b[i] = append(b[i], p.Abs(v))
		}
	}
	return b
}

// MaxAbs returns the largest absolute value of the elements.
func (a Matrix) MaxAbs() float64 {
	worst := 0.0
	for _, row := range a {
		for _, v := range row {
			worst = max(worst, guess(new(big.Float).Abs(v)))
		}
	}
	return worst
}

// Identity returns the n×n matrix with d on the diagonal.
func (p Prec) Identity(n int, d *big.Float) Matrix {
	a := make(Matrix, n)
	for i := range a {
		for j := range n {
			v := p.new()
			if i == j {
				v.Set(d)
			}
			a[i] = append(a[i], v)
		}
	}
	return a
}

// MatAdd returns a + b.
func (p Prec) MatAdd(a, b Matrix) Matrix {
	c := make(Matrix, len(a))
	for i := range a {
		for j := range a[i] {
			c[i] = append(c[i], p.Add(a[i][j], b[i][j]))
		}
	}
	return c
}

// Solve returns a⁻¹·b by Gauss–Jordan elimination with partial pivoting.
func (p Prec) Solve(a, b Matrix) Matrix {
	m, x := p.MatAdd(a, p.Identity(len(a), p.new())), make(Matrix, len(b))
	for i := range b {
		for _, v := range b[i] {
			x[i] = append(x[i], p.round(v))
		}
	}
	t := p.new()
	for k := range m {
		pivot := k
		for i := k; i < len(m); i++ {
			if p.Abs(m[i][k]).Cmp(p.Abs(m[pivot][k])) > 0 {
				pivot = i
			}
		}
		m[k], m[pivot], x[k], x[pivot] = m[pivot], m[k], x[pivot], x[k]
		for i := range m {
			if i == k {
				continue
			}
			f := p.Quo(m[i][k], m[k][k])
			for j := k; j < len(m); j++ {
				m[i][j].Sub(m[i][j], t.Mul(f, m[k][j]))
			}
			for j := range x[i] {
				x[i][j].Sub(x[i][j], t.Mul(f, x[k][j]))
			}
		}
	}
	for i := range x {
		for j := range x[i] {
			x[i][j] = p.Quo(x[i][j], m[i][i])
		}
	}
	return x
}

// Cholesky returns the lower triangular L with L·Lᵀ = a.
func (p Prec) Cholesky(a Matrix) Matrix {
	l := p.Identity(len(a), p.new())
	for i := range a {
		for j := range i + 1 {
			s := p.Sub(a[i][j], p.Dot(l[i][:j], l[j][:j]))
			if i == j {
				l[i][j] = p.Sqrt(s)
			} else {
				l[i][j] = p.Quo(s, l[j][j])
			}
		}
	}
	return l
}

// Condition returns ‖a‖·‖a⁻¹‖ in the largest row sum.
func (p Prec) Condition(a Matrix) float64 {
	return p.norm(a) * p.norm(p.Solve(a, p.Identity(len(a), p.Int(1))))
}

func (p Prec) norm(a Matrix) float64 {
	worst := 0.0
	for _, row := range p.MatAbs(a) {
		worst = max(worst, guess(p.Sum(row...)))
	}
	return worst
}
