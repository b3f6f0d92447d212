package compress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
)

// AutoOptions says how [Auto] works. Budget is needed; the rest has good defaults.
type AutoOptions struct {
	Budget int // most parameters of the result, stored numbers that came from data or training
	Folds  int // held-out folds on which the families are compared; 0 means 3

	// ValX are rows on which the families are compared instead of folds, best such as the network was not trained on; ValY
	// are their targets, or nil for the network's own outputs, or answers.
	ValX, ValY bundle.Source

	// Fit says what the features are and what the targets mean; Features and Pool follow from Budget.
	Fit fit.Options

	// Progress, if not nil, is called with the networks made and to make.
	Progress func(done, total int)
}

// Candidate is a family of networks of at most a given size, with its error on rows that it
// was not fitted to.
type Candidate struct {
	Family string `json:"family"`
	Params int    `json:"trained_params,omitempty"` // of the largest over the folds
	// HeldOut is the squared error over the variance of the targets. It is 0 for classes,
	// whose scores differ in size from family to family.
	HeldOut float64 `json:"held_out_error,omitempty"`
	// Accuracy is, for classes, the share of rows whose class is right, or without labels the network's own.
	Accuracy float64 `json:"held_out_accuracy,omitempty"`
	// LogLoss is, for classes, the cross-entropy of the targets with the scores, in nats a row. Scores are multiplied with
	// the power of two that makes it least.
	LogLoss float64 `json:"held_out_log_loss,omitempty"`
	Problem string  `json:"problem,omitempty"` // why there is no such network
	Chosen  bool    `json:"chosen"`
}

// Auto compresses a network to at most opt.Budget parameters by the family that does best
// on held-out rows of x, fitted to the others: random features, selected features ([fit.Run]), low rank
// ([LowRank]), chosen neurons ([Narrow]), and chosen neurons with random features ([Hybrid]), by energy or
// by selection. The winner is made again from all rows, of which copies are left out where all are there again ([fit.WithoutCopies]). The candidates are in a fixed order.
//
// y are targets, or nil for the network's own outputs and, for the task Classify, its [Answers]. For that task the criterion
// is the share of rows with the right class, or the network's own, then the cross-entropy; for others squared error; the
// first of equals wins. Low rank and chosen neurons imitate the
// network in either case, for classes without the part of the scores that all share: on rows that the network was trained on, labels are held out from the features but not
// from the neurons. Compare on other rows, opt.ValX.
//
// A family that cannot meet the budget, or needs a network of dense layers (behind [bundle.Columns] and a [bundle.Scale] or not) and has another, has a Problem and is passed over; the error wraps [bundle.ErrRange]
// if that is all of them. The end of ctx is an error that wraps what ended it. Cost: folds + 1 times that of all families,
// once with opt.ValX.
func Auto[T asm.Float](ctx context.Context, net *bundle.Network[T], x, y bundle.Source, opt AutoOptions) (*bundle.Model[T], []Candidate, error) {
	if opt.Folds == 0 {
		opt.Folds = 3
	}
	if opt.Budget < 1 || opt.Folds < 2 {
		return nil, nil, fmt.Errorf("compress: a budget of %d parameters, %d folds: %w", opt.Budget, opt.Folds, bundle.ErrRange)
	}
	if opt.Fit.Loss == snnk.BinaryCrossEntropy {
		return nil, nil, fmt.Errorf("compress: networks of one output, as the loss %v gives, cannot be compared with others: %w", opt.Fit.Loss, bundle.ErrRange)
	}
	classify := opt.Fit.Task == bundle.Classify && net.Out() > 1
	if classify {
		net = centred(net)
	}
	of := func(x, y bundle.Source) rows {
		r := rows{x: bundle.WithContext(ctx, x)}
		if y != nil {
			r.y = bundle.WithContext(ctx, y)
			r.scores = r.y
		} else {
			r.y = bundle.OutputsOf(net, r.x)
			if r.scores = r.y; classify {
				r.y = Answers(net, r.x)
			}
		}
		return r
	}
	all := of(x, y)
	if x.Cols() != net.In() || x.Rows() != all.y.Rows() || x.Rows() < 2*opt.Folds {
		return nil, nil, fmt.Errorf("compress: %d×%d inputs and %d rows of targets for a network of %d inputs and %d folds: %w", x.Rows(), x.Cols(), all.y.Rows(), net.In(), opt.Folds, bundle.ErrFormat)
	}
	rx, ry, copies, err := fit.WithoutCopies(all.x, y)
	if err != nil {
		return nil, nil, err
	}
	if copies > 1 {
		all = of(rx, ry)
	}
	c := &comparison[T]{families: families(net, opt), opt: opt, classify: classify}
	if opt.ValX == nil {
		err = c.byFolds(ctx, all)
	} else {
		val := of(opt.ValX, opt.ValY)
		if val.x.Cols() != net.In() || val.x.Rows() != val.y.Rows() || val.y.Cols() != all.y.Cols() {
			return nil, nil, fmt.Errorf("compress: %d×%d inputs and %d×%d targets to compare on, for a network of %d inputs and %d targets: %w", val.x.Rows(), val.x.Cols(), val.y.Rows(), val.y.Cols(), net.In(), all.y.Cols(), bundle.ErrFormat)
		}
		err = c.apart(ctx, all, val)
	}
	if err != nil {
		return nil, nil, err
	}
	best, err := c.best()
	if err != nil {
		return nil, c.candidates, err
	}
	c.candidates[best].Chosen = true
	model := c.made
	if model == nil {
		if model, err = c.families[best].make(ctx, all); err != nil {
			return nil, c.candidates, err
		}
	}
	model.Task, model.Classes = opt.Fit.Task, opt.Fit.Classes
	if model.Task == "" {
		model.Task = bundle.Outputs
	}
	model.Provenance = maps.Clone(model.Provenance)
	if model.Provenance == nil {
		model.Provenance = map[string]string{}
	}
	model.Provenance["family"] = c.candidates[best].Family
	model.Provenance["rows"] = strconv.Itoa(x.Rows())
	return model, c.candidates, nil
}

// rows are inputs and targets, and what is fitted to them by squared error: the targets, but for the scores of a classifier whose answers they are.
type rows struct{ x, y, scores bundle.Source }

// each returns the rows that of makes of all sources.
func (r rows) each(of func(bundle.Source) bundle.Source) rows {
	return rows{of(r.x), of(r.y), of(r.scores)}
}

// family makes a network of at most the budget from training rows.
type family[T asm.Float] struct {
	name string
	make func(ctx context.Context, r rows) (*bundle.Model[T], error)
}

// families are those that Auto tries.
func families[T asm.Float](net *bundle.Network[T], opt AutoOptions) []family[T] {
	plain := func(n *bundle.Network[T], err error) (*bundle.Model[T], error) {
		return &bundle.Model[T]{Network: n}, err
	}
	lambdas := opt.Fit.Lambdas
	if opt.Fit.Lambda > 0 {
		lambdas = []float64{opt.Fit.Lambda}
	}
	layers, before := behindUnits(net)
	dense := func(make func(ctx context.Context, x, scores bundle.Source, budget int) (*bundle.Network[T], error)) func(ctx context.Context, r rows) (*bundle.Model[T], error) {
		return func(ctx context.Context, r rows) (*bundle.Model[T], error) {
			if before == nil {
				return plain(make(ctx, r.x, r.scores, opt.Budget))
			}
			n, err := make(ctx, bundle.OutputsOf(before, r.x), r.scores, opt.Budget-before.Params())
			if err != nil {
				return nil, err
			}
			return plain(bundle.NewNetwork(append(slices.Clone(before.Stages()), n.Stages()...)...), nil)
		}
	}
	hybrid := func(energy bool) func(ctx context.Context, r rows) (*bundle.Model[T], error) {
		return dense(func(ctx context.Context, x, scores bundle.Source, budget int) (*bundle.Network[T], error) {
			n, _, err := Hybrid(ctx, layers, x, scores, budget, HybridOptions{
				Energy: energy, Map: opt.Fit.Map, Projection: opt.Fit.Projection, Seed: opt.Fit.Seed, Scale: opt.Fit.Scale, Lambdas: lambdas})
			return n, err
		})
	}
	return []family[T]{
		{"random features", func(ctx context.Context, r rows) (*bundle.Model[T], error) {
			return fitBudget[T](ctx, r.x, r.y, opt, false)
		}},
		{"selected features", func(ctx context.Context, r rows) (*bundle.Model[T], error) {
			return fitBudget[T](ctx, r.x, r.y, opt, true)
		}},
		{"low rank", dense(func(ctx context.Context, x, _ bundle.Source, budget int) (*bundle.Network[T], error) {
			return LowRank(ctx, layers, x, budget)
		})},
		{"chosen neurons", dense(func(ctx context.Context, x, _ bundle.Source, budget int) (*bundle.Network[T], error) {
			widths, err := NarrowWidths(layers, budget)
			if err != nil {
				return nil, err
			}
			return narrow(ctx, layers, x, widths, true)
		})},
		{"neurons by energy and random features", hybrid(true)},
		{"neurons and features by selection", hybrid(false)},
	}
}

// behindUnits returns the network behind the choice of columns and the scale that it begins with, and these; or the network and nil. Far levels of columns, which
// the scale is for, cannot go into weights and biases of float32.
func behindUnits[T asm.Float](net *bundle.Network[T]) (layers, before *bundle.Network[T]) {
	stages, n := net.Stages(), 0
	if _, ok := stages[0].(*bundle.Columns[T]); ok {
		n++
	}
	if n < len(stages) {
		if _, ok := stages[n].(*bundle.Scale[T]); ok {
			n++
		}
	}
	if n == 0 || n == len(stages) {
		return net, nil
	}
	return net.Part(n, len(stages)), net.Part(0, n)
}

// mostFeatures bounds what a budget makes of features: their statistics take 5·M²/2 float64, 335 MB.
const mostFeatures = 4096

// featuresFor is the number of features of a budget with l targets and n rows. Twice as many as there are rows come as
// near to the kernel as these rows can tell, and all that is done with them takes their cube.
func featuresFor(budget, l, n int) int { return min(budget/l-1, mostFeatures, max(2*n, 64)) }

// fitBudget is Fit with as many features as the budget allows.
func fitBudget[T asm.Float](ctx context.Context, x, y bundle.Source, opt AutoOptions, selected bool) (*bundle.Model[T], error) {
	o := opt.Fit
	o.Progress, o.Logistic.Progress = nil, nil
	for _, spare := range []int{0, 2 * x.Cols()} { // what standardised columns take
		o.Features = featuresFor(opt.Budget-spare, y.Cols(), x.Rows())
		if o.Features < 1 {
			if o.Standardise == fit.StandardiseAlways || spare == 0 {
				return nil, fmt.Errorf("compress: %d parameters are too few for a feature: %w", opt.Budget, bundle.ErrRange)
			}
			o.Standardise = fit.StandardiseNever
			o.Features = featuresFor(opt.Budget, y.Cols(), x.Rows())
		}
		o.Pool = o.Features
		if selected { // a smaller pool than Fit's, since it is drawn for every fold
			o.Pool = fit.LeastPool(o.Features)
			if o.Pool <= o.Features {
				return nil, fmt.Errorf("compress: the budget takes all of %d features, there is nothing to select: %w", o.Features, bundle.ErrRange)
			}
		}
		m, _, err := fit.Run[T](ctx, x, y, o)
		if err != nil || m.Network.Params() <= opt.Budget {
			return m, err
		}
	}
	return nil, fmt.Errorf("compress: %d parameters are too few for features of standardised columns: %w", opt.Budget, bundle.ErrRange)
}

// comparison measures families on rows that they were not fitted to.
type comparison[T asm.Float] struct {
	families   []family[T]
	opt        AutoOptions
	classify   bool
	candidates []Candidate
	entropy    [][temperatures]float64 // of each candidate
	made       *bundle.Model[T]        // of the best, if that is made of all rows
}

// byFolds fits every family to all folds but one and measures it on that, for every fold.
func (c *comparison[T]) byFolds(ctx context.Context, r rows) error {
	variance, err := varianceOf(r.y)
	if err != nil {
		return err
	}
	c.start(r.x.Rows())
	folds := fit.Folds{Count: c.opt.Folds}.ForRows(r.x.Rows())
	for k := range c.opt.Folds {
		held := r.each(func(s bundle.Source) bundle.Source { h, _ := fit.Split(s, folds, k); return h })
		rest := r.each(func(s bundle.Source) bundle.Source { _, t := fit.Split(s, folds, k); return t })
		for i := range c.families {
			if c.opt.Progress != nil {
				c.opt.Progress(k*len(c.families)+i, c.opt.Folds*len(c.families)+1)
			}
			if _, err := c.try(ctx, i, rest, held, variance); err != nil {
				return err
			}
		}
	}
	c.average(r.x.Rows())
	return nil
}

// apart fits every family to all rows and measures it on others.
func (c *comparison[T]) apart(ctx context.Context, r, val rows) error {
	variance, err := varianceOf(val.y)
	if err != nil {
		return err
	}
	c.start(val.x.Rows())
	made := make([]*bundle.Model[T], len(c.families))
	for i := range c.families {
		if c.opt.Progress != nil {
			c.opt.Progress(i, len(c.families))
		}
		if made[i], err = c.try(ctx, i, r, val, variance); err != nil {
			return err
		}
	}
	c.average(val.x.Rows())
	if best, err := c.best(); err == nil {
		c.made = made[best]
	}
	return nil
}

func (c *comparison[T]) start(rows int) {
	c.candidates, c.entropy = make([]Candidate, len(c.families)), make([][temperatures]float64, len(c.families))
	for i, f := range c.families {
		c.candidates[i].Family = f.name
	}
}

// try makes a family of rows and measures it on others, unless it had a problem before.
func (c *comparison[T]) try(ctx context.Context, i int, r, held rows, variance float64) (*bundle.Model[T], error) {
	f := &c.candidates[i]
	if f.Problem != "" {
		return nil, nil
	}
	m, err := c.families[i].make(ctx, r)
	switch {
	case errors.Is(err, bundle.ErrRange) || errors.Is(err, mat.ErrSingular):
		f.Problem = err.Error()
		return nil, nil
	case err != nil:
		return nil, err
	}
	square, right, err := c.score(ctx, m.Network, held, &c.entropy[i])
	if err != nil {
		return nil, err
	}
	f.Params = max(f.Params, m.Network.Params())
	if c.opt.Fit.Task == bundle.Classify {
		f.Accuracy += float64(right)
	} else {
		f.HeldOut += square / variance
	}
	return m, nil
}

// average divides what was counted over so many rows.
func (c *comparison[T]) average(rows int) {
	for i := range c.candidates {
		f := &c.candidates[i]
		f.Accuracy /= float64(rows)
		if c.classify && f.Problem == "" {
			f.LogLoss = slices.Min(c.entropy[i][:]) / float64(rows)
		}
	}
}

// best is the number of the best candidate.
func (c *comparison[T]) best() (int, error) {
	best, problems := -1, []string{}
	for i, f := range c.candidates {
		if f.Problem != "" {
			problems = append(problems, f.Family+": "+strings.TrimPrefix(strings.TrimPrefix(f.Problem, "compress: "), "fit: "))
		} else if best < 0 || f.better(c.candidates[best]) {
			best = i
		}
	}
	if best < 0 {
		return best, fmt.Errorf("compress: no network of %d parameters: %w: %s", c.opt.Budget, bundle.ErrRange, strings.Join(problems, "; "))
	}
	return best, nil
}

// better reports whether f does better than g.
func (f Candidate) better(g Candidate) bool {
	if f.Accuracy != g.Accuracy {
		return f.Accuracy > g.Accuracy
	}
	if f.LogLoss != g.LogLoss {
		return f.LogLoss < g.LogLoss
	}
	return f.HeldOut < g.HeldOut
}

// scoreRows is the number of rows of which a variance takes the sums at a time. It changes no bit.
const scoreRows = 256

// score is the squared error of a network and the number of rows where its largest
// output is the largest target; for classes it adds to entropy.
func (c *comparison[T]) score(ctx context.Context, net *bundle.Network[T], r rows, entropy *[temperatures]float64) (square float64, right int, err error) {
	var buf mat.Buffer[float64]
	err = net.Predict(ctx, r.x, func(out *mat.Dense[float64], row int) error {
		want := buf.Shape(out.Rows(), out.Cols())
		if err := r.y.Read(want, row); err != nil {
			return err
		}
		for i := range out.Rows() {
			for j, v := range out.Row(i) {
				e := v - want.At(i, j)
				square = math.FMA(e, e, square)
			}
		}
		a, b := bundle.Labels(nil, out), bundle.Labels(nil, want)
		for i := range a {
			if a[i] == b[i] {
				right++
			}
		}
		if c.classify {
			addEntropy(entropy, out, want)
		}
		return nil
	})
	if square-square != 0 {
		square = math.Inf(1)
	}
	return square, right, err
}

// varianceOf is the sum of (y − mean)² over rows and columns, 1 if that is 0.
func varianceOf(y bundle.Source) (float64, error) {
	mean, sum := make([]float64, y.Cols()), 0.0
	err := bundle.Blocks(y, scoreRows, func(block *mat.Dense[float64], _ int) error {
		for i := range block.Rows() {
			for j, v := range block.Row(i) {
				mean[j] += v
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for j := range mean {
		mean[j] /= float64(y.Rows())
	}
	err = bundle.Blocks(y, scoreRows, func(block *mat.Dense[float64], _ int) error {
		for i := range block.Rows() {
			for j, v := range block.Row(i) {
				d := v - mean[j]
				sum = math.FMA(d, d, sum)
			}
		}
		return nil
	})
	return cmp.Or(sum, 1), err
}
