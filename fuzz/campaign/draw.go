package main

import (
	"math"
	"math/rand/v2"

	"nnk/asm"
	"nnk/mat"
)

// draw makes the arguments of a case. Values and sizes follow from the seed and the number of the case and from the largest size alone,
// so that a case is the same on every machine; where they lie, and in which parts rows are computed, follows from the layout, which must
// change nothing.
type draw struct {
	values *rand.Rand
	places *rand.Rand // nil: matrices without gaps, all rows at once
	most   int        // largest size
}

func newDraw(seed, number uint64, most int, layout bool) *draw {
	d := &draw{values: rand.New(rand.NewPCG(seed, number)), most: most}
	if layout {
		d.places = rand.New(rand.NewPCG(seed+1, number))
	}
	return d
}

// upTo is a number from lo to hi.
func (d *draw) upTo(lo, hi int) int { return lo + d.values.IntN(max(hi-lo, 0)+1) }

// size is a number from 1 to the largest, often small and often next to a power of two, where kernels change their ways. limit bounds it too.
func (d *draw) size(limit int) int {
	most := min(d.most, limit)
	n := 1 << d.values.IntN(12)
	switch d.values.IntN(4) {
	case 0:
		n = d.upTo(1, 9)
	case 1:
		n = d.upTo(1, most)
	default:
		n += d.upTo(-1, 1)
	}
	return min(max(n, 1), most)
}

// contents are kinds of values.
type contents int

const (
	tame    contents = iota // in [−1, 1)
	uneven                  // of sizes from 2⁻⁸ to 2⁸
	extreme                 // of all sizes, and now and then NaN, infinities, zeros and subnormals
)

// contents is a kind up to the wildest given.
func (d *draw) contents(wildest contents) contents { return contents(d.upTo(0, int(wildest))) }

// value is a number of a kind.
func value[T asm.Float](d *draw, kind contents) T {
	least, highest := -1074, 1023
	if _, ok := any(*new(T)).(float32); ok {
		least, highest = -149, 127
	}
	m := float64(d.values.Int64N(1<<25)-1<<24) * 0x1p-24
	switch {
	case kind == uneven:
		return T(math.Ldexp(m, d.upTo(-8, 8)))
	case kind == extreme && d.values.IntN(16) == 0:
		special := []float64{0, math.Copysign(0, -1), math.Inf(1), math.Inf(-1), math.NaN(), math.Ldexp(1, least), -math.Ldexp(1, least), math.Ldexp(1, highest), 1, -1}
		return T(special[d.values.IntN(len(special))])
	case kind == extreme:
		return T(math.Ldexp(m, d.upTo(least, highest)))
	}
	return T(m)
}

// vector has n values, at any offset in memory.
func vector[T asm.Float](d *draw, n int, kind contents) []T {
	offset, behind := 0, 0
	if d.places != nil {
		offset, behind = d.places.IntN(9), d.places.IntN(9)
	}
	all := garbage[T](offset + n + behind)
	v := all[offset : offset+n : offset+n]
	for i := range v {
		v[i] = value[T](d, kind)
	}
	return v
}

// garbage are NaN: whoever reads them shows it.
func garbage[T asm.Float](n int) []T {
	v := make([]T, n)
	for i := range v {
		v[i] = T(math.NaN())
	}
	return v
}

// matrix has r×c values, with any gap between rows.
func matrix[T asm.Float](d *draw, r, c int, kind contents) *mat.Dense[T] {
	m := place[T](d, r, c)
	for i := range r {
		for j := range c {
			m.Set(i, j, value[T](d, kind))
		}
	}
	return m
}

// place is memory for an r×c matrix.
func place[T asm.Float](d *draw, r, c int) *mat.Dense[T] {
	if d.places == nil {
		return mat.New[T](r, c)
	}
	top, left := d.places.IntN(3), d.places.IntN(9)
	width := c + left + d.places.IntN(9)
	wide := mat.Of(r+top, width, garbage[T]((r+top)*width))
	return wide.View(top, left, r, c)
}

// parts cuts n rows.
func (d *draw) parts(n int, body func(lo, hi int)) {
	for lo := 0; lo < n; {
		hi := n
		if d.places != nil {
			hi = min(lo+1+d.places.IntN(1+n/2), n)
		}
		body(lo, hi)
		lo = hi
	}
}

// byRows is f of all rows of x, computed in parts.
func byRows[T asm.Float](d *draw, x *mat.Dense[T], f func(part *mat.Dense[T]) *mat.Dense[T]) *mat.Dense[T] {
	var y *mat.Dense[T]
	d.parts(x.Rows(), func(lo, hi int) {
		part := f(x.View(lo, 0, hi-lo, x.Cols()))
		if y == nil {
			y = mat.New[T](x.Rows(), part.Cols())
		}
		y.View(lo, 0, hi-lo, y.Cols()).Copy(part)
	})
	return y
}
