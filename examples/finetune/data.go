package main

import (
	"nnk/examples/digits"
	"nnk/mat"
	"nnk/snnk"
)

const (
	side  = 8 // pixels of an image's side
	patch = 2 // and of a patch's
)

// digitSizes are those of the network for digits: 16 patches of 2×2 pixels.
var digitSizes = sizes{tokens: side * side / (patch * patch), inputs: patch * patch, width: 64, hidden: 128, heads: 4, depth: 2, classes: digits.Classes}

// images are digits, a row each with the pixels from 0 to 1 in the order of the patches,
// and their classes.
type images struct {
	x *mat.Dense[float32]
	y []int
}

// load returns the training and the test rows of the digits, which are by other writers.
func load() (train, test images, err error) {
	x, y, err := digits.Load()
	if err != nil {
		return images{}, images{}, err
	}
	all := images{mat.New[float32](x.Rows(), x.Cols()), y}
	for i := range x.Rows() {
		byPatches(all.x.Row(i), x.Row(i))
	}
	return all.part(0, digits.Train), all.part(digits.Train, digits.Rows), nil
}

// byPatches sets dst to the pixels of one image by patches, divided by their largest value.
func byPatches(dst, pixels []float32) {
	for i := range dst {
		p, inside := i/(patch*patch), i%(patch*patch)
		row := p/(side/patch)*patch + inside/patch
		col := p%(side/patch)*patch + inside%patch
		dst[i] = pixels[row*side+col] / 16
	}
}

// part returns rows lo to hi.
func (d images) part(lo, hi int) images {
	return images{d.x.View(lo, 0, hi-lo, d.x.Cols()), d.y[lo:hi]}
}

// below returns copies of the rows whose class is below n.
func (d images) below(n int) images {
	out := images{}
	var pixels []float32
	for i, c := range d.y {
		if c < n {
			out.y = append(out.y, c)
			pixels = append(pixels, d.x.Row(i)...)
		}
	}
	out.x = mat.Of(len(out.y), d.x.Cols(), pixels)
	return out
}

func (d images) targets() snnk.Targets[float32] { return snnk.Targets[float32]{Labels: d.y} }
