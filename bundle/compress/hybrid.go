package compress

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// HybridOptions says how [Hybrid] works. The zero value is a good default.
type HybridOptions struct {
	// Energy takes the neurons of largest output energy, their mean square times that of the weights
	// that read them, and the first features of the seed. Without it both are selected together by
	// orthogonal least squares.
	Energy bool

	Map        string    // of features, one of [fit.MapKinds]; "" means cos
	Projection string    // kind of projection; "" means [ortho.Default]
	Seed       uint64    // of the features
	Scale      float64   // of the inputs of the features; 0 takes 1/√(E‖x−x'‖²)
	Lambdas    []float64 // to choose from by held-out error; nil means [fit.Lambdas]
	Folds      fit.Folds
}

// HybridReport says what [Hybrid] chose.
type HybridReport struct {
	Neurons  int     `json:"neurons"`
	Features int     `json:"features"`
	Lambda   float64 `json:"lambda"`
	HeldOut  float64 `json:"held_out_error"` // squared error over variance
}

// Hybrid returns a network for x and y with at most budget parameters, in which some neurons of
// the last hidden layer of net stand beside random features of the same inputs, with one readout of
// both in closed form. Earlier hidden layers keep their share of neurons; see [Narrow].
//
// A neuron costs its weights, its bias and its row of the readout, a feature only the latter. The split of the
// budget is chosen by the squared error on held-out folds, from a pool of all neurons and as many
// features as the budget allows (at most 1024), whose statistics are gathered in one pass over the data.
//
// All stages of net must be dense layers, at least two. Errors wrap [bundle.ErrRange] if the budget
// is too small for a neuron and a feature, or what ended ctx.
func Hybrid[T asm.Float](ctx context.Context, net *bundle.Network[T], x, y bundle.Source, budget int, opt HybridOptions) (*bundle.Network[T], *HybridReport, error) {
	layers, err := denseLayers(net)
	if err != nil {
		return nil, nil, err
	}
	if len(layers) < 2 {
		return nil, nil, fmt.Errorf("compress: a hybrid needs a hidden layer: %w", bundle.ErrRange)
	}
	if x.Rows() != y.Rows() || x.Cols() != net.In() {
		return nil, nil, fmt.Errorf("compress: %d×%d inputs and %d rows of targets for a network of %d: %w", x.Rows(), x.Cols(), y.Rows(), net.In(), bundle.ErrFormat)
	}
	before, layer, err := shrink(ctx, net, x, budget)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range before {
		budget -= s.Params()
	}
	inputs := x
	if len(before) > 0 {
		inputs = bundle.OutputsOf(bundle.NewNetwork(before...), x)
	}
	f := &hybridFit[T]{layer: layer, next: layers[len(layers)-1], targets: y.Cols(), budget: budget, opt: opt}
	if err := f.gather(ctx, inputs, y); err != nil {
		return nil, nil, err
	}
	stages, report, err := f.solve(ctx)
	if err != nil {
		return nil, nil, err
	}
	return bundle.NewNetwork(append(before, stages...)...), report, nil
}

// shrink returns the hidden layers of net before the last one, narrowed to their share of the
// budget, and the last hidden layer as it reads them.
func shrink[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source, budget int) ([]bundle.Stage[T], *bundle.Linear[T], error) {
	hidden := len(net.Stages()) - 1
	if hidden == 1 {
		return nil, net.Stages()[0].(*bundle.Linear[T]), nil
	}
	widths, err := NarrowWidths(net, budget)
	if err != nil {
		return nil, nil, err
	}
	part, err := narrow(ctx, bundle.NewNetwork(net.Stages()[:hidden]...), x, widths[:hidden-1], true)
	if err != nil {
		return nil, nil, err
	}
	return part.Stages()[:hidden-1], part.Stages()[hidden-1].(*bundle.Linear[T]), nil
}

// hybridFit chooses neurons of a layer and random features of its inputs.
type hybridFit[T asm.Float] struct {
	layer, next *bundle.Linear[T] // next reads the layer in the original network
	targets     int
	budget      int
	opt         HybridOptions
	spec        fit.MapSpec
	pool        int // features
	stats       *fit.Stats[T]
}

func (f *hybridFit[T]) gather(ctx context.Context, x, y bundle.Source) error {
	o := &f.opt
	f.pool = min(f.budget/f.targets, 1024)
	if f.pool < 2 {
		return fmt.Errorf("compress: %d parameters are too few for a hybrid: %w", f.budget, bundle.ErrRange)
	}
	scale := o.Scale
	if scale == 0 {
		var err error
		if scale, err = fit.UnitScale(ctx, x); err != nil {
			return err
		}
	}
	f.spec = fit.MapSpec{Kind: o.Map, Projection: cmp.Or(o.Projection, ortho.Default(f.layer.In()).String()), Seed: o.Seed, M: f.pool, D: f.layer.In(), Scale: scale}
	m, err := fit.NewMap[T](f.spec)
	if err != nil {
		return err
	}
	f.stats, err = fit.Statistics[T](ctx, bundle.OutputsOf(bundle.NewNetwork[T](bundle.NewHybrid(f.layer, m)), x), y, o.Folds.ForRows(x.Rows()))
	return err
}

// split is a number of neurons and of features.
type split struct{ neurons, features int }

// splits are the shares of the budget that are tried: neurons for eighths of it.
func (f *hybridFit[T]) splits() []split {
	cost := f.layer.In() + f.targets
	if f.layer.Bias() != nil {
		cost++
	}
	budget := f.budget - f.targets // the readout's constant
	var list []split
	for eighth := 1; eighth < 8; eighth++ {
		k := min(budget*eighth/8/cost, f.layer.Out())
		s := split{k, min((budget-k*cost)/f.targets, f.pool)}
		if k > 0 && s.features > 0 && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// solve chooses the split and λ by held-out error and makes the stages.
func (f *hybridFit[T]) solve(ctx context.Context) ([]bundle.Stage[T], *HybridReport, error) {
	lambdas := f.opt.Lambdas
	if lambdas == nil {
		lambdas = fit.Lambdas()
	}
	sums, err := f.stats.Total()
	if err != nil {
		return nil, nil, err
	}
	best, found := split{}, fit.HeldOutLambda{Error: math.Inf(1)}
	var singular error
	for _, s := range f.splits() {
		c, err := f.stats.ChooseLambda(ctx, lambdas, func(m *fit.Moments) ([]int, error) { return f.choose(m, s) })
		if errors.Is(err, mat.ErrSingular) { // more neurons than are independent; a split with fewer may do
			singular = err
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if c.Error < found.Error {
			best, found = s, c
		}
	}
	if best.neurons == 0 && singular != nil {
		return nil, nil, singular
	}
	if best.neurons == 0 {
		return nil, nil, fmt.Errorf("compress: %d parameters are too few for a hybrid of a layer with %d inputs and %d outputs: %w", f.budget, f.layer.In(), f.targets, bundle.ErrRange)
	}
	chosen, err := f.choose(sums, best)
	if err != nil {
		return nil, nil, err
	}
	a, err := sums.Keep(chosen).Ridge(found.Lambda)
	if err != nil {
		return nil, nil, err
	}
	spec := f.spec
	for _, j := range chosen[best.neurons:] {
		spec.Select = append(spec.Select, j-f.layer.Out())
	}
	m, err := fit.NewMap[T](spec)
	if err != nil {
		return nil, nil, err
	}
	w, b := snnk.Weights[T](a)
	stages := []bundle.Stage[T]{bundle.NewHybrid(keep(f.layer, chosen[:best.neurons]), m), bundle.NewLinear(w, b, urf.Activation{})}
	return stages, &HybridReport{best.neurons, best.features, found.Lambda, found.Error}, nil
}

// choose returns the places among neurons and features of those to keep, ascending.
func (f *hybridFit[T]) choose(m *fit.Moments, s split) ([]int, error) {
	width := f.layer.Out()
	neurons := make([]int, width)
	for j := range neurons {
		neurons[j] = j
	}
	if f.opt.Energy {
		energy := f.energies(m)
		slices.SortStableFunc(neurons, func(a, b int) int { return cmp.Compare(energy[b], energy[a]) })
		chosen := slices.Sorted(slices.Values(neurons[:s.neurons]))
		for j := range s.features {
			chosen = append(chosen, width+j)
		}
		return chosen, nil
	}
	chosen, err := m.Keep(neurons).SelectFeatures(fit.Selection{Least: s.neurons, Most: s.neurons, Lambda: fit.SelectLambda})
	if err != nil {
		return nil, err
	}
	p := m.ZZ.Rows() - 1
	// Features are selected given the neurons: other neurons have no place in the pool.
	rest := slices.Clone(chosen)
	for j := width; j < p; j++ {
		rest = append(rest, j)
	}
	first := make([]int, s.neurons)
	for i := range first {
		first[i] = i
	}
	count := s.neurons + s.features
	picked, err := m.Keep(rest).SelectFeatures(fit.Selection{Least: count, Most: count, First: first, Lambda: fit.SelectLambda})
	if err != nil {
		return nil, err
	}
	for _, i := range picked[s.neurons:] {
		chosen = append(chosen, rest[i])
	}
	return chosen, nil
}

// energies are what each neuron adds to the original network's next layer: its mean square times that
// of the weights which read it.
func (f *hybridFit[T]) energies(m *fit.Moments) []float64 {
	e := make([]float64, f.layer.Out())
	for j := range e {
		sum := 0.0
		for i := range f.next.Out() {
			w := float64(f.next.Weight().At(i, j))
			sum = math.FMA(w, w, sum)
		}
		e[j] = float64(sum * m.ZZ.At(j, j))
	}
	return e
}
