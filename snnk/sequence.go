package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
)

// Sequence applies modules one after the other.
type Sequence[T asm.Float] struct {
	modules []Module[T]
	params  []*Param[T]
	needed  []bool // whether ∂loss/∂x of module i is needed
}

// NewSequence returns the modules in order. It panics with a [*mat.ShapeError] if there is
// none, if the sizes of neighbours differ, or if two parameters have one name.
func NewSequence[T asm.Float](modules ...Module[T]) *Sequence[T] {
	if len(modules) == 0 {
		panic(&mat.ArgumentError{Op: "snnk.NewSequence", Why: "no modules"})
	}
	s := &Sequence[T]{modules: modules, needed: make([]bool, len(modules))}
	for i, m := range modules {
		if m == nil {
			panic(&mat.ArgumentError{Op: "snnk.NewSequence", Why: fmt.Sprintf("module %d of %d is nil", i, len(modules))})
		}
		if i > 0 && modules[i-1].Out() != m.In() {
			panic(&mat.ShapeError{Op: "snnk.NewSequence", A: [2]int{modules[i-1].In(), modules[i-1].Out()}, B: [2]int{m.In(), m.Out()}, Why: "sizes of neighbouring modules differ"})
		}
		s.params = append(s.params, m.Params()...)
	}
	if name := repeated(s.params); name != "" {
		panic(&mat.ArgumentError{Op: "snnk.NewSequence", Why: "two parameters are called " + name})
	}
	return s
}

// repeated returns a name that two parameters have, or "".
func repeated[T asm.Float](params []*Param[T]) string {
	seen := map[string]bool{}
	for _, p := range params {
		if seen[p.Name] {
			return p.Name
		}
		seen[p.Name] = true
	}
	return ""
}

// Modules are the modules in order; the slice must not be changed.
func (s *Sequence[T]) Modules() []Module[T] { return s.modules }

// In is the number of inputs of the first module.
func (s *Sequence[T]) In() int { return s.modules[0].In() }

// Out is the number of outputs of the last module.
func (s *Sequence[T]) Out() int { return s.modules[len(s.modules)-1].Out() }

// Params are those of all modules in order.
func (s *Sequence[T]) Params() []*Param[T] { return s.params }

// Forward sends x through all modules.
func (s *Sequence[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	if dst != nil && dst.Overlaps(x) {
		panic(&mat.OverlapError{Op: "snnk.Sequence.Forward", Dst: "dst", Src: "x"})
	}
	last := len(s.modules) - 1
	for _, m := range s.modules[:last] {
		x = m.Forward(nil, x)
	}
	return s.modules[last].Forward(dst, x)
}

// Backward goes back through the modules, as far as there is a parameter that is not
// frozen or to the input if wantDX.
func (s *Sequence[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	need := wantDX
	for i, m := range s.modules {
		s.needed[i] = need
		need = need || Trains(m)
	}
	for i := len(s.modules) - 1; i >= 0 && (s.needed[i] || Trains(s.modules[i])); i-- {
		if i == 0 {
			return s.modules[0].Backward(dx, dy, wantDX)
		}
		dy = s.modules[i].Backward(nil, dy, s.needed[i])
	}
	return nil
}

// Trains reports whether m has a parameter that is not frozen.
func Trains[T asm.Float](m Module[T]) bool {
	for _, p := range m.Params() {
		if !p.Frozen {
			return true
		}
	}
	return false
}

// Residual is y = x + m(x).
type Residual[T asm.Float] struct {
	m     Module[T]
	y, dx mat.Buffer[T]
}

// NewResidual returns x + m(x); m must have as many outputs as inputs.
func NewResidual[T asm.Float](m Module[T]) *Residual[T] {
	if m.In() != m.Out() {
		panic(&mat.ArgumentError{Op: "snnk.NewResidual", Why: fmt.Sprintf("a module of %d inputs and %d outputs; want as many", m.In(), m.Out())})
	}
	return &Residual[T]{m: m}
}

// In is the number of inputs of m.
func (r *Residual[T]) In() int { return r.m.In() }

// Out is the number of inputs of m.
func (r *Residual[T]) Out() int { return r.m.In() }

// Params are those of m.
func (r *Residual[T]) Params() []*Param[T] { return r.m.Params() }

// Forward sets dst to x + m(x).
func (r *Residual[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Residual.Forward", x, r.In())
	dst = output(&r.y, "snnk.Residual.Forward", dst, x, r.In())
	addMatrices(dst, x, r.m.Forward(nil, x))
	return dst
}

// Backward sets dx to dy + ∂m/∂xᵀ·dy.
func (r *Residual[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	inner := r.m.Backward(nil, dy, wantDX)
	if !wantDX {
		return nil
	}
	dx = output(&r.dx, "snnk.Residual.Backward", dx, dy, r.In())
	addMatrices(dx, dy, inner)
	return dx
}

// addMatrices sets dst = a + b.
func addMatrices[T asm.Float](dst, a, b *mat.Dense[T]) {
	for i := range dst.Rows() {
		asm.Add(dst.Row(i), a.Row(i), b.Row(i))
	}
}
