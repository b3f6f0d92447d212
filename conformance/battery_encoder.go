package conformance

import (
	"context"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/snnk/encoder"
	"nnk/urf"
)

func encoderBattery(d *digest) {
	both(d, encoderPart[float32], encoderPart[float64])
	both(d, encoderTraining[float32], encoderTraining[float64])
}

// encoderTraining is 20 steps of pretraining from first values, then 20 of fine-tuning with another head and adapters: the numbers that are trained.
func encoderTraining[T asm.Float](d *digest) {
	ctx := context.Background()
	gelu, err := urf.ActivationByName("gelu")
	must(d, "ActivationByName", err)
	c := encoder.Config{Layout: encoder.BERT, Width: 16, Blocks: 2, Heads: 2, Inner: 24, Activation: gelu, Epsilon: 1e-12, Vocabulary: 40, Positions: 20, Types: 2, Pooler: true, Masked: true}
	p, err := encoder.Initial[T](c, 3)
	must(d, "Initial", err)
	lengths := make([]int, 40)
	labels := make([]int, len(lengths))
	for i := range lengths {
		lengths[i], labels[i] = 2+i%9, i%3
	}
	texts := someTexts(808, lengths, c)
	m := encoder.NewTrainable(p)
	masked, err := encoder.PredictMasked(m, texts, encoder.MaskOptions{Mask: 1, First: 3, Seed: 4})
	must(d, "PredictMasked", err)
	opt := snnk.TrainOptions{Epochs: 4, Batch: 8, Seed: 5, Clip: 1, Rate: 1e-2, Rule: snnk.AdamW{Decay: 0.01}, Schedule: snnk.Schedule{Cosine: true, Warmup: 3}}
	report, err := snnk.Minimise(ctx, masked, opt)
	must(d, "Minimise", err)
	addTrained(d, "PredictMasked 20 steps", m, report)
	c.Classes, c.Masked = 3, false
	if p, err = p.WithHeads(c, 6); err != nil {
		must(d, "WithHeads", err)
		return
	}
	for _, adapted := range []bool{false, true} {
		m, name := encoder.NewTrainable(p), "ClassifyTexts 20 steps"
		if adapted {
			name += " of adapters"
			m.FreezeBody()
			must(d, "Adapt", m.Adapt(func(name string, width int) (snnk.Module[T], error) {
				return snnk.NewBottleneck[T](name, width, 3, gelu, rng.New(7)), nil
			}))
		}
		classes, err := encoder.ClassifyTexts(m, texts, labels)
		must(d, "ClassifyTexts", err)
		report, err := snnk.Minimise(ctx, classes, opt)
		must(d, "Minimise", err)
		addTrained(d, name, m, report)
	}
	encoderImageTraining[T](d, gelu)
}

// encoderImageTraining is one step of a vision transformer.
func encoderImageTraining[T asm.Float](d *digest, gelu urf.Activation) {
	c := encoder.Config{Layout: encoder.ViT, Width: 8, Blocks: 1, Heads: 2, Inner: 12, Activation: gelu, Epsilon: 1e-12, Classes: 3, Image: encoder.Image{Channels: 1, Height: 4, Width: 6, PatchHeight: 2, PatchWidth: 3}}
	p, err := encoder.Initial[T](c, 8)
	must(d, "Initial", err)
	m := encoder.NewTrainable(p)
	o, err := encoder.ClassifyImages(m, matrix[T](809, 6, c.Image.Pixels()), []int{0, 1, 2, 0, 1, 2})
	must(d, "ClassifyImages", err)
	report, err := snnk.Minimise(context.Background(), o, snnk.TrainOptions{Epochs: 1})
	must(d, "Minimise", err)
	addTrained(d, "ClassifyImages", m, report)
}

func addTrained[T asm.Float](d *digest, name string, m *encoder.Trainable[T], report *snnk.TrainReport) {
	var all []T
	for _, p := range m.Params() {
		all = append(all, p.Value.Data()...)
	}
	add(d, name, append(all, T(report.Trained.Loss))...)
}

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
