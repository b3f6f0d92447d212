package encoder

import (
	"context"
	"fmt"
	"io"

	"nnk/asm"
	"nnk/internal/numbytes"
	"nnk/mat"
	"nnk/snnk"
)

// classification is an encoder with a head and labelled texts or images.
type classification[T asm.Float] struct {
	m      *Trainable[T]
	corpus *corpus       // of texts
	pixels *mat.Dense[T] // or images
	labels []int

	targets                   []int
	images, first, grad, back mat.Buffer[T]
	loss                      snnk.LossWorkspace[T]
}

// ClassifyTexts is the objective of fine-tuning: the cross-entropy of the head's logits to the label of each text, 0 to Classes − 1 (or 0 and 1 for a single logit). Errors
// wrap [ErrRange]; it panics as [Trainable.Texts] does, or if the encoder has no head. Texts and labels must not change while it is in use.
func ClassifyTexts[T asm.Float](m *Trainable[T], texts Texts, labels []int) (snnk.Objective[T], error) {
	const op = "encoder.ClassifyTexts"
	k, err := newCorpus(&m.p.config, op, texts)
	if err != nil {
		return nil, err
	}
	o := &classification[T]{m: m, corpus: k, labels: labels}
	return o, o.check(op, len(texts.Lengths))
}

// ClassifyImages is [ClassifyTexts] for the images in the rows of x; see [Model.Images].
func ClassifyImages[T asm.Float](m *Trainable[T], x *mat.Dense[T], labels []int) (snnk.Objective[T], error) {
	const op = "encoder.ClassifyImages"
	checkImages(&m.p.config, op, x)
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			if v-v != 0 {
				return nil, fmt.Errorf("encoder: image %d, pixel %d: %w", i, j, ErrNotFinite)
			}
		}
	}
	o := &classification[T]{m: m, pixels: x, labels: labels}
	return o, o.check(op, x.Rows())
}

func (o *classification[T]) check(op string, n int) error {
	if o.m.head == nil {
		panic(&mat.ArgumentError{Op: op, Why: "the encoder has no head"})
	}
	if len(o.labels) != n {
		return fmt.Errorf("encoder: %d labels of %d examples: %w", len(o.labels), n, ErrRange)
	}
	classes := max(o.m.head.Out(), 2)
	for i, k := range o.labels {
		if k < 0 || k >= classes {
			return fmt.Errorf("encoder: label %d of example %d, want 0 to %d: %w", k, i, classes-1, ErrRange)
		}
	}
	return nil
}

func (o *classification[T]) Params() []*snnk.Param[T] { return o.m.Params() }
func (o *classification[T]) Examples() int            { return len(o.labels) }

// logits sends examples through encoder and head, and sets the targets.
func (o *classification[T]) logits(examples []int) (*mat.Dense[T], error) {
	var hidden *mat.Dense[T]
	if o.pixels != nil {
		x := o.images.Shape(len(examples), o.pixels.Cols())
		for i, e := range examples {
			copy(x.Row(i), o.pixels.Row(e))
		}
		hidden = o.m.Images(x)
	} else {
		var err error
		if hidden, err = o.m.Texts(o.corpus.gather(examples)); err != nil {
			return nil, err
		}
	}
	o.targets = o.targets[:0]
	for _, e := range examples {
		o.targets = append(o.targets, o.labels[e])
	}
	first := First(o.first.Shape(len(examples), hidden.Cols()), hidden, o.m.batch.lengths)
	return o.m.head.Forward(nil, first), nil
}

func (o *classification[T]) Gradients(examples []int, _ int) (float64, error) {
	y, err := o.logits(examples)
	if err != nil {
		return 0, err
	}
	grad := o.grad.Shape(y.Rows(), y.Cols())
	loss := o.loss.Eval(snnk.AutoLoss, grad, y, snnk.Targets[T]{Labels: o.targets})
	body := o.m.trainsBody()
	g := o.m.head.Backward(nil, grad, body)
	if !body {
		return loss, nil
	}
	rows := 0
	for _, n := range o.m.batch.lengths {
		rows += n
	}
	back := o.back.Shape(rows, g.Cols())
	clear(back.Data())
	at := 0
	for i, n := range o.m.batch.lengths {
		copy(back.Row(at), g.Row(i))
		at += n
	}
	o.m.Backward(back)
	return loss, nil
}

// scoredExamples is how many are measured at a time.
const scoredExamples = 64

func (o *classification[T]) Score(ctx context.Context, examples []int) (snnk.Score, error) {
	return score(ctx, examples, func(list []int) (*mat.Dense[T], []int, error) {
		y, err := o.logits(list)
		return y, o.targets, err
	})
}

// score is the mean loss over all rows that logits gives for examples, block by block, and the share of them whose largest logit is right.
func score[T asm.Float](ctx context.Context, examples []int, logits func(list []int) (*mat.Dense[T], []int, error)) (snnk.Score, error) {
	sum, right, n := 0.0, 0, 0
	for lo := 0; lo < len(examples); lo += scoredExamples {
		if ctx.Err() != nil {
			return snnk.Score{}, fmt.Errorf("encoder: measuring ended before example %d of %d: %w", lo, len(examples), context.Cause(ctx))
		}
		y, targets, err := logits(examples[lo:min(lo+scoredExamples, len(examples))])
		if err != nil {
			return snnk.Score{}, err
		}
		sum += float64(snnk.EvalLoss(snnk.AutoLoss, nil, y, snnk.Targets[T]{Labels: targets}) * float64(len(targets)))
		for i, k := range targets {
			if snnk.Label(y.Row(i)) == k {
				right++
			}
		}
		n += len(targets)
	}
	rows := float64(max(n, 1))
	return snnk.Score{Loss: sum / rows, Accuracy: float64(right) / rows}, nil
}

func (o *classification[T]) Describe(w io.Writer) {
	o.m.Describe(w)
	fmt.Fprintln(w, o.labels)
	if o.pixels == nil {
		o.corpus.describe(w)
		return
	}
	for i := range o.pixels.Rows() {
		w.Write(numbytes.Append(nil, o.pixels.Row(i)))
	}
}
