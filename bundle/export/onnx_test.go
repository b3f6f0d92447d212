package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/bundle/export"
	"nnk/internal/onnx"
	"nnk/mat"
	"nnk/rng"
	"nnk/rng/ortho"
	"nnk/snnk"
	"nnk/urf"
)

// inputs are the columns of the test's networks, width those between their stages.
const (
	inputs = 5
	width  = 6
)

func normal[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	x := mat.New[T](rows, cols)
	rng.Normal(rng.New(seed), x.Data(), 0)
	return x
}

func linear[T asm.Float](seed uint64, in, out int, act string) *bundle.Linear[T] {
	f, err := urf.ActivationByName(act)
	if err != nil {
		panic(err)
	}
	return bundle.NewLinear(normal[T](seed, out, in), normal[T](seed+100, 1, out).Data(), f)
}

func feature[T asm.Float](s urf.Spec) urf.Map[T] {
	m, err := urf.New[T](s)
	if err != nil {
		panic(err)
	}
	return m
}

func layer[T asm.Float](s urf.Spec) *snnk.Layer[T] {
	m := feature[T](s)
	return snnk.New(m, normal[T](7, 3, m.Out()), []T{1, -2, 3})
}

// trained are diagonals that no seed gives.
func trained[T asm.Float](s urf.Spec) *urf.Diagonals[T] {
	m, err := urf.NewDiagonals[T](s)
	if err != nil {
		panic(err)
	}
	d, bias := m.Numbers()
	d[0].Set(0, 0, 0.3)
	bias[1] += 0.5
	return m
}

// network is one of the tests; own says that package checkpoint reads its file back.
type network[T asm.Float] struct {
	name   string
	own    bool
	stages []bundle.Stage[T]
}

// networks have every stage, and every activation and map that has a name.
func networks[T asm.Float](t *testing.T) []network[T] {
	var list []network[T]
	add := func(name string, own bool, stages ...bundle.Stage[T]) {
		list = append(list, network[T]{name, own, stages})
	}
	for _, name := range append(urf.ActivationNames(), "leaky-relu:0.3", "elu:0.7") {
		f, err := urf.ActivationByName(name)
		if err != nil {
			t.Fatal(err)
		}
		add(name, true, linear[T](1, inputs, width, name), linear[T](2, width, 2, "none"))
		add("first "+name, true, bundle.NewElementwise[T](inputs, f), linear[T](3, inputs, 2, name))
	}
	p := ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 96, D: inputs}
	gauss, _, err := urf.ExactSpectrum("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	add("cos", true, layer[T](urf.Fourier{Projection: p, Scale: 0.5}))
	add("cos of chosen rows", true, layer[T](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 3, M: 96, D: inputs, Select: []int{1, 4, 90}}}))
	add("cos and linear", false, layer[T](urf.Fourier{Projection: p, Scale: 0.5, Linear: []int{0, 2}, Slope: 0.25}))
	add("matern", true, layer[T](urf.Fourier{Projection: p, Kernel: urf.Matern32}))
	add("pairs", false, layer[T](urf.Fourier{Projection: p, Pairs: true, Constant: true}))
	add("laplacian", true, layer[T](urf.Fourier{Projection: ortho.Spec{Seed: 3, M: 96, D: inputs}, Kernel: urf.Laplacian, Scale: 0.2}))
	add("arccos 0", false, layer[T](urf.ArcCos{Projection: p}))
	add("arccos 1", true, layer[T](urf.ArcCos{Projection: p, Order: 1, Scale: 2, Bias: 1}))
	add("arccos 2", false, layer[T](urf.ArcCos{Projection: p, Order: 2, Constant: true}))
	add("relu with a floor", false, layer[T](urf.ReLU{Projection: p, Floor: 0.25, Bias: 1}))
	add("leaky", true, layer[T](urf.ReLU{Projection: p, Slope: 0.1}))
	add("maclaurin", false, layer[T](urf.Maclaurin{Projection: p, Coefficients: []float64{0.5, 1, 0.2, -0.3}, Bias: true}))
	add("universal", false, layer[T](urf.URF{Projection: p, Spectrum: gauss, Angle: 0.5, Radius: 0.7}))
	add("universal and linear", false, layer[T](urf.URF{Projection: p, Spectrum: urf.Spectrum{Slope: 0.5, Waves: []urf.Wave{{Mass: 1, Freq: 0.7, Phase: 0.3}}}, Angle: 0.5}))
	add("universal, magnitudes", false, layer[T](urf.URF{Projection: p, Spectrum: gauss}))
	add("softmax features", false, layer[T](urf.SoftmaxKernel{Projection: p}))
	add("diagonals", true, snnk.New[T](trained[T](urf.Fourier{Projection: p}), normal[T](8, 2, 96), nil))
	add("diagonals that rectify", true, bundle.NewFeatures[T](trained[T](urf.ArcCos{Projection: p, Order: 1})))
	add("two maps", true, bundle.NewFeatures(feature[T](urf.Fourier{Projection: p})), layer[T](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 20, D: 96}}))
	add("hybrid", false, bundle.NewHybrid(linear[T](1, inputs, 3, "gelu"), feature[T](urf.Fourier{Projection: p})), linear[T](4, 99, 2, "none"))
	add("layer norm", true, linear[T](1, inputs, width, "relu"), bundle.NewLayerNorm(normal[T](5, 1, width).Data(), normal[T](6, 1, width).Data(), 1.0/512), linear[T](2, width, 2, "tanh"))
	add("layer norm first", true, bundle.NewLayerNorm(normal[T](5, 1, inputs).Data(), normal[T](6, 1, inputs).Data(), 0.25))
	_, single := any(T(0)).(float32) // in float64 it is several operators
	add("prelu", single, linear[T](1, inputs, width, "none"), bundle.NewPReLU(normal[T](5, 1, width).Data()), linear[T](2, width, 2, "none"))
	add("softmax", true, linear[T](1, inputs, 3, "none"), bundle.NewSoftmax[T](3, false))
	add("log-softmax", true, linear[T](1, inputs, 3, "none"), bundle.NewSoftmax[T](3, true))
	for _, bits := range []int{8, 4} {
		coded := func(seed uint64, in, out int) *mat.Quantised {
			q, err := mat.Quantise(normal[T](seed, out, in), bits)
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		relu := linear[T](1, inputs, 3, "relu").Activation()
		add(fmt.Sprintf("dense codes of %d bits", bits), true, bundle.NewQuantisedLinear(coded(1, inputs, width), normal[T](2, 1, width).Data(), relu), bundle.NewQuantisedLinear[T](coded(2, width, 2), nil, urf.Activation{}))
		add(fmt.Sprintf("codes of %d bits", bits), false, bundle.NewQuantisedLinear(coded(1, inputs, width), normal[T](2, 1, width).Data(), relu),
			bundle.NewHybrid(bundle.NewQuantisedLinear[T](coded(3, width, 3), nil, relu), feature[T](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 20, D: width}})),
			snnk.NewQuantised(feature[T](urf.Fourier{Projection: ortho.Spec{Kind: ortho.Hadamard, Seed: 1, M: 20, D: 23}}), coded(4, 20, 2), nil))
	}
	at := func(seed uint64, n int) []float64 { return normal[float64](seed, 1, n).Data() }
	add("scale", true, bundle.NewScale[T](at(1, inputs), at(2, inputs)), linear[T](1, inputs, width, "relu"), bundle.NewScale[T](at(3, width), at(4, width)), linear[T](2, width, 2, "none"), bundle.NewScale[T](at(5, 2), at(6, 2)))
	add("scale to a far level", true, linear[T](1, inputs, 2, "none"), bundle.NewScale[T]([]float64{-1e6, 1e7}, []float64{0.5, 2}))
	add("scale alone", true, bundle.NewScale[T](at(1, inputs), at(2, inputs)))
	add("no bias", true, bundle.NewLinear(normal[T](1, 2, inputs), nil, urf.Activation{}))
	return list
}

// predicted returns rows of inputs that float32 holds, and what the network gives for them.
func predicted[T asm.Float](t *testing.T, net *bundle.Network[T]) (x, y *mat.Dense[float64]) {
	t.Helper()
	x = mat.New[float64](40, net.In())
	for i, v := range normal[float32](9, x.Rows(), x.Cols()).Data() {
		x.Data()[i] = float64(v)
	}
	y = mat.New[float64](x.Rows(), net.Out())
	err := net.Predict(context.Background(), bundle.Matrix(x), func(out *mat.Dense[float64], row int) error {
		y.View(row, 0, out.Rows(), out.Cols()).Copy(out)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return x, y
}

// far is the largest difference, relative to the spread of the outputs.
func far(got, want []float64, cols int) float64 {
	mean, square, worst := make([]float64, cols), 0.0, 0.0
	for i, v := range want {
		mean[i%cols] += v / float64(len(want)/cols)
	}
	for i, v := range want {
		square += (v - mean[i%cols]) * (v - mean[i%cols]) / float64(len(want))
		if e := math.Abs(got[i] - v); !(e <= worst) {
			worst = e
		}
	}
	return worst / math.Sqrt(square)
}

func file[T asm.Float](t *testing.T, m *bundle.Model[T]) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := export.ONNX(&b, m); err != nil || n != int64(b.Len()) {
		t.Fatalf("%d bytes of %d, %v", n, b.Len(), err)
	}
	return b.Bytes()
}

// counts are the operators of a graph.
func counts(g *onnx.Graph) map[string]int {
	n := map[string]int{}
	for i := range g.Nodes {
		n[g.Nodes[i].Type]++
	}
	return n
}

func TestONNX(t *testing.T) {
	t.Run("float32", func(t *testing.T) { exported[float32](t, onnx.Float, 1e-5) })
	t.Run("float64", func(t *testing.T) { exported[float64](t, onnx.Double, 1e-10) })
}

// exported computes the graph of every network by the definitions of the operators, and by package checkpoint.
func exported[T asm.Float](t *testing.T, elements onnx.DataType, most float64) {
	for _, n := range networks[T](t) {
		most := most
		net := bundle.NewNetwork(n.stages...)
		x, want := predicted(t, net)
		b := file(t, &bundle.Model[T]{Network: net, Task: bundle.Outputs})
		m, err := onnx.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		in, out := elements, elements
		if strings.HasPrefix(n.name, "scale") {
			out = onnx.Double
			if n.name != "scale to a far level" {
				in = onnx.Double
			}
		}
		g := m.Graph
		if m.IR != 8 || len(m.Opsets) != 1 || m.Opsets[0] != (onnx.Opset{Version: 17}) || len(g.Inputs) != 1 || len(g.Outputs) != 1 {
			t.Fatalf("%s: %+v", n.name, m)
		}
		if v := g.Inputs[0]; v.Type != in || v.Name != export.Input || v.Dims[0] != -1 || v.Dims[1] != int64(net.In()) {
			t.Errorf("%s: input %+v", n.name, v)
		}
		if v := g.Outputs[0]; v.Type != out || v.Name != export.Output || v.Dims[0] != -1 || v.Dims[1] != int64(net.Out()) {
			t.Errorf("%s: output %+v", n.name, v)
		}
		if single, coded := elements == onnx.Float, strings.Contains(n.name, "codes of"); (counts(g)["DequantizeLinear"] > 0) != (coded && single) {
			t.Errorf("%s: %d matrices of codes", n.name, counts(g)["DequantizeLinear"])
		}
		got := run(t, g, tensor{rows: x.Rows(), cols: x.Cols(), v: x.Data()})
		if _, erf := counts(g)["Erf"]; erf {
			most = max(most, 1e-7) // its function is of float32
		}
		if e := far(got.v, want.Data(), net.Out()); !(e <= most) {
			t.Errorf("%s: differs by %.2g of the spread", n.name, e)
		}
		c, err := checkpoint.Read[T](bytes.NewReader(b), int64(len(b)), checkpoint.Options{})
		if !n.own {
			if !errors.Is(err, bundle.ErrFormat) || !strings.Contains(err.Error(), "is not supported") {
				t.Errorf("%s: read back with error %v, want a refusal", n.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: read back: %v", n.name, err)
			continue
		}
		again := mat.New[float64](x.Rows(), net.Out())
		_ = c.Network.Predict(context.Background(), bundle.Matrix(x), func(out *mat.Dense[float64], row int) error {
			again.View(row, 0, out.Rows(), out.Cols()).Copy(out)
			return nil
		})
		if e := far(again.Data(), want.Data(), net.Out()); !(e <= max(most, 1e-6)) {
			t.Errorf("%s: read back it differs by %.2g of the spread", n.name, e)
		}
	}
}

// The metadata say what the model's own file says.
func TestMetadata(t *testing.T) {
	m := &bundle.Model[float32]{
		Network: bundle.NewNetwork[float32](linear[float32](1, inputs, 3, "none")), Task: bundle.Classify,
		Classes: []string{"a", "b \"c\"", "ü"}, LabelType: "U", Provenance: map[string]string{"lambda": "0.5"},
	}
	b := file(t, m)
	got, err := onnx.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"nnk.task": "classify", "nnk.classes": `["a","b \"c\"","ü"]`, "nnk.label-type": "U", "lambda": "0.5"}
	if len(got.Metadata) != len(want) || got.Producer != "nnk" {
		t.Errorf("producer %q, metadata %v", got.Producer, got.Metadata)
	}
	for k, v := range want {
		if got.Metadata[k] != v {
			t.Errorf("%s is %q, want %q", k, got.Metadata[k], v)
		}
	}
	if again := file(t, m); !bytes.Equal(again, b) {
		t.Error("the same model gives other bytes")
	}
}

// strange is a stage from elsewhere.
type strange struct{ bundle.Stage[float32] }

// vast is a map of more features than a file can hold.
type vast struct{ urf.Map[float32] }

func (vast) In() int  { return 1 << 15 }
func (vast) Out() int { return 1 << 14 }

func TestRefusals(t *testing.T) {
	cube := urf.ActivationOf("cube", func(z float64) float64 { return z * z * z }, nil)
	other := urf.ActivationOf("tanh", func(z float64) float64 { return z }, nil)
	one := linear[float32](1, inputs, 3, "none")
	foreign := struct{ urf.Map[float32] }{feature[float32](urf.Fourier{Projection: ortho.Spec{M: 8, D: inputs}})}
	for _, c := range []struct {
		name  string
		stage bundle.Stage[float32]
		err   error
		says  string
	}{
		{"a stage from elsewhere", strange{one}, bundle.ErrFormat, "stage 0: type export_test.strange cannot be exported"},
		{"an activation of no name", bundle.NewLinear(one.Weight(), nil, cube), bundle.ErrFormat, "stage 0: the activation cube"},
		{"another function under a name", bundle.NewElementwise[float32](inputs, other), bundle.ErrFormat, "stage 0: the activation tanh"},
		{"a map from elsewhere", bundle.NewFeatures[float32](foreign), bundle.ErrFormat, "stage 0: "},
		{"a map from elsewhere beside neurons", bundle.NewHybrid(one, urf.Map[float32](foreign)), bundle.ErrFormat, "has no formula"},
		{"neurons of no name", bundle.NewHybrid(bundle.NewLinear(one.Weight(), nil, cube), feature[float32](urf.Fourier{Projection: ortho.Spec{M: 8, D: inputs}})), bundle.ErrFormat, "cube"},
		{"a map from elsewhere in a layer", snnk.New[float32](foreign, normal[float32](1, 2, 8), nil), bundle.ErrFormat, "has no formula"},
		{"a matrix beyond the format", bundle.NewFeatures[float32](vast{}), bundle.ErrRange, "16384 features of 32768 inputs are a matrix of 2.1e+09 bytes"},
	} {
		n, err := export.ONNX(io.Discard, &bundle.Model[float32]{Network: bundle.NewNetwork(c.stage), Task: bundle.Outputs})
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) || n != 0 {
			t.Errorf("%s: %d bytes, error %v, want %q", c.name, n, err, c.says)
		}
	}
}
