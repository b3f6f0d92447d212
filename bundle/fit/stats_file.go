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
// chunks and the sums, all as float64 except the counts.
func statsMagic[T asm.Float]() string { return "nnk stats 2 " + numbytes.TypeName[T]() + "\n" }

// Marshal returns the statistics as bytes, to be sent or stored and read by
// [UnmarshalStats]. It ends the current chunks, as [Stats.Total] does.
func (s *Stats[T]) Marshal() []byte {
	s.finish()
	b := []byte(statsMagic[T]())
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
		ints(f.n, int64(f.chunks))
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
	each := 2 + 2*(p*(p+1)/2+p*l+l)
	if n := int64(len(b)) / 8; int64(len(b))%8 != 0 || (n-p-l)/folds != each || (n-p-l)%folds != 0 {
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
		for _, g := range []grid{f.zz, f.zy, f.yy} {
			floats(g.hi)
			floats(g.lo)
		}
		bad = bad || f.n < 0 || f.n > rows || f.chunks < 0
	}
	if bad {
		return nil, fmt.Errorf("%w: statistics with impossible numbers", bundle.ErrFormat)
	}
	return s, nil
}
