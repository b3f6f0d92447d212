package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"nnk/internal/fault"
)

// ErrFormat is what every error about the content of a file wraps.
var ErrFormat = fault.Format

// The wire types of Protocol Buffers that are in use; groups (3 and 4) have not been since 2008.
const (
	varint  = 0
	fixed64 = 1
	length  = 2
	fixed32 = 5
)

// A value is one field of a message: a number, or the bytes of a string, a message or packed numbers.
type value struct {
	wire   int
	number uint64 // of varint, fixed64 and fixed32
	bytes  []byte // of length: a part of the file
	at     int    // of its first byte, in the file
	left   *int   // how many more things may be made of the file, see [most]
}

// spend takes one from what may be made of the file.
func (v value) spend() error {
	if *v.left--; *v.left < 0 {
		return v.fail("more than %d nodes, attributes, constants and names", most)
	}
	return nil
}

func (v value) fail(format string, args ...any) error {
	return fmt.Errorf("%w: byte %d: %s", ErrFormat, v.at, fmt.Sprintf(format, args...))
}

// fields calls f with every field of the message m.
func fields(m value, f func(field int, v value) error) error {
	b, at := m.bytes, m.at
	for i := 0; i < len(b); {
		start := value{at: at + i}
		key, n := binary.Uvarint(b[i:])
		if n <= 0 || key>>3 == 0 || key>>3 > math.MaxInt32 {
			return start.fail("no key of a field")
		}
		i += n
		v := value{wire: int(key & 7), at: at + i, left: m.left}
		switch v.wire {
		case varint:
			if v.number, n = binary.Uvarint(b[i:]); n <= 0 {
				return v.fail("varint without end")
			}
			i += n
		case fixed64:
			if len(b)-i < 8 {
				return v.fail("the message ends in a number of 64 bits")
			}
			v.number = binary.LittleEndian.Uint64(b[i:])
			i += 8
		case fixed32:
			if len(b)-i < 4 {
				return v.fail("the message ends in a number of 32 bits")
			}
			v.number = uint64(binary.LittleEndian.Uint32(b[i:]))
			i += 4
		case length:
			size, n := binary.Uvarint(b[i:])
			if n <= 0 || size > uint64(len(b)-i-n) {
				return v.fail("length %d in a message with %d bytes left", size, len(b)-i)
			}
			i += n
			v.at = at + i
			v.bytes = b[i : i+int(size)]
			i += int(size)
		default:
			return v.fail("unknown wire type %d", v.wire)
		}
		if err := f(int(key>>3), v); err != nil {
			return err
		}
	}
	return nil
}

// want returns an error unless the value has the wire type.
func (v value) want(wire int, what string) error {
	if v.wire != wire {
		return v.fail("%s has wire type %d, want %d", what, v.wire, wire)
	}
	return nil
}

// text sets s to a string.
func (v value) text(s *string, what string) error {
	*s = string(v.bytes)
	return v.want(length, what)
}

// integer sets n to an integer.
func (v value) integer(n *int64, what string) error {
	*n = int64(v.number)
	return v.want(varint, what)
}

// integers appends the integers of a field that may be packed.
func (v value) integers(list *[]int64, what string) error {
	if v.wire != length {
		*list = append(*list, int64(v.number))
		return v.want(varint, what)
	}
	for i := 0; i < len(v.bytes); {
		x, n := binary.Uvarint(v.bytes[i:])
		if n <= 0 {
			return value{at: v.at + i}.fail("%s: varint without end", what)
		}
		*list = append(*list, int64(x))
		i += n
	}
	return nil
}

// floats appends the floats of a field that may be packed.
func (v value) floats(list *[]float32, what string) error {
	if v.wire != length {
		*list = append(*list, math.Float32frombits(uint32(v.number)))
		return v.want(fixed32, what)
	}
	if len(v.bytes)%4 != 0 {
		return v.fail("%s: %d bytes are no number of floats", what, len(v.bytes))
	}
	for i := 0; i < len(v.bytes); i += 4 {
		*list = append(*list, math.Float32frombits(binary.LittleEndian.Uint32(v.bytes[i:])))
	}
	return nil
}

// doubles appends the float64s of a field that may be packed.
func (v value) doubles(list *[]float64, what string) error {
	if v.wire != length {
		*list = append(*list, math.Float64frombits(v.number))
		return v.want(fixed64, what)
	}
	if len(v.bytes)%8 != 0 {
		return v.fail("%s: %d bytes are no number of doubles", what, len(v.bytes))
	}
	for i := 0; i < len(v.bytes); i += 8 {
		*list = append(*list, math.Float64frombits(binary.LittleEndian.Uint64(v.bytes[i:])))
	}
	return nil
}
