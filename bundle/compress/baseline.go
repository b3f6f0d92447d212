package compress

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// LowRank returns a network of dense layers in which matrices are replaced by
// products of two thin ones, with at most budget parameters: the baseline that
// random features must beat. It is activation-aware: the factors of a layer are
// the projection of its outputs on the principal components that they have on the
// rows of x, which of all projections of that rank has the least squared error
// there, and the bias keeps their mean.
//
// Ranks are given one by one to the layer whose next component raises the
// product of the layers' explained shares of variance most per parameter; a layer is kept whole where that is not larger.
// The error wraps [bundle.ErrRange] if budget is too small for rank 1, or a stage of net is not a
// dense layer. The end of ctx is an error. Cost: one pass over x, then 4·out³ multiply-adds per layer.
func LowRank[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source, budget int) (*bundle.Network[T], error) {
	layers, err := denseLayers(net)
	if err != nil {
		return nil, err
	}
	parts := make([]*components[T], len(layers))
	params := 0
	for i, d := range layers {
		if parts[i], err = principal(ctx, net, i, d, x); err != nil {
			return nil, err
		}
		parts[i].rank = 1
		params += parts[i].params()
	}
	if params > budget {
		return nil, fmt.Errorf("compress: %d parameters are too few for low rank; rank 1 takes %d: %w", budget, params, bundle.ErrRange)
	}
	for {
		best, most := -1, -1.0
		for i, c := range parts {
			more := c.next()
			if more > 0 && params+more <= budget && c.gain()/float64(more) > most {
				best, most = i, c.gain()/float64(more)
			}
		}
		if best < 0 {
			break
		}
		params += parts[best].next()
		parts[best].rank++
	}
	var stages []bundle.Stage[T]
	for _, c := range parts {
		stages = append(stages, c.stages()...)
	}
	return bundle.NewNetwork(stages...), nil
}

func denseLayers[T asm.Float](net *bundle.Network[T]) ([]*bundle.Linear[T], error) {
	var layers []*bundle.Linear[T]
	for i, s := range net.Stages() {
		d, ok := s.(*bundle.Linear[T])
		if !ok {
			return nil, fmt.Errorf("compress: stage %d is not a dense layer: %w", i, bundle.ErrRange)
		}
		layers = append(layers, d)
	}
	return layers, nil
}

// components are the principal components of a layer's outputs before bias and
// activation.
type components[T asm.Float] struct {
	d       *bundle.Linear[T]
	values  []float64           // variances, ascending
	vectors *mat.Dense[float64] // in columns
	mean    []float64
	rank    int
}

// whole is the rank from which on the layer is kept as it is.
func (c *components[T]) whole() int {
	in, out := c.d.In(), c.d.Out()
	return (in*out + in + out - 1) / (in + out)
}

// size is the number of weights at a rank.
func (c *components[T]) size(rank int) int {
	return min(rank*(c.d.In()+c.d.Out()), c.d.In()*c.d.Out())
}

func (c *components[T]) params() int { return c.size(c.rank) + c.d.Out() }

// next is what one more rank costs, 0 if the layer is whole.
func (c *components[T]) next() int { return c.size(c.rank+1) - c.size(c.rank) }

// gain is the variance that one more rank explains over that explained so far.
// Greedy steps on it maximise the product of the layers' explained shares, so that
// no layer is starved.
func (c *components[T]) gain() float64 {
	n := len(c.values)
	if c.rank >= n {
		return 0
	}
	explained := 0.0
	for _, v := range c.values[n-c.rank:] {
		explained += v
	}
	if !(explained > 0) {
		return 0
	}
	return c.values[n-1-c.rank] / explained
}

// principal finds the components of layer i of net, whose layer is d.
func principal[T asm.Float](ctx context.Context, net *bundle.Network[T], i int, d *bundle.Linear[T], x bundle.Source) (*components[T], error) {
	linear := bundle.NewLinear(d.Weight(), nil, urf.Activation{})
	stages := append(append([]bundle.Stage[T]{}, net.Stages()[:i]...), linear)
	m, err := regression[T](ctx, bundle.OutputsOf(bundle.NewNetwork(stages...), x), noTargets(x.Rows()))
	if err != nil {
		return nil, err
	}
	c := &components[T]{d: d, mean: means(m)}
	cov := mat.New[float64](d.Out(), d.Out())
	for a := range d.Out() {
		for b := range d.Out() {
			cov.Set(a, b, asm.FMA(-c.mean[a], c.mean[b], m.ZZ.At(a, b)/float64(m.N)))
		}
	}
	c.values, c.vectors, err = mat.SymEigen(nil, cov, cov)
	return c, err
}

// noTargets is a source without columns.
type noTargets int

func (n noTargets) Rows() int                           { return int(n) }
func (n noTargets) Cols() int                           { return 0 }
func (n noTargets) Read(*mat.Dense[float64], int) error { return nil }

// means are the means of every feature but the constant.
func means(m *fit.Moments) []float64 {
	p := m.ZZ.Rows() - 1
	mean := make([]float64, p)
	for j := range mean {
		mean[j] = m.ZZ.At(p, j) / m.ZZ.At(p, p)
	}
	return mean
}

// stages are the layer at its rank: V·(Vᵀ·W) with the bias b + (I − V·Vᵀ)·mean,
// V the leading components in its columns.
func (c *components[T]) stages() []bundle.Stage[T] {
	if c.rank >= c.whole() {
		return []bundle.Stage[T]{c.d}
	}
	out, in := c.d.Out(), c.d.In()
	v := c.vectors.View(0, out-c.rank, out, c.rank).Clone()
	w := mat.New[float64](out, in)
	for i := range out {
		for j, e := range c.d.Weight().Row(i) {
			w.Set(i, j, float64(e))
		}
	}
	thin := mat.TMul(nil, v, w)
	kept := mat.Mul(nil, v, mat.TMul(nil, v, mat.Of(out, 1, c.mean)))
	bias := make([]T, out)
	for i := range bias {
		b := 0.0
		if c.d.Bias() != nil {
			b = float64(c.d.Bias()[i])
		}
		bias[i] = T(b + (c.mean[i] - kept.At(i, 0)))
	}
	return []bundle.Stage[T]{bundle.NewLinear(convert[T](thin), nil, urf.Activation{}), bundle.NewLinear(convert[T](v), bias, c.d.Activation())}
}

// convert rounds the elements of a to T.
func convert[T asm.Float](a *mat.Dense[float64]) *mat.Dense[T] {
	r := mat.New[T](a.Rows(), a.Cols())
	for i := range a.Rows() {
		row := r.Row(i)
		for j, v := range a.Row(i) {
			row[j] = T(v)
		}
	}
	return r
}

// Narrow returns a network whose hidden layers keep only some of their neurons,
// widths[i] of layer i: those that explain most of what the next layer computes
// from them on the rows of x (orthogonal least squares), with the next layer
// refitted to the original one in closed form. All stages of net must be dense layers and there is a
// width for each but the last.
//
// Errors wrap [bundle.ErrRange] for widths that do not fit and [mat.ErrSingular] if a layer has fewer
// independent neurons than asked for. The end of ctx is an error. Cost: two passes over x per layer.
func Narrow[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source, widths []int) (*bundle.Network[T], error) {
	return narrow(ctx, net, x, widths, false)
}

// narrow is [Narrow]; with fewer, a layer keeps as many neurons as are independent if these are
// not as many as asked for: widths that follow from a budget know nothing of dead neurons.
func narrow[T asm.Float](ctx context.Context, net *bundle.Network[T], x bundle.Source, widths []int, fewer bool) (*bundle.Network[T], error) {
	layers, err := denseLayers(net)
	if err != nil {
		return nil, err
	}
	if len(widths) != len(layers)-1 {
		return nil, fmt.Errorf("compress: %d widths for %d hidden layers: %w", len(widths), len(layers)-1, bundle.ErrRange)
	}
	current := layers[0]
	var stages []bundle.Stage[T]
	for i, width := range widths {
		if width < 1 || width > current.Out() {
			return nil, fmt.Errorf("compress: width %d of layer %d, which has %d neurons: %w", width, i, current.Out(), bundle.ErrRange)
		}
		// The neurons of the network so far, and what the original computes next.
		hidden := bundle.NewNetwork(append(append([]bundle.Stage[T]{}, stages...), current)...)
		target := bundle.NewNetwork(append(append([]bundle.Stage[T]{}, net.Stages()[:i+1]...), bundle.NewLinear(layers[i+1].Weight(), layers[i+1].Bias(), urf.Activation{}))...)
		sums, err := regression[T](ctx, bundle.OutputsOf(hidden, x), bundle.OutputsOf(target, x))
		if err != nil {
			return nil, err
		}
		least := width
		if fewer {
			least = 1
		}
		chosen, err := sums.SelectFeatures(fit.Selection{Least: least, Most: width, Lambda: fit.SelectLambda})
		if err != nil {
			return nil, err
		}
		a, err := sums.Keep(chosen).Ridge(fit.SelectLambda)
		if err != nil {
			return nil, err
		}
		stages = append(stages, keep(current, chosen))
		w, b := snnk.Weights[T](a)
		current = bundle.NewLinear(w, b, layers[i+1].Activation())
	}
	return bundle.NewNetwork(append(stages, current)...), nil
}

// NarrowWidths returns the widths of hidden layers for [Narrow], all the same share of those of net, at
// which it has at most budget parameters: the largest such share. The error wraps [bundle.ErrRange] if one neuron
// in each layer is too much.
func NarrowWidths[T asm.Float](net *bundle.Network[T], budget int) ([]int, error) {
	layers, err := denseLayers(net)
	if err != nil {
		return nil, err
	}
	widths := make([]int, len(layers)-1)
	size := func(share float64) int {
		params, in := 0, net.In()
		for i, d := range layers {
			out := d.Out()
			if i < len(widths) {
				out = max(int(share*float64(out)), 1)
				widths[i] = out
			}
			params += in*out + out // the refitted layers have a bias
			in = out
		}
		if layers[0].Bias() == nil && len(widths) > 0 {
			params -= widths[0]
		}
		return params
	}
	if n := size(0); n > budget {
		return nil, fmt.Errorf("compress: %d parameters are too few for a narrow network; one neuron in each hidden layer takes %d: %w", budget, n, bundle.ErrRange)
	}
	lo, hi := 0.0, 1.0
	if size(1) > budget {
		for range 30 {
			if mid := (lo + hi) / 2; size(mid) <= budget {
				lo = mid
			} else {
				hi = mid
			}
		}
		size(lo)
	}
	return widths, nil
}

// regression returns the sums of features z and targets y.
func regression[T asm.Float](ctx context.Context, z, y bundle.Source) (*fit.Moments, error) {
	stats, err := fit.Statistics[T](ctx, z, y, fit.Folds{Count: 1})
	if err != nil {
		return nil, err
	}
	return stats.Total()
}

// keep returns the layer with only the given neurons.
func keep[T asm.Float](d *bundle.Linear[T], neurons []int) *bundle.Linear[T] {
	w := mat.New[T](len(neurons), d.In())
	var b []T
	for i, n := range neurons {
		copy(w.Row(i), d.Weight().Row(n))
		if d.Bias() != nil {
			b = append(b, d.Bias()[n])
		}
	}
	return bundle.NewLinear(w, b, d.Activation())
}
