package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"nnk/asm"
	"nnk/internal/jsontext"
	"nnk/internal/numbytes"
)

// Writer collects tensors and metadata and writes them as one file. The same
// calls always give the same bytes.
type Writer struct {
	Metadata map[string]string
	entries  []entry
	places   map[string]int // of the entries, by name
	size     int64
}

type entry struct {
	name       string
	dtype      string
	shape      []int
	start, end int64 // in the data
	emit       func(buf []byte) []byte
}

// Add appends a tensor with the element type of data. The length of data must be
// the product of the shape, and the name must be new. data is read when the file
// is written.
func Add[T asm.Float](w *Writer, name string, shape []int, data []T) {
	checkShape("Add", name, shape, len(data))
	dtype := "F32"
	if numbytes.KindOf[T]() == numbytes.F64 {
		dtype = "F64"
	}
	w.add(name, dtype, shape, len(data)*numbytes.KindOf[T]().Size(), func(b []byte) []byte { return numbytes.Append(b, data) })
}

func checkShape(op, name string, shape []int, elements int) {
	n := 1
	for _, s := range shape {
		n *= s
	}
	if n != elements {
		panic(fmt.Sprintf("safetensors.%s: tensor %q of shape %v with %d elements", op, name, shape, elements))
	}
}

// AddBytes is [Add] for a tensor of type I8 or U8.
func AddBytes[B int8 | uint8](w *Writer, name string, shape []int, data []B) {
	checkShape("AddBytes", name, shape, len(data))
	dtype := "U8"
	if zero := B(0); zero-1 < zero {
		dtype = "I8"
	}
	w.add(name, dtype, shape, len(data), func(b []byte) []byte {
		for _, v := range data {
			b = append(b, byte(v))
		}
		return b
	})
}

func (w *Writer) add(name, dtype string, shape []int, bytes int, emit func([]byte) []byte) {
	if _, ok := w.places[name]; ok {
		panic(fmt.Sprintf("safetensors.Add: duplicate tensor %q", name))
	}
	if w.places == nil {
		w.places = map[string]int{}
	}
	w.places[name] = len(w.entries)
	e := entry{name, dtype, append([]int{}, shape...), w.size, w.size + int64(bytes), emit}
	w.entries, w.size = append(w.entries, e), e.end
}

// header is the JSON text, padded with blanks so that the data begins at a
// multiple of eight bytes.
func (w *Writer) header() ([]byte, error) {
	if len(w.entries) > maxTensors || len(w.Metadata) > maxMetadata {
		return nil, fmt.Errorf("safetensors: %d tensors and %d metadata, a file takes %d and %d", len(w.entries), len(w.Metadata), maxTensors, maxMetadata)
	}
	text := []byte{'{'}
	if len(w.Metadata) > 0 {
		text = append(jsontext.AppendKey(text, "__metadata__"), '{')
		for _, key := range slices.Sorted(maps.Keys(w.Metadata)) {
			text = jsontext.AppendString(jsontext.AppendKey(text, key), w.Metadata[key])
		}
		text = append(text, '}')
	}
	for _, e := range w.entries {
		text = append(jsontext.AppendKey(text, e.name), '{')
		text = jsontext.AppendString(jsontext.AppendKey(text, "dtype"), e.dtype)
		text = append(jsontext.AppendKey(text, "shape"), '[')
		for i, n := range e.shape {
			if i > 0 {
				text = append(text, ',')
			}
			text = strconv.AppendInt(text, int64(n), 10)
		}
		text = append(jsontext.AppendKey(append(text, ']'), "data_offsets"), '[')
		text = append(strconv.AppendInt(text, e.start, 10), ',')
		text = append(strconv.AppendInt(text, e.end, 10), "]}"...)
	}
	text = append(text, '}')
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return text, nil
}

// WriteTo writes the file. It refuses more tensors or metadata than [Open] reads.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	text, err := w.header()
	if err != nil {
		return 0, err
	}
	buf := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	written := int64(0)
	flush := func() error {
		n, err := out.Write(buf)
		written += int64(n)
		buf = buf[:0]
		return err
	}
	buf = append(buf, text...)
	if err := flush(); err != nil {
		return written, err
	}
	for _, e := range w.entries {
		buf = e.emit(buf)
		if err := flush(); err != nil {
			return written, err
		}
	}
	return written, nil
}
