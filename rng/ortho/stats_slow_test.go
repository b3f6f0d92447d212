//go:build slow

package ortho

import "testing"

// TestRowMomentsSlow: as TestRowMoments, over 10⁶ rows.
func TestRowMomentsSlow(t *testing.T) { testRowMoments(t, 40_000) }

// TestRowCovarianceSlow: as TestRowCovariance, over 40,000 seeds.
func TestRowCovarianceSlow(t *testing.T) { testRowCovariance(t, 40_000) }

// TestMarginsSlow: as TestMargins, over 40,000 seeds.
func TestMarginsSlow(t *testing.T) { testMargins(t, 40_000) }
