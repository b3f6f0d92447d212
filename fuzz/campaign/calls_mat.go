package main

import (
	"nnk/asm"
	"nnk/fft"
	"nnk/mat"
)

// products are those of matrices, by parts of the rows of the result.
func products[T asm.Float]() []call {
	shapes := func(d *draw) (m, k, n int, a, b, c *mat.Dense[T]) {
		m, k, n = d.size(150), d.size(300), d.size(150)
		kind := d.contents(extreme)
		return m, k, n, matrix[T](d, m, k, kind), matrix[T](d, k, n, d.contents(uneven)), matrix[T](d, m, n, kind)
	}
	return []call{
		{"mat.Mul, MulT, TMul", func(d *draw, r *result) {
			m, _, n, a, b, _ := shapes(d)
			addMatrix(r, byRows(d, a, func(a *mat.Dense[T]) *mat.Dense[T] { return mat.Mul(place[T](d, a.Rows(), n), a, b) }))
			addMatrix(r, byRows(d, a, func(a *mat.Dense[T]) *mat.Dense[T] { return mat.MulT(nil, a, b.T()) }))
			addMatrix(r, mat.TMul(place[T](d, m, n), a.T(), b))
		}},
		{"mat.MulAdd, MulTAdd, TMulAdd", func(d *draw, r *result) {
			_, _, _, a, b, c := shapes(d)
			addMatrix(r, mat.MulAdd(c, a, b))
			addMatrix(r, mat.MulTAdd(c, a, b.T()))
			addMatrix(r, mat.TMulAdd(c, a.T(), b))
		}},
		{"mat.MulPacked, MulPackedAdd", func(d *draw, r *result) {
			_, _, _, a, b, c := shapes(d)
			p, t := mat.Pack(b), mat.PackT(b.T())
			addMatrix(r, byRows(d, a, func(a *mat.Dense[T]) *mat.Dense[T] { return mat.MulPacked(nil, a, p) }))
			addMatrix(r, mat.MulPackedAdd(c, a, t))
		}},
		{"mat.MulVec", func(d *draw, r *result) {
			_, k, _, a, _, _ := shapes(d)
			add(r, mat.MulVec(nil, a, vector[T](d, k, d.contents(uneven)))...)
		}},
		{"mat.Gram, GramAdd", func(d *draw, r *result) {
			a := matrix[T](d, d.size(300), d.size(120), d.contents(uneven))
			s := mat.Gram(place[T](d, a.Cols(), a.Cols()), a)
			addMatrix(r, s)
			addMatrix(r, mat.GramAdd(s, a))
		}},
	}
}

// solvers factorise.
func solvers[T asm.Float]() []call {
	system := func(d *draw) (z, y, s, t *mat.Dense[T]) {
		n := d.size(80)
		z = matrix[T](d, n+d.upTo(0, 40), n, tame)
		y = matrix[T](d, z.Rows(), d.upTo(1, 5), tame)
		return z, y, mat.Gram(nil, z), mat.TMul(nil, z, y)
	}
	return []call{
		{"mat.Cholesky, CholeskySolve, SolveLower, SolveLowerT, PivotRatio", func(d *draw, r *result) {
			_, _, s, t := system(d)
			for i := range s.Rows() {
				s.Set(i, i, s.At(i, i)+0.5)
			}
			l, err := mat.Cholesky(place[T](d, s.Rows(), s.Rows()), s)
			if failed(r, err) {
				return
			}
			addMatrix(r, l)
			add(r, mat.PivotRatio(l))
			addMatrix(r, mat.CholeskySolve(nil, l, t))
			addMatrix(r, mat.SolveLower(nil, l, t))
			addMatrix(r, mat.SolveLowerT(nil, l, t))
		}},
		{"mat.RidgeSolve, RidgeWithConstant, RidgeUnit, SelectOLS", func(d *draw, r *result) {
			_, _, s, t := system(d)
			x, err := mat.RidgeSolve(nil, s, t, 0.5, nil)
			if !failed(r, err) {
				addMatrix(r, x)
			}
			x, err = mat.RidgeWithConstant(nil, s, t, 0.5)
			if !failed(r, err) {
				addMatrix(r, x)
			}
			add(r, mat.RidgeUnit(s))
			chosen, gains, err := mat.SelectOLS(s, t, d.upTo(0, s.Rows()), mat.SelectOptions[T]{Lambda: 0.1})
			failed(r, err)
			addInts(r, chosen...)
			add(r, gains...)
		}},
		{"mat.LeastSquares, QR", func(d *draw, r *result) {
			z, y, _, _ := system(d)
			x, err := mat.LeastSquares(nil, z, y)
			if !failed(r, err) {
				addMatrix(r, x)
			}
			var f mat.QR[T]
			if failed(r, f.Factor(z)) {
				return
			}
			addMatrix(r, f.Q(nil))
			addMatrix(r, f.R(nil))
		}},
		{"mat.Quantise, QuantiseGram, NewQuantised, QuantisationLoss, Dequantise, MulQuantisedT", func(d *draw, r *result) {
			n, bits := d.size(150), 4*d.upTo(1, 2)
			h := mat.Gram(nil, matrix[float64](d, d.upTo(1, 100), n, tame))
			for i := range n {
				h.Set(i, i, h.At(i, i)+0x1p-10)
			}
			w := matrix[T](d, d.upTo(1, 40), n, tame)
			q, err := mat.Quantise(w, bits)
			if failed(r, err) {
				return
			}
			addMatrix(r, mat.Dequantise[T](nil, q))
			add(r, mat.QuantisationLoss(w, q, h)...)
			q, loss, err := mat.QuantiseGram(w, h, bits)
			if failed(r, err) {
				return
			}
			if q, err = mat.NewQuantised(q.Rows(), n, bits, q.Codes(), q.Scales()); failed(r, err) {
				return
			}
			addMatrix(r, mat.Dequantise(place[T](d, q.Rows(), n), q))
			rows := d.size(40)
			addMatrix(r, mat.MulQuantisedT(place[T](d, rows, q.Rows()), matrix[T](d, rows, n, d.contents(extreme)), q))
			add(r, loss...)
		}},
		{"mat.SymEigen", func(d *draw, r *result) {
			_, _, s, _ := system(d)
			values, vectors, err := mat.SymEigen(nil, nil, s)
			if failed(r, err) {
				return
			}
			add(r, values...)
			addMatrix(r, vectors)
		}},
	}
}

// fourier are the transforms. They are apart because a plan's type is complex.
func fourier[T asm.Float, C asm.Complex](typ string) []call {
	parts := func(r *result, x []C) {
		re, im := make([]T, len(x)), make([]T, len(x))
		asm.FFTSplit(re, im, x, false)
		add(r, re...)
		add(r, im...)
	}
	complexes := func(d *draw, n int) []C {
		x := make([]C, n)
		asm.FFTLast(x, vector[T](d, n, d.contents(uneven)), vector[T](d, n, d.contents(uneven)), 1, 1, false)
		return x
	}
	return []call{
		{"fft.Plan " + typ, func(d *draw, r *result) {
			n := d.size(3000)
			p, x := fft.NewPlan[C](n), complexes(d, n)
			parts(r, p.Forward(nil, x, nil))
			parts(r, p.Inverse(nil, x, nil))
		}},
		{"asm.ComplexMul " + typ, func(d *draw, r *result) {
			n := d.size(3000)
			x, w := complexes(d, n), complexes(d, n)
			asm.ComplexMul(x, x, w)
			parts(r, x)
		}},
		{"fft.RealPlan, DCTPlan " + typ, func(d *draw, r *result) {
			n := d.size(2000)
			v := vector[T](d, n, d.contents(uneven))
			re, im := fft.NewRealPlan[T](n).Forward(nil, nil, v, nil)
			add(r, re...)
			add(r, im...)
			add(r, fft.NewRealPlan[T](n).Inverse(nil, re, im, nil)...)
			p := fft.NewDCTPlan[T](n)
			add(r, p.II(nil, v, nil)...)
			add(r, p.III(nil, v, nil)...)
		}},
		{"fft.FWHT " + typ, func(d *draw, r *result) {
			cols := 1 << d.upTo(0, 9)
			for cols > max(d.most, 1) {
				cols /= 2
			}
			x := matrix[T](d, d.size(20), cols, d.contents(extreme))
			addMatrix(r, byRows(d, x, func(x *mat.Dense[T]) *mat.Dense[T] { return fft.FWHT(nil, x) }))
		}},
	}
}
