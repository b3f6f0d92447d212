package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/urf"
)

// rowwiseSample is a network with a stage of each kind.
func rowwiseSample(t testing.TB) *Network[float32] {
	t.Helper()
	act, err := urf.ActivationByName("tanh")
	if err != nil {
		t.Fatal(err)
	}
	return NewNetwork[float32](
		NewElementwise[float32](3, act),
		NewLayerNorm([]float32{1, -2, 0.5}, []float32{0, 1, 0.25}, 1e-3),
		NewPReLU([]float32{0.25, -1, 0}),
		NewLinear(mat.Of(2, 3, []float32{1, 2, 3, -1, 0.5, 2}), nil, none),
		NewSoftmax[float32](2, false),
		NewSoftmax[float32](2, true))
}

func TestLayerNorm(t *testing.T) {
	n := NewLayerNorm([]float64{1, 2, -1, 0}, []float64{0, 1, 0.5, 3}, 0.25)
	got := n.Forward(nil, mat.Of(2, 4, []float64{1, 2, 3, 6, 1e6, 1e6, 1e6, 1e6}), nil)
	// Mean 3, variance (4+1+0+9)/4 = 3.5, √3.75.
	r := math.Sqrt(3.75)
	for j, want := range []float64{-2 / r, 1 - 2/r, 0.5, 3} {
		if math.Abs(got.At(0, j)-want) > 1e-15 {
			t.Errorf("column %d: got %v, want %v", j, got.At(0, j), want)
		}
		if want := []float64{0, 1, 0.5, 3}[j]; got.At(1, j) != want {
			t.Errorf("equal numbers, column %d: got %v, want %v", j, got.At(1, j), want)
		}
	}
	if n.Params() != 8 || n.In() != 4 || n.Out() != 4 {
		t.Errorf("%d parameters of %d → %d", n.Params(), n.In(), n.Out())
	}
}

func TestPReLU(t *testing.T) {
	minus := float32(math.Copysign(0, -1))
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct{ slope, x, want float32 }{
		{0.25, 2, 2}, {0.25, -2, -0.5}, {-1, -2, 2}, {0, -2, minus}, {3, 0, 0}, {3, minus, minus}, {2, inf, inf}, {2, -inf, -inf}, {0, -inf, nan}, {1, nan, nan},
	} {
		got := NewPReLU([]float32{c.slope}).Forward(nil, mat.Of(1, 1, []float32{c.x}), nil).At(0, 0)
		if same := math.Float32bits(got) == math.Float32bits(c.want) || got != got && c.want != c.want; !same {
			t.Errorf("slope %v of %v: got %v, want %v", c.slope, c.x, got, c.want)
		}
	}
}

func TestActivationStage(t *testing.T) {
	act, err := urf.ActivationByName("gelu")
	if err != nil {
		t.Fatal(err)
	}
	x := mat.Of(2, 2, []float32{-1, 0, 2, 30})
	got := NewElementwise[float32](2, act).Forward(nil, x, nil)
	want := make([]float32, 4)
	urf.Eval(act, want, x.Data())
	for i, v := range got.Data() {
		if v != want[i] {
			t.Errorf("element %d: got %v, want %v", i, v, want[i])
		}
	}
}

// Probabilities and their logarithms against exact sums of e^x by math/big's rationals of float64 exponentials.
func TestSoftmax(t *testing.T) {
	for _, row := range [][]float64{{0}, {1, 2, 3}, {1000, 1000}, {-1000, 0}, {0, -800, 3, 3}, {88, 89, 90, 91, -91}} {
		sum := new(big.Float)
		largest := math.Inf(-1)
		for _, v := range row {
			largest = max(largest, v)
		}
		for _, v := range row {
			sum.Add(sum, big.NewFloat(math.Exp(v-largest)))
		}
		total, _ := sum.Float64()
		x := mat.Of(1, len(row), row)
		p := NewSoftmax[float64](len(row), false).Forward(nil, x, nil)
		l := NewSoftmax[float64](len(row), true).Forward(nil, x, nil)
		for j, v := range row {
			if want := math.Exp(v-largest) / total; math.Abs(p.At(0, j)-want) > 1e-15 {
				t.Errorf("%v: probability %d is %v, want %v", row, j, p.At(0, j), want)
			}
			if want := v - largest - math.Log(total); math.Abs(l.At(0, j)-want) > 1e-14*(1+math.Abs(want)) {
				t.Errorf("%v: logarithm %d is %v, want %v", row, j, l.At(0, j), want)
			}
		}
	}
	nan := NewSoftmax[float32](2, false).Forward(nil, mat.Of(1, 2, []float32{float32(math.NaN()), 1}), nil)
	if v := nan.At(0, 0); v == v {
		t.Errorf("of NaN: %v", v)
	}
}

// The bits of a row do not depend on the others, nor on the workspace.
func TestRowwiseBatch(t *testing.T) {
	n := rowwiseSample(t)
	x := mat.New[float32](300, 3)
	for i := range x.Data() {
		x.Data()[i] = float32(i%17)/4 - 2
	}
	ws := &Workspace[float32]{}
	all := n.Forward(nil, x, ws)
	for _, i := range []int{0, 7, 255, 256, 299} {
		one := n.Forward(nil, x.View(i, 0, 1, 3), nil)
		for j := range 2 {
			if math.Float32bits(one.At(0, j)) != math.Float32bits(all.At(i, j)) {
				t.Errorf("row %d column %d: %v alone, %v among others", i, j, one.At(0, j), all.At(i, j))
			}
		}
	}
	head, into := x.View(0, 0, 256, 3), all.View(0, 0, 256, 2)
	if allocs := testing.AllocsPerRun(10, func() { n.Forward(into, head, ws) }); allocs > 0 {
		t.Errorf("%v allocations with a workspace", allocs)
	}
}

func TestRowwisePanics(t *testing.T) {
	for name, f := range map[string]func(){
		"layer norm":         func() { NewLayerNorm([]float32{1}, nil, 0) },
		"empty layer norm":   func() { NewLayerNorm[float32](nil, nil, 0) },
		"empty PReLU":        func() { NewPReLU[float32](nil) },
		"empty activation":   func() { NewElementwise[float32](0, none) },
		"empty softmax":      func() { NewSoftmax[float32](0, true) },
		"columns of softmax": func() { NewSoftmax[float32](2, false).Forward(nil, mat.New[float32](1, 3), nil) },
		"dst of PReLU":       func() { NewPReLU([]float32{1}).Forward(mat.New[float32](2, 1), mat.New[float32](1, 1), nil) },
	} {
		func() {
			defer func() {
				var shape *mat.ShapeError
				var argument *mat.ArgumentError
				err, ok := recover().(error)
				// Where there are no two shapes none are named.
				if alone := strings.HasPrefix(name, "empty"); !ok || !alone && !errors.As(err, &shape) || alone && (!errors.As(err, &argument) || strings.Contains(err.Error(), "×")) {
					t.Errorf("%s: %v", name, err)
				}
			}()
			f()
		}()
	}
}

func TestRowwiseModel(t *testing.T) {
	m := &Model[float32]{Network: rowwiseSample(t), Task: Outputs}
	file := fileOf(t, m)
	got, err := readModel(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fileOf(t, got), file) {
		t.Error("saved again, the file differs")
	}
	x := mat.Of(1, 3, []float32{-1, 2, 0.5})
	if a, b := m.Network.Forward(nil, x, nil), got.Network.Forward(nil, x, nil); a.At(0, 0) != b.At(0, 0) || a.At(0, 1) != b.At(0, 1) {
		t.Errorf("outputs %v became %v", a.Data(), b.Data())
	}
	unsaved := NewNetwork[float32](NewElementwise[float32](1, urf.ActivationOf("mine", math.Abs, nil)))
	if _, err := (&Model[float32]{Network: unsaved, Task: Outputs}).Bytes(); err == nil {
		t.Error("an activation without a name that is known was saved")
	}
	for _, c := range []struct{ old, new, want string }{
		{`"activation":"tanh"`, `"activation":"tan"`, `no activation "tan"`},
		{`"width":3`, `"width":-3`, "non-negative"},
		{`"width":3`, `"width":4`, "stage 1 reads 3 numbers, but the one before gives 4"},
		{`"width":3`, `"width":3000000000`, "width 3000000000"},
		{`"epsilon":0.0010000000474974513`, `"epsilon":-1`, "epsilon -1"},
		{`"epsilon":0.0010000000474974513`, `"epsilon":1e99`, "epsilon 1e+99"},
		{`"kind":"prelu"`, `"kind":"layernorm"`, "no vector 2.weight"},
		{`"kind":"layernorm","epsilon":0.0010000000474974513`, `"kind":"prelu"`, "no vector 1.slope"},
		{`"kind":"layernorm"`, `"kind":"prelu"`, "epsilon 0.001"},
		{`"kind":"prelu"`, `"kind":"prelu","width":3`, "width 3"},
		{`"kind":"softmax","width":2`, `"kind":"scale"`, "no vector 4.mean"},
		{`"kind":"softmax","width":2`, `"kind":"softmax"`, "width 0"},
	} {
		bad := editNetwork(t, m.Network, func(meta map[string]string, _ *safetensors.Writer) {
			if !strings.Contains(meta[keyStages], c.old) {
				t.Fatalf("stages %s have no %s", meta[keyStages], c.old)
			}
			meta[keyStages] = strings.Replace(meta[keyStages], c.old, c.new, 1)
		})
		if _, err := readModel(bad); !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that says %q", c.new, err, c.want)
		}
	}
}
