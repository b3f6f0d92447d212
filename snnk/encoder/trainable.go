package encoder

import (
	"slices"

	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// Trainable is an encoder whose parameters can be trained. It keeps what going back needs from the last pass, so one goroutine uses it at a time;
// a pass gives the bits of [Model.Texts] and [Model.Images].
type Trainable[T asm.Float] struct {
	p      *Parameters[T]
	batch  batch
	input  input[T]
	blocks []trainedBlock[T]
	norm   *snnk.LayerNorm[T]
	body   *snnk.Sequence[T] // from the embeddings to the vectors of the tokens
	head   *snnk.Sequence[T] // from the vector of a first token to the classes, nil if there is none
	masked *snnk.Sequence[T] // from the vector of a token to those of the vocabulary, nil if there is none
	params []*snnk.Param[T]
	passed bool // there was a pass
}

// batch is what the parts know of the texts of a pass.
type batch struct{ lengths []int }

// input are the embeddings, the part of an encoder that reads no rows of numbers.
type input[T asm.Float] interface {
	params() []*snnk.Param[T]
	backward(dy *mat.Dense[T])
}

// trainedBlock is a block of modules.
type trainedBlock[T asm.Float] struct {
	attention, feedForward         snnk.Module[T]
	attentionNorm, feedForwardNorm *snnk.LayerNorm[T]
}

// NewTrainable returns an encoder that trains the numbers of p in place: what was made of p by [New] is not changed by that but for the tables of
// embeddings, which are shared. Parameters have the names of the layout. Weight decay is for matrices, not for biases, norms and the vector
// of ViT's class.
func NewTrainable[T asm.Float](p *Parameters[T]) *Trainable[T] {
	c := &p.config
	t := &Trainable[T]{p: p, norm: trainedNorm(p.norm, c)}
	if c.Layout == ViT {
		t.input = newImageInput(p)
	} else {
		t.input = newTextInput(p)
	}
	for i := range p.blocks {
		b := &p.blocks[i]
		t.blocks = append(t.blocks, trainedBlock[T]{
			attention:     newAttentionModule[T](&t.batch, c.Heads, trained(b.query), trained(b.key), trained(b.value), trained(b.output)),
			feedForward:   snnk.NewSequence[T](activated(b.inner, c.Activation), trained(b.outer)),
			attentionNorm: trainedNorm(b.attentionNorm, c), feedForwardNorm: trainedNorm(b.feedForwardNorm, c),
		})
	}
	var head []snnk.Module[T]
	if c.Layout == BERT && c.Classes > 0 {
		head = append(head, activated(p.pooler, named("tanh")))
	}
	if p.headInner.weight != nil {
		head = append(head, activated(p.headInner, c.headInnerActivation()))
	}
	if c.Classes > 0 {
		t.head = snnk.NewSequence(append(head, trained(p.head))...)
	}
	if c.Masked {
		in := t.input.(*textInput[T])
		t.masked = snnk.NewSequence[T](activated(p.masked.dense, c.maskedActivation()), trainedNorm(p.masked.norm, c), newTied(in.words, maskedNames(c.Layout)[2], p.masked.bias))
	}
	t.join()
	return t
}

// join puts the modules together.
func (t *Trainable[T]) join() {
	var parts []snnk.Module[T]
	before := t.p.config.preNorm()
	if !before {
		parts = append(parts, t.norm)
	}
	for i := range t.blocks {
		b := &t.blocks[i]
		parts = append(parts, newSublayer(b.attention, b.attentionNorm, before), newSublayer(b.feedForward, b.feedForwardNorm, before))
	}
	if before {
		parts = append(parts, t.norm)
	}
	t.body = snnk.NewSequence(parts...)
	t.params = slices.Concat(t.input.params(), t.body.Params())
	if t.head != nil {
		t.params = append(t.params, t.head.Params()...)
	}
	if t.masked != nil {
		t.params = append(t.params, t.masked.Params()...)
	}
}

func trained[T asm.Float](l linear[T]) *snnk.Linear[T] { return activated(l, urf.Activation{}) }

// activated is the module of a layer followed by an activation.
func activated[T asm.Float](l linear[T], act urf.Activation) *snnk.Linear[T] {
	var bias []T
	if l.bias != nil {
		bias = l.bias.Row(0)
	}
	return snnk.LinearOf(l.name, l.weight, bias, act)
}

func trainedNorm[T asm.Float](n norm[T], c *Config) *snnk.LayerNorm[T] {
	return snnk.LayerNormOf(n.name, n.gamma.Row(0), n.beta.Row(0), T(c.Epsilon))
}

// Config is the shape of the encoder.
func (t *Trainable[T]) Config() Config { return t.p.config }

// Params are the parameters: those of the embeddings, the blocks and the heads, always the same pointers in the same order.
func (t *Trainable[T]) Params() []*snnk.Param[T] { return t.params }

// Head is the module from the vectors of [First] to the logits, nil if the encoder has none: the pooler, or the head's own first layer, is its
// first part.
func (t *Trainable[T]) Head() *snnk.Sequence[T] { return t.head }

// Masked is the module from the vectors of tokens to the logits of all words, nil if the encoder has no such head. Its last matrix is the table of
// words: their gradients are added up.
func (t *Trainable[T]) Masked() *snnk.Sequence[T] { return t.masked }

// Texts returns the vectors of all tokens, which are valid until the next pass; texts must not change before [Trainable.Backward]. Errors
// and panics are those of [Model.Texts]. Each block keeps tokens × Heads × the longest text of the pass, beside its vectors.
func (t *Trainable[T]) Texts(texts Texts) (*mat.Dense[T], error) {
	if err := t.p.config.checkBatch("encoder.Trainable.Texts", texts); err != nil {
		return nil, err
	}
	t.batch.lengths = append(t.batch.lengths[:0], texts.Lengths...)
	return t.forward(t.input.(*textInput[T]).forward(texts)), nil
}

// Images returns the vectors of all tokens of the images in the rows of x, which are valid until the next pass, and panics as [Model.Images] does.
func (t *Trainable[T]) Images(x *mat.Dense[T]) *mat.Dense[T] {
	checkImages(&t.p.config, "encoder.Trainable.Images", x)
	t.batch.lengths = t.p.config.appendLengths(t.batch.lengths[:0], x.Rows())
	return t.forward(t.input.(*imageInput[T]).forward(x))
}

// forward sends embeddings through the blocks.
func (t *Trainable[T]) forward(x *mat.Dense[T]) *mat.Dense[T] {
	t.passed = true
	if x.Rows() == 0 {
		return x
	}
	return t.body.Forward(nil, x)
}

// Backward adds to the gradients of the parameters that are not frozen, for dy = ∂loss/∂ the vectors that the last pass returned: sums over tokens are
// in their order, going on from what the gradients hold, so that those of a batch have the same bits as if its texts had come in one after the other. Only where
// a table of words is also the last matrix of a head it is otherwise.
func (t *Trainable[T]) Backward(dy *mat.Dense[T]) {
	if !t.passed {
		panic(&mat.ArgumentError{Op: "encoder.Trainable.Backward", Why: "there was no pass before it"})
	}
	if len(t.batch.lengths) == 0 {
		return
	}
	below := trainsAny(t.input.params())
	if g := t.body.Backward(nil, dy, below); below {
		t.input.backward(g)
	}
}

// trainsBody reports whether anything but the head is trained.
func (t *Trainable[T]) trainsBody() bool { return trainsAny(t.input.params()) || snnk.Trains(t.body) }

func trainsAny[T asm.Float](params []*snnk.Param[T]) bool {
	return slices.ContainsFunc(params, func(p *snnk.Param[T]) bool { return !p.Frozen })
}
