package jsontext

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestStrings: what AppendStrings writes is what encoding/json and the scanner read, for every character up to U+FFFF, some
// above, and bytes that are no UTF-8.
func TestStrings(t *testing.T) {
	var list []string
	for r := rune(0); r < 0x10000; r += 7 {
		list = append(list, "a"+string(r)+"b")
	}
	for r := rune(0); r < 0x180; r++ {
		list = append(list, string(r), string(r)+"\\")
	}
	list = append(list, "", "😀\U0010ffff", "\xff\xfe", "a\xc3", `\u0041`, `"`)
	text := AppendStrings(nil, list)
	var want []string
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	s := NewScanner(text)
	got := s.Strings()
	if err := s.End(); err != nil || !slices.Equal(got, want) {
		t.Fatalf("%d strings, %v", len(got), err)
	}
	for i := range list {
		if want[i] != strings.ToValidUTF8(list[i], "�") && list[i] != "\xff\xfe" {
			t.Errorf("%q became %q", list[i], want[i])
		}
	}
	if empty := NewScanner([]byte("[]")).Strings(); empty == nil || len(empty) != 0 {
		t.Errorf("an empty list is %#v", empty)
	}
}

// TestEscapes: the scanner reads a string as encoding/json does, or refuses one that the latter guesses at.
func TestEscapes(t *testing.T) {
	for _, text := range []string{`"\"\\\/\b\f\n\r\t"`, `"\u0041\u00e9\u20AC\uABCD"`, `"\ud83d\ude00x"`, `"é"`, `"\u0000"`} {
		var want string
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		s := NewScanner([]byte(text))
		if got := s.String(); s.End() != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, s.Err(), want)
		}
	}
	for _, text := range []string{`"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00\ud83d"`, `"\ud83d\u"`, `"\u12"`, `"\u12g4"`, `"\x41"`, `"\`, `"\"`, `"a`, `"`, ``, `a`, "\"\n\"", "\"\xff\"", `'a'`} {
		s := NewScanner([]byte(text))
		if got := s.String(); got != "" || s.Err() == nil {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

// TestNumbers: those of JSON's grammar, and no others; what is written reads back to the bit.
func TestNumbers(t *testing.T) {
	for _, text := range []string{"0", "-0", "1", "10", "-1.5", "0.25", "1e5", "1E+05", "2.5e-3", "123456789012345678901234567890", "1e-999", "4.9e-324"} {
		var want float64
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		s := NewScanner([]byte(text))
		if got := s.Number(); s.End() != nil || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: %g, %v", text, got, s.Err())
		}
	}
	for _, text := range []string{"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "--1", "0x1", "NaN", "Inf", "1e999", "-1e999", "1_0"} {
		s := NewScanner([]byte(text))
		if got := s.Number(); s.End() == nil {
			t.Errorf("%s is read as %g", text, got)
		}
		if json.Valid([]byte(text)) && !strings.Contains(text, "999") {
			t.Errorf("%s is a number of JSON", text)
		}
	}
	for _, x := range []float64{0, math.Copysign(0, -1), 1, -1e6, 1e21, 0.1, math.Pi, 5e-324, math.MaxFloat64, 1.0 / 3} {
		s := NewScanner(AppendNumber(nil, x))
		if got := s.Number(); s.End() != nil || math.Float64bits(got) != math.Float64bits(x) {
			t.Errorf("%g became %g, %v", x, got, s.Err())
		}
	}
}

// TestFields: an object has each of its fields once at most, and no other, however it is written.
func TestFields(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                              "",
		` {"n" : 7 , "b":true,"x":null}`:  "",
		`{"b":false,"n":7}`:               "",
		`{"n":7,"n":7}`:                   "duplicate",
		`{"N":7}`:                         "unknown",
		`{"n":7,}`:                        "want '\"'",
		`{"n" 7}`:                         "want ':'",
		`{"n":7`:                          "want '}'",
		`{"n":-7}`:                        "non-negative",
		`{"n":9223372036854775808}`:       "too large",
		`{"n":07}`:                        "leading zero",
		`{"b":1}`:                         "true or false",
		`{"x":nil}`:                       "null",
		`{"n":7} `:                        "after the end",
		`[]`:                              "want '{'",
		`{"n":9223372036854775807,"b":t}`: "true or false",
	} {
		s := NewScanner([]byte(text))
		n, count := int64(-1), 0
		count = s.Fields(Field{"n", func() { n = s.Integer() }}, Field{"b", func() { s.Bool() }}, Field{"x", func() {
			if !s.Null() {
				s.Fail("want null")
			}
		}})
		err := s.End()
		if want == "" {
			if err != nil || count != strings.Count(text, ":") || (count > 0 && n != 7) {
				t.Errorf("%s: %d fields, n %d, %v", text, count, n, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.What, want) || e.At > len(text) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestKeys: commas stand between the members of an object only.
func TestKeys(t *testing.T) {
	b := AppendString(AppendKey([]byte{'{'}, "a{"), "{")
	b = append(AppendKey(b, "b"), '{')
	b = append(AppendNumber(AppendKey(b, "c"), 1), "}}"...)
	if want := `{"a{":"{","b":{"c":1}}`; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
}

// TestSkip: a value of any kind is passed over, as far as the grammar allows, and counted.
func TestSkip(t *testing.T) {
	for text, want := range map[string]int{
		`{}`: 0, `[]`: 0, `1`: 0, `-1.5e3`: 0, `"a\"b"`: 0, `null`: 0, `true`: 0, ` [1, [2,3], {"a":[]}]`: 3, `{"a":{"b":1,"c":2}}`: 1,
		strings.Repeat("[", 64) + strings.Repeat("]", 64): 1,
	} {
		s := NewScanner([]byte(text))
		if got := s.Skip(); s.End() != nil || got != want {
			t.Errorf("%.20s: %d, %v, want %d", text, got, s.Err(), want)
		}
	}
	for _, text := range []string{``, `[1,]`, `{"a"}`, `nul`, `tru`, `01x`, `[1 2]`, `{a:1}`, strings.Repeat("[", 70) + strings.Repeat("]", 70), strings.Repeat("[", 1<<20)} {
		s := NewScanner([]byte(text))
		if s.Skip(); s.End() == nil {
			t.Errorf("%.20s is read", text)
		}
	}
	s := NewScanner([]byte(" [1] \n"))
	if c := s.Next(); c != '[' {
		t.Errorf("next is %q", c)
	}
	s.Skip()
	s.Blanks()
	if c := s.Next(); c != 0 || s.End() != nil {
		t.Errorf("next is %q, %v", c, s.Err())
	}
}
