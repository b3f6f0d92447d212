package encoder

import "nnk/internal/fault"

// Errors that come from data; test with errors.Is. They are the same values in all packages.
var (
	ErrFormat    = fault.Format
	ErrNotFinite = fault.NotFinite
	ErrRange     = fault.Range
)
