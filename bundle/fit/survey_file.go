package fit

import (
	"encoding/binary"
	"fmt"
	"math"

	"nnk/bundle"
)

// surveyMagic is the first line of a marshalled survey. Little-endian int64 follow: the numbers of columns and of parts, and for each
// part its level, place and rows, and for each column mean, squares and first value, as float64, and the first row that differs.
const surveyMagic = "nnk survey 1\n"

// Marshal returns the survey as bytes, to be sent or stored and read by [UnmarshalSurvey]. Equal rows are equal bytes, in
// whatever order they were added.
func (s *Survey) Marshal() []byte {
	b := []byte(surveyMagic)
	ints := func(v ...int64) {
		for _, v := range v {
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	ints(int64(s.cols), int64(len(s.parts)))
	for _, p := range s.parts {
		ints(int64(p.level), p.at, p.rows)
		for _, c := range p.columns {
			for _, v := range []float64{c.mean, c.squares, c.first} {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
			ints(c.other)
		}
	}
	return b
}

// UnmarshalSurvey reads what [Survey.Marshal] returned. The error wraps [bundle.ErrFormat]; nothing is allocated before the
// sizes are checked against the length of b.
func UnmarshalSurvey(b []byte) (*Survey, error) {
	whole := len(b)
	if whole < len(surveyMagic)+16 || string(b[:len(surveyMagic)]) != surveyMagic {
		return nil, fmt.Errorf("%w: not a survey", bundle.ErrFormat)
	}
	b = b[len(surveyMagic):]
	next := func() int64 {
		v := int64(binary.LittleEndian.Uint64(b))
		b = b[8:]
		return v
	}
	cols, parts := next(), next()
	const most = 1 << 24 // keeps the product below from overflowing
	if cols < 0 || cols > most || parts < 0 || parts > most || int64(len(b)) != parts*(24+32*cols) {
		return nil, fmt.Errorf("%w: a survey of %d columns in %d parts in %d bytes", bundle.ErrFormat, cols, parts, whole)
	}
	s := NewSurvey(int(cols))
	for range parts {
		level := next()
		p := surveyed{level: int(level), at: next(), rows: next(), columns: make([]tally, cols)}
		if level < 0 || level > 40 || p.at < 0 || p.at >= 1<<50>>p.level || p.rows < 1 || p.rows > SurveyRows<<p.level {
			return nil, fmt.Errorf("%w: a survey of impossible rows", bundle.ErrFormat)
		}
		for j := range p.columns {
			c := &p.columns[j]
			for _, v := range []*float64{&c.mean, &c.squares, &c.first} {
				if *v = math.Float64frombits(uint64(next())); *v-*v != 0 {
					return nil, fmt.Errorf("%w: a survey of numbers that are not finite", bundle.ErrFormat)
				}
			}
			if c.other = next(); c.other < -1 {
				return nil, fmt.Errorf("%w: a survey of impossible rows", bundle.ErrFormat)
			}
		}
		n := len(s.parts)
		if err := s.insert(p); err != nil || len(s.parts) != n+1 || s.parts[n].at != p.at || s.parts[n].level != p.level {
			return nil, fmt.Errorf("%w: a survey of rows that do not ascend, or were not merged", bundle.ErrFormat)
		}
	}
	return s, nil
}
