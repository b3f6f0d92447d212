package conformance

import (
	"context"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk/encoder"
	"nnk/urf"
)

func encoderBattery(d *digest) { both(d, encoderPart[float32], encoderPart[float64]) }

// encoderPart covers a forward pass of each layout: models of numbers from a seed, texts of several lengths or images, the
// vectors of all tokens and what is made of them.
func encoderPart[T asm.Float](d *digest) {
	base := encoder.Config{Width: 24, Blocks: 2, Heads: 3, Inner: 40, Epsilon: 1e-12, Vocabulary: 60, Positions: 70, Types: 2, Pad: 1, Pooler: true, Classes: 3}
	image := encoder.Image{Channels: 2, Height: 8, Width: 12, PatchHeight: 4, PatchWidth: 3}
	for _, l := range []struct {
		encoder.Layout
		act string
	}{{encoder.BERT, "gelu"}, {encoder.RoBERTa, "gelu-tanh"}, {encoder.DistilBERT, "silu"}, {encoder.ViT, "relu"}} {
		c := base
		c.Layout, c.Image = l.Layout, image
		var err error
		c.Activation, err = urf.ActivationByName(l.act)
		must(d, "ActivationByName", err)
		if c.Layout == encoder.DistilBERT {
			c.Types, c.Pooler = 0, false
		}
		seed := inputs(700)
		p, err := encoder.Build(c, func(name string, shape ...int) ([]T, error) {
			n := 1
			for _, s := range shape {
				n *= s
			}
			seed++
			return uniform[T](seed, n, -0.5, 0.5), nil
		})
		must(d, "Build", err)
		if err != nil {
			return
		}
		encoderForward(d, l.Layout.String(), encoder.New(p), c)
		encoderGradients(d, l.Layout.String(), encoder.NewTrainable(p))
	}
}

// encoderGradients goes back through a batch: the gradients of all parameters.
func encoderGradients[T asm.Float](d *digest, name string, m *encoder.Trainable[T]) {
	c := m.Config()
	rows := 0
	if c.Layout == encoder.ViT {
		rows = m.Images(matrix[T](803, 2, c.Image.Pixels())).Rows()
	} else {
		texts := someTexts(804, []int{1, 13, 33}, c)
		hidden, err := m.Texts(texts)
		must(d, "Trainable.Texts", err)
		if err != nil {
			return
		}
		rows = hidden.Rows()
	}
	m.Backward(matrix[T](805, rows, c.Width))
	first := matrix[T](806, 3, c.Width)
	z := m.Head().Forward(nil, first)
	m.Head().Backward(nil, matrix[T](807, z.Rows(), z.Cols()), false)
	var all []T
	for _, p := range m.Params() {
		all = append(all, p.Grad.Data()...)
	}
	add(d, "Trainable.Backward "+name, all...)
}

// someTexts are texts of the lengths, of ids that are not special.
func someTexts(from uint64, lengths []int, c encoder.Config) encoder.Texts {
	texts := encoder.Texts{Lengths: lengths}
	seed := inputs(from)
	for _, n := range lengths {
		for range n {
			texts.IDs = append(texts.IDs, int32(2+seed.next()%uint32(c.Vocabulary-2)))
			texts.Types = append(texts.Types, int32(seed.next()>>16)%int32(max(c.Types, 1)))
		}
	}
	return texts
}

func encoderForward[T asm.Float](d *digest, name string, m *encoder.Model[T], c encoder.Config) {
	if c.Layout == encoder.ViT {
		hidden, err := m.Images(context.Background(), nil, matrix[T](801, 3, c.Image.Pixels()), nil)
		must(d, "Images", err)
		if err == nil {
			addMatrix(d, "Images "+name, hidden)
			encoderPooled(d, name, m, encoder.First(nil, hidden, c.Lengths(3)), c)
		}
		return
	}
	texts := encoder.Texts{Lengths: []int{1, 40, 17, 66}}
	seed := inputs(802)
	for range 124 {
		texts.IDs = append(texts.IDs, int32(2+seed.next()%58))
		texts.Types = append(texts.Types, int32(seed.next()>>16)%int32(max(c.Types, 1)))
	}
	hidden, err := m.Texts(context.Background(), nil, texts, nil)
	must(d, "Texts", err)
	if err != nil {
		return
	}
	addMatrix(d, "Texts "+name, hidden)
	addMatrix(d, "Mean "+name, encoder.Mean(nil, hidden, texts.Lengths))
	encoderPooled(d, name, m, encoder.First(nil, hidden, texts.Lengths), c)
}

func encoderPooled[T asm.Float](d *digest, name string, m *encoder.Model[T], first *mat.Dense[T], c encoder.Config) {
	addMatrix(d, "First "+name, first)
	if c.Pooler {
		addMatrix(d, "Pooled "+name, m.Pooled(nil, first))
	}
	addMatrix(d, "Logits "+name, m.Logits(nil, first))
}
