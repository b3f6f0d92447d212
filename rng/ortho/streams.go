package ortho

import "nnk/rng"

// The uses of a projection's seed; see the table in package rng.
const (
	streamElements rng.Use = 0x6f727468_00000000 + iota
	streamLengths
	streamSigns
	streamWeights
	streamHalton
	streamSobol
	streamShuffle
	streamColumns
	streamSupports
)
