package safetensors

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"nnk/internal/jsontext"
)

// MaxIndex bounds the bytes of an index; mostShards the files that it names, mostIndexed the tensors.
const (
	MaxIndex    = 64 << 20
	mostShards  = 1 << 10
	mostIndexed = 1 << 20
)

// OpenShards opens the files that an index names, model.safetensors.index.json by its usual name, in the order of their names: open gives each and
// its size. Every tensor must be where the index says, and in no other file.
func OpenShards(index []byte, open func(name string) (io.ReaderAt, int64, error)) ([]*File, error) {
	places, err := readIndex(index)
	if err != nil {
		return nil, fmt.Errorf("%w: index: %w", ErrFormat, err)
	}
	names := slices.Compact(slices.Sorted(maps.Values(places)))
	if len(names) == 0 || len(names) > mostShards {
		return nil, fmt.Errorf("%w: an index of %d files in weight_map", ErrFormat, len(names))
	}
	var files []*File
	held := map[string]bool{}
	for _, name := range names {
		r, size, err := open(name)
		if err != nil {
			return nil, fmt.Errorf("%w: index: %w", ErrFormat, err)
		}
		f, err := Open(r, size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, t := range f.Tensors {
			if places[t.Name] != name {
				return nil, fmt.Errorf("%w: tensor %q of %s is not in the index, or in another file there", ErrFormat, t.Name, name)
			}
			held[t.Name] = true
		}
		files = append(files, f)
	}
	for _, name := range slices.Sorted(maps.Keys(places)) {
		if !held[name] {
			return nil, fmt.Errorf("%w: tensor %q is not in %s, as the index says", ErrFormat, name, places[name])
		}
	}
	return files, nil
}

// readIndex returns the file of each tensor.
func readIndex(text []byte) (map[string]string, error) {
	s := jsontext.NewScanner(text)
	places := map[string]string{}
	found := 0
	s.Object(func(key string) {
		if key != "weight_map" {
			s.Skip()
			return
		}
		if found++; found > 1 {
			s.Fail("two weight_maps")
		}
		s.Object(func(tensor string) {
			if _, ok := places[tensor]; ok {
				s.Fail("tensor %.200q twice", tensor)
			}
			if len(places) == mostIndexed {
				s.Fail("more than %d tensors", mostIndexed)
			}
			places[tensor] = s.String()
		})
	})
	s.Blanks()
	return places, s.End()
}
