package urf

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/mat"
	"nnk/rng/ortho"
)

// Maclaurin describes random Maclaurin features of a power series f(z) = Σ a_n·zⁿ of
// z = wᵀx + b (Kar and Karnick, AISTATS 2012, with normal instead of Rademacher
// projections): a feature of degree n is the product of n independent projections.
// The M rows of the projection are shared among the degrees n ≥ 2 by the variance that
// each adds; the linear term and the constant are exact: d features x_i and the
// feature 1 are appended. Signs stand in Ψ.
type Maclaurin struct {
	Projection   ortho.Spec
	Coefficients []float64 // a_0, a_1, …
	Typical      Typical   // at which the degrees are shared
	// Bias lets Psi have biases: 1 is appended to x and b to w in the products, which
	// raises their variance.
	Bias bool
}

// maxDegree bounds the degree of a series from a file.
const maxDegree = 64

// String is the text form of s.
func (s Maclaurin) String() string {
	w := &writer{}
	words := make([]string, len(s.Coefficients))
	for i, a := range s.Coefficients {
		words[i] = formatNumber(a)
	}
	w.add("coefficients", strings.Join(words, " "))
	s.Typical.write(w)
	w.flag("bias", s.Bias)
	return w.text(s)
}

func readMaclaurin(r *reader, p ortho.Spec) Maclaurin {
	s := Maclaurin{Projection: p, Typical: readTypical(r), Bias: r.flag("bias")}
	text, _ := r.take("coefficients")
	for word := range strings.FieldsSeq(text) {
		a, err := strconv.ParseFloat(word, 64)
		if err != nil {
			r.fail("coefficients", word, "not a number")
		}
		s.Coefficients = append(s.Coefficients, a)
	}
	return s
}

func (s Maclaurin) kind() string { return "maclaurin" }

// Base is the projection of the first factor of the products; the others are of its kind.
func (s Maclaurin) Base() ortho.Spec { return s.Projection }

// Draws is what making the map takes: a projection for each degree; see [Spec].
func (s Maclaurin) Draws() (numbers, work int64) {
	numbers, work = s.Projection.Draws()
	degree := int64(len(s.Coefficients))
	return numbers*degree + int64(s.Projection.M), work * degree
}

// WeightBias is the field Bias.
func (s Maclaurin) WeightBias() bool { return s.Bias }

// Validate returns an error that wraps [ErrSpec] if s describes no map.
func (s Maclaurin) Validate() error {
	for n, a := range s.Coefficients {
		if !(math.Abs(a) <= math.MaxFloat32) || n > maxDegree {
			return fmt.Errorf("urf: maclaurin: coefficient %d is %g, want ones that are finite in float32, up to degree %d: %w", n, a, maxDegree, ErrSpec)
		}
	}
	if err := checkTypical("maclaurin", s.Typical, OptimalA, 0); err != nil {
		return err
	}
	if err := checkNormal("maclaurin", s.Projection); err != nil {
		return err
	}
	if n := len(s.random()); n == 0 || n > s.Projection.M {
		return fmt.Errorf("urf: maclaurin: %d rows for %d terms beyond the linear one, each needs one: %w", s.Projection.M, n, ErrSpec)
	}
	return checkTotals("maclaurin", s.strata())
}

// random are the degrees that need features, the highest first.
func (s Maclaurin) random() []int {
	var degrees []int
	for n := len(s.Coefficients) - 1; n >= 2; n-- {
		if s.Coefficients[n] != 0 {
			degrees = append(degrees, n)
		}
	}
	return degrees
}

// shares are the numbers of features of the degrees of random, in proportion to the
// standard deviation of one: then the variance of the sum is least.
func (s Maclaurin) shares() []int { return allot(s.Projection.M, s.strata()) }

func (s Maclaurin) strata() []stratum {
	at := s.Typical.place(s.Projection.D)
	var strata []stratum
	for _, n := range s.random() {
		strata = append(strata, stratum{total: math.Abs(s.Coefficients[n]) * math.Sqrt(productVariance(n, at.x2, at.w2, at.dot))})
	}
	return strata
}

// productVariance is the variance of a product of n independent (gᵀx)(gᵀw): each has
// the second moment ‖x‖²‖w‖² + 2(xᵀw)².
func productVariance(n int, x2, w2, dot float64) float64 {
	dot = float64(dot) // 2·dot is compiled as a sum, into which a product would be fused
	one := float64(x2*w2) + float64(2*dot*dot)
	second, square := 1.0, 1.0
	for range n {
		second *= one
		square = float64(square * (dot * dot))
	}
	return second - square
}

// series are the factors of the features, for the test that changes each.
type series struct {
	coefficient, unit float64
}

var trueSeries = series{1, 1}

// products is the map of [Maclaurin].
type products[T asm.Float] struct {
	spec   Maclaurin
	levels []level[T]
	phi    []T // factor of each random feature in Φ
	psi    []T
	macs   int
}

// level is one factor of the products: the projections of the features whose degree
// reaches it, which come first.
type level[T asm.Float] struct {
	g    ortho.Projection[T]
	bias []T // nil without Bias
}

func newMaclaurin[T asm.Float](s Maclaurin) (Map[T], error) { return newProducts[T](s, trueSeries) }

func newProducts[T asm.Float](s Maclaurin, f series) (Map[T], error) {
	s.Coefficients = slices.Clone(s.Coefficients)
	m := &products[T]{spec: s}
	var degrees []int
	for k, share := range s.shares() {
		n := s.random()[k]
		for range share {
			degrees = append(degrees, n)
		}
	}
	seeds := make([]uint64, degrees[0])
	streamDegree.Of(s.Projection.Seed).Bits(seeds, 0)
	for t, seed := range seeds {
		p := s.Projection
		p.Seed = seed
		p.M, _ = slices.BinarySearchFunc(degrees, t, func(n, t int) int { return t - n }) // degrees descend
		if p.Select != nil {
			to, _ := slices.BinarySearch(p.Select, p.M)
			p.Select = p.Select[:to]
			if to == 0 {
				break
			}
		}
		l, err := newLevel[T](p, s.Bias)
		if err != nil {
			return nil, err
		}
		m.levels = append(m.levels, l)
		m.macs += l.g.MACs() + l.g.Rows()
	}
	count := map[int]float64{}
	for _, n := range degrees {
		count[n]++
	}
	for i := range m.levels[0].g.Rows() {
		n := degrees[source(s.Projection, i)]
		unit := f.unit / math.Sqrt(count[n])
		m.phi = append(m.phi, T(unit))
		m.psi = append(m.psi, T(unit*f.coefficient*s.Coefficients[n]))
	}
	return m, nil
}

func newLevel[T asm.Float](p ortho.Spec, bias bool) (level[T], error) {
	g, err := ortho.New[T](p)
	if err != nil || !bias {
		return level[T]{g: g}, err
	}
	return level[T]{g, rounded[T](normalRows(p))}, nil
}

func (m *products[T]) In() int      { return m.spec.Projection.D }
func (m *products[T]) Out() int     { return len(m.phi) + m.In() + 1 }
func (m *products[T]) Spec() string { return m.spec.String() }
func (m *products[T]) MACs() int    { return m.macs }

func (m *products[T]) Phi(dst, x *mat.Dense[T], ws *Workspace[T]) *mat.Dense[T] {
	dst = output("urf.Map.Phi", "x", m, dst, x)
	if ws == nil {
		ws = new(Workspace[T])
	}
	step := max(16, blockElements/dst.Cols())
	for lo := 0; lo < x.Rows(); lo += step {
		n := min(step, x.Rows()-lo)
		out := dst.ViewInto(&ws.out, lo, 0, n, dst.Cols())
		in := x.ViewInto(&ws.in, lo, 0, n, x.Cols())
		m.multiply(out, in, nil, ws)
		for i := range n {
			m.finish(out.Row(i), in.Row(i), m.phi, 1, 1)
		}
	}
	return dst
}

// Psi sets dst (l×Out) to the features of weight rows w (l×In) and biases b, or no
// biases if b is nil. Biases need the field Bias.
func (m *products[T]) Psi(dst, w *mat.Dense[T], b []T) *mat.Dense[T] {
	dst = output("urf.Towers.Psi", "w", m, dst, w)
	if b != nil && (len(b) != w.Rows() || !m.spec.Bias) {
		panic(&mat.ArgumentError{Op: "urf.Towers.Psi", Why: fmt.Sprintf("%d biases for %d rows; want one for each, of a map made for biases", len(b), w.Rows())})
	}
	if b == nil {
		b = make([]T, w.Rows())
	}
	m.multiply(dst, w, b, new(Workspace[T]))
	var a [2]T
	for n := range min(2, len(m.spec.Coefficients)) {
		a[n] = T(m.spec.Coefficients[n])
	}
	for i := range w.Rows() {
		m.finish(dst.Row(i), w.Row(i), m.psi, a[1], asm.FMA(a[1], b[i], a[0]))
	}
	return dst
}

// multiply sets the first columns of dst to the products of the projections of x, to
// which b, or 1 if b is nil, is appended.
func (m *products[T]) multiply(dst, x *mat.Dense[T], b []T, ws *Workspace[T]) {
	for t := range m.levels {
		l := &m.levels[t]
		p := dst.ViewInto(&ws.part, 0, 0, dst.Rows(), l.g.Rows())
		if t > 0 {
			if ws.scaled.Rows() < dst.Rows() || ws.scaled.Cols() < l.g.Rows() {
				ws.scaled = *mat.New[T](max(dst.Rows(), ws.scaled.Rows()), m.levels[1].g.Rows())
			}
			p = ws.scaled.ViewInto(&ws.part, 0, 0, dst.Rows(), l.g.Rows())
		}
		l.g.Apply(p, x, &ws.projection)
		for i := range p.Rows() {
			row := p.Row(i)
			if l.bias != nil {
				v := T(1)
				if b != nil {
					v = b[i]
				}
				asm.Axpy(row, v, l.bias)
			}
			if t > 0 {
				out := dst.Row(i)[:len(row)]
				asm.Mul(out, out, row)
			}
		}
	}
}

// finish multiplies the products of a row by their factors and appends the linear and
// the constant features.
func (m *products[T]) finish(row, x, factor []T, linear, constant T) {
	n := len(m.phi)
	asm.Mul(row[:n], row[:n], factor)
	asm.Scale(row[n:n+len(x)], x, linear)
	row[n+len(x)] = constant
}

// Predict returns the moments of the output Ψ(w, b)·Φ(x) at each point; see [Spec].
func (s Maclaurin) Predict(target Activation, points []Point) ([]Prediction, error) {
	shares, degrees := []int(nil), s.random()
	return predict(s, target, points, func(p Point) (mean, variance float64) {
		if shares == nil { // only of a valid s
			shares = s.shares()
		}
		x2, w2, z := p.X*p.X, p.W*p.W, p.Dot
		if s.Bias {
			x2, w2, z = x2+1, math.FMA(p.B, p.B, w2), z+p.B
		}
		for n := len(s.Coefficients) - 1; n >= 0; n-- {
			mean = math.FMA(mean, z, s.Coefficients[n])
		}
		for k, share := range shares {
			a := s.Coefficients[degrees[k]]
			variance += float64(a * a * productVariance(degrees[k], x2, w2, z) / float64(share))
		}
		return mean, variance
	})
}
