// Package export writes models for other runtimes, which make no random numbers: features become
// matrices, so that a file is far larger than the model's own.
//
// # Determinism
//
// The same model gives the same bytes. Another runtime has its own order of sums and its own functions: it gives
// the outputs to about the last digits of the type, not the same bits.
//
// # Errors
//
// They wrap [bundle.ErrFormat] for stages and maps that are not of this module, and [bundle.ErrRange] for a model that is too large
// for the format.
package export
