// Package fault holds the errors about data that mean the same in several packages.
//
// Each of those packages has them under its own name, mat.ErrRange = [Range], and
// wraps them with what is wrong and where. So errors.Is finds the kind of a fault
// whichever package noticed it, and a caller need not know which one that was.
package fault

import "errors"

var (
	// Format marks a file or a table that is not what it should be.
	Format = errors.New("unusable data")
	// NotFinite marks NaN or infinity where a number is needed.
	NotFinite = errors.New("not a finite number")
	// Range marks an argument, or a result, outside what an operation is defined for.
	Range = errors.New("out of range")
	// Spec marks a description of no projection, map or activation.
	Spec = errors.New("not a valid specification")
)
