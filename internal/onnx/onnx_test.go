package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// message encodes fields: pairs of a number and a value.
func message(pairs ...any) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		key := uint64(pairs[i].(int)) << 3
		switch v := pairs[i+1].(type) {
		case int:
			b = binary.AppendUvarint(binary.AppendUvarint(b, key|varint), uint64(v))
		case uint64:
			b = binary.AppendUvarint(binary.AppendUvarint(b, key|varint), v)
		case float32:
			b = binary.LittleEndian.AppendUint32(binary.AppendUvarint(b, key|fixed32), math.Float32bits(v))
		case float64:
			b = binary.LittleEndian.AppendUint64(binary.AppendUvarint(b, key|fixed64), math.Float64bits(v))
		case string:
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, key|length), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, key|length), uint64(len(v))), v...)
		}
	}
	return b
}

func TestParse(t *testing.T) {
	b := message(
		1, 8, 2, "me", 3, "1.0", 8, message(2, 17), 8, message(1, "ai.onnx.ml", 2, 3), 14, message(1, "k", 2, "v"),
		7, message(
			2, "g",
			1, message(1, "x", 1, "", 2, "y", 3, "first", 4, "Gemm", 7, "d", 5, message(1, "alpha", 2, float32(0.5), 20, 1), 5, message(1, "axis", 3, -1, 20, 2), 5, message(1, "perm", 8, 1, 8, 0), 5, message(1, "shape", 8, []byte{3, 5})),
			1, message(4, "If", 5, message(1, "then_branch", 6, []byte{}), 5, message(1, "s", 4, "text"), 5, message(1, "f", 7, float32(2), 7, float32(3)), 5, message(1, "v", 5, message(1, 2, 2, 1, 4, float32(7), 4, float32(8)))),
			5, message(1, 2, 1, 3, 2, 1, 8, "w", 9, []byte(strings.Repeat("\x00\x00\x80\x3f", 6))),
			11, message(1, "x", 2, message(1, message(1, 1, 2, message(1, message(2, "n"), 1, message(1, 3))))),
			12, message(1, "y"),
			99, "of a later version",
		))
	m, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if m.IR != 8 || m.Producer != "me" || m.Metadata["k"] != "v" || !slices.Equal(m.Opsets, []Opset{{"", 17}, {"ai.onnx.ml", 3}}) {
		t.Errorf("model %+v", m)
	}
	g := m.Graph
	if g.Name != "g" || len(g.Nodes) != 2 || len(g.Constants) != 1 || g.Sparse {
		t.Fatalf("graph %+v", g)
	}
	n := &g.Nodes[0]
	if n.Name != "first" || n.Type != "Gemm" || n.Domain != "d" || !slices.Equal(n.Inputs, []string{"x", ""}) || !slices.Equal(n.Outputs, []string{"y"}) {
		t.Errorf("node %+v", n)
	}
	if n.FloatOr("alpha", 1) != 0.5 || n.IntOr("axis", 0) != -1 || n.FloatOr("beta", 2) != 2 || n.IntOr("x", 3) != 3 || n.Attribute("perm") == nil || !slices.Equal(n.Attribute("perm").Ints, []int64{1, 0}) || !slices.Equal(n.Attribute("shape").Ints, []int64{3, 5}) {
		t.Errorf("attributes %+v", n.Attributes)
	}
	n = &g.Nodes[1]
	if n.Attribute("then_branch").Kind != GraphKind || n.Attribute("s").Text != "text" || !slices.Equal(n.Attribute("f").Floats, []float32{2, 3}) {
		t.Errorf("attributes %+v", n.Attributes)
	}
	if v, err := n.Attribute("v").Tensor.Load(nil); err != nil || !slices.Equal(v, []float64{7, 8}) {
		t.Errorf("tensor in an attribute: %v, %v", v, err)
	}
	if v, err := g.Constants[0].Load(nil); err != nil || !slices.Equal(v, []float64{1, 1, 1, 1, 1, 1}) || g.Constants[0].Name != "w" {
		t.Errorf("constant %v, %v", v, err)
	}
	in := g.Inputs[0]
	if in.Name != "x" || in.Type != Float || !slices.Equal(in.Dims, []int64{-1, 3}) || g.Outputs[0].Dims != nil {
		t.Errorf("input %+v, outputs %+v", in, g.Outputs)
	}
}

func TestLoad(t *testing.T) {
	packed := func(v ...uint64) []byte {
		var b []byte
		for _, x := range v {
			b = binary.AppendUvarint(b, x)
		}
		return b
	}
	minus := ^uint64(0) // −1
	for _, c := range []struct {
		name   string
		fields []any
		want   []float64
	}{
		{"floats, packed", []any{1, 2, 2, 1, 4, []byte("\x00\x00\x80\x3f\x00\x00\x00\xc0")}, []float64{1, -2}},
		{"floats", []any{1, 1, 2, 1, 4, float32(0.5)}, []float64{0.5}},
		{"doubles", []any{1, 2, 2, 11, 10, 0.1, 10, -0.2}, []float64{0.1, -0.2}},
		{"doubles, packed", []any{1, 1, 2, 11, 10, binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.1))}, []float64{0.1}},
		{"int64", []any{1, 2, 2, 7, 7, packed(minus, 5)}, []float64{-1, 5}},
		{"int32", []any{1, 1, 2, 6, 5, packed(minus)}, []float64{-1}},
		{"int8", []any{1, 2, 2, 3, 5, packed(minus, 127)}, []float64{-1, 127}},
		{"uint8", []any{1, 1, 2, 2, 5, packed(255)}, []float64{255}},
		{"uint64", []any{1, 1, 2, 13, 11, packed(1 << 63)}, []float64{1 << 63}},
		{"bool", []any{1, 2, 2, 9, 5, packed(1, 0)}, []float64{1, 0}},
		{"halves by their bits", []any{1, 2, 2, 10, 5, packed(0x3c00, 0xc000)}, []float64{1, -2}},
		{"bfloat16", []any{1, 1, 2, 16, 9, "\x80\x3f"}, []float64{1}},
		{"F8 E4M3", []any{1, 2, 2, 17, 9, "\x38\xb8"}, []float64{1, -1}},
		{"F8 E5M2", []any{1, 1, 2, 19, 9, "\x3c"}, []float64{1}},
		{"int16, raw", []any{1, 1, 2, 5, 9, "\xfe\xff"}, []float64{-2}},
		{"a scalar", []any{2, 1, 9, "\x00\x00\x80\x3f"}, []float64{1}},
		{"nothing", []any{1, 0, 1, 5, 2, 1}, []float64{}},
		{"nothing, raw", []any{1, 0, 2, 1, 9, ""}, []float64{}},
	} {
		var x Tensor
		if err := fields(value{bytes: message(c.fields...)}, x.field); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got, err := x.Load(nil); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}

func TestTypes(t *testing.T) {
	for d, want := range map[DataType]string{Float: "F32", F8E5M2: "F8_E5M2", 0: "type 0", 8: "type 8", 18: "type 18", 99: "type 99", -1: "type -1", math.MaxInt64: "type 9223372036854775807"} {
		if got := d.String(); got != want {
			t.Errorf("type %d is %s, want %s", int64(d), got, want)
		}
	}
}

func TestHeld(t *testing.T) {
	for _, c := range []struct {
		fields  []any
		n       int
		outside bool
	}{
		{[]any{1, 1 << 20, 2, 1}, 0, false}, {[]any{1, 1 << 20, 2, 1, 9, "123456789"}, 2, false}, {[]any{1, 3, 2, 7, 7, 1, 7, 2}, 2, false}, {[]any{2, 99, 9, "12345678"}, 0, false},
		{[]any{1, 3, 2, 1, 14, 1}, 0, true}, {[]any{1, 3, 2, 1, 4, float32(1)}, 1, false}, {[]any{1, 3, 2, 11, 10, 1.0}, 1, false},
	} {
		var x Tensor
		if err := fields(value{bytes: message(c.fields...)}, x.field); err != nil {
			t.Fatal(err)
		}
		if n, outside := x.Held(); n != c.n || outside != c.outside {
			t.Errorf("%v: %d elements, outside %v; want %d, %v", c.fields, n, outside, c.n, c.outside)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields []any
		want   string
	}{
		{"unknown type", []any{1, 1, 2, 23, 9, "x"}, "unknown type 23"},
		{"no type", []any{1, 1}, "unknown type 0"},
		{"text", []any{1, 1, 2, 8, 6, "x"}, "unknown type 8"},
		{"too few bytes", []any{1, 2, 2, 1, 9, "1234"}, "4 bytes for 2 elements"},
		{"too many bytes", []any{2, 1, 9, "12345678"}, "8 bytes for 1 elements"},
		{"no data", []any{1, 3, 2, 1}, "0 elements"},
		{"data of another type", []any{1, 1, 2, 1, 7, 3}, "0 elements"},
		{"negative dimension", []any{1, -1, 2, 1}, "shape [-1]"},
		{"overflow", []any{1, uint64(1 << 40), 1, uint64(1 << 40), 2, 1, 9, ""}, "shape"},
		{"elements that overflow bytes", []any{1, uint64(1 << 61), 2, 11, 9, ""}, "0 bytes for"},
		{"another file, none at hand", []any{1, 1, 2, 1, 13, message(1, "location", 2, "w.bin"), 14, 1}, `"w.bin", which is not at hand`},
	} {
		var x Tensor
		if err := fields(value{bytes: message(c.fields...)}, x.field); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if v, err := x.Load(nil); !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) && math.MaxInt > math.MaxInt32 {
			t.Errorf("%s: got %v, error %v, want one that says %q", c.name, v, err, c.want)
		}
	}
}

func TestLoadOutside(t *testing.T) {
	const file = "....\x00\x00\x80\x3f\x00\x00\x00\x40"
	open := func(name string) (io.ReaderAt, int64, error) {
		if name != "w.bin" {
			return nil, 0, errors.New("no such file")
		}
		return strings.NewReader(file), int64(len(file)), nil
	}
	entry := func(key, v string) []byte { return message(1, key, 2, v) }
	for _, c := range []struct {
		name    string
		entries [][]byte
		want    string // of the error
	}{
		{"offset and length", [][]byte{entry("location", "w.bin"), entry("offset", "4"), entry("length", "8"), entry("checksum", "abc")}, ""},
		{"length first", [][]byte{entry("length", "8"), entry("offset", "4"), entry("location", "w.bin")}, ""},
		{"without length", [][]byte{entry("offset", "4"), entry("location", "w.bin")}, ""},
		{"another length", [][]byte{entry("location", "w.bin"), entry("offset", "4"), entry("length", "4")}, "8 bytes at 4"},
		{"length 0", [][]byte{entry("location", "w.bin"), entry("offset", "4"), entry("length", "0")}, "8 bytes at 4"},
		{"past the end", [][]byte{entry("location", "w.bin"), entry("offset", "5")}, "8 bytes at 5"},
		{"far past the end", [][]byte{entry("location", "w.bin"), entry("offset", "9223372036854775807")}, "8 bytes at"},
		{"another file", [][]byte{entry("location", "v.bin")}, "no such file"},
		{"no file", nil, "no such file"},
	} {
		b := message(1, 2, 2, 1, 8, "w", 14, 1)
		for _, e := range c.entries {
			b = append(b, message(13, e)...)
		}
		var x Tensor
		if err := fields(value{bytes: b}, x.field); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, err := x.Load(open)
		if c.want == "" && (err != nil || !slices.Equal(got, []float64{1, 2})) || c.want != "" && (!errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, error %v, want %q", c.name, got, err, c.want)
		}
	}
}

func TestHostile(t *testing.T) {
	graph := func(g ...any) []byte { return message(7, message(g...)) }
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"empty", nil, "no graph"},
		{"text", []byte("hello, this is no model"), "byte"},
		{"key without end", []byte{0xff}, "no key"},
		{"field 0", []byte{2, 1}, "no key"},
		{"field of 64 bits", append(bytes.Repeat([]byte{0xff}, 9), 1), "no key"},
		{"varint without end", []byte{8, 0x80}, "varint without end"},
		{"varint too long", append([]byte{8}, bytes.Repeat([]byte{0xff}, 11)...), "varint without end"},
		{"length past the end", []byte{0x3a, 5, 1}, "length 5"},
		{"length of 64 bits", append([]byte{0x3a}, append(bytes.Repeat([]byte{0xff}, 9), 1)...), "length 18446744073709551615"},
		{"length without end", []byte{0x3a, 0x80}, "length"},
		{"32 bits cut", []byte{0x3d, 1, 2}, "32 bits"},
		{"64 bits cut", []byte{0x39, 1, 2}, "64 bits"},
		{"a group", []byte{0x3b, 0x3c}, "wire type 3"},
		{"a graph that is a number", message(7, 3), "wire type"},
		{"two graphs", append(graph(), graph()...), "two graphs"},
		{"version in a string", message(1, "8"), "ir_version"},
		{"producer that is a number", message(2, 8), "producer_name"},
		{"opset that is a number", message(8, 8), "opset_import"},
		{"metadata that are a number", message(14, 8), "metadata_props"},
		{"a node that is a number", graph(1, 3), "node"},
		{"an input that is a number", graph(1, message(1, 3)), "input"},
		{"an attribute that is a number", graph(1, message(5, 3)), "attribute"},
		{"an attribute's tensor that is a number", graph(1, message(5, message(5, 3))), `t has wire type`},
		{"a float that is a double", graph(1, message(5, message(2, 1.0))), "wire type"},
		{"floats cut", graph(1, message(5, message(7, "12345"))), "5 bytes"},
		{"integers cut", graph(1, message(5, message(8, "\x80"))), "varint without end"},
		{"doubles cut", graph(5, message(10, "123456789")), "9 bytes"},
		{"doubles that are floats", graph(5, message(10, float32(1))), "wire type"},
		{"a tensor in segments", graph(5, message(3, message(1, 0))), "segments"},
		{"rank 9", graph(5, message(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)), "more than 8"},
		{"raw data that are a number", graph(5, message(9, 1)), "raw_data"},
		{"an offset that is text", graph(5, message(13, message(1, "offset", 2, "x"))), `offset "x"`},
		{"a negative length", graph(5, message(13, message(1, "length", 2, "-1"))), `length "-1"`},
		{"an input's type that is a number", graph(11, message(2, 3)), "wire type"},
		{"an input's shape that is a number", graph(11, message(2, message(1, message(2, 3)))), "wire type"},
		{"an input of rank 9", graph(11, message(2, message(1, message(2, bytes.Repeat(message(1, message(1, 1)), 9))))), "more than 8"},
	} {
		_, err := Parse(c.file)
		if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.name, err, c.want)
		}
	}
}

// Things that take many times their bytes in memory are bounded in number.
func TestHostileAllocation(t *testing.T) {
	many := func(b []byte, n int) []byte { return bytes.Repeat(b, n) }
	for name, file := range map[string][]byte{
		"nodes":      message(7, many(message(1, ""), 10*most)),
		"inputs":     message(7, message(1, many(message(1, ""), 10*most))),
		"attributes": message(7, many(message(1, many(message(5, ""), 1000)), 1000)),
		"metadata":   many(message(14, ""), 10*most),
		"opsets":     many(message(8, ""), 10*most),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Parse(file)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), "more than") {
			t.Errorf("%s: error %v", name, err)
		}
		if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(80<<20); got > limit {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, got, len(file))
		}
	}
}

func TestTruncated(t *testing.T) {
	b := message(1, 8, 8, message(2, 13), 7, message(1, message(1, "x", 2, "y", 4, "Relu"), 5, message(1, 1, 2, 1, 8, "w", 9, "1234"), 11, message(1, "x"), 12, message(1, "y")))
	if _, err := Parse(b); err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if _, err := Parse(b[:n]); !errors.Is(err, ErrFormat) {
			t.Errorf("first %d of %d bytes: error %v", n, len(b), err)
		}
	}
}
