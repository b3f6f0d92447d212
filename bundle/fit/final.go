package fit

import (
	"cmp"
	"context"
	"errors"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

const (
	// finalFeatures bounds the features with which the scale is chosen in the end, and finalPool those of their pool: systems of
	// more take longer than all the rest.
	finalFeatures = 1024
	finalPool     = maxAutoPool
	// finalSteps bounds the scales that are tried on either side.
	finalSteps = 8
	// finalRows is the number of held-out rows of the sample that are enough for the logistic loss.
	finalRows = 1024
	// finalPasses bounds each fit of that.
	finalPasses = 40
	// widerRows is the number of rows, at most, by which a larger scale is judged for the logistic loss: more rows bear
	// shorter waves than the sample does.
	widerRows = 4 * sampleRows
)

// finalLambdas are the penalties under which the logistic loss is compared, over that of the squared loss: its own is as large or smaller.
var finalLambdas = []float64{1, 0.1}

// finalScale chooses between candidates and scales around theirs as the model will be: on the sample, with all its features, selected from
// its pool, under its loss. With more features than the candidates were found with larger scales are better, and the logistic loss
// wants others than the squared one.
func (f *Fitter[T]) finalScale(ctx context.Context, found []preparation[T], opt Options) (preparation[T], error) {
	logistic := f.finallyLogistic(opt)
	last := found[len(found)-1]
	if features, pool := opt.first(f.data.Rows()); !logistic && opt.Features == features && opt.Pool == pool || len(found) == 1 && opt.Scale != 0 {
		return last, nil // as it was found
	}
	s := &finals[T]{f: f, opt: opt, logistic: logistic, least: math.Inf(1), best: last, x: bundle.Matrix(f.sx), y: bundle.Matrix(f.sy)}
	for _, p := range found {
		if err := s.climb(ctx, p); err != nil {
			return p, err
		}
		if len(found) > 1 && !p.linear {
			s.least = float64(s.least * linearGain)
		}
	}
	if logistic && f.data.Rows() > sampleRows && opt.Scale == 0 {
		return s.wider(ctx)
	}
	return s.best, nil
}

// wider enlarges the scale by half octaves as long as the error on a larger sample falls.
func (s *finals[T]) wider(ctx context.Context) (preparation[T], error) {
	x, y, err := s.f.data.Pick(ctx, sampled(s.f.data.Rows(), widerRows))
	if err != nil {
		return s.best, err
	}
	s.x, s.y, s.least, s.given = bundle.Matrix(x), bundle.Matrix(y), math.Inf(1), s.lambda
	start, err := s.try(ctx, s.best)
	if err != nil {
		return s.best, err
	}
	s.offer(start)
	best, _, err := s.along(ctx, start, math.Sqrt2)
	s.offer(best)
	return s.best, err
}

// finallyLogistic reports whether the model will, or may, have the logistic loss.
func (f *Fitter[T]) finallyLogistic(opt Options) bool {
	if opt.Task != bundle.Classify || opt.Loss == snnk.SquaredError || !distributions(f.sy) {
		return false
	}
	return opt.Loss == snnk.CrossEntropy || opt.Logistic.holds(f.data.Rows(), opt.Features, f.y.Cols())
}

// finals compares scales with all features.
type finals[T asm.Float] struct {
	f        *Fitter[T]
	opt      Options
	logistic bool
	x, y     bundle.Source // what is fitted to, and held out
	best     preparation[T]
	least    float64 // what has to be beaten: the error of best
	lambda   float64 // that best had it with
	given    float64 // λ under which the logistic loss is compared; 0 tries some
}

// a finalTrial is what a preparation left of held-out rows, and the λ that it had it with.
type finalTrial[T asm.Float] struct {
	preparation[T]
	err, lambda float64
}

// offer takes t if nothing better is there.
func (s *finals[T]) offer(t finalTrial[T]) {
	if t.err < s.least {
		s.best, s.least, s.lambda = t.preparation, t.err, t.lambda
	}
}

// climb goes from the scale of p by half octaves as long as the error falls.
func (s *finals[T]) climb(ctx context.Context, p preparation[T]) error {
	start, err := s.try(ctx, p)
	s.offer(start)
	if err != nil || s.opt.Scale != 0 {
		return err
	}
	for _, step := range []float64{math.Sqrt2, 1 / math.Sqrt2} {
		best, moved, err := s.along(ctx, start, step)
		if err != nil {
			return err
		}
		if s.offer(best); moved {
			break
		}
	}
	return nil
}

// along multiplies the scale of start by step as long as the error falls, and returns the trial of least error, and whether the error fell. Where that is
// less by no more than chance start is returned: what a choice follows then are these rows, and what they share, the hand of one writer or the day.
func (s *finals[T]) along(ctx context.Context, start finalTrial[T], step float64) (best finalTrial[T], moved bool, err error) {
	best = start
	for range finalSteps {
		p := best.preparation
		p.scale = float64(p.scale * step)
		t, err := s.try(ctx, p)
		if err != nil {
			return start, false, err
		}
		if !(t.err < best.err) {
			break
		}
		best, moved = t, true
	}
	if !(best.err < float64(start.err*(1-errorChance))) {
		best = start
	}
	return best, moved, nil
}

// try is the held-out error of p, infinite where no system is solvable.
func (s *finals[T]) try(ctx context.Context, p preparation[T]) (finalTrial[T], error) {
	t := finalTrial[T]{preparation: p, err: math.Inf(1)}
	e, lambda, err := s.heldOut(ctx, p)
	if errors.Is(err, mat.ErrSingular) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.err, t.lambda = e, lambda
	if s.opt.Tried != nil {
		loss := snnk.SquaredError
		if s.logistic {
			loss = snnk.CrossEntropy
		}
		s.opt.Tried(Trial{"final scale", p.projection, p.standardised, p.linear, p.scale, loss, e})
	}
	return t, nil
}

// heldOut is the squared error over the variance, or the cross-entropy in nats, of held-out rows, and λ.
func (s *finals[T]) heldOut(ctx context.Context, p preparation[T]) (float64, float64, error) {
	f, opt := s.f, s.opt
	pool := min(opt.Pool, finalPool)
	if opt.Features > finalFeatures {
		if opt.Pool == opt.Features {
			pool = finalFeatures
		}
		opt.Features = finalFeatures
	}
	opt.Pool, opt.Progress = pool, nil
	pass, err := f.pass(p, opt)
	if err != nil {
		return 0, 0, err
	}
	stats, err := pass.Statistics(ctx, s.x, s.y, nil)
	if err != nil {
		return 0, 0, err
	}
	sol := &solution[T]{pre: p, spec: p.spec(f.columns, opt, pool)}
	if sol.pool, err = stats.Total(); err != nil {
		return 0, 0, err
	}
	sol.keepFrom(pool, opt)
	lambdas := []float64{cmp.Or(opt.Lambda, s.given)}
	if lambdas[0] == 0 || !s.logistic {
		choice, err := stats.chooseLambda(ctx, sol.pool, opt.Lambdas, sol.keepOutside(), &workspace{}, nil)
		if err != nil || !s.logistic {
			return choice.Error, choice.Lambda, err
		}
		lambdas = lambdas[:0]
		for _, part := range finalLambdas {
			lambdas = append(lambdas, float64(choice.Lambda*part))
		}
	}
	return s.crossEntropy(ctx, sol, stats, lambdas)
}

// crossEntropy is the least mean loss of held-out rows under any λ of those given, and that.
func (s *finals[T]) crossEntropy(ctx context.Context, sol *solution[T], stats *Stats[T], lambdas []float64) (float64, float64, error) {
	opt, err := s.opt.Logistic.withDefaults()
	if err != nil {
		return 0, 0, err
	}
	opt.MaxPasses, opt.Progress = min(opt.MaxPasses, finalPasses), nil
	c, err := newContest(ctx, s.x, s.y, stats, sol, 0, opt, finalRows)
	if err != nil {
		return 0, 0, err
	}
	mu := logitPenalties[firstLogitPenalty]
	if s.opt.LogitPenalty != 0 {
		mu = max(s.opt.LogitPenalty, 0)
	}
	var from *attempt
	least, best := math.Inf(1), 0.0
	for _, lambda := range lambdas {
		t, err := c.try(Penalty{lambda, mu}, from)
		if err != nil {
			return 0, 0, err
		}
		if t.wrong == math.MaxInt {
			continue
		}
		if e := t.loss / float64(c.rows); e < least {
			least, best = e, lambda
		}
		from = &t
	}
	return least, best, nil
}
