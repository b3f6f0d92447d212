package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/mat"
)

// Every network that PyTorch exported computes what PyTorch computed.
func TestExported(t *testing.T) {
	paths, err := filepath.Glob("testdata/onnx/*.onnx")
	if err != nil || len(paths) < 40 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".onnx")
		if strings.HasPrefix(name, "refused") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			opt := Options{}
			if strings.HasPrefix(name, "two-outputs") {
				opt.Output = "score"
			}
			c, err := Open[float32](path, opt)
			if err != nil {
				t.Fatal(err)
			}
			x, want := numbersIn(t, c.Metadata["x"]), numbersIn(t, c.Metadata["y"])
			const n = 6
			if len(x) != n*c.Network.In() || len(want) != n*c.Network.Out() {
				t.Fatalf("network %d → %d for %d inputs and %d outputs", c.Network.In(), c.Network.Out(), len(x), len(want))
			}
			got := c.Network.Forward(nil, mat.Of(n, c.Network.In(), x), nil).Data()
			for i, v := range want {
				if math.Abs(float64(got[i]-v)) > 1e-5*max(1, math.Abs(float64(v))) {
					t.Fatalf("output %d: got %v, want %v\n%s", i, got[i], v, c)
				}
			}
			if act := c.Layers[0].Activation; strings.HasPrefix(name, "gelu-tanh") && act != "gelu-tanh" || strings.HasPrefix(name, "gelu-1") && act != "gelu" {
				t.Errorf("activation %s", act)
			}
		})
	}
}

func numbersIn(t *testing.T, text string) []float32 {
	t.Helper()
	var list []float32
	for s := range strings.FieldsSeq(text) {
		v, err := strconv.ParseFloat(s, 32)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, float32(v))
	}
	return list
}

func TestExportedRefused(t *testing.T) {
	for name, want := range map[string]string{
		"conv":     `node "/0/Conv" (Conv) is not supported`,
		"residual": `node "/Add" (Add) is not supported: it joins values of two places`,
		"argmax":   `node "/ArgMax" (ArgMax) is not supported`,
		"rms":      `node "/Div" (Div) is not supported`,
	} {
		_, err := Open[float32]("testdata/onnx/refused-"+name+".onnx", Options{})
		if !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), want) || strings.Contains(fmt.Sprint(err), "\n") {
			t.Errorf("%s: error %v, want one line that says %q", name, err, want)
		}
	}
	if _, err := Open[float32]("testdata/onnx/two-outputs-13.onnx", Options{}); err == nil || !strings.Contains(err.Error(), `["score" "hidden"]`) {
		t.Errorf("two outputs: error %v", err)
	}
	if _, err := Open[float32]("testdata/onnx/two-outputs-13.onnx", Options{Output: "y"}); !errors.Is(err, bundle.ErrRange) {
		t.Errorf("an output that is not there: error %v", err)
	}
	b, err := os.ReadFile("testdata/onnx/outside-13.onnx")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readFile(b, Options{}); !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), "outside-13.bin") {
		t.Errorf("without the file beside it: error %v", err)
	}
}

// proto encodes fields of a message of Protocol Buffers: pairs of a number and a value.
func proto(pairs ...any) []byte {
	var b []byte
	for i := 0; i < len(pairs); i += 2 {
		key := uint64(pairs[i].(int)) << 3
		switch v := pairs[i+1].(type) {
		case int:
			b = binary.AppendUvarint(binary.AppendUvarint(b, key), uint64(v))
		case float64:
			b = binary.LittleEndian.AppendUint32(binary.AppendUvarint(b, key|5), math.Float32bits(float32(v)))
		case string:
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, key|2), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(binary.AppendUvarint(b, key|2), uint64(len(v))), v...)
		}
	}
	return b
}

// A builder makes ONNX models.
type builder struct {
	graph []byte
	opset int
}

// constant adds a tensor of floats, or of 64-bit integers if ints.
func (g *builder) constant(name string, shape []int, ints bool, data ...float64) {
	g.graph = append(g.graph, proto(5, onnxTensor(name, shape, ints, data...))...)
}

func onnxTensor(name string, shape []int, ints bool, data ...float64) []byte {
	t := proto(8, name, 2, 1)
	if ints {
		t = proto(8, name, 2, 7)
	}
	for _, n := range shape {
		t = append(t, proto(1, n)...)
	}
	var raw []byte
	for _, v := range data {
		if ints {
			raw = binary.LittleEndian.AppendUint64(raw, uint64(int64(v)))
		} else {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
		}
	}
	return append(t, proto(9, raw)...)
}

// node adds "TYPE: inputs -> output", with attributes.
func (g *builder) node(text string, attributes ...[]byte) {
	kind, rest, _ := strings.Cut(text, ": ")
	in, out, _ := strings.Cut(rest, " -> ")
	n := proto(4, kind)
	if domain, name, ok := strings.Cut(kind, "|"); ok {
		n = proto(7, domain, 4, name)
	}
	for _, s := range strings.Split(in, " ") {
		n = append(n, proto(1, strings.Trim(s, "_"))...)
	}
	for _, s := range strings.Fields(out) {
		n = append(n, proto(2, s)...)
	}
	for _, a := range attributes {
		n = append(n, proto(5, a)...)
	}
	g.graph = append(g.graph, proto(1, n)...)
}

func attribute(name string, v any) []byte {
	switch v := v.(type) {
	case int:
		return proto(1, name, 3, v, 20, 2)
	case float64:
		return proto(1, name, 2, v, 20, 1)
	case string:
		return proto(1, name, 4, v, 20, 3)
	case []int:
		a := proto(1, name)
		for _, i := range v {
			a = append(a, proto(8, i)...)
		}
		return a
	}
	panic("attribute")
}

// value is an input or output; −1 is a dimension that is open.
func value(name string, dims ...int) []byte {
	var shape []byte
	for _, d := range dims {
		dim := proto(1, d)
		if d < 0 {
			dim = proto(2, "n")
		}
		shape = append(shape, proto(1, dim)...)
	}
	return proto(1, name, 2, proto(1, proto(1, 1, 2, shape)))
}

func (g *builder) model() []byte {
	return proto(1, 8, 2, "by hand", 8, proto(1, "", 2, g.opset), 7, g.graph)
}

// build makes a model of x (n×d) with the nodes that add adds, whose output is y.
func onnxModel(opset, d int, add func(g *builder)) []byte {
	g := &builder{opset: opset}
	g.graph = append(proto(11, value("x", -1, d)), proto(12, value("y"))...)
	add(g)
	return g.model()
}

func TestGraph(t *testing.T) {
	a, c := layerA, layerC
	w := func(g *builder) {
		g.constant("a", []int{6, 4}, false, a.w...)
		g.constant("ab", []int{6}, false, a.b...)
		g.constant("c", []int{3, 6}, false, c.w...)
		g.constant("cb", []int{3}, false, c.b...)
		g.constant("at", []int{4, 6}, false, a.turned()...)
		g.constant("ct", []int{6, 3}, false, c.turned()...)
	}
	turn := attribute("transB", 1)
	slope := numbersOf(30, 6)
	scaled := func(f func([]float64) []float64, s float64) func([]float64) []float64 {
		return func(x []float64) []float64 { return each(f(x), func(v float64) float64 { return v * s }) }
	}
	for _, test := range []struct {
		name string
		add  func(g *builder)
		want func([]float64) []float64
	}{
		{"MatMul and Add, the constant first", func(g *builder) { g.node("MatMul: x at -> h"); g.node("Add: ab h -> y") }, a.of},
		{"Gemm with α, β and one bias", func(g *builder) {
			g.constant("one", []int{1}, false, 3)
			g.node("Gemm: x at one -> y", attribute("alpha", 0.5), attribute("beta", 2.0))
		}, func(x []float64) []float64 {
			return each(a.without().of(x), func(v float64) float64 { return v/2 + 6 })
		}},
		{"Gemm without bias, two layers without activation", func(g *builder) { g.node("Gemm: x a -> h", turn); g.node("Gemm: h c _ -> y", turn) }, chain(a.without().of, c.without().of)},
		{"constants in nodes", func(g *builder) {
			g.node("Constant:  -> k", proto(1, "value", 5, onnxTensor("", []int{4, 6}, false, a.turned()...)))
			g.node("Constant:  -> half", attribute("value_float", 0.5))
			g.node("MatMul: x k -> h")
			g.node("Mul: h half -> y")
		}, scaled(a.without().of, 0.5)},
		{"weights turned", func(g *builder) {
			g.node("Transpose: a -> k", attribute("perm", []int{1, 0}))
			g.node("MatMul: x k -> y")
		}, a.without().of},
		{"weights turned by default", func(g *builder) { g.node("Transpose: a -> k"); g.node("MatMul: x k -> y") }, a.without().of},
		{"weights computed", func(g *builder) {
			g.node("Identity: at -> i")
			g.node("Cast: i -> k", attribute("to", 1))
			g.node("Add: k k -> twice")
			g.node("Neg: twice -> minus")
			g.node("MatMul: x minus -> y")
		}, scaled(a.without().of, -2)},
		{"weights in eight bits", func(g *builder) {
			g.constant("q", []int{4, 6}, true, each(a.turned(), func(v float64) float64 { return 16*v + 3 })...)
			g.constant("scale", []int{6}, false, 1, 2, 3, 4, 5, 6)
			g.constant("zero", []int{6}, true, 3, 3, 3, 3, 3, 3)
			g.node("DequantizeLinear: q scale zero -> k")
			g.node("MatMul: x k -> y")
		}, func(x []float64) []float64 {
			y := a.without().of(x)
			for i := range y {
				y[i] *= 16 * float64(i+1)
			}
			return y
		}},
		{"division and subtraction", func(g *builder) {
			g.constant("two", nil, false, 2)
			g.node("Sub: two x -> u")
			g.node("Div: u two -> v")
			g.node("Neg: v -> m")
			g.node("Gemm: m a ab -> y", turn)
		}, func(x []float64) []float64 {
			return a.of(each(x, func(v float64) float64 { return -(2 - v) / 2 }))
		}},
		{"reshaped by its own shape", func(g *builder) {
			g.constant("zero", nil, true, 0)
			g.constant("rest", []int{1}, true, -1)
			g.constant("axes", []int{1}, true, 0)
			g.node("Shape: x -> s")
			g.node("Gather: s zero -> n")
			g.node("Unsqueeze: n axes -> n1")
			g.node("Concat: n1 rest -> to", attribute("axis", 0))
			g.node("Reshape: x to -> r")
			g.node("Gemm: r a ab -> y", turn)
		}, a.of},
		{"reshaped by a slice to the end of its shape", func(g *builder) {
			g.constant("first", []int{1}, true, 0)
			g.constant("last", []int{1}, true, math.MaxInt64-1023)
			g.node("Shape: x -> s")
			g.node("Slice: s first last first -> to")
			g.node("Reshape: x to -> r")
			g.node("Gemm: r a ab -> y", turn)
		}, a.of},
		{"cast, dropout, identity", func(g *builder) {
			g.node("Cast: x -> u", attribute("to", 11))
			g.node("Dropout: u -> v mask")
			g.node("Identity: v -> w")
			g.node("Unsqueeze: w -> w3", attribute("axes", []int{2}))
			g.node("Squeeze: w3 -> w2", attribute("axes", []int{2}))
			g.node("Transpose: w2 -> t", attribute("perm", []int{0, 1}))
			g.node("Gemm: t a ab -> y", turn)
		}, a.of},
		{"batch norm", func(g *builder) {
			for i, v := range [][]float64{normN.gamma, normN.beta, normN.mean, normN.variance} {
				g.constant(fmt.Sprint("n", i), []int{6}, false, v...)
			}
			g.node("Gemm: x a ab -> h", turn)
			g.node("BatchNormalization: h n0 n1 n2 n3 -> i")
			g.node("Relu: i -> j")
			g.node("Gemm: j c cb -> y", turn)
		}, chain(a.of, normN.of, relu, c.of)},
		{"layer norm and softmax", func(g *builder) {
			g.constant("gamma", []int{6}, false, slope...)
			g.node("Gemm: x a ab -> h", turn)
			g.node("LayerNormalization: h gamma -> i", attribute("axis", -1))
			g.node("Gemm: i c cb -> s", turn)
			g.node("Softmax: s -> y")
		}, chain(a.of, func(x []float64) []float64 { return layerNormOf(x, slope, nil) }, c.of, softmaxOf)},
		{"slopes for each column", func(g *builder) {
			g.constant("slope", []int{6}, false, slope...)
			g.node("Gemm: x a ab -> h", turn)
			g.node("PRelu: h slope -> y")
		}, chain(a.of, func(x []float64) []float64 {
			for i, v := range x {
				if v < 0 {
					x[i] = v * slope[i]
				}
			}
			return x
		})},
		{"slopes for each column, as a row", func(g *builder) {
			g.constant("slope", []int{1, 6}, false, slope...)
			g.node("Gemm: x a ab -> h", turn)
			g.node("PRelu: h slope -> y")
		}, chain(a.of, func(x []float64) []float64 {
			for i, v := range x {
				if v < 0 {
					x[i] = v * slope[i]
				}
			}
			return x
		})},
		{"a scale for each column after an activation", func(g *builder) {
			g.constant("scale", []int{1, 6}, false, slope...)
			g.node("Gemm: x a ab -> h", turn)
			g.node("Relu: h -> r")
			g.node("Mul: scale r -> y")
		}, chain(a.of, relu, func(x []float64) []float64 {
			for i := range x {
				x[i] *= slope[i]
			}
			return x
		})},
		{"clip with bounds that are inputs", func(g *builder) {
			g.constant("lo", nil, false, -0.5)
			g.constant("hi", nil, false, 2)
			g.node("Gemm: x a ab -> h", turn)
			g.node("Clip: h lo hi -> y")
		}, chain(a.of, func(x []float64) []float64 {
			return each(x, func(v float64) float64 { return min(max(v, -0.5), 2) })
		})},
		{"clip from below", func(g *builder) {
			g.constant("lo", nil, false, 0)
			g.node("Gemm: x a ab -> h", turn)
			g.node("Clip: h lo -> y")
		}, chain(a.of, relu)},
		{"clip at the largest number", func(g *builder) {
			g.constant("lo", nil, false, 0)
			g.constant("hi", nil, false, math.MaxFloat32)
			g.node("Gemm: x a ab -> h", turn)
			g.node("Clip: h lo hi -> y")
		}, chain(a.of, relu)},
		{"clip at infinity", func(g *builder) {
			g.constant("lo", nil, false, 0)
			g.constant("hi", nil, false, math.Inf(1))
			g.node("Gemm: x a ab -> h", turn)
			g.node("Clip: h lo hi -> y")
		}, chain(a.of, relu)},
		{"max with zero", func(g *builder) {
			g.constant("lo", nil, false, 0)
			g.node("Gemm: x a ab -> h", turn)
			g.node("Max: lo h -> y")
		}, chain(a.of, relu)},
		{"leaky by hand", func(g *builder) {
			g.constant("s", nil, false, 0.125)
			g.node("Gemm: x a ab -> h", turn)
			g.node("Mul: h s -> l")
			g.node("Max: h l -> y")
		}, chain(a.of, func(x []float64) []float64 { return each(x, func(v float64) float64 { return max(v, v/8) }) })},
		{"GELU of opset 20", func(g *builder) {
			g.node("Gemm: x a ab -> h", turn)
			g.node("Gelu: h -> y", attribute("approximate", "tanh"))
		}, chain(a.of, func(x []float64) []float64 {
			return each(x, func(v float64) float64 {
				return 0.5 * v * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
			})
		})},
		{"a layer norm taken apart, as from opset 18 on", func(g *builder) {
			g.constant("axes", []int{1}, true, -1)
			g.constant("two", nil, false, 2)
			g.constant("epsilon", nil, false, 1e-5)
			g.node("Gemm: x a ab -> h", turn)
			g.node("ReduceMean: h axes -> m")
			g.node("Sub: h m -> d")
			g.node("Pow: d two -> s")
			g.node("ReduceMean: s axes -> v")
			g.node("Add: v epsilon -> e")
			g.node("Sqrt: e -> r")
			g.node("Div: d r -> y")
		}, chain(a.of, func(x []float64) []float64 { return layerNormOf(x, ones(6), nil) })},
		{"an activation of inputs", func(g *builder) { g.node("Tanh: x -> h"); g.node("Gemm: h a ab -> y", turn) }, chain(tanh, a.of)},
		{"an unused head", func(g *builder) {
			g.node("Gemm: x a ab -> h", turn)
			g.node("Conv: h c -> other")
			g.node("Relu: h -> y")
		}, chain(a.of, relu)},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, opset := range []int{9, 21} {
				got, err := readFile(onnxModel(opset, 4, func(g *builder) { w(g); test.add(g) }), Options{})
				if err != nil {
					t.Fatal(err)
				}
				compare(t, got.Network, test.want)
			}
		})
	}
}

// Constants of integers are computed as integers.
func TestGraphIntegers(t *testing.T) {
	const float, u8, i8, i32, i64, truths = 1, 2, 3, 6, 7, 9
	for _, test := range []struct {
		op   string
		kind int // all constants are cast to it
		a, b float64
		want float64
	}{
		{"Div", i64, 7, 4, 1},
		{"Div", i64, -7, 4, -1},
		{"Div", i64, 7, -4, -1},
		{"Div", float, 7, 4, 1.75},
		{"Add", i64, 2.75, 0, 2},
		{"Add", i32, -2.75, 0, -2},
		{"Sub", u8, 5, 10, 251},
		{"Add", u8, 250, 10, 4},
		{"Mul", u8, 20, 20, 144},
		{"Add", i8, 127, 1, -128},
		{"Mul", i8, 100, 3, 44},
		{"Sub", i32, -1 << 31, 1, 1<<31 - 1},
		{"Mul", i64, 3, -5, -15},
		{"Max", i64, 3.5, 2, 3},
		{"Cast", truths, -0.25, 0, 1},
		{"Cast", truths, 0, 0, 0},
		{"Cast", i64, -0.75, 0, 0},
		{"Greater", i64, 3.75, 3.5, 0},
		{"Greater", float, 3.75, 3.5, 1},
	} {
		model := onnxModel(14, 3, func(g *builder) {
			g.constant("a", []int{1}, false, test.a)
			g.constant("b", []int{1}, false, test.b)
			g.node("Cast: a -> ai", attribute("to", test.kind))
			g.node("Cast: b -> bi", attribute("to", test.kind))
			if test.op == "Cast" {
				g.node("Identity: ai -> c")
			} else {
				g.node(test.op + ": ai bi -> c")
			}
			g.node("Cast: c -> f", attribute("to", 1))
			g.constant("half", nil, false, 0.5)
			g.node("Add: x f -> h")
			g.node("Add: h half -> y")
		})
		c, err := readFile(model, Options{})
		if err != nil {
			t.Errorf("%s of %v and %v in type %d: %v", test.op, test.a, test.b, test.kind, err)
			continue
		}
		compare(t, c.Network, func(x []float64) []float64 {
			return each(x, func(v float64) float64 { return v + test.want + 0.5 })
		})
	}
	for name, add := range map[string]func(g *builder){
		"(Div) is not supported: of the integers [7 0] of I64": func(g *builder) {
			g.constant("a", nil, true, 7)
			g.constant("b", nil, true, 0)
			g.node("Div: a b -> c")
		},
		"(Mul) is not supported: of the integers [4.294967296e+09 4.294967296e+09]": func(g *builder) {
			g.constant("a", nil, true, 1<<32)
			g.node("Mul: a a -> c")
		},
		"(Cast) is not supported: 300 of F32 to U8": func(g *builder) {
			g.constant("a", nil, false, 300)
			g.node("Cast: a -> c", attribute("to", u8))
		},
		"(Cast) is not supported: to F16: export the network in float32": func(g *builder) {
			g.constant("a", nil, false, 2.7001)
			g.node("Cast: a -> c", attribute("to", 10))
		},
		"(Add) is not supported: of constants of the types I64 and F32": func(g *builder) {
			g.constant("a", nil, true, 7)
			g.constant("b", nil, false, 0)
			g.node("Add: a b -> c")
		},
		"(Sqrt) is not supported: of the integers [7] of I64": func(g *builder) {
			g.constant("a", nil, true, 7)
			g.node("Sqrt: a -> c")
		},
		"(Add) is not supported: of integers, I64": func(g *builder) { g.constant("c", nil, true, 7) },
		"of the integers [NaN 2] of I64": func(g *builder) { // a multiple of the open number of rows is not it
			g.constant("zero", []int{1}, true, 0)
			g.constant("two", []int{1}, true, 2)
			g.node("Shape: x -> s")
			g.node("Gather: s zero -> n")
			g.node("Mul: n two -> c")
		},
	} {
		_, err := readFile(onnxModel(14, 3, func(g *builder) { add(g); g.node("Add: x c -> y") }), Options{})
		if !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), name) {
			t.Errorf("error %v, want one that says %q", err, name)
		}
	}
	// What an exporter writes for x.shape[0]*1 is the number of rows still.
	c, err := readFile(onnxModel(14, 4, func(g *builder) {
		g.constant("zero", []int{1}, true, 0)
		g.constant("one", []int{1}, true, 1)
		g.constant("rest", []int{1}, true, -1)
		g.node("Shape: x -> s")
		g.node("Gather: s zero -> n")
		g.node("Mul: n one -> m")
		g.node("Cast: m -> k", attribute("to", 7))
		g.node("Concat: k rest -> to", attribute("axis", 0))
		g.node("Reshape: x to -> h")
		g.node("Neg: h -> y")
	}), Options{})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, c.Network, func(x []float64) []float64 { return each(x, func(v float64) float64 { return -v }) })
}

func softmaxOf(x []float64) []float64 {
	sum := 0.0
	for _, v := range x {
		sum += math.Exp(v)
	}
	return each(x, func(v float64) float64 { return math.Exp(v) / sum })
}

func TestGraphRefused(t *testing.T) {
	turn := attribute("transB", 1)
	gemm := func(g *builder) { g.node("Gemm: x a -> h", turn) }
	for _, test := range []struct {
		name string
		add  func(g *builder)
		want string
	}{
		{"another domain", func(g *builder) { g.node("com.microsoft|FusedGemm: x a -> y") }, `node "y" (com.microsoft.FusedGemm)`},
		{"an unknown operator", func(g *builder) { gemm(g); g.node("MaxPool: h -> y") }, `node "y" (MaxPool) is not supported`},
		{"an unknown operator of constants", func(g *builder) { g.node("SVD: a -> k"); g.node("Gemm: x k -> y", turn) }, `node "k" (SVD)`},
		{"a product of two values", func(g *builder) { gemm(g); g.node("MatMul: x h -> y") }, "times a constant matrix"},
		{"a matrix times the values", func(g *builder) { g.node("MatMul: a x -> y") }, "times a constant matrix"},
		{"transposed values", func(g *builder) { g.node("Gemm: x a -> y", attribute("transA", 1), turn) }, "no matrix of rows"},
		{"weights of another width", func(g *builder) { g.node("Gemm: x a -> y") }, "reads 6 columns where there are 4"},
		{"weights of rank 3", func(g *builder) { g.constant("k", []int{1, 4, 2}, false, ones(8)...); g.node("MatMul: x k -> y") }, "[1 4 2]"},
		{"a bias of another length", func(g *builder) {
			g.constant("b", []int{2}, false, 1, 2)
			g.node("Gemm: x a b -> y", turn)
		}, "bias"},
		{"squares", func(g *builder) { gemm(g); g.node("Mul: h h -> y") }, "no activation or norm"},
		{"a shortcut", func(g *builder) { g.node("Gemm: x sq -> h"); g.node("Add: x h -> y") }, "two places"},
		{"two paths", func(g *builder) {
			gemm(g)
			g.node("Gemm: x a -> i", turn)
			g.node("Add: h i -> y")
		}, "it goes back"},
		{"a path back", func(g *builder) {
			g.node("Gemm: x sq -> h")
			g.node("Relu: h -> r")
			g.node("Gemm: x sq -> y")
		}, ""},
		{"softmax over rows", func(g *builder) { gemm(g); g.node("Softmax: h -> y", attribute("axis", 0)) }, "axis 0"},
		{"a second output in use", func(g *builder) { gemm(g); g.node("Dropout: h -> i m"); g.node("Relu: m -> y") }, "second output"},
		{"several outputs", func(g *builder) { gemm(g); g.node("Split: h -> y z") }, "several outputs"},
		{"cast to integers", func(g *builder) { gemm(g); g.node("Cast: h -> y", attribute("to", 7)) }, "another type"},
		{"values turned", func(g *builder) { gemm(g); g.node("Transpose: h -> y") }, "(Transpose)"},
		{"rows folded", func(g *builder) {
			g.constant("to", []int{2}, true, 2, -1)
			g.node("Reshape: x to -> y")
		}, "keep the rows"},
		{"rows folded into one", func(g *builder) {
			g.constant("to", []int{1}, true, -1)
			g.node("Reshape: x to -> y")
		}, "keep the rows"},
		{"flattened rows", func(g *builder) { g.node("Flatten: x -> y", attribute("axis", 0)) }, "axis 0"},
		{"squeezed rows", func(g *builder) { g.node("Squeeze: x -> y", attribute("axes", []int{0})) }, "(Squeeze)"},
		{"means over rows", func(g *builder) { gemm(g); g.node("ReduceMean: h -> y", attribute("axes", []int{0})) }, "(ReduceMean)"},
		{"a mean as an output", func(g *builder) { gemm(g); g.node("ReduceMean: h -> y", attribute("axes", []int{1})) }, "(ReduceMean)"},
		{"training", func(g *builder) {
			for _, n := range []string{"1", "2", "3", "4"} {
				g.constant(n, []int{6}, false, ones(6)...)
			}
			gemm(g)
			g.node("BatchNormalization: h 1 2 3 4 -> y", attribute("training_mode", 1))
		}, "training"},
		{"training before opset 14", func(g *builder) {
			for _, n := range []string{"1", "2", "3", "4"} {
				g.constant(n, []int{6}, false, ones(6)...)
			}
			gemm(g)
			g.node("BatchNormalization: h 1 2 3 4 -> y mean var saved_mean saved_var")
		}, `node "y" (BatchNormalization) is not supported: in training`},
		{"statistics of single elements", func(g *builder) {
			for _, n := range []string{"1", "2", "3", "4"} {
				g.constant(n, []int{6}, false, ones(6)...)
			}
			gemm(g)
			g.node("BatchNormalization: h 1 2 3 4 -> y", attribute("spatial", 0))
		}, "not spatial"},
		{"two constants of one name", func(g *builder) {
			g.constant("a", []int{6, 4}, false, ones(24)...)
			g.node("Gemm: x a -> y", turn)
		}, `constant "a" is defined twice`},
		{"two nodes of one output", func(g *builder) {
			gemm(g)
			g.node("Relu: h -> y")
			g.node("Tanh: h -> y")
		}, `node "y" (Tanh) is not supported: its output "y" is defined before, as that of node "y"`},
		{"a node that hides the input", func(g *builder) {
			g.node("Neg: x -> x")
			g.node("Gemm: x a -> y", turn)
		}, `its output "x" is defined before, as an input`},
		{"a node that hides a constant", func(g *builder) {
			g.node("Neg: a -> sq")
			g.node("Gemm: x a -> y", turn)
		}, `its output "sq" is defined before, as a constant`},
		{"slopes for each row", func(g *builder) {
			g.constant("s", []int{6, 1}, false, 1, 2, 3, 4, 5, 6)
			gemm(g)
			g.node("PRelu: h s -> y")
		}, "slopes of shape [6 1]"},
		{"slopes of three axes", func(g *builder) {
			g.constant("s", []int{1, 1, 6}, false, 1, 2, 3, 4, 5, 6)
			gemm(g)
			g.node("PRelu: h s -> y")
		}, "slopes of shape [1 1 6]"},
		{"slopes left out", func(g *builder) { gemm(g); g.node("PRelu: h -> y") }, "(PRelu)"},
		{"cast to 16 bits", func(g *builder) { gemm(g); g.node("Cast: h -> y", attribute("to", 10)) }, "to F16: export the network in float32"},
		{"cast to bfloat16", func(g *builder) { gemm(g); g.node("Cast: h -> y", attribute("to", 16)) }, "to BF16: export the network in float32"},
		{"variance below zero", func(g *builder) {
			for _, n := range []string{"1", "2", "3"} {
				g.constant(n, []int{6}, false, ones(6)...)
			}
			g.constant("4", []int{6}, false, each(ones(6), func(float64) float64 { return -1 })...)
			gemm(g)
			g.node("BatchNormalization: h 1 2 3 4 -> y")
		}, "not a finite number"},
		{"division by zero", func(g *builder) { g.constant("z", nil, false, 0); gemm(g); g.node("Div: h z -> y") }, "(Div)"},
		{"a far bound", func(g *builder) {
			g.constant("lo", nil, false, 0)
			g.constant("hi", nil, false, 1e4)
			gemm(g)
			g.node("Clip: h lo hi -> y")
		}, "bounded at 10000; if they do not reach it, export the network without"},
		{"a bound on both sides", func(g *builder) {
			gemm(g)
			g.node("Clip: h -> y", attribute("min", -6000.0), attribute("max", 6000.0))
		}, "bounded at 6000"},
		{"the largest number of 16 bits as a bound", func(g *builder) {
			g.constant("hi", nil, false, 65504)
			gemm(g)
			g.node("Relu: h -> r")
			g.node("Min: r hi -> y")
		}, "bounded at 65504"},
		{"a bound after a scale and a shift", func(g *builder) {
			g.constant("hi", nil, false, 3e9)
			g.constant("s", nil, false, 2e-3)
			g.constant("t", nil, false, 7)
			gemm(g)
			g.node("Relu: h -> r")
			g.node("Mul: r s -> p")
			g.node("Add: p t -> q")
			g.node("Min: q hi -> m")
			g.node("Sub: m t -> b")
			g.node("Div: b s -> y")
		}, "(Min)"},
		{"a CELU that falls", func(g *builder) { gemm(g); g.node("Celu: h -> y", attribute("alpha", -0.3)) }, "(Celu)"},
		{"a bump between points", func(g *builder) {
			g.constant("at", nil, false, 0.575)
			g.constant("wide", nil, false, 1e-3)
			g.constant("high", nil, false, 50)
			gemm(g)
			g.node("Relu: h -> r")
			g.node("Sub: h at -> d")
			g.node("Abs: d -> b")
			g.node("Less: b wide -> c")
			g.node("Where: c high r -> y")
		}, "(Where)"},
		{"NaN in a constant", func(g *builder) {
			g.constant("z", nil, false, math.NaN())
			gemm(g)
			g.node("Add: h z -> y")
		}, "not a finite number"},
		{"NaN in weights", func(g *builder) {
			g.constant("k", []int{4, 1}, false, 1, math.NaN(), 1, 1)
			g.node("MatMul: x k -> y")
		}, "not a finite number"},
		{"a constant of another shape", func(g *builder) { gemm(g); g.constant("z", []int{5}, false, ones(5)...); g.node("Add: h z -> y") }, "[5] does not fit"},
		{"an input from nowhere", func(g *builder) { g.node("Add: x q -> y") }, `"q" comes from nowhere`},
		{"an output from nowhere", func(g *builder) { g.node("Relu: x -> z") }, "inputs []"},
		{"an output that is constant", func(g *builder) { g.node("Identity: a -> y") }, "inputs"},
		{"nodes out of order", func(g *builder) {
			g.node("Relu: h -> y")
			gemm(g)
		}, `node "y" (Relu) is not supported: inputs []: want one; its input "h" comes from nowhere, or from a node that stands after it`},
		{"an input that a subgraph reads alone", func(g *builder) {
			g.constant("yes", nil, true, 1)
			g.node("If: yes -> y", proto(1, "then_branch", 6, []byte{}))
		}, `node "y" (If) is not supported: inputs []`},
		{"a fraction as a bound of a slice", func(g *builder) {
			g.constant("lo", []int{1}, false, 0.5)
			g.constant("hi", []int{1}, true, math.MaxInt64-1023)
			g.node("Shape: x -> s")
			g.node("Slice: s lo hi -> t")
			g.node("Reshape: x t -> y")
		}, `node "t" (Slice) is not supported: 0.5, which is no integer`},
		{"rows of matrices", func(g *builder) { g.node("Unsqueeze: x -> y", attribute("axes", []int{1})) }, "shape"},
		{"a subgraph", func(g *builder) { gemm(g); g.node("If: h -> y", proto(1, "then_branch", 6, []byte{})) }, "(If)"},
		{"an operator without inputs", func(g *builder) { g.node("RandomNormal:  -> y") }, "inputs []"},
	} {
		model := onnxModel(13, 4, func(g *builder) {
			g.constant("a", []int{6, 4}, false, layerA.w...)
			g.constant("sq", []int{4, 4}, false, ones(16)...)
			test.add(g)
		})
		_, err := readFile(model, Options{})
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: error %v", test.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !errors.Is(err, bundle.ErrFormat) && !errors.Is(err, bundle.ErrNotFinite) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
	}
	for _, opset := range []int{0, 8, 22} {
		if _, err := readFile(onnxModel(opset, 4, func(g *builder) {}), Options{}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("opset %d", opset)) {
			t.Errorf("opset %d: error %v", opset, err)
		}
	}
	for _, in := range [][]byte{value("x"), value("x", 4), value("x", -1, 0), value("x", -1, -1, 3), append(proto(11, value("x", -1, 4)), proto(11, value("z", -1, 4))...)} {
		g := &builder{opset: 13, graph: append(proto(12, value("y")), proto(11, in)...)}
		if in[0] != 10 {
			g.graph = append(proto(12, value("y")), in...)
		}
		g.node("Add: x z -> y")
		if _, err := readFile(g.model(), Options{}); err == nil || !strings.Contains(err.Error(), "input") {
			t.Errorf("inputs %q: error %v", in, err)
		}
	}
}

// Options that say nothing of a graph are refused, and the one that says nothing of tensors.
func TestUselessOptions(t *testing.T) {
	model := onnxModel(13, 4, func(g *builder) { g.node("Neg: x -> y") })
	for name, opt := range map[string]Options{
		"layers": {Layers: "auto:relu"}, "prefix": {Prefix: "net"}, "ignore": {Ignore: []string{"head.*"}}, "transposed": {Transposed: true},
		"epsilon": {Epsilon: 1e-3}, "lora-alpha": {LoRAAlpha: 16},
	} {
		if _, err := readFile(model, opt); !errors.Is(err, bundle.ErrRange) || !strings.HasPrefix(fmt.Sprint(err), "checkpoint: "+name+" has no use with an ONNX graph") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := readFile(model, Options{Output: "y"}); err != nil {
		t.Errorf("output: error %v", err)
	}
	tensors := []byte("\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
	if _, err := readFile(tensors, Options{Output: "y"}); !errors.Is(err, bundle.ErrRange) || !strings.Contains(fmt.Sprint(err), "output has no use with a file of tensors") {
		t.Errorf("output of tensors: error %v", err)
	}
}

// Two inputs of one name.
func TestGraphInputTwice(t *testing.T) {
	_, err := readFile(onnxModel(13, 4, func(g *builder) {
		g.graph = append(g.graph, proto(11, value("x", -1, 4))...)
		g.node("Neg: x -> y")
	}), Options{})
	if !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), `input "x" is defined twice`) {
		t.Errorf("error %v", err)
	}
}

// An input whose number of columns the graph leaves open has that of the first matrix.
func TestGraphOpenWidth(t *testing.T) {
	g := &builder{opset: 13, graph: append(proto(11, value("x", -1, -1)), proto(12, value("y"))...)}
	g.constant("a", []int{6, 4}, false, layerA.w...)
	g.constant("half", nil, false, 0.5)
	g.node("Mul: x half -> u")
	g.node("Gemm: u a -> y", attribute("transB", 1))
	c, err := readFile(g.model(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, c.Network, func(x []float64) []float64 {
		return layerA.without().of(each(x, func(v float64) float64 { return v / 2 }))
	})
	g = &builder{opset: 13, graph: append(proto(11, value("x", -1, -1)), proto(12, value("y"))...)}
	g.node("Relu: x -> y")
	if _, err := readFile(g.model(), Options{}); !errors.Is(err, bundle.ErrFormat) {
		t.Errorf("columns that nothing tells: error %v", err)
	}
}

// What a short list of nodes asks for is bounded by what the file holds.
func TestGraphBudget(t *testing.T) {
	model := onnxModel(13, 4, func(g *builder) {
		g.constant("s", []int{4}, true, 1, 1, 1, 1)
		from := "s"
		for i := range 40 {
			to := fmt.Sprint("s", i)
			g.node("Concat: "+from+" "+from+" -> "+to, attribute("axis", 0))
			from = to
		}
		g.node("Reshape: x " + from + " -> y")
	})
	if _, err := readFile(model, Options{}); !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), "more work") {
		t.Errorf("2⁴² elements: error %v", err)
	}
	// What dimensions claim holds nothing.
	for _, width := range []int{1 << 28, 1 << 20} {
		g := &builder{opset: 13, graph: append(proto(11, value("x", -1, width)), proto(12, value("y"))...)}
		g.graph = append(g.graph, proto(5, proto(8, "claim", 2, 1, 1, 1<<30))...)
		g.node("Neg: x -> h")
		g.node("Tanh: h -> y")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := readFile(g.model(), Options{})
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, bundle.ErrFormat) || got > 1<<22 {
			t.Errorf("%d columns that no weight reads: %d bytes allocated, error %v", width, got, err)
		}
	}
	// A long chain of elementwise nodes ends in an answer.
	model = onnxModel(13, 4, func(g *builder) {
		from := "x"
		for i := range 501 {
			to := fmt.Sprint("s", i)
			g.node("Neg: " + from + " -> " + to)
			from = to
		}
		g.node("Identity: " + from + " -> y")
	})
	c, err := readFile(model, Options{})
	if err != nil || len(c.Layers) != 1 {
		t.Errorf("501 changes of sign: %v, %v", c, err)
	}
}
