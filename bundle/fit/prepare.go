package fit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
)

// preparation is what happens to inputs before the features.
type preparation[T asm.Float] struct {
	units        *bundle.Scale[T] // nil: nothing
	standardised bool             // whether units has a factor for each column, not one for all
	projection   string           // the kind that does best with these units and this scale
	scale        float64
	linear       bool    // whether the columns are features too
	heldOut      float64 // error under which that was chosen; 0 where there was no choice
}

// rows is x as the features read it.
func (p preparation[T]) rows(x bundle.Source) bundle.Source { return in(p.units, x) }

// before returns the stages that prepare the inputs of a stage, and that.
func (p preparation[T]) before(s bundle.Stage[T]) []bundle.Stage[T] {
	if p.units == nil {
		return []bundle.Stage[T]{s}
	}
	return []bundle.Stage[T]{p.units, s}
}

// in is x in the given units, nil for its own.
func in[T asm.Float](units *bundle.Scale[T], x bundle.Source) bundle.Source {
	if units == nil {
		return x
	}
	return bundle.OutputsOf(bundle.NewNetwork[T](units), x)
}

// rounded are all rows of x.
func rounded[T asm.Float](x bundle.Source) (*mat.Dense[T], error) {
	m := mat.New[T](x.Rows(), x.Cols())
	return m, bundle.Read(m, x, 0)
}

// spread is the root of the sum of the columns' variances, and level the largest mean.
func spread(columns []column) (spread, level float64) {
	most := 0.0
	for _, c := range columns {
		most, level = max(most, c.spread), max(level, math.Abs(c.mean))
	}
	if most == 0 {
		return 0, level
	}
	sum := 0.0
	for _, c := range columns {
		r := c.spread / most
		sum = math.FMA(r, r, sum)
	}
	return most * math.Sqrt(sum), level
}

const (
	// mostLevel is the largest mean of a column, over the spread of all, that is left to T: it costs the deviations 6 of
	// the 24 bits of float32.
	mostLevel = 64
	// mostSpread bounds the spread, and its inverse the least, that is left to T: squares of features' arguments and the
	// scales that are tried around it are far inside the range of float32.
	mostSpread = 0x1p20
)

// common returns the units in which the columns keep their proportions: none if T holds them well as they are,
// else their means are taken away, and what is left is multiplied with one power of two.
func common[T asm.Float](columns []column) *bundle.Scale[T] {
	s, level := spread(columns)
	if level <= mostLevel*s && s <= mostSpread && s >= 1/mostSpread {
		return nil
	}
	_, e := math.Frexp(s)
	mean, factor := make([]float64, len(columns)), make([]float64, len(columns))
	for j, c := range columns {
		mean[j], factor[j] = c.mean, math.Ldexp(1, -e)
	}
	return bundle.NewScale[T](mean, factor)
}

// scaleGrid are the multiples of 1/√(E‖x−x'‖²) that are tried as scales: the
// bandwidth at which two random samples have the kernel value e^(−½), and half octaves
// around it. From an end of it the search goes on as long as the error falls.
var scaleGrid = []float64{0.5, 0.71, 1, 1.41, 2, 2.83, 4}

// mostScales bounds the scales that are tried beyond an end of the grid.
const mostScales = 16

// UnitScale returns 1/√(E‖x−x'‖²), the middle of the scales that [Run] tries. The error wraps [bundle.ErrRange] if all
// rows of x are equal; or it is what ended ctx. Cost: one pass.
func UnitScale(ctx context.Context, x bundle.Source) (float64, error) {
	columns, err := survey(bundle.WithContext(ctx, x))
	if err != nil {
		return 0, err
	}
	s, _ := spread(columns)
	if s == 0 {
		return 0, fmt.Errorf("fit: all rows of the inputs are equal: %w", bundle.ErrRange)
	}
	return 1 / (math.Sqrt2 * s), nil
}

// scaleFeatures is the number of features, at most, with which the scale is chosen first, and scaleRows that of rows for each of them:
// few rows tell no more features apart, and the work goes with the square of these.
const (
	scaleFeatures = 256
	scaleRows     = 4
	leastFeatures = 16
)

// first is the number of features, and of those in their pool, with which the scale is chosen first.
func (o *Options) first(rows int) (features, pool int) {
	features = min(o.Features, scaleFeatures, max(rows/scaleRows, leastFeatures))
	if o.Features == o.Pool {
		return features, features
	}
	return features, min(o.Pool, scalePool*features)
}

// scalePool times as many are there to select from, if the model selects: features that are not selected
// do best at scales at which they are nearly linear, those that are selected at larger ones.
const scalePool = 2

// mostSparse is the number of columns up to which features of few columns are tried: tables have as many, and what
// is in a column of theirs means something by itself, as a pixel or a sample of a signal does not.
const mostSparse = 128

// projections are the kinds of projection that are tried for so many columns.
func (o Options) projections(columns int) []string {
	switch usual := ortho.Default(columns).String(); {
	case o.Projection != "":
		return []string{o.Projection}
	case columns == 1 || columns > mostSparse:
		return []string{usual}
	default:
		return []string{usual, ortho.Sparse.String()}
	}
}

// chooseScale tries common and standardised units and the kinds of projection at every scale of the grid on
// the sample, and then, with the best of these, the columns as features too. It returns what has the least
// held-out error with few features, and, where that has the columns as features, the best without before it.
func (f *Fitter[T]) chooseScale(ctx context.Context, opt Options) ([]preparation[T], error) {
	var preparations []preparation[T]
	if opt.Standardise != StandardiseAlways {
		preparations = append(preparations, preparation[T]{units: common[T](f.columns)})
	}
	if opt.Standardise != StandardiseNever {
		mean, factor := standardise(f.columns)
		preparations = append(preparations, preparation[T]{units: bundle.NewScale[T](mean, factor), standardised: true})
	}
	s := &scaleSearch[T]{f: f, opt: opt}
	s.features, s.pool = opt.first(f.data.Rows())
	linear := opt.linears(len(f.columns), opt.Pool)
	compared := linear && opt.Linear == LinearAuto && opt.linears(len(f.columns), s.pool)
	kinds := opt.projections(len(f.columns))
	if len(preparations) == 1 && len(kinds) == 1 && opt.Scale != 0 && !compared {
		p := preparations[0]
		p.projection, p.scale, p.linear = kinds[0], opt.Scale, linear && opt.Linear == LinearAlways
		return []preparation[T]{p}, nil
	}
	s.least = math.Inf(1)
	for _, p := range preparations {
		p.linear = linear && opt.Linear == LinearAlways && opt.linears(len(f.columns), s.pool)
		if err := s.run(ctx, p, kinds); err != nil {
			return nil, err
		}
	}
	if s.best.scale == 0 {
		return nil, fmt.Errorf("fit: no scale gives a solvable system: %w", mat.ErrSingular)
	}
	found := []preparation[T]{s.best}
	found[0].linear = found[0].linear || linear && opt.Linear == LinearAlways
	if compared {
		p := s.best
		p.linear = true
		s.least = float64(s.least * linearGain)
		if err := s.run(ctx, p, []string{p.projection}); err != nil {
			return nil, err
		}
		if s.best.linear {
			found = append(found, s.best)
		}
	}
	return found, nil
}

// linearGain is the part of the held-out error that the columns must leave, to be features: chance leaves a little less, too.
const linearGain = 0.99

// scaleSearch looks for the least held-out error of few features of the sample.
type scaleSearch[T asm.Float] struct {
	f              *Fitter[T]
	opt            Options
	features, pool int // that are tried
	best           preparation[T]
	least          float64 // what has to be beaten: that of best
}

// run tries the kinds of projection at the scales of the grid.
func (s *scaleSearch[T]) run(ctx context.Context, p preparation[T], kinds []string) error {
	x, err := rounded[T](p.rows(bundle.Matrix(s.f.sx)))
	if err != nil {
		return err
	}
	for _, p.projection = range kinds {
		try := func(scale float64) (float64, error) { p.scale = scale; return s.try(ctx, p, x) }
		if s.opt.Scale != 0 {
			_, err = try(s.opt.Scale)
		} else {
			err = searchScale(p.unit(s.f.columns), try)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// try is the held-out error of p, infinite where no system is solvable.
func (s *scaleSearch[T]) try(ctx context.Context, p preparation[T], x *mat.Dense[T]) (float64, error) {
	choice, err := s.heldOut(ctx, p, x)
	if errors.Is(err, mat.ErrSingular) {
		return math.Inf(1), nil
	}
	if err == nil && choice.Error < s.least {
		s.best, s.least = p, choice.Error
		s.best.heldOut = choice.Error
	}
	if err == nil && s.opt.Tried != nil {
		s.opt.Tried(Trial{"scale", p.projection, p.standardised, p.linear, p.scale, snnk.SquaredError, choice.Error})
	}
	return choice.Error, err
}

// unit is 1/√(E‖x−x'‖²) in the units of p.
func (p preparation[T]) unit(columns []column) float64 {
	scaled := columns
	if p.units != nil {
		scaled = make([]column, len(columns))
		for j, c := range columns {
			scaled[j].spread = float64(c.spread * p.units.Factor()[j])
		}
	}
	s, _ := spread(scaled)
	return 1 / (math.Sqrt2 * s)
}

// searchScale calls try with the scales of the grid, in units of unit, and then, as long as the error falls, beyond the end of it that is best.
func searchScale(unit float64, try func(scale float64) (float64, error)) error {
	best, at := math.Inf(1), 0
	for i, c := range scaleGrid {
		e, err := try(float64(c * unit))
		if err != nil {
			return err
		}
		if e < best {
			best, at = e, i
		}
	}
	step := 0.0
	switch at {
	case 0:
		step = 1 / math.Sqrt2
	case len(scaleGrid) - 1:
		step = math.Sqrt2
	default:
		return nil
	}
	scale := float64(scaleGrid[at] * unit)
	for range mostScales {
		scale = float64(scale * step)
		e, err := try(scale)
		if err != nil || !(e < best) {
			return err
		}
		best = e
	}
	return nil
}

// heldOut fits few features of p to the sample.
func (s *scaleSearch[T]) heldOut(ctx context.Context, p preparation[T], x *mat.Dense[T]) (HeldOutLambda, error) {
	spec := p.spec(s.f.columns, s.opt, s.pool)
	m, err := NewMap[T](spec.MapSpec)
	if err != nil {
		return HeldOutLambda{}, err
	}
	z := m.Phi(nil, x, nil)
	stats, err := NewStats(z, s.f.sy, s.opt.Folds)
	if err != nil {
		return HeldOutLambda{}, err
	}
	if err := stats.Add(z, s.f.sy); err != nil {
		return HeldOutLambda{}, err
	}
	if s.pool == s.features {
		return stats.ChooseLambda(ctx, s.opt.Lambdas, nil)
	}
	return stats.ChooseLambda(ctx, s.opt.Lambdas, func(m *Moments) ([]int, error) {
		return spec.choose(m, Selection{Least: 1, Most: int(min(int64(s.features), max(m.N-1, 1))), Lambda: SelectLambda})
	})
}

const (
	// mostTargetLevel is the largest mean of a target, over its spread, that the bias of a readout in T carries: its outputs are
	// then rounded to 2⁻¹⁴ of the spread in float32.
	mostTargetLevel = 1 << 10
	// mostTargetSpread bounds the spread, and its inverse the least, whose weights are far inside the range of float32.
	mostTargetSpread = 0x1p60
)

// inUnits returns the solution a (features and constant × l), for targets in units, as one for their own units, or, where T
// would not hold that, a itself and the stage that is to follow it.
func inUnits[T asm.Float](a *mat.Dense[float64], units *bundle.Scale[T]) (*mat.Dense[float64], *bundle.Scale[T]) {
	if units == nil {
		return a, nil
	}
	p, l := a.Rows(), a.Cols()
	mean, factor := make([]float64, l), make([]float64, l)
	fold := true
	for j, f := range units.Factor() {
		// A constant target is 0 in units.
		level := units.Mean()[j]
		if factor[j] = 1; f != 0 {
			factor[j] = 1 / f
			fold = fold && math.Abs(level*f) <= mostTargetLevel && factor[j] <= mostTargetSpread && f <= mostTargetSpread
		}
		mean[j] = -level / factor[j]
	}
	if !fold {
		return a, bundle.NewScale[T](mean, factor)
	}
	r := mat.New[float64](p, l)
	for i := range p {
		for j, v := range a.Row(i) {
			r.Set(i, j, float64(v*factor[j]))
		}
	}
	for j := range l {
		r.Set(p-1, j, r.At(p-1, j)+units.Mean()[j])
	}
	return r, nil
}
