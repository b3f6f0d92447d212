package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"nnk/internal/jsontext"
)

// parseHeader reads the JSON object that maps tensor names to their type, shape
// and offsets, and "__metadata__" to a map of strings.
func parseHeader(text []byte) (*File, error) {
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("safetensors: %w: byte 8: header is not UTF-8", ErrFormat)
	}
	s := jsontext.NewScanner(bytes.TrimRight(text, " "))
	f := &File{Metadata: map[string]string{}}
	seen := map[string]bool{}
	s.Object(func(key string) {
		if seen[key] {
			s.Fail("duplicate name %.200q", key)
			return
		}
		seen[key] = true
		if key == "__metadata__" {
			if f.noMetadata = s.Null(); f.noMetadata {
				return
			}
			s.Object(func(name string) {
				if _, ok := f.Metadata[name]; ok {
					s.Fail("duplicate metadata %.200q", name)
				}
				if len(f.Metadata) == maxMetadata {
					s.Fail("more than %d metadata", maxMetadata)
				}
				f.Metadata[name] = s.String()
			})
			return
		}
		if len(f.Tensors) == maxTensors {
			s.Fail("more than %d tensors", maxTensors)
			return
		}
		f.Tensors = append(f.Tensors, readTensor(s, key))
	})
	if err := s.End(); err != nil {
		var e *jsontext.Error
		errors.As(err, &e)
		return nil, fmt.Errorf("safetensors: %w: byte %d: %s", ErrFormat, 8+e.At, e.What)
	}
	return f, nil
}

// readTensor reads what the header says of the tensor with the given name.
func readTensor(s *jsontext.Scanner, name string) Tensor {
	t := Tensor{Name: name}
	count := s.Fields(
		jsontext.Field{Key: "dtype", Read: func() {
			t.DType = s.String()
			t.kind = kindOf(t.DType)
			if s.Err() == nil && t.DType == "" {
				s.Fail("tensor %.200q: empty dtype", name)
			}
		}},
		jsontext.Field{Key: "shape", Read: func() {
			s.List(func() {
				if len(t.Shape) == maxRank {
					s.Fail("tensor %.200q: more than %d dimensions", name, maxRank)
					return
				}
				t.Shape = append(t.Shape, s.Integer())
			})
		}},
		jsontext.Field{Key: "data_offsets", Read: func() {
			var at [2]int64
			n := 0
			s.List(func() {
				if n == 2 {
					s.Fail("tensor %.200q: more than two data_offsets", name)
					return
				}
				at[n] = s.Integer()
				n++
			})
			if s.Err() == nil && (n != 2 || at[0] > at[1]) {
				s.Fail("tensor %.200q: data_offsets must be begin and end", name)
			}
			t.Offset, t.Bytes = at[0], at[1]-at[0]
		}})
	if count != 3 {
		s.Fail("tensor %.200q: dtype, shape and data_offsets are all needed", name)
	}
	return t
}
