package fuzz

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"nnk/internal/csvdata"
	"nnk/internal/npy"
	"nnk/internal/safetensors"
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
		for i := range file.Tensors {
			tensor := &file.Tensors[i]
			if tensor.Offset < 8 || tensor.Bytes < 0 || tensor.Offset+tensor.Bytes > int64(len(b)) {
				t.Fatalf("%s lies outside the file: %d bytes at %d of %d", tensor.Name, tensor.Bytes, tensor.Offset, len(b))
			}
			if v, err := safetensors.Load[float64](file, tensor); err == nil && len(v) != tensor.Len() {
				t.Fatalf("%s has %d elements, %d were loaded", tensor.Name, tensor.Len(), len(v))
			}
		}
	})
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
	for _, s := range []string{"", "1,2\n3,4\n", "a,b\n1,2\n", "label\ncat\ndog\n", "1,2\n3\n", "\"", "1e999,nan\n-inf,0x1p3\n", "1;2\r\n3;4\r\n", "\xff,\x00\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := csvdata.Read(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, csvdata.ErrFormat) {
				t.Fatalf("error does not wrap ErrFormat: %v", err)
			}
			return
		}
		if v, err := csvdata.Numbers[float64](table); err == nil && len(v) != len(table.Rows)*table.Cols() {
			t.Fatalf("%d numbers in %d rows of %d columns", len(v), len(table.Rows), table.Cols())
		}
	})
}
