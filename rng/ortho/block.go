package ortho

import (
	"math"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng"
)

// blocks makes the rows of kinds Block and Simplex, a block of d rows at a time.
//
// Block b is a matrix of orthonormal rows, uniform (Haar): the transpose of Q in
// the QR factorisation, with R's diagonal ≥ 0, of the matrix whose column c has the
// normals (b·d+c)·d … of streamElements. The diagonal's sign makes it uniform; a QR whose
// reflectors choose the sign gives Q a bias. The last block needs only the columns
// of its rows. A block of which no row is kept is not made.
//
// A simplex of two vertices is a line, and rows that are opposite to each other repeat their
// cosines: two columns of kind Simplex are those of kind Block.
func (p *stored[T]) blocks() error {
	var f mat.QR[T]
	var q *mat.Dense[T]
	d, lengths := p.spec.D, p.spec.lengths()
	simplex := p.spec.Kind == Simplex && d != 2
	for i := 0; i < p.Rows(); {
		b := p.spec.source(i) / d
		n := min(d, p.spec.M-b*d)
		if simplex {
			n = d
		}
		gauss := mat.New[T](n, d)
		par.For(n, 1+1<<12/d, func(lo, hi int) {
			rng.Normal(p.spec.elements(), gauss.View(lo, 0, hi-lo, d).Data(), uint64(b*d+lo)*uint64(d))
		})
		if err := f.Factor(gauss.T()); err != nil {
			return err
		}
		if q != nil && q.Cols() != n {
			q = nil
		}
		q = f.Q(q)
		rows := q.T()
		var sum []T
		if simplex {
			sum = simplexSum(rows)
		}
		for ; i < p.Rows() && p.spec.source(i)/d == b; i++ {
			j := p.spec.source(i) - b*d
			length := lengths(p.spec.source(i))
			if sum != nil {
				simplexRow(p.g.Row(i), rows, sum, j, length)
				continue
			}
			asm.Scale(p.g.Row(i), rows.Row(j), T(length))
		}
	}
	return nil
}

// simplexSum is the sum of all rows but the last.
func simplexSum[T asm.Float](rows *mat.Dense[T]) []T {
	sum := make([]T, rows.Cols())
	for k := range rows.Rows() - 1 {
		asm.Axpy(sum, 1, rows.Row(k))
	}
	return sum
}

// simplexRow sets dst to length·s_j·R: R has orthonormal rows and s_j is vertex j of
// a regular simplex of d unit vectors, each pair at the cosine −1/(d−1), in the plane
// of the first d−1 axes (I. Reid et al., Simplex Random Features, ICML 2023, eq. 11):
//
//	j < d−1: √(d/(d−1))·e_j − (√d+1)/(d−1)^{3/2}·(1, …, 1, 0)
//	j = d−1: (1, …, 1, 0)/√(d−1)
func simplexRow[T asm.Float](dst []T, rows *mat.Dense[T], sum []T, j int, length float64) {
	n := float64(len(dst) - 1)
	switch {
	case n == 0:
		asm.Scale(dst, rows.Row(0), T(length))
	case j == len(dst)-1:
		asm.Scale(dst, sum, T(length/math.Sqrt(n)))
	default:
		asm.Scale(dst, sum, T(-length*(math.Sqrt(n+1)+1)/(n*math.Sqrt(n))))
		asm.Axpy(dst, T(length*math.Sqrt((n+1)/n)), rows.Row(j))
	}
}

// lengths returns the function that gives the length of a row: √d, or the value of
// its index in the χ distribution of streamLengths. (d is that of the rows before
// they are cut: a power of two for kind Hadamard.)
func (s Spec) lengths() func(row int) float64 {
	d := s.block()
	if s.Norm == Sqrt {
		return func(int) float64 { return math.Sqrt(float64(d)) }
	}
	from := streamLengths.Of(s.Seed)
	return func(row int) float64 {
		var v [1]float64
		rng.Chi(from, v[:], uint64(row), d)
		return v[0]
	}
}
