package encoder

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Lengths are the numbers of tokens of n images, as First and Mean want them.
func (c *Config) Lengths(n int) []int { return c.appendLengths(nil, n) }

func (c *Config) appendLengths(lengths []int, n int) []int {
	tokens := c.MaxTokens()
	for range n {
		lengths = append(lengths, tokens)
	}
	return lengths
}

// First sets dst to the vector of each text's first token, which stands for the class, and returns it; dst == nil allocates. hidden is
// what [Model.Texts] or [Model.Images] gave for texts of the lengths.
func First[T asm.Float](dst, hidden *mat.Dense[T], lengths []int) *mat.Dense[T] {
	dst = pooled("encoder.First", dst, hidden, lengths)
	at := 0
	for i, n := range lengths {
		copy(dst.Row(i), hidden.Row(at))
		at += n
	}
	return dst
}

// Mean sets dst to the mean of the vectors of each text's tokens: their sum in the order of the tokens, times 1/n. dst and hidden are
// as in [First].
func Mean[T asm.Float](dst, hidden *mat.Dense[T], lengths []int) *mat.Dense[T] {
	dst = pooled("encoder.Mean", dst, hidden, lengths)
	at := 0
	for i, n := range lengths {
		sum := dst.Row(i)
		copy(sum, hidden.Row(at))
		for j := 1; j < n; j++ {
			asm.Add(sum, sum, hidden.Row(at+j))
		}
		asm.Scale(sum, sum, 1/T(n))
		at += n
	}
	return dst
}

// pooled checks what First and Mean are given.
func pooled[T asm.Float](op string, dst, hidden *mat.Dense[T], lengths []int) *mat.Dense[T] {
	sum := 0
	for i, n := range lengths {
		if n < 1 {
			panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("text %d has %d tokens", i, n)})
		}
		sum += n
	}
	if sum != hidden.Rows() {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("%d rows for lengths of %d tokens", hidden.Rows(), sum)})
	}
	if dst != nil && dst.Overlaps(hidden) {
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "hidden"})
	}
	return result(op, dst, len(lengths), hidden.Cols())
}

// Pooled sets dst to the pooler's outputs tanh(W·x + b) for the vectors of [First] and returns it; dst == nil allocates. It panics if the model
// has no pooler.
func (m *Model[T]) Pooled(dst, first *mat.Dense[T]) *mat.Dense[T] {
	if m.pooler.weight == nil {
		panic(&mat.ArgumentError{Op: "encoder.Model.Pooled", Why: "the model has no pooler"})
	}
	return m.pooler.apply("encoder.Model.Pooled", dst, first, m.tanh)
}

// Logits sets dst to the outputs of the head for the vectors of [First], one for each class, and returns it; dst == nil allocates. BERT's head
// reads what its pooler makes of them, RoBERTa's and DistilBERT's have a layer of their own before the last, by tanh and ReLU. It panics
// if the model has no head. It allocates what lies between.
func (m *Model[T]) Logits(dst, first *mat.Dense[T]) *mat.Dense[T] {
	const op = "encoder.Model.Logits"
	if m.head.weight == nil {
		panic(&mat.ArgumentError{Op: op, Why: "the model has no head"})
	}
	switch m.config.Layout {
	case BERT:
		first = m.pooler.apply(op, nil, first, m.tanh)
	case RoBERTa, DistilBERT:
		first = m.headInner.apply(op, nil, first, m.headInnerActivation)
	}
	return m.head.apply(op, dst, first, urf.Activation{})
}

// apply sets dst to f(x·Wᵀ + b).
func (a *affine[T]) apply(op string, dst, x *mat.Dense[T], f urf.Activation) *mat.Dense[T] {
	if x.Cols() != a.weight.Rows() {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), a.weight.Rows()}, Why: "the input has the wrong width"})
	}
	dst = mat.MulPacked(result(op, dst, x.Rows(), a.weight.Cols()), x, a.weight)
	for i := range dst.Rows() {
		urf.EvalBias(f, dst.Row(i), dst.Row(i), a.bias)
	}
	return dst
}
