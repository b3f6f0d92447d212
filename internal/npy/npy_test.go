package npy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// raw builds a file of the given version.
func raw(major byte, header string, data []byte) []byte {
	b := append([]byte(magic), major, 0)
	if major == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	return append(append(b, header...), data...)
}

func open(b []byte) (*File, error) { return Open(bytes.NewReader(b), int64(len(b))) }

func dict(descr, order, shape string) string {
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr, order, shape)
}

// The bytes are those that numpy.save of version 1.24 writes.
func TestKnownFile(t *testing.T) {
	// numpy.save(f, numpy.array([[1, 2, 3], [4, 5, 6]], "<i2"))
	header := "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }"
	header += strings.Repeat(" ", 118-1-len(header)) + "\n"
	f, err := open(raw(1, header, []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}))
	if err != nil {
		t.Fatal(err)
	}
	got := make([]float32, 3)
	if err := ReadRows(f, got, 1, 1); err != nil || !slices.Equal(got, []float32{4, 5, 6}) {
		t.Errorf("second row %v, %v", got, err)
	}
}

func TestRead(t *testing.T) {
	be16 := []byte{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6}
	for _, c := range []struct {
		name string
		file []byte
		rows int
		want []float64
	}{
		{"big-endian int16", raw(1, dict(">i2", "False", "(2, 3)"), be16), 2, []float64{1, 2, 3, 4, 5, 6}},
		{"Fortran order", raw(1, dict(">i2", "True", "(2, 3)"), be16), 2, []float64{1, 3, 5, 2, 4, 6}},
		{"version 2", raw(2, dict("|u1", "False", "(3,)"), []byte{7, 8, 9}), 3, []float64{7, 8, 9}},
		{"version 3", raw(3, dict("|i1", "False", "(2, 1)"), []byte{255, 1}), 2, []float64{-1, 1}},
		{"bool", raw(1, dict("|b1", "False", "(2,)"), []byte{0, 1}), 2, []float64{0, 1}},
		{"scalar", raw(1, dict("|u1", "False", "()"), []byte{5}), 1, []float64{5}},
		{"images", raw(1, dict("|u1", "False", "(1, 2, 2)"), []byte{1, 2, 3, 4}), 1, []float64{1, 2, 3, 4}},
		{"empty", raw(1, dict("<f4", "False", "(0, 3)"), nil), 0, nil},
		{"Python 2", raw(1, "{'shape': (2L,), \"descr\": '|u1', 'fortran_order': False}", []byte{1, 2}), 2, []float64{1, 2}},
		{"half", raw(1, dict("<f2", "False", "(1,)"), []byte{0, 0xbc}), 1, []float64{-1}},
		{"big-endian float64", raw(1, dict(">f8", "False", "(1,)"), binary.BigEndian.AppendUint64(nil, math.Float64bits(0.1))), 1, []float64{0.1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := open(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if f.Rows != c.rows {
				t.Fatalf("%d rows, want %d", f.Rows, c.rows)
			}
			got := make([]float64, f.Rows*f.Cols)
			if err := ReadRows(f, got, 0, f.Rows); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestHostile(t *testing.T) {
	good := dict("<f4", "False", "(1,)")
	four := make([]byte, 4)
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty file", nil, "magic"},
		{"wrong magic", []byte("PK\x03\x04567890"), "magic"},
		{"version 4", raw(4, good, four), "version 4"},
		{"header past the end", raw(1, good, nil)[:40], "header of"},
		{"header huge", append([]byte(magic+"\x02\x00"), 255, 255, 255, 255), "header of"},
		{"no length", []byte(magic + "\x02\x00\x01\x00"), "byte 8"},
		{"no dictionary", raw(1, "[]", nil), "byte 10"},
		{"unknown key", raw(1, "{'x': 1}", nil), "unknown key"},
		{"duplicate key", raw(1, "{'shape': (), 'shape': ()}", nil), "duplicate key"},
		{"missing key", raw(1, "{'shape': ()}", nil), "all needed"},
		{"text after", raw(1, strings.TrimSpace(good)+"x", four), "text after"},
		{"structured", raw(1, "{'descr': [('a', '<f4')], }", nil), "structured"},
		{"complex", raw(1, dict("<c8", "False", "(1,)"), make([]byte, 8)), "element type"},
		{"objects", raw(1, dict("|O", "False", "(1,)"), four), "element type"},
		{"no type", raw(1, dict("", "False", "(1,)"), four), "no element type"},
		{"negative shape", raw(1, dict("<f4", "False", "(-1,)"), four), "non-negative"},
		{"shape overflows", raw(1, dict("<f4", "False", "(4611686018427387904, 4)"), four), "4 bytes of data"},
		{"shape times zero", raw(1, dict("<f4", "False", "(0, 4611686018427387904, 4)"), nil), "shape"},
		{"integer too large", raw(1, dict("<f4", "False", "(9223372036854775808,)"), four), "too large"},
		{"too many dimensions", raw(1, dict("|u1", "False", "("+strings.Repeat("1,", 33)+")"), four[:1]), "dimensions"},
		{"truncated data", raw(1, good, four[:3]), "3 bytes of data"},
		{"trailing data", raw(1, good, make([]byte, 5)), "5 bytes of data"},
		{"order is no boolean", raw(1, dict("<f4", "1", "(1,)"), four), "False"},
		{"Fortran cube", raw(1, dict("|u1", "True", "(1,2,2)"), four), "Fortran"},
		{"string without end", raw(1, "{'descr", nil), "without end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := open(c.file)
			runtime.ReadMemStats(&after)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v, want one that wraps ErrFormat", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 1<<14 {
				t.Errorf("%d bytes allocated for a file of %d", got, len(c.file))
			}
		})
	}
	whole := raw(1, good, four)
	for n := range whole {
		if _, err := open(whole[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("first %d of %d bytes: error %v, want one that wraps ErrFormat", n, len(whole), err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	want := make([]float64, 30000)
	for i := range want {
		want[i] = 1 / float64(i+1)
	}
	for _, shape := range [][]int{{30000}, {10000, 3}, {100, 100, 3}} {
		var b bytes.Buffer
		if err := Write(&b, shape, want); err != nil {
			t.Fatal(err)
		}
		f, err := open(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if f.start%64 != 0 || f.Rows != shape[0] {
			t.Errorf("shape %v: data at byte %d, %d rows", shape, f.start, f.Rows)
		}
		got := make([]float64, len(want))
		if err := ReadRows(f, got, 0, f.Rows); err != nil || !slices.Equal(got, want) {
			t.Errorf("shape %v: elements differ (error %v)", shape, err)
		}
	}
}

// The file is what numpy.save(f, numpy.array([3, -1])) writes.
func TestWriteInts(t *testing.T) {
	var b bytes.Buffer
	if err := WriteInts(&b, []int{3, -1}); err != nil {
		t.Fatal(err)
	}
	header := "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }"
	header += strings.Repeat(" ", 118-1-len(header)) + "\n"
	want := raw(1, header, []byte{3, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255})
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("got %q\nwant %q", b.Bytes(), want)
	}
}

func TestWriteStrings(t *testing.T) {
	var b bytes.Buffer
	if err := WriteStrings(&b, []string{"é", "ab"}); err != nil {
		t.Fatal(err)
	}
	got := b.Bytes()
	if !bytes.Contains(got, []byte("'<U2'")) || string(got[128:]) != "\xe9\x00\x00\x00\x00\x00\x00\x00a\x00\x00\x00b\x00\x00\x00" {
		t.Errorf("got %q", got)
	}
}

func ExampleReadRows() {
	var file bytes.Buffer
	if err := Write(&file, []int{3, 2}, []float64{1, 2, 3, 4, 5, 6}); err != nil {
		fmt.Println(err)
		return
	}
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	rows := make([]float32, 2*f.Cols)
	err = ReadRows(f, rows, 1, 2) // the last two of three rows
	fmt.Println(f.Rows, f.Cols, rows, err)
	// Output: 3 2 [3 4 5 6] <nil>
}

// Texts of either kind and order of bytes are read, and a width that NumPy does not write is no type.
func TestTexts(t *testing.T) {
	wide := func(order binary.AppendByteOrder, s string) (b []byte) {
		for _, r := range s {
			b = order.AppendUint32(b, uint32(r))
		}
		return b
	}
	for descr, data := range map[string][]byte{
		"|S3": []byte("ab\x00é\x00"), "<U2": wide(binary.LittleEndian, "abé\x00"), ">U2": wide(binary.BigEndian, "abé\x00"),
	} {
		f, err := open(raw(1, dict(descr, "False", "(2,)"), data))
		if err != nil {
			t.Fatalf("%s: %v", descr, err)
		}
		if got, err := ReadStrings(f); err != nil || !slices.Equal(got, []string{"ab", "é"}) {
			t.Errorf("%s: %q, %v", descr, got, err)
		}
		if err := ReadRows(f, make([]float64, 2), 0, 2); !errors.Is(err, ErrFormat) || f.Type() != descr[1:2] {
			t.Errorf("%s: numbers of type %q: %v", descr, f.Type(), err)
		}
	}
	for _, descr := range []string{"<U+2", "<U-2", "<U", "<Ux", "<V2", "<S1048576"} {
		if _, err := open(raw(1, dict(descr, "False", "(0,)"), nil)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "byte 10: ") && !strings.Contains(err.Error(), "element type") {
			t.Errorf("%s: error %v", descr, err)
		}
	}
	if f, err := open(raw(1, dict("|S0", "False", "(0,)"), nil)); err != nil || f.Rows != 0 {
		t.Errorf("texts of no bytes: %v", err)
	}
	if f, err := open(raw(1, dict("<f8", "False", "(1,)"), make([]byte, 8))); err == nil {
		if _, err := ReadStrings(f); !errors.Is(err, ErrFormat) {
			t.Errorf("numbers as texts: %v", err)
		}
	}
	// An error names the byte of the file, behind the ten that come before the dictionary.
	if _, err := open(raw(1, "{'descr': 5}", nil)); err == nil || !strings.Contains(err.Error(), "byte 20: want a string") {
		t.Errorf("a number for a string: %v", err)
	}
}

// Any rows of a file are read, of either order, into a slice of their size alone.
func TestReadSomeRows(t *testing.T) {
	for order, data := range map[string][]byte{"False": {1, 2, 3, 4, 5, 6, 7, 8}, "True": {1, 3, 5, 7, 2, 4, 6, 8}} {
		f, err := open(raw(1, dict("|u1", order, "(4, 2)"), data))
		if err != nil {
			t.Fatal(err)
		}
		for row := range 5 {
			for n := range 5 - row {
				got, want := make([]float64, 2*n), make([]float64, 2*n)
				for i := range want {
					want[i] = float64(2*row + i + 1)
				}
				if err := ReadRows(f, got, row, n); err != nil || !slices.Equal(got, want) {
					t.Errorf("fortran_order %s: rows %d to %d are %v, want %v, %v", order, row, row+n, got, want, err)
				}
			}
		}
		for _, c := range [][3]int{{-1, 1, 2}, {0, -1, -2}, {4, 1, 2}, {3, 2, 4}, {0, 2, 3}, {0, 2, 5}} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%d rows from %d into %d elements did not panic", c[1], c[0], c[2])
					}
				}()
				_ = ReadRows(f, make([]float64, max(c[2], 0)), c[0], c[1])
			}()
		}
	}
}
