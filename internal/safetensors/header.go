package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"unicode/utf8"
)

// parseHeader reads the JSON object that maps tensor names to their type, shape
// and offsets, and "__metadata__" to a map of strings. It is a scanner of exactly
// that grammar: encoding/json would accept duplicate keys, fractions and unknown
// fields, and spend memory on them.
func parseHeader(text []byte) (*File, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("safetensors: %w: byte 8: header is not UTF-8", ErrFormat)
	}
	s := &scanner{text: bytes.TrimRight(text, " ")}
	f := &File{Metadata: map[string]string{}}
	seen := map[string]bool{}
	s.object(func(key string) {
		if seen[key] {
			s.fail("duplicate name %.200q", key)
			return
		}
		seen[key] = true
		if key == "__metadata__" {
			if f.noMetadata = s.null(); f.noMetadata {
				return
			}
			s.object(func(name string) {
				if _, ok := f.Metadata[name]; ok {
					s.fail("duplicate metadata %.200q", name)
				}
				if len(f.Metadata) == maxMetadata {
					s.fail("more than %d metadata", maxMetadata)
				}
				f.Metadata[name] = s.string()
			})
			return
		}
		if len(f.Tensors) == maxTensors {
			s.fail("more than %d tensors", maxTensors)
			return
		}
		f.Tensors = append(f.Tensors, s.tensor(key))
	})
	if s.err == nil && s.at != len(s.text) {
		s.fail("text after the header's object")
	}
	if s.err != nil {
		return nil, s.err
	}
	return f, nil
}

// scanner reads JSON from text. After the first error it makes no progress and
// every value is zero.
type scanner struct {
	text []byte
	at   int
	err  error
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("safetensors: %w: byte %d: %s", ErrFormat, 8+s.at, fmt.Sprintf(format, args...))
		s.at = len(s.text)
	}
}

// peek skips blanks and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) expect(c byte) {
	if s.peek() != c {
		s.fail("want %q", c)
		return
	}
	s.at++
}

// list reads items between brackets with commas between them.
func (s *scanner) list(open, shut byte, item func()) {
	s.expect(open)
	if s.err == nil && s.peek() == shut {
		s.at++
		return
	}
	for s.err == nil {
		item()
		if s.err == nil && s.peek() == ',' {
			s.at++
			continue
		}
		s.expect(shut)
		return
	}
}

// null reads null, if that is what stands there.
func (s *scanner) null() bool {
	s.peek()
	if !bytes.HasPrefix(s.text[s.at:], []byte("null")) {
		return false
	}
	s.at += len("null")
	return true
}

func (s *scanner) object(value func(key string)) {
	s.list('{', '}', func() {
		key := s.string()
		s.expect(':')
		if s.err == nil {
			value(key)
		}
	})
}

func (s *scanner) string() string {
	s.expect('"')
	start, escaped := s.at, false
	for s.err == nil {
		if s.at >= len(s.text) {
			s.fail("string without end")
			break
		}
		c := s.text[s.at]
		s.at++
		if c < ' ' {
			s.at--
			s.fail("control character in a string")
		}
		if c == '\\' {
			escaped = true
			s.at++
		}
		if c != '"' {
			continue
		}
		if !escaped {
			return string(s.text[start : s.at-1])
		}
		var v string
		if err := json.Unmarshal(s.text[start-1:s.at], &v); err != nil {
			s.fail("string with a wrong escape")
		}
		return v
	}
	return ""
}

// integer reads a non-negative integer that fits in an int64.
func (s *scanner) integer() int64 {
	if c := s.peek(); c < '0' || c > '9' {
		s.fail("want a non-negative integer")
		return 0
	}
	start, v := s.at, int64(0)
	for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9'; s.at++ {
		digit := int64(s.text[s.at] - '0')
		if v > (math.MaxInt64-digit)/10 {
			s.fail("integer too large")
			return 0
		}
		v = 10*v + digit
	}
	if s.text[start] == '0' && s.at > start+1 {
		s.fail("integer with leading zero")
		return 0
	}
	return v
}

func (s *scanner) tensor(name string) Tensor {
	t := Tensor{Name: name}
	var have [3]bool
	once := func(i int, field string) {
		if have[i] {
			s.fail("tensor %.200q: duplicate field %.200q", name, field)
		}
		have[i] = true
	}
	s.object(func(field string) {
		switch field {
		case "dtype":
			once(0, field)
			t.DType = s.string()
			t.kind = kindOf(t.DType)
			if s.err == nil && t.DType == "" {
				s.fail("tensor %.200q: empty dtype", name)
			}
		case "shape":
			once(1, field)
			s.list('[', ']', func() {
				if len(t.Shape) == maxRank {
					s.fail("tensor %.200q: more than %d dimensions", name, maxRank)
					return
				}
				t.Shape = append(t.Shape, s.integer())
			})
		case "data_offsets":
			once(2, field)
			var at [2]int64
			n := 0
			s.list('[', ']', func() {
				if n == 2 {
					s.fail("tensor %.200q: more than two data_offsets", name)
					return
				}
				at[n] = s.integer()
				n++
			})
			if s.err == nil && (n != 2 || at[0] > at[1]) {
				s.fail("tensor %.200q: data_offsets must be begin and end", name)
			}
			t.Offset, t.Bytes = at[0], at[1]-at[0]
		default:
			s.fail("tensor %.200q: unknown field %.200q", name, field)
		}
	})
	if s.err == nil && have != [3]bool{true, true, true} {
		s.fail("tensor %.200q: dtype, shape and data_offsets are all needed", name)
	}
	return t
}
