package encoder_test

import (
	"context"
	"fmt"
	"log"

	"nnk/rng"
	"nnk/snnk"
	"nnk/snnk/encoder"
	"nnk/urf"
)

// A sentence's vector is the mean of those of its tokens. This checkpoint is a tiny one of random numbers.
func Example() {
	ctx := context.Background()
	c, err := encoder.Open[float64](ctx, "testdata/minilm", encoder.Options{})
	if err != nil {
		log.Fatal(err)
	}
	m := encoder.New(c.Parameters)
	texts := encoder.Texts{IDs: []int32{1, 7, 9, 2, 1, 5, 2}, Lengths: []int{4, 3}}
	hidden, err := m.Texts(ctx, nil, texts, nil)
	if err != nil {
		log.Fatal(err)
	}
	sentences := encoder.Mean(nil, hidden, texts.Lengths)
	config := m.Config()
	fmt.Println(config.Layout, config.Blocks, "blocks with", m.Params(), "numbers")
	fmt.Println(hidden.Rows(), "tokens,", sentences.Rows(), "sentences")
	fmt.Printf("%.4f\n", sentences.Row(1)[:3])
	// Output:
	// bert 2 blocks with 10664 numbers
	// 7 tokens, 2 sentences
	// [1.2659 -0.8784 1.4817]
}

// Build makes an encoder of any tensors, here ones that are all the same.
func ExampleBuild() {
	c := encoder.Config{Layout: encoder.ViT, Width: 4, Blocks: 1, Heads: 2, Inner: 8, Epsilon: 1e-12, Classes: 2, Image: encoder.Image{Channels: 1, Height: 4, Width: 4, PatchHeight: 2, PatchWidth: 2}}
	names := 0
	p, err := encoder.Build(c, func(name string, shape ...int) ([]float32, error) {
		if names++; names <= 3 {
			fmt.Println(name, shape)
		}
		n := 1
		for _, s := range shape {
			n *= s
		}
		return make([]float32, n), nil
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(names, "tensors,", p.Count(), "numbers,", c.MaxTokens(), "tokens of an image")
	// Output:
	// embeddings.cls_token [1 1 4]
	// embeddings.position_embeddings [1 5 4]
	// embeddings.patch_embeddings.projection.weight [4 1 2 2]
	// 24 tensors, 234 numbers, 5 tokens of an image
}

// An encoder learns to predict masked tokens, then, its body frozen, to tell texts apart by adapters and a head.
func ExampleTrainable() {
	ctx := context.Background()
	gelu, err := urf.ActivationByName("gelu")
	if err != nil {
		log.Fatal(err)
	}
	var texts encoder.Texts // each has token 4 or token 5 in it
	var labels []int
	for i := range 24 {
		texts.IDs = append(texts.IDs, 1, int32(4+i%2), int32(6+i%10), 2)
		texts.Lengths, labels = append(texts.Lengths, 4), append(labels, i%2)
	}
	c := encoder.Config{Layout: encoder.BERT, Width: 16, Blocks: 1, Heads: 2, Inner: 32, Activation: gelu, Epsilon: 1e-12, Vocabulary: 16, Positions: 8, Pooler: true, Masked: true}
	p, err := encoder.Initial[float32](c, 1)
	if err != nil {
		log.Fatal(err)
	}
	masked, err := encoder.PredictMasked(encoder.NewTrainable(p), texts, encoder.MaskOptions{Mask: 3, First: 4})
	if err != nil {
		log.Fatal(err)
	}
	pretrained, err := snnk.Minimise(ctx, masked, snnk.TrainOptions{Epochs: 60, Batch: 8, Rate: 1e-2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("masked tokens are likelier:", pretrained.Trained.Loss < pretrained.History[0].Loss)

	c.Classes, c.Masked = 2, false
	if p, err = p.WithHeads(c, 2); err != nil {
		log.Fatal(err)
	}
	m := encoder.NewTrainable(p)
	m.FreezeBody()
	err = m.Adapt(func(name string, width int) (snnk.Module[float32], error) {
		return snnk.NewBottleneck[float32](name, width, 2, gelu, rng.New(3)), nil
	})
	if err != nil {
		log.Fatal(err)
	}
	classes, err := encoder.ClassifyTexts(m, texts, labels)
	if err != nil {
		log.Fatal(err)
	}
	tuned, err := snnk.Minimise(ctx, classes, snnk.TrainOptions{Epochs: 60, Batch: 8, Rate: 1e-2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f %% right\n", 100*tuned.Trained.Accuracy)
	// Output:
	// masked tokens are likelier: true
	// 100 % right
}
