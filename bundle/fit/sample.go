package fit

import (
	"math"
	"slices"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

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
