// Package alias finds out whether slices share memory, without package unsafe.
package alias

// Offset returns how many elements after the start of x that of y lies, if both are of
// one array. Addresses can only be compared for equality, so the answer is yes where the
// memory behind both ends at the same element (its end is that of the array unless a
// slice was made with a capacity), or where they begin or end at the same element.
// Slices whose capacities were cut and that overlap otherwise are not noticed.
func Offset[E any](x, y []E) (d int, ok bool) {
	if len(x) == 0 || len(y) == 0 {
		return 0, false
	}
	switch {
	case &x[:cap(x)][cap(x)-1] == &y[:cap(y)][cap(y)-1]:
		return cap(x) - cap(y), true
	case &x[0] == &y[0]:
		return 0, true
	case &x[len(x)-1] == &y[len(y)-1]:
		return len(x) - len(y), true
	}
	return 0, false
}

// Overlap reports whether x and y have an element in common, as far as [Offset] can tell.
func Overlap[E any](x, y []E) bool {
	d, ok := Offset(x, y)
	return ok && d < len(x) && -d < len(y)
}
