//go:build !slow

package compress

// digitsRuns are those of TestMonteCarloDigits; with the tag slow there are more.
var digitsRuns = []digitsRun{{0, 1, 2048, 92}, {0, 3, 2048, 90}}
