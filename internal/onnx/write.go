package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"

	"nnk/asm"
	"nnk/internal/fault"
	"nnk/internal/numbytes"
)

// ErrRange marks a model that is too large for a file.
var ErrRange = fault.Range

// NewTensor returns a constant of float32 or float64.
func NewTensor[T asm.Float](name string, dims []int64, data []T) Tensor {
	t := Tensor{Name: name, Type: Float, Dims: dims, raw: numbytes.Append([]byte{}, data), hasRaw: true}
	if numbytes.KindOf[T]() == numbytes.F64 {
		t.Type = Double
	}
	return t
}

// NewBytes returns a constant of int8.
func NewBytes(name string, dims []int64, data []int8) Tensor {
	t := Tensor{Name: name, Type: Int8, Dims: dims, raw: make([]byte, len(data)), hasRaw: true}
	for i, v := range data {
		t.raw[i] = byte(v)
	}
	return t
}

// NewIntegers returns a constant of one dimension of int64.
func NewIntegers(name string, data ...int64) Tensor {
	t := Tensor{Name: name, Type: Int64, Dims: []int64{int64(len(data))}, hasRaw: true}
	for _, v := range data {
		t.raw = binary.LittleEndian.AppendUint64(t.raw, uint64(v))
	}
	return t
}

// OfInt and OfFloat are attributes with one number.
func OfInt(name string, v int64) Attribute { return Attribute{Name: name, Kind: IntKind, Int: v} }
func OfFloat(name string, v float32) Attribute {
	return Attribute{Name: name, Kind: FloatKind, Float: v}
}

// WriteTo writes the file of the model, from which [Parse] makes the same one: of what it does not read, such as subgraphs,
// nothing but that it was there. Its error wraps [ErrRange] for more bytes than a message of Protocol Buffers has.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	file := m.encode()
	if file.size > math.MaxInt32 {
		return 0, fmt.Errorf("onnx: %d bytes, a file has at most %d: %w", file.size, math.MaxInt32, ErrRange)
	}
	written := int64(0)
	for _, p := range file.parts {
		n, err := w.Write(p)
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (m *Model) encode() *encoding {
	file := &encoding{}
	file.integer(1, m.IR)
	file.optional(2, m.Producer)
	file.message(7, m.Graph.encode())
	for _, o := range m.Opsets {
		set := &encoding{}
		set.optional(1, o.Domain)
		set.integer(2, o.Version)
		file.message(8, set)
	}
	for _, key := range slices.Sorted(maps.Keys(m.Metadata)) {
		file.message(14, pairOf(key, m.Metadata[key]))
	}
	return file
}

func pairOf(key, text string) *encoding {
	p := &encoding{}
	p.text(1, key)
	p.text(2, text)
	return p
}

func (g *Graph) encode() *encoding {
	m := &encoding{}
	for i := range g.Nodes {
		m.message(1, g.Nodes[i].encode())
	}
	m.optional(2, g.Name)
	for i := range g.Constants {
		m.message(5, g.Constants[i].encode())
	}
	for _, v := range g.Inputs {
		m.message(11, v.encode())
	}
	for _, v := range g.Outputs {
		m.message(12, v.encode())
	}
	if g.Sparse {
		m.message(15, &encoding{})
	}
	return m
}

func (n *Node) encode() *encoding {
	m := &encoding{}
	for _, s := range n.Inputs {
		m.text(1, s)
	}
	for _, s := range n.Outputs {
		m.text(2, s)
	}
	m.optional(3, n.Name)
	m.optional(4, n.Type)
	for i := range n.Attributes {
		m.message(5, n.Attributes[i].encode())
	}
	m.optional(7, n.Domain)
	return m
}

func (a *Attribute) encode() *encoding {
	m := &encoding{}
	m.text(1, a.Name)
	switch a.Kind {
	case FloatKind:
		m.float(2, a.Float)
	case IntKind:
		m.integer(3, a.Int)
	case TextKind:
		m.text(4, a.Text)
	case TensorKind:
		m.message(5, a.Tensor.encode())
	case GraphKind:
		m.message(6, &encoding{})
	case FloatsKind:
		for _, v := range a.Floats {
			m.float(7, v)
		}
	case IntsKind:
		for _, v := range a.Ints {
			m.integer(8, v)
		}
	}
	m.integer(20, int64(a.Kind))
	return m
}

// encode writes a ValueInfoProto. Dimensions that are not known get names, without which some programs cannot show a
// graph.
func (x *Value) encode() *encoding {
	m := &encoding{}
	m.text(1, x.Name)
	if x.Type == 0 && x.Dims == nil {
		return m
	}
	tensor, shape, kind := &encoding{}, &encoding{}, &encoding{}
	tensor.integer(1, int64(x.Type))
	if x.Dims != nil {
		for i, d := range x.Dims {
			dim := &encoding{}
			switch {
			case d != -1:
				dim.integer(1, d)
			case i == 0:
				dim.text(2, "rows")
			default:
				dim.text(2, "dim"+strconv.Itoa(i))
			}
			shape.message(1, dim)
		}
		tensor.message(2, shape)
	}
	kind.message(1, tensor)
	m.message(2, kind)
	return m
}

func (t *Tensor) encode() *encoding {
	m := &encoding{}
	for _, d := range t.Dims {
		m.integer(1, d)
	}
	m.integer(2, int64(t.Type))
	for _, v := range t.floats {
		m.float(4, v)
	}
	field := 5 // of all types that have none of their own
	switch t.Type {
	case Int64:
		field = 7
	case Uint32, Uint64:
		field = 11
	}
	for _, v := range t.ints {
		m.integer(field, v)
	}
	m.optional(8, t.Name)
	if t.hasRaw {
		m.bytes(9, t.raw)
	}
	for _, v := range t.doubles {
		m.key(10, fixed64)
		m.own(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
	}
	t.encodeExternal(m)
	return m
}

func (t *Tensor) encodeExternal(m *encoding) {
	if t.file != (External{}) {
		m.message(13, pairOf("location", t.file.Location))
		m.message(13, pairOf("offset", fmt.Sprint(t.file.Offset)))
		if t.file.Length >= 0 {
			m.message(13, pairOf("length", fmt.Sprint(t.file.Length)))
		}
	}
	if t.outside {
		m.integer(14, 1)
	}
}

// An encoding is the bytes of a message, in parts, so that those of weights are not copied for every message around
// it.
type encoding struct {
	parts [][]byte
	size  int64
	open  bool // the last part may grow
}

// own adds bytes to a part of the message's own.
func (m *encoding) own(b []byte) {
	if !m.open {
		m.parts, m.open = append(m.parts, nil), true
	}
	last := &m.parts[len(m.parts)-1]
	*last = append(*last, b...)
	m.size += int64(len(b))
}

func (m *encoding) varint(n uint64) { m.own(binary.AppendUvarint(nil, n)) }

func (m *encoding) key(field, wire int) { m.varint(uint64(field)<<3 | uint64(wire)) }

func (m *encoding) integer(field int, n int64) {
	m.key(field, varint)
	m.varint(uint64(n))
}

func (m *encoding) float(field int, v float32) {
	m.key(field, fixed32)
	m.own(binary.LittleEndian.AppendUint32(nil, math.Float32bits(v)))
}

func (m *encoding) text(field int, s string) {
	m.key(field, length)
	m.varint(uint64(len(s)))
	m.own([]byte(s))
}

// optional writes a text that is not empty.
func (m *encoding) optional(field int, s string) {
	if s != "" {
		m.text(field, s)
	}
}

// bytes refers to b.
func (m *encoding) bytes(field int, b []byte) {
	m.key(field, length)
	m.varint(uint64(len(b)))
	m.parts, m.open = append(m.parts, b), false
	m.size += int64(len(b))
}

func (m *encoding) message(field int, inner *encoding) {
	m.key(field, length)
	m.varint(uint64(inner.size))
	m.parts, m.open = append(m.parts, inner.parts...), false
	m.size += inner.size
}
