package mat

import "nnk/internal/alias"

// Same reports whether a and b are the same elements in the same places, as two equal
// views are.
func (a *Dense[T]) Same(b *Dense[T]) bool {
	if a == b {
		return true
	}
	if a.rows != b.rows || a.cols != b.cols || (a.stride != b.stride && a.rows > 1) {
		return false
	}
	return len(a.data) == 0 || len(b.data) == 0 || &a.data[0] == &b.data[0]
}

// Overlaps reports whether a and b have an element in common; views that lie side by
// side in one matrix do not. What was made from [Dense.Row], whose capacity ends with
// the row, is found in its matrix if it begins where the row does or ends where it ends.
func (a *Dense[T]) Overlaps(b *Dense[T]) bool {
	if a.rows == 0 || a.cols == 0 || b.rows == 0 || b.cols == 0 {
		return false
	}
	d, ok := alias.Offset(a.data, b.data)
	switch {
	case ok && d >= 0:
		return a.meets(b, d)
	case ok:
		return b.meets(a, -d)
	}
	return a.hasRowOf(b) || b.hasRowOf(a)
}

// meets is Overlaps for a b whose first element lies d ≥ 0 elements after that of a.
func (a *Dense[T]) meets(b *Dense[T], d int) bool {
	rows := b.rows
	if a.stride == b.stride {
		rows = 1 // the others lie to the rows of a as the first does
	}
	for k := range rows {
		at := d + k*b.stride
		i, j := at/a.stride, at%a.stride
		if i >= a.rows {
			break
		}
		if j < a.cols || (i+1 < a.rows && j+b.cols > a.stride) {
			return true
		}
	}
	return false
}

// hasRowOf reports whether b, if it is no longer than a row of a, begins with a row
// of a or ends with one.
func (a *Dense[T]) hasRowOf(b *Dense[T]) bool {
	n := (b.rows-1)*b.stride + b.cols
	if cap(b.data) > a.cols {
		return false
	}
	first, last := &b.data[0], &b.data[n-1]
	for i := range a.rows {
		if o := i * a.stride; &a.data[o] == first || &a.data[o+a.cols-1] == last {
			return true
		}
	}
	return false
}
