package encoder

import (
	"fmt"
	"io"

	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// FreezeBody leaves the heads alone to be trained, as linear probes and adapters do: what is put in later is trained too.
func (t *Trainable[T]) FreezeBody() {
	snnk.Freeze(t.input.params(), true)
	snnk.Freeze(t.body.Params(), true)
}

// Adapt puts a module of as many outputs as inputs, such as [snnk.NewBottleneck] or [snnk.NewAdapter], behind the attention and the feed-forward part of each block, before
// the residual is added (Houlsby et al. 2019). Its name is adapters.BLOCK.attention or adapters.BLOCK.feed-forward. After an error of module nothing has changed.
func (t *Trainable[T]) Adapt(module func(name string, width int) (snnk.Module[T], error)) error {
	var all [][2]snnk.Module[T]
	for i := range t.blocks {
		var pair [2]snnk.Module[T]
		for j, part := range []string{"attention", "feed-forward"} {
			var err error
			if pair[j], err = module(fmt.Sprintf("adapters.%d.%s", i, part), t.p.config.Width); err != nil {
				return err
			}
		}
		all = append(all, pair)
	}
	for i, pair := range all {
		b := &t.blocks[i]
		b.attention, b.feedForward = snnk.NewSequence(b.attention, pair[0]), snnk.NewSequence(b.feedForward, pair[1])
	}
	t.join()
	return nil
}

// ReplaceFeedForward puts another module, such as a [snnk.TrainableLayer] of the same width, in the place of a block's feed-forward part. It panics if there is no such block.
func (t *Trainable[T]) ReplaceFeedForward(block int, m snnk.Module[T]) {
	if block < 0 || block >= len(t.blocks) {
		panic(&mat.ArgumentError{Op: "encoder.Trainable.ReplaceFeedForward", Why: fmt.Sprintf("there is no block %d of %d", block, len(t.blocks))})
	}
	t.blocks[block].feedForward = m
	t.join()
}

// ReplacePooler puts another module, such as a [snnk.TrainableLayer] of the same width, in the place of the pooler with its tanh, or of the head's own first layer. It panics
// if the head has none.
func (t *Trainable[T]) ReplacePooler(m snnk.Module[T]) {
	if t.head == nil || len(t.head.Modules()) < 2 {
		panic(&mat.ArgumentError{Op: "encoder.Trainable.ReplacePooler", Why: "there is no layer before the last of the head"})
	}
	t.head = snnk.NewSequence(m, t.head.Modules()[1])
	t.join()
}

// Describe writes what the encoder is made of, for the digest of a training.
func (t *Trainable[T]) Describe(w io.Writer) {
	c := t.p.config
	act := c.Activation
	c.Activation = urf.Activation{} // whose name, not its address, is written
	fmt.Fprintf(w, "%+v %s %v\n", c, act.Name(), act.Parameter())
	snnk.Describe(w, t.body)
	for _, head := range []*snnk.Sequence[T]{t.head, t.masked} {
		if head != nil {
			snnk.Describe(w, head)
		}
	}
}

// Describe is what [snnk.Describe] writes of an attention.
func (m *attentionModule[T]) Describe(w io.Writer) {
	fmt.Fprintln(w, m.heads)
	for _, p := range m.parts {
		snnk.Describe(w, p)
	}
	snnk.Describe(w, m.out)
}

// Describe is what [snnk.Describe] writes of a half of a block.
func (s *sublayer[T]) Describe(w io.Writer) {
	fmt.Fprintln(w, s.before)
	snnk.Describe(w, s.inner)
	snnk.Describe[T](w, s.norm)
}
