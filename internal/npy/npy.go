// Package npy reads and writes NumPy's .npy files as matrices of float32 or
// float64: versions 1 to 3, C and Fortran order, both byte orders, every integer
// and float type that has a hardware representation. Rows are read in blocks, so
// a file may be larger than memory.
//
// The header is checked against the size of the file before anything is
// allocated; errors about the content wrap [ErrFormat] and name the byte offset.
//
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"nnk/asm"
	"nnk/internal/fault"
	"nnk/internal/numbytes"
)

// ErrFormat is what every error about the content of a file wraps.
var ErrFormat = fault.Format

const (
	magic = "\x93NUMPY"
	// maxHeader bounds the memory spent on a header; NumPy itself refuses to
	// evaluate more than 10,000 bytes by default.
	maxHeader = 1 << 16
	maxRank   = 32 // as NumPy
)

// File is an opened array seen as a matrix: the first dimension is the rows, the
// others together are the columns; a vector of n elements is n×1 and a scalar
// 1×1. It is safe for concurrent use if its reader is.
type File struct {
	Shape      []int64
	Rows, Cols int

	kind    numbytes.Kind
	text    byte // 'U' for texts of UTF-32, 'S' for bytes, 0 for numbers
	width   int  // bytes of a text
	order   binary.ByteOrder
	fortran bool
	start   int64 // of the data
	r       io.ReaderAt
}

// Open reads and checks the header of a file of the given size.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f, err := openFile(r, size)
	return f, fault.Brief(err)
}

// Within returns the array of little-endian elements in the order of C that begins at byte start of r, of a file in another format.
func Within(r io.ReaderAt, kind numbytes.Kind, shape []int64, start int64) (*File, error) {
	f := &File{r: r, kind: kind, Shape: shape, order: binary.LittleEndian, start: start}
	n, ok := numbytes.Product(shape, kind.Size())
	if !ok || n > math.MaxInt64-start {
		return nil, fmt.Errorf("npy: %w: byte %d: shape %v", ErrFormat, start, shape)
	}
	return f, f.check(start + n)
}

func openFile(r io.ReaderAt, size int64) (*File, error) {
	var b [12]byte
	if err := readAt(r, b[:min(size, 12)], 0); err != nil {
		return nil, err
	}
	if size < 10 || string(b[:6]) != magic {
		return nil, fmt.Errorf("npy: %w: byte 0: no NumPy magic", ErrFormat)
	}
	f := &File{r: r}
	var n int64
	switch major := b[6]; major {
	case 1:
		n, f.start = int64(binary.LittleEndian.Uint16(b[8:])), 10
	case 2, 3:
		if size < 12 {
			return nil, fmt.Errorf("npy: %w: byte 8: the file ends", ErrFormat)
		}
		n, f.start = int64(binary.LittleEndian.Uint32(b[8:])), 12
	default:
		return nil, fmt.Errorf("npy: %w: byte 6: version %d.%d", ErrFormat, b[6], b[7])
	}
	if n > maxHeader || n > size-f.start {
		return nil, fmt.Errorf("npy: %w: byte 8: header of %d bytes in a file of %d", ErrFormat, n, size)
	}
	text := make([]byte, n)
	if err := readAt(r, text, f.start); err != nil {
		return nil, err
	}
	if err := f.parse(string(text)); err != nil {
		return nil, err
	}
	f.start += n
	return f, f.check(size)
}

// check verifies that the data has the size of the shape and sets Rows and Cols.
func (f *File) check(size int64) error {
	want, ok := numbytes.Product(f.Shape, f.size())
	if !ok || want != size-f.start {
		return fmt.Errorf("npy: %w: byte %d: %d bytes of data for shape %v of %d-byte elements", ErrFormat, f.start, size-f.start, f.Shape, f.size())
	}
	rows, cols := int64(1), int64(1)
	if len(f.Shape) > 0 {
		rows = f.Shape[0]
		if cols, ok = numbytes.Product(f.Shape[1:], 1); !ok {
			return fmt.Errorf("npy: %w: byte %d: shape %v", ErrFormat, f.start, f.Shape)
		}
	}
	if f.fortran && len(f.Shape) > 2 {
		return fmt.Errorf("npy: %w: byte %d: %d dimensions in Fortran order; save it with numpy.ascontiguousarray", ErrFormat, f.start, len(f.Shape))
	}
	f.Rows, f.Cols = int(rows), int(cols)
	if int64(f.Rows) != rows || int64(f.Cols) != cols {
		return fmt.Errorf("npy: %w: byte %d: shape %v is too large for this machine", ErrFormat, f.start, f.Shape)
	}
	return nil
}

// ReadRows converts the n rows from row on to T and stores them in dst, which
// must hold n·Cols elements.
func ReadRows[T asm.Float](f *File, dst []T, row, n int) error {
	if row < 0 || n < 0 || row+n > f.Rows || len(dst) != n*f.Cols {
		panic(fmt.Sprintf("npy.ReadRows: rows %d to %d of %d into %d elements of %d columns", row, row+n, f.Rows, len(dst), f.Cols))
	}
	if f.text != 0 {
		return fmt.Errorf("npy: %w: the elements are text, not numbers", ErrFormat)
	}
	if f.fortran {
		return readColumns(f, dst, row, n)
	}
	size := f.kind.Size()
	buf := make([]byte, min(len(dst)*size, 1<<16))
	at := f.start + int64(row)*int64(f.Cols)*int64(size)
	for len(dst) > 0 {
		k := min(len(dst), len(buf)/size)
		if err := readAt(f.r, buf[:k*size], at); err != nil {
			return err
		}
		numbytes.Decode(dst[:k], buf, f.kind, f.order)
		dst, at = dst[k:], at+int64(k*size)
	}
	return nil
}

// readColumns is ReadRows for Fortran order: a column's elements are neighbours.
func readColumns[T asm.Float](f *File, dst []T, row, n int) error {
	size := f.kind.Size()
	buf, column := make([]byte, n*size), make([]T, n)
	for j := range f.Cols {
		at := f.start + (int64(j)*int64(f.Rows)+int64(row))*int64(size)
		if err := readAt(f.r, buf, at); err != nil {
			return err
		}
		numbytes.Decode(column, buf, f.kind, f.order)
		for i, v := range column {
			dst[i*f.Cols+j] = v
		}
	}
	return nil
}

func readAt(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		if err == nil || err == io.EOF {
			return fmt.Errorf("npy: %w: byte %d: the file ends", ErrFormat, at+int64(n))
		}
		return fmt.Errorf("byte %d: %w", at+int64(n), err)
	}
	return nil
}

// Write writes data, whose length must be the product of shape, as a
// little-endian array in C order.
func Write[T asm.Float](w io.Writer, shape []int, data []T) error {
	descr := "<f4"
	if numbytes.KindOf[T]() == numbytes.F64 {
		descr = "<f8"
	}
	if err := writeHeader(w, descr, shape); err != nil {
		return err
	}
	var buf []byte
	for len(data) > 0 {
		n := min(len(data), 1<<13)
		buf = numbytes.Append(buf[:0], data[:n])
		if _, err := w.Write(buf); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// WriteInts writes data as a vector of little-endian int64.
func WriteInts(w io.Writer, data []int) error {
	if err := writeHeader(w, "<i8", []int{len(data)}); err != nil {
		return err
	}
	var buf []byte
	for _, v := range data {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(int64(v)))
	}
	_, err := w.Write(buf)
	return err
}

// WriteStrings writes data as a vector of NumPy's fixed-width UTF-32 strings.
func WriteStrings(w io.Writer, data []string) error {
	width := 1
	for _, s := range data {
		width = max(width, len([]rune(s)))
	}
	if err := writeHeader(w, fmt.Sprintf("<U%d", width), []int{len(data)}); err != nil {
		return err
	}
	var buf []byte
	for _, s := range data {
		n := 0
		for _, r := range s {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(r))
			n++
		}
		buf = append(buf, make([]byte, 4*(width-n))...)
	}
	_, err := w.Write(buf)
	return err
}

func writeHeader(w io.Writer, descr string, shape []int) error {
	var dims strings.Builder
	for _, s := range shape {
		fmt.Fprintf(&dims, "%d, ", s)
	}
	d := dims.String()
	if len(shape) > 1 {
		d = strings.TrimSuffix(d, ", ")
	} else {
		d = strings.TrimSuffix(d, " ")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, d)
	pad := 63 - (10+len(text))%64 // the data begins at a multiple of 64
	text += strings.Repeat(" ", pad) + "\n"
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	_, err := w.Write(append(b, text...))
	return err
}

// size is the number of bytes of an element.
func (f *File) size() int {
	if f.text != 0 {
		return f.width
	}
	return f.kind.Size()
}

// Type is NumPy's name of the elements' type without the order of bytes, such as "i8", "b1" or "f4"; "U" and "S" for
// texts and bytes of any width. Types that NumPy has not are "f4", which holds all their numbers.
func (f *File) Type() string {
	if f.text != 0 {
		return string(f.text)
	}
	for _, k := range kinds {
		if k.kind == f.kind {
			return k.descr
		}
	}
	return "f4"
}

// ReadStrings returns all elements of an array of text.
func ReadStrings(f *File) ([]string, error) {
	if f.text == 0 || f.Cols != 1 {
		return nil, fmt.Errorf("npy: %w: not one column of text", ErrFormat)
	}
	list, buf := make([]string, f.Rows), make([]byte, f.width)
	for i := range list {
		at := f.start + int64(i)*int64(f.width)
		if err := readAt(f.r, buf, at); err != nil {
			return nil, err
		}
		text := strings.Builder{}
		if f.text == 'S' {
			text.Write(buf)
		} else {
			for j := 0; j < len(buf); j += 4 {
				r := rune(f.order.Uint32(buf[j:]))
				if !utf8.ValidRune(r) {
					return nil, fmt.Errorf("npy: %w: byte %d: no character", ErrFormat, at+int64(j))
				}
				text.WriteRune(r)
			}
		}
		if list[i] = strings.TrimRight(text.String(), "\x00"); !utf8.ValidString(list[i]) {
			return nil, fmt.Errorf("npy: %w: byte %d: text that is not UTF-8", ErrFormat, at)
		}
	}
	return list, nil
}

// WriteLabels writes texts as a vector of elements of a type as [File.Type] names it: of numbers, which the texts must be, of
// booleans, False and True, of texts or of bytes.
func WriteLabels(w io.Writer, kind string, data []string) error {
	switch kind {
	case "U":
		return WriteStrings(w, data)
	case "S":
		width := 1
		for _, s := range data {
			width = max(width, len(s))
		}
		if err := writeHeader(w, fmt.Sprintf("|S%d", width), []int{len(data)}); err != nil {
			return err
		}
		for _, s := range data {
			if _, err := w.Write(append([]byte(s), make([]byte, width-len(s))...)); err != nil {
				return err
			}
		}
		return nil
	}
	size := kindOf(kind).Size()
	order := "<"
	if size == 1 {
		order = "|"
	}
	buf := make([]byte, 0, len(data)*size)
	for _, s := range data {
		var word [8]byte
		switch kind[0] {
		case 'b':
			if s == "True" {
				word[0] = 1
			}
		case 'f':
			v, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return fmt.Errorf("npy: %w: label %q is not a number", ErrFormat, s)
			}
			if size == 4 {
				binary.LittleEndian.PutUint32(word[:], math.Float32bits(float32(v)))
			} else {
				binary.LittleEndian.PutUint64(word[:], math.Float64bits(v))
			}
		default:
			v, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				return fmt.Errorf("npy: %w: label %q is not an integer", ErrFormat, s)
			}
			binary.LittleEndian.PutUint64(word[:], uint64(v))
		}
		buf = append(buf, word[:size]...)
	}
	if err := writeHeader(w, order+kind, []int{len(data)}); err != nil {
		return err
	}
	_, err := w.Write(buf)
	return err
}

// Integer reports whether the elements are stored as integers or booleans.
func (f *File) Integer() bool { return f.text == 0 && f.kind < numbytes.F8E4M3 }
