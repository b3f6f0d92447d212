package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"

	"nnk/internal/numbytes"
)

// DataType is the type of a tensor's elements, by its number in TensorProto.DataType.
type DataType int64

// The types that can be loaded.
const (
	Float    DataType = 1
	Uint8    DataType = 2
	Int8     DataType = 3
	Uint16   DataType = 4
	Int16    DataType = 5
	Int32    DataType = 6
	Int64    DataType = 7
	Bool     DataType = 9
	Float16  DataType = 10
	Double   DataType = 11
	Uint32   DataType = 12
	Uint64   DataType = 13
	BFloat16 DataType = 16
	F8E4M3   DataType = 17 // "FN"
	F8E5M2   DataType = 19
)

// types are the names of the types, as safetensors has them, and how their elements are read; in the order of
// their numbers.
var types = [...]struct {
	name string
	kind numbytes.Kind
}{
	Float: {"F32", numbytes.F32}, Uint8: {"U8", numbytes.U8}, Int8: {"I8", numbytes.I8}, Uint16: {"U16", numbytes.U16}, Int16: {"I16", numbytes.I16},
	Int32: {"I32", numbytes.I32}, Int64: {"I64", numbytes.I64}, Bool: {"BOOL", numbytes.Bool}, Float16: {"F16", numbytes.F16}, Double: {"F64", numbytes.F64},
	Uint32: {"U32", numbytes.U32}, Uint64: {"U64", numbytes.U64}, BFloat16: {"BF16", numbytes.BF16}, F8E4M3: {"F8_E4M3", numbytes.F8E4M3}, F8E5M2: {"F8_E5M2", numbytes.F8E5M2},
}

// kind is how elements are read, Invalid if they cannot be.
func (d DataType) kind() numbytes.Kind {
	if d < 0 || int64(d) >= int64(len(types)) {
		return numbytes.Invalid
	}
	return types[d].kind
}

// String is the type's name, or its number if it cannot be loaded.
func (d DataType) String() string {
	if d.kind() == numbytes.Invalid {
		return "type " + strconv.FormatInt(int64(d), 10)
	}
	return types[d].name
}

// maxRank bounds the dimensions of a tensor.
const maxRank = 8

// Tensor is a constant. Its numbers are decoded by [Tensor.Load].
type Tensor struct {
	Name string
	Type DataType
	Dims []int64

	raw     []byte // of raw_data, if there is such a field
	hasRaw  bool
	floats  []float32 // float_data
	doubles []float64 // double_data
	ints    []int64   // int32_data, int64_data, uint64_data
	outside bool      // the numbers lie in another file
	file    External
	at      int // in this file, of what was read last
}

// External says where in another file a tensor's bytes lie.
type External struct {
	Location       string // the file's name, beside the model's
	Offset, Length int64  // Length is −1 if it is not told
}

func (t *Tensor) field(field int, v value) error {
	t.at = v.at
	switch field {
	case 1:
		err := v.integers(&t.Dims, "dims")
		if len(t.Dims) > maxRank {
			return v.fail("tensor of more than %d dimensions", maxRank)
		}
		return err
	case 2:
		var n int64
		err := v.integer(&n, "data_type")
		t.Type = DataType(n)
		return err
	case 3:
		return v.fail("tensor in segments")
	case 4:
		return v.floats(&t.floats, "float_data")
	case 5, 7, 11:
		return v.integers(&t.ints, "integer data")
	case 8:
		return v.text(&t.Name, "name")
	case 9:
		t.raw, t.hasRaw = v.bytes, true
		return v.want(length, "raw_data")
	case 10:
		return v.doubles(&t.doubles, "double_data")
	case 13:
		return t.external(v)
	case 14:
		var n int64
		err := v.integer(&n, "data_location")
		t.outside = n == 1
		return err
	}
	return nil
}

// external reads an entry of external_data.
func (t *Tensor) external(v value) error {
	key, text, err := v.pair("external_data")
	if err != nil {
		return err
	}
	if t.file.Location == "" && t.file.Length == 0 {
		t.file.Length = -1
	}
	switch key {
	case "location":
		t.file.Location = text
	case "offset", "length":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return v.fail("external_data: %s %q", key, text)
		}
		if key == "offset" {
			t.file.Offset = n
		} else {
			t.file.Length = n
		}
	}
	return nil
}

// Len is the number of elements that the dimensions claim.
func (t *Tensor) Len() (int, error) {
	n, ok := numbytes.Product(t.Dims, 1)
	if !ok || int64(int(n)) != n {
		return 0, t.fail("shape %v", t.Dims)
	}
	return int(n), nil
}

// Held is the number of elements that stand in the file itself, whatever the dimensions claim; outside reports
// that they are in another.
func (t *Tensor) Held() (n int, outside bool) {
	if size := t.Type.kind().Size(); size > 0 {
		n = len(t.raw) / size
	}
	return max(n, len(t.floats), len(t.doubles), len(t.ints)), t.outside
}

func (t *Tensor) fail(format string, args ...any) error {
	return fmt.Errorf("%w: tensor %q before byte %d: %s", ErrFormat, t.Name, t.at, fmt.Sprintf(format, args...))
}

// Load returns the elements in row-major order as float64: all types but those of 64 bits exactly. open
// opens the file of a tensor that lies outside, and may be nil if there are none.
func (t *Tensor) Load(open func(location string) (io.ReaderAt, int64, error)) ([]float64, error) {
	kind := t.Type.kind()
	if kind == numbytes.Invalid {
		return nil, t.fail("elements of the unknown %s", t.Type)
	}
	n, err := t.Len()
	if err != nil {
		return nil, err
	}
	switch {
	case t.outside:
		return t.loadOutside(n, kind, open)
	case t.hasRaw:
		if int64(len(t.raw)) != int64(n)*int64(kind.Size()) || n > len(t.raw) {
			return nil, t.fail("%d bytes for %d elements of %s", len(t.raw), n, t.Type)
		}
		dst := make([]float64, n)
		numbytes.Decode(dst, t.raw, kind, binary.LittleEndian)
		return dst, nil
	}
	return t.loadFields(n, kind)
}

// loadFields returns elements that stand in fields of their own: floats and doubles there, all smaller types
// in int32_data, 16-bit floats as their bits.
func (t *Tensor) loadFields(n int, kind numbytes.Kind) ([]float64, error) {
	stored := len(t.ints)
	switch t.Type {
	case Float:
		stored = len(t.floats)
	case Double:
		stored = len(t.doubles)
	}
	if stored != n {
		return nil, t.fail("%d elements of %s for the shape %v", stored, t.Type, t.Dims)
	}
	dst := make([]float64, n)
	switch t.Type {
	case Float:
		for i, v := range t.floats {
			dst[i] = float64(v)
		}
	case Double:
		copy(dst, t.doubles)
	default:
		var b [8]byte
		for i, v := range t.ints {
			binary.LittleEndian.PutUint64(b[:], uint64(v))
			numbytes.Decode(dst[i:i+1], b[:kind.Size()], kind, binary.LittleEndian)
		}
	}
	return dst, nil
}

// loadOutside reads the elements from another file, whose size bounds what is allocated.
func (t *Tensor) loadOutside(n int, kind numbytes.Kind, open func(string) (io.ReaderAt, int64, error)) ([]float64, error) {
	if open == nil {
		return nil, t.fail("its numbers are in the file %q, which is not at hand", t.file.Location)
	}
	r, size, err := open(t.file.Location)
	if err != nil {
		return nil, t.fail("its numbers are in another file: %v", err)
	}
	bytes, ok := numbytes.Product(t.Dims, kind.Size())
	if !ok || t.file.Length >= 0 && t.file.Length != bytes || t.file.Offset > size || bytes > size-t.file.Offset || bytes > math.MaxInt {
		return nil, t.fail("%d bytes at %d of the file %q of %d", bytes, t.file.Offset, t.file.Location, size)
	}
	b := make([]byte, bytes)
	if n, err := r.ReadAt(b, t.file.Offset); n < len(b) {
		return nil, t.fail("file %q: %v", t.file.Location, err)
	}
	dst := make([]float64, n)
	numbytes.Decode(dst, b, kind, binary.LittleEndian)
	return dst, nil
}
