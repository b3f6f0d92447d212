// Package numbytes turns the bytes of stored numbers into float32 or float64
// and back. It is what the file formats of this module share: element types,
// their sizes, and conversion in either byte order.
package numbytes

import (
	"encoding/binary"
	"math"

	"nnk/asm"
)

// Kind is the type of a stored element.
type Kind uint8

// The element types. BF16 is the upper half of a float32. F8E4M3 is the form without infinities,
// "FN" elsewhere; F8E5M2 is the upper half of an F16.
const (
	Invalid Kind = iota
	Bool
	I8
	U8
	I16
	U16
	I32
	U32
	I64
	U64
	F8E4M3
	F8E5M2
	F16
	BF16
	F32
	F64
)

// Size is the number of bytes of an element, 0 for Invalid.
func (k Kind) Size() int {
	switch k {
	case Bool, I8, U8, F8E4M3, F8E5M2:
		return 1
	case I16, U16, F16, BF16:
		return 2
	case I32, U32, F32:
		return 4
	case I64, U64, F64:
		return 8
	}
	return 0
}

// Product multiplies the sizes of a shape and the size of an element. It
// reports false if a size is negative or the product does not fit in an int64;
// a shape with a zero is empty, whatever the others are.
func Product(shape []int64, size int) (bytes int64, ok bool) {
	empty := false
	for _, s := range shape {
		if s < 0 {
			return 0, false
		}
		empty = empty || s == 0
	}
	if empty {
		return 0, true
	}
	bytes = int64(size)
	for _, s := range shape {
		if bytes > math.MaxInt64/s {
			return 0, false
		}
		bytes *= s
	}
	return bytes, true
}

// Decode converts len(dst) elements of the given kind and byte order from src,
// which must hold them exactly, to T, rounding to nearest.
func Decode[T asm.Float](dst []T, src []byte, kind Kind, order binary.ByteOrder) {
	size := kind.Size()
	src = src[:len(dst)*size]
	switch kind {
	case Bool:
		for i, b := range src {
			dst[i] = 0
			if b != 0 {
				dst[i] = 1
			}
		}
	case I8:
		for i, b := range src {
			dst[i] = T(int8(b))
		}
	case U8:
		for i, b := range src {
			dst[i] = T(b)
		}
	case I16:
		for i := range dst {
			dst[i] = T(int16(order.Uint16(src[2*i:])))
		}
	case U16:
		for i := range dst {
			dst[i] = T(order.Uint16(src[2*i:]))
		}
	case I32:
		for i := range dst {
			dst[i] = T(int32(order.Uint32(src[4*i:])))
		}
	case U32:
		for i := range dst {
			dst[i] = T(order.Uint32(src[4*i:]))
		}
	case I64:
		for i := range dst {
			dst[i] = T(int64(order.Uint64(src[8*i:])))
		}
	case U64:
		for i := range dst {
			dst[i] = T(order.Uint64(src[8*i:]))
		}
	case F8E4M3:
		for i, b := range src {
			dst[i] = T(quarter(b))
		}
	case F8E5M2:
		for i, b := range src {
			dst[i] = T(Half(uint16(b) << 8))
		}
	case F16:
		for i := range dst {
			dst[i] = T(Half(order.Uint16(src[2*i:])))
		}
	case BF16:
		for i := range dst {
			dst[i] = T(math.Float32frombits(uint32(order.Uint16(src[2*i:])) << 16))
		}
	case F32:
		for i := range dst {
			dst[i] = T(math.Float32frombits(order.Uint32(src[4*i:])))
		}
	case F64:
		for i := range dst {
			dst[i] = T(math.Float64frombits(order.Uint64(src[8*i:])))
		}
	default:
		panic("numbytes: invalid kind")
	}
}

// KindOf is the kind that stores T without loss.
func KindOf[T asm.Float]() Kind {
	var zero T
	if _, ok := any(zero).(float32); ok {
		return F32
	}
	return F64
}

// TypeName is the name of T, as files give it.
func TypeName[T asm.Float]() string {
	if KindOf[T]() == F32 {
		return "float32"
	}
	return "float64"
}

// Append appends the little-endian bytes of src to b.
func Append[T asm.Float](b []byte, src []T) []byte {
	switch src := any(src).(type) {
	case []float32:
		for _, v := range src {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	case []float64:
		for _, v := range src {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// Half is the value of an IEEE 754 binary16, which every float32 holds exactly.
func Half(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp := uint32(h>>10) & 31
	frac := uint32(h) & 1023
	switch exp {
	case 31: // infinity or NaN
		return math.Float32frombits(sign | 255<<23 | frac<<13)
	case 0: // zero or subnormal: frac · 2⁻²⁴
		v := float32(frac) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | frac<<13)
}

// quarter is the value of an 8-bit number with four bits of exponent and three of fraction
// (Micikevicius et al. 2022, "FP8 Formats for Deep Learning"): no infinities, one NaN of each
// sign, 448 the largest.
func quarter(b byte) float32 {
	sign := uint32(b>>7) << 31
	exp := uint32(b>>3) & 15
	frac := uint32(b) & 7
	switch {
	case exp == 15 && frac == 7:
		return math.Float32frombits(sign | 255<<23 | 1<<22)
	case exp == 0: // zero or subnormal: frac · 2⁻⁹
		return math.Float32frombits(math.Float32bits(float32(frac)*0x1p-9) | sign)
	}
	return math.Float32frombits(sign | (exp+127-7)<<23 | frac<<20)
}
