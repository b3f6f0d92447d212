package main

import (
	"fmt"
	"math"
	"slices"

	"nnk/bundle"
	"nnk/mat"
)

const (
	// wildSample bounds the rows whose medians are taken, wildNumbers the numbers in them.
	wildSample, wildNumbers = 1024, 1 << 22
	// wildFar is how many times the robust spread of its column a wild number is from the median. Of normal numbers none is
	// ten times as far, and of those with heavy tails few are.
	wildFar = 1000
	// wildShare is the part of the squares of its column that a wild number has: it decides the spread, by which columns are
	// standardised and scales are chosen.
	wildShare = 0.1
	// mostWild bounds what is kept of them.
	mostWild = 64
)

// warnWild says which rows of a table have a number that is so far from all others that it decides the spread of its column: it may be
// a fault, of a decimal point or a unit, and the fit will be as if nearly all rows were equal. The robust spread, of the median of the
// deviations from the median, shows it beside the standard one. Cost: one pass.
func (c *call) warnWild(x bundle.Source, place func(row int) string, name func(column int) string) error {
	if c.quiet {
		return nil
	}
	found, err := findWild(bundle.WithContext(c.ctx, x))
	if err != nil || len(found) == 0 {
		return err
	}
	w := found[0]
	more := ""
	if n := len(found) - 1; n > 0 {
		more = fmt.Sprintf(", and %d more rows are like it", n)
	}
	c.say("warning: %s: %s in %s is %.0e times the usual spread of its column from the median%s: without the row the fit may be another",
		place(w.row), short(w.value), name(w.column), w.far, more)
	return nil
}

// numbered is the name of a column that has none.
func numbered(column int) string { return fmt.Sprintf("column %d", column+1) }

// wild is a number that decides the spread of its column, the farthest of its row.
type wild struct {
	row, column int
	value, far  float64
}

// findWild returns the rows that have such a number, the farthest first.
func findWild(x bundle.Source) ([]wild, error) {
	median, robust, err := robustSpread(x)
	if err != nil {
		return nil, err
	}
	squares := make([]float64, x.Cols())
	var all []wild
	err = bundle.Blocks(x, 256, func(block *mat.Dense[float64], row int) error {
		for i := range block.Rows() {
			for j, v := range block.Row(i) {
				if robust[j] == 0 {
					continue
				}
				far := math.Abs(v-median[j]) / robust[j]
				squares[j] = math.FMA(far, far, squares[j])
				if far <= wildFar {
					continue
				}
				if len(all) == mostWild {
					if least := leastFar(all); far > all[least].far {
						all[least] = wild{row + i, j, v, far}
					}
					continue
				}
				all = append(all, wild{row + i, j, v, far})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b wild) int { // the farthest first
		if a.far > b.far {
			return -1
		}
		return 1
	})
	var found []wild
	seen := map[int]bool{}
	for _, w := range all {
		if w.far*w.far >= wildShare*squares[w.column] && !seen[w.row] {
			seen[w.row] = true
			found = append(found, w)
		}
	}
	return found, nil
}

// leastFar is the place of the nearest of them.
func leastFar(all []wild) int {
	least := 0
	for i, w := range all {
		if w.far < all[least].far {
			least = i
		}
	}
	return least
}

// robustSpread returns the medians of the columns and their spreads, which are standard deviations where numbers are normal, by rows spread evenly
// over x. The spread of a column of which more than half is one value is that of the others' distances from it, less the
// largest; 0 if it says nothing.
func robustSpread(x bundle.Source) (median, spread []float64, err error) {
	n := min(x.Rows(), wildSample, max(wildNumbers/x.Cols(), 3))
	sample := mat.New[float64](n, x.Cols())
	for i := range n {
		if err := x.Read(sample.View(i, 0, 1, x.Cols()), int(int64(i)*int64(x.Rows())/int64(n))); err != nil {
			return nil, nil, err
		}
	}
	median, spread = make([]float64, x.Cols()), make([]float64, x.Cols())
	column := make([]float64, n)
	for j := range median {
		for i := range column {
			column[i] = sample.At(i, j)
		}
		slices.Sort(column)
		median[j] = column[n/2]
		for i := range column {
			column[i] = math.Abs(column[i] - median[j])
		}
		slices.Sort(column)
		if spread[j] = 1.4826 * column[n/2]; spread[j] == 0 && n > 1 {
			spread[j] = column[n-2]
		}
	}
	return median, spread, nil
}
