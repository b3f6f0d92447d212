package fit

import (
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
	"nnk/snnk"
)

// network is what directions are trained in: those of a layer, for inputs less their means and in units in which they have elements of
// about learningUnit, and a matrix.
type network[T asm.Float] struct {
	phi, psi *snnk.Linear[T]
	unit     float64 // of the directions
	x        *mat.Dense[T]
	targets  snnk.Targets[T]
	opt      snnk.TrainOptions
}

// network prepares the training of the directions of a layer.
func (l *learner[T]) network(start *snnk.Layer[T], p part[T], columns []column) (*network[T], error) {
	net, err := snnk.DirectionsOf("0", start)
	if err != nil {
		return nil, err
	}
	n := &network[T]{phi: net.Modules()[0].(*snnk.Linear[T]), psi: net.Modules()[1].(*snnk.Linear[T]), unit: float64(l.s.spec.Scale / learningUnit), targets: snnk.Targets[T]{Values: p.y}}
	weight, bias := n.phi.Weight().Value, n.phi.Bias().Value.Row(0)
	for i := range weight.Rows() {
		v := float64(bias[i])
		for j, u := range weight.Row(i) {
			v = math.FMA(float64(u), columns[j].mean, v)
			weight.Set(i, j, T(float64(u)/n.unit))
		}
		bias[i] = T(v)
	}
	n.x = mat.New[T](p.x.Rows(), p.x.Cols())
	for i := range n.x.Rows() {
		for j, u := range p.x.Row(i) {
			n.x.Set(i, j, T((float64(u)-columns[j].mean)*n.unit))
		}
	}
	n.opt = snnk.TrainOptions{Loss: snnk.SquaredError, Schedule: snnk.Schedule{Cosine: true}, Seed: l.opt.Seed, Batch: 32}
	if l.classes {
		n.opt.Loss = snnk.CrossEntropy
	}
	if n.x.Rows() >= choiceRows {
		n.opt.Batch *= 2
	}
	n.opt.Epochs = min(max(learningRows/n.x.Rows(), leastEpochs), mostEpochs)
	l.report.Epochs = n.opt.Epochs
	return n, nil
}

// train trains directions, phi or what makes them, and the matrix for part of the epochs.
func (l *learner[T]) train(n *network[T], phi snnk.Module[T], r recipe, share, rate float64) error {
	opt := n.opt
	opt.Epochs = max(int(float64(share*float64(opt.Epochs))), 1)
	opt.Rate, opt.Noise = rate, r.noise
	// The rate falls to 0 along a cosine, so that its sum is half of the peak's.
	steps := float64(opt.Epochs) * float64((n.x.Rows()+opt.Batch-1)/opt.Batch)
	opt.Rule = snnk.AdamW{Decay: float64(2*r.decay*share) / float64(rate*steps)}
	_, err := snnk.Train[T](l.ctx, snnk.NewSequence[T](phi, n.psi), n.x, n.targets, opt)
	return err
}

// directions are those of the network in the units of its rows, M×d, with their offsets for inputs less their means.
func (n *network[T]) directions() (w *mat.Dense[float64], b []float64) {
	weight := n.phi.Weight().Value
	w = mat.New[float64](weight.Rows(), weight.Cols())
	for i := range w.Rows() {
		b = append(b, float64(n.phi.Bias().Value.At(0, i)))
		for j, u := range weight.Row(i) {
			w.Set(i, j, float64(u)*n.unit)
		}
	}
	return w, b
}

// written trains the directions of a network, writes them as sums of atoms, trains the factors of those, and writes them again. It returns
// what pursuit started from, and what the offsets are to be made of.
func (l *learner[T]) written(n *network[T], r recipe, sigma *mat.Dense[float64]) (s ortho.Spec, w *mat.Dense[float64], b []float64, err error) {
	if err = l.train(n, n.phi, r, 1, learningRate); err != nil {
		return s, nil, nil, err
	}
	w, _ = n.directions()
	s, _, err = ortho.Pursue(l.ctx, ortho.Spec{Seed: l.opt.Seed, Atoms: l.report.Atoms, Terms: l.report.Terms}, w, sigma, nil)
	if err != nil {
		return s, nil, nil, err
	}
	m, err := newAtomSums("0.phi", s, n.unit, n.phi)
	if err != nil {
		return s, nil, nil, err
	}
	if err = l.train(n, m, r, factorShare, factorRate); err != nil {
		return s, nil, nil, err
	}
	m.weights()
	w, b = n.directions()
	return s, w, b, nil
}

// covariance is that of the columns of x.
func covariance[T asm.Float](x *mat.Dense[T], columns []column) *mat.Dense[float64] {
	sigma := mat.New[float64](x.Cols(), x.Cols())
	block := mat.New[float64](min(chunkRows, x.Rows()), x.Cols())
	for lo := 0; lo < x.Rows(); lo += block.Rows() {
		part := block.View(0, 0, min(block.Rows(), x.Rows()-lo), x.Cols())
		for i := range part.Rows() {
			for j, u := range x.Row(lo + i) {
				part.Set(i, j, float64(u)-columns[j].mean)
			}
		}
		mat.GramAdd(sigma, part)
	}
	for i := range sigma.Rows() {
		asm.Scale(sigma.Row(i), sigma.Row(i), 1/float64(x.Rows()))
	}
	return sigma
}
