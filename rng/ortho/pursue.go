package ortho

import (
	"context"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/internal/par"
	"nnk/mat"
)

const (
	// pursueRows is the number of rows that are pursued at a time: their products with all atoms stay in the caches.
	pursueRows = 8
	// metricRidge times the mean of its diagonal is added to that of the metric, so that directions without any data are written as 0.
	metricRidge = 1e-6
	// dependent is the part of an atom's square below which it is taken for a sum of those chosen.
	dependent = 1e-9
	// lowerBases is how many quarter octaves bases below that of the largest factor are tried.
	lowerBases = 16
	// pursueSweeps bounds how often all terms of a row are chosen again, given the others.
	pursueSweeps = 4
)

// Pursue writes each row w of a matrix (M×D) as a sum of few atoms, w ≈ Σ_k ±2^((Base + e_k)/4)·a_{i_k}, and returns the specification of
// kind Pursuit that has these rows, with the part of each row that is lost, (w − ŵ)ᵀ·Σ·(w − ŵ)/(wᵀ·Σ·w). Of s it takes Seed, Atoms
// and Terms, the atoms being the rows of [Spec.Dictionary]. If s has Codes, of as many rows, each row begins with the atoms that it
// has there, and only factors are found and rounded before terms are chosen again: for rows that were changed since they were written.
//
// sigma is Σ, the metric (D×D, positive semidefinite): with the covariance of the inputs what no input excites costs nothing. The atoms of a row are found by orthogonal matching pursuit in the form of
// orthogonal least squares, each being the one with which all so far leave least; factors are rounded from the largest on, what
// is left being solved for again; then every term is chosen again, given the others, as long as that helps. Base is the one of
// those with which the largest factor, or one up to 4 octaves below, has the largest exponent that leaves least before that.
//
// The offset of row i is what offset says, if it is not nil, of i and of w − ŵ, a mean of which a phase or a bias can take up.
//
// Errors wrap [ErrSpec], or [fault.NotFinite] of a matrix with NaN or infinity, or what ended ctx. Cost: about 2·M·Terms·Atoms·log₂ D additions, and twice that
// for each of at most 4 sweeps; memory 16·Atoms float64 for each of two rows, and D·Atoms for a while.
//
// Sources: S. Mallat and Z. Zhang, Matching pursuits with time-frequency dictionaries, IEEE Trans. Signal Processing 41 (1993);
// Y. Pati et al., Orthogonal matching pursuit, Asilomar 1993.
func Pursue(ctx context.Context, s Spec, w, sigma *mat.Dense[float64], offset func(i int, left []float64) uint8) (Spec, []float64, error) {
	given := s
	s = Spec{Kind: Pursuit, Seed: s.Seed, M: w.Rows(), D: w.Cols(), Atoms: s.Atoms, Terms: s.Terms}
	if sigma.Rows() != s.D || sigma.Cols() != s.D {
		panic(&mat.ShapeError{Op: "ortho.Pursue", A: [2]int{s.M, s.D}, B: [2]int{sigma.Rows(), sigma.Cols()}, Why: "want a metric of the columns of w"})
	}
	if err := s.checkDictionary(); err != nil {
		return s, nil, fmt.Errorf("ortho: pursuit: %w", err)
	}
	if s.M < 1 || s.M > maxSize || s.D < 1 || s.D > maxSize {
		return s, nil, fmt.Errorf("ortho: pursuit of %d×%d: %w", s.M, s.D, ErrSpec)
	}
	if given.Codes != nil {
		if err := given.Validate(); err != nil || given.Kind != Pursuit || given.M != s.M || given.D != s.D {
			return s, nil, fmt.Errorf("ortho: pursuit of %d×%d from codes of another: %w: %w", s.M, s.D, ErrSpec, err)
		}
	}
	s.Codes = make([]byte, s.codeBytes())
	for _, m := range []*mat.Dense[float64]{w, sigma} {
		for i := range m.Rows() {
			if err := mat.CheckFinite(m.View(i, 0, 1, m.Cols()), i); err != nil {
				return s, nil, fmt.Errorf("ortho: pursuit: %w", err)
			}
		}
	}
	p, err := newPursuer(s, sigma)
	if err != nil {
		return s, nil, err
	}
	found := make([]pursued, s.M)
	err = p.rows(ctx, s.M, func(lo, hi int) {
		if part := w.View(lo, 0, hi-lo, s.D); given.Codes == nil {
			p.choose(found[lo:hi], part)
		} else {
			p.keep(found[lo:hi], part, given, lo)
		}
	})
	if err != nil {
		return s, nil, err
	}
	s.Base = p.base(found)
	p.spec.Base = s.Base
	lost := make([]float64, s.M)
	err = p.rows(ctx, s.M, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			p.round(&found[i])
		}
		p.again(found[lo:hi], w.View(lo, 0, hi-lo, s.D))
		for i := lo; i < hi; i++ {
			f := &found[i]
			lost[i] = 0
			if f.square > 0 {
				lost[i] = max(f.error(), 0) / f.square
			}
		}
	})
	if err != nil {
		return s, nil, err
	}
	for i, f := range found {
		code := uint8(0)
		if offset != nil {
			code = offset(i, f.left(w.Row(i)))
		}
		s.write(i, f.terms(), code)
	}
	return s, lost, s.Validate()
}

// pursuer finds atoms in a metric.
type pursuer struct {
	spec    Spec
	atoms   Projection[float64]
	sigma   *mat.Dense[float64]
	squares []float64 // aᵀ·Σ·a of the atoms
}

// pursued is a row as it is written.
type pursued struct {
	square float64             // wᵀ·Σ·w
	atoms  []int               // chosen
	rows   *mat.Dense[float64] // those atoms
	gram   *mat.Dense[float64] // their products in the metric
	target []float64           // their products with w
	factor []float64           // of the atoms
	code   []term              // the factors as they are written
}

func newPursuer(s Spec, sigma *mat.Dense[float64]) (*pursuer, error) {
	g, err := New[float64](s.Dictionary())
	if err != nil {
		return nil, fmt.Errorf("ortho: pursuit: %w", err)
	}
	trace := 0.0
	for i := range s.D {
		trace += sigma.At(i, i)
	}
	metric := sigma.Clone()
	for i := range s.D {
		metric.Set(i, i, metric.At(i, i)+float64(metricRidge*(trace/float64(s.D))))
	}
	root, err := mat.Cholesky(nil, metric)
	if err != nil {
		return nil, fmt.Errorf("ortho: pursuit: the metric is not positive: %w", err)
	}
	p := &pursuer{spec: s, atoms: g, sigma: metric, squares: make([]float64, s.Atoms)}
	// aᵀ·L·Lᵀ·a, a few columns of L at a time.
	columns := mat.New[float64](s.D, s.D)
	for i := range s.D {
		for j := range i + 1 {
			columns.Set(j, i, root.At(i, j))
		}
	}
	var part *mat.Dense[float64]
	for lo := 0; lo < s.D; lo += pursueRows {
		n := min(pursueRows, s.D-lo)
		if part == nil || part.Rows() != n {
			part = mat.New[float64](n, s.Atoms)
		}
		g.Apply(part, columns.View(lo, 0, n, s.D), nil)
		for i := range n {
			for k, v := range part.Row(i) {
				p.squares[k] = math.FMA(v, v, p.squares[k])
			}
		}
	}
	return p, nil
}

// rows calls f for a few of n rows at a time.
func (p *pursuer) rows(ctx context.Context, n int, f func(lo, hi int)) error {
	parts := (n + pursueRows - 1) / pursueRows
	par.For(parts, 1, func(lo, hi int) {
		for k := lo; k < hi && ctx.Err() == nil; k++ {
			f(k*pursueRows, min((k+1)*pursueRows, n))
		}
	})
	if ctx.Err() != nil {
		return fmt.Errorf("ortho: pursuit ended: %w", context.Cause(ctx))
	}
	return nil
}

// products returns v·Σ·aᵀ for all atoms a, in dst.
func (p *pursuer) products(dst, v *mat.Dense[float64]) *mat.Dense[float64] {
	return p.atoms.Apply(dst, mat.Mul(nil, v, p.sigma), nil)
}

// choose finds the atoms of rows by orthogonal least squares.
func (p *pursuer) choose(found []pursued, w *mat.Dense[float64]) {
	n, d := w.Rows(), p.spec.D
	left := mat.New[float64](n, d) // of w
	left.Copy(w)
	basis := mat.New[float64](n, d)              // the last of the orthonormal vectors that span the chosen atoms
	spans := make([][][]float64, n)              // all of them
	squares := mat.New[float64](n, p.spec.Atoms) // what is left of the atoms'
	with := mat.New[float64](n, p.spec.Atoms)    // products of what is left of w, then of the basis
	weighted := mat.Mul(nil, w, p.sigma)
	for i := range n {
		found[i].square = asm.Dot(weighted.Row(i), w.Row(i))
		found[i].rows = mat.New[float64](p.spec.Terms, d)
		copy(squares.Row(i), p.squares)
	}
	for k := range p.spec.Terms {
		p.products(with, left)
		for i := range n {
			f := &found[i]
			at := best(with.Row(i), squares.Row(i), p.squares, f.atoms)
			f.atoms = append(f.atoms, at)
			a := f.rows.Row(k)
			p.atoms.Row(a, at)
			orthonormalise(basis.Row(i), a, spans[i], p.sigma)
			spans[i] = append(spans[i], slices.Clone(basis.Row(i)))
		}
		weighted = mat.Mul(weighted, basis, p.sigma)
		for i := range n {
			asm.Axpy(left.Row(i), -asm.Dot(weighted.Row(i), left.Row(i)), basis.Row(i))
		}
		if k+1 == p.spec.Terms {
			break
		}
		p.products(with, basis)
		for i := range n {
			s := squares.Row(i)
			for j, v := range with.Row(i) {
				s[j] = math.FMA(-v, v, s[j])
			}
		}
	}
	for i := range n {
		p.gather(&found[i], w.Row(i))
		found[i].factor = p.solve(&found[i], nil)
	}
}

// keep takes the atoms that rows have in s, the first of these being row lo there.
func (p *pursuer) keep(found []pursued, w *mat.Dense[float64], s Spec, lo int) {
	weighted := mat.Mul(nil, w, p.sigma)
	for i := range w.Rows() {
		f := &found[i]
		f.square = asm.Dot(weighted.Row(i), w.Row(i))
		f.atoms, _ = s.TermsOf(lo + i)
		f.rows = mat.New[float64](len(f.atoms), s.D)
		for k, at := range f.atoms {
			p.atoms.Row(f.rows.Row(k), at)
		}
		p.gather(f, w.Row(i))
		f.factor = p.solve(f, nil)
	}
}

// best is the atom that explains most: product²/square, of those that are not chosen and not sums of those.
func best(products, squares, whole []float64, chosen []int) int {
	at, most := -1, -1.0
	for j, v := range products {
		if s := squares[j]; s > dependent*whole[j] {
			if gain := v * v / s; gain > most && !slices.Contains(chosen, j) {
				at, most = j, gain
			}
		}
	}
	if at >= 0 {
		return at
	}
	for at = 0; slices.Contains(chosen, at); at++ { // all atoms are sums of those: any other
	}
	return at
}

// orthonormalise sets dst to a less its parts in span, of length 1 in the metric; 0 if nothing is left. Twice, for the digits.
func orthonormalise(dst, a []float64, span [][]float64, sigma *mat.Dense[float64]) {
	copy(dst, a)
	for range 2 {
		weighted := mat.MulVec(nil, sigma, dst)
		for _, q := range span {
			asm.Axpy(dst, -asm.Dot(weighted, q), q)
		}
	}
	square := asm.Dot(mat.MulVec(nil, sigma, dst), dst)
	if square > 0 {
		asm.Scale(dst, dst, 1/math.Sqrt(square))
	} else {
		clear(dst)
	}
}

// gather makes the products of the chosen atoms.
func (p *pursuer) gather(f *pursued, w []float64) {
	weighted := mat.Mul(nil, f.rows, p.sigma)
	f.gram = mat.MulT(f.gram, weighted, f.rows)
	f.target = mat.MulVec(f.target, weighted, w)
}

// solve returns the factors of least error, those that are fixed being as they are.
func (p *pursuer) solve(f *pursued, fixed []bool) []float64 {
	var open []int
	for k := range f.atoms {
		if fixed == nil || !fixed[k] {
			open = append(open, k)
		}
	}
	out := make([]float64, len(f.atoms))
	copy(out, f.factor)
	if len(open) == 0 {
		return out
	}
	g, t := mat.New[float64](len(open), len(open)), mat.New[float64](len(open), 1)
	for a, i := range open {
		v := f.target[i]
		for j := range f.atoms {
			if fixed != nil && fixed[j] {
				v = math.FMA(-f.gram.At(i, j), f.factor[j], v)
			}
		}
		t.Set(a, 0, v)
		for b, j := range open {
			g.Set(a, b, f.gram.At(i, j))
		}
		g.Set(a, a, float64(g.At(a, a)*(1+dependent)))
	}
	root, err := mat.Cholesky(nil, g)
	if err != nil { // dependent atoms: the first alone
		for a, i := range open {
			if out[i] = 0; a == 0 && g.At(0, 0) > 0 {
				out[i] = t.At(0, 0) / g.At(0, 0)
			}
		}
		return out
	}
	x := mat.CholeskySolve(nil, root, t)
	for a, i := range open {
		out[i] = x.At(a, 0)
	}
	return out
}

// baseFor is the base with which the largest factor has the largest exponent.
func baseFor(found []pursued) int {
	most := 0.0
	for _, f := range found {
		for _, v := range f.factor {
			most = max(most, math.Abs(v))
		}
	}
	if most == 0 {
		return 0
	}
	return min(max(octaves(most)-(1<<exponentBits-1), -maxBase), maxBase)
}

// base is the one under which rounding leaves least of all rows: with that of the largest factor small ones may be far from any
// that can be written.
func (p *pursuer) base(found []pursued) int {
	largest, best, least := baseFor(found), 0, math.Inf(1)
	for b := largest; b >= max(largest-lowerBases, -maxBase); b -= 2 {
		p.spec.Base = b
		sum := 0.0
		for _, f := range found {
			if f.square > 0 {
				f.factor = slices.Clone(f.factor)
				p.round(&f)
				sum += max(f.error(), 0) / f.square
			}
		}
		if sum < least {
			best, least = b, sum
		}
	}
	if math.IsInf(least, 1) {
		return largest
	}
	return best
}

// octaves is 4·log₂ v, rounded: the quarter octave that is nearest to v by ratio.
func octaves(v float64) int {
	m, e := math.Frexp(v) // m in [½, 1)
	q := 4 * (e - 1)
	for _, bound := range [4]float64{0x1.172b83c7d517bp-1, 0x1.4bfdad5362a27p-1, 0x1.8ace5422aa0dbp-1, 0x1.d5818dcfba487p-1} { // 2^(−7/8), 2^(−5/8), …
		if m >= bound {
			q++
		}
	}
	return q
}

// code is the nearest factor that can be written to v.
func (s Spec) code(atom int, v float64) term {
	t := term{atom: atom, negative: v < 0}
	if v != 0 {
		t.exponent = min(max(octaves(math.Abs(v))-s.Base, 0), 1<<exponentBits-1)
	}
	return t
}

// round writes the factors, from the largest on; the others are solved for again after each.
func (p *pursuer) round(f *pursued) {
	fixed := make([]bool, len(f.atoms))
	f.code = make([]term, len(f.atoms))
	for range f.atoms {
		at := -1
		for k, v := range f.factor {
			if !fixed[k] && (at < 0 || math.Abs(v) > math.Abs(f.factor[at])) {
				at = k
			}
		}
		f.code[at] = p.spec.code(f.atoms[at], f.factor[at])
		f.factor[at], fixed[at] = p.spec.factor(f.code[at]), true
		f.factor = p.solve(f, fixed)
	}
}

// error is the squared error of the row.
func (f *pursued) error() float64 {
	sum := f.square
	for k, v := range f.factor {
		sum = math.FMA(-2*v, f.target[k], sum)
		sum = math.FMA(v, asm.Dot(f.gram.Row(k), f.factor), sum)
	}
	return sum
}

// again chooses every term of the rows again, given the others, as long as that lessens the error.
func (p *pursuer) again(found []pursued, w *mat.Dense[float64]) {
	n, d := w.Rows(), p.spec.D
	left, with := mat.New[float64](n, d), mat.New[float64](n, p.spec.Atoms)
	for range pursueSweeps {
		better := false
		for k := range p.spec.Terms {
			for i := range n {
				f := &found[i]
				copy(left.Row(i), w.Row(i))
				for j, v := range f.factor {
					if j != k {
						asm.Axpy(left.Row(i), -v, f.rows.Row(j))
					}
				}
			}
			p.products(with, left)
			for i := range n {
				better = p.replace(&found[i], k, w.Row(i), with.Row(i)) || better
			}
		}
		if !better {
			return
		}
	}
}

// replace takes for term k the atom that leaves least with the factor that it would be written with, if that is less than now.
func (p *pursuer) replace(f *pursued, k int, w, products []float64) bool {
	at, most := -1, f.gain(k, f.factor[k], products, p.squares)
	most += float64(1e-9 * f.square)
	for j, v := range products {
		s := p.squares[j]
		if v*v <= most*s || slices.Contains(f.atoms, j) && f.atoms[k] != j { // no factor gains as much
			continue
		}
		c := p.spec.factor(p.spec.code(j, v/s))
		if gain := math.FMA(2*c, v, -float64(c*c*s)); gain > most {
			at, most = j, gain
		}
	}
	if at < 0 {
		return false
	}
	f.code[k] = p.spec.code(at, products[at]/p.squares[at])
	f.atoms[k], f.factor[k] = at, p.spec.factor(f.code[k])
	p.atoms.Row(f.rows.Row(k), at)
	p.gather(f, w)
	return true
}

// gain is how much error term k takes away with a factor.
func (f *pursued) gain(k int, c float64, products, squares []float64) float64 {
	j := f.atoms[k]
	return math.FMA(2*c, products[j], -float64(c*c*squares[j]))
}

// left is w less the terms.
func (f *pursued) left(w []float64) []float64 {
	v := slices.Clone(w)
	for k, c := range f.factor {
		asm.Axpy(v, -c, f.rows.Row(k))
	}
	return v
}

// terms are those of the row, sorted.
func (f *pursued) terms() []term {
	list := slices.Clone(f.code)
	slices.SortFunc(list, func(a, b term) int { return a.atom - b.atom })
	return list
}
