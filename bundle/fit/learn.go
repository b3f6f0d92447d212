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
	"nnk/urf"
)

// Learning says how directions are learned. The zero value chooses everything that can be chosen.
type Learning struct {
	Atoms int // of the dictionary, a power of two; 0 means 4096
	Terms int // of each direction; 0 means 4

	// Decay and Noise are those of [LearningReport], as a training before chose them; both 0 are chosen. With penalties that are given too nothing is left to choose, and
	// no rows are held out.
	Decay, Noise float64
}

func (l Learning) withDefaults() Learning {
	if l.Atoms == 0 {
		l.Atoms = 4096
	}
	if l.Terms == 0 {
		l.Terms = 4
	}
	return l
}

// LearningReport says how directions were learned.
type LearningReport struct {
	Atoms  int     `json:"atoms"`
	Terms  int     `json:"terms"`
	Lost   float64 `json:"lost"` // mean part of the directions, in the metric of the inputs, that was lost when they were written
	Epochs int     `json:"epochs"`
	Decay  float64 `json:"decay"` // of the recipe that left least held-out error, over the training: weights shrink by e^(−Decay) if nothing holds them
	Noise  float64 `json:"noise"` // on the inputs, in units in which directions have elements of about ⅓
}

// A recipe is how directions are trained.
type recipe struct{ decay, noise float64 }

// recipes are tried on held-out rows: the usual one, more and less regularisation.
var recipes = []recipe{{1.5, 0.1}, {3, 0.2}, {0.3, 0.03}}

const (
	// learningRate is that of directions whose elements are about learningUnit in size.
	learningRate = 1e-2
	learningUnit = 1.0 / 3
	// factorRate is that of the factors of atoms, and factorShare their part of the epochs.
	factorRate  = 1e-2
	factorShare = 1
	// learningRows is the number of rows that a training sees, over all epochs, unless that makes too few or too many epochs.
	learningRows = 640_000
	leastEpochs  = 5
	mostEpochs   = 60
)

// errorChance is the part of a held-out error that is taken for chance.
const errorChance = 0.05

// firstPenalty is that under which recipes are compared.
var firstPenalty = Penalty{1e-4, 1e-3}

// part is the rows that something is learned from or measured on, in the units that the features read.
type part[T asm.Float] struct{ x, y *mat.Dense[T] }

func newPart[T asm.Float](x, y bundle.Source) (part[T], error) {
	p := part[T]{mat.New[T](x.Rows(), x.Cols()), mat.New[T](y.Rows(), y.Cols())}
	return p, errors.Join(bundle.Read(p.x, x, 0), bundle.Read(p.y, y, 0))
}

// fold splits p.
func (p part[T]) fold(folds Folds, k int) (held, rest part[T], err error) {
	hx, rx := Split(bundle.Matrix(p.x), folds, k)
	hy, ry := Split(bundle.Matrix(p.y), folds, k)
	held, err1 := newPart[T](hx, hy)
	rest, err2 := newPart[T](rx, ry)
	return held, rest, errors.Join(err1, err2)
}

// moments are those of features of p.
func (p part[T]) moments(m urf.Map[T], folds Folds) (*Moments, error) {
	z := m.Phi(nil, p.x, nil)
	stats, err := NewStats(z, p.y, folds)
	if err != nil {
		return nil, err
	}
	if err := stats.Add(z, p.y); err != nil {
		return nil, err
	}
	return stats.Total()
}

// features are those of p under a map, as a source.
func (p part[T]) features(m urf.Map[T]) bundle.Source {
	return bundle.OutputsOf(bundle.NewNetwork[T](bundle.NewFeatures(m)), bundle.Matrix(p.x))
}

// learner learns directions that start from those of a solution.
type learner[T asm.Float] struct {
	ctx      context.Context
	opt      Options
	s        *solution[T]
	kind     mapKind
	entropy  bool // whether the readout minimises the cross-entropy
	classes  bool // whether the directions do
	logistic LogisticOptions
	report   *LearningReport
	folds    Folds
	tried    []recipe
}

// learn replaces the features of a solution by as many whose directions are trained, with Ψ, and then written as sums of a few
// atoms. Recipe and penalties are those of least error on the rows of the first fold, when
// everything is learned from the others; then all is learned again from all rows.
func (f *Fitter[T]) learn(ctx context.Context, pre preparation[T], s *solution[T], opt Options, report *Report) (*solution[T], error) {
	l, err := f.newLearner(ctx, s, opt)
	if err != nil {
		return nil, err
	}
	report.Learned = l.report
	all, err := newPart[T](pre.rows(bundle.WithContext(ctx, f.x)), in(f.units, bundle.WithContext(ctx, f.y)))
	if err != nil {
		return nil, err
	}
	held, rest, err := all.fold(l.folds, 0)
	if err != nil {
		return nil, err
	}
	if l.settled() {
		start, err := l.start(s.pool)
		if err != nil {
			return nil, err
		}
		return l.finish(pre, start, l.tried[0], all, l.given(firstPenalty), report)
	}
	if held.x.Rows() == 0 || rest.x.Rows() < 2 {
		return nil, fmt.Errorf("fit: all %d rows are in one fold: nothing is left to hold out: %w", all.x.Rows(), bundle.ErrRange)
	}
	fold, err := f.stats.Fold(0)
	if err != nil {
		return nil, err
	}
	start, err := l.start(s.pool.Sub(fold))
	if err != nil {
		return nil, err
	}
	best := trialOf[T]{score: math.Inf(1)}
	for _, r := range l.tried {
		t, err := l.try(start, r, held, rest)
		if err != nil {
			return nil, err
		}
		if t.score < best.score-best.chance {
			best = t
		}
	}
	if best.m == nil {
		return nil, fmt.Errorf("fit: no recipe of learning gives a solvable system: %w", mat.ErrSingular)
	}
	penalty, err := l.penalty(best, held, rest, report)
	if err != nil {
		return nil, err
	}
	if start, err = l.start(s.pool); err != nil {
		return nil, err
	}
	return l.finish(pre, start, best.recipe, all, penalty, report)
}

// plainEnough times the held-out error under standardised columns may be that without, for directions to read columns as they are: means and factors
// take 16 bytes a column, which are as many directions more.
const plainEnough = 1.1

// plainer returns the preparation that standardises no columns, if that is about as good as pre, which does.
func (f *Fitter[T]) plainer(ctx context.Context, pre preparation[T], opt Options) (preparation[T], error) {
	opt.Standardise = StandardiseNever
	p, err := f.prepare(ctx, opt)
	if err != nil || p.heldOut == 0 || p.heldOut > plainEnough*pre.heldOut {
		return pre, err
	}
	return p, nil
}

func (f *Fitter[T]) newLearner(ctx context.Context, s *solution[T], opt Options) (*learner[T], error) {
	kind, err := mapKindNamed(opt.Map)
	if err != nil {
		return nil, err
	}
	logistic, err := opt.Logistic.withDefaults()
	if err != nil {
		return nil, err
	}
	learning := opt.Learn.withDefaults()
	classes := opt.Task == bundle.Classify && distributions(f.sy)
	l := &learner[T]{ctx: ctx, opt: opt, s: s, kind: kind, classes: classes, entropy: classes && opt.Loss != snnk.SquaredError, logistic: logistic, folds: opt.Folds,
		report: &LearningReport{Atoms: learning.Atoms, Terms: learning.Terms}, tried: recipes}
	if !(learning.Decay >= 0 && learning.Noise >= 0) || math.IsInf(learning.Decay+learning.Noise, 1) {
		return nil, fmt.Errorf("fit: decay %g and noise %g of the training of directions: %w", learning.Decay, learning.Noise, bundle.ErrRange)
	}
	if given := (recipe{learning.Decay, learning.Noise}); given != (recipe{}) {
		l.tried = []recipe{given}
	}
	if opt.Loss == snnk.CrossEntropy && !classes {
		return nil, fmt.Errorf("fit: the logistic loss wants two columns or more of probabilities: %w", bundle.ErrRange)
	}
	return l, nil
}

// start is the layer that directions start from: the features selected by the sums, and their solution.
func (l *learner[T]) start(sums *Moments) (*snnk.Layer[T], error) {
	list, sums, err := l.s.selected(sums)
	if err != nil {
		return nil, err
	}
	m, err := l.s.draw(list)
	if err != nil {
		return nil, err
	}
	a, err := sums.Ridge(max(l.opt.Lambda, firstPenalty.Lambda))
	if err != nil {
		return nil, err
	}
	psi, b := snnk.Weights[T](a)
	return snnk.New(m, psi, b), nil
}

// trialOf is what a recipe gave on held-out rows.
type trialOf[T asm.Float] struct {
	recipe
	m     urf.Map[T]
	score float64
	// chance is how much less is no reason to leave the usual recipe.
	chance float64
}

// try learns from rest and measures on held.
func (l *learner[T]) try(start *snnk.Layer[T], r recipe, held, rest part[T]) (trialOf[T], error) {
	m, _, _, err := l.directions(start, r, rest)
	if err != nil {
		return trialOf[T]{}, err
	}
	t := trialOf[T]{recipe: r, m: m, score: math.Inf(1)}
	if l.entropy {
		c, err := l.contest(m, held, rest)
		if err != nil {
			return t, err
		}
		a, err := c.try(l.given(firstPenalty), nil)
		if err == nil && a.wrong < math.MaxInt {
			t.score = float64(a.wrong)
			t.chance = math.Sqrt(t.score) // that of counting
		}
		return t, err
	}
	sums, fold, err := l.moments(m, held, rest)
	if err != nil {
		return t, err
	}
	_, t.score, err = l.bestLambda(sums, fold)
	t.chance = float64(errorChance * t.score)
	return t, err
}

// given is p with what the options say.
func (l *learner[T]) given(p Penalty) Penalty {
	if l.opt.Lambda > 0 {
		p.Lambda = l.opt.Lambda
	}
	if l.opt.LogitPenalty != 0 {
		p.Logits = max(l.opt.LogitPenalty, 0)
	}
	return p
}

// settled reports whether nothing is left to choose.
func (l *learner[T]) settled() bool {
	return len(l.tried) == 1 && l.opt.Lambda > 0 && (!l.entropy || l.opt.LogitPenalty != 0)
}

func (l *learner[T]) moments(m urf.Map[T], held, rest part[T]) (sums, fold *Moments, err error) {
	sums, err1 := rest.moments(m, l.folds)
	fold, err2 := held.moments(m, l.folds)
	return sums, fold, errors.Join(err1, err2)
}

// contest is one of penalties between readouts of features, fitted to rest and measured on held.
func (l *learner[T]) contest(m urf.Map[T], held, rest part[T]) (*contest, error) {
	sums, fold, err := l.moments(m, held, rest)
	if err != nil {
		return nil, err
	}
	c := &contest{opt: l.logistic, rows: held.x.Rows(), folds: make([]contestant, 1)}
	c.opt.enough = choiceEnough
	p, cache := &c.folds[0], l.logistic.cache()
	if p.train, err = newCrossEntropy(l.ctx, rest.features(m), bundle.Matrix(rest.y), sums, cache); err != nil {
		return nil, err
	}
	p.test, err = newCrossEntropy(l.ctx, held.features(m), bundle.Matrix(held.y), fold, cache-p.train.cached())
	return c, err
}

// bestLambda is the λ with the least error over variance on held-out rows, by the sums of both.
func (l *learner[T]) bestLambda(sums, fold *Moments) (lambda, score float64, err error) {
	score = math.Inf(1)
	for _, v := range l.opt.Lambdas {
		if l.ctx.Err() != nil {
			return 0, 0, fmt.Errorf("fit: %w", context.Cause(l.ctx))
		}
		a, err := sums.Ridge(v)
		if errors.Is(err, mat.ErrSingular) {
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		if e := fold.SquaredError(a) / fold.Variance(); e < score {
			lambda, score = v, e
		}
	}
	return lambda, score, nil
}

// penalty chooses that of the readout, by the directions of the best recipe, and reports the held-out error.
func (l *learner[T]) penalty(t trialOf[T], held, rest part[T], report *Report) (Penalty, error) {
	if !l.entropy {
		sums, fold, err := l.moments(t.m, held, rest)
		if err != nil {
			return Penalty{}, err
		}
		lambda, score, err := l.bestLambda(sums, fold)
		report.HeldOut = score
		return Penalty{Lambda: lambda}, err
	}
	c, err := l.contest(t.m, held, rest)
	if err != nil {
		return Penalty{}, err
	}
	if err := c.run(l.opt); err != nil {
		return Penalty{}, err
	}
	best := c.best()
	if best.wrong == math.MaxInt {
		return Penalty{}, fmt.Errorf("fit: no penalty makes the logistic loss solvable: %w", mat.ErrSingular)
	}
	report.ChoicePasses, report.HeldOut = c.passes, 0
	report.HeldOutAccuracy, report.HeldOutLogLoss = 1-float64(best.wrong)/float64(c.rows), best.loss/float64(c.rows)
	return best.Penalty, nil
}

// finish learns from all rows.
func (l *learner[T]) finish(pre preparation[T], start *snnk.Layer[T], r recipe, all part[T], penalty Penalty, report *Report) (*solution[T], error) {
	m, spec, lost, err := l.directions(start, r, all)
	if err != nil {
		return nil, err
	}
	sums, err := all.moments(m, l.folds)
	if err != nil {
		return nil, err
	}
	out := &solution[T]{pre: pre, written: spec, pool: sums, sums: sums}
	l.report.Lost, l.report.Decay, l.report.Noise = lost, r.decay, r.noise
	report.Features, report.Lambda, report.Loss = m.Out(), penalty.Lambda, snnk.SquaredError
	if !l.entropy {
		out.a, err = sums.Ridge(penalty.Lambda)
		return out, err
	}
	var passes *LogisticReport
	if out.a, passes, err = Logistic(l.ctx, all.features(m), bundle.Matrix(all.y), sums, penalty, l.logistic); err != nil {
		return nil, err
	}
	report.Loss, report.LogitPenalty = snnk.CrossEntropy, penalty.Logits
	report.Passes, report.Gradient, report.Converged = passes.Passes, passes.Gradient, passes.Converged
	return out, nil
}

// directions trains those of a layer and writes them as sums of atoms: their map, its description and the mean part that is lost.
func (l *learner[T]) directions(start *snnk.Layer[T], r recipe, p part[T]) (urf.Map[T], urf.Spec, float64, error) {
	columns, err := survey(bundle.Matrix(p.x))
	if err != nil {
		return nil, nil, 0, err
	}
	n, err := l.network(start, p, columns)
	if err != nil {
		return nil, nil, 0, err
	}
	sigma := covariance(p.x, columns)
	first, w, b, err := l.written(n, r, sigma)
	if err != nil {
		return nil, nil, 0, err
	}
	most := 0.0
	for i, v := range b {
		for j, c := range columns {
			v = math.FMA(-w.At(i, j), c.mean, v)
		}
		most = max(most, math.Abs(v))
	}
	code, bias := l.kind.offset(most)
	spec, lost, err := ortho.Pursue(l.ctx, first, w, sigma, func(i int, left []float64) uint8 {
		v := b[i] // of inputs less their means
		for j, c := range columns {
			v = math.FMA(left[j]-w.At(i, j), c.mean, v)
		}
		return code(v)
	})
	if err != nil {
		return nil, nil, 0, err
	}
	sum := 0.0
	for _, v := range lost {
		sum += v
	}
	s := l.kind.written(spec, bias)
	m, err := urf.New[T](s)
	return m, s, sum / float64(len(lost)), err
}
