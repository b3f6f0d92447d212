// Package checkpoint reads networks of dense layers from the files of other tools.
package checkpoint

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/urf"
)

// Read reads the dense layers that spec names from a safetensors file of
// the given size, as PyTorch and others write them: NAME.weight [out, in] and, if
// there is one, NAME.bias [out].
//
// spec is a list NAME:ACTIVATION,… in the order of the layers, such as
// "0:relu,2:relu,4:none", or "auto:ACTIVATION": all layers of the file in the order of their
// names (numbers in names compare as numbers), with the activation after each but the last.
//
// Errors wrap [bundle.ErrFormat] or [bundle.ErrNotFinite] and name the tensor, or [bundle.ErrRange] if spec is not of
// either form or an activation is unknown.
func Read[T asm.Float](r io.ReaderAt, size int64, spec string) (*bundle.Network[T], error) {
	f, err := safetensors.Open(r, size)
	if err != nil {
		return nil, err
	}
	layers, err := parseLayers(f, spec)
	if err != nil {
		return nil, err
	}
	var stages []bundle.Stage[T]
	for i, l := range layers {
		d, err := readDense[T](f, l.name, l.act)
		if err != nil {
			return nil, err
		}
		if i > 0 && stages[i-1].Out() != d.In() {
			return nil, fmt.Errorf("%w: tensor %q reads %d numbers, but layer %q gives %d", bundle.ErrFormat, l.name+".weight", d.In(), layers[i-1].name, stages[i-1].Out())
		}
		stages = append(stages, d)
	}
	return bundle.NewNetwork(stages...), nil
}

type layer struct {
	name string
	act  urf.Activation
}

func parseLayers(f *safetensors.File, spec string) ([]layer, error) {
	var layers []layer
	if name, ok := strings.CutPrefix(spec, "auto:"); ok {
		act, err := urf.ActivationByName(name)
		if err != nil {
			return nil, fmt.Errorf("checkpoint: %w: %w", bundle.ErrRange, err)
		}
		for _, t := range f.Tensors {
			if name, ok := strings.CutSuffix(t.Name, ".weight"); ok && len(t.Shape) == 2 {
				layers = append(layers, layer{name, act})
			}
		}
		if len(layers) == 0 {
			return nil, fmt.Errorf("%w: no tensor NAME.weight with two dimensions", bundle.ErrFormat)
		}
		slices.SortFunc(layers, func(a, b layer) int { return compareNames(a.name, b.name) })
		layers[len(layers)-1].act = urf.Activation{}
		return layers, nil
	}
	for part := range strings.SplitSeq(spec, ",") {
		name, act, ok := strings.Cut(part, ":")
		if !ok || name == "" {
			return nil, fmt.Errorf("checkpoint: layer %q is not NAME:ACTIVATION: %w", part, bundle.ErrRange)
		}
		a, err := urf.ActivationByName(act)
		if err != nil {
			return nil, fmt.Errorf("checkpoint: %w: %w", bundle.ErrRange, err)
		}
		layers = append(layers, layer{name, a})
	}
	return layers, nil
}

// compareNames orders names with runs of digits compared as numbers.
func compareNames(a, b string) int {
	digits := func(s string) int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m > 0 && n > 0 {
			x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

func readDense[T asm.Float](f *safetensors.File, name string, act urf.Activation) (*bundle.Dense[T], error) {
	w, err := readMatrix[T](f, name+".weight")
	if err != nil {
		return nil, err
	}
	var bias []T
	if f.Tensor(name+".bias") != nil {
		if bias, err = readVector[T](f, name+".bias", w.Rows()); err != nil {
			return nil, err
		}
	}
	return bundle.NewDense(w, bias, act), nil
}

func readMatrix[T asm.Float](f *safetensors.File, name string) (*mat.Dense[T], error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("%w: no tensor %q", bundle.ErrFormat, name)
	}
	if len(t.Shape) != 2 || t.Shape[0] == 0 || t.Shape[1] == 0 {
		return nil, fmt.Errorf("%w: tensor %q is %s, want two dimensions, [out, in]", bundle.ErrFormat, name, t)
	}
	data, err := readTensor[T](f, t)
	if err != nil {
		return nil, err
	}
	return mat.Of(int(t.Shape[0]), int(t.Shape[1]), data), nil
}

func readVector[T asm.Float](f *safetensors.File, name string, n int) ([]T, error) {
	t := f.Tensor(name)
	if t == nil {
		return nil, fmt.Errorf("%w: no tensor %q", bundle.ErrFormat, name)
	}
	if len(t.Shape) != 1 || t.Shape[0] != int64(n) {
		return nil, fmt.Errorf("%w: tensor %q is %s, want [%d]", bundle.ErrFormat, name, t, n)
	}
	return readTensor[T](f, t)
}

func readTensor[T asm.Float](f *safetensors.File, t *safetensors.Tensor) ([]T, error) {
	data, err := safetensors.Load[T](f, t)
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
