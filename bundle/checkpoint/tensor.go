package checkpoint

import (
	"fmt"
	"strings"

	"nnk/bundle"
	"nnk/internal/safetensors"
)

// A tensor is one of a file or of its shards, with what becomes of it.
type tensor struct {
	*safetensors.Tensor
	file *safetensors.File
	used bool
}

// String is the tensor as errors name it.
func (t *tensor) String() string { return fmt.Sprintf("tensor %q (%s)", t.Name, t.Tensor) }

// load returns the elements, all finite.
func (t *tensor) load() ([]float64, error) {
	data, err := safetensors.Load[float64](t.file, t.Tensor)
	if err != nil {
		return nil, err
	}
	for i, v := range data {
		if v-v != 0 {
			return nil, fmt.Errorf("tensor %q element %d: %w", t.Name, i, bundle.ErrNotFinite)
		}
	}
	return data, nil
}

// is reports whether the shape is this one.
func (t *tensor) is(shape ...int) bool {
	if len(t.Shape) != len(shape) {
		return false
	}
	for i, n := range shape {
		if t.Shape[i] != int64(n) {
			return false
		}
	}
	return true
}

// scalar returns the only element.
func (t *tensor) scalar() (float64, error) {
	if t.Len() != 1 {
		return 0, fmt.Errorf("%w: %s: want one element", bundle.ErrFormat, t)
	}
	v, err := t.load()
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// quantised reports whether the elements are only numbers once a scale has been applied.
func (t *tensor) quantised() bool {
	return strings.HasPrefix(t.DType, "I") || strings.HasPrefix(t.DType, "U") || strings.HasPrefix(t.DType, "F8")
}

// list names some tensors in a message: the first few, and how many more there are.
func list(ts []*tensor) string {
	const most = 4
	var names []string
	for _, t := range ts[:min(len(ts), most)] {
		names = append(names, fmt.Sprintf("%q", t.Name))
	}
	text := strings.Join(names, ", ")
	if n := len(ts) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
