package rng

import "nnk/internal/fault"

// ErrRange is wrapped by errors about arguments that lie outside what a function
// is defined for. It is the same value in all packages.
var ErrRange = fault.Range
