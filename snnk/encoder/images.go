package encoder

import (
	"context"

	"nnk/asm"
	"nnk/mat"
)

// Images sets dst to the vectors of all tokens of the images in the rows of x, each [Config.MaxTokens] rows: that of the class, then the patches,
// row after row of the image. The pixels of a row of x are in the order of PyTorch, channel, row, column, and normalised
// as the checkpoint wants. dst == nil allocates, ws == nil too; with a workspace that has seen as many images, on one processor, nothing is
// allocated. The error is what ended ctx before one of the blocks. It panics if the model is one of texts or x has another width.
func (m *Model[T]) Images(ctx context.Context, dst, x *mat.Dense[T], ws *Workspace[T]) (*mat.Dense[T], error) {
	const op = "encoder.Model.Images"
	c := &m.config
	checkImages(c, op, x)
	tokens := c.MaxTokens()
	dst = result(op, dst, x.Rows()*tokens, c.Width)
	if dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
	}
	if x.Rows() == 0 {
		return dst, nil
	}
	if ws == nil {
		ws = &Workspace[T]{}
	}
	patches := c.Image.Patches()
	pieces := ws.cut.Shape(x.Rows()*patches, m.patch.weight.Rows())
	for i := range x.Rows() {
		cut(c.Image, pieces, i*patches, x.Row(i))
	}
	z := mat.MulPacked(ws.product.Shape(pieces.Rows(), c.Width), pieces, m.patch.weight)
	for i := range x.Rows() {
		asm.Add(dst.Row(i*tokens), m.class, m.positions.Row(0))
		for p := range patches {
			row := dst.Row(i*tokens + 1 + p)
			asm.Add(row, z.Row(i*patches+p), m.patch.bias)
			asm.Add(row, row, m.positions.Row(1+p))
		}
	}
	ws.lengths = c.appendLengths(ws.lengths[:0], x.Rows())
	if err := m.run(ctx, dst, ws.lengths, ws); err != nil {
		return nil, err
	}
	return dst, nil
}

// checkImages panics unless the encoder is one of images and x has their pixels.
func checkImages[T asm.Float](c *Config, op string, x *mat.Dense[T]) {
	if c.Layout != ViT {
		panic(&mat.ArgumentError{Op: op, Why: "a model of texts"})
	}
	if x.Cols() != c.Image.Pixels() {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), c.Image.Pixels()}, Why: "x has the wrong width"})
	}
}

// cut copies the patches of an image to rows of dst from at on: channel, row, column, as the weights have them.
func cut[T asm.Float](i Image, dst *mat.Dense[T], at int, pixels []T) {
	for y := 0; y < i.Height; y += i.PatchHeight {
		for x := 0; x < i.Width; x += i.PatchWidth {
			row := dst.Row(at)
			at++
			for ch := range i.Channels {
				for r := range i.PatchHeight {
					from := (ch*i.Height+y+r)*i.Width + x
					copy(row, pixels[from:from+i.PatchWidth])
					row = row[i.PatchWidth:]
				}
			}
		}
	}
}
