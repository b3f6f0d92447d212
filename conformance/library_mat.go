package conformance

import (
	"nnk/asm"
	"nnk/mat"
)

// matrixOf returns the named matrix; its columns are the number that cols names.
func matrixOf[T asm.Float](c *Case, name, cols string) *mat.Dense[T] {
	v := to[T](c.Floats(name))
	n := int(c.Int(cols))
	return mat.Of(len(v)/n, n, v)
}

// flat returns the elements of a, row by row.
func flat[T asm.Float](a *mat.Dense[T]) []float64 {
	var out []float64
	for i := range a.Rows() {
		out = append(out, from(a.Row(i)...)...)
	}
	return out
}

// matCase is asmCase for package mat.
func matCase[T asm.Float](name string) func(c *Case) ([]float64, error) {
	switch name {
	case "mat.Mul":
		return func(c *Case) ([]float64, error) {
			return flat(mat.Mul(nil, matrixOf[T](c, "a", "k"), matrixOf[T](c, "b", "n"))), nil
		}
	case "mat.MulT":
		return func(c *Case) ([]float64, error) {
			return flat(mat.MulT(nil, matrixOf[T](c, "a", "k"), matrixOf[T](c, "b", "k"))), nil
		}
	case "mat.MulVec":
		return func(c *Case) ([]float64, error) {
			return from(mat.MulVec(nil, matrixOf[T](c, "a", "k"), to[T](c.Floats("x")))...), nil
		}
	case "mat.Gram":
		return func(c *Case) ([]float64, error) { return flat(mat.Gram(nil, matrixOf[T](c, "a", "n"))), nil }
	case "mat.Cholesky":
		return func(c *Case) ([]float64, error) {
			l, err := mat.Cholesky(nil, matrixOf[T](c, "a", "n"))
			if err != nil {
				return nil, err
			}
			return flat(l), nil
		}
	case "mat.RidgeSolve":
		return func(c *Case) ([]float64, error) {
			x, err := mat.RidgeSolve(nil, matrixOf[T](c, "s", "n"), matrixOf[T](c, "t", "l"), T(c.Float("lambda")), nil)
			if err != nil {
				return nil, err
			}
			return flat(x), nil
		}
	case "mat.LeastSquares":
		return func(c *Case) ([]float64, error) {
			x, err := mat.LeastSquares(nil, matrixOf[T](c, "a", "n"), matrixOf[T](c, "b", "l"))
			if err != nil {
				return nil, err
			}
			return flat(x), nil
		}
	case "mat.QuantiseGram":
		return func(c *Case) ([]float64, error) {
			q, _, err := mat.QuantiseGram(matrixOf[T](c, "w", "n"), matrixOf[float64](c, "h", "n"), int(c.Int("code")))
			if err != nil {
				return nil, err
			}
			var out []float64
			for _, v := range q.Codes() {
				out = append(out, float64(v))
			}
			return append(out, from(q.Scales()...)...), nil
		}
	case "mat.SymEigen":
		return func(c *Case) ([]float64, error) {
			values, _, err := mat.SymEigen(nil, nil, matrixOf[T](c, "a", "n"))
			return from(values...), err
		}
	}
	return nil
}
