package fuzz

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/examples/digits"
	"nnk/internal/onnx"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// graphs are the ONNX files that package checkpoint is tested with.
func graphs(f *testing.F) [][]byte {
	paths, err := filepath.Glob("../bundle/checkpoint/testdata/onnx/*.onnx")
	if err != nil || len(paths) == 0 {
		f.Fatalf("%d files, %v", len(paths), err)
	}
	var list [][]byte
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// FuzzONNX: whatever the bytes are, parsing them ends in an error that wraps ErrFormat or in a graph whose
// constants have as many elements as their shapes say, and which is the same when it is written and read again.
func FuzzONNX(f *testing.F) {
	for _, b := range graphs(f) {
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := onnx.Parse(b)
		if err != nil {
			if !errors.Is(err, onnx.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		for i := range m.Graph.Constants {
			c := &m.Graph.Constants[i]
			v, err := c.Load(nil)
			if err != nil {
				if !errors.Is(err, onnx.ErrFormat) {
					t.Fatalf("error does not wrap ErrFormat: %v", err)
				}
				continue
			}
			if n, err := c.Len(); err != nil || n != len(v) {
				t.Fatalf("%d elements of the shape %v (%v)", len(v), c.Dims, err)
			}
		}
		first := written(t, m)
		again, err := onnx.Parse(first)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !bytes.Equal(written(t, again), first) {
			t.Fatal("written again it is another file")
		}
	})
}

// written is the file of a graph.
func written(t *testing.T, m *onnx.Model) []byte {
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// understood reads a network, whose shapes must fit together, and runs it.
func understood(t *testing.T, b []byte, opt checkpoint.Options) {
	c, err := checkpoint.Read[float32](bytes.NewReader(b), int64(len(b)), opt)
	if err != nil {
		if !errors.Is(err, bundle.ErrFormat) && !errors.Is(err, bundle.ErrNotFinite) && !errors.Is(err, bundle.ErrRange) {
			t.Fatalf("error of no kind: %v", err)
		}
		return
	}
	const free = 1 << 18 // columns that a graph may have without weights
	if c.Network.In() > free+len(b) || c.Network.Out() > free+len(b) {
		t.Fatalf("%d → %d in a file of %d bytes", c.Network.In(), c.Network.Out(), len(b))
	}
	if c.String() == "" || len(c.Layers) != len(c.Network.Stages()) {
		t.Fatalf("%d layers listed of %d", len(c.Layers), len(c.Network.Stages()))
	}
	c.Network.Forward(nil, mat.New[float32](1, c.Network.In()), nil)
}

func FuzzGraph(f *testing.F) {
	for _, b := range graphs(f) {
		f.Add(b, "")
	}
	f.Fuzz(func(t *testing.T, b []byte, output string) {
		if len(b) > 1<<14 {
			return
		}
		understood(t, b, checkpoint.Options{Output: output})
	})
}

func FuzzCheckpoint(f *testing.F) {
	add := func(opt string, tensors ...any) {
		var w safetensors.Writer
		for i := 0; i < len(tensors); i += 2 {
			shape, n := tensors[i+1].([]int), 1
			for _, s := range shape {
				n *= s
			}
			data := make([]float32, n)
			for j := range data {
				data[j] = float32(j%7) / 4
			}
			safetensors.Add(&w, tensors[i].(string), shape, data)
		}
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), opt)
	}
	three := []any{"0.weight", []int{3, 2}, "0.bias", []int{3}, "2.weight", []int{1, 3}}
	add("", three...)
	add("0:tanh,2:none", three...)
	add("", append(three, "1.running_mean", []int{3}, "1.running_var", []int{3}, "1.weight", []int{3}, "1.bias", []int{3})...)
	add("", "0.weight_v", []int{3, 2}, "0.weight_g", []int{3, 1}, "1.weight", []int{3}, "2.weight", []int{1, 3})
	add("", "fc1.weight", []int{3, 2}, "norm1.weight", []int{3}, "norm1.bias", []int{3}, "fc2.weight_orig", []int{2, 3}, "fc2.weight_mask", []int{2, 3}, "act.weight", []int{1})
	add("", "dense/kernel:0", []int{2, 3}, "dense_1/kernel:0", []int{3, 3}, "dense_1/lora_A", []int{1, 3}, "dense_1/lora_B", []int{3, 1}, "dense_1/alpha", []int{1})
	add("", "actor.0.weight", []int{2, 2}, "critic.0.weight", []int{2, 2})
	f.Add(digits.Narrow34(), "auto:gelu")
	f.Fuzz(func(t *testing.T, b []byte, layers string) {
		if len(b) > 1<<14 {
			return
		}
		understood(t, b, checkpoint.Options{Layers: layers})
	})
}
