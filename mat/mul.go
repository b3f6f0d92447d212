package mat

import (
	"nnk/asm"
)

// Mul sets dst = a·b and returns it; dst == nil allocates. Every element is one
// chain c = FMA(a[i][k], b[k][j], c) over ascending k from +0. dst must not
// overlap a or b. Cost m·k·n multiply-adds.
func Mul[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.Mul", dst, a.rows, b.cols, a, b, a.cols == b.rows)
	multiply(dst, byRows(a), byRows(b), nil, false)
	return dst
}

// MulAdd sets dst += a·b: the chain of [Mul] starts from dst's value.
func MulAdd[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.MulAdd", dst, a.rows, b.cols, a, b, a.cols == b.rows)
	multiply(dst, byRows(a), byRows(b), nil, true)
	return dst
}

// MulT sets dst = a·bᵀ by the chain of [Mul] and returns it; dst == nil
// allocates. No transposed copy of b is made.
func MulT[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.MulT", dst, a.rows, b.rows, a, b, a.cols == b.cols)
	multiply(dst, byRows(a), byCols(b), nil, false)
	return dst
}

// MulTAdd sets dst += a·bᵀ: the chain of [Mul] starts from dst's value.
func MulTAdd[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.MulTAdd", dst, a.rows, b.rows, a, b, a.cols == b.cols)
	multiply(dst, byRows(a), byCols(b), nil, true)
	return dst
}

// TMul sets dst = aᵀ·b by the chain of [Mul] and returns it; dst == nil
// allocates. No transposed copy of a is made.
func TMul[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.TMul", dst, a.cols, b.cols, a, b, a.rows == b.rows)
	tMul(dst, a, b, false)
	return dst
}

// TMulAdd sets dst += aᵀ·b: the chain of [Mul] starts from dst's value.
func TMulAdd[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.TMulAdd", dst, a.cols, b.cols, a, b, a.rows == b.rows)
	tMul(dst, a, b, true)
	return dst
}

// tMul computes aᵀ·b; where b is narrow it computes bᵀ·a and transposes that, because
// vectors are then full and a is read where it is. The chains are the same.
func tMul[T asm.Float](dst, a, b *Dense[T], load bool) {
	m, n := dst.rows, dst.cols
	if n > tuning.narrow || n >= m {
		multiply(dst, byCols(a), byRows(b), nil, load)
		return
	}
	buf := getScratch[T](m * n)
	defer putScratch(buf)
	t := Dense[T]{n, m, m, *buf}
	if load {
		asm.Transpose(n, m, t.data, m, dst.data, dst.stride)
	}
	multiply(&t, byCols(b), byRows(a), nil, load)
	asm.Transpose(m, n, dst.data, dst.stride, t.data, m)
}

// output checks that the inner sizes fit and that dst, if given, is r×c and apart
// from a and b.
func output[T asm.Float](op string, dst *Dense[T], r, c int, a, b *Dense[T], fits bool) *Dense[T] {
	if !fits {
		panic(&ShapeError{Op: op, A: shape(a), B: shape(b), Why: "inner dimensions differ"})
	}
	checkApart(op, "dst", dst, "a", a)
	if a != b {
		checkApart(op, "dst", dst, "b", b)
	}
	return newOr(op, dst, r, c)
}

// newOr returns dst, which must be r×c, or a new matrix if it is nil.
func newOr[T asm.Float](op string, dst *Dense[T], r, c int) *Dense[T] {
	if dst == nil {
		return New[T](r, c)
	}
	checkShape(op, dst, r, c)
	return dst
}
