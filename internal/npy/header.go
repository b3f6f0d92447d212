package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"nnk/internal/numbytes"
)

// kinds are the element types; a list, because a map would be made when a program starts.
var kinds = [...]struct {
	descr string
	kind  numbytes.Kind
}{
	{"b1", numbytes.Bool}, {"i1", numbytes.I8}, {"u1", numbytes.U8},
	{"i2", numbytes.I16}, {"u2", numbytes.U16}, {"i4", numbytes.I32}, {"u4", numbytes.U32},
	{"i8", numbytes.I64}, {"u8", numbytes.U64},
	{"f2", numbytes.F16}, {"f4", numbytes.F32}, {"f8", numbytes.F64},
}

// kindOf is the type of a name, Invalid if there is none.
func kindOf(descr string) numbytes.Kind {
	for _, k := range kinds {
		if k.descr == descr {
			return k.kind
		}
	}
	return numbytes.Invalid
}

// parse reads the header, a Python dictionary with the keys descr, fortran_order
// and shape, into f.
func (f *File) parse(text string) error {
	s := &scanner{text: text, base: f.start}
	have := map[string]bool{}
	s.expect("{")
	for s.err == nil && !s.accept("}") {
		key := s.quoted()
		if have[key] {
			s.fail("duplicate key %q", key)
		}
		have[key] = true
		s.expect(":")
		switch key {
		case "descr":
			f.descr(s)
		case "fortran_order":
			f.fortran = s.boolean()
		case "shape":
			f.Shape = s.tuple()
		default:
			s.fail("unknown key %q", key)
		}
		if !s.accept(",") {
			s.expect("}")
			break
		}
	}
	if s.err == nil && s.skip() != "" {
		s.fail("text after the header")
	}
	if s.err == nil && len(have) != 3 {
		s.fail("descr, fortran_order and shape are all needed")
	}
	return s.err
}

func (f *File) descr(s *scanner) {
	if strings.HasPrefix(s.skip(), "[") {
		s.fail("structured arrays are not supported")
		return
	}
	d := s.quoted()
	if s.err != nil || d == "" {
		s.fail("no element type")
		return
	}
	f.order = binary.LittleEndian
	switch d[0] {
	case '<', '|':
		d = d[1:]
	case '>':
		f.order, d = binary.BigEndian, d[1:]
	}
	if len(d) < 2 {
		s.fail("element type %q is not a real number of at most 64 bits", d)
		return
	}
	if n, err := strconv.Atoi(d[1:]); err == nil && n >= 0 && n < 1<<20 && (d[0] == 'U' || d[0] == 'S') && d[1] != '+' {
		f.text, f.width = d[0], n
		if d[0] == 'U' {
			f.width = 4 * n
		}
		return
	}
	if f.kind = kindOf(d); f.kind == numbytes.Invalid {
		s.fail("element type %q is not a real number of at most 64 bits", d)
	}
}

// scanner reads Python literals. After the first error it makes no progress.
type scanner struct {
	text string
	at   int
	base int64 // offset of text in the file
	err  error
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("npy: %w: byte %d: %s", ErrFormat, s.base+int64(s.at), fmt.Sprintf(format, args...))
		s.at = len(s.text)
	}
}

// skip skips blanks and returns the text that is left.
func (s *scanner) skip() string {
	for s.at < len(s.text) && strings.IndexByte(" \t\n\r", s.text[s.at]) >= 0 {
		s.at++
	}
	return s.text[s.at:]
}

func (s *scanner) accept(token string) bool {
	if s.err == nil && strings.HasPrefix(s.skip(), token) {
		s.at += len(token)
		return true
	}
	return false
}

func (s *scanner) expect(token string) {
	if !s.accept(token) {
		s.fail("want %q", token)
	}
}

func (s *scanner) quoted() string {
	rest := s.skip()
	if rest == "" || rest[0] != '\'' && rest[0] != '"' {
		s.fail("want a string")
		return ""
	}
	n := strings.IndexByte(rest[1:], rest[0])
	if n < 0 {
		s.fail("string without end")
		return ""
	}
	s.at += n + 2
	return rest[1 : n+1]
}

func (s *scanner) boolean() bool {
	if s.accept("True") {
		return true
	}
	s.expect("False")
	return false
}

func (s *scanner) tuple() []int64 {
	var dims []int64
	s.expect("(")
	for s.err == nil && !s.accept(")") {
		if len(dims) == maxRank {
			s.fail("more than %d dimensions", maxRank)
			break
		}
		dims = append(dims, s.integer())
		if !s.accept(",") {
			s.expect(")")
			break
		}
	}
	return dims
}

func (s *scanner) integer() int64 {
	rest := s.skip()
	n, v := 0, int64(0)
	for ; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
		digit := int64(rest[n] - '0')
		if v > (math.MaxInt64-digit)/10 {
			s.fail("integer too large")
			return 0
		}
		v = 10*v + digit
	}
	if n == 0 {
		s.fail("want a non-negative integer")
		return 0
	}
	s.at += n
	s.accept("L") // Python 2 wrote long integers so
	return v
}
