package urf

import (
	"math"
	"slices"
	"testing"

	"nnk/rng/ortho"
)

// TestPhasesFillTheCircle is a Kolmogorov–Smirnov test at 1 % of the phases of features.
func TestPhasesFillTheCircle(t *testing.T) {
	const n = 4096
	v := phases(ortho.Spec{Seed: 1, M: n, D: 3})
	slices.Sort(v)
	for i, phi := range v {
		u := phi / (2 * math.Pi)
		if d := max(u-float64(i)/n, float64(i+1)/n-u); !(d <= 1.63/64) || !(phi >= 0) {
			t.Fatalf("phase %d of %d in order is %v", i, n, phi)
		}
	}
}
