package bundle

import (
	"errors"

	"nnk/internal/fault"
)

// Errors that come from data and files. They are wrapped with the place where
// they occurred; ErrFormat, ErrNotFinite and ErrRange are the same values in all packages.
var (
	// ErrFormat marks a file or data that are not what they should be.
	ErrFormat = fault.Format
	// ErrNotFinite marks NaN or infinity where a number is needed.
	ErrNotFinite = fault.NotFinite
	// ErrRange marks a value outside the range that an operation can represent.
	ErrRange = fault.Range
	// ErrArithmetic marks a model made with another version of the arithmetic, whose
	// features would differ from those it was fitted with.
	ErrArithmetic = errors.New("made with another version of the arithmetic")
)
