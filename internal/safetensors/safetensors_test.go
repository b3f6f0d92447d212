package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// raw builds a file from header text and data.
func raw(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func open(b []byte) (*File, error) { return Open(bytes.NewReader(b), int64(len(b))) }

// sample is a file with everything that the writer can produce.
func sample() *Writer {
	w := &Writer{Metadata: map[string]string{"format": "1", "quote": "a \"b\" \\ \n é"}}
	Add(w, "0.weight", []int{2, 3}, []float32{1, -2, 3.5, float32(math.Copysign(0, -1)), 0x1p-149, float32(math.Inf(1))})
	Add(w, "empty", []int{0, 5}, []float32{})
	Add(w, "scalar", nil, []float64{math.Pi})
	Add(w, "name \"quoted\"", []int{1}, []float64{-1})
	return w
}

func bytesOf(t *testing.T, w *Writer) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := w.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo: %d bytes, error %v; buffer has %d", n, err, b.Len())
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	w := sample()
	text := bytesOf(t, w)
	f, err := open(text)
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata["quote"] != w.Metadata["quote"] || len(f.Metadata) != 2 {
		t.Errorf("metadata %q", f.Metadata)
	}
	if len(f.Tensors) != 4 {
		t.Fatalf("%d tensors, want 4", len(f.Tensors))
	}
	x := f.Tensor("0.weight")
	if got := x.String(); got != "F32 [2×3]" {
		t.Errorf("0.weight is %s", got)
	}
	got, err := Load[float32](f, x)
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{1, -2, 3.5, float32(math.Copysign(0, -1)), 0x1p-149, float32(math.Inf(1))}
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Errorf("element %d: got %v, want %v", i, got[i], want[i])
		}
	}
	if v, err := Load[float64](f, f.Tensor("scalar")); err != nil || len(v) != 1 || v[0] != math.Pi {
		t.Errorf("scalar: %v, %v", v, err)
	}
	if v, err := Load[float64](f, f.Tensor("empty")); err != nil || len(v) != 0 {
		t.Errorf("empty: %v, %v", v, err)
	}
	if f.Tensor("missing") != nil {
		t.Error("found a tensor that is not there")
	}
	if f.Tensor("0.weight").Offset%8 != 0 {
		t.Errorf("data begins at byte %d, want a multiple of 8", f.Tensor("0.weight").Offset)
	}
	if !bytes.Equal(text, bytesOf(t, sample())) {
		t.Error("two writes of the same content differ")
	}
}

func TestReadKinds(t *testing.T) {
	data := []byte{0x00, 0x3c, 0xc0, 0x3f, 0xff, 0x02} // F16 1, BF16 1.5, I8 −1, U8 2
	header := `{"h":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[1,1],"data_offsets":[2,4]},` +
		`"i":{"dtype":"I8","shape":[1],"data_offsets":[4,5]},"u":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}   `
	b := raw(header, 0)
	f, err := open(append(b, data...))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float32{"h": 1, "b": 1.5, "i": -1, "u": 2} {
		got, err := Load[float32](f, f.Tensor(name))
		if err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
}

// What is new or unusual in a file does not keep the rest from being read.
func TestReadUnusual(t *testing.T) {
	data := []byte{0x38, 0xfe, 0x3c, 0xc1, 0x21, 0x43, 0x07, 0x80} // F8_E4M3 1, −448, F8_E5M2 1, −2.5, four F4, I8 7, −128
	header := `{"__metadata__": null ,"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[2,4]},` +
		`"c":{"dtype":"F4_NEW","shape":[2,2],"data_offsets":[4,6]},"d":{"dtype":"I8","shape":[2],"data_offsets":[6,8]}}`
	f, err := open(append(raw(header, 0), data...))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float32{"a": {1, -448}, "b": {1, -2.5}, "d": {7, -128}} {
		if got, err := Load[float32](f, f.Tensor(name)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v; want %v", name, got, err, want)
		}
	}
	c := f.Tensor("c")
	if c.Loadable() || c.Len() != 4 || c.String() != "F4_NEW [2×2]" {
		t.Errorf("c is %s of %d elements, loadable %v", c, c.Len(), c.Loadable())
	}
	if _, err := Load[float32](f, c); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "F4_NEW") {
		t.Errorf("loading c: error %v", err)
	}
}

// A header that grew over its length by the null of its metadata, padding behind it.
func TestReadSpilled(t *testing.T) {
	const header = `{"__metadata__":null,"x":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`
	file := func(header, behind string) []byte {
		return append(append(raw(header, 0), behind...), 1, 2, 3)
	}
	for _, behind := range []string{"", " ", "       "} {
		f, err := open(file(header, behind))
		if err != nil {
			t.Fatalf("%d blanks: %v", len(behind), err)
		}
		if got, err := Load[float32](f, f.Tensor("x")); err != nil || !slices.Equal(got, []float32{1, 2, 3}) {
			t.Errorf("%d blanks: got %v, %v", len(behind), got, err)
		}
	}
	for _, bad := range [][]byte{
		file(header, "        "), file(header, "\n"), file(header, " x"), append(file(header, " "), 4),
		file(strings.Replace(header, "null", "{}", 1), " "),
		raw(`{"__metadata__":null,"x":{"dtype":"U8","shape":[3],"data_offsets":[9223372036854775806,9223372036854775807]}}`, 3),
	} {
		if _, err := open(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: error %v, want one that wraps ErrFormat", bad, err)
		}
	}
}

// A tensor of more bytes than the reader's buffer, with a length that is not a
// multiple of it.
func TestReadLong(t *testing.T) {
	want := make([]float64, 1<<14+3)
	for i := range want {
		want[i] = float64(i) * 0.1
	}
	w := &Writer{}
	Add(w, "x", []int{len(want)}, want)
	f, err := open(bytesOf(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Load[float64](f, f.Tensor("x")); err != nil || !slices.Equal(got, want) {
		t.Errorf("elements differ (error %v)", err)
	}
}

func TestHostile(t *testing.T) {
	one := func(fields string, data int) []byte { return raw(`{"x":{`+fields+`}}`, data) }
	for _, c := range []struct {
		name string
		file []byte
		want string // part of the message
	}{
		{"empty file", nil, "byte 0"},
		{"seven bytes", make([]byte, 7), "byte 0"},
		{"no header", make([]byte, 8), "byte 8"},
		{"header length huge", append(bytes.Repeat([]byte{0xff}, 8), "{}"...), "header of"},
		{"header longer than the file", append(binary.LittleEndian.AppendUint64(nil, 3), "{}"...), "header of 3"},
		{"not an object", raw(`[]`, 0), "byte 8"},
		{"no closing brace", raw(`{`, 0), "byte 9"},
		{"text after the header", raw(`{} {}`, 0), "byte 10"},
		{"not UTF-8", raw("{\"\xff\":1}", 0), "UTF-8"},
		{"control character", raw("{\"a\nb\":1}", 0), "control"},
		{"wrong escape", raw(`{"a\q":1}`, 0), "escape"},
		{"escape at the end", raw(`{"a\`, 0), "string without end"},
		{"trailing comma", raw(`{"__metadata__":{},}`, 0), "byte 27"},
		{"metadata is no string", raw(`{"__metadata__":{"a":1}}`, 0), "byte 29"},
		{"metadata twice", raw(`{"__metadata__":{"a":"1","a":"2"}}`, 0), "duplicate metadata"},
		{"duplicate tensor", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2), `duplicate name "x"`},
		{"duplicate field", one(`"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]`, 4), "duplicate field"},
		{"unknown field", one(`"dtype":"F32","shape":[1],"data_offsets":[0,4],"z":1`, 4), "unknown field"},
		{"missing field", one(`"dtype":"F32","shape":[1]`, 4), "all needed"},
		{"empty dtype", one(`"dtype":"","shape":[4],"data_offsets":[0,4]`, 4), "empty dtype"},
		{"less than a bit an element", one(`"dtype":"F0","shape":[40],"data_offsets":[0,4]`, 4), "4 bytes of data for F0"},
		{"unknown dtype, shape overflows", one(`"dtype":"F4","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]`, 4), "4 bytes of data for F4"},
		{"metadata half null", raw(`{"__metadata__":nul}`, 0), "byte 24"},
		{"metadata null twice", raw(`{"__metadata__":null,"__metadata__":{}}`, 0), "duplicate name"},
		{"negative size", one(`"dtype":"F32","shape":[-1],"data_offsets":[0,4]`, 4), "non-negative"},
		{"fraction", one(`"dtype":"F32","shape":[1.5],"data_offsets":[0,4]`, 4), "want"},
		{"leading zero", one(`"dtype":"F32","shape":[01],"data_offsets":[0,4]`, 4), "leading zero"},
		{"integer too large", one(`"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]`, 4), "too large"},
		{"rank", one(`"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]`, 1), "dimensions"},
		{"offsets reversed", one(`"dtype":"F32","shape":[1],"data_offsets":[4,0]`, 4), "begin and end"},
		{"one offset", one(`"dtype":"F32","shape":[1],"data_offsets":[4]`, 4), "begin and end"},
		{"three offsets", one(`"dtype":"F32","shape":[1],"data_offsets":[0,4,8]`, 8), "more than two"},
		{"past the end", one(`"dtype":"F32","shape":[2],"data_offsets":[0,8]`, 4), `tensor "x" at byte`},
		{"far past the end", one(`"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775807]`, 4), "past the end"},
		{"shape overflows", one(`"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,4]`, 4), "shape [4611686018427387904"},
		{"shape wraps to the right size", one(`"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]`, 0), "shape [4294967296"},
		{"shape and size differ", one(`"dtype":"F64","shape":[1],"data_offsets":[0,4]`, 4), "4 bytes of data for F64"},
		{"trailing data", one(`"dtype":"F32","shape":[1],"data_offsets":[0,4]`, 5), "1 bytes after the last"},
		{"data without tensors", raw(`{}`, 1), "1 bytes after the last"},
		{"gap", raw(`{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3), `tensor "y" at byte`},
		{"overlap", raw(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3), "overlaps"},
		{"same data twice", raw(`{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"y":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2), "overlaps"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := open(c.file)
			if !errors.Is(err, ErrFormat) {
				t.Fatalf("error %v, want one that wraps ErrFormat", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestTruncated(t *testing.T) {
	text := bytesOf(t, sample())
	for n := range text {
		if _, err := open(text[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("first %d of %d bytes: error %v, want one that wraps ErrFormat", n, len(text), err)
		}
	}
	// The file shrinks after it was opened.
	f, err := Open(bytes.NewReader(text[:len(text)-1]), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load[float64](f, &f.Tensors[len(f.Tensors)-1]); !errors.Is(err, ErrFormat) {
		t.Errorf("load from a shrunken file: error %v, want one that wraps ErrFormat", err)
	}
}

// named is a list of entries whose names differ.
func named(n int, entry string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, entry, i)
	}
	return b.String()
}

// Names are bounded in number, for each takes many times its bytes in the file; what is written
// can be read.
func TestManyNames(t *testing.T) {
	tensor := `"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`
	for _, c := range []struct {
		what string
		file []byte
		want string
	}{
		{"most tensors", raw("{"+named(maxTensors, tensor)+"}", 0), ""},
		{"tensors", raw("{"+named(maxTensors+1, tensor)+"}", 0), "more than 65536 tensors"},
		{"most metadata", raw(`{"__metadata__":{`+named(maxMetadata, `"%d":""`)+"}}", 0), ""},
		{"metadata", raw(`{"__metadata__":{`+named(maxMetadata+1, `"%d":""`)+"}}", 0), "more than 1024 metadata"},
	} {
		_, err := open(c.file)
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.what, err, c.want)
		}
	}
	w := &Writer{Metadata: map[string]string{}}
	for i := range maxMetadata + 1 {
		w.Metadata[fmt.Sprint(i)] = ""
	}
	if n, err := w.WriteTo(io.Discard); err == nil || n != 0 {
		t.Errorf("%d metadata written: %d bytes, %v", len(w.Metadata), n, err)
	}
}

// A tensor whose elements an int cannot count is refused where that is so.
func TestTensorLargerThanMachine(t *testing.T) {
	header := raw(`{"x":{"dtype":"U8","shape":[3000000000],"data_offsets":[0,3000000000]}}`, 0)
	f, err := Open(bytes.NewReader(header), int64(len(header))+3_000_000_000)
	if math.MaxInt == math.MaxInt32 {
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "too large for this machine") {
			t.Errorf("error %v", err)
		}
		return
	}
	if err != nil || int64(f.Tensors[0].Len()) != f.Tensors[0].Bytes {
		t.Errorf("%v, %v", f, err)
	}
}

// What a header claims must not be allocated before it is checked.
func TestHostileAllocation(t *testing.T) {
	for name, file := range map[string][]byte{
		"header":       append(binary.LittleEndian.AppendUint64(nil, maxHeader), make([]byte, 100)...),
		"shape":        raw(`{"x":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}`, 8),
		"metadata":     raw(`{"__metadata__":{`+named(20*maxMetadata, `"%d":""`)+"}}", 0),
		"many tensors": raw(`{`+strings.Repeat(`"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},`, 1000), 0),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := open(file)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(2*len(file)+1<<14); got > limit {
			t.Errorf("%s: %d bytes allocated for a file of %d, limit %d", name, got, len(file), limit)
		}
	}
}

func TestWriterPanics(t *testing.T) {
	for name, add := range map[string]func(w *Writer){
		"wrong length": func(w *Writer) { Add(w, "x", []int{2, 2}, make([]float32, 3)) },
		"duplicate": func(w *Writer) {
			Add(w, "x", []int{1}, make([]float32, 1))
			Add(w, "x", []int{1}, make([]float32, 1))
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			add(&Writer{})
		}()
	}
}

// An independent reader of the format, by the letter of its description and with
// encoding/json, reads what the writer wrote.
func TestIndependentReader(t *testing.T) {
	text := bytesOf(t, sample())
	n := binary.LittleEndian.Uint64(text)
	var header map[string]struct {
		DType   string
		Shape   []int
		Offsets []int `json:"data_offsets"`
		Format  string
	}
	if err := json.Unmarshal(text[8:8+n], &header); err != nil {
		t.Fatal(err)
	}
	if got := header["__metadata__"].Format; got != "1" {
		t.Errorf("metadata format %q", got)
	}
	x := header["0.weight"]
	if x.DType != "F32" || !slices.Equal(x.Shape, []int{2, 3}) {
		t.Fatalf("0.weight: %+v", x)
	}
	data := text[8+int(n):]
	if got := math.Float32frombits(binary.LittleEndian.Uint32(data[x.Offsets[0]+4:])); got != -2 {
		t.Errorf("0.weight[0][1] = %v, want -2", got)
	}
	if got := len(data); got != header[`name "quoted"`].Offsets[1] {
		t.Errorf("data has %d bytes, want %d", got, header[`name "quoted"`].Offsets[1])
	}
}

func ExampleWriter() {
	var file bytes.Buffer
	w := &Writer{Metadata: map[string]string{"made-by": "an example"}}
	Add(w, "0.bias", []int{2}, []float32{0.5, -1})
	if _, err := w.WriteTo(&file); err != nil {
		fmt.Println(err)
		return
	}
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		fmt.Println(err)
		return
	}
	bias, err := Load[float64](f, f.Tensor("0.bias"))
	fmt.Println(f.Metadata["made-by"], f.Tensor("0.bias"), bias, err)
	// Output: an example F32 [2] [0.5 -1] <nil>
}
