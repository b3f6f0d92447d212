package conformance

import (
	"nnk/asm"
	"nnk/mat"
)

func matBattery(d *digest) {
	both(d, matPart[float32], matPart[float64])
}

// matrix returns an r×c matrix with entries in [-1, 1).
func matrix[T asm.Float](seed inputs, r, c int) *mat.Dense[T] {
	return mat.Of(r, c, uniform[T](seed, r*c, -1, 1))
}

func addMatrix[T asm.Float](d *digest, name string, a *mat.Dense[T]) {
	for i := range a.Rows() {
		add(d, name, a.Row(i)...)
	}
}

func matPart[T asm.Float](d *digest) {
	for _, s := range [][3]int{{1, 1, 1}, {1, 300, 70}, {5, 17, 33}, {70, 300, 65}} {
		m, k, n := s[0], s[1], s[2]
		a, b, c := matrix[T](21, m, k), matrix[T](22, k, n), matrix[T](23, m, n)
		addMatrix(d, "Mul", mat.Mul(nil, a, b))
		addMatrix(d, "MulT", mat.MulT(nil, a, b.T()))
		addMatrix(d, "TMul", mat.TMul(nil, a.T(), b))
		addMatrix(d, "MulAdd", mat.MulAdd(c.Clone(), a, b))
		addMatrix(d, "TMulAdd", mat.TMulAdd(c.Clone(), a.T(), b))
		add(d, "MulVec", mat.MulVec(nil, a, b.T().Row(0))...)
		addMatrix(d, "Gram", mat.Gram(nil, a))
	}
	matMore[T](d)
	z, y := matrix[T](24, 400, 150), matrix[T](25, 400, 3)
	s, t := mat.Gram(nil, z), mat.TMul(nil, z, y)
	l, err := mat.Cholesky(nil, s)
	must(d, "Cholesky", err)
	addMatrix(d, "Cholesky", l)
	addMatrix(d, "CholeskySolve", mat.CholeskySolve(nil, l, t))
	x, err := mat.RidgeSolve(nil, s, t, 0.5, nil)
	must(d, "RidgeSolve", err)
	addMatrix(d, "RidgeSolve", x)
	x, err = mat.RidgeWithConstant(nil, s, t, 0.5)
	must(d, "RidgeWithConstant", err)
	addMatrix(d, "RidgeWithConstant", x)
	add(d, "RidgeUnit", mat.RidgeUnit(s))
	x, err = mat.LeastSquares(nil, z, y)
	must(d, "LeastSquares", err)
	addMatrix(d, "LeastSquares", x)
	var f mat.QR[T]
	must(d, "QR", f.Factor(z))
	addMatrix(d, "QR.Q", f.Q(nil))
	addMatrix(d, "QR.R", f.R(nil))
	values, v, err := mat.SymEigen(nil, nil, s)
	must(d, "SymEigen", err)
	add(d, "SymEigen", values...)
	addMatrix(d, "SymEigen", v)
	chosen, gains, err := mat.SelectOLS(s, t, 40, mat.SelectOptions[T]{Lambda: 0.5, First: []int{149}})
	must(d, "SelectOLS", err)
	for _, j := range chosen {
		add(d, "SelectOLS", T(j))
	}
	add(d, "SelectOLS", gains...)
	quantisation[T](d)
}

// quantisation adds codes and scales of weights for inputs that depend on each other.
func quantisation[T asm.Float](d *digest) {
	z := mat.Mul(nil, matrix[float64](111, 150, 70), matrix[float64](112, 70, 90)) // of rank 70
	h := mat.Gram(nil, z)
	for i := range h.Rows() {
		h.Set(i, i, h.At(i, i)+0.25)
	}
	w := matrix[T](113, 5, 90)
	for _, bits := range []int{8, 4} {
		q, err := mat.Quantise(w, bits)
		must(d, "Quantise", err)
		addMatrix(d, "Quantise, Dequantise", mat.Dequantise[T](nil, q))
		for _, v := range mat.QuantisationLoss(w, q, h) {
			add(d, "QuantisationLoss", T(v))
		}
		q, loss, err := mat.QuantiseGram(w, h, bits)
		must(d, "QuantiseGram", err)
		for _, c := range q.Codes() {
			add(d, "QuantiseGram", T(c))
		}
		for i, s := range q.Scales() {
			add(d, "QuantiseGram", T(s), T(loss[i]))
		}
		again, err := mat.NewQuantised(q.Rows(), q.Cols(), bits, q.Codes(), q.Scales())
		must(d, "NewQuantised", err)
		addMatrix(d, "NewQuantised", mat.Dequantise[T](nil, again))
		addMatrix(d, "MulQuantisedT", mat.MulQuantisedT(nil, matrix[T](114, 6, 90), q))
	}
}

// matMore covers the products with packed and repeated operands, and the solves
// that are part of a factorisation.
func matMore[T asm.Float](d *digest) {
	a, b, c := matrix[T](26, 37, 90), matrix[T](27, 90, 75), matrix[T](28, 37, 75)
	addMatrix(d, "MulTAdd", mat.MulTAdd(c.Clone(), a, b.T()))
	addMatrix(d, "MulPacked", mat.MulPacked(nil, a, mat.Pack(b)))
	addMatrix(d, "MulPackedAdd", mat.MulPackedAdd(c.View(0, 0, 1, 75).Clone(), a.View(0, 0, 1, 90), mat.PackT(b.T())))
	s := mat.Gram(nil, a.T())
	addMatrix(d, "GramAdd", mat.GramAdd(s.Clone(), matrix[T](29, 5, 37)))
	l, err := mat.Cholesky(nil, s)
	must(d, "Cholesky", err)
	add(d, "PivotRatio", mat.PivotRatio(l))
	addMatrix(d, "SolveLower", mat.SolveLower(nil, l, c))
	addMatrix(d, "SolveLowerT", mat.SolveLowerT(nil, l, c))
	var f mat.QR[T]
	must(d, "QR", f.Factor(a.T()))
	x, err := f.Solve(nil, b)
	must(d, "QR.Solve", err)
	addMatrix(d, "QR.Solve", x)
}
