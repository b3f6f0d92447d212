// Package csvdata reads comma-separated tables of numbers and labels.
//
// A first line is taken as a header if it has a name above a number, or, in a table with
// nothing but text, if it is a lone word such as "label" or "class". Lines are held in memory.
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

// isName reports whether a field may be a column's name. What stands for a missing value is none: a first row
// with a gap would be taken for a header, and lost in silence.
func isName(s string) bool {
	missing := []string{"", "?", "-", "na", "n/a", "null", "none"}
	return !isNumber(s) && !slices.Contains(missing, strings.ToLower(strings.TrimSpace(s)))
}

func isHeader(rows [][]string) bool {
	if len(rows) < 2 {
		return false
	}
	for j, name := range rows[0] {
		if isName(name) && isNumber(rows[1][j]) {
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

// Numeric reports whether the table is one of numbers: in every column the first field that does
// not stand for a missing value is a number. A column of nothing else is text.
func (t *Table) Numeric() bool {
	for j := range t.Cols() {
		at := slices.IndexFunc(t.Rows, func(row []string) bool { return isName(row[j]) || isNumber(row[j]) })
		if at < 0 || isName(t.Rows[at][j]) {
			return false
		}
	}
	return true
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
