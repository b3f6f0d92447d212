package snnk

import (
	"fmt"

	"nnk/asm"
	"nnk/mat"
	"nnk/urf"
)

// Layer is y = Ψ·Φ(x) + b.
type Layer[T asm.Float] struct {
	phi    urf.Map[T]
	psi    *mat.Dense[T]  // l×M; nil if products are of integers
	packed *mat.Packed[T] // its transpose, as products read it; nil likewise
	bias   []T            // length l, or nil

	quantised *mat.Quantised // what psi was made of, or nil
}

// New returns the layer with the map phi, the matrix psi (l×M) and a bias (length l,
// nil for none). It keeps them; psi and bias must not change any more.
func New[T asm.Float](phi urf.Map[T], psi *mat.Dense[T], bias []T) *Layer[T] {
	if phi == nil || psi == nil {
		panic(&mat.ArgumentError{Op: "snnk.New", Why: "no map, or no matrix Ψ"})
	}
	if psi.Cols() != phi.Out() || (bias != nil && len(bias) != psi.Rows()) {
		panic(&mat.ArgumentError{Op: "snnk.New", Why: fmt.Sprintf("Ψ is %d×%d, with %d biases, for %d features", psi.Rows(), psi.Cols(), len(bias), phi.Out())})
	}
	l := &Layer[T]{phi: phi}
	l.set(psi, bias)
	return l
}

// FromWeights returns the layer that replaces f(W·x + b) by the two towers of a
// map: Ψ is computed from w (l×d) and b (length l, nil for none), without data. The kernel of the
// map determines f.
func FromWeights[T asm.Float](phi urf.Towers[T], w *mat.Dense[T], b []T) *Layer[T] {
	return New[T](phi, phi.Psi(nil, w, b), nil)
}

func (l *Layer[T]) set(psi *mat.Dense[T], bias []T) {
	l.psi, l.packed, l.bias, l.quantised = psi, mat.PackT(psi), bias, nil
}

// Map is Φ.
func (l *Layer[T]) Map() urf.Map[T] { return l.phi }

// Psi is Ψ (l×M), which must not be changed. A layer from [Layer.InIntegers] makes it at every call.
func (l *Layer[T]) Psi() *mat.Dense[T] {
	if l.psi == nil {
		return mat.Dequantise[T](nil, l.quantised)
	}
	return l.psi
}

// Bias is b, nil if there is none; it must not be changed.
func (l *Layer[T]) Bias() []T { return l.bias }

// In is the number of inputs d.
func (l *Layer[T]) In() int { return l.phi.In() }

// Out is the number of outputs l.
func (l *Layer[T]) Out() int {
	if l.psi == nil {
		return l.quantised.Rows()
	}
	return l.psi.Rows()
}

// Params is the number of stored numbers: l·M, l with a bias, l scales of a quantised matrix, and those of the map if it
// has any ([urf.Diagonals]).
func (l *Layer[T]) Params() int {
	n := l.Out()*l.phi.Out() + len(l.bias)
	if l.quantised != nil {
		n += len(l.quantised.Scales())
	}
	if d, ok := l.phi.(*urf.Diagonals[T]); ok {
		n += d.Params()
	}
	return n
}

// MACs is the number of multiply-adds or additions for one row.
func (l *Layer[T]) MACs() int { return l.phi.MACs() + l.Out()*l.phi.Out() }

// Workspace is the memory that a forward pass needs. The zero value is ready; it
// grows to what was needed once. One goroutine at a time may use it.
type Workspace[T asm.Float] struct {
	Map  urf.Workspace[T] // of a feature map
	Part mat.Dense[T]     // for a view of some columns of the outputs
	Row  mat.Buffer[T]    // for numbers of one row

	z    mat.Buffer[T]
	x, y *mat.Dense[T] // headers of ForwardRow
}

// Forward sets dst (n×l) to the outputs for x (n×d) and returns it; dst == nil
// allocates. dst must not overlap x. ws == nil allocates; with a workspace that has seen
// as many rows nothing is allocated.
func (l *Layer[T]) Forward(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	const op = "snnk.Layer.Forward"
	if x.Cols() != l.In() {
		panic(&mat.ShapeError{Op: op, A: [2]int{x.Rows(), x.Cols()}, B: [2]int{x.Rows(), l.In()}, Why: "x has the wrong width"})
	}
	if dst != nil {
		if dst.Rows() != x.Rows() || dst.Cols() != l.Out() {
			panic(&mat.ShapeError{Op: op, A: [2]int{dst.Rows(), dst.Cols()}, B: [2]int{x.Rows(), l.Out()}, Why: "dst has the wrong shape"})
		}
		if dst.Overlaps(x) {
			panic(&mat.OverlapError{Op: op, Dst: "dst", Src: "x"})
		}
	}
	if ws == nil {
		ws = &Workspace[T]{}
	}
	if l.Out() < thin {
		if dst == nil {
			dst = mat.New[T](x.Rows(), l.Out())
		}
		if urf.Through[T](reader[T]{l}, l.phi, dst, x, &ws.Map) {
			return dst
		}
	}
	z := l.phi.Phi(ws.z.Shape(x.Rows(), l.phi.Out()), x, &ws.Map)
	return l.read(dst, z)
}

// thin is the number of outputs below which features are read as they are made, a
// few rows at a time: Ψ then stays in the caches, and such a product is too short for
// goroutines of its own.
const thin = 32

// reader is Ψ·z + b.
type reader[T asm.Float] struct{ *Layer[T] }

func (r reader[T]) Read(dst, z *mat.Dense[T]) { r.read(dst, z) }

// read sets dst to Ψ·z + b for the features z.
func (l *Layer[T]) read(dst, z *mat.Dense[T]) *mat.Dense[T] {
	if l.psi == nil {
		dst = mat.MulQuantisedT(dst, z, l.quantised)
	} else {
		dst = mat.MulPacked(dst, z, l.packed)
	}
	if l.bias != nil {
		for i := range dst.Rows() {
			asm.Add(dst.Row(i), dst.Row(i), l.bias)
		}
	}
	return dst
}

// ForwardRow sets dst (length l) to the outputs for one row x (length d) and
// returns it; dst == nil allocates. The bits are those of [Layer.Forward].
func (l *Layer[T]) ForwardRow(dst, x []T, ws *Workspace[T]) []T {
	if len(x) != l.In() || (dst != nil && len(dst) != l.Out()) {
		panic(&mat.ArgumentError{Op: "snnk.Layer.ForwardRow", Why: fmt.Sprintf("x has %d elements and dst %d, want %d and %d", len(x), len(dst), l.In(), l.Out())})
	}
	if dst == nil {
		dst = make([]T, l.Out())
	}
	if ws == nil {
		ws = &Workspace[T]{}
	}
	// The caller's slices may change from call to call, so the row is copied into
	// matrices that stay.
	if ws.x == nil || ws.x.Cols() != l.In() || ws.y.Cols() != l.Out() {
		ws.x, ws.y = mat.New[T](1, l.In()), mat.New[T](1, l.Out())
	}
	copy(ws.x.Row(0), x)
	l.Forward(ws.y, ws.x, ws)
	copy(dst, ws.y.Row(0))
	return dst
}
