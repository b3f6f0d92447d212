package onnx

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

// written is the file of a model.
func written(t *testing.T, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("%d bytes of %d, %v", n, b.Len(), err)
	}
	return b.Bytes()
}

// place forgets where tensors stood.
func place(m *Model) *Model {
	for i := range m.Graph.Constants {
		m.Graph.Constants[i].at = 0
	}
	for _, n := range m.Graph.Nodes {
		for _, a := range n.Attributes {
			if a.Tensor != nil {
				a.Tensor.at = 0
			}
		}
	}
	return m
}

// What is written is read as it was, in every field.
func TestWrite(t *testing.T) {
	m := &Model{IR: 8, Producer: "nnk", Opsets: []Opset{{"", 17}, {"ai.onnx.ml", 3}}, Metadata: map[string]string{"b": "2", "a": "", "": "1"}, Graph: &Graph{
		Name: "net",
		Nodes: []Node{
			{Name: "n", Type: "Gemm", Domain: "d", Inputs: []string{"x", "", "c"}, Outputs: []string{"y"}, Attributes: []Attribute{
				OfInt("transB", 0), OfInt("axis", -1), OfFloat("alpha", 0.25), OfFloat("zero", 0), {Name: "s", Kind: TextKind, Text: "tanh"}, {Name: "empty", Kind: TextKind},
				{Name: "perm", Kind: IntsKind, Ints: []int64{1, 0, -3}}, {Name: "none", Kind: IntsKind}, {Name: "f", Kind: FloatsKind, Floats: []float32{1, 0}}, {Name: "body", Kind: GraphKind},
			}},
			{Type: "Constant", Outputs: []string{"c"}},
		},
		Constants: []Tensor{
			NewTensor("w", []int64{2, 3}, []float32{1, 2, 3, 4, 5, 6}), NewTensor("d", []int64{1}, []float64{0.1}), NewTensor("e", []int64{0}, []float32{}), NewIntegers("i", 1, -2),
			{Name: "floats", Type: Float, Dims: []int64{1}, floats: []float32{3}}, {Name: "doubles", Type: Double, Dims: []int64{1}, doubles: []float64{3}},
			{Name: "ints", Type: Int64, Dims: []int64{2}, ints: []int64{3, -1}}, {Name: "small", Type: Int8, Dims: []int64{1}, ints: []int64{-1}}, {Name: "unsigned", Type: Uint64, Dims: []int64{1}, ints: []int64{-1}},
			{Name: "outside", Type: Float, Dims: []int64{1}, outside: true, file: External{"w.bin", 8, 4}}, {Name: "open", Type: Float, outside: true, file: External{"w.bin", 0, -1}},
		},
		Inputs:  []Value{{"x", Float, []int64{-1, 3}}, {"scalar", Double, []int64{}}, {"rank", Float, nil}},
		Outputs: []Value{{Name: "y"}},
		Sparse:  true,
	}}
	tensor := NewTensor("", []int64{1}, []float32{7})
	m.Graph.Nodes[1].Attributes = []Attribute{{Name: "value", Kind: TensorKind, Tensor: &tensor}}
	b := written(t, m)
	got, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(place(got), m) {
		t.Errorf("got  %+v\nwant %+v", got.Graph, m.Graph)
	}
	if !bytes.Contains(b, []byte("rows")) || bytes.Contains(b, []byte("dim1")) {
		t.Error("the dimension that is not known has no name, or another has one")
	}
	if again := written(t, got); !bytes.Equal(again, b) {
		t.Error("writing again gives other bytes")
	}
	if v, err := got.Graph.Constants[0].Load(nil); err != nil || !slices.Equal(v, []float64{1, 2, 3, 4, 5, 6}) {
		t.Errorf("weights %v, %v", v, err)
	}
	if v, err := got.Graph.Constants[3].Load(nil); err != nil || !slices.Equal(v, []float64{1, -2}) {
		t.Errorf("integers %v, %v", v, err)
	}
}

// Integers stand in the field that the format has for their type, though [Parse] takes them from any.
func TestWriteIntegers(t *testing.T) {
	for kind, field := range map[DataType]byte{Bool: 5, Int8: 5, Int32: 5, Uint16: 5, Float16: 5, Int64: 7, Uint32: 11, Uint64: 11} {
		b := written(t, &Model{Graph: &Graph{Constants: []Tensor{{Type: kind, Dims: []int64{1}, ints: []int64{99}}}}})
		if !bytes.Contains(b, []byte{field<<3 | varint, 99}) {
			t.Errorf("%s: %x has no field %d", kind, b, field)
		}
	}
}

// Files of other writers stay what they are.
func TestWriteAgain(t *testing.T) {
	paths, err := filepath.Glob("../../bundle/checkpoint/testdata/onnx/*.onnx")
	if err != nil || len(paths) < 10 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(b)
		if err != nil {
			t.Fatal(p, err)
		}
		again, err := Parse(written(t, m))
		if err != nil {
			t.Fatal(p, err)
		}
		if !reflect.DeepEqual(place(again), place(m)) {
			t.Errorf("%s changed", p)
		}
	}
}

// A model beyond what Protocol Buffers can hold is refused before a byte is written.
func TestWriteTooLarge(t *testing.T) {
	m := &Model{Graph: &Graph{}}
	raw := make([]byte, 1<<20)
	for range 1 << 11 { // the same bytes again and again: 2 GiB that take none
		m.Graph.Constants = append(m.Graph.Constants, Tensor{Type: Uint8, Dims: []int64{1 << 20}, raw: raw, hasRaw: true})
	}
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); !errors.Is(err, ErrRange) || n != 0 || b.Len() != 0 {
		t.Errorf("%d bytes, error %v; want ErrRange", n, err)
	}
	m.Graph.Constants = m.Graph.Constants[1:]
	if n, err := m.WriteTo(io.Discard); err != nil || n < 2047<<20 || n > math.MaxInt32 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// full takes some bytes and then no more.
type full struct{ left int }

var errFull = errors.New("no space")

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(b)
	return len(b), nil
}

func TestWriteError(t *testing.T) {
	m := &Model{Graph: &Graph{Constants: []Tensor{NewTensor("w", []int64{100}, make([]float32, 100))}}}
	size := int64(len(written(t, m)))
	for _, left := range []int64{0, 1, 50, size - 1} {
		if n, err := m.WriteTo(&full{int(left)}); !errors.Is(err, errFull) || n != left {
			t.Errorf("room for %d: %d bytes, error %v", left, n, err)
		}
	}
}
