package compress

import "nnk/rng"

// The uses of a seed; see the table in package rng.
const (
	streamLayers rng.Use = 0x636f6d70_00000000 + iota
	streamCalibration
	streamSeeds
)
