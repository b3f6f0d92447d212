package fuzz

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/impl"
)

// maxLen caps the number of elements of a case, so that one takes well under a
// millisecond.
const maxLen = 4096

// specials are values on which kernels go wrong.
var specials = []float64{0, math.Copysign(0, -1), 1, -1, math.Inf(1), math.Inf(-1), math.NaN(),
	math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, math.MaxFloat64, -math.MaxFloat64,
	math.SmallestNonzeroFloat32, math.MaxFloat32, 0x1p-126, 0x1p-1022, 0x1p24, 0x1p53, 0.5, 88.8, -104, 709.8, -745.2}

// reader takes a fuzzer's bytes apart. Reading past the end gives zeros.
type reader struct{ b []byte }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

// size returns a number in [0, limit].
func (r *reader) size(limit int) int {
	return (int(r.byte()) | int(r.byte())<<8) % (limit + 1)
}

// slice returns n elements that start at an offset the bytes choose, so that
// they are not aligned. One byte says how they are made: raw bit patterns,
// special values, or small numbers that round. The bytes that are missing, when n is
// large, are made up: with zeros most products would be zero.
func slice[T asm.Float](r *reader, n int) []T {
	offset := int(r.byte() % 16)
	s := make([]T, offset+n)[offset:]
	class := r.byte() % 3
	if len(r.b) == 0 {
		class = 2
	}
	if class != 0 {
		r.b = slices.Clip(r.b) // what lies behind is not ours
		for i := uint32(len(r.b)); i < uint32(n); i++ {
			r.b = append(r.b, byte((i*i+uint32(n))*2654435761>>24))
		}
	}
	switch class {
	case 0:
		for i := range s {
			s[i] = bits[T](r)
		}
	case 1:
		for i := range s {
			s[i] = T(specials[int(r.byte())%len(specials)])
		}
	default:
		for i := range s {
			s[i] = T(int8(r.byte())) / 3
		}
	}
	return s
}

func bits[T asm.Float](r *reader) T {
	var b [8]byte
	for i := range b {
		b[i] = r.byte()
	}
	switch any(*new(T)).(type) {
	case float32:
		return T(math.Float32frombits(binary.LittleEndian.Uint32(b[:])))
	default:
		return T(math.Float64frombits(binary.LittleEndian.Uint64(b[:])))
	}
}

// same reports whether x and y have the same bits, all NaNs being one.
func same[T asm.Float](x, y T) bool {
	if x != x || y != y {
		return x != x && y != y
	}
	return x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// everySet runs f, which computes some results from fresh copies of its inputs,
// with the generic forms and then with every other kernel set, and fails if a
// result differs.
func everySet[T asm.Float](t *testing.T, f func() []T) {
	t.Helper()
	defer func(name string) {
		if err := impl.Select(name); err != nil {
			t.Error(err)
		}
	}(impl.Active())
	if err := impl.Select("generic"); err != nil {
		t.Fatal(err)
	}
	want := f()
	for _, name := range impl.Names() {
		if err := impl.Select(name); err != nil {
			t.Fatal(err)
		}
		got := f()
		for i, g := range got {
			if !same(g, want[i]) {
				t.Fatalf("%s, %T: element %d of %d is %x, generic %x", name, g, i, len(got), g, want[i])
			}
		}
	}
}
