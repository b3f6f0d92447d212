// Package safetensors reads and writes the safetensors format: eight bytes with
// the length of a header, a JSON header, and the tensors' little-endian data.
//
// Files are hostile until proven otherwise. Everything that the header claims is
// checked against the size of the file before anything is allocated for it: the
// tensors must lie one after the other without overlap or gap and end where the
// file ends. Every error wraps [ErrFormat] and names the tensor and the byte
// offset where reading failed.
//
// Format: https://huggingface.co/docs/safetensors
package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"nnk/asm"
	"nnk/internal/fault"
	"nnk/internal/numbytes"
)

// ErrFormat is what every error about the content of a file wraps.
var ErrFormat = fault.Format

const (
	// maxHeader is the limit that the reference implementation sets.
	maxHeader = 100_000_000
	// maxRank bounds the memory that a hostile header can make a reader spend on
	// shapes; no tensor of a network has more dimensions.
	maxRank = 8
	// maxTensors and maxMetadata bound what it can make a reader spend on names, each of which
	// takes many times its bytes in the file. Networks have some hundreds of tensors.
	maxTensors  = 1 << 16
	maxMetadata = 1 << 10
)

// Tensor describes one tensor of a file.
type Tensor struct {
	Name   string
	DType  string  // as in the file: "F32", "BF16", …
	Shape  []int64 // empty for a scalar
	Offset int64   // of the first byte of the data in the file
	Bytes  int64   // length of the data
	kind   numbytes.Kind
	n      int
}

// Len is the number of elements.
func (t *Tensor) Len() int { return t.n }

// Loadable reports whether [Load] knows the type. New types come up every year, some with
// elements of less than a byte: a file that has one can be listed and its other tensors loaded.
func (t *Tensor) Loadable() bool { return t.kind != numbytes.Invalid }

// Kind is the type of the elements, numbytes.Invalid if it is none that [Load] knows.
func (t *Tensor) Kind() numbytes.Kind { return t.kind }

// File is an opened file. It is safe for concurrent use if its reader is.
type File struct {
	Tensors  []Tensor // in the order of their data
	Metadata map[string]string
	Size     int64 // of the file in bytes
	r        io.ReaderAt
	places   map[string]int // of Tensors, by name

	noMetadata bool // they are null
}

// kinds are the element types; a list, because a map would be made when a program starts.
var kinds = [...]struct {
	dtype string
	kind  numbytes.Kind
}{
	{"BOOL", numbytes.Bool}, {"I8", numbytes.I8}, {"U8", numbytes.U8},
	{"I16", numbytes.I16}, {"U16", numbytes.U16}, {"I32", numbytes.I32}, {"U32", numbytes.U32},
	{"I64", numbytes.I64}, {"U64", numbytes.U64},
	{"F8_E4M3", numbytes.F8E4M3}, {"F8_E5M2", numbytes.F8E5M2},
	{"F16", numbytes.F16}, {"BF16", numbytes.BF16}, {"F32", numbytes.F32}, {"F64", numbytes.F64},
}

// kindOf is the type of a name, Invalid if there is none.
func kindOf(dtype string) numbytes.Kind {
	for _, k := range kinds {
		if k.dtype == dtype {
			return k.kind
		}
	}
	return numbytes.Invalid
}

// Open reads and checks the header of a file of the given size.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f, err := openFile(r, size)
	return f, fault.Brief(err)
}

func openFile(r io.ReaderAt, size int64) (*File, error) {
	var b [8]byte
	if size < 8 {
		return nil, fmt.Errorf("safetensors: %w: byte 0: %d bytes are too few for the length of the header", ErrFormat, size)
	}
	if err := readAt(r, b[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(b[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("safetensors: %w: byte 0: header of %d bytes in a file of %d", ErrFormat, n, size)
	}
	text := make([]byte, n)
	if err := readAt(r, text, 8); err != nil {
		return nil, err
	}
	f, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	f.r, f.Size = r, size
	start := 8 + int64(n)
	if f.noMetadata {
		if start, err = f.spilled(start); err != nil {
			return nil, err
		}
	}
	return f, f.check(start, size)
}

// spilled returns where the data begin in a file whose metadata are null. One was made by writing null
// over {}, a byte longer, in a header whose length stayed: the last of the blanks that pad it
// stand behind it. Fewer than eight bytes too many, all blank, are taken for those.
func (f *File) spilled(start int64) (int64, error) {
	end := int64(0)
	for _, t := range f.Tensors {
		end = max(end, t.Offset+t.Bytes)
	}
	extra := f.Size - start - end
	if extra < 1 || extra > 7 {
		return start, nil
	}
	b := make([]byte, extra)
	if err := readAt(f.r, b, start); err != nil {
		return 0, err
	}
	if len(bytes.TrimLeft(b, " ")) > 0 {
		return start, nil
	}
	return start + extra, nil
}

// check orders the tensors by their data and verifies that they cover the rest
// of the file exactly and that each has the size of its shape. Offsets become
// those in the file.
func (f *File) check(start, size int64) error {
	slices.SortStableFunc(f.Tensors, func(a, b Tensor) int {
		if a.Offset != b.Offset {
			return compare(a.Offset, b.Offset)
		}
		return compare(a.Bytes, b.Bytes) // empty tensors before the one that begins where they lie
	})
	at := int64(0)
	for i := range f.Tensors {
		t := &f.Tensors[i]
		fail := func(format string, args ...any) error {
			return fmt.Errorf("safetensors: %w: tensor %.200q at byte %d: %w", ErrFormat, t.Name, start+t.Offset, fmt.Errorf(format, args...))
		}
		if int64(int(t.Bytes)) != t.Bytes {
			return fail("data of %d bytes are too large for this machine", t.Bytes)
		}
		if t.Offset < 0 || t.Bytes < 0 || t.Offset > size-start || t.Bytes > size-start-t.Offset {
			return fail("data of %d bytes reaches past the end of the file at %d", t.Bytes, size)
		}
		if t.Offset < at {
			return fail("overlaps the tensor before it by %d bytes", at-t.Offset)
		}
		if t.Offset > at {
			return fail("%d unused bytes before it", t.Offset-at)
		}
		if err := t.measure(); err != nil {
			return fail("%w", err)
		}
		at += t.Bytes
	}
	if at != size-start {
		return fmt.Errorf("safetensors: %w: byte %d: %d bytes after the last tensor", ErrFormat, start+at, size-start-at)
	}
	f.places = make(map[string]int, len(f.Tensors))
	for i := range f.Tensors {
		f.Tensors[i].Offset += start
		f.places[f.Tensors[i].Name] = i
	}
	return nil
}

// measure counts the elements, and compares the bytes of a known type with their number.
func (t *Tensor) measure() error {
	n, ok := numbytes.Product(t.Shape, 1)
	bytes := n
	if ok && t.Loadable() {
		bytes, ok = numbytes.Product(t.Shape, t.kind.Size())
		ok = ok && bytes == t.Bytes
	}
	// No type takes less than a bit for an element, so a shape does not claim more than the file holds.
	if !ok || int64(int(n)) != n || n/8 > t.Bytes {
		return fmt.Errorf("%d bytes of data for %s of shape %v", t.Bytes, t.DType, t.Shape)
	}
	t.n = int(n)
	return nil
}

func compare(a, b int64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// Tensor returns the tensor of that name, or nil.
func (f *File) Tensor(name string) *Tensor {
	if i, ok := f.places[name]; ok {
		return &f.Tensors[i]
	}
	return nil
}

// Load returns the elements of t in row-major order, converted to T with one
// rounding. The error of a type that it does not know names it.
func Load[T asm.Float](f *File, t *Tensor) ([]T, error) {
	if !t.Loadable() {
		return nil, fmt.Errorf("safetensors: %w: tensor %.200q has elements of the unknown type %s", ErrFormat, t.Name, t.DType)
	}
	dst := make([]T, t.Len())
	size := t.kind.Size()
	buf := make([]byte, min(int(t.Bytes), 1<<16))
	for done := 0; done < len(dst); {
		n := min(len(dst)-done, len(buf)/size)
		if err := readAt(f.r, buf[:n*size], t.Offset+int64(done)*int64(size)); err != nil {
			return nil, fmt.Errorf("tensor %.200q: %w", t.Name, err)
		}
		numbytes.Decode(dst[done:done+n], buf, t.kind, binary.LittleEndian)
		done += n
	}
	return dst, nil
}

// LoadBytes returns the bytes of t as they are, whose elements are a byte each.
func LoadBytes(f *File, t *Tensor) ([]byte, error) {
	b := make([]byte, t.Bytes)
	if err := readAt(f.r, b, t.Offset); err != nil {
		return nil, fmt.Errorf("tensor %.200q: %w", t.Name, err)
	}
	return b, nil
}

// readAt fills b from offset at. A file that ends early has changed since its
// size was taken.
func readAt(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		if err == nil || err == io.EOF {
			return fmt.Errorf("safetensors: %w: byte %d: the file ends", ErrFormat, at+int64(n))
		}
		return fmt.Errorf("byte %d: %w", at+int64(n), err)
	}
	return nil
}

// String says what the tensor is, as "F32 [10 256]".
func (t *Tensor) String() string {
	return fmt.Sprintf("%s %s", t.DType, strings.ReplaceAll(fmt.Sprint(t.Shape), " ", "×"))
}
