package main

import (
	"nnk/mat"
	"nnk/snnk"
)

// corrected is a frozen layer with an adapter's δ beside it: y = W·x + b + δ(x), the place where
// LoRA corrects a layer.
type corrected struct {
	base  *snnk.Linear[float32]
	delta snnk.Module[float32]
	dx    memory[float32]
}

func (c *corrected) In() int  { return c.base.In() }
func (c *corrected) Out() int { return c.base.Out() }

func (c *corrected) Params() []*snnk.Param[float32] { return paramsOf(c.base, c.delta) }

// Forward keeps the bits of the layer where δ is 0.
func (c *corrected) Forward(dst, x *mat.Dense[float32]) *mat.Dense[float32] {
	dst = c.base.Forward(dst, x)
	d := c.delta.Forward(nil, x)
	for i := range d.Rows() {
		out := dst.Row(i)
		for j, v := range d.Row(i) {
			if v != 0 {
				out[j] += v
			}
		}
	}
	return dst
}

func (c *corrected) Backward(dx, dy *mat.Dense[float32], wantDX bool) *mat.Dense[float32] {
	if !wantDX {
		return c.delta.Backward(nil, dy, false)
	}
	dx = c.base.Backward(dx, dy, true)
	add(dx, c.delta.Backward(c.dx.shape(dy.Rows(), c.In()), dy, true))
	return dx
}
