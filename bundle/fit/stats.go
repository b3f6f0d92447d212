package fit

import (
	"context"
	"fmt"
	"math"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/par"
	"nnk/mat"
)

// chunkRows is the number of rows whose sums are formed before they are
// added to the totals. It is part of the definition of the statistics: a longer
// chunk changes their last bits. 512 rows keep the cost of adding a chunk to
// the totals (M² additions) below a tenth of the cost of forming it (512·M²/2
// multiply-adds).
const chunkRows = 512

// Stats holds what least squares needs to know of any number of samples: the
// sums ZᵀZ, ZᵀY and YᵀY (its diagonal) over features Z (n×M, to which a constant feature is
// appended) and targets Y (n×l), for each of K folds. Memory is O(K·M²),
// whatever n is.
//
// Sums are formed in float64, also for float32: with products rounded to that, features that are nearly sums of others had
// held-out errors below 0, and the penalties that were chosen by them were far too small. They are formed over chunks of rows that are cut at fixed row counts of
// each fold, rounded to a fixed grid, and added without rounding error. So the
// result depends neither on how the rows were cut into calls of Add, nor on the
// number of goroutines, nor on the order in which shards are merged; and shards
// whose row counts are multiples of [Stats.Period], in any order but with the
// remainder last, give the bits of one pass over all rows.
//
// The grid comes from a sample: see [NewStats]. A Stats is not safe for
// concurrent use.
type Stats[T asm.Float] struct {
	opt    Folds
	p, l   int       // features with the constant, targets
	cz, cy []float64 // power of two near the size of each feature and target
	rows   int64
	folds  []foldSums
	gram   *mat.Dense[float64] // scratch of flush
	cross  *mat.Dense[float64]
}

// foldSums are the sums of one fold and the rows that wait for their chunk to
// fill.
type foldSums struct {
	n          int64
	chunks     int
	zz, zy, yy grid
	z, y       *mat.Dense[float64]
	wait       int
}

// NewStats returns empty statistics for features and targets of the sizes of
// those in the sample z (n×M), y (n×l). The sample, usually the first rows of the data, sets the
// grid on which the sums are kept: shards that are to be merged must begin with
// the same sample, or be made by [Stats.Empty]. It is not itself counted.
//
// The error wraps [bundle.ErrNotFinite] if the sample holds NaN or infinity, and
// [bundle.ErrRange] if the options are negative.
func NewStats[T asm.Float](z, y *mat.Dense[T], opt Folds) (*Stats[T], error) {
	if z.Rows() != y.Rows() {
		panic(&mat.ShapeError{Op: "fit.NewStats", A: [2]int{z.Rows(), z.Cols()}, B: [2]int{y.Rows(), y.Cols()}, Why: "row counts differ"})
	}
	opt = opt.withDefaults()
	if opt.Count < 1 || opt.Block < 1 {
		return nil, fmt.Errorf("fit: statistics with %d folds in blocks of %d rows: %w", opt.Count, opt.Block, bundle.ErrRange)
	}
	s := &Stats[T]{opt: opt, p: z.Cols() + 1, l: y.Cols()}
	var err error
	if s.cz, err = columnSizes(z); err != nil {
		return nil, fmt.Errorf("fit: features of the sample: %w", err)
	}
	if s.cy, err = columnSizes(y); err != nil {
		return nil, fmt.Errorf("fit: targets of the sample: %w", err)
	}
	raise(s.cz)
	s.cz = append(s.cz, 1) // the constant feature
	s.reset()
	return s, nil
}

// Statistics are those of features z and targets y, in one pass, unless ctx ends.
func Statistics[T asm.Float](ctx context.Context, z, y bundle.Source, opt Folds) (*Stats[T], error) {
	var stats *Stats[T]
	err := bundle.Blocks(bundle.WithContext(ctx, z), chunkRows, func(block *mat.Dense[T], row int) (err error) {
		targets := mat.New[T](block.Rows(), y.Cols())
		if err := bundle.Read(targets, y, row); err != nil {
			return err
		}
		if stats == nil {
			if stats, err = NewStats(block, targets, opt); err != nil {
				return err
			}
		}
		return stats.Add(block, targets)
	})
	if err == nil && stats == nil {
		err = fmt.Errorf("fit: no rows: %w", bundle.ErrRange)
	}
	return stats, err
}

// Empty returns statistics of no samples on the same grid, for another shard.
func (s *Stats[T]) Empty() *Stats[T] {
	e := &Stats[T]{opt: s.opt, p: s.p, l: s.l, cz: s.cz, cy: s.cy}
	e.reset()
	return e
}

func (s *Stats[T]) reset() { s.folds = make([]foldSums, s.opt.Count) }

// room makes room for the sums of a fold: one without samples takes no memory.
func (s *Stats[T]) room(f *foldSums) {
	if f.zz.hi == nil {
		f.zz = newGrid(s.p * (s.p + 1) / 2)
		f.zy = newGrid(s.p * s.l)
		f.yy = newGrid(s.l)
	}
}

// leastSize is the size of a feature relative to the largest below which it counts as that: a rectified
// feature that is hardly ever positive in the sample, and there by little, may be as large as the others elsewhere.
// Its sums are still exact to 2⁻³⁶ of the largest's.
const leastSize = 0x1p-8

// raise brings sizes that are much smaller than the largest up to leastSize of it.
func raise(size []float64) {
	if len(size) == 0 {
		return
	}
	least := float64(slices.Max(size) * leastSize)
	for j := range size {
		size[j] = max(size[j], least)
	}
}

// columnSizes returns for each column the power of two at or below its root mean
// square, and the largest of all for a column that is zero in the sample: it may
// fill later.
func columnSizes[T asm.Float](a *mat.Dense[T]) ([]float64, error) {
	sum := make([]float64, a.Cols())
	for i := range a.Rows() {
		for j, v := range a.Row(i) {
			sum[j] = math.FMA(float64(v), float64(v), sum[j])
		}
	}
	size := make([]float64, len(sum))
	largest := 0.0
	for j, v := range sum {
		if !(v <= math.MaxFloat64) {
			return nil, fmt.Errorf("column %d: %w", j, bundle.ErrNotFinite)
		}
		_, e := math.Frexp(math.Sqrt(v / float64(max(a.Rows(), 1))))
		if size[j] = math.Ldexp(1, max(e-1, -400)); v == 0 {
			size[j] = 0
		}
		largest = max(largest, size[j])
	}
	if largest == 0 {
		largest = 1
	}
	for j := range size {
		if size[j] == 0 {
			size[j] = largest
		}
	}
	return size, nil
}

// Features is M, the number of features without the constant one.
func (s *Stats[T]) Features() int { return s.p - 1 }

// Targets is l, the number of columns of Y.
func (s *Stats[T]) Targets() int { return s.l }

// Rows is the number of samples added.
func (s *Stats[T]) Rows() int64 { return s.rows }

// Period is the number of rows after which the folds and their chunks begin
// anew. Shards whose row counts are multiples of it merge to the bits of one
// pass.
func (s *Stats[T]) Period() int64 {
	// Every fold gets Block rows in turn; after chunkRows·Block/gcd of its rows both a
	// block and a chunk end.
	a, b := chunkRows, s.opt.Block
	for b != 0 {
		a, b = b, a%b
	}
	return int64(chunkRows/a) * int64(s.opt.Block) * int64(s.opt.Count)
}

// Add counts the samples with features z (n×M) and targets y (n×l). The error
// wraps [bundle.ErrNotFinite] and names the row if one holds NaN or infinity; rows
// before it have then been counted. Cost n·M²/2 multiply-adds.
func (s *Stats[T]) Add(z, y *mat.Dense[T]) error { return s.AddWeighted(z, y, nil) }

// AddWeighted is Add with a weight w[i] ≥ 0 for the squared error of each
// sample; nil means 1 for all.
func (s *Stats[T]) AddWeighted(z, y *mat.Dense[T], w []T) error {
	if z.Rows() != y.Rows() || z.Cols() != s.p-1 || y.Cols() != s.l || (w != nil && len(w) != z.Rows()) {
		panic(&mat.ShapeError{Op: "fit.Stats.AddWeighted", A: [2]int{z.Rows(), z.Cols()}, B: [2]int{y.Rows(), y.Cols()},
			Why: fmt.Sprintf("want n×%d and n×%d, and as many weights", s.p-1, s.l)})
	}
	for i := range z.Rows() {
		root := 1.0
		if w != nil {
			if !(w[i] >= 0) {
				return fmt.Errorf("fit: weight %g of row %d: %w", float64(w[i]), s.rows, bundle.ErrRange)
			}
			root = math.Sqrt(float64(w[i]))
		}
		f := &s.folds[int(s.rows/int64(s.opt.Block)%int64(s.opt.Count))]
		f.grow(s.p, s.l)
		zr, yr := f.z.Row(f.wait), f.y.Row(f.wait)
		if !scaled(zr[:s.p-1], z.Row(i), root) || !scaled(yr, y.Row(i), root) || root-root != 0 {
			return fmt.Errorf("fit: row %d: %w", s.rows, bundle.ErrNotFinite)
		}
		zr[s.p-1] = root
		s.rows++
		f.n++
		if f.wait++; f.wait == chunkRows {
			s.flush(f)
		}
	}
	return nil
}

// firstRows is the number of rows for which there is room at first: few rows take little memory.
const firstRows = 32

// grow makes room for a row.
func (f *foldSums) grow(p, l int) {
	if f.z != nil && f.wait < f.z.Rows() {
		return
	}
	rows := min(max(2*f.wait, firstRows), chunkRows)
	z, y := mat.New[float64](rows, p), mat.New[float64](rows, l)
	if f.wait > 0 {
		z.View(0, 0, f.wait, p).Copy(f.z.View(0, 0, f.wait, p))
		y.View(0, 0, f.wait, l).Copy(f.y.View(0, 0, f.wait, l))
	}
	f.z, f.y = z, y
}

// scaled sets dst = a·src and reports whether all elements are finite.
func scaled[T asm.Float](dst []float64, src []T, a float64) bool {
	ok := true
	for i, w := range src {
		v := float64(float64(w) * a) // rounded: v−v must not be fused with the product
		ok = ok && v-v == 0
		dst[i] = v
	}
	return ok
}

// flush adds the waiting rows of a fold to its sums.
func (s *Stats[T]) flush(f *foldSums) {
	if f.wait == 0 {
		return
	}
	if s.gram == nil {
		s.gram, s.cross = mat.New[float64](s.p, s.p), mat.New[float64](s.p, s.l)
	}
	s.room(f)
	z, y := f.z.View(0, 0, f.wait, s.p), f.y.View(0, 0, f.wait, s.l)
	mat.Gram(s.gram, z)
	mat.TMul(s.cross, z, y)
	f.chunks++
	carry := f.chunks%carryEvery == 0
	par.For(s.p, 1+1<<14/s.p, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			f.zz.add(i*(i+1)/2, s.gram.Row(i)[:i+1], s.cz[i], s.cz, carry)
			f.zy.add(i*s.l, s.cross.Row(i), s.cz[i], s.cy, carry)
		}
	})
	square := make([]float64, s.l)
	for i := range f.wait {
		for j, v := range y.Row(i) {
			square[j] = asm.FMA(v, v, square[j])
		}
	}
	for j := range square {
		f.yy.add(j, square[j:j+1], s.cy[j], s.cy[j:j+1], carry)
	}
	f.wait = 0
}

// finish ends the current chunks, and gives back the memory that they took.
func (s *Stats[T]) finish() {
	for k := range s.folds {
		f := &s.folds[k]
		s.flush(f)
		f.z, f.y = nil, nil
	}
	s.gram, s.cross = nil, nil
}

// Merge adds the samples of o, which must come from the same kind of
// statistics (the same options, sizes and grid), as if they followed those of
// s. It ends the current chunks of both.
func (s *Stats[T]) Merge(o *Stats[T]) error {
	if s.opt != o.opt || s.p != o.p || s.l != o.l || !equal(s.cz, o.cz) || !equal(s.cy, o.cy) {
		return fmt.Errorf("fit: statistics of %d features and %d targets in %d folds cannot be merged with those of %d, %d, %d, or their grids differ: make shards with Empty, or from the same sample: %w",
			s.p-1, s.l, s.opt.Count, o.p-1, o.l, o.opt.Count, bundle.ErrFormat)
	}
	s.finish()
	o.finish()
	s.rows += o.rows
	for k := range s.folds {
		a, b := &s.folds[k], &o.folds[k]
		if b.n == 0 {
			continue
		}
		s.room(a)
		a.n += b.n
		a.chunks += b.chunks
		for i := range s.p {
			a.zz.merge(&b.zz, i*(i+1)/2, i+1, s.cz[i], s.cz)
			a.zy.merge(&b.zy, i*s.l, s.l, s.cz[i], s.cy)
		}
		for j := range s.l {
			a.yy.merge(&b.yy, j, 1, s.cy[j], s.cy[j:])
		}
	}
	return nil
}

func equal(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i, v := range a {
		if v != b[i] {
			return false
		}
	}
	return true
}

// Total returns the sums over all folds, and Fold those of fold k. Both end the
// current chunks: rows that are added later begin new ones, so that the sums
// may differ in their last bits from those of an uninterrupted pass. The error wraps
// [bundle.ErrRange] if values were so much larger than those of the sample that the
// sums left their grid.
func (s *Stats[T]) Total() (*Moments, error) { return s.moments(nil, 0, len(s.folds)) }

// Fold returns the sums of fold k; see [Stats.Total].
func (s *Stats[T]) Fold(k int) (*Moments, error) { return s.moments(nil, k, k+1) }

// Folds is the number of folds.
func (s *Stats[T]) Folds() int { return len(s.folds) }

// moments returns the sums over folds lo to hi−1, in the memory of m unless that is nil.
func (s *Stats[T]) moments(m *Moments, lo, hi int) (*Moments, error) {
	s.finish()
	if m == nil {
		m = &Moments{ZZ: mat.New[float64](s.p, s.p), ZY: mat.New[float64](s.p, s.l), YY: make([]float64, s.l)}
	} else {
		m.N = 0
		clear(m.ZZ.Data())
		clear(m.ZY.Data())
		clear(m.YY)
	}
	for k := lo; k < hi; k++ {
		f := &s.folds[k]
		if m.N += f.n; f.n == 0 {
			continue
		}
		for i := range s.p {
			f.zz.addTo(m.ZZ.Row(i)[:i+1], i*(i+1)/2)
			f.zy.addTo(m.ZY.Row(i), i*s.l)
		}
		f.yy.addTo(m.YY, 0)
	}
	for i := range s.p {
		if !inGrid(m.ZZ.At(i, i), s.cz[i]) {
			return nil, fmt.Errorf("fit: feature %d is too large for the grid of its sample: %w", i, bundle.ErrRange)
		}
	}
	mirror(m.ZZ)
	for j, v := range m.YY {
		if !inGrid(v, s.cy[j]) {
			return nil, fmt.Errorf("fit: target %d is too large for the grid of its sample: %w", j, bundle.ErrRange)
		}
	}
	return m, nil
}

// mirror copies the lower triangle to the upper one, in squares small enough that
// the columns that are written stay in the L1 cache.
func mirror(a *mat.Dense[float64]) {
	const tile = 32
	n := a.Rows()
	for i0 := 0; i0 < n; i0 += tile {
		for j0 := 0; j0 <= i0; j0 += tile {
			for i := i0; i < min(i0+tile, n); i++ {
				for j, v := range a.Row(i)[j0:max(min(j0+tile, i), j0)] {
					a.Set(j0+j, i, v)
				}
			}
		}
	}
}
