package fit

import (
	"encoding/binary"
	"fmt"
	"math"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/numbytes"
)

// The form of marshalled statistics: a line of text that names it, then little-
// endian int64 p, l, folds, block and rows, the sizes of the columns, and for each fold n,
// chunks and, unless n is 0, the sums, all as float64 except the counts. Each sum is two numbers, see
// [canonical].
func statsMagic[T asm.Float]() string { return "nnk stats 3 " + numbytes.TypeName[T]() + "\n" }

// Marshal returns the statistics as bytes, to be sent or stored and read by
// [UnmarshalStats]. It ends the current chunks, as [Stats.Total] does. Equal sums are equal bytes, whatever they were
// merged from in whatever order. Statistics of no samples take 8 bytes for each column, and others 16 for each sum.
func (s *Stats[T]) Marshal() []byte {
	s.finish()
	size := 64 + 8*(s.p+s.l)
	for k := range s.folds {
		if size += 16; s.folds[k].n > 0 {
			size += 16 * (len(s.folds[k].zz.hi) + len(s.folds[k].zy.hi) + s.l)
		}
	}
	b := append(make([]byte, 0, size), statsMagic[T]()...)
	ints := func(v ...int64) {
		for _, v := range v {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	floats := func(v []float64) {
		for _, v := range v {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	ints(int64(s.p), int64(s.l), int64(s.opt.Count), int64(s.opt.Block), s.rows)
	floats(s.cz)
	floats(s.cy)
	for k := range s.folds {
		f := &s.folds[k]
		if ints(f.n, int64(f.chunks)); f.n == 0 {
			continue
		}
		s.settle(f)
		for _, g := range []grid{f.zz, f.zy, f.yy} {
			floats(g.hi)
			floats(g.lo)
		}
	}
	return b
}

// UnmarshalStats reads what [Stats.Marshal] returned. The error wraps
// [bundle.ErrFormat]; nothing is allocated before the sizes are checked against the
// length of b.
func UnmarshalStats[T asm.Float](b []byte) (*Stats[T], error) {
	whole := len(b)
	magic := statsMagic[T]()
	if whole < len(magic)+5*8 || string(b[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: not statistics of type %s", bundle.ErrFormat, numbytes.TypeName[T]())
	}
	b = b[len(magic):]
	next := func() int64 {
		v := int64(binary.LittleEndian.Uint64(b))
		b = b[8:]
		return v
	}
	p, l, folds, block, rows := next(), next(), next(), next(), next()
	const most = 1 << 24 // keeps the product below from overflowing
	if p < 1 || p > most || l < 0 || l > most || folds < 1 || folds > most || block < 1 || block > most || rows < 0 {
		return nil, fmt.Errorf("%w: statistics of %d features, %d targets, %d folds of blocks of %d, %d rows", bundle.ErrFormat, p, l, folds, block, rows)
	}
	if !statsFit(b, p, l, folds) {
		return nil, fmt.Errorf("%w: statistics of %d features, %d targets and %d folds in %d bytes", bundle.ErrFormat, p, l, folds, whole)
	}
	s := &Stats[T]{opt: Folds{Count: int(folds), Block: int(block)}, p: int(p), l: int(l), rows: rows}
	bad := false
	floats := func(dst []float64) {
		for i := range dst {
			dst[i] = math.Float64frombits(uint64(next()))
			bad = bad || dst[i]-dst[i] != 0
		}
	}
	s.cz, s.cy = make([]float64, p), make([]float64, l)
	floats(s.cz)
	floats(s.cy)
	for _, sizes := range [][]float64{s.cz, s.cy} {
		for _, v := range sizes {
			frac, _ := math.Frexp(v)
			bad = bad || frac != 0.5
		}
	}
	s.reset()
	for k := range s.folds {
		f := &s.folds[k]
		f.n, f.chunks = next(), int(next())
		if bad = bad || f.n < 0 || f.n > rows || f.chunks < 0 || f.n == 0 && f.chunks != 0; f.n == 0 {
			continue
		}
		s.room(f)
		for _, g := range []grid{f.zz, f.zy, f.yy} {
			floats(g.hi)
			floats(g.lo)
		}
		bad = s.settle(f) || bad
	}
	if bad {
		return nil, fmt.Errorf("%w: statistics with impossible numbers", bundle.ErrFormat)
	}
	return s, nil
}

// statsFit reports whether b holds sums of so many folds, those with samples, and nothing more.
func statsFit(b []byte, p, l, folds int64) bool {
	left := int64(len(b)) - 8*(p+l)
	at, each := 8*(p+l), 16*(p*(p+1)/2+p*l+l)
	for ; folds > 0; folds-- {
		if left < 16 {
			return false
		}
		n := binary.LittleEndian.Uint64(b[at:])
		at, left = at+16, left-16
		if n != 0 {
			at, left = at+each, left-each
		}
	}
	return left == 0
}

// settle makes the sums of a fold canonical, and reports whether any were not.
func (s *Stats[T]) settle(f *foldSums) bool {
	changed := false
	for i := range s.p {
		changed = f.zz.settle(i*(i+1)/2, i+1, s.cz[i], s.cz) || changed
		changed = f.zy.settle(i*s.l, s.l, s.cz[i], s.cy) || changed
	}
	for j := range s.l {
		changed = f.yy.settle(j, 1, s.cy[j], s.cy[j:]) || changed
	}
	return changed
}
