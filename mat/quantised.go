package mat

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/internal/par"
)

// Quantised is an l×M matrix of small integers with a scale for each row: element (i, j) is
// scale[i]·code[i][j]. Codes of b bits lie in −m … m, m = 2^(b−1) − 1; b is 8 or 4. It does not change after it was made.
type Quantised struct {
	rows, cols, bits int
	codes            []int8    // row by row
	scales           []float32 // 0, or of 2⁻¹²⁶ … 2¹²⁰
}

// NewQuantised returns the matrix of the given codes (rows·cols, row by row) and scales (one for each row), which it keeps. It returns an error
// that wraps [ErrRange] for a code that has more bits, or a scale that is neither 0 nor of 2⁻¹²⁶ … 2¹²⁰: all elements are then 0 or normal numbers of float32.
func NewQuantised(rows, cols, bits int, codes []int8, scales []float32) (*Quantised, error) {
	const op = "mat.NewQuantised"
	checkBits(op, bits)
	if rows < 0 || cols < 0 || !holdable(rows, cols) || len(codes) != rows*cols || len(scales) != rows {
		panic(wrong(op, "%d codes and %d scales for %d×%d", len(codes), len(scales), rows, cols))
	}
	for i, s := range scales {
		if s != 0 && !scaleFits(s) {
			return nil, fmt.Errorf("%s: the scale of row %d is %g: %w", op, i, s, ErrRange)
		}
	}
	for i, c := range codes {
		if m := int(largestCode(bits)); int(c) > m || int(c) < -m {
			return nil, fmt.Errorf("%s: code (%d, %d) is %d, not within ±%d: %w", op, i/cols, i%cols, c, m, ErrRange)
		}
	}
	return &Quantised{rows, cols, bits, codes, scales}, nil
}

func checkBits(op string, bits int) {
	if bits != 8 && bits != 4 {
		panic(wrong(op, "codes of %d bits, want 8 or 4", bits))
	}
}

// largestCode is m of the codes −m … m.
func largestCode(bits int) float64 { return float64(int(1)<<(bits-1) - 1) }

func scaleFits(s float32) bool { return s >= 0x1p-126 && s <= 0x1p120 }

// Rows returns the number of rows.
func (q *Quantised) Rows() int { return q.rows }

// Cols returns the number of columns.
func (q *Quantised) Cols() int { return q.cols }

// Bits returns the number of bits of a code, 8 or 4.
func (q *Quantised) Bits() int { return q.bits }

// Codes returns the codes row by row, which must not be changed.
func (q *Quantised) Codes() []int8 { return q.codes }

// Scales returns the scales of the rows, which must not be changed.
func (q *Quantised) Scales() []float32 { return q.scales }

// Dequantise sets dst to the matrix that the codes stand for, each product scale·code being rounded once to T, and returns it; dst == nil
// allocates. In float64 the products are exact.
func Dequantise[T asm.Float](dst *Dense[T], q *Quantised) *Dense[T] {
	dst = newOr("mat.Dequantise", dst, q.rows, q.cols)
	for i := range q.rows {
		s := T(q.scales[i])
		row := dst.Row(i)
		for j, c := range q.codes[i*q.cols : (i+1)*q.cols] {
			row[j] = s * T(c)
		}
	}
	return dst
}

// Quantise rounds every element of w to the nearest code, ties to even: the scale of a row is the largest magnitude in it divided by the
// largest code, rounded to float32, and a code is w[i][j]/scale in float64, rounded and kept within the codes. What few bits lose is not looked at: where the
// inputs of the matrix are known [QuantiseGram] loses several times less.
//
// Errors wrap [ErrNotFinite] for such an element and [ErrRange] for a row whose scale would not fit (see [NewQuantised]).
func Quantise[T asm.Float](w *Dense[T], bits int) (*Quantised, error) {
	const op = "mat.Quantise"
	checkBits(op, bits)
	q := &Quantised{w.rows, w.cols, bits, make([]int8, w.rows*w.cols), make([]float32, w.rows)}
	wide := make([]float64, w.cols)
	for i := range w.rows {
		if err := checkFinite(op, i, w.Row(i)); err != nil {
			return nil, err
		}
		widen(wide, w.Row(i))
		s, err := widestScale(op, i, wide, bits)
		if err != nil {
			return nil, err
		}
		q.scales[i] = s
		for j, v := range wide {
			q.codes[i*q.cols+j] = int8(nearestCode(v, float64(s), largestCode(bits)))
		}
	}
	return q, nil
}

func widen[T asm.Float](dst []float64, x []T) {
	for i, v := range x {
		dst[i] = float64(v)
	}
}

// widestScale is the scale with which the largest magnitude of row i has the largest code; 0 if all are 0.
func widestScale(op string, i int, row []float64, bits int) (float32, error) {
	largest := 0.0
	for _, v := range row {
		largest = max(largest, math.Abs(v))
	}
	s := float32(largest / largestCode(bits))
	if largest != 0 && !scaleFits(s) {
		return 0, fmt.Errorf("%s: the scale of row %d would be %g, not of 2⁻¹²⁶ … 2¹²⁰: %w", op, i, largest/largestCode(bits), ErrRange)
	}
	return s, nil
}

// nearestCode is the integer of −m … m that is nearest to v/s, the even one of two; 0 for a scale of 0.
func nearestCode(v, s, m float64) float64 {
	if s == 0 {
		return 0
	}
	return max(-m, min(m, math.RoundToEven(v/s)))
}

// QuantisationLoss returns for each row i of w what its codes add to a sum of squares: e·H·eᵀ with e = w[i] − scale[i]·code[i] and H = ZᵀZ + λI
// (M×M, its lower triangle is read). For H = ZᵀZ that is ‖Z·eᵀ‖², the squared error of the output over the rows of Z; where w is
// the minimiser of a sum of squares with that H, it is exactly what the minimum grows by.
//
// e is FMA(−scale, code, w[i][j]) in float64, H·eᵀ a [MulT] with the lower triangle mirrored, the last product an [asm.Dot]. Cost l·M² multiply-adds.
func QuantisationLoss[T asm.Float](w *Dense[T], q *Quantised, h *Dense[float64]) []float64 {
	const op = "mat.QuantisationLoss"
	if w.rows != q.rows || w.cols != q.cols {
		panic(&ShapeError{Op: op, A: shape(w), B: [2]int{q.rows, q.cols}, Why: "the matrix and its codes differ"})
	}
	checkGram(op, w, h)
	e, full := New[float64](w.rows, w.cols), New[float64](w.cols, w.cols)
	for i := range w.rows {
		row := e.Row(i)
		widen(row, w.Row(i))
		for j, c := range q.codes[i*q.cols : (i+1)*q.cols] {
			row[j] = asm.FMA(-float64(q.scales[i]), float64(c), row[j])
		}
	}
	for i := range w.cols {
		for j := range w.cols {
			full.Set(i, j, h.At(max(i, j), min(i, j)))
		}
	}
	he := MulT(nil, e, full)
	loss := make([]float64, w.rows)
	for i := range loss {
		loss[i] = asm.Dot(e.Row(i), he.Row(i))
	}
	return loss
}

func checkGram[T asm.Float](op string, w *Dense[T], h *Dense[float64]) {
	if checkSquare(op, h) != w.cols {
		panic(&ShapeError{Op: op, A: shape(w), B: shape(h), Why: "want the Gram matrix of as many columns"})
	}
}

// eachRow runs do for every row, on several goroutines if rows are long.
func eachRow(rows, work int, do func(i int)) {
	par.For(rows, 1+1<<15/(1+work), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			do(i)
		}
	})
}
