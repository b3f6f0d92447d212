package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"nnk/conformance"
)

// An element type as both formats name it: NumPy's letter and width, and safetensors' name.
type dtype struct {
	npy, safe string
	kind      byte // b, u, i or f
	size      int
	exponent  int // bits of it, of floating-point numbers
}

var dtypes = []dtype{
	{"b1", "BOOL", 'b', 1, 0}, {"i1", "I8", 'i', 1, 0}, {"u1", "U8", 'u', 1, 0}, {"i2", "I16", 'i', 2, 0}, {"u2", "U16", 'u', 2, 0},
	{"i4", "I32", 'i', 4, 0}, {"u4", "U32", 'u', 4, 0}, {"i8", "I64", 'i', 8, 0}, {"u8", "U64", 'u', 8, 0},
	{"f2", "F16", 'f', 2, 5}, {"", "BF16", 'f', 2, 8}, {"f4", "F32", 'f', 4, 8}, {"f8", "F64", 'f', 8, 11},
}

// value reads an element whose bytes are the integer u.
func (d dtype) value(u uint64) *big.Float {
	bits := 8 * d.size
	switch {
	case d.kind == 'i':
		return p.Float(0).SetInt64(int64(u<<(64-bits)) >> (64 - bits))
	case d.kind != 'f':
		return p.Float(0).SetUint64(u)
	}
	fracBits := bits - 1 - d.exponent
	frac, e := int64(u&(1<<fracBits-1)), int(u>>fracBits&(1<<d.exponent-1))
	bias := 1<<(d.exponent-1) - 1
	x := p.Float(0)
	switch e {
	case 1<<d.exponent - 1:
		if frac != 0 {
			return nil
		}
		x.SetInf(false)
	case 0:
		x = p.Scale(x.SetInt64(frac), 1-bias-fracBits)
	default:
		x = p.Scale(x.SetInt64(frac|1<<fracBits), e-bias-fracBits)
	}
	if u>>(bits-1) == 1 {
		x = p.Neg(x)
	}
	return x
}

// patterns are the bytes of elements that matter: 0, 1, the largest, the smallest, the sign.
func (d dtype) patterns(n int) []uint64 {
	bits := 8 * d.size
	if d.kind == 'b' {
		return []uint64{0, 1, 1, 0, 1, 0}[:n]
	}
	out := []uint64{0, 1, 1<<(bits-1) - 1, 1 << (bits - 1), 1<<(bits-2) - 1, math.MaxUint64 >> (64 - bits) / 3}
	if d.kind == 'f' { // not the NaN with all bits, but the largest number
		out[2] = 1<<(bits-1) - 1<<(bits-1-d.exponent) - 1
	}
	return out[:n]
}

func elementBytes(u uint64, size int, bigEndian bool) []byte {
	b := make([]byte, size)
	for i := range b {
		at := i
		if bigEndian {
			at = size - 1 - i
		}
		b[at] = byte(u >> (8 * i))
	}
	return b
}

func (d dtype) read(b []byte, bigEndian bool) (out []*big.Float) {
	for ; len(b) >= d.size; b = b[d.size:] {
		u := uint64(0)
		for i := range d.size {
			at := d.size - 1 - i
			if bigEndian {
				at = i
			}
			u = u<<8 | uint64(b[at])
		}
		out = append(out, d.value(u))
	}
	return out
}

// npyHeader is version 1: the dictionary, padded so that the data begin at a multiple of 64.
func npyHeader(descr, order, shape string) []byte {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }", descr, order, shape)
	for (10+len(text)+1)%64 != 0 {
		text += " "
	}
	text += "\n"
	return append([]byte{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, byte(len(text)), byte(len(text) >> 8)}, text...)
}

var npyDict = regexp.MustCompile(`'descr': '(.)(..)', 'fortran_order': (\w+), 'shape': \(([^)]*)\)`)

// readNpy returns rows, columns and elements, row by row.
func readNpy(b []byte) []*big.Float {
	end := 10 + int(b[8]) + int(b[9])<<8
	m := npyDict.FindStringSubmatch(string(b[10:end]))
	var shape []int
	for s := range strings.SplitSeq(m[4], ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
			shape = append(shape, n)
		}
	}
	rows, cols := 1, 1
	for i, n := range shape {
		if i == 0 {
			rows = n
		} else {
			cols *= n
		}
	}
	out := []*big.Float{p.Int(rows), p.Int(cols)}
	for _, d := range dtypes {
		if d.npy != m[2] {
			continue
		}
		v := d.read(b[end:], m[1] == ">")
		for i := range v {
			if m[3] == "True" { // column by column
				i = i/cols + i%cols*rows
			}
			out = append(out, v[i])
		}
	}
	return out
}

// readSafetensors returns the dimensions and the elements of a tensor.
func readSafetensors(b []byte, name string) []*big.Float {
	n := int(b[0]) + int(b[1])<<8
	var head map[string]struct {
		DType string `json:"dtype"`
		Shape []int  `json:"shape"`
		Span  []int  `json:"data_offsets"`
	}
	if err := json.Unmarshal(b[8:8+n], &head); err != nil {
		panic(err)
	}
	t := head[name]
	var out []*big.Float
	for _, s := range t.Shape {
		out = append(out, p.Int(s))
	}
	for _, d := range dtypes {
		if d.safe == t.DType {
			out = append(out, d.read(b[8+n+t.Span[0]:8+n+t.Span[1]], false)...)
		}
	}
	return out
}

// formatFiles are bytes and the numbers in them.
func formatFiles() []file {
	f := file{name: "formats.txt"}
	for _, typ := range types {
		unhex := func(c *conformance.Case) []byte {
			b, err := hex.DecodeString(c.Text("bytes"))
			if err != nil {
				panic(err)
			}
			return b
		}
		npy := set{function: "npy.Read", typ: typ, formula: "rows, columns, elements row by row, rounded once", source: "numpy.lib.format", columns: []string{"bytes"}, unit: "ulp", claim: 0.5, notes: "each type, byte order and order of elements",
			exact: func(c *conformance.Case) ([]*big.Float, float64) { return readNpy(unhex(c)), 0 }}
		safe := set{function: "safetensors.Read", typ: typ, formula: "dimensions, elements of the named tensor, rounded once", source: "huggingface.co/docs/safetensors", columns: []string{"name", "bytes"}, unit: "ulp", claim: 0.5, notes: "each type",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				return readSafetensors(unhex(c), c.Text("name")), 0
			}}
		write := set{function: "npy.Write", typ: typ, formula: "the bytes of the file", source: "numpy.lib.format", columns: []string{"shape", "data"}, unit: "ulp", notes: "P Philox",
			exact: func(c *conformance.Case) ([]*big.Float, float64) {
				var dims []string
				for _, n := range c.Floats("shape") {
					dims = append(dims, itoa(int(n)))
				}
				shape, size, descr := strings.Join(dims, ", "), 8, "<f8"
				if len(dims) == 1 {
					shape += ","
				}
				if typ == "float32" {
					size, descr = 4, "<f4"
				}
				b := npyHeader(descr, "False", shape)
				for _, v := range c.Floats("data") {
					u := math.Float64bits(v)
					if typ == "float32" {
						u = uint64(math.Float32bits(float32(v)))
					}
					b = append(b, elementBytes(u, size, false)...)
				}
				var out []*big.Float
				for _, v := range b {
					out = append(out, p.Int(int(v)))
				}
				return out, 0
			}}
		for i, d := range dtypes {
			if d.npy != "" {
				order, end, bigEndian := "<", "False", i%2 == 1 && d.size > 1
				if d.size == 1 {
					order = "|"
				}
				if bigEndian {
					order, end = ">", []string{"True", "False"}[i/2%2]
				}
				b := npyHeader(order+d.npy, end, []string{"2, 3", "6,", "1, 2, 3", "3, 2"}[i%4])
				for _, u := range d.patterns(6) {
					b = append(b, elementBytes(u, d.size, bigEndian)...)
				}
				npy.inputs = append(npy.inputs, input{"B", []string{hex.EncodeToString(b)}})
			}
			var data []byte
			for _, u := range d.patterns(6) {
				data = append(data, elementBytes(u, d.size, false)...)
			}
			head := fmt.Sprintf(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[%d,%d]},"b":{"dtype":"%s","shape":[2,3],"data_offsets":[0,%d]}}`, len(data), len(data)+2, d.safe, len(data))
			for len(head)%8 != 0 {
				head += " "
			}
			b := append(elementBytes(uint64(len(head)), 8, false), head...)
			b = append(append(b, data...), 7, 255)
			safe.inputs = append(safe.inputs, input{"B", []string{"b", hex.EncodeToString(b)}})
			if i == 0 {
				safe.inputs = append(safe.inputs, input{"B", []string{"a", hex.EncodeToString(b)}})
			}
		}
		for i, shape := range []string{"3", "2,1"} {
			n := []int{3, 2}[i]
			write.inputs = append(write.inputs, input{"P", []string{shape, floats(draw(typ, 900).wide(n, -20, 20))}})
		}
		f.sets = append(f.sets, npy, safe, write)
	}
	return []file{f}
}
