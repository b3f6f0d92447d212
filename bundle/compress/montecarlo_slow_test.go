//go:build slow

package compress

import "testing"

// TestMonteCarloRateSlow: as TestMonteCarloRate, for more networks, features and seeds.
func TestMonteCarloRateSlow(t *testing.T) {
	testMonteCarloRate(t, 8, 14, 10, [][]string{
		{"cos"}, {"gaussian"}, {"gelu"}, {"relu"}, {"cos", "cos"}, {"gelu", "cos"}, {"gaussian", "gelu"}, {"cos", "sin", "cos"}, {"gelu", "cos", "gelu"},
	}...)
}
