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
// feature 1 are appended. Signs stand in Ψ, and so do biases: the series in wᵀx + b is one in
// wᵀx with other coefficients, which have no variance. Rows can have any series, see [SeriesTowers].
type Maclaurin struct {
	Projection   ortho.Spec
	Coefficients []float64 // a_0, a_1, …
	Typical      Typical   // at which the degrees are shared
	// Bias lets Psi have biases: all degrees from 2 have features, also those whose
	// coefficient is 0, since a bias brings them in.
	Bias bool
	// Shares are the numbers of features of the degrees 2, 3, …, of which there may be more than
	// coefficients: positive, and M together. nil shares M as above. With them Psi has biases.
	Shares []int
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
	w.places("shares", s.Shares)
	return w.text(s)
}

func readMaclaurin(r *reader, p ortho.Spec) Maclaurin {
	s := Maclaurin{Projection: p, Typical: readTypical(r), Bias: r.flag("bias"), Shares: r.places("shares")}
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
	degree := int64(max(len(s.Coefficients), len(s.Shares)+2))
	return numbers*degree + int64(s.Projection.M), work * degree
}

// WeightBias reports whether there are features of all degrees.
func (s Maclaurin) WeightBias() bool { return s.Bias || s.Shares != nil }

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
	if s.Shares != nil {
		return s.checkShares()
	}
	return checkTotals("maclaurin", s.strata())
}

func (s Maclaurin) checkShares() error {
	rest := s.Projection.M
	for i, n := range s.Shares {
		if n < 1 || n > rest || i+2 > maxDegree {
			return fmt.Errorf("urf: maclaurin: share %d is %d, with %d rows left; want positive ones, up to degree %d: %w", i, n, rest, maxDegree, ErrSpec)
		}
		rest -= n
	}
	if rest != 0 || len(s.Coefficients) > len(s.Shares)+2 {
		return fmt.Errorf("urf: maclaurin: shares for %d of %d rows and %d degrees beyond the linear one, %d coefficients: %w", s.Projection.M-rest, s.Projection.M, len(s.Shares), len(s.Coefficients), ErrSpec)
	}
	return nil
}

// highest is the highest degree.
func (s Maclaurin) highest() int { return max(len(s.Coefficients)-1, len(s.Shares)+1) }

// random are the degrees that need features, the highest first.
func (s Maclaurin) random() []int {
	var degrees []int
	for n := s.highest(); n >= 2; n-- {
		if s.WeightBias() || s.Coefficients[n] != 0 {
			degrees = append(degrees, n)
		}
	}
	return degrees
}

// shares are the numbers of features of the degrees of random, in proportion to the
// standard deviation of one, unless they are given: then the variance of the sum is least.
func (s Maclaurin) shares() []int {
	if s.Shares == nil {
		return allot(s.Projection.M, s.strata())
	}
	list := slices.Clone(s.Shares)
	slices.Reverse(list)
	return list
}

// shiftSeries returns the coefficients in powers of t of the series a in powers of t + b.
func shiftSeries(a []float64, b float64) []float64 {
	c := slices.Clone(a)
	for i := range c {
		for k := len(c) - 2; k >= i; k-- {
			c[k] = math.FMA(b, c[k+1], c[k])
		}
	}
	return c
}

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
	levels []ortho.Projection[T] // each factor of the products: the projections of the features whose degree reaches it, which come first
	degree []int                 // of each random feature
	unit   []float64             // its factor in Φ
	phi    []T                   // the same
	scale  float64               // of the coefficients
	macs   int
}

func newMaclaurin[T asm.Float](s Maclaurin) (Map[T], error) { return newProducts[T](s, trueSeries) }

func newProducts[T asm.Float](s Maclaurin, f series) (Map[T], error) {
	s.Coefficients, s.Shares = slices.Clone(s.Coefficients), slices.Clone(s.Shares)
	m := &products[T]{spec: s, scale: f.coefficient}
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
		g, err := ortho.New[T](p)
		if err != nil {
			return nil, err
		}
		m.levels = append(m.levels, g)
		m.macs += g.MACs() + g.Rows()
	}
	count := map[int]float64{}
	for _, n := range degrees {
		count[n]++
	}
	for i := range m.levels[0].Rows() {
		n := degrees[source(s.Projection, i)]
		m.degree = append(m.degree, n)
		m.unit = append(m.unit, f.unit/math.Sqrt(count[n]))
	}
	m.phi = rounded[T](m.unit)
	return m, nil
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
		m.multiply(out, in, ws)
		for i := range n {
			m.finish(out.Row(i), in.Row(i), m.phi, 1, 1)
		}
	}
	return dst
}

// Psi sets dst (l×Out) to the features of weight rows w (l×In) and biases b, or no
// biases if b is nil. Biases need features of all degrees; see [Maclaurin].
func (m *products[T]) Psi(dst, w *mat.Dense[T], b []T) *mat.Dense[T] {
	if b != nil && (len(b) != w.Rows() || !m.spec.WeightBias()) {
		panic(&mat.ArgumentError{Op: "urf.Towers.Psi", Why: fmt.Sprintf("%d biases for %d rows; want one for each, of a map made for biases", len(b), w.Rows())})
	}
	series := func(i int) []float64 {
		if b == nil {
			return m.spec.Coefficients
		}
		return shiftSeries(m.spec.Coefficients, float64(b[i]))
	}
	return m.tower("urf.Towers.Psi", dst, w, series)
}

// PsiSeries is [SeriesTowers.PsiSeries].
func (m *products[T]) PsiSeries(dst, w *mat.Dense[T], series *mat.Dense[float64]) *mat.Dense[T] {
	if series.Rows() != w.Rows() || series.Cols() > m.spec.highest()+1 || !m.spec.WeightBias() {
		panic(&mat.ArgumentError{Op: "urf.SeriesTowers.PsiSeries", Why: fmt.Sprintf("series of %d×%d for %d rows; want one for each, of degrees up to %d, of a map with features of all degrees", series.Rows(), series.Cols(), w.Rows(), m.spec.highest())})
	}
	return m.tower("urf.SeriesTowers.PsiSeries", dst, w, series.Row)
}

// tower sets dst to Ψ of the rows of w with the series of each.
func (m *products[T]) tower(op string, dst, w *mat.Dense[T], series func(i int) []float64) *mat.Dense[T] {
	dst = output(op, "w", m, dst, w)
	m.multiply(dst, w, new(Workspace[T]))
	factor := make([]T, len(m.degree))
	for i := range w.Rows() {
		at := func(n int) float64 {
			if a := series(i); n < len(a) {
				return m.scale * a[n]
			}
			return 0
		}
		for k, n := range m.degree {
			factor[k] = T(m.unit[k] * at(n))
		}
		m.finish(dst.Row(i), w.Row(i), factor, T(at(1)), T(at(0)))
	}
	return dst
}

// multiply sets the first columns of dst to the products of the projections of x.
func (m *products[T]) multiply(dst, x *mat.Dense[T], ws *Workspace[T]) {
	for t, g := range m.levels {
		if t == 0 {
			g.Apply(dst.ViewInto(&ws.part, 0, 0, dst.Rows(), g.Rows()), x, &ws.projection)
			continue
		}
		if ws.scaled.Rows() < dst.Rows() || ws.scaled.Cols() < g.Rows() {
			ws.scaled = *mat.New[T](max(dst.Rows(), ws.scaled.Rows()), m.levels[1].Rows())
		}
		p := g.Apply(ws.scaled.ViewInto(&ws.part, 0, 0, dst.Rows(), g.Rows()), x, &ws.projection)
		for i := range p.Rows() {
			out := dst.Row(i)[:g.Rows()]
			asm.Mul(out, out, p.Row(i))
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
	return predict(s, target, points, func(p Point) (mean, variance, fourth float64) {
		if shares == nil { // only of a valid s
			shares = s.shares()
		}
		a := s.Coefficients
		if s.WeightBias() {
			a = shiftSeries(a, p.B)
		}
		mean, variance = seriesMoments(a, degrees, shares, p)
		return mean, variance, seriesExcess(a, degrees, shares, p)
	})
}

// seriesMoments are the mean and the variance of a row's estimate of the series a in wᵀx from the
// given numbers of features of the degrees.
func seriesMoments(a []float64, degrees, shares []int, p Point) (mean, variance float64) {
	mean = evaluate(a, p.Dot)
	for k, share := range shares {
		if n := degrees[k]; n < len(a) {
			variance += float64(a[n] * a[n] * productVariance(n, p.X*p.X, p.W*p.W, p.Dot) / float64(share))
		}
	}
	return mean, variance
}
