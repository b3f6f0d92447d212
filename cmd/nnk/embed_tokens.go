package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"nnk/internal/npy"
)

// idRows are rows of whole numbers, which may have different lengths.
type idRows struct {
	values  []int32 // of all rows
	lengths []int
}

// longestLine bounds the bytes of a line of ids.
const longestLine = 16 << 20

// readIntegers reads an .npy file of integers, a vector as rows of one, or a text file with a row on each line.
func readIntegers(c *call, path string) (*idRows, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, plain(err)
	}
	if err := c.memory.need(4*float64(info.Size()), path, "give fewer rows at a time"); err != nil {
		return nil, err
	}
	var n *idRows
	if strings.ToLower(filepath.Ext(path)) == ".npy" {
		n, err = integersOfArray(f, info.Size())
	} else {
		n, err = integersOfText(f)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(n.lengths) == 0 {
		return nil, fmt.Errorf("%s: no rows", path)
	}
	return n, nil
}

func integersOfArray(f *os.File, size int64) (*idRows, error) {
	a, err := npy.Open(f, size)
	if err != nil {
		return nil, err
	}
	if !a.Integer() {
		return nil, fmt.Errorf("elements of the type %s, want integers", a.Type())
	}
	if len(a.Shape) > 2 {
		return nil, fmt.Errorf("shape %v, want rows of integers", a.Shape)
	}
	if a.Rows > 0 && a.Cols == 0 {
		return nil, fmt.Errorf("shape %v: the rows are empty", a.Shape)
	}
	n := &idRows{}
	row := make([]float64, a.Cols)
	for i := range a.Rows {
		if err := npy.ReadRows(a, row, i, 1); err != nil {
			return nil, err
		}
		for j, v := range row {
			if v != float64(int32(v)) {
				return nil, fmt.Errorf("row %d column %d is %.0f, want an integer of 32 bits", i, j, v)
			}
			n.values = append(n.values, int32(v))
		}
		n.lengths = append(n.lengths, a.Cols)
	}
	return n, nil
}

func integersOfText(f *os.File) (*idRows, error) {
	n := &idRows{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longestLine)
	for line := 1; lines.Scan(); line++ {
		before := len(n.values)
		for field := range strings.FieldsFuncSeq(lines.Text(), func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
			v, err := strconv.ParseInt(field, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("line %d: %q, want an integer of 32 bits", line, field)
			}
			n.values = append(n.values, int32(v))
		}
		if len(n.values) == before {
			return nil, fmt.Errorf("line %d: no ids", line)
		}
		n.lengths = append(n.lengths, len(n.values)-before)
	}
	return n, lines.Err()
}

// same returns an error unless other has rows of the same lengths.
func (n *idRows) same(path string, other *idRows, otherPath string) error {
	if slices.Equal(n.lengths, other.lengths) {
		return nil
	}
	if len(n.lengths) != len(other.lengths) {
		return fmt.Errorf("%s: %d rows, but %s has %d", otherPath, len(other.lengths), path, len(n.lengths))
	}
	for i, k := range n.lengths {
		if other.lengths[i] != k {
			return fmt.Errorf("%s: row %d has %d types, but %d tokens in %s", otherPath, i, other.lengths[i], k, path)
		}
	}
	return nil
}
