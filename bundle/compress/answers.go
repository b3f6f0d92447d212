package compress

import (
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/mat"
	"nnk/snnk"
)

// Answers returns what a classifier says of the rows of x: the softmax of its scores, two or more. As targets of the
// logistic loss they keep its classes and how sure it is of them; its scores themselves have a part that all
// classes share, which no answer depends on and squared error would imitate like the rest.
func Answers[T asm.Float](net *bundle.Network[T], x bundle.Source) bundle.Source {
	return bundle.OutputsOf(bundle.NewNetwork(append(slices.Clone(net.Stages()), bundle.NewSoftmax[T](net.Out(), false))...), x)
}

// centred returns the network with scores whose mean over the classes is 0: its answers are the same, to rounding. A network whose
// last stage is not a matrix without activation stays as it is.
func centred[T asm.Float](net *bundle.Network[T]) *bundle.Network[T] {
	stages := slices.Clone(net.Stages())
	last, ok := stages[len(stages)-1].(*bundle.Linear[T])
	if !ok || !last.Activation().IsIdentity() {
		return net
	}
	// The bias is a column of the matrix like others.
	weight, bias := last.Weight().Clone(), slices.Clone(last.Bias())
	for j := range weight.Cols() {
		sum := 0.0
		for i := range weight.Rows() {
			sum += float64(weight.At(i, j))
		}
		for i := range weight.Rows() {
			weight.Set(i, j, T(float64(weight.At(i, j))-sum/float64(weight.Rows())))
		}
	}
	sum := 0.0
	for _, v := range bias {
		sum += float64(v)
	}
	for i, v := range bias {
		bias[i] = T(float64(v) - sum/float64(len(bias)))
	}
	stages[len(stages)-1] = bundle.NewLinear(weight, bias, last.Activation())
	return bundle.NewNetwork(stages...)
}

// temperatures is the number of factors, powers of two from 1, by which the scores of a family are
// multiplied where its cross-entropy is measured: the least counts, since squared error to classes gives scores from
// 0 to 1, which are no logits.
const temperatures = 11

// addEntropy adds the cross-entropies of the rows of want with the softmax of scores, in nats, under each temperature; it
// changes scores.
func addEntropy(sums *[temperatures]float64, scores, want *mat.Dense[float64]) {
	for t := range sums {
		sums[t] += float64(snnk.EvalLoss(snnk.CrossEntropy, nil, scores, snnk.Targets[float64]{Values: want}) * float64(scores.Rows()))
		for i := range scores.Rows() {
			row := scores.Row(i)
			asm.Add(row, row, row)
		}
	}
}
