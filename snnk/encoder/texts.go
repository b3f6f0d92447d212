package encoder

import (
	"context"
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Texts is a batch of texts, as tokens. What a tokenizer puts before and behind a text, such as [CLS] and [SEP], belongs to it.
type Texts struct {
	IDs     []int32 // of the tokens of all texts, one text after the other, without padding
	Types   []int32 // of as many tokens: 0 in the first part of a pair, 1 in the second; nil if all are 0
	Lengths []int   // tokens of each text
}

// Texts sets dst to the vectors of all tokens (the sum of the lengths × Width) and returns it; dst == nil allocates, ws == nil too.
// With a workspace that has seen as many tokens, on one processor, nothing is allocated. The error wraps [ErrRange] and names text and token for
// a text without tokens or with more than [Config.MaxTokens], for ids and types that are in no table, and for padding inside of a text where the
// positions of what follows would depend on it (RoBERTa); or it is what ended ctx before one of the blocks. It panics if the model is one of
// images, or the lengths do not add up to the tokens. Cost: 4·Width² + 2·Width·Inner multiply-adds for a token and block, and 2·Width for each
// pair of tokens of a text and block.
func (m *Model[T]) Texts(ctx context.Context, dst *mat.Dense[T], t Texts, ws *Workspace[T]) (*mat.Dense[T], error) {
	const op = "encoder.Model.Texts"
	c := &m.config
	if err := c.checkBatch(op, t); err != nil {
		return nil, err
	}
	dst = result(op, dst, len(t.IDs), c.Width)
	if len(t.IDs) == 0 {
		return dst, nil
	}
	if ws == nil {
		ws = &Workspace[T]{}
	}
	tables[T]{m.words, m.positions, m.types, c.firstPosition()}.embed(dst, t)
	ws.rows.run(pass[T]{z: dst, dst: dst, norm: m.norm, epsilon: T(c.Epsilon)})
	if err := m.run(ctx, dst, t.Lengths, ws); err != nil {
		return nil, err
	}
	return dst, nil
}

// checkBatch panics if the encoder is one of images or the lengths do not add up to the tokens, and returns the error of CheckTexts.
func (c *Config) checkBatch(op string, t Texts) error {
	if c.Layout == ViT {
		panic(&mat.ArgumentError{Op: op, Why: "a model of images"})
	}
	sum := 0
	for _, n := range t.Lengths {
		sum += max(n, 0)
	}
	if sum != len(t.IDs) || t.Types != nil && len(t.Types) != sum {
		panic(&mat.ArgumentError{Op: op, Why: fmt.Sprintf("%d ids and %d types for lengths of %d tokens", len(t.IDs), len(t.Types), sum)})
	}
	return c.CheckTexts(t)
}

// CheckTexts returns the error that [Model.Texts] would return for texts, for those of many batches at once.
func (c *Config) CheckTexts(t Texts) error {
	at := 0
	for i, n := range t.Lengths {
		if n < 1 || n > c.MaxTokens() {
			return fmt.Errorf("encoder: text %d has %d tokens, want 1 to %d: %w", i, n, c.MaxTokens(), ErrRange)
		}
		for j := range n {
			id := t.IDs[at+j]
			if id < 0 || int(id) >= c.Vocabulary {
				return fmt.Errorf("encoder: text %d, token %d: id %d in a vocabulary of %d: %w", i, j, id, c.Vocabulary, ErrRange)
			}
			if c.Layout == RoBERTa && int(id) == c.Pad {
				return fmt.Errorf("encoder: text %d, token %d: id %d is padding: give the lengths of the texts: %w", i, j, id, ErrRange)
			}
			if t.Types == nil {
				continue
			}
			if v := t.Types[at+j]; v < 0 || int(v) >= max(c.Types, 1) {
				return fmt.Errorf("encoder: text %d, token %d: type %d of %d: %w", i, j, v, max(c.Types, 1), ErrRange)
			}
		}
		at += n
	}
	return nil
}

// tables are those of a text's embeddings; types may be nil.
type tables[T asm.Float] struct {
	words, positions, types *mat.Dense[T]
	first                   int // row of positions that the first token of a text gets
}

// embed sets the rows of x to (word + type) + position.
func (e tables[T]) embed(x *mat.Dense[T], t Texts) {
	at := 0
	for _, n := range t.Lengths {
		for j := range n {
			row := x.Row(at)
			copy(row, e.words.Row(int(t.IDs[at])))
			if e.types != nil {
				asm.Add(row, row, e.types.Row(t.typeOf(at)))
			}
			asm.Add(row, row, e.positions.Row(e.first+j))
			at++
		}
	}
}

// typeOf is the type of a token, by its place among those of all texts.
func (t Texts) typeOf(at int) int {
	if t.Types == nil {
		return 0
	}
	return int(t.Types[at])
}
