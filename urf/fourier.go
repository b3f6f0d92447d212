package urf

import (
	"fmt"
	"math"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
)

// Kernel is a shift-invariant kernel k(x−y).
type Kernel int

// The kernels of [Fourier], with r = Scale·‖x−y‖.
const (
	Gaussian  Kernel = iota // exp(−r²/2)
	Laplacian               // exp(−Scale·Σ|x_i−y_i|); needs a projection of kind IID
	Matern12                // exp(−r)
	Matern32                // (1 + √3·r)·exp(−√3·r)
	Matern52                // (1 + √5·r + 5r²/3)·exp(−√5·r)
)

// A kernel is a row of the table of kernels: all that anything knows of one.
type kernel struct {
	name string
	// value is the kernel at scaled distance r; nil if it is not a function of that.
	value func(r float64) float64
	// freedom of the multivariate t distribution of the frequencies; 0: they are normal.
	freedom int
	// cauchy: the frequencies have independent Cauchy elements.
	cauchy bool
}

// kernels in the order of the constants.
var kernels = []kernel{
	{name: "gaussian", value: func(r float64) float64 { return exp(-r * r / 2) }},
	{name: "laplacian", cauchy: true},
	{name: "matern-1/2", value: func(r float64) float64 { return exp(-r) }, freedom: 1},
	{name: "matern-3/2", freedom: 3, value: func(r float64) float64 {
		t := float64(math.Sqrt(3) * r)
		return float64((1 + t) * exp(-t))
	}},
	{name: "matern-5/2", freedom: 5, value: func(r float64) float64 {
		t := float64(math.Sqrt(5) * r)
		return float64((1 + t + float64(t*t)/3) * exp(-t))
	}},
}

func kernelNames() []string {
	names := make([]string, len(kernels))
	for i, k := range kernels {
		names[i] = k.name
	}
	return names
}

func (k Kernel) String() string {
	if k < 0 || int(k) >= len(kernels) {
		return fmt.Sprintf("Kernel(%d)", int(k))
	}
	return kernels[k].name
}

// Fourier describes random Fourier features of a kernel (Rahimi and Recht, NIPS 2007):
// √(2/m)·cos(h + φ) with phases φ uniform on [0, 2π) and h the frequencies times
// Scale·x, or with Pairs, for half the variance near x = y, √(1/m)·cos h and √(1/m)·sin
// h, first all cosines, then all sines. m is the number of rows of the whole
// projection.
//
// Linear adds Slope·Scale·x_j for chosen columns of x behind them: what is linear in x is then read as it is, and not
// made of waves. They are the same in every draw, and no part of the kernel.
type Fourier struct {
	Projection ortho.Spec
	Kernel     Kernel
	Scale      float64 // 1/length scale; 0 means 1
	Pairs      bool
	Linear     []int   // columns of x that are features too, ascending
	Slope      float64 // of these; 0 means 1
	Constant   bool    // appends the feature 1
}

// String is the text form of s.
func (s Fourier) String() string {
	w := &writer{}
	w.add("kernel", s.Kernel.String())
	w.number("scale", orOne(s.Scale), 1)
	w.flag("pairs", s.Pairs)
	w.places("linear", s.Linear)
	w.number("slope", orOne(s.Slope), 1)
	w.flag("constant", s.Constant)
	return w.text(s)
}

func readFourier(r *reader, p ortho.Spec) Fourier {
	return Fourier{Projection: p, Kernel: Kernel(r.word("kernel", kernelNames(), 0)), Scale: r.number("scale", 0), Pairs: r.flag("pairs"), Linear: r.places("linear"), Slope: r.number("slope", 0), Constant: r.flag("constant")}
}

func (s Fourier) kind() string { return "fourier" }

// Base is the projection.
func (s Fourier) Base() ortho.Spec { return s.Projection }

// Draws is what making the map takes; see [Spec].
func (s Fourier) Draws() (numbers, work int64) { return drawsOn(s.Projection) }

// WeightBias is false: the map has no Psi.
func (s Fourier) WeightBias() bool { return false }

// Validate returns an error that wraps [ErrSpec] if s describes no map.
func (s Fourier) Validate() error {
	if s.Kernel < 0 || int(s.Kernel) >= len(kernels) {
		return fmt.Errorf("urf: fourier: unknown kernel %d: %w", int(s.Kernel), ErrSpec)
	}
	if kernels[s.Kernel].cauchy && s.Projection.Kind != ortho.IID {
		return fmt.Errorf("urf: fourier: the Laplacian kernel needs a projection of kind iid, not %v: %w", s.Projection.Kind, ErrSpec)
	}
	if err := checkFinite("fourier", "scale", s.Scale, 0); err != nil {
		return err
	}
	if err := checkFinite("fourier", "slope", s.Slope, 0); err != nil {
		return err
	}
	for i, j := range s.Linear {
		if j >= s.Projection.D || j < 0 || i > 0 && j <= s.Linear[i-1] {
			return fmt.Errorf("urf: fourier: linear column %d at place %d of %d: columns ascend and lie below %d: %w", j, i, len(s.Linear), s.Projection.D, ErrSpec)
		}
	}
	return checkProjection("fourier", s.Projection)
}

// waves is the map of [Fourier].
type waves[T asm.Float] struct {
	spec        Fourier
	g           ortho.Projection[T]
	scale, unit T
	phase       []T // nil with pairs
	lengths     []T // of the frequencies over those of G; nil for 1
	slope       T   // of linear features over the scaled inputs
}

func newFourier[T asm.Float](s Fourier) (Map[T], error) {
	g, err := frequencies[T](s)
	if err != nil {
		return nil, err
	}
	m := &waves[T]{spec: s, g: g, scale: T(orOne(s.Scale)), lengths: lengths[T](s, g.Rows()), slope: T(orOne(s.Slope))}
	if s.Pairs {
		m.unit = T(1 / math.Sqrt(float64(s.Projection.M)))
		return m, nil
	}
	m.unit, m.phase = T(waveUnit(s.Projection)), rounded[T](phases(s.Projection))
	return m, nil
}

// waveUnit is the factor of features with phases.
func waveUnit(p ortho.Spec) float64 { return math.Sqrt(2 / float64(p.M)) }

// phases are those of the rows, uniform on [0, 2π), or what the rows' offsets say in 256ths of a turn.
func phases(p ortho.Spec) []float64 {
	if p.Kind == ortho.Pursuit {
		v := make([]float64, p.Rows())
		for i := range v {
			v[i] = 2 * math.Pi * (float64(p.Offset(i)) / 256)
		}
		return v
	}
	turns := drawRows(p, streamPhase.Of(p.Seed), p.Rows(), rng.Uniform)
	for i, u := range turns {
		turns[i] = 2 * math.Pi * u
	}
	return turns
}

func (s Fourier) diagonals() (start, bool) {
	return start{scale: orOne(s.Scale), unit: waveUnit(s.Projection), cosine: true, bias: phases}, s.Kernel == Gaussian && !s.Pairs && !s.Constant && len(s.Linear) == 0
}

func (m *waves[T]) In() int      { return m.g.Cols() }
func (m *waves[T]) waves() int   { return m.g.Rows() * (1 + count(m.spec.Pairs)) }
func (m *waves[T]) Out() int     { return m.waves() + len(m.spec.Linear) + count(m.spec.Constant) }
func (m *waves[T]) Spec() string { return m.spec.String() }
func (m *waves[T]) MACs() int    { return m.g.MACs() + m.Out() }
func (m *waves[T]) scratch() int { return 0 }

func (m *waves[T]) parts() (ortho.Projection[T], T, finisher[T]) { return m.g, m.scale, m }

func (m *waves[T]) Phi(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("urf.Map.Phi", "x", m, dst, x)
	project(m.g, m.scale, m, dst, x, ws)
	return dst
}

func (m *waves[T]) finish(row, x, _ []T) {
	n := m.g.Rows()
	h := row[:n]
	if m.lengths != nil {
		asm.Mul(h, h, m.lengths)
	}
	if m.spec.Pairs {
		sin := row[n : 2*n]
		copy(sin, h)
		asm.BiasSincos(sin, h, sin, nil, m.unit)
	} else {
		asm.BiasCos(h, h, m.phase, m.unit)
	}
	linear := row[m.waves():]
	for i, j := range m.spec.Linear {
		linear[i] = m.slope * x[j]
	}
	if m.spec.Constant {
		row[len(row)-1] = 1
	}
}

// lengths are the factors √(2ν)/χ_2ν that make normal frequencies those of a Matérn
// kernel, a multivariate t distribution with 2ν degrees of freedom.
func lengths[T asm.Float](s Fourier, n int) []T {
	freedom := kernels[s.Kernel].freedom
	if freedom == 0 {
		return nil
	}
	v := drawRows(s.Projection, streamLength.Of(s.Projection.Seed), n, func(st rng.Stream, dst []float64, start uint64) {
		rng.Chi(st, dst, start, freedom)
	})
	for i, chi := range v {
		v[i] = math.Sqrt(float64(freedom)) / chi
	}
	return rounded[T](v)
}

// frequencies returns G, for the Laplacian kernel with Cauchy elements.
func frequencies[T asm.Float](s Fourier) (ortho.Projection[T], error) {
	g, err := ortho.New[T](s.Projection)
	if err != nil || !kernels[s.Kernel].cauchy {
		return g, err
	}
	elements, from := mat.New[T](g.Rows(), g.Cols()), streamCauchy.Of(s.Projection.Seed)
	for i := range elements.Rows() {
		rng.Cauchy(from, elements.Row(i), source(s.Projection, i)*uint64(g.Cols()))
	}
	return &cauchy[T]{g, elements, mat.PackT(elements)}, nil
}

// cauchy is a projection with other elements.
type cauchy[T asm.Float] struct {
	ortho.Projection[T]
	elements *mat.Dense[T]
	packed   *mat.Packed[T]
}

func (c *cauchy[T]) Apply(dst, x *mat.Dense[T], _ *ortho.Workspace[T]) *mat.Dense[T] {
	return mat.MulPacked(dst, x, c.packed)
}

func (c *cauchy[T]) ApplyT(dst, y *mat.Dense[T], _ *ortho.Workspace[T]) *mat.Dense[T] {
	return mat.Mul(dst, y, c.elements)
}

func (c *cauchy[T]) Row(dst []T, i int) []T { return append(dst[:0], c.elements.Row(i)...) }

func (c *cauchy[T]) Dense(dst *mat.Dense[T]) *mat.Dense[T] {
	if dst == nil {
		return c.elements.Clone()
	}
	dst.Copy(c.elements)
	return dst
}

// Predict returns the moments of the kernel's estimate Φ(x)·Φ(w) at each point; see [Spec].
// The Laplacian kernel and linear features depend on more than norms: their error wraps [ErrNoClosedForm].
func (s Fourier) Predict(target Activation, points []Point) ([]Prediction, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	kernel := kernels[s.Kernel].value
	if len(s.Linear) > 0 {
		return nil, fmt.Errorf("urf: a product of some columns is not a function of norms: %w", ErrNoClosedForm)
	}
	if kernel == nil {
		return nil, fmt.Errorf("urf: the %v kernel is not a function of norms: %w", s.Kernel, ErrNoClosedForm)
	}
	return predict(s, target, points, func(p Point) (mean, variance, fourth float64) {
		r := float64(orOne(s.Scale) * math.Sqrt(max(float64(p.X*p.X)+float64(p.W*p.W)-float64(2*p.Dot), 0)))
		k, twice := kernel(r), kernel(2*r)
		second := float64((1 + twice) / 2) // E cos²
		if !s.Pairs {
			second += 0.5 // of the cosine of the sum, with the random phases
		}
		// C = cos of the difference: 4C³ = 3·C + cos 3…, 8C⁴ = 3 + 4·cos 2… + cos 4…; of the sum E cos² = ½, E cos⁴ = 3/8.
		third, last := float64((float64(3*k)+kernel(3*r))/4), float64((3+float64(4*twice)+kernel(4*r))/8)
		if !s.Pairs {
			third += float64(1.5 * k)
			last += float64(3*(1+twice)/2) + 0.375
		}
		return k + float64(count(s.Constant)), (second - float64(k*k)) / float64(s.Projection.M), excess(k, second, third, last) / cube(s.Projection.M)
	})
}
