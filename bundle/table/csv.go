package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
	"nnk/internal/fault"
)

// ErrFormat is what every error about the content of a table wraps.
var ErrFormat = fault.Format

// CSV is a table of equally long lines of text. Its first line is taken as a header if it has a
// name above a number, or, in a table with nothing but text, if it is a lone word such as "label" or "class". The text
// of all fields is held in memory, with four bytes for each.
type CSV struct {
	Header []string // nil if the file has none

	text string   // of all fields, those of the header too, one after the other
	ends []uint32 // where each of them ends: a string would take four times as much
	cols int
	skip int // lines of the header, 0 or 1
}

// ReadCSV reads a whole table.
func ReadCSV(r io.Reader) (*CSV, error) {
	c := csv.NewReader(r)
	c.TrimLeadingSpace, c.ReuseRecord = true, true
	t, text := &CSV{}, strings.Builder{}
	for {
		fields, err := c.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				return nil, fmt.Errorf("csv: %w: %w", ErrFormat, err)
			}
			return nil, err
		}
		if t.cols == 0 {
			t.cols = len(fields)
			fields[0] = strings.TrimPrefix(fields[0], "\ufeff") // spreadsheets begin files with a byte order mark
		}
		for _, f := range fields {
			if uint64(text.Len())+uint64(len(f)) > math.MaxUint32 {
				line, _ := c.FieldPos(0)
				return nil, fmt.Errorf("csv: %w: line %d: more than 4 GiB of text; an .npy file may be larger", ErrFormat, line)
			}
			text.WriteString(f)
			t.ends = append(t.ends, uint32(text.Len()))
		}
	}
	if t.cols == 0 {
		return nil, fmt.Errorf("csv: %w: no lines", ErrFormat)
	}
	t.text = text.String()
	if t.hasHeader() {
		for j := range t.cols {
			t.Header = append(t.Header, t.Field(0, j))
		}
		t.skip = 1
	}
	return t, nil
}

// Rows is the number of rows, without the header.
func (t *CSV) Rows() int { return len(t.ends)/t.cols - t.skip }

// Cols is the number of columns.
func (t *CSV) Cols() int { return t.cols }

// Field is the text in row i and column j.
func (t *CSV) Field(i, j int) string {
	k, start := (i+t.skip)*t.cols+j, uint32(0)
	if k > 0 {
		start = t.ends[k-1]
	}
	return t.text[start:t.ends[k]]
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// isName reports whether a field may be a column's name. What stands for a missing value is none: a first row
// with a gap would be taken for a header, and lost in silence.
func isName(s string) bool {
	missing := []string{"", "?", "-", "na", "n/a", "null", "none"}
	return !isNumber(s) && !slices.Contains(missing, strings.ToLower(strings.TrimSpace(s)))
}

// hasHeader reports whether the first line, here still a row, is a header.
func (t *CSV) hasHeader() bool {
	if t.Rows() < 2 {
		return false
	}
	for j := range t.cols {
		if isName(t.Field(0, j)) && isNumber(t.Field(1, j)) {
			return true
		}
	}
	words := []string{"label", "labels", "class", "category", "species", "target", "y"}
	return t.cols == 1 && slices.Contains(words, strings.ToLower(strings.TrimSpace(t.Field(0, 0))))
}

// Numeric reports whether the table is one of numbers: in every column the first field that does
// not stand for a missing value is a number. A column of nothing else is text.
func (t *CSV) Numeric() bool {
	for j := range t.cols {
		number := false
		for i := 0; i < t.Rows() && !number; i++ {
			if isName(t.Field(i, j)) {
				return false
			}
			number = isNumber(t.Field(i, j))
		}
		if !number {
			return false
		}
	}
	return true
}

// Numbers returns all fields as numbers, rounded once, in row-major order. A number that is too
// large for T is an error; written as infinity or NaN it is read as that.
func Numbers[T asm.Float](t *CSV) ([]T, error) {
	var zero T
	bits := 64
	if _, ok := any(zero).(float32); ok {
		bits = 32
	}
	data := make([]T, 0, t.Rows()*t.cols)
	for i := range t.Rows() {
		for j := range t.cols {
			field := t.Field(i, j)
			v, err := strconv.ParseFloat(strings.TrimSpace(field), bits)
			if errors.Is(err, strconv.ErrRange) {
				return nil, fmt.Errorf("csv: %w: line %d column %d: %q is too large for a number of %d bits", ErrFormat, t.skip+i+1, j+1, field, bits)
			}
			if err != nil {
				return nil, fmt.Errorf("csv: %w: line %d column %d: %q is not a number", ErrFormat, t.skip+i+1, j+1, field)
			}
			data = append(data, T(v))
		}
	}
	return data, nil
}
