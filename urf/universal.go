package urf

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Damping says where A of the features comes from.
type Damping int

const (
	OptimalA Damping = iota // the least E|Z|² at the typical norms, for each frequency
	GivenA                  // the field A
)

// Typical are the norms that scales are balanced for and A is chosen at. They change
// the variance, never the mean.
type Typical struct {
	XNorm, WNorm float64 // ‖x‖ and ‖w‖; 0 means 1
	Cosine       float64 // of the angle between x and w
}

func (t Typical) place(d int) place {
	x, w := orOne(t.XNorm), orOne(t.WNorm)
	return place{x * x, w * w, x * w * t.Cosine, float64(d)}
}

// URF describes universal random features of f(wᵀx + b) for an f with a spectrum
// (SNNK §3.1–3.2; A: generalised exponential features). With a wave κ_j, a mass factor
// c_j and a phase θ_j for each row g_j of the projection,
//
//	Φ(x)_j = Λ_j(ρ_j·x)/√m,  Ψ(w, b)_j = (c_j/√m)·e^(i(κ_j·b+θ_j))·Λ_j(η_j·w),  ρη = iκ
//	ρ = r·e^(iα), η = (κ/r)·e^(i(π/2−α))
//
// A factor that depends on neither x nor w is in Φ less and in Ψ more, so that both are of the size of 1: e^S, S the mean over the rows of
// the logarithm of |Λ_j(ρ_j·x)| for ‖x‖ = XNorm and ‖g‖² = d, of e to gᵀx its mean. For α = 0 that is the mean of d/4·ln(1 − 4A) + d·A − 2·A·r²X². For α = ½, where Λ_j(ρ_j·x) alone is a
// wave of amplitude e^(r²‖x‖²/2), S is the mean of d/4·ln(1 − 4A) + d·A + r²X²/2 and the waves have the amplitude e^(r²(‖x‖² − X²)/2)/√m
// if A is 0 and the rows have one r: bounded, but 1 at the typical norm only.
//
// The real part of Ψ·Φ has the mean f(wᵀx + b), whatever α, r and A are. For α = 0 the
// features are real and M = m; else M = 2m, first all real parts, then all imaginary
// parts (Ψ carries their sign). If the spectrum has a linear term, x is appended, and the feature 1 if it has that
// or a constant. Features of waves that would exceed 2⁵⁰ (float64: 2⁵⁰⁰) are cut there: no finite
// input makes infinities. One whose squared length is beyond T may make NaN.
type URF struct {
	Projection ortho.Spec
	Spectrum   Spectrum
	Angle      float64 // α/π: 0, ½ (bounded waves of x), ±¼, or any other
	Radius     float64 // r; 0 balances: r² = κ·WNorm/XNorm
	Typical    Typical
	Damping    Damping
	A          float64 // below 1/8
	// Independent draws the frequencies independently instead of systematically.
	Independent bool
	// Proportional draws waves in proportion to their mass r instead of
	// r·√(E|Z|²) at the typical norms, which is r·e^(κR) for A = 0.
	Proportional bool
	// Jordan samples the four parts of the paper's Jordan split instead of the polar
	// form.
	Jordan bool
}

// String is the text form of s.
func (s URF) String() string {
	w := &writer{}
	w.add("spectrum", s.Spectrum.String())
	w.number("angle", s.Angle, 0)
	w.number("radius", s.Radius, 0)
	s.Typical.write(w)
	if s.Damping == GivenA {
		w.add("a", formatNumber(s.A))
	}
	w.flag("independent", s.Independent)
	w.flag("proportional", s.Proportional)
	w.flag("jordan", s.Jordan)
	return w.text(s)
}

func (t Typical) write(w *writer) {
	w.number("xnorm", orOne(t.XNorm), 1)
	w.number("wnorm", orOne(t.WNorm), 1)
	w.number("cosine", t.Cosine, 0)
}

func readURF(r *reader, p ortho.Spec) URF {
	s := URF{Projection: p, Angle: r.number("angle", 0), Radius: r.number("radius", 0), Typical: readTypical(r)}
	text, _ := r.take("spectrum")
	spectrum, err := ParseSpectrum(text)
	if err != nil && r.err == nil {
		r.err = err
	}
	s.Spectrum = spectrum
	s.A, s.Damping = readA(r)
	s.Independent, s.Proportional, s.Jordan = r.flag("independent"), r.flag("proportional"), r.flag("jordan")
	return s
}

func readTypical(r *reader) Typical {
	return Typical{r.number("xnorm", 0), r.number("wnorm", 0), r.number("cosine", 0)}
}

func readA(r *reader) (float64, Damping) {
	a := r.number("a", math.Inf(1))
	if a > math.MaxFloat64 {
		return 0, OptimalA
	}
	return a, GivenA
}

func (s URF) kind() string { return "urf" }

// Base is the projection.
func (s URF) Base() ortho.Spec { return s.Projection }

// Draws is what making the map takes; see [Spec].
func (s URF) Draws() (numbers, work int64) { return drawsOn(s.Projection) }

// WeightBias is true: they turn the phases.
func (s URF) WeightBias() bool { return true }

// Validate returns an error that wraps [ErrSpec] if s describes no map.
func (s URF) Validate() error {
	if err := s.Spectrum.Validate(); err != nil {
		return err
	}
	if err := checkFinite("urf", "angle", s.Angle, -2); err != nil {
		return err
	}
	if err := checkFinite("urf", "radius", s.Radius, 0); err != nil {
		return err
	}
	if err := checkTypical("urf", s.Typical, s.Damping, s.A); err != nil {
		return err
	}
	if err := checkNormal("urf", s.Projection); err != nil {
		return err
	}
	strata := s.strata()
	if n := len(strata); n == 0 || n > s.Projection.M {
		return fmt.Errorf("urf: %d features for a spectrum of %d parts, each needs one: %w", s.Projection.M, n, ErrSpec)
	}
	return checkTotals("urf", strata)
}

// checkTotals returns an error if features cannot be shared among the strata, because
// moments at the typical norms are beyond float64.
func checkTotals(kind string, strata []stratum) error {
	sum := 0.0
	for _, st := range strata {
		sum += st.total
	}
	if !(sum > 0) || sum-sum != 0 {
		return fmt.Errorf("urf: %s: the moments at the typical norms add up to %g: %w", kind, sum, ErrSpec)
	}
	return nil
}

func checkTypical(kind string, t Typical, d Damping, a float64) error {
	for _, f := range []struct {
		name string
		v    float64
	}{{"xnorm", t.XNorm}, {"wnorm", t.WNorm}, {"1+cosine", 1 + t.Cosine}, {"1-cosine", 1 - t.Cosine}} {
		if err := checkFinite(kind, f.name, f.v, 0); err != nil {
			return err
		}
	}
	if d != OptimalA && d != GivenA || !(a < 0.125) || a-a != 0 {
		return fmt.Errorf("urf: %s: A is %g (rule %d), want below 1/8: %w", kind, a, int(d), ErrSpec)
	}
	return nil
}

// pairAt is ρ, η and A for a frequency.
func (s URF) pairAt(kappa float64, f factors) pair {
	at := s.Typical.place(s.Projection.D)
	kappa *= f.wave
	r := s.Radius
	if r == 0 {
		r = math.Sqrt(kappa * math.Sqrt(at.w2) / math.Sqrt(at.x2))
	}
	p := wavePair(directionOf(s.Angle), kappa, r)
	p.a = s.A
	if s.Damping == OptimalA {
		p.a = optimalA(p.phi(at), at.d)
	}
	return p
}

// universal is the map of [URF] and [SoftmaxKernel].
type universal[T asm.Float] struct {
	spec       Spec
	g          ortho.Projection[T]
	phi, psi   tower[T]
	constant   float64
	slope      float64
	withShifts bool // b is added to the exponent, not to the phase
}

func newURF[T asm.Float](s URF) (Map[T], error) { return newUniversal[T](s, trueFactors) }

func newUniversal[T asm.Float](s URF, f factors) (Map[T], error) {
	g, err := ortho.New[T](s.Projection)
	if err != nil {
		return nil, err
	}
	waves := s.frequencies()
	pairs := make([]pair, len(waves))
	for i, w := range waves {
		pairs[i] = s.pairAt(w.Freq, f)
	}
	m := &universal[T]{spec: s, g: g, constant: s.Spectrum.Constant, slope: s.Spectrum.Slope}
	m.towers(s.Projection, pairs, waves, s.Typical.place(s.Projection.D), f)
	return m, m.check("urf")
}

// check returns an error if a constant of the towers is beyond T: whatever the input,
// the features would be NaN.
func (m *universal[T]) check(kind string) error {
	for _, t := range []*tower[T]{&m.phi, &m.psi} {
		for k, v := range t.constants {
			if v-v != 0 {
				return fmt.Errorf("urf: %s: feature %d needs the constant %g: %w", kind, k%len(t.c), v, ErrSpec)
			}
		}
	}
	return nil
}

// towers makes both towers of all rows and keeps the selected ones.
func (m *universal[T]) towers(p ortho.Spec, pairs []pair, waves []Wave, at place, f factors) {
	shift := 0.0 // the mean exponent of Φ at the typical norms, moved to Ψ
	for _, q := range pairs {
		re2 := float64(q.rhoRe*q.rhoRe) - float64(q.rhoIm*q.rhoIm)
		shift += float64(at.d/4*log(1-float64(4*q.a))) + float64(at.d*q.a) + float64((float64(q.rhoRe*q.rhoRe*(1-float64(4*q.a)))-re2)*at.x2/2)
	}
	shift /= float64(len(pairs))
	n := m.g.Rows()
	row := make([]T, p.D)
	m.phi, m.psi = newTower[T](n, p.M, f), newTower[T](n, p.M, f)
	for i := range n {
		j := source(p, i)
		q, w := pairs[j], waves[j]
		norm := 0.0
		if q.a != 0 {
			norm = float64(asm.SumSquares(m.g.Row(row, i)))
		}
		common := float64(f.quarter*at.d*log(1-float64(f.four*q.a))) + float64(f.norm*q.a*norm)
		stretch := math.Sqrt(1 - float64(f.four*q.a))
		m.phi.set(i, stretch, q.rhoRe, q.rhoIm, common-shift, f)
		m.psi.set(i, stretch, q.etaRe, q.etaIm, common+shift+log(f.mass*w.Mass), f)
		m.psi.phase[i] = T(f.phase * w.Phase)
		m.psi.turn[i] = T(f.turn * w.Freq)
	}
	m.phi.shape, m.psi.shape = m.shapes(pairs)
}

// shapes says what of the complex products the towers hold.
func (m *universal[T]) shapes(pairs []pair) (phi, psi shape) {
	for _, q := range pairs {
		if q.rhoIm != 0 {
			return both, bothConjugate
		}
	}
	if m.withShifts {
		return magnitude, magnitude
	}
	return magnitude, realPart
}

func (m *universal[T]) In() int { return m.g.Cols() }
func (m *universal[T]) Out() int {
	n := m.g.Rows()*m.phi.shape.width() + count(m.hasConstant())
	if m.slope != 0 {
		n += m.In()
	}
	return n
}

// hasConstant reports whether the feature 1 is appended; with the linear term it carries what biases add to that.
func (m *universal[T]) hasConstant() bool { return m.constant != 0 || m.slope != 0 }

// linear returns the features of a row that are the inputs.
func (m *universal[T]) linear(row []T) []T {
	if m.slope == 0 {
		return nil
	}
	return row[len(row)-1-m.In() : len(row)-1]
}

func (m *universal[T]) Spec() string { return m.spec.String() }
func (m *universal[T]) MACs() int    { return m.g.MACs() + m.g.Cols() + 3*m.Out() }

func (m *universal[T]) Phi(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("urf.Map.Phi", "x", m, dst, x)
	project(m.g, 1, finishPhi[T]{m}, dst, x, ws)
	return dst
}

func (m *universal[T]) parts() (ortho.Projection[T], T, finisher[T]) { return m.g, 1, finishPhi[T]{m} }

// finishPhi is the finisher of Phi.
type finishPhi[T asm.Float] struct{ *universal[T] }

func (m finishPhi[T]) scratch() int { return 2 * m.g.Rows() }

func (m finishPhi[T]) finish(row, x, tmp []T) {
	m.phi.finish(row, asm.SumSquares(x), 0, tmp)
	copy(m.linear(row), x)
	if m.hasConstant() {
		row[len(row)-1] = 1
	}
}

// Psi sets dst (l×Out) to the features of weight rows w (l×In) and biases b, or no
// biases if b is nil. Allocates the projections of w.
func (m *universal[T]) Psi(dst, w *mat.Dense[T], b []T) *mat.Dense[T] {
	dst = output("urf.Towers.Psi", "w", m, dst, w)
	if b != nil && len(b) != w.Rows() {
		panic(&mat.ArgumentError{Op: "urf.Towers.Psi", Why: fmt.Sprintf("%d biases for %d rows", len(b), w.Rows())})
	}
	n := m.g.Rows()
	tmp := make([]T, 2*n)
	m.g.Apply(dst.View(0, 0, w.Rows(), n), w, nil)
	for i := range w.Rows() {
		row, bias := dst.Row(i), T(0)
		if b != nil {
			bias = b[i]
		}
		m.psi.finish(row, asm.SumSquares(w.Row(i)), bias, tmp)
		if linear := m.linear(row); linear != nil {
			asm.Scale(linear, w.Row(i), T(m.slope))
		}
		if m.hasConstant() {
			row[len(row)-1] = T(math.FMA(m.slope, float64(bias), m.constant))
		}
	}
	return dst
}
