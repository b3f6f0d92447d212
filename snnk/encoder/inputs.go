package encoder

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/snnk"
)

// textInput are the embeddings of texts, before their norm.
type textInput[T asm.Float] struct {
	tables                  tables[T]
	words, positions, types *snnk.Param[T] // types is nil if there are none
	list                    []*snnk.Param[T]
	texts                   Texts // of the last pass
	x                       mat.Buffer[T]
}

func newTextInput[T asm.Float](p *Parameters[T]) *textInput[T] {
	in := &textInput[T]{tables: tables[T]{p.words, p.positions, p.types, p.config.firstPosition()}}
	in.words, in.positions = snnk.NewParam(p.nameOf(p.words), p.words, true), snnk.NewParam(p.nameOf(p.positions), p.positions, true)
	in.list = append(in.list, in.words, in.positions)
	if p.types != nil {
		in.types = snnk.NewParam(p.nameOf(p.types), p.types, true)
		in.list = append(in.list, in.types)
	}
	return in
}

func (in *textInput[T]) params() []*snnk.Param[T] { return in.list }

func (in *textInput[T]) forward(t Texts) *mat.Dense[T] {
	in.texts = t
	x := in.x.Shape(len(t.IDs), in.tables.words.Cols())
	in.tables.embed(x, t)
	return x
}

// backward adds each row of dy to the rows of the tables that it came from.
func (in *textInput[T]) backward(dy *mat.Dense[T]) {
	to := func(p *snnk.Param[T], row, at int) {
		if p != nil && !p.Frozen {
			sum := p.Grad.Row(row)
			asm.Add(sum, sum, dy.Row(at))
		}
	}
	at := 0
	for _, n := range in.texts.Lengths {
		for j := range n {
			to(in.words, int(in.texts.IDs[at]), at)
			to(in.types, in.texts.typeOf(at), at)
			to(in.positions, in.tables.first+j, at)
			at++
		}
	}
}

// imageInput are the embeddings of images: patches, with the vector of the class before them.
type imageInput[T asm.Float] struct {
	image            Image
	patch            *snnk.Linear[T]
	class, positions *snnk.Param[T]
	list             []*snnk.Param[T]
	cut, x, dPatch   mat.Buffer[T]
}

func newImageInput[T asm.Float](p *Parameters[T]) *imageInput[T] {
	in := &imageInput[T]{image: p.config.Image, patch: trained(p.patch)}
	in.class, in.positions = snnk.NewParam(p.nameOf(p.class), p.class, false), snnk.NewParam(p.nameOf(p.positions), p.positions, true)
	in.list = append([]*snnk.Param[T]{in.class, in.positions}, in.patch.Params()...)
	return in
}

func (in *imageInput[T]) params() []*snnk.Param[T] { return in.list }

func (in *imageInput[T]) forward(x *mat.Dense[T]) *mat.Dense[T] {
	patches, width := in.image.Patches(), in.patch.Out()
	pieces := in.cut.Shape(x.Rows()*patches, in.patch.In())
	for i := range x.Rows() {
		cut(in.image, pieces, i*patches, x.Row(i))
	}
	z := in.patch.Forward(nil, pieces)
	out := in.x.Shape(x.Rows()*(patches+1), width)
	for i := range x.Rows() {
		at := i * (patches + 1)
		asm.Add(out.Row(at), in.class.Value.Row(0), in.positions.Value.Row(0))
		for p := range patches {
			asm.Add(out.Row(at+1+p), z.Row(i*patches+p), in.positions.Value.Row(1+p))
		}
	}
	return out
}

// backward adds the rows of dy to the gradients of class and positions, image after image, and goes on to the patches'.
func (in *imageInput[T]) backward(dy *mat.Dense[T]) {
	tokens := in.image.Patches() + 1
	images := dy.Rows() / tokens
	g := in.dPatch.Shape(images*(tokens-1), in.patch.Out())
	for i := range images {
		for p := range tokens {
			row := dy.Row(i*tokens + p)
			if !in.positions.Frozen {
				sum := in.positions.Grad.Row(p)
				asm.Add(sum, sum, row)
			}
			if p > 0 {
				copy(g.Row(i*(tokens-1)+p-1), row)
			} else if !in.class.Frozen {
				sum := in.class.Grad.Row(0)
				asm.Add(sum, sum, row)
			}
		}
	}
	in.patch.Backward(nil, g, false)
}
