package fit

import (
	"errors"
	"fmt"
)

// ErrMemory marks work that needs more memory than [Options.Memory].
var ErrMemory = errors.New("more memory than the limit")

// Bytes is about how much memory [Run] takes for so many rows, inputs and targets beside the data themselves: for each fold, for all, and
// for the systems that are solved a matrix of P² float64, and the features of the sample. For the logistic loss the
// cache comes to that, see [LogisticOptions], and for directions that are learned all rows. It is a float64 because it may be more than there are bytes.
func (o Options) Bytes(rows, inputs, targets int) (float64, error) {
	o, err := o.withDefaults(rows)
	if err != nil {
		return 0, err
	}
	const systems = 4 // all rows, a fold, those outside it, and the factor
	p, l, folds := float64(o.Pool)+1, float64(targets), float64(o.Folds.withDefaults().Count)
	sums := 8 * p * (p + l + l) * (folds + systems)
	waiting := 8 * chunkRows * folds * (p + l)
	sample := 16 * float64(min(rows, sampleRows)) * (p + float64(inputs) + l)
	learning := 0.0
	if o.Learn != nil { // all rows, those outside a fold, as they are trained on, their features, and those of the cache
		learning = 8 * float64(rows) * (float64(4*float64(inputs)) + float64(3*float64(o.Features)) + float64(4*l))
	}
	return float64(sums) + float64(waiting) + float64(sample) + float64(learning), nil
}

// checkMemory refuses what needs more than o.Memory.
func (o Options) checkMemory(rows, inputs, targets int) error {
	need, err := o.Bytes(rows, inputs, targets)
	if err != nil || o.Memory == 0 || need <= float64(o.Memory) {
		return err
	}
	return fmt.Errorf("fit: a pool of %d features takes about %.3g GB, and there may be %.3g GB: %w: take fewer features, or a smaller pool", o.Pool, need/1e9, float64(o.Memory)/1e9, ErrMemory)
}
