package fit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/snnk"
)

// choiceRows is the number of held-out rows that are enough to choose by: so many of
// the folds are used.
const choiceRows = 4096

// choiceEnough ends a trial of the choice when a step promises less than this part
// of the loss.
const choiceEnough = 1e-3

// refine replaces the solution for the squared error by that for the logistic loss if
// the options say so or if it classifies more held-out rows. sy is a sample of y.
func refine[T asm.Float](ctx context.Context, x, y bundle.Source, sy *mat.Dense[T], stats *Stats[T], s *solution[T], opt Options, report *Report) error {
	logistic, err := opt.Logistic.withDefaults()
	if err != nil {
		return err
	}
	if opt.Loss == snnk.AutoLoss && (opt.Task != bundle.Classify || !distributions(sy) || !logistic.holds(x.Rows(), opt.Features, y.Cols())) {
		return nil
	}
	if y.Cols() < 2 {
		return fmt.Errorf("fit: the logistic loss wants two columns or more of targets, one for each class: %w", bundle.ErrRange)
	}
	penalty := Penalty{report.Lambda, max(opt.LogitPenalty, 0)}
	var c *contest
	if opt.Loss == snnk.AutoLoss || opt.Lambda == 0 || opt.LogitPenalty == 0 {
		if c, err = newContest(ctx, x, y, stats, s, report.Lambda, logistic, choiceRows); err != nil {
			return err
		}
		if c.soft = soft(sy); c.soft {
			for _, f := range c.folds {
				if f.train.least, err = f.train.entropy(); err != nil {
					return err
				}
			}
		}
		if err := c.run(opt); err != nil {
			return err
		}
		report.ChoicePasses = c.passes
		c.folds = nil // their rows make room for those of the fit
	}
	net, err := s.features(s.list)
	if err != nil {
		return err
	}
	var a *mat.Dense[float64]
	var r *LogisticReport
	for {
		if c != nil {
			best := c.best()
			if opt.Loss == snnk.AutoLoss && c.squared <= best.wrong {
				report.HeldOutAccuracy, report.HeldOutLogLoss = 1-float64(c.squared)/float64(c.rows), 0
				return nil
			}
			if best.wrong == math.MaxInt {
				return fmt.Errorf("fit: no penalty makes the logistic loss of %d features and %d samples solvable: %w", s.sums.ZZ.Rows()-1, s.sums.N, mat.ErrSingular)
			}
			penalty = best.Penalty
			report.HeldOutAccuracy, report.HeldOutLogLoss = 1-float64(best.wrong)/float64(c.rows), best.loss/float64(c.rows)
		}
		a, r, err = Logistic(ctx, bundle.OutputsOf(net, x), y, s.sums, penalty, logistic)
		if err == nil {
			break
		}
		if c == nil || !errors.Is(err, mat.ErrSingular) {
			return err
		}
		c.exclude(penalty)
	}
	s.a = a
	report.Loss, report.Lambda, report.LogitPenalty, report.HeldOut = snnk.CrossEntropy, penalty.Lambda, penalty.Logits, 0
	report.Passes, report.Gradient, report.Converged = r.Passes, r.Gradient, r.Converged
	return nil
}

// distributions reports whether the rows of y are two or more probabilities of sum 1.
func distributions[T asm.Float](y *mat.Dense[T]) bool {
	for i := range y.Rows() {
		sum := 0.0
		for _, v := range y.Row(i) {
			if !(v >= 0 && v <= 1) {
				return false
			}
			sum += float64(v)
		}
		if !(math.Abs(sum-1) <= 1e-5) {
			return false
		}
	}
	return y.Cols() > 1
}

// soft reports whether targets are probabilities other than 0 and 1, such as another classifier's: they say more about
// what is held out than which class is the largest.
func soft[T asm.Float](y *mat.Dense[T]) bool {
	for i := range y.Rows() {
		for _, v := range y.Row(i) {
			if v != 0 && v != 1 {
				return true
			}
		}
	}
	return false
}

// contest tries penalties of the logistic loss, and the solution for the
// squared error, on held-out folds.
type contest struct {
	folds   []contestant
	opt     LogisticOptions
	rows    int  // held out in all
	soft    bool // whether the loss counts before the errors; see soft
	squared int  // errors of the squared loss
	passes  int
	trials  []attempt
}

// contestant is one fold: features selected, and readout fitted, without it.
type contestant struct {
	train, test *crossEntropy
}

// attempt is what a penalty gave on the held-out rows of all folds.
type attempt struct {
	Penalty
	wrong int // rows; math.MaxInt if the system was singular
	loss  float64
	a     []*mat.Dense[float64] // for each fold
}

// newContest prepares so many of the folds as hold enough rows. squared is the λ of the squared loss, if that takes part.
func newContest[T asm.Float](ctx context.Context, x, y bundle.Source, stats *Stats[T], s *solution[T], squared float64, opt LogisticOptions, enough int) (*contest, error) {
	c := &contest{opt: opt}
	c.opt.enough = choiceEnough
	cache := opt.cache() // for all folds together
	folds := stats.Folds()
	var foldSums, trainSums *Moments // of all features, from which those that are kept are taken
	for k := 0; k < folds && c.rows < enough; k++ {
		fold, err := stats.moments(foldSums, k, k+1)
		if err != nil {
			return nil, err
		}
		if fold.N == s.pool.N {
			return nil, fmt.Errorf("fit: all %d rows are in one fold: nothing is left to hold out: %w", fold.N, bundle.ErrRange)
		}
		if fold.N == 0 {
			continue
		}
		outside := s.pool.sub(trainSums, fold)
		foldSums = fold
		var list []int
		sums := outside
		if keep := s.keepOutside(); keep != nil {
			if list, err = keep(k, outside); err != nil {
				return nil, err
			}
			trainSums, sums = outside, outside.Keep(list)
		}
		net, err := s.features(list)
		if err != nil {
			return nil, err
		}
		if list != nil {
			fold = fold.Keep(list)
		}
		hx, rx := Split(x, stats.opt, k)
		hy, ry := Split(y, stats.opt, k)
		var p contestant
		if p.train, err = newCrossEntropy(ctx, bundle.OutputsOf(net, rx), ry, sums, cache); err != nil {
			return nil, err
		}
		if p.test, err = newCrossEntropy(ctx, bundle.OutputsOf(net, hx), hy, fold, cache-p.train.cached()); err != nil {
			return nil, err
		}
		p.test.sums = nil
		if s.a != nil {
			a, err := sums.Ridge(squared)
			if err != nil {
				return nil, err
			}
			wrong, _, err := p.test.heldOut(a)
			if err != nil {
				return nil, err
			}
			c.squared += wrong
		}
		cache -= p.train.cached() + p.test.cached()
		c.folds = append(c.folds, p)
		c.rows += p.test.n
	}
	return c, nil
}

// logitPenalties are the values of μ that are tried: half decades around the first, from
// which they are climbed.
var logitPenalties = []float64{1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1}

const firstLogitPenalty = 6

// run chooses λ, unless it is given, with a middle μ: every second of the grid, from the largest, then the
// neighbours of the best. Then it goes from that μ, unless that is given, to where the
// held-out errors grow. Each fit starts from the one before or the best.
func (c *contest) run(opt Options) error {
	grid, at := opt.Lambdas, firstLogitPenalty // Lambda, if given, is all of the grid
	mu := logitPenalties[at]
	if opt.LogitPenalty != 0 {
		mu = max(opt.LogitPenalty, 0)
	}
	for i := len(grid) - 1; i >= 0; i -= 2 {
		var from *attempt
		if n := len(c.trials); n > 0 {
			from = &c.trials[n-1]
		}
		if _, err := c.try(Penalty{grid[i], mu}, from); err != nil {
			return err
		}
	}
	best := c.best()
	middle := slices.Index(grid, best.Lambda)
	for _, i := range []int{middle + 1, middle - 1} {
		if i >= 0 && i < len(grid) {
			if _, err := c.try(Penalty{grid[i], mu}, &best); err != nil {
				return err
			}
		}
	}
	if opt.LogitPenalty != 0 {
		return nil
	}
	for _, step := range []int{-1, 1} {
		from := c.best()
		for i := at + step; i >= 0 && i < len(logitPenalties); i += step {
			t, err := c.try(Penalty{from.Lambda, logitPenalties[i]}, &from)
			if err != nil {
				return err
			}
			if !c.better(t, from) {
				break
			}
			from, at = t, i
		}
	}
	return nil
}

// try fits every fold with a penalty, from the readouts of an earlier attempt. Folds whose rows are all
// cached are fitted at the same time; the sources of others need not be safe for that.
func (c *contest) try(p Penalty, from *attempt) (attempt, error) {
	t := attempt{Penalty: p, a: make([]*mat.Dense[float64], len(c.folds))}
	for k, f := range c.folds {
		t.a[k] = mat.New[float64](f.train.p, f.train.l)
		if from != nil {
			t.a[k].Copy(from.a[k])
		}
	}
	opt, grain := c.opt, 1
	if c.uncached() {
		grain = len(c.folds)
	}
	if report := opt.Progress; report != nil {
		var mu sync.Mutex
		opt.Progress = func(passes int, gradient float64) {
			mu.Lock()
			defer mu.Unlock()
			report(passes, gradient)
		}
	}
	results := make([]foldResult, len(c.folds))
	par.For(len(c.folds), grain, func(lo, hi int) {
		for k := lo; k < hi; k++ {
			results[k] = c.folds[k].fit(t.a[k], p, opt)
		}
	})
	for _, r := range results {
		switch {
		case errors.Is(r.err, mat.ErrSingular): // passed over, as by ChooseLambda
			t.wrong, t.loss = math.MaxInt, math.Inf(1)
		case r.err != nil:
			return t, r.err
		default:
			c.passes += r.passes
			if t.wrong < math.MaxInt {
				t.wrong += r.wrong
				t.loss += r.loss
			}
		}
	}
	c.trials = append(c.trials, t)
	return t, nil
}

// foldResult is what a penalty gave in one fold.
type foldResult struct {
	wrong, passes int
	loss          float64
	err           error
}

// fit moves a to the minimum over the rows outside the fold and measures it on those in it.
func (f contestant) fit(a *mat.Dense[float64], p Penalty, opt LogisticOptions) foldResult {
	r, err := f.train.minimise(a, p, opt)
	if err != nil {
		return foldResult{err: err}
	}
	wrong, loss, err := f.test.heldOut(a)
	return foldResult{wrong, r.Passes, loss, err}
}

// uncached reports whether the rows of some fold are read at every pass.
func (c *contest) uncached() bool {
	return slices.ContainsFunc(c.folds, func(f contestant) bool { return f.train.kept == nil || f.test.kept == nil })
}

// better reports whether a has fewer errors than b, or as many and less loss; of soft targets, less loss.
func (c *contest) better(a, b attempt) bool {
	if c.soft {
		return a.loss < b.loss
	}
	return a.wrong < b.wrong || a.wrong == b.wrong && a.loss < b.loss
}

// best is the best attempt, the first of equals.
func (c *contest) best() attempt {
	best := c.trials[0]
	for _, t := range c.trials[1:] {
		if c.better(t, best) {
			best = t
		}
	}
	return best
}

// exclude takes a penalty under which all rows together are singular, though the parts were not, out of the contest,
// and with it those that are no larger.
func (c *contest) exclude(p Penalty) {
	for i := range c.trials {
		if t := &c.trials[i]; t.Lambda <= p.Lambda && t.Logits <= p.Logits {
			t.wrong, t.loss = math.MaxInt, math.Inf(1)
		}
	}
}

// heldOut returns the rows that the readout a classifies wrongly and the sum of
// their cross-entropies.
func (c *crossEntropy) heldOut(a *mat.Dense[float64]) (wrong int, loss float64, err error) {
	var says, truth []int
	err = c.blocks(func(z, y *mat.Dense[float64], _ int) error {
		score := mat.Mul(c.score.Shape(z.Rows(), c.l), z, a)
		says, truth = bundle.Labels(slices.Grow(says[:0], z.Rows())[:z.Rows()], score), bundle.Labels(slices.Grow(truth[:0], z.Rows())[:z.Rows()], y)
		for i, k := range says {
			if k != truth[i] {
				wrong++
			}
		}
		c.softmax(score, y)
		for _, v := range c.loss[:z.Rows()] {
			loss += v
		}
		return nil
	})
	return wrong, loss, err
}
