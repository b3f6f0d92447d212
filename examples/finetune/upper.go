package main

import (
	"fmt"

	"nnk/mat"
	"nnk/snnk"
)

// upper is a network without what lies below its first trained part. That computes the same
// from an image at every step, so it is done once for all images, and a row of inputs is
// the tokens of an image at that place. No output and no gradient differs by a bit from those of
// the whole network.
type upper struct {
	*transformer[float32]
	from int // parts left out: embedding and position, then layers; 0 is the whole network
}

// above returns the part of the network from the first part on that is trained.
func above(net *transformer[float32]) upper {
	u := upper{transformer: net}
	if trains(net.embed) || !net.position.Frozen {
		return u
	}
	u.from = 1
	for _, l := range net.layers {
		if trains(l) {
			break
		}
		u.from++
	}
	return u
}

func (u upper) In() int {
	if u.from == 0 {
		return u.transformer.In()
	}
	return u.tokens * u.width
}

func (u upper) Forward(dst, x *mat.Dense[float32]) *mat.Dense[float32] {
	if u.from == 0 {
		return u.transformer.Forward(dst, x)
	}
	if x.Stride() != u.In() {
		x = x.Clone()
	}
	h := mat.Of(x.Rows()*u.tokens, u.width, x.Data())
	for _, l := range u.layers[u.from-1:] {
		h = l.Forward(nil, h)
	}
	return u.scores(dst, h)
}

// Backward is that of the whole network, which ends where nothing below is trained.
func (u upper) Backward(dx, dy *mat.Dense[float32], wantDX bool) *mat.Dense[float32] {
	if wantDX && u.from > 0 {
		panic(&mat.ShapeError{Op: "upper.Backward", Why: fmt.Sprintf("no gradient for what %d parts lie below", u.from)})
	}
	return u.transformer.Backward(dx, dy, wantDX)
}

// chunk is the number of images that pass through the lower part at a time.
const chunk = 128

// inputs returns the images as the upper part reads them.
func (u upper) inputs(d images) images {
	if u.from == 0 {
		return d
	}
	out := images{mat.New[float32](d.x.Rows(), u.In()), d.y}
	for lo := 0; lo < d.x.Rows(); lo += chunk {
		hi := min(lo+chunk, d.x.Rows())
		h := u.tokensOf(d.part(lo, hi).x)
		for _, l := range u.layers[:u.from-1] {
			h = l.Forward(nil, h)
		}
		copy(out.x.Data()[lo*u.In():], h.Data())
	}
	return out
}

var _ snnk.Module[float32] = upper{}
