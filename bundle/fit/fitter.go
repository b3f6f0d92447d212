package fit

import (
	"context"
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
)

// Fitter fits models to the same data. It keeps what the next model may share with those before: the
// choice of the scale, and the statistics of the last pool of features, O(folds·P²) numbers. The models are those
// of [Run], bit for bit. A Fitter is not safe for concurrent use.
type Fitter[T asm.Float] struct {
	data    Data[T]
	x, y    bundle.Source       // the data, nil if they are read elsewhere
	copies  int                 // of every row, which are left out; 0 before they are counted
	varying *bundle.Columns[T]  // what leaves constant columns of x out, as x, data, columns and sx have it; nil for none
	columns []column            // of x; nil before it is looked at
	units   *bundle.Scale[T]    // of y, in which it is fitted; nil for its own
	sx      *mat.Dense[float64] // the sample of x
	sy      *mat.Dense[T]       // and of y in its units
	chosen  []scaleChoice[T]
	pool    poolKey
	stats   *Stats[T] // of pool, or nil
	total   *Moments  // of stats
}

// NewFitter returns a Fitter for inputs x (n×d) and targets y (n×l), which must not change.
func NewFitter[T asm.Float](x, y bundle.Source) *Fitter[T] {
	return &Fitter[T]{data: sources[T]{x, y}, x: x, y: y}
}

// NewDistributed returns a Fitter for data that are read elsewhere. It has the squared loss, and no directions that are learned:
// one pass after another over all rows belongs where these are. The models are those of [NewFitter], bit for bit, but where all rows are there again: copies are not
// looked for, see [WithoutCopies].
func NewDistributed[T asm.Float](data Data[T]) *Fitter[T] { return &Fitter[T]{data: data} }

// dropCopies takes the data without copies, if they are here, once.
func (f *Fitter[T]) dropCopies(ctx context.Context) (err error) {
	if f.x == nil || f.copies > 0 {
		return nil
	}
	var list []int
	if list, f.copies, err = copies(bundle.WithContext(ctx, f.x), bundle.WithContext(ctx, f.y)); err == nil && f.copies > 1 {
		f.x, f.y = listed{f.x, list}, listed{f.y, list}
		f.data = sources[T]{f.x, f.y}
	}
	return err
}

// look passes over the data and reads the sample, once.
func (f *Fitter[T]) look(ctx context.Context, task bundle.Task) error {
	if f.columns != nil {
		return nil
	}
	if err := f.dropCopies(ctx); err != nil {
		return err
	}
	inputs, outputs, err := f.data.Survey(ctx)
	if err != nil {
		return err
	}
	targets, err := outputs.columns(f.data.Rows())
	if err != nil {
		return fmt.Errorf("targets: %w", err)
	}
	if !slices.ContainsFunc(targets, func(c column) bool { return !c.constant() }) {
		return fmt.Errorf("fit: all rows of the targets are equal: %w", bundle.ErrRange)
	}
	columns, err := inputs.columns(f.data.Rows())
	if err != nil {
		return fmt.Errorf("inputs: %w", err)
	}
	stage, columns := varying[T](columns)
	if s, _ := spread(columns); s == 0 {
		return fmt.Errorf("fit: all rows of the inputs are equal: %w", bundle.ErrRange)
	}
	if task != bundle.Classify { // the columns of classes have a unit
		f.units = bundle.NewScale[T](standardise(targets))
	}
	data, x := f.without(stage)
	sx, sy, err := data.Pick(ctx, with(sampled(f.data.Rows(), sampleRows), targets))
	if err != nil {
		return err
	}
	if f.sy, err = rounded[T](in(f.units, bundle.Matrix(sy))); err == nil {
		f.data, f.x, f.varying, f.columns, f.sx = data, x, stage, columns, sx
	}
	return err
}

// scaleKey is what the choice of the scale depends on, beside the grid of λ.
type scaleKey struct {
	kind, projection string
	seed             uint64
	features, pool   int
	scale            float64
	standard         Standardisation
	linear           LinearPart
	stats            Folds
}

// scaleChoice is a choice that was made.
type scaleChoice[T asm.Float] struct {
	scaleKey
	lambdas []float64
	found   []preparation[T]
}

// prepare is chooseScale, once for each of its problems, and finalScale.
func (f *Fitter[T]) prepare(ctx context.Context, opt Options) (preparation[T], error) {
	found, err := f.candidates(ctx, opt)
	if err != nil {
		return preparation[T]{}, err
	}
	return f.finalScale(ctx, found, opt)
}

// candidates is chooseScale, once for each of its problems.
func (f *Fitter[T]) candidates(ctx context.Context, opt Options) ([]preparation[T], error) {
	features, pool := opt.first(f.data.Rows())
	key := scaleKey{opt.Map, opt.Projection, opt.Seed, features, pool, opt.Scale, opt.Standardise, opt.Linear, opt.Folds}
	for _, c := range f.chosen {
		if c.scaleKey == key && slices.Equal(c.lambdas, opt.Lambdas) {
			return c.found, nil
		}
	}
	p, err := f.chooseScale(ctx, opt)
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
	linear           bool
	stats            Folds
}

// gather makes f.stats those of the pool's features over all rows.
func (f *Fitter[T]) gather(ctx context.Context, pre preparation[T], opt Options) error {
	key := poolKey{opt.Map, opt.Projection, opt.Seed, opt.Pool, pre.scale, pre.standardised, pre.linear, opt.Folds}
	if f.stats != nil && f.pool == key {
		return nil
	}
	f.stats, f.total = nil, nil // before the new ones take their memory
	pass, err := f.pass(pre, opt)
	if err != nil {
		return err
	}
	pass.targets = f.units
	stats, err := f.data.Statistics(ctx, pass, opt.Progress)
	if err != nil {
		return err
	}
	if f.total, err = stats.Total(); err == nil {
		f.pool, f.stats = key, stats
	}
	return err
}
