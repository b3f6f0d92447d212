//go:build slow

package rng

import "testing"

// TestDistributionsSlow: as TestDistributions, of ten million values.
func TestDistributionsSlow(t *testing.T) {
	testDistributions[float32](t, 10_000_000)
	testDistributions[float64](t, 10_000_000)
}
