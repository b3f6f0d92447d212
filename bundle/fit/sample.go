package fit

import (
	"cmp"
	"iter"
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
	s, numbers := newSampler(n), make([]uint64, 1024)
	for lo := 0; lo < rows; lo += len(numbers) {
		part := numbers[:min(len(numbers), rows-lo)]
		s.numbers.Bits(part, uint64(lo))
		for i, v := range part {
			s.add(lo+i, v)
		}
	}
	return s.rows()
}

// Sample returns, ascending, those of the given rows that the sample of [Run] may have, on which it makes its choices: at most 4096. With more
// rows some are no more in it, but none that was left out comes back; so a part of the data knows what of it may be asked for.
func Sample(rows iter.Seq[int]) []int {
	s := newSampler(sampleRows)
	var number [1]uint64
	for row := range rows {
		s.numbers.Bits(number[:], uint64(row))
		s.add(row, number[0])
	}
	return s.rows()
}

// sampler keeps the rows with the smallest random numbers.
type sampler struct {
	numbers rng.Stream
	most    int
	limit   uint64 // no larger number is among the smallest
	kept    []candidate
}

// candidate is a row and its random number.
type candidate struct {
	number uint64
	row    int
}

func newSampler(most int) *sampler {
	return &sampler{numbers: streamSample.Of(0), most: most, limit: math.MaxUint64}
}

func (s *sampler) add(row int, number uint64) {
	if number > s.limit {
		return
	}
	if s.kept = append(s.kept, candidate{number, row}); len(s.kept) >= 2*s.most {
		s.cut()
	}
}

// cut drops what is not among the smallest.
func (s *sampler) cut() {
	slices.SortFunc(s.kept, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.number, b.number), a.row-b.row) })
	if len(s.kept) >= s.most {
		s.kept = s.kept[:s.most]
		s.limit = s.kept[s.most-1].number
	}
}

// rows are those with the smallest numbers, ascending.
func (s *sampler) rows() []int {
	s.cut()
	list := make([]int, len(s.kept))
	for i, c := range s.kept {
		list[i] = c.row
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
