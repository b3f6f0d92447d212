package mat

import "nnk/asm"

const (
	// solveBlock is the number of unknowns that SolveLowerT eliminates together:
	// it fixes the order of its sums.
	solveBlock = 64

	// solveUnit is the order of the triangles that are solved row by row, and
	// solveUnit × stripCols the part of the unknowns that stays in the L1 cache
	// meanwhile. They change no bit.
	solveUnit = 32
	stripCols = 128

	// fewCols is the number of columns below which SolveLowerT takes each by itself, where l of at most smallRows rows stays in the L2 cache
	// meanwhile. They change no bit.
	fewCols   = 16
	smallRows = 512
)

// SolveLower sets dst = l⁻¹·b for a lower triangular l (n×n; what is above the
// diagonal is not read) and returns it. b and dst are n×c; dst == nil allocates,
// dst may be b. Every element is one chain over ascending k, from b's element:
//
//	c = FMA(l[i][k], −x[k][j], c), k < i;  x[i][j] = c·(1/l[i][i])
//
// A zero on the diagonal, or one so small that its inverse overflows, gives
// infinities and NaN. Cost n²·c/2 multiply-adds.
func SolveLower[T asm.Float](dst, l, b *Dense[T]) *Dense[T] {
	dst = solveOutput("mat.SolveLower", dst, l, b)
	neg := getScratch[T](dst.rows * dst.cols)
	solveLower(*dst, *l, Dense[T]{dst.rows, dst.cols, dst.cols, *neg})
	putScratch(neg)
	return dst
}

// SolveLowerT sets dst = l⁻ᵀ·b for a lower triangular l, with shapes, aliasing
// and cost as in [SolveLower]. Rows are taken in blocks of 64, from the last
// block of l (which may be shorter: blocks start at multiples of 64) to the first.
// Every element of the result is one chain from b's element: first over the k of the blocks
// below in ascending order, then over the k > i inside the block in descending order:
//
//	c = FMA(l[k][i], −x[k][j], c);  x[i][j] = c·(1/l[i][i])
func SolveLowerT[T asm.Float](dst, l, b *Dense[T]) *Dense[T] {
	dst = solveOutput("mat.SolveLowerT", dst, l, b)
	n, c := dst.rows, dst.cols
	if c == 0 {
		return dst
	}
	if c < fewCols && n <= smallRows {
		solveColumnsT(dst, l)
		return dst
	}
	buf := getScratch[T](n * c)
	neg := Dense[T]{n, c, c, *buf}
	for i0 := (n - 1) / solveBlock * solveBlock; i0 >= 0; i0 -= solveBlock {
		i1 := min(i0+solveBlock, n)
		x := dst.part(i0, 0, i1-i0, c)
		below, panel := neg.part(i1, 0, n-i1, c), l.part(i1, i0, n-i1, i1-i0)
		TMulAdd(&x, &panel, &below)
		for i := i1 - 1; i >= i0; i-- {
			scaleNeg(dst.Row(i), neg.Row(i), 1/l.At(i, i))
			for k, v := range l.Row(i)[i0:i] {
				asm.Axpy(dst.Row(i0+k), v, neg.Row(i))
			}
		}
	}
	putScratch(buf)
	return dst
}

// solveColumnsT solves lᵀ·x = x in place for few columns, each by itself: there are rows of l to add, which are long, and not rows of x.
func solveColumnsT[T asm.Float](x, l *Dense[T]) {
	n, c := x.rows, x.cols
	buf := getScratch[T](2 * n)
	v, neg := (*buf)[:n], (*buf)[n:]
	for j := range c {
		for i := range n {
			v[i] = x.At(i, j)
		}
		solveColumnT(v, neg, l)
		for i, u := range v {
			x.Set(i, j, u)
		}
	}
	putScratch(buf)
}

// solveColumnT solves lᵀ·v = v in place and fills neg with −v.
func solveColumnT[T asm.Float](v, neg []T, l *Dense[T]) {
	n := len(v)
	for i0 := (n - 1) / solveBlock * solveBlock; i0 >= 0; i0 -= solveBlock {
		i1 := min(i0+solveBlock, n)
		if i1 < n {
			asm.AxpyRows(v[i0:i1], n-i1, neg[i1:], 1, l.data[i1*l.stride+i0:], l.stride)
		}
		for i := i1 - 1; i >= i0; i-- {
			row := l.Row(i)
			v[i] *= 1 / row[i]
			neg[i] = -v[i]
			asm.Axpy(v[i0:i], neg[i], row[i0:i])
		}
	}
}

// solveLower solves l·x = x in place and fills neg with −x.
func solveLower[T asm.Float](x, l, neg Dense[T]) {
	n, c := x.rows, x.cols
	if c == 0 {
		return
	}
	if n <= solveUnit {
		for j := 0; j < c; j += stripCols {
			solveStrip(x.part(0, j, n, min(stripCols, c-j)), l, neg.part(0, j, n, min(stripCols, c-j)))
		}
		return
	}
	n1 := half(n)
	n2 := n - n1
	neg1 := neg.part(0, 0, n1, c)
	solveLower(x.part(0, 0, n1, c), l.part(0, 0, n1, n1), neg1)
	x2, l21 := x.part(n1, 0, n2, c), l.part(n1, 0, n2, n1)
	MulAdd(&x2, &l21, &neg1)
	solveLower(x2, l.part(n1, n1, n2, n2), neg.part(n1, 0, n2, c))
}

// solveStrip is solveLower for a block that the L1 cache holds.
func solveStrip[T asm.Float](x, l, neg Dense[T]) {
	for i := range x.rows {
		asm.AxpyRows(x.Row(i), i, l.Row(i), 1, neg.data, neg.stride)
		scaleNeg(x.Row(i), neg.Row(i), 1/l.At(i, i))
	}
}

// half splits n > solveUnit into two parts, the first a multiple of solveUnit.
func half(n int) int { return (n/2 + solveUnit - 1) / solveUnit * solveUnit }

// scaleNeg sets x *= a and neg = −x.
func scaleNeg[T asm.Float](x, neg []T, a T) {
	neg = neg[:len(x)]
	for j, v := range x {
		v *= a
		x[j], neg[j] = v, -v
	}
}

// solveOutput checks the shapes of a triangular solve and returns dst holding b.
func solveOutput[T asm.Float](op string, dst, l, b *Dense[T]) *Dense[T] {
	if checkSquare(op, l) != b.rows {
		panic(&ShapeError{Op: op, A: shape(l), B: shape(b), Why: "row counts differ"})
	}
	dst = newOr(op, dst, b.rows, b.cols)
	checkApart(op, "dst", dst, "l", l)
	checkSameOrApart(op, "dst", dst, "b", b)
	if !dst.Same(b) {
		dst.Copy(b)
	}
	return dst
}
