package encoder

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// tied is x·Wᵀ + b with the table of words as W, whose gradient is that table's too.
type tied[T asm.Float] struct {
	words  *snnk.Param[T]
	linear *snnk.Linear[T]
	params []*snnk.Param[T] // b: the table is among those of the embeddings
}

// newTied returns the layer of a bias called name.
func newTied[T asm.Float](words *snnk.Param[T], name string, bias *mat.Dense[T]) *tied[T] {
	l := snnk.LinearOf("", words.Value, bias.Row(0), urf.Activation{})
	l.Weight().Grad = words.Grad
	l.Bias().Name = name
	return &tied[T]{words: words, linear: l, params: []*snnk.Param[T]{l.Bias()}}
}

func (l *tied[T]) In() int                  { return l.linear.In() }
func (l *tied[T]) Out() int                 { return l.linear.Out() }
func (l *tied[T]) Params() []*snnk.Param[T] { return l.params }

func (l *tied[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] { return l.linear.Forward(dst, x) }

func (l *tied[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	l.linear.Weight().Frozen = l.words.Frozen
	return l.linear.Backward(dx, dy, wantDX)
}
