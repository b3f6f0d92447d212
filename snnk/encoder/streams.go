package encoder

import "nnk/rng"

// The uses of a seed; see the table in package rng.
const (
	streamInitial rng.Use = 0x656e636f_00000000 + iota
	streamMasks
	streamMeasured
)
