package fit

import (
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// train returns the directions (M×d) of a layer and their offsets after training with a free Ψ, both for inputs less their means.
func (l *learner[T]) train(start *snnk.Layer[T], r recipe, p part[T], columns []column) (*mat.Dense[float64], []float64, error) {
	net, err := snnk.DirectionsOf("0", start)
	if err != nil {
		return nil, nil, err
	}
	factor := float64(l.s.spec.Scale / learningUnit)
	phi := net.Modules()[0].(*snnk.Linear[T])
	weight, bias := phi.Weight().Value, phi.Bias().Value.Row(0)
	for i := range weight.Rows() {
		v := float64(bias[i])
		for j, u := range weight.Row(i) {
			v = math.FMA(float64(u), columns[j].mean, v)
			weight.Set(i, j, T(float64(u)/factor))
		}
		bias[i] = T(v)
	}
	x := mat.New[T](p.x.Rows(), p.x.Cols())
	for i := range x.Rows() {
		for j, u := range p.x.Row(i) {
			x.Set(i, j, T((float64(u)-columns[j].mean)*factor))
		}
	}
	opt := snnk.TrainOptions{Loss: snnk.SquaredError, Rate: learningRate, Schedule: snnk.Schedule{Cosine: true}, Noise: r.noise, Seed: l.opt.Seed, Batch: 32}
	if l.classes {
		opt.Loss = snnk.CrossEntropy
	}
	if x.Rows() >= choiceRows {
		opt.Batch *= 2
	}
	opt.Epochs = min(max(learningRows/x.Rows(), leastEpochs), mostEpochs)
	l.report.Epochs = opt.Epochs
	// The rate falls to 0 along a cosine, so that its sum is half of the peak's.
	steps := float64(opt.Epochs) * float64((x.Rows()+opt.Batch-1)/opt.Batch)
	opt.Rule = snnk.AdamW{Decay: float64(2*r.decay) / float64(learningRate*steps)}
	if _, err := snnk.Train(l.ctx, net, x, snnk.Targets[T]{Values: p.y}, opt); err != nil {
		return nil, nil, err
	}
	w, b := mat.New[float64](weight.Rows(), weight.Cols()), make([]float64, len(bias))
	for i := range w.Rows() {
		b[i] = float64(bias[i])
		for j, u := range weight.Row(i) {
			w.Set(i, j, float64(u)*factor)
		}
	}
	return w, b, nil
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
