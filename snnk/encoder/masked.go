package encoder

import (
	"context"
	"fmt"
	"io"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
)

// MaskOptions say which tokens are predicted in pretraining.
type MaskOptions struct {
	Mask  int32   // the id that stands for a masked token
	First int32   // ids below it are special: never masked, nor put in the place of others
	Rate  float64 // part of the other tokens that is predicted; 0: 0.15
	Seed  uint64
}

// masking is an encoder with the head for masked tokens, and texts.
type masking[T asm.Float] struct {
	m      *Trainable[T]
	corpus *corpus
	opt    MaskOptions

	uniform          []float64
	places, targets  []int // in the batch, of the tokens that are predicted, and what they were
	rows, grad, back mat.Buffer[T]
	loss             snnk.LossWorkspace[T]
}

// PredictMasked is the objective of pretraining: the mean cross-entropy of the head's logits for the tokens that were masked in a step, to what they were (Devlin et
// al. 2018). Of text i in a step, with u its uniform numbers, one for each token, those that are not special with u < Rate are predicted, or that with the least u if none is; v = u/Rate < 0.8 becomes
// the mask, v < 0.9 the id First + ⌊10·(v − 0.8)·(Vocabulary − First)⌋, others stay. Held-out texts are always masked in the same way. Errors wrap [ErrRange]; it
// panics as [Trainable.Texts] does, or if the encoder has no such head. Texts must not change while it is in use.
func PredictMasked[T asm.Float](m *Trainable[T], texts Texts, opt MaskOptions) (snnk.Objective[T], error) {
	const op = "encoder.PredictMasked"
	c := &m.p.config
	k, err := newCorpus(c, op, texts)
	if err != nil {
		return nil, err
	}
	if m.masked == nil {
		panic(&mat.ArgumentError{Op: op, Why: "the encoder has no head for masked tokens"})
	}
	if opt.Rate == 0 {
		opt.Rate = 0.15
	}
	if !(opt.Rate > 0 && opt.Rate <= 1) || opt.First < 0 || int(opt.First) >= c.Vocabulary || opt.Mask < 0 || int(opt.Mask) >= c.Vocabulary {
		return nil, fmt.Errorf("encoder: masks of id %d, from id %d on, at a rate of %g, want ids of a vocabulary of %d and a rate of at most 1: %w", opt.Mask, opt.First, opt.Rate, c.Vocabulary, ErrRange)
	}
	return &masking[T]{m: m, corpus: k, opt: opt}, nil
}

func (o *masking[T]) Params() []*snnk.Param[T] { return o.m.Params() }
func (o *masking[T]) Examples() int            { return len(o.corpus.texts.Lengths) }

// mask masks tokens of a batch in place: token j of text i by element i·MaxTokens + j of the stream.
func (o *masking[T]) mask(t Texts, examples []int, s rng.Stream) {
	o.places, o.targets = o.places[:0], o.targets[:0]
	at := 0
	for i, n := range t.Lengths {
		if len(o.uniform) < n {
			o.uniform = make([]float64, o.m.p.config.MaxTokens())
		}
		u := o.uniform[:n]
		rng.Uniform(s, u, uint64(examples[i])*uint64(o.m.p.config.MaxTokens()))
		o.maskText(t.IDs[at:at+n], at, u)
		at += n
	}
}

// maskText masks tokens of one text, which begins at a place of the batch.
func (o *masking[T]) maskText(ids []int32, at int, u []float64) {
	before, least := len(o.places), -1
	for j, id := range ids {
		if id < o.opt.First || id == o.opt.Mask {
			continue
		}
		if least < 0 || u[j] < u[least] {
			least = j
		}
		if u[j] < o.opt.Rate {
			o.places, o.targets = append(o.places, at+j), append(o.targets, int(id))
			ids[j] = o.instead(id, u[j]/o.opt.Rate)
		}
	}
	if len(o.places) == before && least >= 0 {
		o.places, o.targets = append(o.places, at+least), append(o.targets, int(ids[least]))
		ids[least] = o.opt.Mask
	}
}

// instead is what stands for a token that is predicted.
func (o *masking[T]) instead(id int32, v float64) int32 {
	switch {
	case v < 0.8:
		return o.opt.Mask
	case v < 0.9:
		ordinary := o.m.p.config.Vocabulary - int(o.opt.First)
		k := int(math.Floor(10 * (v - 0.8) * float64(ordinary)))
		return o.opt.First + int32(min(k, ordinary-1))
	}
	return id
}

// logits masks examples and returns the logits of the tokens that are predicted.
func (o *masking[T]) logits(examples []int, s rng.Stream) (*mat.Dense[T], error) {
	t := o.corpus.gather(examples)
	o.mask(t, examples, s)
	hidden, err := o.m.Texts(t)
	if err != nil {
		return nil, err
	}
	rows := o.rows.Shape(len(o.places), hidden.Cols())
	for i, p := range o.places {
		copy(rows.Row(i), hidden.Row(p))
	}
	return o.m.masked.Forward(nil, rows), nil
}

func (o *masking[T]) Gradients(examples []int, step int) (float64, error) {
	y, err := o.logits(examples, streamMasks.Of(o.opt.Seed).Sub(uint64(step)))
	if err != nil {
		return 0, err
	}
	if y.Rows() == 0 {
		return 0, nil
	}
	grad := o.grad.Shape(y.Rows(), y.Cols())
	loss := o.loss.Eval(snnk.CrossEntropy, grad, y, snnk.Targets[T]{Labels: o.targets})
	body := o.m.trainsBody()
	g := o.m.masked.Backward(nil, grad, body)
	if !body {
		return loss, nil
	}
	back := o.back.Shape(len(o.corpus.batch.IDs), g.Cols())
	clear(back.Data())
	for i, p := range o.places {
		copy(back.Row(p), g.Row(i))
	}
	o.m.Backward(back)
	return loss, nil
}

func (o *masking[T]) Score(ctx context.Context, examples []int) (snnk.Score, error) {
	return score(ctx, examples, func(list []int) (*mat.Dense[T], []int, error) {
		y, err := o.logits(list, streamMeasured.Of(o.opt.Seed))
		return y, o.targets, err
	})
}

func (o *masking[T]) Describe(w io.Writer) {
	o.m.Describe(w)
	fmt.Fprintf(w, "%+v\n", o.opt)
	o.corpus.describe(w)
}
