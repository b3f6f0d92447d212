package rng

import "errors"

// ErrRange is wrapped by errors about arguments that lie outside what a function
// is defined for.
var ErrRange = errors.New("out of range")
