package ortho

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Projection is a random m×d matrix G, or the selected rows of one. It is safe
// for concurrent use with one [Workspace] for each goroutine.
type Projection[T asm.Float] interface {
	// Spec describes the projection.
	Spec() Spec
	// Rows is the number of rows (the selected ones), Cols that of columns.
	Rows() int
	Cols() int
	// Apply sets dst = x·Gᵀ for x with n rows of Cols elements, and returns it: n×Rows.
	// dst == nil allocates, and must not overlap x; ws may be nil. A row's result does not depend on the others.
	Apply(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T]
	// ApplyT sets dst = y·G for y with n rows of Rows elements, and returns it: n×Cols.
	// It is the transpose of Apply, under the same rules.
	ApplyT(dst, y *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T]
	// Row sets dst, or a new slice if it is nil, to row i of G.
	Row(dst []T, i int) []T
	// Dense returns G, in dst if it is not nil.
	Dense(dst *mat.Dense[T]) *mat.Dense[T]
	// MACs is the number of multiply-adds or additions that Apply needs for one row.
	MACs() int
}

// Workspace is the memory that Apply needs. Its zero value is ready; it grows to
// what was needed once. One goroutine at a time may use it.
type Workspace[T asm.Float] struct{ buf []T }

// get returns n elements, whose values are arbitrary.
func (w *Workspace[T]) get(n int) []T {
	if w == nil {
		return make([]T, n)
	}
	if cap(w.buf) < n {
		w.buf = make([]T, n)
	}
	return w.buf[:n]
}

// New makes the projection that s describes. Its errors wrap [ErrSpec].
func New[T asm.Float](s Spec) (Projection[T], error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if s.Kind == Hadamard {
		return newHadamard[T](s), nil
	}
	p, err := newStored[T](s)
	if err != nil {
		return nil, fmt.Errorf("ortho.New: %w", err)
	}
	return p, nil
}

// output checks the arguments of op, a map of x's rows from in to out elements, and
// makes dst if it is nil.
func output[T asm.Float](op string, dst, x *mat.Dense[T], out, in int) *mat.Dense[T] {
	if x.Cols() != in {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{out, in}, Why: "columns differ"})
	}
	if dst == nil {
		return mat.New[T](x.Rows(), out)
	}
	if dst.Rows() != x.Rows() || dst.Cols() != out {
		panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), out}, Why: "dst has the wrong shape"})
	}
	if dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	return dst
}

// checkRow panics if a projection of that shape has no row i.
func checkRow(rows, cols, i int) {
	if i < 0 || i >= rows {
		panic(&mat.ArgumentError{Op: "ortho.Projection.Row", Why: fmt.Sprintf("there is no row %d in %d×%d", i, rows, cols)})
	}
}

// dense fills dst with all rows of p.
func dense[T asm.Float](p Projection[T], dst *mat.Dense[T]) *mat.Dense[T] {
	if dst == nil {
		dst = mat.New[T](p.Rows(), p.Cols())
	}
	if dst.Rows() != p.Rows() || dst.Cols() != p.Cols() {
		panic(&mat.ShapeError{Op: "ortho.Projection.Dense", A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{p.Rows(), p.Cols()}, Why: "dst has the wrong shape"})
	}
	for i := range p.Rows() {
		p.Row(dst.Row(i), i)
	}
	return dst
}

// source is the row of the whole projection that row i of the selection is.
func (s Spec) source(i int) int {
	if s.Select != nil {
		return s.Select[i]
	}
	return i
}
