package main

import "nnk/rng"

// The uses of a seed; see the table in package rng.
const (
	streamWeights rng.Use = 0x6e6e6b00_00000000 + iota
	streamBench
	streamShuffle // of the rows in which a report permutes a column
)

// benchData is where the operands of benchmarks come from.
func benchData(seed uint64) rng.Stream { return streamBench.Of(seed) }
