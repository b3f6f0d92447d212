//go:build slow

package compress

import "testing"

// TestMonteCarloRateSlow: as TestMonteCarloRate, for more networks, features and seeds.
func TestMonteCarloRateSlow(t *testing.T) {
	testMonteCarloRate(t, 8, 14, 10, [][]string{
		{"cos"}, {"gaussian"}, {"gelu"}, {"relu"}, {"cos", "cos"}, {"gelu", "cos"}, {"gaussian", "gelu"}, {"cos", "sin", "cos"}, {"gelu", "cos", "gelu"},
	}...)
}

// digitsRuns are those of TestMonteCarloDigits.
var digitsRuns = []digitsRun{{0, 1, 2048, 92}, {0, 3, 2048, 90}, {0, 1, 8192, 93}, {0, 3, 8192, 90}}
