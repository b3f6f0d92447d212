//go:build slow

package urf

import (
	"math"
	"testing"
)

// TestRMSQuantileSlow: as TestRMSQuantile, of 1,000 seeds and more rows, which tell the standard error of every map.
func TestRMSQuantileSlow(t *testing.T) { testRMSQuantile(t, 256, 1000, math.Inf(1)) }
