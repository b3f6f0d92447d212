package mat

import (
	"sync"

	"nnk/asm"
)

// Factorisations borrow their work space here, so that repeated calls of one
// size do not allocate.
var scratch32, scratch64 sync.Pool

// getScratch returns n elements of unspecified content, to be handed back with
// putScratch.
func getScratch[T asm.Float](n int) *[]T {
	s, _ := scratchPool[T]().Get().(*[]T)
	if s == nil {
		s = new([]T)
	}
	if cap(*s) < n {
		*s = make([]T, n)
	}
	*s = (*s)[:n]
	return s
}

func putScratch[T asm.Float](s *[]T) { scratchPool[T]().Put(s) }

func scratchPool[T asm.Float]() *sync.Pool {
	if _, ok := any(T(0)).(float32); ok {
		return &scratch32
	}
	return &scratch64
}

// part is View without checks and without a heap allocation: callers inside the
// package keep the header on their stack.
func (a *Dense[T]) part(i, j, r, c int) Dense[T] {
	if r == 0 || c == 0 {
		return Dense[T]{r, c, c, nil}
	}
	o := i*a.stride + j
	return Dense[T]{r, c, a.stride, a.data[o : o+(r-1)*a.stride+c]}
}

// transpose sets dst = aᵀ.
func transpose[T asm.Float](dst, a Dense[T]) {
	asm.Transpose(a.cols, a.rows, dst.data, dst.stride, a.data, a.stride)
}
