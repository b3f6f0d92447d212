package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

// addRaw copies a tensor of bytes.
func addRaw(t *testing.T, w *safetensors.Writer, f *safetensors.File, x *safetensors.Tensor, shape []int) {
	t.Helper()
	b, err := safetensors.LoadBytes(f, x)
	if err != nil {
		t.Fatal(err)
	}
	if x.DType == "U8" {
		safetensors.AddBytes(w, x.Name, shape, b)
		return
	}
	codes := make([]int8, len(b))
	for i, v := range b {
		codes[i] = int8(v)
	}
	safetensors.AddBytes(w, x.Name, shape, codes)
}

// coded rounds random weights.
func coded[T asm.Float](t testing.TB, seed uint64, rows, cols, bits int) *mat.Quantised {
	t.Helper()
	q, err := mat.Quantise(random[T](seed, rows, cols), bits)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// codedNetwork has every kind of stage whose weights can be codes, with odd and even numbers of columns.
func codedNetwork[T asm.Float](t testing.TB, bits int) *Network[T] {
	t.Helper()
	relu, err := urf.ActivationByName("relu")
	if err != nil {
		t.Fatal(err)
	}
	return NewNetwork[T](
		NewQuantisedLinear(coded[T](t, 1, 7, 5, bits), random[T](2, 1, 7).Data(), relu),
		NewHybrid(NewQuantisedLinear[T](coded[T](t, 3, 2, 7, bits), nil, relu), cosines[T](t, 6, 7, 0.3)),
		snnk.NewQuantised(cosines[T](t, 10, 8, 0.2), coded[T](t, 4, 3, 10, bits), random[T](5, 1, 3).Data()),
	)
}

func TestQuantisedRoundTrip(t *testing.T) {
	for _, bits := range []int{8, 4} {
		t.Run(fmt.Sprintf("float32/%d", bits), func(t *testing.T) { testQuantisedRoundTrip[float32](t, bits) })
		t.Run(fmt.Sprintf("float64/%d", bits), func(t *testing.T) { testQuantisedRoundTrip[float64](t, bits) })
	}
}

func testQuantisedRoundTrip[T asm.Float](t *testing.T, bits int) {
	net := codedNetwork[T](t, bits)
	file := fileOf(t, &Model[T]{Network: net, Task: Outputs})
	m, err := ReadModel[T](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fileOf(t, m), file) {
		t.Error("saved again, the file differs")
	}
	if got, want := m.Network.Params(), net.Params(); got != want || want != (7*5+7+7)+(2*7+2)+(3*10+3+3) {
		t.Errorf("%d parameters, %d were saved", got, want)
	}
	x := random[T](9, 20, 5)
	got, want := m.Network.Forward(nil, x, nil), net.Forward(nil, x, nil)
	for i, v := range got.Data() {
		if v != want.Data()[i] {
			t.Fatalf("output %d is %v, was %v", i, v, want.Data()[i])
		}
	}
	// The codes are the weights.
	for i, q := range []*mat.Quantised{m.Network.stages[0].(*Linear[T]).Quantised(), m.Network.stages[1].(*Hybrid[T]).Neurons().Quantised(), m.Network.stages[2].(*snnk.Layer[T]).Quantised()} {
		if q == nil || q.Bits() != bits {
			t.Errorf("stage %d has no codes of %d bits: %v", i, bits, q)
		}
	}
	psi, q := m.Network.stages[2].(*snnk.Layer[T]).Psi(), m.Network.stages[2].(*snnk.Layer[T]).Quantised()
	for i, c := range q.Codes() {
		if v := psi.Data()[i]; v != T(q.Scales()[i/10])*T(c) {
			t.Errorf("weight %d is %v", i, v)
		}
	}
}

// In integers a network gives what its matrices' products in integers do, row by row as in a batch, keeps its size and its file, and allocates nothing.
func TestInIntegers(t *testing.T) {
	for _, bits := range []int{8, 4} {
		t.Run(fmt.Sprintf("float32/%d", bits), func(t *testing.T) { testInIntegers[float32](t, bits) })
		t.Run(fmt.Sprintf("float64/%d", bits), func(t *testing.T) { testInIntegers[float64](t, bits) })
	}
}

func testInIntegers[T asm.Float](t *testing.T, bits int) {
	whole := codedNetwork[T](t, bits)
	net, found := whole.InIntegers()
	if found != 3 {
		t.Fatalf("%d matrices, want 3", found)
	}
	if net.Params() != whole.Params() || net.MACs() != whole.MACs() || net.In() != whole.In() || net.Out() != whole.Out() {
		t.Errorf("%d parameters, %d multiply-adds, want %d, %d", net.Params(), net.MACs(), whole.Params(), whole.MACs())
	}
	if !bytes.Equal(fileOf(t, &Model[T]{Network: net, Task: Outputs}), fileOf(t, &Model[T]{Network: whole, Task: Outputs})) {
		t.Error("its file is another")
	}
	x := random[T](9, 300, 5)
	first, hybrid, last := whole.stages[0].(*Linear[T]), whole.stages[1].(*Hybrid[T]), whole.stages[2].(*snnk.Layer[T])
	step := func(x *mat.Dense[T], q *mat.Quantised, bias []T, act urf.Activation) *mat.Dense[T] {
		y := mat.MulQuantisedT(nil, x, q)
		for i := range y.Rows() {
			urf.EvalBias(act, y.Row(i), y.Row(i), bias)
		}
		return y
	}
	h := step(x, first.Quantised(), first.Bias(), first.Activation())
	neurons := step(h, hybrid.Neurons().Quantised(), nil, hybrid.Neurons().Activation())
	both := mat.New[T](300, hybrid.Out())
	both.View(0, 0, 300, neurons.Cols()).Copy(neurons)
	both.View(0, neurons.Cols(), 300, hybrid.Map().Out()).Copy(hybrid.Map().Phi(nil, h, nil))
	want := mat.MulQuantisedT(nil, last.Map().Phi(nil, both, nil), last.Quantised())
	got, row := net.Forward(nil, x, nil), &Workspace[T]{}
	for i := range want.Rows() {
		asm.Add(want.Row(i), want.Row(i), last.Bias())
		alone := net.Forward(nil, x.View(i, 0, 1, 5), row)
		for j, v := range want.Row(i) {
			if got.At(i, j) != v || alone.At(0, j) != v {
				t.Fatalf("(%d, %d) is %v, alone %v, want %v", i, j, got.At(i, j), alone.At(0, j), v)
			}
		}
	}
	// Near the network itself: half a step of 127 in three layers, not nothing.
	near, worst, largest := whole.Forward(nil, x, nil), 0.0, 0.0
	for i, v := range near.Data() {
		worst, largest = max(worst, math.Abs(float64(v-got.Data()[i]))), max(largest, math.Abs(float64(v)))
	}
	if !(worst < 0.05*largest) || worst == 0 {
		t.Errorf("outputs up to %g change by %g", largest, worst)
	}
	if again, found := net.InIntegers(); found != 0 || again.Part(0, 1).stages[0] != net.stages[0] {
		t.Errorf("a second time: %d matrices", found)
	}
	dst, ws := mat.New[T](1, net.Out()), &Workspace[T]{}
	one := x.View(0, 0, 1, 5)
	kerneltest.NoAllocs(t, "Forward", func() { net.Forward(dst, one, ws) })
	// What is made of it has the numbers that the codes stand for.
	trained, err := snnk.TrainableLayerOf("l", net.stages[2].(*snnk.Layer[T]))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := trained.Layer().Psi().At(2, 3), last.Psi().At(2, 3); got != want {
		t.Errorf("Ψ of a layer that is trained on is %v, want %v", got, want)
	}
	if got, want := net.stages[0].(*Linear[T]).Weight().At(6, 4), first.Weight().At(6, 4); got != want {
		t.Errorf("a weight is %v, want %v", got, want)
	}
}

// A weight takes a byte, or half of one.
func TestQuantisedSize(t *testing.T) {
	const rows, cols = 16, 1000
	size := func(l *Linear[float32]) int64 {
		n, err := (&Model[float32]{Network: NewNetwork[float32](l), Task: Outputs}).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	whole := size(NewLinear(random[float32](1, rows, cols), nil, urf.Activation{}))
	for _, bits := range []int{8, 4} {
		got := size(NewQuantisedLinear[float32](coded[float32](t, 1, rows, cols, bits), nil, urf.Activation{}))
		// A scale for each row, and what the header says of scales.
		if saved, want := whole-got, int64(rows*cols*(32-bits)/8-4*rows-128); saved < want || saved > want+128 {
			t.Errorf("%d bits: %d bytes instead of %d", bits, got, whole)
		}
	}
}

func TestHostileQuantised(t *testing.T) {
	type meta = map[string]string
	swap := func(old, new string) func(meta, *safetensors.Writer) {
		return func(m meta, _ *safetensors.Writer) {
			if !strings.Contains(m[keyStages], old) {
				t.Fatalf("stages %s have no %s", m[keyStages], old)
			}
			m[keyStages] = strings.Replace(m[keyStages], old, new, 1)
		}
	}
	halves := func(shape []int, b ...uint8) func(meta, *safetensors.Writer) {
		return func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.weight"
			safetensors.AddBytes(w, "0.weight", shape, b)
		}
	}
	bytesOf := func(b int8) func(meta, *safetensors.Writer) {
		return func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.weight"
			codes := make([]int8, 35)
			codes[34] = b
			safetensors.AddBytes(w, "0.weight", []int{7, 5}, codes)
		}
	}
	scales := func(v ...float32) func(meta, *safetensors.Writer) {
		return func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.scale"
			safetensors.Add(w, "0.scale", []int{len(v)}, v)
		}
	}
	row := func(last uint8) []uint8 { return append(make([]uint8, 20), last) }
	for _, c := range []struct {
		name   string
		bits   int
		change func(meta, *safetensors.Writer)
		want   string
	}{
		{"unchanged", 4, nil, ""},
		{"unchanged", 8, nil, ""},
		{"bits of another number", 8, swap(`"bits":8`, `"bits":7`), "bits 7"},
		{"no bits", 8, swap(`,"bits":8`, ""), "tensors, but the stages use"},
		{"bits of no weights", 8, func(m meta, _ *safetensors.Writer) {
			m[keyStages] = `[{"kind":"map","map":"relu() on iid(seed=0,m=1,d=5)","bits":8},` + m[keyStages][1:]
		}, `kind "map"`},
		{"a width of bytes", 8, swap(`"bits":8`, `"bits":8,"width":5`), "width 5"},
		{"no width", 4, swap(`,"width":5`, ""), "two codes of 0 columns"},
		{"too wide", 4, swap(`"width":5`, `"width":7`), "two codes of 7 columns"},
		{"too narrow", 4, swap(`"width":5`, `"width":4`), "two codes of 4 columns"},
		{"negative", 4, swap(`"width":5`, `"width":-6`), "want a non-negative integer"},
		{"huge", 4, swap(`"width":5`, `"width":9223372036854775807`), "two codes of 9223372036854775807 columns"},
		{"bytes as halves", 4, bytesOf(1), "is I8 [7×5]"},
		{"halves as bytes", 8, halves([]int{7, 5}, make([]uint8, 35)...), "want I8 for codes of 8 bits"},
		{"codes that are float32", 8, func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.weight"
			safetensors.Add(w, "0.weight", []int{7, 5}, make([]float32, 35))
		}, "is F32 [7×5], want I8"},
		{"-128", 8, bytesOf(-128), "code (6, 4) is -128"},
		{"-8", 4, halves([]int{7, 3}, row(8)...), "code (6, 4) is -8"},
		{"something behind the last code", 4, halves([]int{7, 3}, row(0x10)...), "row 6: the half byte after its last code is not 0"},
		{"no rows", 4, halves([]int{0, 3}), "want two dimensions"},
		{"a vector", 8, func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.weight"
			safetensors.AddBytes(w, "0.weight", []int{35}, make([]int8, 35))
		}, "want two dimensions"},
		{"too few scales", 8, scales(1, 2), `"0.scale" is F32 [2], want [7]`},
		{"a negative scale", 8, scales(1, 1, 1, -1, 1, 1, 1), "scale of row 3 is -1"},
		{"a scale too large", 8, scales(1, 1, 1, 1, 1, 1, 0x1p121), "scale of row 6"},
		{"scales that are float64", 8, func(m meta, w *safetensors.Writer) {
			m["skip"] = "0.scale"
			safetensors.Add(w, "0.scale", []int{7}, make([]float64, 7))
		}, "want F32"},
		{"no scales", 8, func(m meta, _ *safetensors.Writer) { m["skip"] = "0.scale" }, `no tensor "0.scale"`},
	} {
		_, err := readModel(editNetwork(t, codedNetwork[float32](t, c.bits), c.change))
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want ErrFormat that says %s", c.name, err, c.want)
		}
	}
}

// What replaces layers keeps its codes: a matrix of codes, which the product with another would not be, joins none.
func TestReplaceKeepsCodes(t *testing.T) {
	read := NewNetwork[float32](NewLinear(random[float32](1, 8, 5), nil, urf.Activation{}), NewLinear(random[float32](2, 2, 8), nil, urf.Activation{}))
	plain := NewNetwork[float32](snnk.New(cosines[float32](t, 6, 5, 0.3), random[float32](3, 8, 6), nil))
	if joined := read.Replace(0, 1, plain); len(joined.Stages()) != 1 {
		t.Errorf("%d stages of weights, want 1", len(joined.Stages()))
	}
	coded := NewNetwork[float32](snnk.NewQuantised[float32](cosines[float32](t, 6, 5, 0.3), coded[float32](t, 3, 8, 6, 8), nil))
	kept := read.Replace(0, 1, coded)
	if len(kept.Stages()) != 2 || kept.Stages()[0].(*snnk.Layer[float32]).Quantised() == nil {
		t.Errorf("%d stages, want the codes and the layer behind them", len(kept.Stages()))
	}
}
