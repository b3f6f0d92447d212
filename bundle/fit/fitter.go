package fit

import (
	"context"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
)

// Fitter fits models to the same data. It keeps what the next model may share with those before: the
// choice of the scale, and the statistics of the last pool of features, O(folds·P²) numbers. The models are those
// of [Run], bit for bit. A Fitter is not safe for concurrent use.
type Fitter[T asm.Float] struct {
	x, y   bundle.Source[T]
	sx, sy *mat.Dense[T] // the sample, nil before it is read
	chosen []scaleChoice[T]
	pool   poolKey
	stats  *Stats[T] // of pool, or nil
	total  *Moments  // of stats
}

// NewFitter returns a Fitter for inputs x (n×d) and targets y (n×l), which must not change.
func NewFitter[T asm.Float](x, y bundle.Source[T]) *Fitter[T] { return &Fitter[T]{x: x, y: y} }

// sample reads the sample from x and y, the data of f, once.
func (f *Fitter[T]) sample(x, y bundle.Source[T]) (err error) {
	if f.sx != nil {
		return nil
	}
	if f.sy, err = sample(y); err == nil {
		f.sx, err = sample(x)
	}
	return err
}

// scaleKey is what the choice of the scale depends on, beside the grid of λ.
type scaleKey struct {
	kind, projection string
	seed             uint64
	features         int
	scale            float64
	standard         Standard
	stats            Folds
}

// scaleChoice is a choice that was made.
type scaleChoice[T asm.Float] struct {
	scaleKey
	lambdas []float64
	found   preparation[T]
}

// prepare is chooseScale, once for each of its problems.
func (f *Fitter[T]) prepare(ctx context.Context, opt Options) (preparation[T], error) {
	key := scaleKey{opt.Map, opt.Projection, opt.Seed, min(opt.Features, scaleFeatures), opt.Scale, opt.Standard, opt.Folds}
	for _, c := range f.chosen {
		if c.scaleKey == key && slices.Equal(c.lambdas, opt.Lambdas) {
			return c.found, nil
		}
	}
	p, err := chooseScale(ctx, f.sx, f.sy, opt)
	if err == nil {
		f.chosen = append(f.chosen, scaleChoice[T]{key, slices.Clone(opt.Lambdas), p})
	}
	return p, err
}

// poolKey is what statistics depend on.
type poolKey struct {
	kind, projection string
	seed             uint64
	size             int
	scale            float64
	standardised     bool
	stats            Folds
}

// gather makes f.stats those of the pool's features over all rows.
func (f *Fitter[T]) gather(ctx context.Context, pre preparation[T], opt Options) error {
	key := poolKey{opt.Map, opt.Projection, opt.Seed, opt.Pool, pre.scale, pre.standard != nil, opt.Folds}
	if f.stats != nil && f.pool == key {
		return nil
	}
	f.stats, f.total = nil, nil // before the new ones take their memory
	stats, err := gather(bundle.WithContext(ctx, f.x), bundle.WithContext(ctx, f.y), f.sx, f.sy, pre, opt)
	if err != nil {
		return err
	}
	if f.total, err = stats.Total(); err == nil {
		f.pool, f.stats = key, stats
	}
	return err
}
