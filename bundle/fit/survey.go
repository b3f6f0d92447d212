package fit

import (
	"fmt"
	"math"
	"slices"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

// column is what one pass over all rows tells of a column of a source.
type column struct {
	mean, spread float64 // spread: root mean square of the deviations from the mean; 0 if constant
	other        int     // first row whose value is not that of row 0, −1 if there is none
}

// constant reports whether all rows are equal.
func (c column) constant() bool { return c.other < 0 }

// survey passes over all rows of x. Sums are those of deviations: of a block from its first row, and of its
// mean from the mean so far (T. F. Chan et al., Updating formulae and a pairwise algorithm, 1979), so that a large
// level costs no digits. The error wraps [bundle.ErrRange] for a column that varies but whose squares are not
// float64.
func survey(x bundle.Source) ([]column, error) {
	columns := make([]column, x.Cols())
	squares, first := make([]float64, x.Cols()), make([]float64, x.Cols())
	for j := range columns {
		columns[j].other = -1
	}
	err := bundle.Blocks(x, chunkRows, func(block *mat.Dense[float64], row int) error {
		n := float64(block.Rows())
		for j := range columns {
			c, from := &columns[j], block.At(0, j)
			if row == 0 {
				first[j] = from
			}
			sum, square := 0.0, 0.0
			for i := range block.Rows() {
				v := block.At(i, j)
				if c.other < 0 && v != first[j] {
					c.other = row + i
				}
				sum += v - from
			}
			shift := sum / n
			for i := range block.Rows() {
				d := block.At(i, j) - from - shift
				square = math.FMA(d, d, square)
			}
			if mean := from + shift; row == 0 {
				c.mean, squares[j] = mean, square
			} else {
				d := mean - c.mean
				part := n / (float64(row) + n)
				c.mean = math.FMA(d, part, c.mean)
				squares[j] += square + float64(float64(d*d)*float64(part*float64(row)))
			}
		}
		return nil
	})
	for j := range columns {
		if c := &columns[j]; err == nil && !c.constant() {
			c.spread = math.Sqrt(squares[j] / float64(x.Rows()))
			if !(c.spread > 0) || c.spread-c.spread != 0 || 1/c.spread-1/c.spread != 0 {
				err = fmt.Errorf("fit: column %d varies so much or so little that its variance is no float64: scale it: %w", j, bundle.ErrRange)
			}
		}
	}
	return columns, err
}

// standardise returns the stage that gives each column mean 0 and mean square 1; a constant one becomes 0.
func standardise(columns []column) (mean, factor []float64) {
	mean, factor = make([]float64, len(columns)), make([]float64, len(columns))
	for j, c := range columns {
		if mean[j] = c.mean; !c.constant() {
			factor[j] = 1 / c.spread
		}
	}
	return mean, factor
}

// sampleRows is the number of rows on which the scale is chosen.
const sampleRows = 4096

// The uses of a seed; see the table in package rng. 64-bit number i of streamSample of seed 0 says whether row i is
// in the sample.
const streamSample rng.Use = 0x66697400_00000000

// sampled returns n of the given number of rows, ascending: those whose random numbers are the smallest. So they are spread over the
// data by no rule that could be that of the data, and the same whatever shards the rows come in.
func sampled(rows, n int) []int {
	list := make([]int, 0, min(rows, n))
	if rows <= n {
		for i := range rows {
			list = append(list, i)
		}
		return list
	}
	// So many numbers are below the limit that n are, by more than six standard deviations.
	part := (float64(n) + float64(8*math.Sqrt(float64(n))) + 16) / float64(rows)
	limit := uint64(math.MaxUint64)
	if part < 1 {
		limit = uint64(float64(part * 0x1p64))
	}
	type candidate struct {
		number uint64
		row    int
	}
	var all []candidate
	s, numbers := streamSample.Of(0), make([]uint64, 1024)
	for lo := 0; lo < rows; lo += len(numbers) {
		part := numbers[:min(len(numbers), rows-lo)]
		s.Bits(part, uint64(lo))
		for i, v := range part {
			if v <= limit {
				all = append(all, candidate{v, lo + i})
			}
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		if a.number != b.number {
			if a.number < b.number {
				return -1
			}
			return 1
		}
		return a.row - b.row
	})
	for _, c := range all[:min(n, len(all))] {
		list = append(list, c.row)
	}
	slices.Sort(list)
	return list
}

// with adds to the rows of a sample the first row that differs in each column that varies: a class or an event that
// is rare is in it.
func with(rows []int, columns []column) []int {
	for _, c := range columns {
		if !c.constant() {
			rows = append(rows, c.other)
		}
	}
	slices.Sort(rows)
	return slices.Compact(rows)
}

// readRows reads the given rows of x, which ascend.
func readRows(x bundle.Source, rows []int) (*mat.Dense[float64], error) {
	dst := mat.New[float64](len(rows), x.Cols())
	for lo := 0; lo < len(rows); {
		hi := lo + 1
		for hi < len(rows) && rows[hi] == rows[hi-1]+1 {
			hi++
		}
		if err := x.Read(dst.View(lo, 0, hi-lo, x.Cols()), rows[lo]); err != nil {
			return nil, err
		}
		lo = hi
	}
	return dst, nil
}
