package urf

import (
	"fmt"
	"math"
	"strconv"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// ReLU describes the map of the paper's ReLU-SNNK layer, Φ(x) = max(h, Floor)/√m with
// h = Scale·G·x + Bias·n, m the rows of the whole projection (SNNK, §3.3). With Slope s
// it is leaky: h − Floor is multiplied by s where it is negative. Without a slope a NaN
// becomes Floor, so look for NaN in the inputs.
//
// n is standard normal and belongs to the projection's rows: Bias appends the input
// Bias to Scale·x and a column to G.
type ReLU struct {
	Projection   ortho.Spec
	Floor, Slope float64
	Scale        float64 // of the inputs; 0 means 1
	Bias         float64 // the appended input; 0 appends none
	Constant     bool    // appends the feature 1
}

// String is the text form of s.
func (s ReLU) String() string {
	w := &writer{}
	w.number("floor", s.Floor, 0)
	w.number("slope", s.Slope, 0)
	w.number("scale", orOne(s.Scale), 1)
	w.number("bias", s.Bias, 0)
	w.flag("constant", s.Constant)
	return w.text(s)
}

func readReLU(r *reader, p ortho.Spec) ReLU {
	return ReLU{Projection: p, Floor: r.number("floor", 0), Slope: r.number("slope", 0), Scale: r.number("scale", 0), Bias: r.number("bias", 0), Constant: r.flag("constant")}
}

func (s ReLU) kind() string { return "relu" }

// Base is the projection.
func (s ReLU) Base() ortho.Spec { return s.Projection }

// Draws is what making the map takes; see [Spec].
func (s ReLU) Draws() (numbers, work int64) { return drawsOn(s.Projection) }

// WeightBias is false: the map's own Bias stands for them.
func (s ReLU) WeightBias() bool { return false }

// Validate returns an error that wraps [ErrSpec] if s describes no map.
func (s ReLU) Validate() error {
	for _, f := range []struct {
		name   string
		v, low float64
	}{{"floor", s.Floor, -math.MaxFloat32}, {"slope", s.Slope, -math.MaxFloat32}, {"scale", s.Scale, 0}, {"bias", s.Bias, -math.MaxFloat32}} {
		if err := checkFinite("relu", f.name, f.v, f.low); err != nil {
			return err
		}
	}
	return checkNormal("relu", s.Projection)
}

// ArcCos describes Φ(x) = √(2/m)·max(h, 0)ⁿ with h as for [ReLU], n = Order (0: 1 if h
// > 0, else 0), whose dot products have the mean (1/π)·‖x‖ⁿ‖y‖ⁿ·J_n(θ) for the angle
// θ between Scale·x and Scale·y, Bias appended (Cho and Saul, NIPS 2009). A NaN
// becomes 0.
type ArcCos struct {
	Projection ortho.Spec
	Order      int     // 0, 1 or 2
	Scale      float64 // of the inputs; 0 means 1
	Bias       float64 // the appended input; 0 appends none
	Constant   bool    // appends the feature 1
}

// String is the text form of s.
func (s ArcCos) String() string {
	w := &writer{}
	w.add("order", strconv.Itoa(s.Order))
	w.number("scale", orOne(s.Scale), 1)
	w.number("bias", s.Bias, 0)
	w.flag("constant", s.Constant)
	return w.text(s)
}

func readArcCos(r *reader, p ortho.Spec) ArcCos {
	return ArcCos{Projection: p, Order: r.integer("order", 0), Scale: r.number("scale", 0), Bias: r.number("bias", 0), Constant: r.flag("constant")}
}

func (s ArcCos) kind() string { return "arccos" }

// Base is the projection.
func (s ArcCos) Base() ortho.Spec { return s.Projection }

// Draws is what making the map takes; see [Spec].
func (s ArcCos) Draws() (numbers, work int64) { return drawsOn(s.Projection) }

// WeightBias is false: the map's own Bias stands for them.
func (s ArcCos) WeightBias() bool { return false }

// Validate returns an error that wraps [ErrSpec] if s describes no map.
func (s ArcCos) Validate() error {
	if err := checkFinite("arccos", "scale", s.Scale, 0); err != nil {
		return err
	}
	if err := checkFinite("arccos", "bias", s.Bias, -math.MaxFloat32); err != nil {
		return err
	}
	if s.Order < 0 || s.Order > 2 {
		return fmt.Errorf("urf: arccos: order %d, want 0, 1 or 2: %w", s.Order, ErrSpec)
	}
	return checkProjection("arccos", s.Projection)
}

// rectified is the map of [ReLU] and [ArcCos].
type rectified[T asm.Float] struct {
	spec               Spec
	g                  ortho.Projection[T]
	bias               []T // Bias·n, nil for none
	scale              T   // of the inputs
	floor, slope, unit T   // unit: of the features
	order              int // of the power; 1 for ReLU
	constant           bool
}

func newReLU[T asm.Float](s ReLU) (Map[T], error) {
	m := &rectified[T]{spec: s, order: 1, floor: T(s.Floor), slope: T(s.Slope), unit: T(reluUnit(s.Projection)), constant: s.Constant}
	return m, m.project(s.Projection, s.Scale, s.Bias)
}

func newArcCos[T asm.Float](s ArcCos) (Map[T], error) {
	m := &rectified[T]{spec: s, order: s.Order, unit: T(arcCosUnit(s.Projection)), constant: s.Constant}
	return m, m.project(s.Projection, s.Scale, s.Bias)
}

func (m *rectified[T]) project(p ortho.Spec, scale, bias float64) (err error) {
	m.scale = T(orOne(scale))
	if m.g, err = ortho.New[T](p); err != nil || bias == 0 {
		return err
	}
	m.bias = rounded[T](normalBiases(p, bias))
	return nil
}

// reluUnit and arcCosUnit are the factors of the features.
func reluUnit(p ortho.Spec) float64   { return 1 / math.Sqrt(float64(p.M)) }
func arcCosUnit(p ortho.Spec) float64 { return math.Sqrt(2 / float64(p.M)) }

// normalBiases are those of the rows: bias times a column of G.
func normalBiases(p ortho.Spec, bias float64) []float64 {
	n := normalRows(p)
	for i, v := range n {
		n[i] = bias * v
	}
	return n
}

// normalRows are the elements of the column of G that belongs to an appended input, normal, or what the rows' offsets, from −128
// to 127, say in 32nds.
func normalRows(p ortho.Spec) []float64 {
	if p.Kind == ortho.Pursuit {
		v := make([]float64, p.Rows())
		for i := range v {
			v[i] = float64(int8(p.Offset(i))) / 32
		}
		return v
	}
	return drawRows(p, streamBias.Of(p.Seed), p.Rows(), rng.Normal)
}

func (s ReLU) diagonals() (start, bool) {
	bias := func(p ortho.Spec) []float64 { return normalBiases(p, s.Bias) }
	return start{scale: orOne(s.Scale), unit: reluUnit(s.Projection), floor: s.Floor, bias: bias}, s.Slope == 0 && !s.Constant
}

func (s ArcCos) diagonals() (start, bool) {
	bias := func(p ortho.Spec) []float64 { return normalBiases(p, s.Bias) }
	return start{scale: orOne(s.Scale), unit: arcCosUnit(s.Projection), bias: bias}, s.Order == 1 && !s.Constant
}

func (m *rectified[T]) In() int      { return m.g.Cols() }
func (m *rectified[T]) Out() int     { return m.g.Rows() + count(m.constant) }
func (m *rectified[T]) Spec() string { return m.spec.String() }
func (m *rectified[T]) MACs() int    { return m.g.MACs() + 2*m.g.Rows() }
func (m *rectified[T]) scratch() int { return 0 }

func (m *rectified[T]) parts() (ortho.Projection[T], T, finisher[T]) { return m.g, m.scale, m }

func (m *rectified[T]) Phi(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("urf.Map.Phi", "x", m, dst, x)
	project(m.g, m.scale, m, dst, x, ws)
	return dst
}

// Psi is the initial value of a ReLU layer's trained tower: the same map of the
// weight rows (SNNK, §3.3), so that Ψ·Φ has the arc-cosine kernel as its mean. b must be
// nil: the map's own Bias stands for it.
func (m *rectified[T]) Psi(dst, w *mat.Dense[T], b []T) *mat.Dense[T] {
	if b != nil {
		panic(&mat.ArgumentError{Op: "urf.Towers.Psi", Why: fmt.Sprintf("%d biases for a map without biases for weight rows", len(b))})
	}
	return m.Phi(dst, w, nil)
}

func (m *rectified[T]) finish(row, _, _ []T) {
	h := row[:m.g.Rows()]
	switch {
	case m.order == 0:
		step(h, m.bias, m.unit)
	case m.slope != 0:
		leaky(h, m.bias, m.floor, m.slope, m.unit)
	default:
		asm.BiasReLU(h, h, m.bias, m.floor, m.firstUnit())
	}
	if m.order == 2 {
		asm.Mul(h, h, h)
		asm.Scale(h, h, m.unit)
	}
	if m.constant {
		row[len(h)] = 1
	}
}

// firstUnit is the factor of the rectified projection itself: that of order 2
// follows after squaring.
func (m *rectified[T]) firstUnit() T {
	if m.order == 2 {
		return 1
	}
	return m.unit
}

// step sets h[i] to unit where h[i]+bias[i] > 0, else to 0.
func step[T asm.Float](h, bias []T, unit T) {
	for i, v := range h {
		if bias != nil {
			v += bias[i]
		}
		h[i] = 0
		if v > 0 {
			h[i] = unit
		}
	}
}

// leaky sets h[i] to unit·(v if v > floor, else floor + slope·(v − floor)) with
// v = h[i]+bias[i].
func leaky[T asm.Float](h, bias []T, floor, slope, unit T) {
	for i, v := range h {
		if bias != nil {
			v += bias[i]
		}
		if !(v > floor) {
			v = floor + T(slope*(v-floor))
		}
		h[i] = T(unit * v)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
