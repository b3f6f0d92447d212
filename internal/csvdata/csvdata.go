// Package csvdata reads comma-separated tables of numbers and labels.
//
// A first line is taken as a header if it has a field that is not a number above
// one that is, or, in a table with nothing but text, if it is a lone word such as
// "label" or "class". Lines are held in memory.
package csvdata

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"nnk/asm"
)

// ErrFormat is what every error about the content of a file wraps.
var ErrFormat = errors.New("not a readable CSV table")

// Table is a table of equally long lines of text.
type Table struct {
	Header []string // nil if the file has none
	Rows   [][]string
	line   int // number of the first row's line, for messages
}

// Read reads a whole table.
func Read(r io.Reader) (*Table, error) {
	c := csv.NewReader(r)
	c.TrimLeadingSpace = true
	rows, err := c.ReadAll()
	if err != nil {
		var pe *csv.ParseError
		if errors.As(err, &pe) {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: no lines", ErrFormat)
	}
	rows[0][0] = strings.TrimPrefix(rows[0][0], "\ufeff") // spreadsheets begin files with a byte order mark
	t := &Table{Rows: rows, line: 1}
	if isHeader(rows) {
		t.Header, t.Rows, t.line = rows[0], rows[1:], 2
	}
	return t, nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

func isHeader(rows [][]string) bool {
	if len(rows) < 2 {
		return false
	}
	for j, name := range rows[0] {
		if !isNumber(name) && isNumber(rows[1][j]) {
			return true
		}
	}
	words := []string{"label", "labels", "class", "category", "species", "target", "y"}
	return len(rows[0]) == 1 && slices.Contains(words, strings.ToLower(strings.TrimSpace(rows[0][0])))
}

// Cols is the number of columns.
func (t *Table) Cols() int {
	if t.Header != nil {
		return len(t.Header)
	}
	return len(t.Rows[0])
}

// Numeric reports whether every field of the first row is a number.
func (t *Table) Numeric() bool {
	return len(t.Rows) == 0 || !slices.ContainsFunc(t.Rows[0], func(s string) bool { return !isNumber(s) })
}

// Numbers returns all fields as numbers, rounded once, in row-major order. A number that is too
// large for T is an error; written as infinity or NaN it is read as that.
func Numbers[T asm.Float](t *Table) ([]T, error) {
	var zero T
	bits := 64
	if _, ok := any(zero).(float32); ok {
		bits = 32
	}
	data := make([]T, 0, len(t.Rows)*t.Cols())
	for i, row := range t.Rows {
		for j, field := range row {
			v, err := strconv.ParseFloat(strings.TrimSpace(field), bits)
			if errors.Is(err, strconv.ErrRange) {
				return nil, fmt.Errorf("%w: line %d column %d: %q is too large for a number of %d bits", ErrFormat, t.line+i, j+1, field, bits)
			}
			if err != nil {
				return nil, fmt.Errorf("%w: line %d column %d: %q is not a number", ErrFormat, t.line+i, j+1, field)
			}
			data = append(data, T(v))
		}
	}
	return data, nil
}
