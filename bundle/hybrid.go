package bundle

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Hybrid is a stage that puts neurons of a dense layer and random features of the same inputs
// side by side: its outputs are those of the layer, then the features.
type Hybrid[T asm.Float] struct {
	neurons *Dense[T]
	m       urf.Map[T]
}

// NewHybrid returns the stage. It panics with a [*mat.ShapeError] if the layer and the map
// read different numbers of inputs.
func NewHybrid[T asm.Float](neurons *Dense[T], m urf.Map[T]) *Hybrid[T] {
	if neurons.In() != m.In() {
		panic(&mat.ShapeError{Op: "bundle.NewHybrid", A: [2]int{neurons.In(), neurons.Out()}, B: [2]int{m.In(), m.Out()}, Why: "neurons and features read different numbers of inputs"})
	}
	return &Hybrid[T]{neurons, m}
}

// Neurons is the dense layer.
func (h *Hybrid[T]) Neurons() *Dense[T] { return h.neurons }

// Map is the feature map.
func (h *Hybrid[T]) Map() urf.Map[T] { return h.m }

// In is the number of input columns.
func (h *Hybrid[T]) In() int { return h.m.In() }

// Out is the number of neurons and features.
func (h *Hybrid[T]) Out() int { return h.neurons.Out() + h.m.Out() }

// Params counts those of the neurons: the map is made from its seed.
func (h *Hybrid[T]) Params() int { return h.neurons.Params() }

// MACs is the work for one row.
func (h *Hybrid[T]) MACs() int { return h.neurons.MACs() + h.m.MACs() }

// Forward sets dst (n×Out) to the outputs for x.
func (h *Hybrid[T]) Forward(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	if dst == nil {
		dst = mat.New[T](x.Rows(), h.Out())
	}
	if ws == nil {
		ws = &Workspace[T]{}
	}
	k := h.neurons.Out()
	h.neurons.Forward(dst.ViewInto(&ws.half, 0, 0, x.Rows(), k), x, ws)
	h.m.Phi(dst.ViewInto(&ws.half, 0, k, x.Rows(), h.m.Out()), x, &ws.features)
	return dst
}

// HybridOptions says how [FitHybrid] works. The zero value is a good default.
type HybridOptions struct {
	// Energy takes the neurons of largest output energy, their mean square times that of the weights
	// that read them, and the first features of the seed. Without it both are selected together by
	// orthogonal least squares.
	Energy bool

	Map        string    // of features: "cos" or "relu"; "" means cos
	Projection string    // kind of projection; "" means hadamard
	Seed       uint64    // of the features
	Scale      float64   // of the inputs of the features; 0 takes 1/√(E‖x−x'‖²)
	Lambdas    []float64 // to choose from by held-out error; nil means [Lambdas]
	Stats      StatsOptions
}

// HybridReport says what [FitHybrid] chose.
type HybridReport struct {
	Neurons  int     `json:"neurons"`
	Features int     `json:"features"`
	Lambda   float64 `json:"lambda"`
	HeldOut  float64 `json:"held_out_error"` // squared error over variance
}

// FitHybrid returns a network for x and y with at most budget parameters, in which some neurons of
// the last hidden layer of net stand beside random features of the same inputs, with one readout of
// both in closed form. Earlier hidden layers keep their share of neurons; see [Narrow].
//
// A neuron costs its weights, its bias and its row of the readout, a feature only the latter. The split of the
// budget is chosen by the squared error on held-out folds, from a pool of all neurons and as many
// features as the budget allows (at most 1024), whose statistics are gathered in one pass over the data.
//
// All stages of net must be dense layers, at least two. Errors wrap [ErrRange] if the budget
// is too small for a neuron and a feature.
func FitHybrid[T asm.Float](net *Network[T], x, y Source[T], budget int, opt HybridOptions) (*Network[T], *HybridReport, error) {
	layers, err := denseLayers(net)
	if err != nil {
		return nil, nil, err
	}
	if len(layers) < 2 {
		return nil, nil, fmt.Errorf("bundle: a hybrid needs a hidden layer: %w", ErrRange)
	}
	if x.Rows() != y.Rows() || x.Cols() != net.In() {
		return nil, nil, fmt.Errorf("bundle: %d×%d inputs and %d rows of targets for a network of %d: %w", x.Rows(), x.Cols(), y.Rows(), net.In(), ErrFormat)
	}
	before, layer, err := shrink(net, x, budget)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range before {
		budget -= s.Params()
	}
	inputs := x
	if len(before) > 0 {
		inputs = OutputsOf(NewNetwork(before...), x)
	}
	f := &hybridFit[T]{layer: layer, next: layers[len(layers)-1], targets: y.Cols(), budget: budget, opt: opt}
	if err := f.gather(inputs, y); err != nil {
		return nil, nil, err
	}
	stages, report, err := f.solve()
	if err != nil {
		return nil, nil, err
	}
	return NewNetwork(append(before, stages...)...), report, nil
}

// shrink returns the hidden layers of net before the last one, narrowed to their share of the
// budget, and the last hidden layer as it reads them.
func shrink[T asm.Float](net *Network[T], x Source[T], budget int) ([]Stage[T], *Dense[T], error) {
	hidden := len(net.stages) - 1
	if hidden == 1 {
		return nil, net.stages[0].(*Dense[T]), nil
	}
	widths, err := NarrowWidths(net, budget)
	if err != nil {
		return nil, nil, err
	}
	part, err := narrow(NewNetwork(net.stages[:hidden]...), x, widths[:hidden-1], true)
	if err != nil {
		return nil, nil, err
	}
	return part.stages[:hidden-1], part.stages[hidden-1].(*Dense[T]), nil
}

// hybridFit chooses neurons of a layer and random features of its inputs.
type hybridFit[T asm.Float] struct {
	layer, next *Dense[T] // next reads the layer in the original network
	targets     int
	budget      int
	opt         HybridOptions
	spec        mapSpec
	pool        int // features
	stats       *Stats[T]
}

func (f *hybridFit[T]) gather(x, y Source[T]) error {
	o := &f.opt
	f.pool = min(f.budget/f.targets, 1024)
	if f.pool < 2 {
		return fmt.Errorf("bundle: %d parameters are too few for a hybrid: %w", f.budget, ErrRange)
	}
	scale := o.Scale
	if scale == 0 {
		sx, _, err := sample(x, y)
		if err != nil {
			return err
		}
		if scale = 1 / math.Sqrt(2*spread(sx)); scale-scale != 0 {
			return fmt.Errorf("bundle: all rows of the inputs are equal: %w", ErrRange)
		}
	}
	f.spec = mapSpec{cmp.Or(o.Map, "cos"), cmp.Or(o.Projection, "hadamard"), o.Seed, f.pool, f.layer.In(), scale, nil}
	m, err := newMap[T](f.spec)
	if err != nil {
		return err
	}
	if o.Stats.Block == 0 {
		o.Stats.Block = min(max(x.Rows()/(4*o.Stats.withDefaults().Folds), 1), o.Stats.withDefaults().Block)
	}
	f.stats, err = statistics(OutputsOf(NewNetwork[T](NewHybrid(f.layer, m)), x), y, o.Stats)
	return err
}

// split is a number of neurons and of features.
type split struct{ neurons, features int }

// splits are the shares of the budget that are tried: neurons for eighths of it.
func (f *hybridFit[T]) splits() []split {
	cost := f.layer.In() + f.targets
	if f.layer.bias != nil {
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
func (f *hybridFit[T]) solve() ([]Stage[T], *HybridReport, error) {
	lambdas := f.opt.Lambdas
	if lambdas == nil {
		lambdas = Lambdas()
	}
	sums, err := f.stats.Total()
	if err != nil {
		return nil, nil, err
	}
	best, found := split{}, Choice{Error: math.Inf(1)}
	var singular error
	for _, s := range f.splits() {
		c, err := f.stats.chooseLambda(sums, lambdas, func(m *Moments) ([]int, error) { return f.choose(m, s) }, nil)
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
		return nil, nil, fmt.Errorf("bundle: %d parameters are too few for a hybrid of a layer with %d inputs and %d outputs: %w", f.budget, f.layer.In(), f.targets, ErrRange)
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
	m, err := newMap[T](spec)
	if err != nil {
		return nil, nil, err
	}
	stages := []Stage[T]{NewHybrid(f.layer.keep(chosen[:best.neurons]), m), readout[T](a)}
	return stages, &HybridReport{best.neurons, best.features, found.Lambda, found.Error}, nil
}

// choose returns the places among neurons and features of those to keep, ascending.
func (f *hybridFit[T]) choose(m *Moments, s split) ([]int, error) {
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
	chosen, err := m.Keep(neurons).SelectFeatures(s.neurons, selectLambda)
	if err != nil {
		return nil, err
	}
	p := m.ZZ.Rows() - 1
	// Features are selected given the neurons: other neurons have no place in the pool.
	rest := slices.Clone(chosen)
	for j := width; j < p; j++ {
		rest = append(rest, j)
	}
	first := make([]int, len(chosen)+1)
	for i := range chosen {
		first[i+1] = i
	}
	first[0] = len(rest)
	sums := m.Keep(rest)
	picked, _, err := mat.SelectOLS(sums.ZZ, sums.ZY, 1+s.neurons+s.features, mat.SelectOptions[float64]{
		Lambda: float64(selectLambda * sums.scale()), Weights: penalties(len(rest) + 1), First: first})
	if err != nil {
		return nil, err
	}
	if len(picked) < 1+s.neurons+s.features {
		return nil, fmt.Errorf("bundle: only %d of %d neurons and features are independent: %w", len(picked)-1, len(rest), mat.ErrSingular)
	}
	for _, i := range slices.Sorted(slices.Values(picked[1+s.neurons:])) {
		chosen = append(chosen, rest[i])
	}
	return chosen, nil
}

// energies are what each neuron adds to the original network's next layer: its mean square times that
// of the weights which read it.
func (f *hybridFit[T]) energies(m *Moments) []float64 {
	e := make([]float64, f.layer.Out())
	for j := range e {
		sum := 0.0
		for i := range f.next.Out() {
			w := float64(f.next.weight.At(i, j))
			sum = math.FMA(w, w, sum)
		}
		e[j] = float64(sum * m.ZZ.At(j, j))
	}
	return e
}
