package mat

import (
	"math"

	"nnk/asm"
)

// Dense is a rows×cols matrix in row-major order: element (i, j) is
// data[i*stride+j]. Rows are samples wherever a matrix holds data. The zero
// value is an empty 0×0 matrix.
type Dense[T asm.Float] struct {
	rows, cols, stride int
	data               []T
}

// New returns a rows×cols matrix of zeros. Like the wrong use of an index, a size that is negative or that no
// memory of this machine can hold is a mistake of the program, and panics.
func New[T asm.Float](rows, cols int) *Dense[T] {
	if rows < 0 || cols < 0 {
		panic(wrong("mat.New", "%d×%d is no size", rows, cols))
	}
	if !holdable(rows, cols) {
		panic(wrong("mat.New", "%d×%d is more than memory can hold", rows, cols))
	}
	return &Dense[T]{rows, cols, cols, make([]T, rows*cols)}
}

// holdable says whether there can be memory for rows×cols numbers of four bytes, so that rows·cols is an int.
func holdable(rows, cols int) bool { return cols <= 0 || rows <= math.MaxInt/4/cols }

// Of returns a rows×cols matrix over data, without copying it. data must hold
// exactly rows·cols elements.
func Of[T asm.Float](rows, cols int, data []T) *Dense[T] {
	return ofStride("mat.Of", rows, cols, cols, data)
}

// OfStride returns a rows×cols matrix over data with the given distance between
// the starts of its rows, without copying.
func OfStride[T asm.Float](rows, cols, stride int, data []T) *Dense[T] {
	return ofStride("mat.OfStride", rows, cols, stride, data)
}

func ofStride[T asm.Float](op string, rows, cols, stride int, data []T) *Dense[T] {
	need := 0
	if rows > 0 && cols > 0 {
		need = (rows-1)*stride + cols
	}
	if rows < 0 || cols < 0 || stride < cols || !holdable(rows, stride) || len(data) < need || (stride == cols && len(data) != rows*cols) {
		panic(wrong(op, "%d×%d with rows %d apart do not fit %d elements", rows, cols, stride, len(data)))
	}
	if need == 0 {
		stride = cols // an empty matrix has no rows to be apart
	}
	return &Dense[T]{rows, cols, stride, data}
}

// Rows returns the number of rows.
func (a *Dense[T]) Rows() int { return a.rows }

// Cols returns the number of columns.
func (a *Dense[T]) Cols() int { return a.cols }

// Stride returns the distance in elements between the starts of two rows.
func (a *Dense[T]) Stride() int { return a.stride }

// Data returns the memory behind the matrix; element (i, j) is at i*Stride()+j.
func (a *Dense[T]) Data() []T { return a.data }

// At returns element (i, j).
func (a *Dense[T]) At(i, j int) T {
	if uint(i) >= uint(a.rows) || uint(j) >= uint(a.cols) {
		panic(a.outside("mat.Dense.At", i, j))
	}
	return a.data[i*a.stride+j]
}

// Set sets element (i, j).
func (a *Dense[T]) Set(i, j int, v T) {
	if uint(i) >= uint(a.rows) || uint(j) >= uint(a.cols) {
		panic(a.outside("mat.Dense.Set", i, j))
	}
	a.data[i*a.stride+j] = v
}

// outside says that there is no element (i, j). It is no part of At and Set, which are inlined.
func (a *Dense[T]) outside(op string, i, j int) *ArgumentError {
	return wrong(op, "there is no element (%d, %d) in %d×%d", i, j, a.rows, a.cols)
}

// Row returns row i, which shares the matrix's memory.
func (a *Dense[T]) Row(i int) []T {
	if uint(i) >= uint(a.rows) {
		panic(wrong("mat.Dense.Row", "there is no row %d in %d×%d", i, a.rows, a.cols))
	}
	o := i * a.stride
	return a.data[o : o+a.cols : o+a.cols]
}

// View returns the r×c part that starts at (i, j); it shares the memory.
func (a *Dense[T]) View(i, j, r, c int) *Dense[T] {
	return a.ViewInto(new(Dense[T]), i, j, r, c)
}

// ViewInto makes v the view that [Dense.View] returns, and returns v. It does not
// allocate, so a loop over blocks of a matrix can use one v.
func (a *Dense[T]) ViewInto(v *Dense[T], i, j, r, c int) *Dense[T] {
	if i < 0 || j < 0 || r < 0 || c < 0 || r > a.rows-i || c > a.cols-j {
		panic(wrong("mat.Dense.View", "%d×%d from (%d, %d) on reach outside of %d×%d", r, c, i, j, a.rows, a.cols))
	}
	if r == 0 || c == 0 {
		*v = Dense[T]{r, c, c, nil} // rows of an empty matrix start nowhere but at 0
		return v
	}
	o := i*a.stride + j
	*v = Dense[T]{r, c, a.stride, a.data[o : o+(r-1)*a.stride+c]}
	return v
}

// Clone returns a copy of a with no gaps between rows.
func (a *Dense[T]) Clone() *Dense[T] {
	b := New[T](a.rows, a.cols)
	b.Copy(a)
	return b
}

// Copy copies src, which must have the same shape and be a or not overlap it, into a.
func (a *Dense[T]) Copy(src *Dense[T]) {
	const op = "mat.Dense.Copy"
	if a.rows != src.rows || a.cols != src.cols {
		panic(&ShapeError{Op: op, A: shape(a), B: shape(src), Why: "shapes differ"})
	}
	checkSameOrApart(op, "a", a, "src", src)
	for i := range a.rows {
		copy(a.Row(i), src.Row(i))
	}
}

// T returns a transposed copy of a.
func (a *Dense[T]) T() *Dense[T] {
	b := New[T](a.cols, a.rows)
	asm.Transpose(b.rows, b.cols, b.data, b.stride, a.data, a.stride)
	return b
}
