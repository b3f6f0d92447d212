package urf

import (
	"fmt"
	"math/bits"
	"runtime"
	"slices"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Diagonals is a map whose projection has the structure of kind Hadamard, but numbers of
// its own where that has random signs, and in which each feature has a bias of its own:
//
//	Φ(x) = unit·f(diag(s)·H·D_r·…·H·D_0·(Scale·x) + b) for every block of p = 2^k ≥ max(d, 64) features
//
// with f = cos or f(u) = max(u, Floor). It starts as the map of a [Spec], with the same bits, and
// costs as much. D_0 (d numbers for a block), the other D (p numbers) and b (one for a feature)
// are its parameters: with three rounds and d = p four for a feature. Up to 32 inputs are repeated
// as [ortho.Spec.Repeated] says, and D_0 has a number for each repetition. s, the lengths of the rows,
// stays random.
//
// While its numbers are changed, it must not be used by another goroutine.
type Diagonals[T asm.Float] struct {
	spec               Spec
	d, p, m            int
	diagonals          []*mat.Dense[T] // of each round, a row for each block
	lengths, bias      []T             // of the features
	scale, unit, floor T
	cosine             bool
}

// NewDiagonals returns the map that starts as the one of s: a [ReLU] without slope, an [ArcCos]
// of order 1 or a [Fourier] of the Gaussian kernel with phases, each without the constant
// feature, on a projection of kind Hadamard without selection. Its errors wrap [ErrSpec].
func NewDiagonals[T asm.Float](s Spec) (*Diagonals[T], error) {
	m, p, bias, err := emptyDiagonals[T](s)
	if err != nil {
		return nil, err
	}
	if m.diagonals, err = ortho.Diagonals[T](p); err != nil {
		return nil, fmt.Errorf("urf: diagonals: %w", err)
	}
	m.bias = rounded[T](bias(p))
	return m, nil
}

// DiagonalsOf returns the map that started as the one of s and has the given diagonals, for
// ⌈M/p⌉ blocks, and biases, all of which it keeps. Other shapes than those of [DiagonalShapes] are
// an error that wraps [ErrSpec].
func DiagonalsOf[T asm.Float](s Spec, diagonals []*mat.Dense[T], bias []T) (*Diagonals[T], error) {
	m, _, _, err := emptyDiagonals[T](s)
	if err != nil {
		return nil, err
	}
	shapes, _ := DiagonalShapes(s)
	if len(diagonals) != len(shapes) || len(bias) != m.m {
		return nil, fmt.Errorf("urf: diagonals of %d rounds and %d biases for %v: %w", len(diagonals), len(bias), s, ErrSpec)
	}
	for r, d := range diagonals {
		if got := [2]int{d.Rows(), d.Cols()}; got != shapes[r] {
			return nil, fmt.Errorf("urf: diagonals of round %d are %d×%d, want %d×%d: %w", r, got[0], got[1], shapes[r][0], shapes[r][1], ErrSpec)
		}
	}
	m.diagonals, m.bias = diagonals, bias
	return m, nil
}

// DiagonalShapes returns the shapes of the diagonals of each round that [DiagonalsOf] wants for
// s, and the number of biases, without making anything. It returns nil and 0 if s is none of the
// specifications that [NewDiagonals] takes.
func DiagonalShapes(s Spec) (diagonals [][2]int, biases int) {
	_, p, err := checkDiagonals(s)
	if err != nil {
		return nil, 0
	}
	return p.DiagonalShapes(), p.M
}

// start is where trained diagonals begin: numbers of the map that they are at first.
type start struct {
	scale, unit, floor float64
	cosine             bool
	bias               func(p ortho.Spec) []float64 // draws the first biases
}

// checkDiagonals returns where trained diagonals from s begin.
func checkDiagonals(s Spec) (start, ortho.Spec, error) {
	if s == nil {
		return start{}, ortho.Spec{}, fmt.Errorf("urf: no specification: %w", ErrSpec)
	}
	if err := s.Validate(); err != nil {
		return start{}, ortho.Spec{}, err
	}
	p := s.Base()
	if d, ok := s.(interface{ diagonals() (start, bool) }); ok && p.Kind == ortho.Hadamard && p.Select == nil {
		if from, ok := d.diagonals(); ok {
			return from, p, nil
		}
	}
	return start{}, p, fmt.Errorf("urf: diagonals of %.80v: want relu without slope, arccos of order 1 or fourier with phases, on all rows of a hadamard projection: %w", s, ErrSpec)
}

// emptyDiagonals makes a map without its parameters, and the function that draws its first
// biases.
func emptyDiagonals[T asm.Float](s Spec) (*Diagonals[T], ortho.Spec, func(ortho.Spec) []float64, error) {
	from, p, err := checkDiagonals(s)
	if err != nil {
		return nil, p, nil, err
	}
	m := &Diagonals[T]{spec: s, d: p.D, p: p.Padded(), m: p.M, scale: T(from.scale), unit: T(from.unit), floor: T(from.floor), cosine: from.cosine}
	m.lengths, err = ortho.Scales[T](p)
	if err != nil {
		return nil, p, nil, fmt.Errorf("urf: diagonals: %w", err)
	}
	return m, p, from.bias, nil
}

// Start is the specification that the map began as.
func (m *Diagonals[T]) Start() Spec { return m.spec }

// Numbers are the diagonals of each round and the biases; whoever changes them changes
// the map.
func (m *Diagonals[T]) Numbers() (diagonals []*mat.Dense[T], bias []T) { return m.diagonals, m.bias }

// Params is the number of parameters.
func (m *Diagonals[T]) Params() int {
	n := len(m.bias)
	for _, d := range m.diagonals {
		n += d.Rows() * d.Cols()
	}
	return n
}

// In is the number of inputs d.
func (m *Diagonals[T]) In() int { return m.d }

// Out is the number of features.
func (m *Diagonals[T]) Out() int { return m.m }

// MACs is the number of multiply-adds or additions for one row.
func (m *Diagonals[T]) MACs() int {
	return m.blocks()*len(m.diagonals)*m.p*(1+bits.Len(uint(m.p-1))) + 3*m.m
}

// Spec is a text for people. [ParseMap] refuses it, because the numbers are not in it.
func (m *Diagonals[T]) Spec() string { return "trained diagonals from " + m.spec.String() }

func (m *Diagonals[T]) blocks() int { return (m.m + m.p - 1) / m.p }

// grain is the number of rows that are worth a goroutine.
func (m *Diagonals[T]) grain() int { return 1 + 1<<15/(m.p*m.blocks()) }

// Phi sets dst (n×Out) to the features of the rows of x (n×In).
func (m *Diagonals[T]) Phi(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("urf.Map.Phi", "x", m, dst, x)
	if ws == nil {
		ws = new(Workspace[T])
	}
	if x.Rows() <= m.grain() || runtime.GOMAXPROCS(0) == 1 {
		m.rows(dst, x, 0, x.Rows(), ws.scratch(m.d+m.p))
		return dst
	}
	par.For(x.Rows(), m.grain(), func(lo, hi int) { m.rows(dst, x, lo, hi, make([]T, m.d+m.p)) })
	return dst
}

// rows does rows lo … hi−1. tmp holds d+p elements.
func (m *Diagonals[T]) rows(dst, x *mat.Dense[T], lo, hi int, tmp []T) {
	scaled, buf := tmp[:m.d], tmp[m.d:]
	for i := lo; i < hi; i++ {
		out, in := dst.Row(i), x.Row(i)
		if m.scale != 1 {
			asm.Scale(scaled, in, m.scale)
			in = scaled
		}
		m.project(out, in, buf)
		m.finish(out, out, m.bias)
	}
}

// project sets h to the projections of x, which is scaled already, without biases. buf holds p elements.
func (m *Diagonals[T]) project(h, x, buf []T) {
	for b := range m.blocks() {
		t := buf
		part := h[b*m.p : min((b+1)*m.p, m.m)]
		if len(part) == m.p {
			t = part
		}
		m.first(t, x, b)
		for _, d := range m.diagonals[1:] {
			asm.FWHTScaled(t, t, d.Row(b), nil)
		}
		asm.Mul(part, t[:len(part)], m.lengths[b*m.p:b*m.p+len(part)])
	}
}

// first sets t to H·D_0·x for a block, with x repeated.
func (m *Diagonals[T]) first(t, x []T, block int) {
	by := m.diagonals[0].Row(block)
	for at := 0; at < len(by); at += len(x) {
		asm.Mul(t[at:at+len(x)], x, by[at:at+len(x)])
	}
	clear(t[len(by):])
	asm.FWHT(t)
}

// finish sets out to the features of the projections h, to which bias is added.
func (m *Diagonals[T]) finish(out, h, bias []T) {
	if m.cosine {
		asm.BiasCos(out, h, bias, m.unit)
	} else {
		asm.BiasReLU(out, h, bias, m.floor, m.unit)
	}
}

// Clone returns a map with a copy of the numbers.
func (m *Diagonals[T]) Clone() *Diagonals[T] {
	c := *m
	c.bias = slices.Clone(m.bias)
	c.diagonals = make([]*mat.Dense[T], len(m.diagonals))
	for r, d := range m.diagonals {
		c.diagonals[r] = d.Clone()
	}
	return &c
}
