package urf

import (
	"math"

	"nnk/asm"
	"nnk/rng/ortho"
)

// SoftmaxKernel describes positive random features of exp(xᵀw + b), the kernel of softmax
// attention: Φ(x)_j = Λ_g(r·x)/√m, Ψ(w, b)_j = e^b·Λ_g(w/r)/√m with Λ of [URF]
// (Choromanski et al., Rethinking Attention with Performers, ICLR 2021, for A = 0;
// Likhosherstov et al., Chefs' Random Tables, NeurIPS 2022, for A < 0). All features are
// positive.
type SoftmaxKernel struct {
	Projection ortho.Spec
	Radius     float64 // r; 0 balances: r² = WNorm/XNorm
	Typical    Typical
	Damping    Damping
	A          float64 // below 1/8
}

// String is the text form of s.
func (s SoftmaxKernel) String() string {
	w := &writer{}
	w.number("radius", s.Radius, 0)
	s.Typical.write(w)
	if s.Damping == GivenA {
		w.add("a", formatNumber(s.A))
	}
	return w.text(s)
}

func readSoftmax(r *reader, p ortho.Spec) SoftmaxKernel {
	s := SoftmaxKernel{Projection: p, Radius: r.number("radius", 0), Typical: readTypical(r)}
	s.A, s.Damping = readA(r)
	return s
}

func (s SoftmaxKernel) kind() string { return "softmax" }

// Base is the projection.
func (s SoftmaxKernel) Base() ortho.Spec { return s.Projection }

// Draws is what making the map takes; see [Spec].
func (s SoftmaxKernel) Draws() (numbers, work int64) { return drawsOn(s.Projection) }

// WeightBias is true: they join the exponents.
func (s SoftmaxKernel) WeightBias() bool { return true }

// Validate returns an error that wraps [ErrSpec] if s describes no map.
func (s SoftmaxKernel) Validate() error {
	if err := checkFinite("softmax", "radius", s.Radius, 0); err != nil {
		return err
	}
	if err := checkTypical("softmax", s.Typical, s.Damping, s.A); err != nil {
		return err
	}
	return checkNormal("softmax", s.Projection)
}

func (s SoftmaxKernel) pair() pair {
	at := s.Typical.place(s.Projection.D)
	r := s.Radius
	if r == 0 {
		r = math.Sqrt(math.Sqrt(at.w2) / math.Sqrt(at.x2))
	}
	p := pair{rhoRe: r, etaRe: 1 / r, a: s.A}
	if s.Damping == OptimalA {
		p.a = optimalA(p.phi(at), at.d)
	}
	return p
}

func newSoftmax[T asm.Float](s SoftmaxKernel) (Map[T], error) {
	return newExponential[T](s, trueFactors)
}

func newExponential[T asm.Float](s SoftmaxKernel, f factors) (Map[T], error) {
	g, err := ortho.New[T](s.Projection)
	if err != nil {
		return nil, err
	}
	pairs, waves := make([]pair, s.Projection.M), make([]Wave, s.Projection.M)
	for i := range pairs {
		pairs[i], waves[i] = s.pair(), Wave{Mass: 1}
	}
	m := &universal[T]{spec: s, g: g, withShifts: true}
	m.towers(s.Projection, pairs, waves, s.Typical.place(s.Projection.D), f)
	m.psi.shift = true
	return m, m.check("softmax")
}

// Predict returns the moments of exp(xᵀw + b) at each point; see [Spec].
func (s SoftmaxKernel) Predict(target Activation, points []Point) ([]Prediction, error) {
	return predict(s, target, points, func(p Point) (mean, variance, fourth float64) {
		mean = exp(p.Dot + p.B)
		second := exp(s.pair().logAbs(place{p.X * p.X, p.W * p.W, p.Dot, float64(s.Projection.D)}) + float64(2*p.B))
		at, e := place{p.X * p.X, p.W * p.W, p.Dot, float64(s.Projection.D)}, exp(p.B)
		e3 := e * e * e
		fourth = excess(mean, second, e3*s.pair().power(at, 3, 0), e3*e*s.pair().power(at, 4, 0)) / cube(s.Projection.M)
		return mean, (second - float64(mean*mean)) / float64(s.Projection.M), fourth
	})
}
