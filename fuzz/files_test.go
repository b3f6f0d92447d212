package fuzz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"strings"
	"testing"

	"nnk/bundle/table"
	"nnk/internal/npy"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// FuzzSafetensors: whatever the bytes are, reading them ends in an error that
// wraps ErrFormat or in tensors that lie inside the file, and what was read can
// be written and read again.
func FuzzSafetensors(f *testing.F) {
	var w safetensors.Writer
	w.Metadata = map[string]string{"a": "b"}
	safetensors.Add(&w, "0.weight", []int{2, 3}, []float32{1, 2, 3, 4, 5, 6})
	safetensors.Add(&w, "0.bias", []int{2}, []float64{7, 8})
	var good bytes.Buffer
	if _, err := w.WriteTo(&good); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:good.Len()-1])
	for _, header := range []string{
		`{}`, `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
		`{"__metadata__":null,"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"F4","shape":[2,4],"data_offsets":[4,8]}}`,
		`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`,
		`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}`,
		`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}`,
	} {
		f.Add(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+"12345678"...))
	}
	f.Add(bytes.Repeat([]byte{0xff}, 16))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := safetensors.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, safetensors.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		again := safetensors.Writer{Metadata: file.Metadata}
		for i := range file.Tensors {
			tensor := &file.Tensors[i]
			if tensor.Offset < 8 || tensor.Bytes < 0 || tensor.Offset+tensor.Bytes > int64(len(b)) {
				t.Fatalf("%s lies outside the file: %d bytes at %d of %d", tensor.Name, tensor.Bytes, tensor.Offset, len(b))
			}
			v, err := safetensors.Load[float64](file, tensor)
			if err != nil {
				continue
			}
			if len(v) != tensor.Len() {
				t.Fatalf("%s has %d elements, %d were loaded", tensor.Name, tensor.Len(), len(v))
			}
			shape := make([]int, len(tensor.Shape))
			for k, n := range tensor.Shape {
				shape[k] = int(min(n, math.MaxInt32)) // more only where another is 0
			}
			safetensors.Add(&again, tensor.Name, shape, v)
		}
		rewritten(t, file, &again)
	})
}

// rewritten writes what was loaded of a file, and reads the same again.
func rewritten(t *testing.T, file *safetensors.File, w *safetensors.Writer) {
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	again, err := safetensors.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if !maps.Equal(again.Metadata, file.Metadata) {
		t.Fatalf("metadata %q came back as %q", file.Metadata, again.Metadata)
	}
	for i := range again.Tensors {
		tensor := &again.Tensors[i]
		before := file.Tensor(tensor.Name)
		if before == nil || len(before.Shape) != len(tensor.Shape) || before.Len() != tensor.Len() {
			t.Fatalf("%s of shape %v came back from %v", tensor.Name, tensor.Shape, before)
		}
		for k, n := range tensor.Shape {
			if n != min(before.Shape[k], math.MaxInt32) {
				t.Fatalf("%s of shape %v came back from %v", tensor.Name, tensor.Shape, before.Shape)
			}
		}
		want, err := safetensors.Load[float64](file, before)
		if err != nil {
			t.Fatal(err)
		}
		got, err := safetensors.Load[float64](again, tensor)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, tensor.Name, got, want)
	}
}

func FuzzNPY(f *testing.F) {
	var good bytes.Buffer
	if err := npy.Write(&good, []int{2, 3}, []float32{1, 2, 3, 4, 5, 6}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(good.Bytes()[:good.Len()-1])
	for _, header := range []string{
		`{'descr': '>i2', 'fortran_order': True, 'shape': (2, 2), }`, `{'descr': '<f8', 'fortran_order': False, 'shape': (), }`,
		`{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999, 99999999999), }`, `{'descr': 'O', 'shape': (1,)}`, `{`,
	} {
		for version := range byte(4) {
			b := []byte("\x93NUMPY" + string([]byte{version, 0}))
			if version < 2 {
				b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
			} else {
				b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
			}
			f.Add(append(b, header+"12345678"...))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := npy.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, npy.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		if file.Rows == 0 {
			return // the columns of no rows are as many as the header likes
		}
		if file.Cols > len(b) {
			t.Fatalf("%d columns in a file of %d bytes", file.Cols, len(b))
		}
		row := make([]float64, file.Cols)
		for i := range min(file.Rows, 100) {
			if err := npy.ReadRows(file, row, i, 1); err != nil {
				return
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"", "1,2\n3,4\n", "a,b\n1,2\n", "label\ncat\ndog\n", "1,2\n3\n", "\"", "1e999,nan\n-inf,0x1p3\n", "1;2\r\n3;4\r\n", "\ufeffa;b\n0,5;1\n\n2;3\n", "0,1\n0.5,2\n", "1\t2\n3\t4\n", "a|b\n", "\xff\xfe1\x00", "\xff,\x00\n", "a,b,c,d\n1,x,yes,2020-01-01\n,,no,\nNA,y,?,2020-02-01T10:00Z\n", "a\n-1.7e308\n1.7e308\n-1.7e308\n", "a\n5e-324\n0\n", "a b,\n1,2\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := table.ReadCSV(t.Context(), bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, table.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		if last := 0; lines.Rows() > 0 {
			for i := range lines.Rows() {
				if l := lines.Line(i); l <= last || l > 1+bytes.Count(b, []byte("\n"))+bytes.Count(b, []byte("\r")) {
					t.Fatalf("row %d is on line %d after line %d", i, l, last)
				} else {
					last = l
				}
			}
		}
		if v, err := table.Numbers[float64](t.Context(), lines); err == nil && len(v) != lines.Rows()*lines.Cols() {
			t.Fatalf("%d numbers in %d rows of %d columns", len(v), lines.Rows(), lines.Cols())
		}
		learned(t, lines)
	})
}

// learned: a schema of a table reads back from its text, and makes the rows that it was learned from finite inputs.
func learned(t *testing.T, lines *table.CSV) {
	s, _, err := lines.Schema(t.Context(), table.SchemaOptions{})
	if err != nil {
		if !errors.Is(err, table.ErrFormat) && !errors.Is(err, mat.ErrNotFinite) {
			t.Fatalf("error wraps neither ErrFormat nor ErrNotFinite: %v", err)
		}
		return
	}
	again, err := table.ParseSchema(s.String())
	if err != nil || again.String() != s.String() {
		t.Fatalf("schema %s came back as %v, %v", s, again, err)
	}
	in, err := lines.Inputs(t.Context(), again, table.UnseenFails)
	if err != nil {
		t.Fatalf("a table is not read by its own schema: %v", err)
	}
	x := mat.New[float64](in.Rows(), in.Cols())
	if err := in.Read(x, 0); err != nil {
		t.Fatal(err)
	}
	if err := mat.CheckFinite(x, 0); err != nil {
		t.Fatalf("inputs: %v", err)
	}
	for j, name := range s.InputNames() {
		for i := range x.Rows() {
			if strings.HasSuffix(name, " is missing") && x.At(i, j) != 0 && x.At(i, j) != 1 {
				t.Fatalf("input %s is %g", name, x.At(i, j))
			}
		}
	}
}
