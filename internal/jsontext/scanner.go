// Package jsontext reads and writes the JSON in the headers of files. Its reader takes exactly the grammar that the caller
// spells out: encoding/json would fold the case of keys, take one twice, and spend memory on what nobody asked for, so two
// programs could read one file differently. It needs no reflection, which a small program that loads a model would link for it alone.
package jsontext

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// Error is what is wrong with a text, and at which byte.
type Error struct {
	At   int
	What string
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.At, e.What) }

// Scanner reads a text, value by value. After the first error it makes no progress and
// every value is zero.
type Scanner struct {
	text []byte
	at   int
	err  *Error
}

// NewScanner returns one that reads text, which must not change.
func NewScanner(text []byte) *Scanner { return &Scanner{text: text} }

// Fail makes the scanner stop with an error here, if it has none yet.
func (s *Scanner) Fail(format string, args ...any) {
	if s.err == nil {
		s.err = &Error{s.at, fmt.Sprintf(format, args...)}
		s.at = len(s.text)
	}
}

// Err is the first error, an [*Error], or nil.
func (s *Scanner) Err() error {
	if s.err == nil {
		return nil // not a nil *Error
	}
	return s.err
}

// End returns the first error; text that is left, if only a blank, is one.
func (s *Scanner) End() error {
	if s.err == nil && s.at != len(s.text) {
		s.Fail("text after the end")
	}
	return s.Err()
}

// peek skips blanks and returns the next byte, 0 at the end.
func (s *Scanner) peek() byte {
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

func (s *Scanner) expect(c byte) {
	if s.peek() != c {
		s.Fail("want %q", c)
		return
	}
	s.at++
}

// list reads items between brackets with commas between them.
func (s *Scanner) list(open, shut byte, item func()) {
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

// List reads a list; item reads each of its values.
func (s *Scanner) List(item func()) { s.list('[', ']', item) }

// Strings reads a list of strings. It has no element, but is not nil, if the list is empty.
func (s *Scanner) Strings() []string {
	list := []string{}
	s.List(func() { list = append(list, s.String()) })
	return list
}

// Object reads an object of any keys; value reads the value of each. It is the caller's to refuse a key that comes twice.
func (s *Scanner) Object(value func(key string)) {
	s.list('{', '}', func() {
		key := s.String()
		s.expect(':')
		if s.err == nil {
			value(key)
		}
	})
}

// Field is a key that an object may have, and what reads its value.
type Field struct {
	Key  string
	Read func()
}

// Fields reads an object that has some of fields, at most 64, each once at most, in any order, and returns how many it has.
func (s *Scanner) Fields(fields ...Field) int {
	count, seen := 0, uint64(0)
	s.Object(func(key string) {
		for i, f := range fields {
			if f.Key != key {
				continue
			}
			if seen&(1<<i) != 0 {
				s.Fail("duplicate field %.200q", key)
				return
			}
			seen |= 1 << i
			count++
			f.Read()
			return
		}
		s.Fail("unknown field %.200q", key)
	})
	return count
}

// word reads a word, if that is what stands there.
func (s *Scanner) word(word string) bool {
	s.peek()
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

// Next is the first byte of the next value, which tells what it is: { [ " t f n - or a digit; 0 at the end.
func (s *Scanner) Next() byte { return s.peek() }

// Blanks passes over those that may stand behind the last value of a text that people write.
func (s *Scanner) Blanks() { s.peek() }

// deepest bounds how far values within values are followed.
const deepest = 64

// Skip reads a value of any kind and returns how many it holds, 0 for one that is no list and no object.
func (s *Scanner) Skip() int { return s.skip(0) }

func (s *Scanner) skip(depth int) int {
	if depth > deepest {
		s.Fail("values within values, more than %d deep", deepest)
		return 0
	}
	n := 0
	switch c := s.peek(); c {
	case '{':
		s.Object(func(string) { n++; s.skip(depth + 1) })
	case '[':
		s.List(func() { n++; s.skip(depth + 1) })
	case '"':
		_ = s.String()
	case 't', 'f':
		s.Bool()
	case 'n':
		if !s.Null() {
			s.Fail("want a value")
		}
	default:
		s.Number()
	}
	return n
}

// Null reads null, if that is what stands there.
func (s *Scanner) Null() bool { return s.word("null") }

// Bool reads true or false.
func (s *Scanner) Bool() bool {
	if s.word("true") {
		return true
	}
	if !s.word("false") {
		s.Fail("want true or false")
	}
	return false
}

// String reads a string.
func (s *Scanner) String() string {
	s.expect('"')
	start, escaped := s.at, false
	for s.err == nil {
		if s.at >= len(s.text) {
			s.Fail("string without end")
			break
		}
		c := s.text[s.at]
		s.at++
		if c < ' ' {
			s.at--
			s.Fail("control character in a string")
		}
		if c == '\\' {
			escaped = true
			s.at++
		}
		if c != '"' {
			continue
		}
		v := s.text[start : s.at-1]
		if escaped {
			var ok bool
			if v, ok = unescape(v); !ok {
				s.Fail("string with a wrong escape")
			}
		}
		if !utf8.Valid(v) {
			s.Fail("string that is not UTF-8")
		}
		if s.err == nil {
			return string(v)
		}
	}
	return ""
}

// Integer reads a non-negative integer that fits in an int64.
func (s *Scanner) Integer() int64 {
	if c := s.peek(); c < '0' || c > '9' {
		s.Fail("want a non-negative integer")
		return 0
	}
	start, v := s.at, int64(0)
	for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9'; s.at++ {
		digit := int64(s.text[s.at] - '0')
		if v > (math.MaxInt64-digit)/10 {
			s.Fail("integer too large")
			return 0
		}
		v = 10*v + digit
	}
	if s.text[start] == '0' && s.at > start+1 {
		s.Fail("integer with leading zero")
		return 0
	}
	return v
}

// Number reads a number, rounded to the nearest float64.
func (s *Scanner) Number() float64 {
	s.peek()
	start := s.at
	digits := func() int {
		n := s.at
		for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
			s.at++
		}
		return s.at - n
	}
	next := func(set string) bool {
		if s.at == len(s.text) || bytes.IndexByte([]byte(set), s.text[s.at]) < 0 {
			return false
		}
		s.at++
		return true
	}
	next("-")
	zero := next("0")
	ok := zero || digits() > 0
	if ok && next(".") {
		ok = digits() > 0
	}
	if ok && next("eE") {
		next("+-")
		ok = digits() > 0
	}
	if !ok {
		s.Fail("want a number")
		return 0
	}
	v, err := strconv.ParseFloat(string(s.text[start:s.at]), 64)
	if err != nil {
		s.Fail("number too large")
		return 0
	}
	return v
}
