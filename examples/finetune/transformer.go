package main

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/urf"
)

// sizes are those of a transformer.
type sizes struct {
	tokens, inputs int // tokens of an image, pixels of a token
	width, hidden  int // of the blocks, and inside their feed-forward layers
	heads, depth   int
	classes        int
}

// transformer is a small vision transformer (Dosovitskiy et al. 2021) with pre-layer-norm
// blocks: a row of pixels, ordered by patches, goes in, a score for each class comes out.
type transformer[T asm.Float] struct {
	sizes
	embed    *snnk.Linear[T] // a patch to a token
	position *snnk.Param[T]  // tokens×width, added to the tokens
	// Attention and feed-forward by turns, and after each an adapter if it has one.
	layers []snnk.Module[T]
	norm   *snnk.LayerNorm[T]
	head   *snnk.Linear[T] // reads the mean of an image's tokens

	x, pooled, dPooled, dx memory[T]
}

// sublayer is x ← x + inner(norm(x)).
type sublayer[T asm.Float] struct {
	norm, inner snnk.Module[T]
	y, dx       memory[T]
}

var identity, gelu = mustActivation("none"), mustActivation("gelu")

func mustActivation(name string) urf.Activation {
	a, err := urf.ActivationByName(name)
	if err != nil {
		panic(err) // the names are constants
	}
	return a
}

// newTransformer draws the weights from the stream.
func newTransformer[T asm.Float](z sizes, s rng.Stream) *transformer[T] {
	drawn := uint64(0)
	linear := func(name string, in, out int, act urf.Activation) *snnk.Linear[T] {
		drawn++
		return snnk.NewLinear[T](name, in, out, act, s.Sub(drawn))
	}
	net := &transformer[T]{
		sizes:    z,
		embed:    linear("embed", z.inputs, z.width, identity),
		position: snnk.NewParam("position", mat.New[T](z.tokens, z.width), false),
		norm:     snnk.NewLayerNorm[T]("norm", z.width),
		head:     linear("head", z.width, z.classes, identity),
	}
	at := net.position.Value.Data()
	rng.Normal(s.Sub(0), at, 0)
	asm.Scale(at, at, 0.1)
	for i := range z.depth {
		name := func(part string) string { return fmt.Sprintf("blocks.%d.%s", i, part) }
		net.layers = append(net.layers,
			&sublayer[T]{norm: snnk.NewLayerNorm[T](name("norm1"), z.width), inner: &attention[T]{
				tokens: z.tokens, heads: z.heads,
				q:   linear(name("attn.q"), z.width, z.width, identity),
				k:   linear(name("attn.k"), z.width, z.width, identity),
				v:   linear(name("attn.v"), z.width, z.width, identity),
				out: linear(name("attn.out"), z.width, z.width, identity),
			}},
			&sublayer[T]{norm: snnk.NewLayerNorm[T](name("norm2"), z.width), inner: snnk.NewSequence[T](
				linear(name("mlp.0"), z.width, z.hidden, gelu),
				linear(name("mlp.1"), z.hidden, z.width, identity),
			)},
		)
	}
	return net
}

func (s *sublayer[T]) In() int  { return s.norm.In() }
func (s *sublayer[T]) Out() int { return s.norm.In() }

func (s *sublayer[T]) Params() []*snnk.Param[T] { return paramsOf(s.norm, s.inner) }

func (s *sublayer[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	y := s.inner.Forward(nil, s.norm.Forward(nil, x))
	if dst == nil {
		dst = s.y.shape(x.Rows(), x.Cols())
	}
	for i := range x.Rows() {
		asm.Add(dst.Row(i), x.Row(i), y.Row(i))
	}
	return dst
}

func (s *sublayer[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	norm := wantDX || trains(s.norm) // whether something needs the gradient for the norm's output
	if !norm && !trains(s.inner) {
		return nil
	}
	g := s.inner.Backward(nil, dy, norm)
	if norm {
		g = s.norm.Backward(nil, g, wantDX)
	}
	if !wantDX {
		return nil
	}
	if dx == nil {
		dx = s.dx.shape(dy.Rows(), dy.Cols())
	}
	for i := range dy.Rows() {
		asm.Add(dx.Row(i), dy.Row(i), g.Row(i))
	}
	return dx
}

func (t *transformer[T]) In() int  { return t.tokens * t.inputs }
func (t *transformer[T]) Out() int { return t.classes }

// Params are those of the parts in the order of the forward pass.
func (t *transformer[T]) Params() []*snnk.Param[T] {
	all := append([]*snnk.Param[T]{}, t.embed.Params()...)
	all = append(all, t.position)
	for _, l := range t.layers {
		all = append(all, l.Params()...)
	}
	return append(append(all, t.norm.Params()...), t.head.Params()...)
}

// Forward sets dst (n×classes) to the scores of the images x (n×(tokens·inputs)).
func (t *transformer[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	h := t.tokensOf(x)
	for _, l := range t.layers {
		h = l.Forward(nil, h)
	}
	return t.scores(dst, h)
}

// tokensOf returns the tokens of images, n·tokens rows.
func (t *transformer[T]) tokensOf(x *mat.Dense[T]) *mat.Dense[T] {
	n := x.Rows()
	if x.Stride() != t.In() {
		x = x.Clone()
	}
	h := t.embed.Forward(t.x.shape(n*t.tokens, t.width), mat.Of(n*t.tokens, t.inputs, x.Data()))
	for i := range h.Rows() {
		asm.Add(h.Row(i), h.Row(i), t.position.Value.Row(i%t.tokens))
	}
	return h
}

// scores sets dst to those of images from the outputs h of the last layer.
func (t *transformer[T]) scores(dst, h *mat.Dense[T]) *mat.Dense[T] {
	h = t.norm.Forward(nil, h)
	n := h.Rows() / t.tokens
	pooled := t.pooled.shape(n, t.width)
	for i := range n {
		mean := pooled.Row(i)
		clear(mean)
		for j := range t.tokens {
			asm.Add(mean, mean, h.Row(i*t.tokens+j))
		}
		asm.Scale(mean, mean, 1/T(t.tokens))
	}
	return t.head.Forward(dst, pooled)
}

// Backward goes back as far as something is trained, or to the pixels if wantDX.
func (t *transformer[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	n := dy.Rows()
	wanted := wantDX || trains(t.embed) || !t.position.Frozen
	needs := make([]bool, len(t.layers)) // whether the gradient for layer i's input is needed
	for i, l := range t.layers {
		needs[i] = wanted
		wanted = wanted || trains(l)
	}
	g := t.head.Backward(nil, dy, wanted || trains(t.norm))
	if g == nil {
		return nil
	}
	spread := t.dPooled.shape(n*t.tokens, t.width)
	for i := range spread.Rows() {
		asm.Scale(spread.Row(i), g.Row(i/t.tokens), 1/T(t.tokens))
	}
	g = t.norm.Backward(nil, spread, wanted)
	for i := len(t.layers) - 1; i >= 0 && g != nil; i-- {
		g = t.layers[i].Backward(nil, g, needs[i])
	}
	if g == nil {
		return nil
	}
	if !t.position.Frozen {
		for i := range g.Rows() {
			sum := t.position.Grad.Row(i % t.tokens)
			asm.Add(sum, sum, g.Row(i))
		}
	}
	if !wantDX {
		t.embed.Backward(nil, g, false)
		return nil
	}
	if dx == nil {
		dx = t.dx.shape(n, t.In())
	}
	pixels := t.embed.Backward(nil, g, true)
	for i := range n {
		copy(dx.Row(i), pixels.Data()[i*t.In():])
	}
	return dx
}
