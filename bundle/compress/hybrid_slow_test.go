//go:build slow

package compress

import (
	"testing"

	"nnk/examples/digits"
)

// TestAutoChoosesSlow: as TestAutoChooses, of larger networks and all rows.
func TestAutoChoosesSlow(t *testing.T) { testAutoChooses(t, 120, 240, 3000, digits.Train, 2600) }
