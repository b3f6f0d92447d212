package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/examples/digits"
	"nnk/mat"
)

// A raw tensor is one with the bytes that stand in the file.
type raw struct {
	name, dtype string
	shape       []int
	data        []byte
}

// f32 is a tensor of floats.
func f32(name string, shape []int, data []float64) raw {
	var b []byte
	for _, v := range data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
	}
	return raw{name, "F32", shape, b}
}

// file is a safetensors file, written by the letter of the format.
func file(metadata string, tensors ...raw) []byte {
	var header, data bytes.Buffer
	header.WriteString("{" + metadata)
	for i, t := range tensors {
		if i > 0 || metadata != "" {
			header.WriteByte(',')
		}
		shape := strings.ReplaceAll(fmt.Sprint(t.shape), " ", ",")
		fmt.Fprintf(&header, `%q:{"dtype":%q,"shape":%s,"data_offsets":[%d,%d]}`, t.name, t.dtype, shape, data.Len(), data.Len()+len(t.data))
		data.Write(t.data)
	}
	header.WriteByte('}')
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(header.Len())), header.Bytes()...), data.Bytes()...)
}

func readFile(b []byte, opt Options) (*Checkpoint[float32], error) {
	return Read[float32](bytes.NewReader(b), int64(len(b)), opt)
}

// numbersOf are n numbers of both signs that float32 holds, different for each seed.
func numbersOf(seed, n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64((i*i*13+i*7+seed*29)%41-20) / 16
	}
	return v
}

// positive are like numbersOf, between 0.25 and 1.5.
func positive(seed, n int) []float64 {
	v := numbersOf(seed, n)
	for i, x := range v {
		v[i] = 0.25 + math.Abs(x)
	}
	return v
}

// A matrix of out rows and in columns, and its product with a vector and a bias.
type matrix struct {
	out, in int
	w, b    []float64
}

func linear(seed, in, out int) matrix {
	return matrix{out, in, numbersOf(seed, in*out), numbersOf(seed+1, out)}
}

func (m matrix) of(x []float64) []float64 {
	y := make([]float64, m.out)
	for i := range y {
		if m.b != nil {
			y[i] = m.b[i]
		}
		for j, v := range x {
			y[i] += m.w[i*m.in+j] * v
		}
	}
	return y
}

// tensors are NAME.weight and NAME.bias.
func (m matrix) tensors(name string) []raw {
	list := []raw{f32(name+".weight", []int{m.out, m.in}, m.w)}
	if m.b != nil {
		list = append(list, f32(name+".bias", []int{m.out}, m.b))
	}
	return list
}

// turned is w with rows and columns exchanged.
func (m matrix) turned() []float64 {
	t := make([]float64, len(m.w))
	for i := range m.out {
		for j := range m.in {
			t[j*m.out+i] = m.w[i*m.in+j]
		}
	}
	return t
}

func (m matrix) without() matrix {
	m.b = nil
	return m
}

func relu(x []float64) []float64 { return each(x, func(v float64) float64 { return max(v, 0) }) }

func each(x []float64, f func(float64) float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}

// norm is a batch norm with its tensors.
type norm struct{ mean, variance, gamma, beta []float64 }

func batchNorm(seed, n int) norm {
	return norm{numbersOf(seed, n), positive(seed+1, n), numbersOf(seed+2, n), numbersOf(seed+3, n)}
}

func (n norm) of(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (v-n.mean[i])/math.Sqrt(n.variance[i]+1e-5)*n.gamma[i] + n.beta[i]
	}
	return y
}

func (n norm) tensors(name string) []raw {
	return []raw{
		f32(name+".weight", []int{len(n.gamma)}, n.gamma), f32(name+".bias", []int{len(n.beta)}, n.beta),
		f32(name+".running_mean", []int{len(n.mean)}, n.mean), f32(name+".running_var", []int{len(n.variance)}, n.variance),
		{name + ".num_batches_tracked", "I64", []int{}, make([]byte, 8)},
	}
}

func layerNormOf(x, gamma, beta []float64) []float64 {
	mean, variance := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x))
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = (v - mean) / math.Sqrt(variance+1e-5) * gamma[i]
		if beta != nil {
			y[i] += beta[i]
		}
	}
	return y
}

// rows are inputs for tests.
func rows(n, d int) *mat.Dense[float32] {
	x := mat.New[float32](n, d)
	for i, v := range numbersOf(5, n*d) {
		x.Data()[i] = float32(v)
	}
	return x
}

// compare checks a network against what it should compute.
func compare(t *testing.T, net *bundle.Network[float32], want func(x []float64) []float64) {
	t.Helper()
	x := rows(40, net.In())
	got := net.Forward(nil, x, nil)
	for i := range x.Rows() {
		in := make([]float64, x.Cols())
		for j, v := range x.Row(i) {
			in[j] = float64(v)
		}
		y := want(in)
		if len(y) != got.Cols() {
			t.Fatalf("%d outputs, want %d", got.Cols(), len(y))
		}
		for j, v := range y {
			if math.Abs(float64(got.At(i, j))-v) > 1e-5*(1+math.Abs(v)) {
				t.Fatalf("row %d, output %d: got %v, want %v", i, j, got.At(i, j), v)
			}
		}
	}
}

// chain applies functions one after the other.
func chain(fs ...func([]float64) []float64) func([]float64) []float64 {
	return func(x []float64) []float64 {
		for _, f := range fs {
			x = f(x)
		}
		return x
	}
}

// Layers of the networks below: 4 → 6 → 6 → 3.
var (
	layerA = linear(1, 4, 6)
	layerB = linear(3, 6, 6)
	layerC = linear(7, 6, 3)
	normN  = batchNorm(11, 6)
)

func TestRead(t *testing.T) {
	a, b, c, n := layerA, layerB, layerC, normN
	three := chain(a.of, relu, b.of, relu, c.of)
	two := chain(a.of, relu, c.of)
	gamma, beta := numbersOf(20, 6), numbersOf(21, 6)
	ln := func(x []float64) []float64 { return layerNormOf(x, gamma, beta) }
	lnTensors := func(name string) []raw {
		return []raw{f32(name+".weight", []int{6}, gamma), f32(name+".bias", []int{6}, beta)}
	}
	slope := numbersOf(30, 6)
	preluOf := func(x []float64) []float64 {
		y := slices.Clone(x)
		for i, v := range x {
			if v < 0 {
				y[i] = v * slope[i]
			}
		}
		return y
	}
	leaky := func(x []float64) []float64 {
		return each(x, func(v float64) float64 { return max(v, 0) + 0.25*min(v, 0) })
	}
	after := n // a batch norm of what ReLU gives
	after.mean = positive(50, 6)
	wide := batchNorm(60, 10)
	wideAfter := wide
	wideAfter.mean = positive(61, 10)
	d, e := linear(13, 4, 10), linear(15, 10, 3)
	for _, test := range []struct {
		name    string
		tensors []raw
		opt     Options
		want    func([]float64) []float64
		says    string // part of the listing
	}{
		{"a sequential", slices.Concat(a.tensors("0"), b.tensors("2"), c.tensors("4")), Options{}, three, "relu is taken"},
		{"out of order, beyond nine", slices.Concat(c.tensors("10"), a.tensors("2"), b.tensors("8")), Options{Layers: "auto:relu"}, three, "4 → 6"},
		{"one layer at the root", []raw{f32("weight", []int{6, 4}, a.w), f32("bias", []int{6}, a.b)}, Options{}, a.of, ""},
		{"no bias", slices.Concat(a.without().tensors("0"), c.tensors("2")), Options{}, chain(a.without().of, relu, c.of), ""},
		{"activation in the metadata", slices.Concat(a.tensors("0"), c.tensors("2")), Options{Layers: "auto:tanh"}, chain(a.of, tanh, c.of), "tanh"},
		{"given layers", slices.Concat(a.tensors("x"), b.tensors("a"), c.tensors("m")), Options{Layers: "x:tanh,a:relu,m:none"}, chain(a.of, tanh, b.of, relu, c.of), ""},
		{"named", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), c.tensors("out")), Options{}, three, ""},
		{"names that count within", slices.Concat(a.tensors("linear_1_hidden"), b.tensors("linear_2_hidden"), c.tensors("head")), Options{}, three, ""},
		{"a list of modules", slices.Concat(a.tensors("layers.0"), b.tensors("layers.1"), c.tensors("layers.2")), Options{}, three, ""},
		{"order by shape", slices.Concat(a.tensors("zoo"), linear(9, 6, 5).tensors("bar"), linear(10, 5, 2).tensors("moo")), Options{}, chain(a.of, relu, linear(9, 6, 5).of, relu, linear(10, 5, 2).of), "told by their shapes"},
		{"encoder, decoder", slices.Concat(b.tensors("decoder.0"), c.tensors("decoder.2"), a.tensors("encoder.0")), Options{}, three, ""},
		{"features, classifier", slices.Concat(c.tensors("classifier"), a.tensors("features.0"), b.tensors("features.2")), Options{}, three, ""},
		{"wrapped", slices.Concat(a.tensors("_orig_mod.module.0"), c.tensors("_orig_mod.module.2")), Options{}, two, ""},
		{"no room for an activation", slices.Concat(a.tensors("0"), b.tensors("2"), c.tensors("3")), Options{}, chain(a.of, relu, b.of, c.of), "leave no room"},
		{"dropout", slices.Concat(a.tensors("0"), b.tensors("3"), c.tensors("6")), Options{}, three, ""},
		{"flatten", slices.Concat(a.tensors("1"), c.tensors("3")), Options{}, two, `before "1" has no tensors`},

		{"Flax", []raw{f32("params/Dense_0/kernel", []int{4, 6}, a.turned()), f32("params/Dense_0/bias", []int{6}, a.b), f32("params/Dense_1/kernel", []int{6, 3}, c.turned()), f32("params/Dense_1/bias", []int{3}, c.b)}, Options{}, two, ""},
		{"Keras", []raw{f32("dense_1/kernel:0", []int{6, 3}, c.turned()), f32("dense_1/bias:0", []int{3}, c.b), f32("dense/kernel:0", []int{4, 6}, a.turned()), f32("dense/bias:0", []int{6}, a.b)}, Options{}, two, ""},
		{"[in, out] told by biases", []raw{f32("0.weight", []int{4, 6}, a.turned()), f32("0.bias", []int{6}, a.b), f32("2.weight", []int{6, 6}, b.turned()), f32("2.bias", []int{6}, b.b), f32("4.weight", []int{6, 3}, c.turned()), f32("4.bias", []int{3}, c.b)}, Options{}, three, "[in, out]"},
		{"[in, out] told by the user", []raw{f32("0.weight", []int{4, 6}, a.turned()), f32("2.weight", []int{6, 3}, c.turned())}, Options{Transposed: true}, chain(a.without().of, relu, c.without().of), ""},

		{"batch norm", slices.Concat(a.tensors("0"), n.tensors("1"), c.tensors("3")), Options{}, chain(a.of, n.of, relu, c.of), "batch norm 1"},
		{"batch norm without bias before", slices.Concat(a.without().tensors("0"), n.tensors("1"), c.tensors("3")), Options{}, chain(a.without().of, n.of, relu, c.of), "batch norm 1"},
		{"bare batch norm", slices.Concat(a.tensors("0"), n.tensors("1")[2:], c.tensors("3")), Options{}, chain(a.of, norm{n.mean, n.variance, ones(6), zeros(6)}.of, relu, c.of), ""},
		{"batch norm after the activation", slices.Concat(a.tensors("0"), after.tensors("2"), c.tensors("3")), Options{}, chain(a.of, relu, after.of, c.of), "batch norm 2"},
		{"batch norm of inputs", slices.Concat(batchNorm(70, 4).tensors("0"), a.tensors("1"), c.tensors("3")), Options{}, chain(batchNorm(70, 4).of, a.of, relu, c.of), "batch norm 0"},
		{"batch norm at the end", slices.Concat(a.tensors("0"), b.tensors("2"), n.tensors("3")), Options{}, chain(a.of, relu, b.of, n.of), "batch norm 3"},
		{"batch norm, dropout", slices.Concat(a.tensors("0"), n.tensors("1"), c.tensors("4")), Options{}, chain(a.of, n.of, relu, c.of), ""},
		{"activation, batch norm, dropout, told by the means", slices.Concat(d.tensors("0"), wideAfter.tensors("2"), e.tensors("4")), Options{}, chain(d.of, relu, wideAfter.of, e.of), ""},
		{"dropout, batch norm, activation, told by the means", slices.Concat(d.tensors("0"), wide.tensors("2"), e.tensors("4")), Options{}, chain(d.of, wide.of, relu, e.of), ""},
		{"batch norm in the given order", slices.Concat(a.tensors("0"), n.tensors("2"), c.tensors("4")), Options{Layers: "0:relu,2:none,4:none"}, chain(a.of, relu, n.of, c.of), ""},
		{"batch norm in the other order", slices.Concat(a.tensors("0"), n.tensors("2"), c.tensors("4")), Options{Layers: "0:none,2:relu,4:none"}, chain(a.of, n.of, relu, c.of), ""},
		{"batch norm, layers given", slices.Concat(a.tensors("0"), n.tensors("1"), c.tensors("3")), Options{Layers: "0:tanh,3:none"}, chain(a.of, n.of, tanh, c.of), ""},
		{"named batch norms", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), c.tensors("fc3"), n.tensors("bn1"), after.tensors("bn2")), Options{}, chain(a.of, n.of, relu, b.of, after.of, relu, c.of), `after "fc2" is taken to come after "bn2"`},
		{"named batch norms from 0", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), c.tensors("fc3"), n.tensors("bn0"), after.tensors("bn1")), Options{}, chain(a.of, n.of, relu, b.of, after.of, relu, c.of), `"bn0" is taken to come after "fc1"`},
		{"named batch norm after the activation, told by the means", slices.Concat(d.tensors("fc1"), wideAfter.tensors("bn1"), e.tensors("fc2")), Options{}, chain(d.of, relu, wideAfter.of, e.of), "batch norm bn1"},
		{"named batch norm before an activation with negative values", slices.Concat(d.tensors("fc1"), wideAfter.tensors("bn1"), e.tensors("fc2")), Options{Layers: "auto:elu"}, chain(d.of, wideAfter.of, eluOf1, e.of), "is taken to come after"},
		{"an activation at the end", slices.Concat(a.tensors("0"), b.tensors("2"), n.tensors("3")), Options{Layers: "0:relu,2:tanh"}, chain(a.of, relu, b.of, n.of, tanh), ""},
		{"widths of a residual block", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), c.tensors("fc3")), Options{}, three, `the widths of "fc2" to "fc2" would allow`},
		{"widths of a list of layers", slices.Concat(a.tensors("layers.0"), b.tensors("layers.1"), c.tensors("layers.2")), Options{}, three, `the widths of "layers.1" to "layers.1" would allow`},
		{"blocks", slices.Concat(a.tensors("blocks.0.linear"), n.tensors("blocks.0.norm"), b.tensors("blocks.1.linear"), after.tensors("blocks.1.norm"), c.tensors("head")), Options{}, chain(a.of, n.of, relu, b.of, after.of, relu, c.of), ""},
		{"sequentials in one", slices.Concat(a.tensors("0.0"), after.tensors("0.2"), b.tensors("1.0"), c.tensors("2")), Options{}, chain(a.of, relu, after.of, b.of, relu, c.of), ""},
		{"batch norm of Keras", []raw{f32("dense/kernel", []int{4, 6}, a.turned()), f32("dense/bias", []int{6}, a.b), f32("batch_normalization/gamma", []int{6}, n.gamma), f32("batch_normalization/beta", []int{6}, n.beta), f32("batch_normalization/moving_mean", []int{6}, n.mean), f32("batch_normalization/moving_variance", []int{6}, n.variance), f32("dense_1/kernel", []int{6, 3}, c.turned())}, Options{Epsilon: 1e-5}, chain(a.of, n.of, relu, c.without().of), ""},

		{"layer norm", slices.Concat(a.tensors("0"), lnTensors("1"), c.tensors("3")), Options{}, chain(a.of, ln, relu, c.of), "1: taken for layer norms; a group"},
		{"layer norm after the activation", slices.Concat(a.tensors("0"), lnTensors("2"), c.tensors("3")), Options{}, chain(a.of, relu, ln, c.of), "layer norm"},
		{"layer norm without bias", slices.Concat(a.tensors("fc1"), lnTensors("layer_norm")[:1], c.tensors("fc2")), Options{}, chain(a.of, func(x []float64) []float64 { return layerNormOf(x, gamma, nil) }, relu, c.of), ""},
		{"a vector that is a layer norm", slices.Concat(a.tensors("0"), lnTensors("1")[:1], c.tensors("3")), Options{Layers: "0:none,1:layernorm,3:none"}, chain(a.of, func(x []float64) []float64 { return layerNormOf(x, gamma, nil) }, c.of), ""},

		{"PReLU", slices.Concat(a.tensors("0"), []raw{f32("1.weight", []int{6}, slope)}, c.tensors("2")), Options{}, chain(a.of, preluOf, c.of), "PReLU"},
		{"PReLU of one slope", slices.Concat(a.tensors("0"), []raw{f32("1.weight", []int{1}, []float64{0.25})}, b.tensors("2"), []raw{f32("3.weight", []int{1}, []float64{0.25})}, c.tensors("4")), Options{}, chain(a.of, leaky, b.of, leaky, c.of), "leaky-relu:0.25"},
		{"PReLU after a batch norm", slices.Concat(a.tensors("0"), n.tensors("1"), []raw{f32("2.weight", []int{6}, slope)}, c.tensors("3")), Options{}, chain(a.of, n.of, preluOf, c.of), ""},
		{"named PReLU", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), c.tensors("fc3"), []raw{f32("act1.weight", []int{6}, slope), f32("act2.weight", []int{1}, []float64{0.25})}), Options{}, chain(a.of, preluOf, b.of, leaky, c.of), ""},
		{"PReLU and dropout, told by the slopes", slices.Concat(a.tensors("0"), []raw{f32("1.weight", []int{6}, slope)}, c.tensors("3")), Options{}, chain(a.of, preluOf, c.of), `"1" is taken for a PReLU`},
		{"a norm of inputs and one at the end, named", slices.Concat(a.tensors("fc1"), linear(9, 6, 5).tensors("fc2"), batchNorm(70, 4).tensors("bn1"), n.tensors("bn2"), batchNorm(71, 5).tensors("bn3")), Options{}, chain(batchNorm(70, 4).of, a.of, n.of, relu, linear(9, 6, 5).of, batchNorm(71, 5).of), `"bn1" is taken to come before "fc1"`},
		{"a vector that is a PReLU", slices.Concat(a.tensors("0"), []raw{f32("1.weight", []int{6}, slope)}, c.tensors("3")), Options{Layers: "0:none,1:prelu,3:none"}, chain(a.of, preluOf, c.of), ""},
		{"one PReLU for all", slices.Concat(a.tensors("fc1"), b.tensors("fc2"), c.tensors("fc3"), []raw{f32("act.weight", []int{1}, []float64{0.25})}), Options{Layers: "fc1:act,fc2:act,fc3:none"}, chain(a.of, leaky, b.of, leaky, c.of), ""},

		{"prefix", slices.Concat(a.tensors("actor.0"), c.tensors("actor.2"), b.tensors("critic.0")), Options{Prefix: "actor"}, two, "2 of 6 tensors are left out"},
		{"prefix and names after it", slices.Concat(a.tensors("actor.0"), c.tensors("actor.2"), b.tensors("critic.0")), Options{Prefix: "actor.", Layers: "0:tanh,2:none"}, chain(a.of, tanh, c.of), ""},
		{"ignore", slices.Concat(a.tensors("shared.0"), c.tensors("policy"), linear(9, 6, 1).tensors("value")), Options{Ignore: []string{"value.*"}}, two, "2 of 6 tensors are left out"},
		{"ignored within a sequential", slices.Concat(a.tensors("0"), n.tensors("1"), c.tensors("2")), Options{Ignore: []string{"1.*"}}, chain(a.of, relu, c.of), ""},
		{"what changes nothing", slices.Concat(a.tensors("0"), c.tensors("2"), []raw{{"2.input_scale", "F8_E4M3", []int{4}, []byte("8888")}}), Options{}, two, `"2.input_scale" changes nothing`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := readFile(file("", test.tensors...), test.opt)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got.Network, test.want)
			if !strings.Contains(got.String(), test.says) {
				t.Errorf("the listing does not say %q:\n%s", test.says, got)
			}
			if len(got.Layers) != len(got.Network.Stages()) {
				t.Errorf("%d layers in the listing, %d stages", len(got.Layers), len(got.Network.Stages()))
			}
		})
	}
}

func tanh(x []float64) []float64 { return each(x, math.Tanh) }

func eluOf1(x []float64) []float64 {
	return each(x, func(v float64) float64 { return max(v, 0) + math.Expm1(min(v, 0)) })
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

func zeros(n int) []float64 { return make([]float64, n) }

// What stands around a weight: norms of weights, masks, adapters, fewer bits.
func TestWeights(t *testing.T) {
	a, c := layerA, layerC
	ofWeights := func(w []float64) func([]float64) []float64 {
		return chain(matrix{6, 4, w, a.b}.of, relu, c.of)
	}
	i8 := func(v []float64) []byte {
		b := make([]byte, len(v))
		for i, x := range v {
			b[i] = byte(int8(x))
		}
		return b
	}
	whole := each(a.w, func(v float64) float64 { return 16 * v }) // integers in −20…20
	scale := positive(40, 6)
	perRow := func(f func(i int, v float64) float64) []float64 {
		w := slices.Clone(whole)
		for i := range w {
			w[i] = f(i/4, w[i])
		}
		return w
	}
	scaled := perRow(func(i int, v float64) float64 { return v * scale[i] })
	offset := each(whole, func(v float64) float64 { return v + 128 })
	u8 := make([]byte, len(offset))
	for i, v := range offset {
		u8[i] = byte(v)
	}
	mask := make([]float64, 24)
	for i := range mask {
		mask[i] = float64(i % 2)
	}
	masked := slices.Clone(a.w)
	for i := range masked {
		masked[i] *= mask[i]
	}
	g := positive(41, 6)
	normed := make([]float64, 24)
	for i := range 6 {
		square := 0.0
		for _, v := range a.w[4*i : 4*i+4] {
			square += v * v
		}
		for j := range 4 {
			normed[4*i+j] = g[i] * a.w[4*i+j] / math.Sqrt(square)
		}
	}
	byColumn, all, total := make([]float64, 24), make([]float64, 24), 0.0
	for j := range 4 {
		square := 0.0
		for i := range 6 {
			square += a.w[4*i+j] * a.w[4*i+j]
		}
		total += square
		for i := range 6 {
			byColumn[4*i+j] = g[j] * a.w[4*i+j] / math.Sqrt(square)
		}
	}
	for i := range all {
		all[i] = g[0] * a.w[i] / math.Sqrt(total)
	}
	left, right := numbersOf(42, 6), numbersOf(43, 4)
	sigma := 0.0
	for i := range 6 {
		for j := range 4 {
			sigma += left[i] * a.w[4*i+j] * right[j]
		}
	}
	spectral := each(a.w, func(v float64) float64 { return v / sigma })
	down, up := numbersOf(44, 8), numbersOf(45, 12) // rank 2
	adapted := func(s float64) []float64 {
		w := slices.Clone(a.w)
		for i := range 6 {
			for j := range 4 {
				w[4*i+j] += s * (up[2*i]*down[j] + up[2*i+1]*down[4+j])
			}
		}
		return w
	}
	bias := f32("0.bias", []int{6}, a.b)
	bools := make([]byte, 24)
	for i, v := range mask {
		bools[i] = byte(v)
	}
	var halves, brains []byte
	for _, v := range a.w { // sixteenths below 2 are exact in both
		halves = binary.LittleEndian.AppendUint16(halves, half(v))
		brains = binary.LittleEndian.AppendUint16(brains, uint16(math.Float32bits(float32(v))>>16))
	}
	for _, test := range []struct {
		name    string
		tensors []raw
		opt     Options
		w       []float64
		says    string
	}{
		{"F16", []raw{{"0.weight", "F16", []int{6, 4}, halves}, bias}, Options{}, a.w, ""},
		{"BF16", []raw{{"0.weight", "BF16", []int{6, 4}, brains}, bias}, Options{}, a.w, ""},
		{"mask", []raw{f32("0.weight_orig", []int{6, 4}, a.w), f32("0.weight_mask", []int{6, 4}, mask), bias}, Options{}, masked, "mask (12 of 24 pruned)"},
		{"mask of BOOL, of the bias too", []raw{f32("0.weight_orig", []int{6, 4}, a.w), {"0.weight_mask", "BOOL", []int{6, 4}, bools}, f32("0.bias_orig", []int{6}, a.b), f32("0.bias_mask", []int{6}, ones(6))}, Options{}, masked, ""},
		{"weight norm", []raw{f32("0.weight_v", []int{6, 4}, a.w), f32("0.weight_g", []int{6, 1}, g), bias}, Options{}, normed, "weight norm"},
		{"weight norm, parametrised", []raw{f32("0.parametrizations.weight.original1", []int{6, 4}, a.w), f32("0.parametrizations.weight.original0", []int{6, 1}, g), bias}, Options{}, normed, "weight norm"},
		{"weight norm by columns", []raw{f32("0.weight_v", []int{6, 4}, a.w), f32("0.weight_g", []int{1, 4}, g[:4]), bias}, Options{}, byColumn, ""},
		{"weight norm of all", []raw{f32("0.weight_v", []int{6, 4}, a.w), f32("0.weight_g", []int{}, g[:1]), bias}, Options{}, all, ""},
		{"spectral norm", []raw{f32("0.weight_orig", []int{6, 4}, a.w), f32("0.weight_u", []int{6}, left), f32("0.weight_v", []int{4}, right), bias}, Options{}, spectral, "spectral norm"},
		{"spectral norm, parametrised", []raw{f32("0.parametrizations.weight.original", []int{6, 4}, a.w), f32("0.parametrizations.weight.0._u", []int{6}, left), f32("0.parametrizations.weight.0._v", []int{4}, right), bias}, Options{}, spectral, ""},
		{"int8, a scale for each output", []raw{{"0.weight", "I8", []int{6, 4}, i8(whole)}, f32("0.weight_scale", []int{6, 1}, scale), bias}, Options{}, scaled, "I8 × F32 [6×1]"},
		{"int8, scales in a vector", []raw{{"0.weight", "I8", []int{6, 4}, i8(whole)}, f32("0.weight_scale", []int{6}, scale), bias}, Options{}, scaled, ""},
		{"int8, one scale", []raw{{"0.weight", "I8", []int{6, 4}, i8(whole)}, f32("0.scale", []int{}, []float64{0.5}), bias}, Options{}, each(whole, func(v float64) float64 { return v / 2 }), ""},
		{"int8, blocks", []raw{{"0.weight", "I8", []int{6, 4}, i8(whole)}, f32("0.weight_scale", []int{2, 2}, []float64{1, 2, 4, 8}), bias}, Options{}, blocks(whole), ""},
		{"int8, bitsandbytes", []raw{{"0.weight", "I8", []int{6, 4}, i8(whole)}, f32("0.SCB", []int{6}, each(scale, func(v float64) float64 { return 127 * v })), {"0.weight_format", "U8", []int{}, []byte{0}}, bias}, Options{}, scaled, ""},
		{"uint8 and a zero point", []raw{{"0.weight", "U8", []int{6, 4}, u8}, f32("0.weight_scale", []int{6}, scale), {"0.weight_zero_point", "U8", []int{}, []byte{128}}, bias}, Options{}, scaled, ""},
		{"int8, bias of integers", []raw{f32("0.weight", []int{6, 4}, a.w), {"0.bias", "I8", []int{6}, i8(each(a.b, func(v float64) float64 { return 16 * v }))}, f32("0.bias_scale", []int{}, []float64{1.0 / 16})}, Options{}, a.w, ""},
		{"F8 without scale", []raw{{"0.weight", "F8_E5M2", []int{6, 4}, bytes.Repeat([]byte{0x3c, 0xc0}, 12)}, bias}, Options{}, pairs(1, -2, 12), ""},
		{"F8 with a scale", []raw{{"0.weight", "F8_E4M3", []int{6, 4}, bytes.Repeat([]byte{0x38, 0xbc}, 12)}, f32("0.weight_scale_inv", []int{1}, []float64{0.5}), bias}, Options{}, pairs(0.5, -0.75, 12), ""},
		{"adapter, α told", []raw{f32("m.0.base_layer.weight", []int{6, 4}, a.w), f32("m.0.base_layer.bias", []int{6}, a.b), f32("m.0.lora_A.default.weight", []int{2, 4}, down), f32("m.0.lora_B.default.weight", []int{6, 2}, up), f32("m.2.weight", []int{3, 6}, c.w), f32("m.2.bias", []int{3}, c.b)}, Options{LoRAAlpha: 3}, adapted(1.5), "adapter of rank 2 × 1.5"},
		{"adapter, α in the file", []raw{f32("0.weight", []int{6, 4}, a.w), bias, f32("0.lora_down.weight", []int{2, 4}, down), f32("0.lora_up.weight", []int{6, 2}, up), f32("0.alpha", []int{}, []float64{1})}, Options{}, adapted(0.5), ""},
		{"adapter, scaling in the file", []raw{f32("0.weight", []int{6, 4}, a.w), bias, f32("0.lora_A", []int{2, 4}, down), f32("0.lora_B", []int{6, 2}, up), f32("0.scaling", []int{1}, []float64{0.75})}, Options{}, adapted(0.75), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			tensors := test.tensors
			if !strings.HasPrefix(tensors[0].name, "m.") {
				tensors = append(tensors, c.tensors("2")...)
			}
			got, err := readFile(file("", tensors...), test.opt)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, got.Network, ofWeights(test.w))
			if !strings.Contains(got.String(), test.says) {
				t.Errorf("the listing does not say %q:\n%s", test.says, got)
			}
		})
	}
}

// half is the binary16 of a number that one holds exactly.
func half(v float64) uint16 {
	if v == 0 {
		return 0
	}
	fraction, exponent := math.Frexp(math.Abs(v))
	h := uint16(exponent+14)<<10 | uint16((2*fraction-1)*1024)
	if v < 0 {
		h |= 1 << 15
	}
	return h
}

// blocks multiplies quarters of a 6×4 matrix with 1, 2, 4 and 8.
func blocks(w []float64) []float64 {
	out := slices.Clone(w)
	for i := range out {
		out[i] *= [...]float64{1, 2, 4, 8}[i/12*2+i%4/2]
	}
	return out
}

func pairs(a, b float64, n int) []float64 {
	var v []float64
	for range n {
		v = append(v, a, b)
	}
	return v
}

// The shipped network, of which the training script printed the accuracy.
func TestReadDigits(t *testing.T) {
	teacher, err := readFile(digits.Teacher(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	says, err := teacher.Network.Classify(t.Context(), bundle.Matrix(x.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels)))
	if err != nil {
		t.Fatal(err)
	}
	if got := bundle.Agreement(says, y[digits.Train:]); got != 0.932 || teacher.Network.Params() != 85002 {
		t.Errorf("accuracy %v with %d parameters, want 0.932 with 85002", got, teacher.Network.Params())
	}
}

// What is folded has the bits of float64 arithmetic, rounded once, in both element types; what is not, those of the file.
func TestFoldedBits(t *testing.T) {
	b := file("", slices.Concat(layerA.tensors("0"), normN.tensors("1"), layerC.tensors("3"))...)
	single, err := readFile(b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	double, err := Read[float64](bytes.NewReader(b), int64(len(b)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		s, d := single.Network.Stages()[i].(*bundle.Linear[float32]), double.Network.Stages()[i].(*bundle.Linear[float64])
		for k, v := range d.Weight().Data() {
			if got := s.Weight().Data()[k]; got != float32(v) {
				t.Errorf("layer %d, weight %d: %v in float32, %v in float64", i, k, got, v)
			}
			if i == 1 && v != float64(float32(layerC.w[k])) {
				t.Errorf("weight %d became %v of %v", k, v, layerC.w[k])
			}
		}
	}
	scale := normN.gamma[2] * (1 / math.Sqrt(float64(float32(normN.variance[2]))+1e-5))
	if got, want := double.Network.Stages()[0].(*bundle.Linear[float64]).Weight().At(2, 1), layerA.w[2*4+1]*scale; got != want {
		t.Errorf("folded weight %v, want %v", got, want)
	}
}

func TestMetadata(t *testing.T) {
	layers := slices.Concat(layerA.tensors("0"), layerC.tensors("2"))
	got, err := readFile(file(`"__metadata__":{"activation":"tanh","by":"us"}`, layers...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got.Network, chain(layerA.of, tanh, layerC.of))
	if got.Metadata["by"] != "us" || strings.Contains(got.String(), "is taken") {
		t.Errorf("metadata %q, listing\n%s", got.Metadata, got)
	}
	got, err = readFile(file(`"__metadata__":null`, layers...), Options{Layers: "auto:gelu"})
	if err != nil {
		t.Fatal(err)
	}
	if act := got.Network.Stages()[0].(*bundle.Linear[float32]).Activation().Name(); act != "gelu" {
		t.Errorf("activation %s", act)
	}
}

// A file whose tensors are all there is one; without one of them it is an error.
func TestEveryTensorCounts(t *testing.T) {
	all := slices.Concat(layerA.tensors("0"), normN.tensors("1"), layerB.tensors("3"), layerC.tensors("5"))
	for i, x := range all {
		if strings.HasSuffix(x.name, "bias") || strings.HasSuffix(x.name, "tracked") || x.name == "1.weight" {
			continue // may be missing
		}
		_, err := readFile(file("", slices.Delete(slices.Clone(all), i, i+1)...), Options{})
		if !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("without %s: error %v", x.name, err)
		}
	}
	for i := range all {
		extra := f32(all[i].name+"_x", []int{2}, []float64{1, 2})
		_, err := readFile(file("", slices.Insert(slices.Clone(all), i, extra)...), Options{})
		if !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), extra.name) {
			t.Errorf("with %s: error %v", extra.name, err)
		}
	}
}

func ExampleRead() {
	file := digits.Teacher() // as PyTorch writes: 0.weight, 0.bias, …
	c, err := Read[float32](bytes.NewReader(file), int64(len(file)), Options{Layers: "auto:relu"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c)
	fmt.Println(c.Network.Params(), "parameters")
	// Output:
	// stage  from  kind    in → out   activation  includes
	// 0      0     linear  64 → 256   relu
	// 1      2     linear  256 → 256  relu
	// 2      4     linear  256 → 10   none
	// 85002 parameters
}

// TestSequentialHasNoConnections: of the members of an nn.Sequential nothing is left to be told.
func TestSequentialHasNoConnections(t *testing.T) {
	a, b, c := linear(1, 4, 6), linear(2, 6, 6), linear(3, 6, 3)
	for _, prefix := range []string{"", "net."} {
		got, err := readFile(file("", slices.Concat(a.tensors(prefix+"0"), b.tensors(prefix+"2"), c.tensors(prefix+"4"))...), Options{Layers: "auto:tanh"})
		if err != nil || len(got.Notes) != 0 {
			t.Errorf("%q: notes %q, %v", prefix, got.Notes, err)
		}
	}
}

// Layers of the names of a gated layer follow one another if they have biases, which those lack, if their shapes are not
// those of one, and if they are said to.
func TestNamesOfGatedLayers(t *testing.T) {
	in, back := linear(1, 4, 6), linear(2, 6, 4)
	named := func(a, b, c matrix) []byte {
		return file("", slices.Concat(a.tensors("w1"), b.tensors("w2"), c.tensors("w3"))...)
	}
	for name, c := range map[string]struct {
		file   []byte
		layers string
	}{
		"biases": {named(in, back, linear(3, 4, 6)), ""},
		"shapes": {named(in.without(), back.without(), linear(3, 4, 3).without()), ""},
		"square": {named(linear(1, 4, 4).without(), linear(2, 4, 4).without(), linear(3, 4, 4).without()), ""},
		"told":   {named(in.without(), back.without(), linear(3, 4, 6).without()), "w1:relu,w2:relu,w3:none"},
	} {
		read, err := readFile(c.file, Options{Layers: c.layers})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(read.Layers) != 3 {
			t.Errorf("%s: %d layers", name, len(read.Layers))
		}
	}
}
