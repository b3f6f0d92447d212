package snnk

import (
	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/urf"
)

// Adapter is y = x + δ(x), a small module that is put into a trained network whose own
// parameters are frozen. It is made so that δ is zero at first: the network's outputs
// then keep their bits.
type Adapter[T asm.Float] struct {
	delta *Sequence[T]
	y, dx mat.Buffer[T]
}

// AdapterForm is how an adapter reads SNNK(x) = Ψ·Φ(x) (SNNK, section 4).
type AdapterForm int

const (
	UpProjection AdapterForm = iota // δ(x) = U·SNNK(x), U is d×d′
	Modulation                      // δ(x) = v ⊙ SNNK(x), v has d elements
)

// AdapterOptions are the choices of [NewAdapter].
type AdapterOptions struct {
	Form AdapterForm
	// Width is d′ of form [UpProjection]. 0 leaves Ψ out, because two matrices in a row are one:
	// δ(x) = U·Φ(x) with M·d parameters. Form [Modulation] has the width d.
	Width int
	// FrozenPsi keeps Ψ at its random values: form Modulation then trains only v, d
	// numbers.
	FrozenPsi bool
	// Bias adds d trained biases: to U·SNNK(x), or within SNNK(x) of form Modulation.
	Bias bool
	// NormBefore normalises the rows that Φ reads, NormAfter those of SNNK(x), by a
	// [LayerNorm] with parameters of its own.
	NormBefore, NormAfter bool
	Seed                  uint64 // of Ψ
}

// NewAdapter returns the adapter of the paper's kind whose features are those of a
// module d → M such as [NewFeatures] or [NewDiagonals]. U or v is zero at first and Ψ is
// normal (see [InitPsi]), so that the first step moves U or v, and from the second on
// gradients reach everything below.
//
// The parameters are NAME.before.weight and .bias, those of the features, NAME.psi.weight
// and .bias, NAME.after.weight and .bias, and NAME.up.weight and .bias or NAME.v, as far as
// the options ask for them.
func NewAdapter[T asm.Float](name string, features Module[T], opt AdapterOptions) *Adapter[T] {
	d, h := features.In(), features.Out()
	var parts []Module[T]
	if opt.NormBefore {
		parts = append(parts, NewLayerNorm[T](name+".before", d))
	}
	parts = append(parts, features)
	if opt.Form == Modulation {
		opt.Width = d
	}
	if opt.Width > 0 {
		var bias []T
		if opt.Form == Modulation && opt.Bias {
			bias = make([]T, d)
		}
		psi := LinearOf(name+".psi", mat.New[T](opt.Width, h), bias, urf.Activation{})
		InitPsi(psi.weight.Value, streamPsi.Of(opt.Seed))
		psi.weight.Frozen = opt.FrozenPsi
		parts, h = append(parts, psi), opt.Width
	}
	if opt.NormAfter {
		parts = append(parts, NewLayerNorm[T](name+".after", h))
	}
	if opt.Form == Modulation {
		return newAdapter(append(parts, newModulation[T](name+".v", d)))
	}
	return newAdapter(append(parts, zeroLinear[T](name+".up", h, d, opt.Bias)))
}

// NewBottleneck returns the adapter of Houlsby et al. (2019), for comparison: δ(x) = W₂·f(W₁·x +
// b₁) + b₂ with W₁ (width×d) from the stream and W₂ and b₂ zero, 2·d·width + width + d
// parameters: NAME.down.weight, NAME.down.bias, NAME.up.weight and NAME.up.bias.
func NewBottleneck[T asm.Float](name string, d, width int, act urf.Activation, s rng.Stream) *Adapter[T] {
	return newAdapter([]Module[T]{NewLinear[T](name+".down", d, width, act, s), zeroLinear[T](name+".up", width, d, true)})
}

func newAdapter[T asm.Float](parts []Module[T]) *Adapter[T] {
	return &Adapter[T]{delta: NewSequence(parts...)}
}

// zeroLinear is a layer without activation whose weights are zero.
func zeroLinear[T asm.Float](name string, in, out int, bias bool) *Linear[T] {
	var b []T
	if bias {
		b = make([]T, out)
	}
	return LinearOf(name, mat.New[T](out, in), b, urf.Activation{})
}

// InitPsi sets psi (l×M) to independent normal values from the stream. An output Ψ·Φ(x)
// then has the variance ‖Φ(x)‖²: 1 for cosines, ‖Scale·x‖²/2 for rectified projections.
func InitPsi[T asm.Float](psi *mat.Dense[T], s rng.Stream) {
	for i := range psi.Rows() {
		rng.Normal(s, psi.Row(i), uint64(i)*uint64(psi.Cols()))
	}
}

// Delta is δ, a sequence of modules.
func (a *Adapter[T]) Delta() *Sequence[T] { return a.delta }

// In is d.
func (a *Adapter[T]) In() int { return a.delta.In() }

// Out is d.
func (a *Adapter[T]) Out() int { return a.delta.In() }

// Params are those of δ.
func (a *Adapter[T]) Params() []*Param[T] { return a.delta.Params() }

// Forward sets dst to x + δ(x), and to x where δ(x) is 0, so that even −0 is kept.
func (a *Adapter[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Adapter.Forward", x, a.In())
	dst = output(&a.y, "snnk.Adapter.Forward", dst, x, a.In())
	addNonzero(dst, x, a.delta.Forward(nil, x))
	return dst
}

// Backward sets dx to dy + (∂δ/∂x)ᵀ·dy.
func (a *Adapter[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	inner := a.delta.Backward(nil, dy, wantDX)
	if !wantDX {
		return nil
	}
	dx = output(&a.dx, "snnk.Adapter.Backward", dx, dy, a.In())
	for i := range dx.Rows() {
		asm.Add(dx.Row(i), dy.Row(i), inner.Row(i))
	}
	return dx
}

// addNonzero sets dst to x + d, and to x where d is 0 of either sign.
func addNonzero[T asm.Float](dst, x, d *mat.Dense[T]) {
	for i := range dst.Rows() {
		out, in := dst.Row(i), x.Row(i)
		for j, v := range d.Row(i) {
			w := in[j]
			if v != 0 {
				w += v
			}
			out[j] = w
		}
	}
}

// modulation is y = v ⊙ x.
type modulation[T asm.Float] struct {
	v      *Param[T]
	params []*Param[T]
	x      *mat.Dense[T]
	y, dx  mat.Buffer[T]
	row    []T
}

func newModulation[T asm.Float](name string, d int) *modulation[T] {
	v := NewParam(name, mat.New[T](1, d), false)
	return &modulation[T]{v: v, params: []*Param[T]{v}, row: make([]T, d)}
}

func (m *modulation[T]) In() int             { return len(m.row) }
func (m *modulation[T]) Out() int            { return len(m.row) }
func (m *modulation[T]) Params() []*Param[T] { return m.params }

func (m *modulation[T]) Forward(dst, x *mat.Dense[T]) *mat.Dense[T] {
	checkWidth("snnk.Adapter.Forward", x, len(m.row))
	m.x, dst = x, output(&m.y, "snnk.Adapter.Forward", dst, x, len(m.row))
	for i := range x.Rows() {
		asm.Mul(dst.Row(i), x.Row(i), m.v.Value.Row(0))
	}
	return dst
}

func (m *modulation[T]) Backward(dx, dy *mat.Dense[T], wantDX bool) *mat.Dense[T] {
	checkBackward("snnk.Adapter.Backward", m.x, dy, len(m.row))
	if !m.v.Frozen {
		sum := m.v.Grad.Row(0)
		for i := range dy.Rows() {
			asm.Mul(m.row, dy.Row(i), m.x.Row(i))
			asm.Add(sum, sum, m.row)
		}
	}
	if !wantDX {
		return nil
	}
	dx = output(&m.dx, "snnk.Adapter.Backward", dx, dy, len(m.row))
	for i := range dy.Rows() {
		asm.Mul(dx.Row(i), dy.Row(i), m.v.Value.Row(0))
	}
	return dx
}
