package mat

import (
	"math"
	"sync"

	"nnk/asm"
	"nnk/internal/par"
)

// leastMagnitude is that below which a row of inputs counts as 0: 127 over it has to be finite.
const leastMagnitude = 0x1p-1000

// exactCols is a number of products of codes whose sum fits 32 bits.
const exactCols = 1 << 17

// MulQuantisedT sets dst (n×l) to the products of the rows of x (n×M), rounded to 8 bits, with those of q (l×M), and returns it; dst == nil
// allocates. The sums are of integers and so exact, in any order. dst must not overlap x. For a row of x whose largest magnitude is m
//
//	code[k] = the integer nearest to x[k]·(127/m), ties to even        dst[j] = ((m/127)·scale[j])·Σₖ code[k]·q.code[j][k]
//
// each operation in float64, the last rounded to T. A row of zeros (m below 2⁻¹⁰⁰⁰ counts as 0) gives zeros, one with NaN or ±Inf gives NaN.
// What rounding the inputs adds to an output has mean square about Σₖ w[j][k]²·m²/193,548 where errors are independent.
//
// Cost n·M roundings and n·l·M multiply-adds of bytes; a quarter of the memory of float32 weights is read.
func MulQuantisedT[T asm.Float](dst, x *Dense[T], q *Quantised) *Dense[T] {
	const op = "mat.MulQuantisedT"
	if x.cols != q.cols {
		panic(&ShapeError{Op: op, A: shape(x), B: [2]int{q.rows, q.cols}, Why: "inner dimensions differ"})
	}
	checkApart(op, "dst", dst, "x", x)
	dst = newOr(op, dst, x.rows, q.rows)
	s, _ := roundedPool.Get().(*roundedRows)
	if s == nil {
		s = &roundedRows{}
	}
	defer roundedPool.Put(s)
	s.grow(x.rows, x.cols)
	if grain := 1 + 1<<14/(1+x.cols); x.rows <= grain {
		roundRows(s, x, 0, x.rows)
	} else {
		par.For(x.rows, grain, func(lo, hi int) { roundRows(s, x, lo, hi) })
	}
	if grain := 1 + 1<<19/(1+x.rows*x.cols); q.rows <= grain {
		mulRounded(dst, s, q, 0, q.rows)
	} else {
		par.For(q.rows, grain, func(lo, hi int) { mulRounded(dst, s, q, lo, hi) })
	}
	return dst
}

var roundedPool sync.Pool

// roundedRows are rows of integers of 8 bits with a scale each.
type roundedRows struct {
	rows, cols int
	codes      []int8
	scales     []float64 // m/127; NaN for rows with NaN or infinities
}

func (s *roundedRows) grow(rows, cols int) {
	if cap(s.codes) < rows*cols {
		s.codes = make([]int8, rows*cols)
	}
	if cap(s.scales) < rows {
		s.scales = make([]float64, rows)
	}
	s.rows, s.cols, s.codes, s.scales = rows, cols, s.codes[:rows*cols], s.scales[:rows]
}

func (s *roundedRows) row(i int) []int8 { return s.codes[i*s.cols : (i+1)*s.cols] }

// roundRows rounds rows lo … hi−1 of x.
func roundRows[T asm.Float](s *roundedRows, x *Dense[T], lo, hi int) {
	for i := lo; i < hi; i++ {
		row, codes := x.Row(i), s.row(i)
		m := T(0)
		for _, v := range row {
			if v < 0 {
				v = -v
			}
			m = max(m, v) // NaN if one is
		}
		size := float64(m)
		if size-size != 0 || size < leastMagnitude {
			clear(codes)
			s.scales[i] = size - size // NaN or 0
			continue
		}
		s.scales[i] = size / 127
		r := 127 / size
		codes = codes[:len(row)]
		for k, v := range row {
			codes[k] = int8(math.RoundToEven(float64(v) * r))
		}
	}
}

// mulRounded sets columns lo … hi−1 of dst to the products with these rows of q.
func mulRounded[T asm.Float](dst *Dense[T], s *roundedRows, q *Quantised, lo, hi int) {
	for j := lo; j < hi; j++ {
		codes, scale := q.codes[j*q.cols:(j+1)*q.cols], float64(q.scales[j])
		for i, unit := range s.scales {
			dst.data[i*dst.stride+j] = T(float64(unit*scale) * float64(dotCodes(s.row(i), codes)))
		}
	}
}

// dotCodes is exact, whatever the length.
func dotCodes(x, y []int8) int64 {
	var sum int64
	for ; len(x) > exactCols; x, y = x[exactCols:], y[exactCols:] {
		sum += int64(asm.DotInt8(x[:exactCols], y[:exactCols]))
	}
	return sum + int64(asm.DotInt8(x, y))
}
