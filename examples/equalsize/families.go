package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"nnk/bundle"
	"nnk/bundle/compress"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// family is a row of the table: a kind of model with weights of so many bits.
type family struct {
	kind string
	bits int
}

// The kinds of models that are trained by gradient descent here; the others are those of package fit.
const (
	diagonals = "diagonals"
	narrow    = "narrow network"
)

func families() []family {
	var list []family
	for _, kind := range []string{string(fit.Random), string(fit.Selected), diagonals, string(fit.Learned), narrow} {
		list = append(list, family{kind, 32}, family{kind, 8})
	}
	return list
}

func (f family) name() string { return fmt.Sprintf("%s, %d bits", f.kind, f.bits) }

// within makes the models of a size.
func (f family) within(ctx context.Context, t task, size int64, seeds int) (cell, error) {
	if f.kind == diagonals || f.kind == narrow {
		return f.trained(ctx, t, size, seeds)
	}
	return f.fitted(ctx, t, size, seeds)
}

// learnings are how directions may be written: few terms of few atoms, and more.
var learnings = []fit.Learning{{Atoms: 4096, Terms: 4}, {Atoms: 65536, Terms: 8}}

// fitted are models of package fit. What it chooses it chooses with the first seed, and so is how directions are written; the other seeds draw other features.
func (f family) fitted(ctx context.Context, t task, size int64, seeds int) (cell, error) {
	c := cell{size: size}
	opt := fit.Options{Task: bundle.Classify}
	best, r, err := f.fit(ctx, t, size, opt)
	if errors.Is(err, bundle.ErrRange) {
		c.problem = "too small"
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if f.kind == string(fit.Learned) {
		opt.Learn = &learnings[0]
		for i := range learnings[1:] {
			other := opt
			other.Learn = &learnings[1+i]
			m, k, err := f.fit(ctx, t, size, other)
			if err != nil {
				return c, err
			}
			if k.HeldOutAccuracy > r.HeldOutAccuracy {
				best, r, opt = m, k, other
			}
		}
		c.chosen = fmt.Sprintf("%d of %d atoms, ", opt.Learn.Terms, opt.Learn.Atoms)
	}
	c.chosen += fmt.Sprintf("%s, scale %.3g, held out %.2f", r.Projection, r.Scale, 100*r.HeldOutAccuracy)
	opt.Projection, opt.Scale, opt.Standardise, opt.Linear = r.Projection, r.Scale, fit.StandardiseNever, fit.LinearNever
	if r.Standardised {
		opt.Standardise = fit.StandardiseAlways
	}
	if r.Linear {
		opt.Linear = fit.LinearAlways
	}
	if opt.Loss, opt.Lambda, opt.LogitPenalty = r.Loss, r.Lambda, r.LogitPenalty; r.LogitPenalty == 0 {
		opt.LogitPenalty = -1
	}
	if l := r.Learned; l != nil {
		opt.Learn = &fit.Learning{Atoms: l.Atoms, Terms: l.Terms, Decay: l.Decay, Noise: l.Noise}
	}
	for seed := range seeds {
		if seed > 0 {
			opt.Seed = uint64(seed)
			if best, r, err = f.fit(ctx, t, size, opt); err != nil {
				return c, err
			}
		}
		if err := c.add(ctx, t, best.Network, r.Features, r.Candidates[0].Bytes); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (f family) fit(ctx context.Context, t task, size int64, opt fit.Options) (*bundle.Model[float32], *fit.BudgetReport, error) {
	return fit.WithinBytes(ctx, bundle.Matrix(t.train.x), bundle.OneHot(t.train.y, t.classes), opt, fit.Budget[float32]{Bytes: size, Directions: []fit.Directions{fit.Directions(f.kind)}, Bits: []int{f.bits}})
}

// add measures a model on the test rows.
func (c *cell) add(ctx context.Context, t task, net *bundle.Network[float32], width int, bytes int64) error {
	says, err := net.Classify(ctx, bundle.Matrix(t.test.x))
	c.accuracy = append(c.accuracy, 100*bundle.Agreement(says, t.test.y))
	c.bytes, c.width = max(c.bytes, bytes), width
	return err
}

// choice is how a model is trained.
type choice struct{ rate, epochs, decay, scale float64 }

// choices are all between which the best is taken.
func (f family) choices() []choice {
	var list []choice
	rates, decays, scales := []float64{0.001, 0.003, 0.01}, []float64{0, 1.5}, []float64{1}
	if f.kind == diagonals {
		rates, decays, scales = []float64{0.003, 0.01, 0.03}, []float64{0}, []float64{0.25, 0.5, 1, 2}
	}
	for _, rate := range rates {
		for _, decay := range decays {
			for _, scale := range scales {
				for _, epochs := range []float64{1, 2} {
					list = append(list, choice{rate, epochs, decay, scale})
				}
			}
		}
	}
	return list
}

// trained are networks whose rate, epochs and decay, or scale, are those of least error on the last fifth of the training rows, when trained on the others.
func (f family) trained(ctx context.Context, t task, size int64, seeds int) (cell, error) {
	c := cell{size: size}
	width, err := f.widest(t, size)
	if err != nil || width == 0 {
		c.problem = "too small"
		return c, err
	}
	n := len(t.train.y) - len(t.train.y)/5
	part, check := t.train.rows(0, n), t.train.rows(n, len(t.train.y))
	best, most := choice{}, -1.0
	for _, k := range f.choices() {
		net, err := f.train(ctx, t, part, width, k, 100)
		if err != nil {
			return c, err
		}
		says, err := net.Classify(ctx, bundle.Matrix(check.x))
		if err != nil {
			return c, err
		}
		if a := bundle.Agreement(says, check.y); a > most {
			best, most = k, a
		}
	}
	c.chosen = fmt.Sprintf("rate %g, %g times %d epochs, decay %g, scale %g, held out %.2f", best.rate, best.epochs, t.epochs, best.decay, best.scale, 100*most)
	for seed := range seeds {
		net, err := f.train(ctx, t, t.train, width, best, uint64(seed))
		if err != nil {
			return c, err
		}
		bytes, err := bytesOf(net)
		if err != nil {
			return c, err
		}
		if bytes > size {
			return c, fmt.Errorf("%d bytes, at most %d were expected", bytes, size)
		}
		if err := c.add(ctx, t, net, width, bytes); err != nil {
			return c, err
		}
	}
	return c, nil
}

func bytesOf(net *bundle.Network[float32]) (int64, error) {
	return (&bundle.Model[float32]{Network: net, Task: bundle.Classify}).Bytes()
}

// widest is the largest width whose file has at most so many bytes, 0 if there is none.
func (f family) widest(t task, size int64) (int, error) {
	fits := func(width int) (bool, error) {
		net, err := f.untrained(t, width, choice{scale: 1}, 0)
		if err != nil {
			return false, err
		}
		b, err := compress.Trained(net)
		if err == nil && f.bits == 8 {
			few := mat.New[float32](2, t.train.x.Cols())
			few.Set(1, 0, 1)
			b, _, err = fit.Quantise(context.Background(), b, bundle.Matrix(few), f.bits)
		}
		if err != nil {
			return false, err
		}
		n, err := bytesOf(b)
		if f.kind == diagonals {
			n += 16 // the scale may have more digits
		}
		return n <= size, err
	}
	low, high := 0, 1
	for {
		ok, err := fits(high)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		low, high = high, 2*high
	}
	for high-low > 1 {
		mid := (low + high) / 2
		ok, err := fits(mid)
		if err != nil {
			return 0, err
		}
		if ok {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}

// untrained is a network of the given width for inputs of mean square about 1.
func (f family) untrained(t task, width int, k choice, seed uint64) (*snnk.Sequence[float32], error) {
	d, s := t.train.x.Cols(), rng.New(seed)
	if f.kind == diagonals {
		spec := urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: seed, M: width, D: d, Rounds: 3}, Scale: k.scale * unit(t) / math.Sqrt(float64(d))}
		phi, err := snnk.NewDiagonals[float32]("phi", spec)
		if err != nil {
			return nil, err
		}
		return snnk.NewSequence[float32](snnk.NewTrainableLayer[float32]("psi", phi, t.classes)), nil
	}
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		return nil, err
	}
	return snnk.NewSequence[float32](snnk.NewLinear[float32]("0", d, width, relu, s.Sub(0)), snnk.NewLinear[float32]("1", width, t.classes, urf.Activation{}, s.Sub(1))), nil
}

// train makes a network from rows: one that reads them as they are.
func (f family) train(ctx context.Context, t task, on data, width int, k choice, seed uint64) (*bundle.Network[float32], error) {
	m, err := f.untrained(t, width, k, seed)
	if err != nil {
		return nil, err
	}
	epochs := int(float64(k.epochs * float64(t.epochs)))
	steps := float64(epochs) * float64((len(on.y)+63)/64)
	opt := snnk.TrainOptions{Loss: snnk.CrossEntropy, Rule: snnk.AdamW{Decay: 2 * k.decay / float64(k.rate*steps)}, Rate: k.rate, Schedule: snnk.Schedule{Cosine: true}, Epochs: epochs, Batch: 64, Seed: seed}
	x := on.x
	units := newUnits(t)
	if f.kind == narrow {
		x = units.apply(on.x)
	}
	if _, err := snnk.Train(ctx, m, x, snnk.Targets[float32]{Labels: on.y}, opt); err != nil {
		return nil, err
	}
	if f.kind == narrow {
		units.fold(m.Modules()[0].(*snnk.Linear[float32]))
	}
	net, err := compress.Trained(m)
	if err == nil && f.bits == 8 {
		net, _, err = fit.Quantise(ctx, net, bundle.Matrix(on.x), f.bits)
	}
	return net, err
}
