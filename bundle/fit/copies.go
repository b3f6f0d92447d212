package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"nnk/bundle"
	"nnk/mat"
)

// A table in which every row is there twice, or m times, says no more than one without the copies, but a copy in another fold
// makes the error of held-out rows that of fitted ones. So such a table is fitted as the one without. Where only some rows
// are there again they stay: equal rows of a few classes or integers are observations of their own. And so do they where hardly any others are left.
const (
	// leastDistinct is the number of rows that have to be left without the copies.
	leastDistinct = 32
	// firstCounted is the number of rows at the beginning whose copies are counted before all are: nearly all tables are done with them.
	firstCounted = 64
	// mostCounted bounds the rows among which copies are looked for: they are held by numbers of 16 bytes.
	mostCounted = 1 << 22
)

// WithoutCopies returns x (n×d) and y (n×l), which may be nil, without copies of their rows: the first rows if each is there m times or a multiple
// of that, with the others in their order, and m; else, or where less than 32 rows would be left or there are more than 2²² rows, x and y as they are, and 1. [Run] does so.
// Cost: a pass over x, another over both if its first rows are there again, and 16·n bytes then.
func WithoutCopies(x, y bundle.Source) (rx, ry bundle.Source, m int, err error) {
	list, m, err := copies(x, y)
	if err == nil && m > 1 {
		if x = (listed{x, list}); y != nil {
			y = listed{y, list}
		}
	}
	return x, y, m, err
}

// copies returns the rows that [WithoutCopies] leaves, and m; no list if that is 1.
func copies(x, y bundle.Source) (list []int, m int, err error) {
	if x.Rows() > mostCounted || x.Rows() < 2*leastDistinct {
		return nil, 1, nil
	}
	var first repeats
	if err := bundle.Blocks(x, chunkRows, func(block *mat.Dense[float64], _ int) error { first.add(block); return nil }); err != nil {
		return nil, 0, err
	}
	for _, n := range first.times {
		m = divisor(m, n)
	}
	if m < 2 {
		return nil, 1, nil
	}
	if list, m, err = firstOf(x, y); err != nil || m < 2 || len(list) < leastDistinct {
		return nil, 1, err
	}
	return list, m, nil
}

// repeats counts how often the first rows of a table are there. The zero value has counted none.
type repeats struct {
	at    map[uint64]int // place in times
	times []int
	rows  int
}

// add counts a block of rows.
func (r *repeats) add(block *mat.Dense[float64]) {
	if r.at == nil {
		r.at = make(map[uint64]int, firstCounted)
	}
	for i := range block.Rows() {
		h := mixed(0, block.Row(i))
		k, known := r.at[h]
		if !known && r.rows < firstCounted {
			k, known = len(r.times), true
			r.at[h], r.times = k, append(r.times, 0)
		}
		if known {
			r.times[k]++
		}
		r.rows++
	}
}

// firstOf returns the greatest m of which the number of copies of every row is a multiple, and every m-th of the copies of each, ascending.
func firstOf(x, y bundle.Source) ([]int, int, error) {
	type numbered struct {
		hash uint64
		row  int
	}
	all := make([]numbered, x.Rows())
	for _, s := range []bundle.Source{x, y} {
		if s == nil {
			continue
		}
		if s.Rows() != len(all) {
			return nil, 0, fmt.Errorf("fit: %d rows of inputs, %d of targets: %w", len(all), s.Rows(), bundle.ErrFormat)
		}
		if err := bundle.Blocks(s, chunkRows, func(block *mat.Dense[float64], row int) error {
			for i := range block.Rows() {
				n := &all[row+i]
				n.hash, n.row = mixed(n.hash, block.Row(i)), row+i
			}
			return nil
		}); err != nil {
			return nil, 0, err
		}
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Or(cmp.Compare(a.hash, b.hash), a.row-b.row) })
	m := 0
	for lo, hi := 0, 0; lo < len(all); lo = hi {
		for hi < len(all) && all[hi].hash == all[lo].hash {
			hi++
		}
		if m = divisor(m, hi-lo); m == 1 {
			return nil, 1, nil
		}
	}
	// Groups are multiples of m long, so that every m-th number is one of each m copies.
	list := make([]int, 0, len(all)/m)
	for i := 0; i < len(all); i += m {
		list = append(list, all[i].row)
	}
	slices.Sort(list)
	return list, m, nil
}

// divisor is the greatest common one.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// mixed goes on with a hash by numbers, of which −0 is 0. Each step is one to one in either, and so are rows that differ in one number never equal.
func mixed(h uint64, row []float64) uint64 {
	for _, v := range row {
		h = (h ^ math.Float64bits(v+0)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
		h *= 0xd6e8feb86659fd93
		h ^= h >> 29
	}
	return h
}

// listed are some of the rows of a source, ascending.
type listed struct {
	bundle.Source
	rows []int
}

func (l listed) Rows() int { return len(l.rows) }

// Read reads the rows that lie near each other at once.
func (l listed) Read(dst *mat.Dense[float64], row int) error {
	const apart = 4 // times as many rows as are wanted are read in one piece
	list := l.rows[row : row+dst.Rows()]
	for lo := 0; lo < len(list); {
		hi := lo + 1
		for hi < len(list) && list[hi]-list[lo] < apart*(hi-lo+1) && list[hi]-list[lo] < chunkRows {
			hi++
		}
		from, n := list[lo], list[hi-1]-list[lo]+1
		if n == hi-lo {
			if err := l.Source.Read(dst.View(lo, 0, n, dst.Cols()), from); err != nil {
				return err
			}
		} else {
			piece := mat.New[float64](n, dst.Cols())
			if err := l.Source.Read(piece, from); err != nil {
				return err
			}
			for i, r := range list[lo:hi] {
				copy(dst.Row(lo+i), piece.Row(r-from))
			}
		}
		lo = hi
	}
	return nil
}
