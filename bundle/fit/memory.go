package fit

import (
	"errors"
	"fmt"
	"math"

	"nnk/bundle"
	"nnk/snnk"
)

// ErrMemory marks work that needs more memory than [Options.Memory].
var ErrMemory = errors.New("more memory than the limit")

// Bytes is how much memory [Run] takes at most for so many rows, inputs and targets beside the data themselves, when the garbage collector runs often
// enough: for each fold, and for the systems that are solved, matrices of P² float64, features of samples, and what the logistic loss keeps from one pass to the next, which is less where
// o.Memory leaves no room for it. For directions that are learned it is all rows. It is a float64 because it may be more than there are bytes.
func (o Options) Bytes(rows, inputs, targets int) (float64, error) {
	p, err := o.plan(rows, inputs, targets)
	return p.least + p.cache, err
}

// plan is the memory that [Run] takes.
type plan struct {
	least float64 // without which it cannot do
	cache float64 // that the logistic loss keeps where there is room
}

// sizes are what the memory depends on; float64, so that nothing overflows.
type sizes struct{ rows, inputs, targets, features, pool, folds float64 }

const (
	// planGarbage is the part of what is held that waits for the collector, and planBase what anything takes.
	planGarbage = 1.0 / 8
	planBase    = 4 << 20
	// planAttempts are the penalties of which the readouts are kept.
	planAttempts = 20
)

func (o Options) plan(rows, inputs, targets int) (plan, error) {
	o, err := o.withDefaults(rows)
	if err != nil {
		return plan{}, err
	}
	logistic, err := o.Logistic.withDefaults()
	if err != nil {
		return plan{}, err
	}
	refined := o.Task == bundle.Classify && (o.Loss == snnk.CrossEntropy || o.Loss == snnk.BinaryCrossEntropy || o.Loss == snnk.AutoLoss && logistic.holds(rows, o.Features, targets))
	all := sizes{float64(rows), float64(inputs), float64(targets), float64(o.Features), float64(o.Pool), float64(o.Folds.withDefaults().Count)}
	least, cache := all.run(refined, choiceRows)
	// The scale is chosen as the model will be, with fewer rows and features.
	sample := all
	sample.rows, sample.features, sample.pool = min(all.rows, widerRows), min(all.features, finalFeatures), min(all.pool, finalPool)
	before, beforeCache := sample.run(refined, finalRows)
	before += floats(2 * sample.rows * (all.inputs + all.targets))
	least, cache = max(least, before), max(cache, beforeCache)
	least += floats(2 * min(all.rows, sampleRows) * (all.inputs + all.targets))
	if o.Learn != nil { // all rows, those outside a fold, as they are trained on, their features, and those of the cache
		least += floats(all.rows * (float64(4*all.inputs) + float64(3*all.features) + float64(4*all.targets)))
	}
	room := float64(logistic.CacheBytes)
	return plan{float64(least*(1+planGarbage)) + planBase, min(cache, max(room, 0))}, nil
}

// floats are so many float64 in bytes.
func floats(n float64) float64 { return float64(8 * n) }

// run is what statistics of all rows take, with what is made of them, and what the logistic loss keeps if it may, of so many folds as hold enough rows.
func (s sizes) run(refined bool, enough float64) (least, cache float64) {
	p, m, l := s.pool+1, s.features+1, s.targets
	moments := func(p float64) float64 { return floats(p * (p + l)) }
	square := floats(m * m)
	triangle := float64(p * (p + 1) / 2)
	statistics := floats(2*s.folds*(triangle+float64(p*l)+l)) + moments(p)
	waiting := min(chunkRows, max(firstRows, 2*s.rows/s.folds))
	blocks := 2*chunkRows + min(s.rows, sampleRows)
	passed := floats(waiting*s.folds*(p+l)) + moments(p) + floats(blocks*(p+l+s.inputs))
	twice := float64(2 * moments(p))
	solved, selected := twice, 0.0
	if s.features < s.pool {
		selected = twice + floats(m*p)
		kept := 2.0
		if float64(2*s.folds*square) <= heldOutBytes {
			kept = float64(2 * s.folds)
		}
		solved = selected + float64(kept*moments(m)) + square
	}
	least = statistics + max(passed, solved)
	if !refined {
		return least, 0
	}
	held := min(s.folds, math.Ceil(float64(enough*s.folds)/s.rows)+1) // one more, as folds are not all as large
	steps := floats(m * l * (2*descentMemory + planAttempts + 6))
	read := floats(entropyRows * (m + float64(2*l)))
	contest := float64(held*(moments(m)+steps+read)) + max(selected, twice, float64(held*square))
	least = max(least, statistics+moments(m)+contest)
	return least, floats(held * s.rows * (m + l))
}

// checkMemory refuses what needs more than o.Memory, and returns the options with what the logistic loss may keep.
func (o Options) checkMemory(rows, inputs, targets int) (Options, error) {
	p, err := o.plan(rows, inputs, targets)
	if err != nil || o.Memory == 0 {
		return o, err
	}
	if room := float64(o.Memory) - p.least; room < 0 {
		pool := max(o.Pool, o.Features)
		if d, err := o.withDefaults(rows); err == nil {
			pool = d.Pool
		}
		return o, fmt.Errorf("fit: a pool of %d features takes about %.3g GB, and there may be %.3g GB: %w: take fewer features, or a smaller pool", pool, p.least/1e9, float64(o.Memory)/1e9, ErrMemory)
	} else if room < p.cache {
		o.Logistic.room = max(int64(room), 1)
	}
	return o, nil
}
