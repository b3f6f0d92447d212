// Package table reads tables of numbers and labels: .npy files, in blocks of rows,
// and .csv files. A [Table] is a source of rows for package bundle by its methods alone.
package table

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"nnk/internal/npy"
	"nnk/mat"
)

// Table is one or more files with the same columns, one after the other. It
// implements bundle.Source.
type Table struct {
	parts []part
	rows  int
	cols  int
}

type part struct {
	name   string
	file   *os.File // nil for a table in memory
	array  *npy.File
	memory *mat.Dense[float64]
	text   *CSV
	rows   int
}

// Open opens the file at path, or all files that match if path is a pattern, in
// the order of their names. The error names the file.
func Open(path string) (*Table, error) { return Format{}.Open(path) }

// Open is [Open] for text files that are written as f says.
func (f Format) Open(path string) (*Table, error) {
	names := []string{path}
	if strings.ContainsAny(path, "*?[") {
		if _, err := os.Stat(path); err != nil {
			if names, err = filepath.Glob(path); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if len(names) == 0 {
				return nil, fmt.Errorf("%s: no file matches", path)
			}
			slices.Sort(names)
		}
	}
	if len(names) > 1 {
		f.Rows = 0 // which of all files together
	}
	t := &Table{}
	for _, name := range names {
		p, cols, err := f.openPart(name)
		if err == nil && len(t.parts) > 0 && cols != t.cols {
			err = fmt.Errorf("%s: %d columns, but %s has %d: %w", name, cols, t.parts[0].name, t.cols, ErrFormat)
		}
		if err == nil && cols == 0 {
			err = fmt.Errorf("%s: no columns: %w", name, ErrFormat)
		}
		if err != nil {
			t.Close()
			return nil, err
		}
		t.parts = append(t.parts, p)
		t.cols = cols
		t.rows += p.rows
	}
	if t.rows == 0 {
		t.Close()
		return nil, fmt.Errorf("%s: no rows: %w", path, ErrFormat)
	}
	return t, nil
}

func (format Format) openPart(name string) (part, int, error) {
	f, err := os.Open(name)
	if err != nil {
		return part{}, 0, err
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		defer f.Close()
		text, err := format.ReadCSV(endless(f))
		if err != nil {
			return part{}, 0, fmt.Errorf("%s: %w", name, err)
		}
		return part{name: name, text: text, rows: text.Rows()}, text.Cols(), nil
	case ".npy":
		info, err := f.Stat()
		if err == nil {
			var a *npy.File
			if a, err = npy.Open(f, info.Size()); err == nil {
				return part{name: name, file: f, array: a, rows: a.Rows}, a.Cols, nil
			}
		}
		f.Close()
		return part{}, 0, fmt.Errorf("%s: %w", name, err)
	}
	f.Close()
	return part{}, 0, fmt.Errorf("%s: the name must end in .npy or .csv: %w", name, ErrFormat)
}

// mostUnsized bounds what is read of something that does not tell its size, such as a pipe or a device.
const mostUnsized = 1 << 30

// endless refuses to read without end.
func endless(f *os.File) io.Reader {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return f
	}
	return &bounded{f, mostUnsized}
}

type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, fmt.Errorf("%w: more than %d bytes from something that is not a file", ErrFormat, mostUnsized)
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Found says, one line for each text file, what was found of how it is written, if it is not plain; see [CSV.Found].
func (t *Table) Found() []string {
	var lines []string
	for _, p := range t.parts {
		if p.text != nil {
			if found := p.text.Found(); found != "" {
				lines = append(lines, p.name+": "+found)
			}
		}
	}
	return lines
}

// Close closes the files.
func (t *Table) Close() {
	for _, p := range t.parts {
		if p.file != nil {
			p.file.Close()
		}
	}
}

// Rows is the number of rows of all files.
func (t *Table) Rows() int { return t.rows }

// Cols is the number of columns.
func (t *Table) Cols() int { return t.cols }

// Read fills dst with the rows from row on. The error names the file and, for NaN
// or infinity, the row in it and the column, both counted from 0, or of text the line and the column counted from 1.
func (t *Table) Read(dst *mat.Dense[float64], row int) error {
	done := 0
	for i := range t.parts {
		p := &t.parts[i]
		if row >= p.rows {
			row -= p.rows
			continue
		}
		n := min(p.rows-row, dst.Rows()-done)
		if n == 0 {
			break
		}
		view := dst.View(done, 0, n, t.cols)
		err := p.read(view, row)
		if err == nil {
			err = p.checkFinite(view, row)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		done += n
		row = 0
	}
	return nil
}

func (p *part) checkFinite(x *mat.Dense[float64], row int) error {
	err := mat.CheckFinite(x, row)
	if err == nil || p.text == nil {
		return err
	}
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			if v-v != 0 {
				return fmt.Errorf("line %d column %d is %g: %w", p.text.Line(row+i), j+1, v, mat.ErrNotFinite)
			}
		}
	}
	return err
}

// Numbers reads text files as numbers, which else the first Read does, so that an error comes at once.
func (t *Table) Numbers() error {
	for i := range t.parts {
		if p := &t.parts[i]; p.text != nil {
			if err := p.numbers(); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return nil
}

func (p *part) numbers() error {
	if p.memory != nil {
		return nil
	}
	data, err := Numbers[float64](p.text)
	if err == nil {
		p.memory = mat.Of(p.rows, p.text.Cols(), data)
	}
	return err
}

func (p *part) read(dst *mat.Dense[float64], row int) error {
	if p.array != nil {
		if dst.Stride() == dst.Cols() {
			return npy.ReadRows(p.array, dst.Data(), row, dst.Rows())
		}
		for i := range dst.Rows() {
			if err := npy.ReadRows(p.array, dst.Row(i), row+i, 1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := p.numbers(); err != nil {
		return err
	}
	dst.Copy(p.memory.View(row, 0, dst.Rows(), dst.Cols()))
	return nil
}

// Labels are the classes of samples.
type Labels struct {
	Class []int
	// Names are the classes' names in the order of their numbers; nil if they are
	// 0, 1, … themselves.
	Names []string
	Count int
}

// Integral reports whether the table is one column of text, or of numbers
// stored as integers, as class labels are.
func (t *Table) Integral() bool {
	if t.cols != 1 {
		return false
	}
	for _, p := range t.parts {
		if p.array != nil && !p.array.Integer() {
			return false
		}
		if p.text != nil && p.text.Numeric() {
			for j := range p.rows {
				if _, err := strconv.Atoi(strings.TrimSpace(p.text.Field(j, 0))); err != nil {
					return false
				}
			}
		}
	}
	return true
}

// Labels reads the only column as class labels. With names, those of a model,
// every label must be one of them; otherwise the classes are the different labels, numbers
// in ascending order or text in alphabetical order.
func (t *Table) Labels(names []string, count int) (*Labels, error) {
	if t.cols != 1 {
		return nil, fmt.Errorf("%s: %d columns; class labels are one: %w", t.parts[0].name, t.cols, ErrFormat)
	}
	words, err := t.words()
	if err != nil {
		return nil, err
	}
	if names == nil && count == 0 {
		names = distinct(words)
		count = len(names)
	}
	l := &Labels{Class: make([]int, len(words)), Names: names, Count: count}
	if plain(names) {
		l.Names = nil
	}
	index := map[string]int{}
	for i := range count {
		if names == nil {
			index[strconv.Itoa(i)] = i
		} else {
			index[names[i]] = i
		}
	}
	for i, w := range words {
		c, ok := index[w]
		if !ok {
			return nil, fmt.Errorf("%s: row %d: class %q is not one of the model's %d classes: %w", t.parts[0].name, i, w, count, ErrFormat)
		}
		l.Class[i] = c
	}
	return l, nil
}

// words are the labels as text.
func (t *Table) words() ([]string, error) {
	words := make([]string, 0, t.rows)
	for i := range t.parts {
		p := &t.parts[i]
		if p.text != nil {
			for j := range p.rows {
				w := strings.TrimSpace(p.text.Field(j, 0))
				if v, err := strconv.ParseFloat(w, 64); err == nil && isInteger(v) {
					w = strconv.FormatInt(int64(v), 10)
				}
				words = append(words, w)
			}
			continue
		}
		column := make([]float64, p.rows)
		if err := npy.ReadRows(p.array, column, 0, p.rows); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		for j, v := range column {
			if !isInteger(v) {
				return nil, fmt.Errorf("%s: row %d: %g is not a class label, which is an integer: %w", p.name, j, v, ErrFormat)
			}
			words = append(words, strconv.FormatInt(int64(v), 10))
		}
	}
	return words, nil
}

// isInteger reports whether v is an integer that float64 holds exactly.
func isInteger(v float64) bool { return v == math.Trunc(v) && math.Abs(v) <= 1<<53 }

// distinct returns the different words: as numbers if all are, else as text.
func distinct(words []string) []string {
	var names []string
	seen := map[string]bool{}
	for _, w := range words {
		if !seen[w] {
			seen[w] = true
			names = append(names, w)
		}
	}
	slices.Sort(names)
	for _, w := range names {
		if _, err := strconv.Atoi(w); err != nil {
			return names
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return x - y
	})
	return names
}

// plain reports whether the names are 0, 1, ….
func plain(names []string) bool {
	for i, name := range names {
		if name != strconv.Itoa(i) {
			return false
		}
	}
	return true
}
