package encoder

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Model is an encoder ready to run: its matrices are laid out for products. It does not change.
type Model[T asm.Float] struct {
	config Config
	count  int
	scale  T // of the products of queries and keys

	words, positions, types *mat.Dense[T]
	class                   []T
	patch                   affine[T]
	norm                    scaled[T]
	blocks                  []layer[T]
	pooler, headInner, head affine[T]
	headInnerActivation     urf.Activation
	tanh                    urf.Activation
}

// affine is x·Wᵀ + b, with Wᵀ packed, nil if there is no such part.
type affine[T asm.Float] struct {
	weight *mat.Packed[T]
	bias   []T
}

// scaled is a layer norm.
type scaled[T asm.Float] struct{ gamma, beta []T }

// layer is a block.
type layer[T asm.Float] struct {
	qkv, output, inner, outer      affine[T] // qkv are queries, keys and values side by side
	attentionNorm, feedForwardNorm scaled[T]
}

// New lays parameters out. Matrices are copied, tables of embeddings are shared with p.
func New[T asm.Float](p *Parameters[T]) *Model[T] {
	c := p.config
	m := &Model[T]{config: c, count: p.count, scale: headScale[T](c.Width / c.Heads), words: p.words, positions: p.positions, types: p.types,
		patch: pack(p.patch), norm: scaledOf(p.norm), pooler: pack(p.pooler), headInner: pack(p.headInner), head: pack(p.head), tanh: named("tanh")}
	m.headInnerActivation = c.headInnerActivation()
	if p.class != nil {
		m.class = p.class.Row(0)
	}
	for i := range p.blocks {
		b := &p.blocks[i]
		m.blocks = append(m.blocks, layer[T]{pack(stacked(b.query, b.key, b.value)), pack(b.output), pack(b.inner), pack(b.outer), scaledOf(b.attentionNorm), scaledOf(b.feedForwardNorm)})
	}
	return m
}

// named is an activation of package urf that is always there.
func named(name string) urf.Activation {
	a, err := urf.ActivationByName(name)
	if err != nil {
		panic(err)
	}
	return a
}

func pack[T asm.Float](l linear[T]) affine[T] {
	if l.weight == nil {
		return affine[T]{}
	}
	a := affine[T]{weight: mat.PackT(l.weight)}
	if l.bias != nil {
		a.bias = l.bias.Row(0)
	}
	return a
}

func scaledOf[T asm.Float](n norm[T]) scaled[T] { return scaled[T]{n.gamma.Row(0), n.beta.Row(0)} }

// stacked is one layer whose outputs are those of the given ones, side by side.
func stacked[T asm.Float](parts ...linear[T]) linear[T] {
	var weight, bias []T
	rows := 0
	for _, p := range parts {
		rows += p.weight.Rows()
		weight = append(weight, p.weight.Data()...)
		if p.bias != nil {
			bias = append(bias, p.bias.Row(0)...)
		}
	}
	all := linear[T]{weight: mat.Of(rows, parts[0].weight.Cols(), weight)}
	if bias != nil {
		all.bias = mat.Of(1, rows, bias)
	}
	return all
}

// Config is the shape of the encoder.
func (m *Model[T]) Config() Config { return m.config }

// Params is how many numbers the parameters are.
func (m *Model[T]) Params() int { return m.count }
