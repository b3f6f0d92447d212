package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"nnk/mat"
)

// booleans are the texts of booleans: pairs of false and true.
var booleans = [...][2]string{{"false", "true"}, {"no", "yes"}, {"f", "t"}, {"n", "y"}}

// boolean is the value of a text, and the number of its pair.
func boolean(text string) (value float64, pair int, ok bool) {
	if len(text) > len("false") {
		return 0, 0, false
	}
	text = strings.ToLower(text)
	for i, p := range booleans {
		if k := slices.Index(p[:], text); k >= 0 {
			return float64(k), i, true
		}
	}
	return 0, 0, false
}

// dates are the forms of ISO 8601 that are read, with T or a blank before the time, and fractions of a second.
var dates = [...]string{
	"2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01",
}

// date is a time in days since 1970.
func date(text string) (float64, bool) {
	if len(text) < len("2006-01") || text[4] != '-' || len(text) > 40 {
		return 0, false
	}
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	for _, form := range dates {
		if t, err := time.Parse(form, text); err == nil {
			return days(t), true
		}
	}
	return 0, false
}

func days(t time.Time) float64 {
	return float64(t.Unix())/86400 + float64(t.Nanosecond())/86400e9
}

// gap is the value of a column where there is none.
var gap = math.NaN()

// ErrUnseen is what an error about a text that is no level of its column wraps, beside [ErrFormat].
var ErrUnseen = errors.New("not one of the column's levels")

// reader turns the values of a column into numbers.
type reader struct {
	*Column
	unseen Unseen
	levels map[string]int // nil to look through Levels, which is enough for one value
}

// index makes the next levels be found at once.
func (r *reader) index() {
	r.levels = make(map[string]int, len(r.Levels))
	for k, level := range r.Levels {
		r.levels[level] = k
	}
}

// text is the value of a text, whose numbers are read by number. The error wraps ErrFormat or mat.ErrNotFinite.
func (r *reader) text(text string, number func(text string) (float64, error)) (float64, error) {
	text = strings.TrimSpace(text)
	if Missing(text) {
		return gap, nil
	}
	switch r.Kind {
	case Number:
		v, err := number(text)
		if errors.Is(err, strconv.ErrRange) || err == nil && v-v != 0 {
			return 0, fmt.Errorf("%s: %w", quote(text), mat.ErrNotFinite)
		}
		if err == nil {
			return r.inRange(v)
		}
	case Boolean:
		if v, _, ok := boolean(text); ok {
			return v, nil
		}
		if text == "0" || text == "1" {
			return float64(text[0] - '0'), nil
		}
	case Date:
		if v, ok := date(text); ok {
			return v, nil
		}
	case Text:
		return r.level(text)
	}
	return 0, fmt.Errorf("%s is not a %s: %w", quote(text), r.Kind, ErrFormat)
}

func (r *reader) level(text string) (float64, error) {
	k, ok := r.levels[text]
	if r.levels == nil {
		k = slices.Index(r.Levels, text)
		ok = k >= 0
	}
	if ok {
		return float64(k), nil
	}
	if r.unseen == UnseenZero {
		return -1, nil
	}
	known := strings.Join(r.Levels[:min(len(r.Levels), 5)], ", ")
	if len(r.Levels) > 5 {
		known += fmt.Sprintf(" and %d more", len(r.Levels)-5)
	}
	return 0, fmt.Errorf("%s is %w, %s: %w", quote(text), ErrUnseen, clip(known, 80), ErrFormat)
}

// inRange refuses a number whose input is not finite.
func (r *reader) inRange(v float64) (float64, error) {
	if in := (v - r.Center) / r.Spread; in-in != 0 {
		return 0, fmt.Errorf("%g, so far from those that were learned: %w", v, mat.ErrNotFinite)
	}
	return v, nil
}

// value is that of a Go value: a number of any type, a bool, a time.Time or its text, a string or, of text, an integer;
// nil is a gap, and so are NaN and the texts that are gaps in files.
func (r *reader) value(v any) (float64, error) {
	var number float64
	integer := false
	switch v := v.(type) {
	case nil:
		return gap, nil
	case string:
		if r.Kind == Number && !Missing(v) {
			return 0, fmt.Errorf("a string, %s, where a number is wanted: %w", quote(v), ErrFormat)
		}
		return r.text(v, nil)
	case bool:
		if r.Kind != Boolean {
			return 0, fmt.Errorf("a bool where %s is wanted: %w", r.wanted(), ErrFormat)
		}
		if v {
			return 1, nil
		}
		return 0, nil
	case time.Time:
		if r.Kind != Date {
			return 0, fmt.Errorf("a time.Time where %s is wanted: %w", r.wanted(), ErrFormat)
		}
		return days(v), nil
	case jsonNumber:
		if r.Kind == Text {
			return r.level(v.String())
		}
		n, err := v.Float64()
		if err != nil {
			return 0, fmt.Errorf("%s is not a number: %w", quote(v.String()), ErrFormat)
		}
		number = n
	default:
		ok := false
		if number, integer, ok = numeric(v); !ok {
			return 0, fmt.Errorf("a %T where %s is wanted: %w", v, r.wanted(), ErrFormat)
		}
	}
	switch {
	case number != number:
		return gap, nil
	case number-number != 0:
		return 0, fmt.Errorf("%g: %w", number, mat.ErrNotFinite)
	case r.Kind == Number:
		return r.inRange(number)
	case r.Kind == Boolean && (number == 0 || number == 1):
		return number, nil
	case r.Kind == Text && integer && math.Abs(number) <= 1<<53:
		return r.level(strconv.FormatInt(int64(number), 10))
	}
	return 0, fmt.Errorf("the number %g where %s is wanted: %w", number, r.wanted(), ErrFormat)
}

// jsonNumber is what a json.Number has: a program that reads no JSON shall not link encoding/json for it.
type jsonNumber interface {
	Float64() (float64, error)
	String() string
}

func (c *Column) wanted() string {
	return map[Kind]string{Number: "a number", Boolean: "a bool", Date: "a time.Time or a date of ISO 8601", Text: "a string"}[c.Kind]
}

// numeric is the value of a number of any type.
func numeric(v any) (value float64, integer, ok bool) {
	switch v := v.(type) {
	case float64:
		return v, false, true
	case float32:
		return float64(v), false, true
	case int:
		return float64(v), true, true
	case int8:
		return float64(v), true, true
	case int16:
		return float64(v), true, true
	case int32:
		return float64(v), true, true
	case int64:
		return float64(v), true, true
	case uint:
		return float64(v), true, true
	case uint8:
		return float64(v), true, true
	case uint16:
		return float64(v), true, true
	case uint32:
		return float64(v), true, true
	case uint64:
		return float64(v), true, true
	}
	return 0, false, false
}
