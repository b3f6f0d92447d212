package snnk

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Features is a map Φ as a module: a seed, without parameters. Gradients pass through it
// to what lies below.
type Features[T asm.Float] struct {
	phi   urf.Gradient[T]
	x     *mat.Dense[T] // of the last Forward
	z, dx mat.Buffer[T]
	ws    urf.Workspace[T]
}

// NewFeatures returns the module of phi.
func NewFeatures[T asm.Float](phi urf.Gradient[T]) *Features[T] { return &Features[T]{phi: phi} }

// Map is Φ.
func (f *Features[T]) Map() urf.Gradient[T] { return f.phi }

// In is the number of inputs d.
func (f *Features[T]) In() int { return f.phi.In() }

// Out is the number of features M.
func (f *Features[T]) Out() int { return f.phi.Out() }

// Params is empty.
func (f *Features[T]) Params() []*Param[T] { return nil }

// Forward sets dst (n×M) to the features of x.
func (f *Features[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Features.Forward", x, f.In())
	f.x = x
	return f.phi.Phi(output(&f.z, "snnk.Features.Forward", dst, x, f.Out()), x, &f.ws)
}

// Backward sets dx to (∂Φ/∂x)ᵀ·dy; see [urf.Gradient].
func (f *Features[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	checkBackward("snnk.Features.Backward", f.x, dy, f.Out())
	if !wantDX {
		return nil
	}
	return f.phi.Backward(output(&f.dx, "snnk.Features.Backward", dx, dy, f.In()), f.x, dy, &f.ws)
}
