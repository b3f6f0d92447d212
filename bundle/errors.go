package bundle

import (
	"errors"

	"nnk/mat"
)

// Errors that come from data and files. They are wrapped with the place where
// they occurred.
var (
	// ErrFormat marks a file or data that are not what they should be.
	ErrFormat = errors.New("unusable file or data")
	// ErrNotFinite marks NaN or infinity where a number is needed.
	ErrNotFinite = mat.ErrNotFinite
	// ErrRange marks a value outside the range that an operation can represent.
	ErrRange = errors.New("out of range")
	// ErrArithmetic marks a model made with another version of the arithmetic, whose
	// features would differ from those it was fitted with.
	ErrArithmetic = errors.New("made with another version of the arithmetic")
)
