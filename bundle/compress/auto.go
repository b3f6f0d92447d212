package compress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
)

// AutoOptions says how [Auto] works. Budget is needed; the rest has good defaults.
type AutoOptions struct {
	Budget int // most parameters of the result, stored numbers that came from data or training
	Folds  int // held-out folds on which the families are compared; 0 means 3

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
	// Accuracy is the share of rows whose class is right, for classes.
	Accuracy float64 `json:"held_out_accuracy,omitempty"`
	Problem  string  `json:"problem,omitempty"` // why there is no such network
	Chosen   bool    `json:"chosen"`
}

// family makes a network of at most the budget from training rows.
type family[T asm.Float] struct {
	name string
	make func(ctx context.Context, x, y bundle.Source) (*bundle.Model[T], error)
}

// Auto compresses a network of dense layers to at most opt.Budget parameters by the family that does best
// on held-out rows of x, fitted to the others: random features, selected features ([fit.Run]), low rank
// ([LowRank]), chosen neurons ([Narrow]), and chosen neurons with random features ([Hybrid]), by energy or
// by selection. The winner is made again from all rows. The candidates are in a fixed order.
//
// y are targets, or nil for the network's own outputs. For the task Classify the criterion
// is accuracy, for others squared error; the first of equals wins. Low rank and chosen neurons imitate the
// network in either case: on rows that the network was trained on, labels are held out from the features but not
// from the neurons. Compare by labels on other rows, or without them.
//
// A family that cannot meet the budget has a Problem and is passed over; the error wraps [bundle.ErrRange]
// if that is all of them. The end of ctx is an error that wraps what ended it. Cost: folds + 1 times that of all families.
func Auto[T asm.Float](ctx context.Context, net *bundle.Network[T], x, y bundle.Source, opt AutoOptions) (*bundle.Model[T], []Candidate, error) {
	if opt.Folds == 0 {
		opt.Folds = 3
	}
	x = bundle.WithContext(ctx, x)
	if y == nil {
		y = bundle.OutputsOf(net, x)
	}
	if opt.Budget < 1 || opt.Folds < 2 {
		return nil, nil, fmt.Errorf("compress: a budget of %d parameters, %d folds: %w", opt.Budget, opt.Folds, bundle.ErrRange)
	}
	if _, err := denseLayers(net); err != nil {
		return nil, nil, err
	}
	if x.Cols() != net.In() || x.Rows() != y.Rows() || x.Rows() < 2*opt.Folds {
		return nil, nil, fmt.Errorf("compress: %d×%d inputs and %d rows of targets for a network of %d inputs and %d folds: %w", x.Rows(), x.Cols(), y.Rows(), net.In(), opt.Folds, bundle.ErrFormat)
	}
	all := families(net, opt)
	candidates, err := compare(ctx, all, x, y, opt)
	if err != nil {
		return nil, nil, err
	}
	best, problems := -1, []string{}
	for i, c := range candidates {
		if c.Problem != "" {
			problems = append(problems, c.Family+": "+strings.TrimPrefix(strings.TrimPrefix(c.Problem, "compress: "), "fit: "))
		} else if best < 0 || c.Accuracy > candidates[best].Accuracy || c.Accuracy == candidates[best].Accuracy && c.HeldOut < candidates[best].HeldOut {
			best = i
		}
	}
	if best < 0 {
		return nil, candidates, fmt.Errorf("compress: no network of %d parameters: %w: %s", opt.Budget, bundle.ErrRange, strings.Join(problems, "; "))
	}
	candidates[best].Chosen = true
	model, err := all[best].make(ctx, x, y)
	if err != nil {
		return nil, candidates, err
	}
	model.Task, model.Classes = opt.Fit.Task, opt.Fit.Classes
	if model.Task == "" {
		model.Task = bundle.Outputs
	}
	model.Info = maps.Clone(model.Info)
	if model.Info == nil {
		model.Info = map[string]string{}
	}
	model.Info["family"] = candidates[best].Family
	model.Info["rows"] = strconv.Itoa(x.Rows())
	return model, candidates, nil
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
	hybrid := func(energy bool) func(ctx context.Context, x, y bundle.Source) (*bundle.Model[T], error) {
		return func(ctx context.Context, x, y bundle.Source) (*bundle.Model[T], error) {
			n, _, err := Hybrid(ctx, net, x, y, opt.Budget, HybridOptions{
				Energy: energy, Map: opt.Fit.Map, Projection: opt.Fit.Projection, Seed: opt.Fit.Seed, Scale: opt.Fit.Scale, Lambdas: lambdas})
			return plain(n, err)
		}
	}
	return []family[T]{
		{"random features", func(ctx context.Context, x, y bundle.Source) (*bundle.Model[T], error) {
			return fitBudget[T](ctx, x, y, opt, false)
		}},
		{"selected features", func(ctx context.Context, x, y bundle.Source) (*bundle.Model[T], error) {
			return fitBudget[T](ctx, x, y, opt, true)
		}},
		{"low rank", func(ctx context.Context, x, _ bundle.Source) (*bundle.Model[T], error) {
			return plain(LowRank(ctx, net, x, opt.Budget))
		}},
		{"chosen neurons", func(ctx context.Context, x, _ bundle.Source) (*bundle.Model[T], error) {
			widths, err := NarrowWidths(net, opt.Budget)
			if err != nil {
				return nil, err
			}
			return plain(narrow(ctx, net, x, widths, true))
		}},
		{"neurons by energy and random features", hybrid(true)},
		{"neurons and features by selection", hybrid(false)},
	}
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

// compare fits every family to all folds but one and measures it on that, for every fold.
func compare[T asm.Float](ctx context.Context, all []family[T], x, y bundle.Source, opt AutoOptions) ([]Candidate, error) {
	candidates := make([]Candidate, len(all))
	variance, err := varianceOf(bundle.WithContext(ctx, y))
	if err != nil {
		return nil, err
	}
	folds := fit.Folds{Count: opt.Folds}.ForRows(x.Rows())
	for k := range opt.Folds {
		hx, tx := fit.Split(x, folds, k)
		hy, ty := fit.Split(y, folds, k)
		for i, f := range all {
			c := &candidates[i]
			c.Family = f.name
			if opt.Progress != nil {
				opt.Progress(k*len(all)+i, opt.Folds*len(all)+1)
			}
			if c.Problem != "" {
				continue
			}
			m, err := f.make(ctx, tx, ty)
			switch {
			case errors.Is(err, bundle.ErrRange) || errors.Is(err, mat.ErrSingular):
				c.Problem = err.Error()
				continue
			case err != nil:
				return nil, err
			}
			square, right, err := score(ctx, m.Network, hx, hy)
			if err != nil {
				return nil, err
			}
			c.Params = max(c.Params, m.Network.Params())
			if opt.Fit.Task == bundle.Classify {
				c.Accuracy += float64(right) / float64(x.Rows())
			} else {
				c.HeldOut += square / variance
			}
		}
	}
	return candidates, nil
}

// scoreRows is the number of rows that are scored at a time. It changes no bit.
const scoreRows = 256

// score is the squared error of a network and the number of rows where its largest
// output is the largest target.
func score[T asm.Float](ctx context.Context, net *bundle.Network[T], x, y bundle.Source) (square float64, right int, err error) {
	var buf mat.Buffer[float64]
	err = net.Predict(ctx, x, func(out *mat.Dense[float64], row int) error {
		want := buf.Shape(out.Rows(), out.Cols())
		if err := y.Read(want, row); err != nil {
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
