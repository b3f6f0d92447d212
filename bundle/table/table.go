// Package table reads tables of numbers and labels: .npy and .safetensors files, in blocks of rows,
// and .csv files. A [Table] is a source of rows for package bundle by its methods alone.
//
// A [Schema] makes rows of numbers from columns with names, of numbers, booleans, dates and texts, with gaps: [CSV.Schema] learns it,
// [CSV.Inputs] reads a file by it and [Schema.Row] a map of Go values. It is part of a model's file.
package table

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"nnk/internal/fault"
	"nnk/internal/npy"
	"nnk/internal/safetensors"
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
	gaps   bool // whether those of text are NaN, and no error
	rows   int
}

// Open opens the file at path, or all files that match if path is a pattern, in
// the order of their names. The error names the file. The end of ctx ends the reading of text, which takes long: numbers of .npy and .safetensors files are read
// when they are asked for.
func Open(ctx context.Context, path string) (*Table, error) { return Format{}.Open(ctx, path) }

// Open is [Open] for text files that are written as f says.
func (f Format) Open(ctx context.Context, path string) (*Table, error) {
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
		p, cols, err := f.openPart(ctx, name)
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

// ReadFile reads a text file, unless ctx ends. The error names it.
func (f Format) ReadFile(ctx context.Context, name string) (*CSV, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	t, err := f.ReadCSV(ctx, endless(file))
	if err == nil && t.Rows() == 0 {
		err = fmt.Errorf("no rows: %w", ErrFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// Table returns a table in memory as one of the file that is named in errors.
func (t *CSV) Table(name string) *Table {
	return &Table{parts: []part{{name: name, text: t, rows: t.Rows()}}, rows: t.Rows(), cols: t.cols}
}

func (format Format) openPart(ctx context.Context, name string) (part, int, error) {
	f, err := os.Open(name)
	if err != nil {
		return part{}, 0, err
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv":
		defer f.Close()
		return format.textPart(ctx, name, endless(f))
	case ".npy", ".safetensors":
		info, err := f.Stat()
		if err == nil {
			var p part
			var cols int
			if p, cols, err = format.arrayPart(name, f, info.Size()); err == nil {
				p.file = f
				return p, cols, nil
			}
		} else {
			err = fmt.Errorf("%s: %w", name, err)
		}
		f.Close()
		return part{}, 0, err
	}
	f.Close()
	return part{}, 0, unknownName(name)
}

func unknownName(name string) error {
	return fmt.Errorf("%s: the name must end in .npy, .safetensors, .csv or .tsv: %w", name, ErrFormat)
}

// textPart reads a text file.
func (format Format) textPart(ctx context.Context, name string, r io.Reader) (part, int, error) {
	text, err := format.ReadCSV(ctx, r)
	if err != nil {
		return part{}, 0, fmt.Errorf("%s: %w", name, err)
	}
	return part{name: name, text: text, rows: text.Rows()}, text.Cols(), nil
}

// arrayPart reads the head of an array.
func (format Format) arrayPart(name string, r io.ReaderAt, size int64) (part, int, error) {
	var a *npy.File
	var err error
	if strings.EqualFold(filepath.Ext(name), ".safetensors") {
		a, err = format.tensor(r, size)
	} else {
		a, err = npy.Open(r, size)
	}
	if err != nil {
		return part{}, 0, fmt.Errorf("%s: %w", name, err)
	}
	return part{name: name, array: a, rows: a.Rows}, a.Cols, nil
}

// tensor is the only one of a safetensors file, or the one that f names.
func (f Format) tensor(r io.ReaderAt, size int64) (*npy.File, error) {
	file, err := safetensors.Open(r, size)
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range file.Tensors {
		t := &file.Tensors[i]
		if names = append(names, fault.Name(t.Name)); t.Name != f.Tensor && len(file.Tensors) > 1 {
			continue
		}
		if !t.Loadable() {
			return nil, fmt.Errorf("tensor %s has the type %s: %w", fault.Name(t.Name), fault.Name(t.DType), ErrFormat)
		}
		return npy.Within(r, t.Kind(), t.Shape, t.Offset)
	}
	const most = 8
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return nil, fmt.Errorf("%d tensors, %s, of which none is named %q: %w", len(file.Tensors), strings.Join(names, ", "), f.Tensor, ErrFormat)
}

// Read reads a file of the given name and size that is not one of this machine, and may have no rows. Numbers of .npy and .safetensors files are read
// when they are asked for: r must stay readable. The error names the file.
func (f Format) Read(ctx context.Context, name string, r io.ReaderAt, size int64) (*Table, error) {
	var p part
	var cols int
	var err error
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv", ".tsv":
		p, cols, err = f.textPart(ctx, name, io.NewSectionReader(r, 0, size))
	case ".npy", ".safetensors":
		p, cols, err = f.arrayPart(name, r, size)
	default:
		err = unknownName(name)
	}
	if err == nil && cols == 0 {
		err = fmt.Errorf("%s: no columns: %w", name, ErrFormat)
	}
	if err != nil {
		return nil, err
	}
	return &Table{parts: []part{p}, rows: p.rows, cols: cols}, nil
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

// Names are the names of the columns in the header of the first file, nil if it has none.
func (t *Table) Names() []string {
	if p := &t.parts[0]; p.text != nil {
		return p.text.Header
	}
	return nil
}

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
				return fmt.Errorf("line %d column %d is %g: %w", p.text.Line(row+i), p.text.inFile(j)+1, v, mat.ErrNotFinite)
			}
		}
	}
	return err
}

// Numbers reads text files as numbers, which else the first Read does, so that an error comes at once, and ctx can end it.
func (t *Table) Numbers(ctx context.Context) error {
	for i := range t.parts {
		if p := &t.parts[i]; p.text != nil {
			if err := p.numbers(ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
	}
	return nil
}

func (p *part) numbers(ctx context.Context) error {
	if p.memory != nil {
		return nil
	}
	data, err := numbers[float64](ctx, p.text, p.gaps)
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
	if err := p.numbers(context.Background()); err != nil {
		return err
	}
	dst.Copy(p.memory.View(row, 0, dst.Rows(), dst.Cols()))
	return nil
}

// rowReader is a table, or what else is read as one: a bundle.Source is.
type rowReader interface {
	Cols() int
	Read(dst *mat.Dense[float64], row int) error
}

// SomeOf returns the rows of t with the numbers in rows, in that order. It is fast where these follow one another.
func SomeOf(t rowReader, rows []int) *Some { return &Some{t, rows} }

// Some are some rows of a table. It implements bundle.Source.
type Some struct {
	t    rowReader
	rows []int
}

// Rows is the number of rows.
func (s *Some) Rows() int { return len(s.rows) }

// Cols is the number of columns.
func (s *Some) Cols() int { return s.t.Cols() }

// Read fills dst with the rows from row on.
func (s *Some) Read(dst *mat.Dense[float64], row int) error {
	for i := 0; i < dst.Rows(); {
		n := 1
		for i+n < dst.Rows() && s.rows[row+i+n] == s.rows[row+i]+n {
			n++
		}
		if err := s.t.Read(dst.View(i, 0, n, s.t.Cols()), s.rows[row+i]); err != nil {
			return err
		}
		i += n
	}
	return nil
}
