package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Standardisation says whether the columns of the inputs are standardised to mean 0
// and mean square 1, which stores two numbers for each.
type Standardisation int

// The choices.
const (
	StandardiseAuto   Standardisation = iota // by held-out error
	StandardiseNever                         // features read the inputs as they are
	StandardiseAlways                        // features read standardised columns
)

// LinearPart says whether columns of the inputs are features themselves, beside those of the map: what is linear in
// them is then found exactly, and with few features.
type LinearPart int

// The choices.
const (
	LinearAuto   LinearPart = iota // by held-out error
	LinearNever                    // features are those of the map
	LinearAlways                   // the columns are among the pool's features
)

// Options says how [Run] works. The zero value chooses everything from the
// data.
type Options struct {
	Task    bundle.Task
	Classes []string // names of the classes, for bundle.Classify; nil for 0, 1, …

	Features    int             // features of the model, fewer than rows if the pool is chosen; 0 means 256
	Map         string          // of features, one of [MapKinds]; "" means cos
	Projection  string          // kind of projection; "" takes [ortho.Default] or, in 2 to 128 columns, [ortho.Sparse] by held-out error
	Pool        int             // features to select from; 0 chooses, see [Run]; Features or less selects nothing
	Seed        uint64          // of the random features
	Scale       float64         // factor of the inputs; 0 chooses by held-out error
	Standardise Standardisation // whether columns are standardised
	Linear      LinearPart      // whether the pool has the columns of the inputs, if these are at most half of it; by itself only a pool to select from
	Lambda      float64         // ridge penalty, see [Moments.Ridge]; 0 chooses by held-out error
	Lambdas     []float64       // the grid to choose from; nil means [Lambdas]
	Folds       Folds
	fewer       bool // the pool was chosen: it may have fewer independent features than wanted

	// Loss is what the matrix minimises in the end; features are selected by the squared error in either case. [snnk.SquaredError] has
	// its optimum in closed form, from one pass over the data. [snnk.CrossEntropy], for classification, passes over them
	// again and again; see [Logistic]. [snnk.AutoLoss] takes it for classification if it classifies more rows of the held-out
	// folds. Where the features of all rows are larger than the cache ([LogisticOptions]), that is
	// the squared error without a trial: data that large are only read again and again if asked for.
	// [snnk.BinaryCrossEntropy] is the cross-entropy of two classes with one output, whose sign tells them apart: the difference of the two.
	Loss snnk.Loss
	// LogitPenalty is μ of [Penalty], for the logistic loss; 0 chooses by held-out
	// error, a negative number is none.
	LogitPenalty float64
	Logistic     LogisticOptions // how the logistic loss is minimised

	// Learn, if not nil, makes directions that are trained and then written as sums of a few atoms; see [Learning].
	Learn *Learning

	// Memory is the number of bytes that may be taken, 0 for any: what the logistic loss keeps from pass to pass is then less, which changes no bit, and
	// [Run] refuses with an error that wraps [ErrMemory] what takes more even so; see [Options.Bytes].
	Memory int64

	// Progress, if not nil, is called now and then with the rows done and the
	// rows to do.
	Progress func(done, total int)
	// Tried, if not nil, is called for what is tried on held-out folds: each scale with few features, the scales around the best as the model
	// will be, then each λ of the model's features, and again if larger scales are. A [Fitter] tries what it has chosen before no more.
	Tried func(Trial)
}

// Trial is one value of what [Run] chooses.
type Trial struct {
	What         string    // "scale", "final scale" or "lambda"
	Projection   string    // of a scale: the kind of projection
	Standardised bool      // of a scale: whether the columns were
	Linear       bool      // of a scale: whether the columns were features too
	Value        float64   // of the scale, or λ
	Loss         snnk.Loss // of Error: snnk.SquaredError, or of a final scale snnk.CrossEntropy
	Error        float64   // squared error on held-out folds over variance, or the cross-entropy in nats a row
}

// The pool that is drawn by default: of 16·M features the best M leave less held-out error than 2·M that
// are not selected. Of 4·M they do not, whichever way they are selected (forward, backward, under any λ), but that
// many are always worth their time.
const (
	autoPool  = 16
	leastPool = 4
	// poolRows times as many as there are rows are enough, or twice as many as are wanted: all that is done with them takes their square.
	poolRows = 2
	// maxAutoPool bounds it: the statistics of five folds take 5·P² float64, 168 MB.
	maxAutoPool = 2048
	// maxAutoWork bounds n·P²/2, the multiply-adds of the statistics, where leastPool allows: 10 or 20 seconds on a core.
	maxAutoWork = 1 << 40
)

// poolFor is the default pool for m features and the given rows.
func poolFor(m, rows int) int {
	m = min(m, maxAutoPool) // keeps the products below in range
	most := min(maxAutoPool, max(2*m, poolRows*rows))
	pool, least := min(autoPool*m, most), min(leastPool*m, most)
	for pool > least && int64(rows) > maxAutoWork/(int64(pool)*int64(pool)/2) {
		pool = max(pool/2, least)
	}
	return pool
}

// LeastPool is the least pool of which selecting m features is worth the time. It is m if m is so large that
// nothing is selected.
func LeastPool(m int) int { return max(min(leastPool*m, maxAutoPool), m) }

// maxPool bounds the pool that can be asked for: its statistics would take 86 GB.
const maxPool = 1 << 16

// withDefaults checks the options and fills in what does not depend on the values of the data.
func (o Options) withDefaults(rows int) (Options, error) {
	if o.Features < 0 || o.Pool < 0 || o.Scale < 0 || o.Lambda < 0 || o.Scale-o.Scale != 0 || o.Lambda-o.Lambda != 0 {
		return o, fmt.Errorf("fit: %d features from a pool of %d, scale %g, λ %g: %w", o.Features, o.Pool, o.Scale, o.Lambda, bundle.ErrRange)
	}
	if o.Task == "" {
		o.Task = bundle.Outputs
	}
	if o.Loss < snnk.AutoLoss || o.Loss > snnk.BinaryCrossEntropy {
		return o, fmt.Errorf("fit: there is no %v: %w", o.Loss, bundle.ErrRange)
	}
	if (o.Loss == snnk.CrossEntropy || o.Loss == snnk.BinaryCrossEntropy) && o.Task != bundle.Classify {
		return o, fmt.Errorf("fit: the cross-entropy is for classification, not for task %s: %w", o.Task, bundle.ErrRange)
	}
	if o.LogitPenalty-o.LogitPenalty != 0 {
		return o, fmt.Errorf("fit: penalty %g of the logits: %w", o.LogitPenalty, bundle.ErrRange)
	}
	if o.Features == 0 {
		o.Features = 256
	}
	if o.Map == "" {
		o.Map = mapKinds[0].name
	}
	if o.Pool == 0 && o.Features <= maxPool {
		o.Features = min(o.Features, max(rows-1, 1)) // no more are independent, beside the constant
		o.Pool, o.fewer = poolFor(o.Features, rows), true
	}
	o.Pool = max(o.Pool, o.Features)
	if o.Pool > maxPool {
		return o, fmt.Errorf("fit: %d features from a pool of %d, at most %d have statistics: %w", o.Features, o.Pool, maxPool, bundle.ErrRange)
	}
	if o.Lambdas == nil {
		o.Lambdas = Lambdas()
	}
	if o.Lambda > 0 {
		o.Lambdas = []float64{o.Lambda}
	}
	return o, nil
}

// Report says what [Run] chose.
type Report struct {
	Rows         int       `json:"rows"`
	Copies       int       `json:"copies,omitempty"`           // of every row of the data, which are fitted as without them; 0 if not all are there again
	Constant     int       `json:"constant_columns,omitempty"` // columns of the inputs that are equal in all rows, which the model leaves out
	Features     int       `json:"features"`
	Pool         int       `json:"pool"`
	Projection   string    `json:"projection"` // its kind
	Scale        float64   `json:"scale"`
	Lambda       float64   `json:"lambda"`
	Standardised bool      `json:"standardised"`
	Linear       bool      `json:"linear"`                   // whether columns of the inputs were among the pool's features
	HeldOut      float64   `json:"held_out_error,omitempty"` // squared error over variance; 0 if λ was given
	Loss         snnk.Loss `json:"loss"`                     // as in Options, never snnk.AutoLoss

	Learned *LearningReport `json:"learned,omitempty"` // of directions that were learned

	// Of the choice between the losses and of the penalties on held-out folds, 0 if there was none.
	HeldOutAccuracy float64 `json:"held_out_accuracy,omitempty"`
	HeldOutLogLoss  float64 `json:"held_out_log_loss,omitempty"` // nats a row, of the logistic loss
	ChoicePasses    int     `json:"choice_passes,omitempty"`     // over the rows of a training part

	// Of the logistic loss.
	LogitPenalty float64 `json:"logit_penalty,omitempty"`
	Passes       int     `json:"passes,omitempty"`        // over the rows, beyond that of the squared loss
	Gradient     float64 `json:"gradient_norm,omitempty"` // at the end, see [LogisticOptions]
	Converged    bool    `json:"converged,omitempty"`     // whether Gradient is below the tolerance
}

// Run returns the model Ψ·Φ(x) + b that fits y (n×l) best with
// random features Φ of x (n×d): a seed and l·(M+1) numbers. Under the squared loss they have
// a closed form; the logistic loss, which classification takes if it does better on
// held-out folds, passes over the data again, as the report says.
//
// What the options leave open is chosen by the squared error on held-out folds of the
// given rows: the kind of projection, whether the columns are standardised, the scale of the inputs and whether the columns are features
// too, on at most 4096 rows spread over the data, first with at most 256 features under the squared loss, and then, by half octaves from the best
// scale, with up to 1024 features of the whole pool under the loss that the model will have; then, from one pass over all rows, the M of
// the P features in the pool that explain most (orthogonal least squares) and λ. By default P is 16·M but at most
// 2048 and max(2·n, 2·M), and less, down to 4·M, where n·P²/2 would be above 2⁴⁰; if fewer than M of
// these are independent though there are 2·M rows, larger scales are tried, each in one pass more, as long as
// less error is left; if still fewer are, or there are few rows, the model has those. For the logistic loss λ and
// μ, see [Penalty], are chosen by the errors, ties by the cross-entropy. Either uses so
// many of the folds as hold 4096 rows; each fold has the features that the rows outside
// it select.
//
// Data in which every row is there again, m times in all, are fitted as without the copies; see [WithoutCopies]. Columns that are equal in all rows
// change nothing either: the model leaves them out before all else, whatever is in them later.
//
// Cost: n·P²/2 multiply-adds for the pass and folds·(M²·P/2 + len(Lambdas)·M³/6) for
// the choice; memory O(folds·P²). The logistic loss takes some tens of passes of 2·n·M·l
// for the fit and some hundreds for the choice, and memory for the features; see [LogisticOptions].
//
// With Learn the directions of the selected features are trained, together with a matrix, and then written as sums of a few atoms, whose factors are trained on with the matrix and
// written again: 4 to 40 bytes instead of a number of the pool. Ψ is fitted to those that are written. Decay and noise of the training, and the penalties of Ψ, are those of least error on the
// rows of the first fold, when all is learned from the others; the report's held-out errors are those. It takes eight trainings of up to 60 epochs, all rows in memory, and reads
// columns as they are where that holds out at most a tenth more error than standardised ones, for which a file has 16 bytes each.
//
// The end of ctx is an error that wraps what ended it, within the time of a block of rows, a system of equations or a
// step of the logistic loss.
func Run[T asm.Float](ctx context.Context, x, y bundle.Source, opt Options) (*bundle.Model[T], *Report, error) {
	return NewFitter[T](x, y).Run(ctx, opt)
}

// distributed are the options for data that are read elsewhere.
func (o Options) distributed() (Options, error) {
	if o.Learn != nil || o.Loss == snnk.CrossEntropy || o.Loss == snnk.BinaryCrossEntropy {
		return o, fmt.Errorf("fit: the cross-entropy, and directions that are learned, pass over all rows tens of times, which are not here: take the %v: %w", snnk.SquaredError, bundle.ErrRange)
	}
	o.Loss = snnk.SquaredError
	return o, nil
}

// checkClasses refuses names that are not one for each target.
func checkClasses(names []string, targets int) error {
	if names != nil && len(names) != targets {
		return fmt.Errorf("fit: %d class names for %d targets: %w", len(names), targets, bundle.ErrFormat)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return fmt.Errorf("fit: two classes are named %.100q: %w", name, bundle.ErrFormat)
		}
		seen[name] = true
	}
	return nil
}

// check refuses options that do not go with the data of f, whose values are not looked at, and says what may be kept in memory.
func (f *Fitter[T]) check(opt Options) (Options, error) {
	rows, inputs, targets := f.data.Rows(), f.data.Inputs(), f.data.Targets()
	if _, err := opt.withDefaults(rows); err != nil {
		return opt, err
	}
	if f.x != nil && rows != f.y.Rows() {
		return opt, fmt.Errorf("fit: %d rows of inputs, %d of targets: %w", rows, f.y.Rows(), bundle.ErrFormat)
	}
	if rows < 2 || inputs < 1 || targets < 1 {
		return opt, fmt.Errorf("fit: %d rows of %d inputs and %d targets are too few to fit: %w", rows, inputs, targets, bundle.ErrFormat)
	}
	if f.x == nil {
		var err error
		if opt, err = opt.distributed(); err != nil {
			return opt, err
		}
	}
	if err := checkClasses(opt.Classes, targets); err != nil {
		return opt, err
	}
	if opt.Loss == snnk.BinaryCrossEntropy && targets != 2 {
		return opt, fmt.Errorf("fit: the binary cross-entropy is for two classes, not for %d columns of targets: take %v: %w", targets, snnk.CrossEntropy, bundle.ErrRange)
	}
	return opt.checkMemory(rows, inputs, targets)
}

// Run is [Run] to the data of f.
func (f *Fitter[T]) Run(ctx context.Context, opt Options) (*bundle.Model[T], *Report, error) {
	opt, err := f.check(opt)
	if err != nil {
		return nil, nil, err
	}
	if err := f.look(ctx, opt.Task); err != nil {
		return nil, nil, err
	}
	rows := f.data.Rows() // without copies
	if opt, err = opt.withDefaults(rows); err != nil {
		return nil, nil, err
	}
	one := opt.Loss == snnk.BinaryCrossEntropy
	if one {
		opt.Loss = snnk.CrossEntropy
	}
	if opt.Learn != nil {
		opt.Linear = LinearNever // directions can be as long as they like
	}
	opt.Folds = opt.Folds.ForRows(rows)
	report := &Report{Rows: rows, Features: opt.Features, Pool: opt.Pool}
	if f.copies > 1 {
		report.Rows, report.Copies = f.copies*rows, f.copies
	}
	if f.varying != nil {
		report.Constant = len(f.varying.Without())
	}
	pre, err := f.prepare(ctx, opt)
	if err == nil && opt.Learn != nil && pre.standardised && opt.Standardise == StandardiseAuto {
		pre, err = f.plainer(ctx, pre, opt)
	}
	if err != nil {
		return nil, nil, err
	}
	opt.Projection = pre.projection
	report.Projection, report.Scale, report.Standardised, report.Linear = pre.projection, pre.scale, pre.standardised, pre.linear
	if err := f.gather(ctx, pre, opt); err != nil {
		return nil, nil, err
	}
	s, err := f.solve(ctx, pre, opt, report)
	if err == nil && report.Features < opt.Features && opt.widens(rows) {
		if pre, err = f.widen(ctx, pre, opt); err == nil {
			report.Scale = pre.scale
			s, err = f.solve(ctx, pre, opt, report)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if report.Loss = snnk.SquaredError; opt.Learn != nil {
		if s, err = f.learn(ctx, pre, s, opt, report); err != nil {
			return nil, nil, err
		}
	} else if opt.Loss != snnk.SquaredError {
		x, y := bundle.WithContext(ctx, f.x), bundle.WithContext(ctx, f.y)
		if err := refine(ctx, x, y, f.sy, f.stats, s, opt, report); err != nil {
			return nil, nil, err
		}
	}
	if one {
		s.a, report.Loss = margin(s.a), snnk.BinaryCrossEntropy
	}
	net, err := s.network(f.units)
	if err != nil {
		return nil, nil, err
	}
	return &bundle.Model[T]{Network: f.behind(net), Task: opt.Task, Classes: opt.Classes, Provenance: report.provenance()}, report, nil
}

// provenance is what the file says of it: little, since a small model has not many bytes more.
func (r *Report) provenance() map[string]string {
	info := map[string]string{"rows": strconv.Itoa(r.Rows), "loss": r.Loss.String(), "lambda": strconv.FormatFloat(r.Lambda, 'g', 4, 64)}
	if r.HeldOutAccuracy > 0 {
		info["held-out-accuracy"] = strconv.FormatFloat(r.HeldOutAccuracy, 'g', 4, 64)
	}
	switch {
	case r.Loss == snnk.SquaredError:
		info["held-out-error"] = strconv.FormatFloat(r.HeldOut, 'g', 4, 64)
	case !r.Converged:
		info["converged"] = "false"
	}
	return info
}

// margin is the second column of a less the first: what the scores of two classes differ by.
func margin(a *mat.Dense[float64]) *mat.Dense[float64] {
	m := mat.New[float64](a.Rows(), 1)
	for i := range a.Rows() {
		m.Set(i, 0, a.At(i, 1)-a.At(i, 0))
	}
	return m
}

// pass is that over features of the pool, on the grid of the sample. Targets are in the units of the fit.
func (f *Fitter[T]) pass(pre preparation[T], opt Options) (*Pass[T], error) {
	m, err := pre.pool(f.columns, opt, opt.Pool)
	if err != nil {
		return nil, err
	}
	sx, err := rounded[T](pre.rows(bundle.Matrix(f.sx)))
	if err != nil {
		return nil, err
	}
	empty, err := NewStats(m.Phi(nil, sx, nil), f.sy, opt.Folds)
	if err != nil {
		return nil, err
	}
	pre.widenGrid(empty, f.columns)
	return &Pass[T]{inputs: pre.units, features: m, empty: empty}, nil
}

// solution is what a network is made of.
type solution[T asm.Float] struct {
	pre  preparation[T]
	keep func(*Moments) ([]int, error) // selects features, nil for all
	kept map[int][]int                 // the features that were selected for the rows outside a fold
	spec poolSpec
	list []int // the features of the pool that were selected, nil for all
	// written is the map in place of that of spec, if directions were learned.
	written urf.Spec

	pool *Moments            // of all features
	sums *Moments            // of the features that were selected
	a    *mat.Dense[float64] // features and constant × l; nil until refined under snnk.CrossEntropy
}

// solve selects features, chooses λ and solves for the squared error.
func (f *Fitter[T]) solve(ctx context.Context, pre preparation[T], opt Options, report *Report) (*solution[T], error) {
	s := &solution[T]{pre: pre, spec: pre.spec(f.columns, opt, opt.Pool), pool: f.total}
	s.keepFrom(opt.Pool, opt)
	choice, work := HeldOutLambda{Lambda: opt.Lambda}, workspace{}
	var err error
	if opt.Lambda == 0 && opt.Loss != snnk.CrossEntropy {
		if choice, err = f.stats.chooseLambda(ctx, s.pool, opt.Lambdas, s.keepOutside(), &work, opt.triedLambda()); err != nil {
			return nil, err
		}
	}
	report.Lambda, report.HeldOut = choice.Lambda, choice.Error
	if s.list, s.sums, err = s.selected(s.pool); err != nil {
		return nil, err
	}
	if s.keep != nil {
		report.Features = len(s.list)
	}
	switch {
	case opt.Loss == snnk.CrossEntropy:
	case s.keep == nil:
		s.a, err = work.ridge(s.pool, nil, choice.Lambda)
	default:
		s.a, err = s.sums.Ridge(choice.Lambda)
	}
	return s, err
}

// keepFrom sets how the features are selected from a pool of the given size.
func (s *solution[T]) keepFrom(pool int, opt Options) {
	if opt.Features >= pool {
		return
	}
	s.keep = func(m *Moments) ([]int, error) {
		sel := Selection{Least: opt.Features, Most: opt.Features, Lambda: SelectLambda}
		if opt.fewer { // N rows tell no more than N−1 features and the constant apart
			sel.Least, sel.Most = 1, int(min(int64(opt.Features), max(m.N-1, 1)))
		}
		return s.spec.choose(m, sel)
	}
}

// keepOutside is keep for the rows outside a fold, once; nil for all features.
func (s *solution[T]) keepOutside() func(fold int, train *Moments) ([]int, error) {
	if s.keep == nil {
		return nil
	}
	return func(fold int, train *Moments) ([]int, error) {
		if list, ok := s.kept[fold]; ok {
			return list, nil
		}
		list, err := s.keep(train)
		if err == nil {
			if s.kept == nil {
				s.kept = map[int][]int{}
			}
			s.kept[fold] = list
		}
		return list, err
	}
}

// triedLambda tells Tried of each λ.
func (o *Options) triedLambda() func(HeldOutLambda) {
	if o.Tried == nil {
		return nil
	}
	return func(l HeldOutLambda) {
		o.Tried(Trial{What: "lambda", Loss: snnk.SquaredError, Value: l.Lambda, Error: l.Error})
	}
}

// widens reports whether a pool with fewer independent features than wanted is worth another scale: one
// that was chosen, of features that depend on it, from rows enough for all features.
func (o *Options) widens(rows int) bool {
	kind, err := mapKindNamed(o.Map)
	return err == nil && kind.scaled && o.fewer && o.Scale == 0 && rows >= 2*o.Features
}

// widen returns pre with the scale of [widest], and makes the statistics those of it. The first scale was
// chosen with few features; under it the waves of a pool may be so long that most are sums of others.
func (f *Fitter[T]) widen(ctx context.Context, pre preparation[T], opt Options) (preparation[T], error) {
	opt.Loss, opt.Lambda = snnk.SquaredError, 0 // opt.Lambdas has a given λ
	under := func(scale float64) (report Report, err error) {
		p := pre
		p.scale = scale
		if err := f.gather(ctx, p, opt); err != nil {
			return report, err
		}
		_, err = f.solve(ctx, p, opt, &report)
		return report, err
	}
	var err error
	if pre.scale, err = widest(pre.scale, opt.Features, under); err != nil {
		return pre, err
	}
	return pre, f.gather(ctx, pre, opt)
}

// widest enlarges a scale by half octaves as long as features are missing and the held-out error falls.
func widest(scale float64, features int, under func(scale float64) (Report, error)) (float64, error) {
	best, err := under(scale)
	if err != nil {
		return scale, err
	}
	for range scaleGrid {
		if best.Features >= features {
			break
		}
		report, err := under(scale * math.Sqrt2)
		if err != nil && !errors.Is(err, mat.ErrSingular) {
			return scale, err
		}
		if err != nil || !(report.HeldOut < best.HeldOut) {
			break
		}
		scale, best = float64(scale*math.Sqrt2), report
	}
	return scale, nil
}

// selected returns the features that are selected by the sums of the pool, nil for
// all, and their sums.
func (s *solution[T]) selected(sums *Moments) ([]int, *Moments, error) {
	if s.keep == nil {
		return nil, sums, nil
	}
	list, err := s.keep(sums)
	if err != nil {
		return nil, nil, err
	}
	return list, sums.Keep(list), nil
}

// features are the stages before the matrix with the given features of the
// pool, nil for all.
func (s *solution[T]) features(list []int) (*bundle.Network[T], error) {
	m, err := s.draw(list)
	if err != nil {
		return nil, err
	}
	return bundle.NewNetwork(s.pre.before(bundle.NewFeatures(m))...), nil
}

// draw makes the map of the given features of the pool, nil for all.
func (s *solution[T]) draw(list []int) (urf.Map[T], error) {
	if s.written != nil {
		return urf.New[T](s.written)
	}
	return drawPool[T](s.spec, list)
}

// network is the whole model of targets in the given units, nil for their own.
func (s *solution[T]) network(units *bundle.Scale[T]) (*bundle.Network[T], error) {
	m, err := s.draw(s.list)
	if err != nil {
		return nil, err
	}
	a, last := inUnits(s.a, units)
	psi, b := snnk.Weights[T](a)
	stages := s.pre.before(snnk.New(m, psi, b))
	if last != nil {
		stages = append(stages, last)
	}
	return bundle.NewNetwork(stages...), nil
}
