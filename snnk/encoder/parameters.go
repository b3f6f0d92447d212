package encoder

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Parameters are the tensors of an encoder as its layout has them: matrices with a row for each output, as
// PyTorch's layers, and vectors of one row. They are made by [Build].
type Parameters[T asm.Float] struct {
	config  Config
	count   int
	tensors []namedTensor[T] // all, in the order of the parts

	words, positions, types *mat.Dense[T] // tables with a row for each id; nil where the layout has none
	patch                   linear[T]     // out×(channels·height·width) of a patch
	class                   *mat.Dense[T] // the token that stands before the patches
	norm                    norm[T]       // of the embeddings; in ViT of what leaves the last block
	blocks                  []block[T]
	pooler                  linear[T]
	headInner, head         linear[T]
	masked                  maskedHead[T]
}

// namedTensor is a matrix with its name in the layout and its shape in a file.
type namedTensor[T asm.Float] struct {
	name  string
	shape []int
	m     *mat.Dense[T]
}

// linear is x·Wᵀ + b, NAME.weight and NAME.bias. A zero weight says that the encoder has no such part; a zero bias that there is none.
type linear[T asm.Float] struct {
	name         string
	weight, bias *mat.Dense[T]
}

// norm is γ and β of a layer norm, NAME.weight and NAME.bias.
type norm[T asm.Float] struct {
	name        string
	gamma, beta *mat.Dense[T]
}

// maskedHead is the head for masked tokens: norm(f(W·x + b)), and of that the products with the table of words, and a bias for each of these.
type maskedHead[T asm.Float] struct {
	dense linear[T]
	norm  norm[T]
	bias  *mat.Dense[T]
}

// block is one block of attention and feed-forward part with the norms behind each, or before each.
type block[T asm.Float] struct {
	query, key, value, output linear[T]
	attentionNorm             norm[T]
	inner, outer              linear[T]
	feedForwardNorm           norm[T]
}

// Config is the shape of the encoder.
func (p *Parameters[T]) Config() Config { return p.config }

// Count is how many numbers the tensors hold.
func (p *Parameters[T]) Count() int { return p.count }

// Build makes parameters of what tensor returns for each name: as many elements as the shape has, in row-major order, which
// are kept. Names are those of the layout without what a checkpoint puts before them, as in
// "encoder.layer.0.attention.self.query.weight"; they come in the order of the parts, always the same. Errors are those of tensor, and
// wrap [ErrRange] for a config that no encoder can have.
func Build[T asm.Float](c Config, tensor func(name string, shape ...int) ([]T, error)) (*Parameters[T], error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	b := &builder[T]{tensor: tensor, p: &Parameters[T]{config: c}}
	switch c.Layout {
	case BERT, RoBERTa:
		b.bert()
	case DistilBERT:
		b.distilBERT()
	case ViT:
		b.vit()
	default:
		return nil, fmt.Errorf("encoder: %v: %w", c.Layout, ErrRange)
	}
	if c.Masked {
		b.masked()
	}
	if b.err != nil {
		return nil, b.err
	}
	return b.p, nil
}

// builder asks for tensors until there is an error.
type builder[T asm.Float] struct {
	tensor func(name string, shape ...int) ([]T, error)
	p      *Parameters[T]
	err    error
}

// matrix is a tensor as rows×cols; shape is that of the file where it has more dimensions.
func (b *builder[T]) matrix(name string, rows, cols int, shape ...int) *mat.Dense[T] {
	if b.err != nil {
		return nil
	}
	if shape == nil {
		shape = []int{rows, cols}
	}
	data, err := b.tensor(name, shape...)
	if err != nil {
		b.err = err
		return nil
	}
	if int64(len(data)) != int64(rows)*int64(cols) {
		panic(&mat.ArgumentError{Op: "encoder.Build", Why: fmt.Sprintf("%d elements for tensor %s of %d×%d", len(data), name, rows, cols)})
	}
	b.p.count += len(data)
	m := mat.Of(rows, cols, data)
	b.p.tensors = append(b.p.tensors, namedTensor[T]{name, shape, m})
	return m
}

func (b *builder[T]) vector(name string, n int) *mat.Dense[T] { return b.matrix(name, 1, n, n) }

// linear is NAME.weight, out×in, with NAME.bias.
func (b *builder[T]) linear(name string, out, in int) linear[T] {
	return linear[T]{name, b.matrix(name+".weight", out, in), b.vector(name+".bias", out)}
}

func (b *builder[T]) norm(name string) norm[T] {
	return norm[T]{name, b.vector(name+".weight", b.p.config.Width), b.vector(name+".bias", b.p.config.Width)}
}

// add keeps a block, unless it is not whole.
func (b *builder[T]) add(l block[T]) {
	if b.err == nil {
		b.p.blocks = append(b.p.blocks, l)
	}
}

func (b *builder[T]) bert() {
	p, c := b.p, &b.p.config
	w := c.Width
	p.words, p.positions = b.matrix("embeddings.word_embeddings.weight", c.Vocabulary, w), b.matrix("embeddings.position_embeddings.weight", c.Positions, w)
	if c.Types > 0 {
		p.types = b.matrix("embeddings.token_type_embeddings.weight", c.Types, w)
	}
	p.norm = b.norm("embeddings.LayerNorm")
	for i := 0; i < c.Blocks && b.err == nil; i++ {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		b.add(block[T]{
			query: b.linear(at+"attention.self.query", w, w), key: b.linear(at+"attention.self.key", w, w), value: b.linear(at+"attention.self.value", w, w),
			output: b.linear(at+"attention.output.dense", w, w), attentionNorm: b.norm(at + "attention.output.LayerNorm"),
			inner: b.linear(at+"intermediate.dense", c.Inner, w), outer: b.linear(at+"output.dense", w, c.Inner), feedForwardNorm: b.norm(at + "output.LayerNorm"),
		})
	}
	if c.Pooler {
		p.pooler = b.linear("pooler.dense", w, w)
	}
	switch {
	case c.Classes == 0:
	case c.Layout == RoBERTa:
		p.headInner, p.head = b.linear("classifier.dense", w, w), b.linear("classifier.out_proj", c.Classes, w)
	default:
		p.head = b.linear("classifier", c.Classes, w)
	}
}

// maskedNames are those of the layer, the norm and the bias of the head for masked tokens, by layout.
func maskedNames(l Layout) [3]string {
	switch l {
	case BERT:
		return [...]string{"cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"}
	case RoBERTa:
		return [...]string{"lm_head.dense", "lm_head.layer_norm", "lm_head.bias"}
	case DistilBERT:
		return [...]string{"vocab_transform", "vocab_layer_norm", "vocab_projector.bias"}
	}
	return [3]string{}
}

func (b *builder[T]) masked() {
	c, names := &b.p.config, maskedNames(b.p.config.Layout)
	b.p.masked = maskedHead[T]{b.linear(names[0], c.Width, c.Width), b.norm(names[1]), b.vector(names[2], c.Vocabulary)}
}

func (b *builder[T]) distilBERT() {
	p, c := b.p, &b.p.config
	w := c.Width
	p.words, p.positions = b.matrix("embeddings.word_embeddings.weight", c.Vocabulary, w), b.matrix("embeddings.position_embeddings.weight", c.Positions, w)
	p.norm = b.norm("embeddings.LayerNorm")
	for i := 0; i < c.Blocks && b.err == nil; i++ {
		at := fmt.Sprintf("transformer.layer.%d.", i)
		b.add(block[T]{
			query: b.linear(at+"attention.q_lin", w, w), key: b.linear(at+"attention.k_lin", w, w), value: b.linear(at+"attention.v_lin", w, w),
			output: b.linear(at+"attention.out_lin", w, w), attentionNorm: b.norm(at + "sa_layer_norm"),
			inner: b.linear(at+"ffn.lin1", c.Inner, w), outer: b.linear(at+"ffn.lin2", w, c.Inner), feedForwardNorm: b.norm(at + "output_layer_norm"),
		})
	}
	if c.Classes > 0 {
		p.headInner, p.head = b.linear("pre_classifier", w, w), b.linear("classifier", c.Classes, w)
	}
}

func (b *builder[T]) vit() {
	p, c := b.p, &b.p.config
	w, i := c.Width, c.Image
	p.class = b.matrix("embeddings.cls_token", 1, w, 1, 1, w)
	p.positions = b.matrix("embeddings.position_embeddings", c.MaxTokens(), w, 1, c.MaxTokens(), w)
	p.patch = linear[T]{"embeddings.patch_embeddings.projection",
		b.matrix("embeddings.patch_embeddings.projection.weight", w, i.Channels*i.PatchHeight*i.PatchWidth, w, i.Channels, i.PatchHeight, i.PatchWidth),
		b.vector("embeddings.patch_embeddings.projection.bias", w),
	}
	project := func(name string) linear[T] {
		if c.NoQKVBias {
			return linear[T]{name: name, weight: b.matrix(name+".weight", w, w)}
		}
		return b.linear(name, w, w)
	}
	for i := 0; i < c.Blocks && b.err == nil; i++ {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		b.add(block[T]{
			attentionNorm: b.norm(at + "layernorm_before"),
			query:         project(at + "attention.attention.query"), key: project(at + "attention.attention.key"), value: project(at + "attention.attention.value"),
			output: b.linear(at+"attention.output.dense", w, w), feedForwardNorm: b.norm(at + "layernorm_after"),
			inner: b.linear(at+"intermediate.dense", c.Inner, w), outer: b.linear(at+"output.dense", w, c.Inner),
		})
	}
	p.norm = b.norm("layernorm")
	if c.Pooler {
		p.pooler = b.linear("pooler.dense", w, w)
	}
	if c.Classes > 0 {
		p.head = b.linear("classifier", c.Classes, w)
	}
}

// nameOf is the name of a tensor, "" if it is none of these.
func (p *Parameters[T]) nameOf(m *mat.Dense[T]) string {
	for _, t := range p.tensors {
		if t.m == m {
			return t.name
		}
	}
	return ""
}
