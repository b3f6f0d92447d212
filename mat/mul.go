package mat

import (
	"nnk/asm"
	"nnk/internal/par"
)

// Mul sets dst = a·b and returns it; dst == nil allocates. Every element is one
// chain c = FMA(a[i][k], b[k][j], c) over ascending k from +0. dst must not
// overlap a or b. Cost m·k·n multiply-adds.
func Mul[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.Mul", dst, a.rows, b.cols, a, b, a.cols == b.rows)
	for i := range dst.rows {
		clear(dst.Row(i))
	}
	mulAdd(dst, a, b)
	return dst
}

// MulAdd sets dst += a·b: the chain of [Mul] starts from dst's value.
func MulAdd[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.MulAdd", dst, a.rows, b.cols, a, b, a.cols == b.rows)
	mulAdd(dst, a, b)
	return dst
}

// MulT sets dst = a·bᵀ by the chain of [Mul] and returns it; dst == nil allocates.
func MulT[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.MulT", dst, a.rows, b.rows, a, b, a.cols == b.cols)
	return Mul(dst, a, b.T())
}

// TMul sets dst = aᵀ·b by the chain of [Mul] and returns it; dst == nil allocates.
func TMul[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.TMul", dst, a.cols, b.cols, a, b, a.rows == b.rows)
	return Mul(dst, a.T(), b)
}

// TMulAdd sets dst += aᵀ·b: the chain of [Mul] starts from dst's value.
func TMulAdd[T asm.Float](dst, a, b *Dense[T]) *Dense[T] {
	dst = output("mat.TMulAdd", dst, a.cols, b.cols, a, b, a.rows == b.rows)
	return MulAdd(dst, a.T(), b)
}

// MulVec sets dst = a·x for a vector x of a.Cols() elements, by the chain of
// [Mul], and returns it; dst == nil allocates.
func MulVec[T asm.Float](dst []T, a *Dense[T], x []T) []T {
	if len(x) != a.cols || (dst != nil && len(dst) != a.rows) {
		panic(&ShapeError{Op: "mat.MulVec", A: shape(a), B: [2]int{len(x), 1}, Why: "lengths differ"})
	}
	if dst == nil {
		dst = make([]T, a.rows)
	}
	MulT(Of(1, a.rows, dst), Of(1, a.cols, x), a)
	return dst
}

// Gram sets dst = aᵀ·a and returns it; dst == nil allocates. Both triangles are
// filled and have equal bits.
func Gram[T asm.Float](dst, a *Dense[T]) *Dense[T] {
	return TMul(dst, a, a)
}

// mulAdd is the chain of the package: dst += a·b with checked shapes.
func mulAdd[T asm.Float](dst, a, b *Dense[T]) {
	par.For(a.rows, 1+1<<18/(1+a.cols*b.cols), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			c := dst.Row(i)
			for k, v := range a.Row(i) {
				asm.Axpy(c, v, b.Row(k))
			}
		}
	})
}

// output checks that the inner sizes fit and that dst, if given, is r×c.
func output[T asm.Float](op string, dst *Dense[T], r, c int, a, b *Dense[T], fits bool) *Dense[T] {
	if !fits {
		panic(&ShapeError{Op: op, A: shape(a), B: shape(b), Why: "inner dimensions differ"})
	}
	if dst == nil {
		return New[T](r, c)
	}
	if dst.rows != r || dst.cols != c {
		panic(&ShapeError{Op: op, A: shape(dst), B: [2]int{r, c}, Why: "dst has the wrong shape"})
	}
	return dst
}
