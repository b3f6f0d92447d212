package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/examples/digits"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/snnk/gradcheck"
)

// tiny is a transformer small enough for differences of every weight.
var tiny = sizes{tokens: 3, inputs: 2, width: 4, hidden: 5, heads: 2, depth: 2, classes: 3}

func checkGradients(t *testing.T, m snnk.Module[float64], x *mat.Dense[float64]) {
	t.Helper()
	var params []gradcheck.Tensor
	for _, p := range m.Params() {
		if !p.Frozen {
			params = append(params, gradcheck.Tensor{Name: p.Name, Value: p.Value, Grad: p.Grad})
		}
	}
	gradcheck.Gradients(t, gradcheck.Map{
		Forward:  func(x *mat.Dense[float64]) *mat.Dense[float64] { return m.Forward(nil, x) },
		Backward: func(dy *mat.Dense[float64]) *mat.Dense[float64] { return m.Backward(nil, dy, true) },
		Params:   params,
	}, x, 0)
}

// normal returns random numbers.
func normal(rows, cols int) *mat.Dense[float64] {
	x := mat.New[float64](rows, cols)
	rng.Normal(rng.New(5), x.Data(), 0)
	return x
}

func TestGradients(t *testing.T) {
	checkGradients(t, newTransformer[float64](tiny, rng.New(1)).layers[0].(*sublayer[float64]).inner, normal(6, tiny.width))
	checkGradients(t, newTransformer[float64](tiny, rng.New(1)), normal(2, tiny.tokens*tiny.inputs))

	adapted := newTransformer[float64](tiny, rng.New(2))
	var layers []snnk.Module[float64]
	for i, l := range adapted.layers {
		a := snnk.NewBottleneck[float64]("a"+string(rune('0'+i)), tiny.width, 2, gelu, rng.New(uint64(i)))
		for _, p := range a.Params() {
			rng.Normal(rng.New(uint64(9+i)), p.Value.Data(), 0)
		}
		layers = append(layers, l, a)
	}
	adapted.layers = layers
	checkGradients(t, adapted, normal(2, tiny.tokens*tiny.inputs))
}

// What is frozen saves passes, but changes no gradient of what is trained, wherever the
// lowest trained parameter lies.
func TestFrozenGradients(t *testing.T) {
	x, dy := normal(2, tiny.tokens*tiny.inputs), normal(2, tiny.classes)
	grads := func(net *transformer[float64]) map[string]*mat.Dense[float64] {
		net.Forward(nil, x)
		net.Backward(nil, dy, false)
		out := map[string]*mat.Dense[float64]{}
		for _, p := range net.Params() {
			if !p.Frozen {
				out[p.Name] = p.Grad
			}
		}
		return out
	}
	want := grads(newTransformer[float64](tiny, rng.New(3)))
	for _, part := range []string{"head", "norm.", "blocks.1.mlp.1", "blocks.1.attn.v", "blocks.0.norm2", "blocks.0.attn.q", "position", "embed", "."} {
		net := newTransformer[float64](tiny, rng.New(3))
		for _, p := range net.Params() {
			p.Frozen = !strings.Contains(p.Name, part)
		}
		for name, g := range grads(net) {
			for i, v := range g.Data() {
				if math.Float64bits(v) != math.Float64bits(want[name].Data()[i]) {
					t.Errorf("only %s trained: %s[%d] is %v, want %v", part, name, i, v, want[name].Data()[i])
				}
			}
		}
	}
}

// Every family leaves the outputs of the network as they are before the first step, and
// trains the number of parameters that its kind has.
func TestFamilies(t *testing.T) {
	want := map[string]int{
		"full fine-tuning": 68416, "linear probe": 0, "bottleneck": 4 * (2*64*4 + 4 + 64), "LoRA": 2 * 2 * 4 * 128,
		"ReLU-SNNK U": 4 * 64 * 4, "cosine-SNNK U": 4 * 64 * 4, "ReLU-SNNK v": 4 * 64, "cosine-SNNK v": 4 * 64,
		"learned-SNNK v": 4 * (64 + 3*64 + 4), "bottleneck qv": 4 * (2*64*4 + 4 + 64), "cosine-SNNK U qv": 4 * 64 * 4, "cosine-SNNK v qv": 4 * 64, "ReLU-SNNK U qv": 4 * 64 * 4, "ReLU-SNNK v qv": 4 * 64, "learned-SNNK v qv": 4 * (64 + 3*64 + 4),
	}
	x, _, err := load()
	if err != nil {
		t.Fatal(err)
	}
	batch := x.part(0, 3).x
	for _, f := range families {
		net := newTransformer[float32](digitSizes, rng.New(4))
		before := net.Forward(nil, batch).Clone()
		if err := f.prepare(net, 4, rng.New(6)); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		after := net.Forward(nil, batch)
		for i, v := range before.Data() {
			if math.Float32bits(after.Data()[i]) != math.Float32bits(v) {
				t.Fatalf("%s: output %d was %v, is %v", f.name, i, v, after.Data()[i])
			}
		}
		if n := snnk.ParamCount[float32](net) - 650; n != want[f.name] {
			t.Errorf("%s: %d trained parameters beside the head's, want %d", f.name, n, want[f.name])
		}
	}
}

// The part above what is frozen has the outputs and gradients of the whole network.
func TestUpper(t *testing.T) {
	x, _, err := load()
	if err != nil {
		t.Fatal(err)
	}
	batch := x.part(0, 3)
	dy := mat.New[float32](3, digits.Classes)
	rng.Normal(rng.New(8), dy.Data(), 0)
	want := map[string]int{"full fine-tuning": 0, "linear probe": 5, "LoRA": 1}
	for _, f := range families {
		var nets [2]*transformer[float32]
		for k := range nets {
			nets[k] = newTransformer[float32](digitSizes, rng.New(4))
			if err := f.prepare(nets[k], 4, rng.New(6)); err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			for i, p := range nets[k].Params() { // away from the identity
				if !p.Frozen {
					rng.Normal(rng.New(uint64(i)), p.Value.Data(), 0)
					asm.Scale(p.Value.Data(), p.Value.Data(), 0.1)
				}
			}
		}
		u := above(nets[1])
		parts, ok := want[f.name]
		switch {
		case strings.HasSuffix(f.name, " qv"):
			parts = 1
		case !ok:
			parts = 2
		}
		if u.from != parts {
			t.Errorf("%s: %d parts below the first that is trained", f.name, u.from)
		}
		a, b := nets[0].Forward(nil, batch.x), u.Forward(nil, u.inputs(batch).x)
		nets[0].Backward(nil, dy, false)
		u.Backward(nil, dy, false)
		same := func(what string, a, b *mat.Dense[float32]) {
			for i, v := range a.Data() {
				if math.Float32bits(v) != math.Float32bits(b.Data()[i]) {
					t.Fatalf("%s: %s[%d] is %v, of the whole network %v", f.name, what, i, b.Data()[i], v)
				}
			}
		}
		same("output", a, b)
		for i, p := range nets[0].Params() {
			if !p.Frozen {
				same(p.Name, p.Grad, u.Params()[i].Grad)
			}
		}
	}
}

// A short experiment learns, and has the same outcome in another order of runs.
func TestExperiment(t *testing.T) {
	train, test, err := load()
	if err != nil {
		t.Fatal(err)
	}
	e := experiment{sizes: sizes{tokens: 16, inputs: 4, width: 64, hidden: 8, heads: 2, depth: 1, classes: digits.Classes}, known: 5, pretrain: 1, epochs: 2, batch: 16}
	runs := []run{{&families[0], 0, 1e-2, 0}, {&families[4], 2, 2e-2, 0}}
	a, err := e.all(runs, train.part(0, 256), test.part(0, 100))
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.all([]run{runs[1], runs[0]}, train.part(0, 256), test.part(0, 100))
	if err != nil {
		t.Fatal(err)
	}
	if a[0] != b[1] || a[1] != b[0] {
		t.Errorf("outcomes %v, in the other order %v", a, b)
	}
	if a[0].accuracy < 30 {
		t.Errorf("accuracy %.1f %% after two epochs, guessing has 10", a[0].accuracy)
	}
}

// each returns the first error by index, whichever goroutine met one.
func TestEachError(t *testing.T) {
	first := errors.New("first")
	err := each(4, func(int) {}, func(i int) error {
		if i >= 1 {
			return []error{nil, first, io.EOF, io.EOF}[i]
		}
		return nil
	})
	if err != first {
		t.Errorf("error %v, want %v", err, first)
	}
}

// named returns summaries with the given means: one full, one bottleneck of 1000 and an SNNK
// of 100 parameters.
func named(full, bottleneck, random float64) []summary {
	b, r := &family{name: "bottleneck"}, &family{name: "ReLU-SNNK U"}
	return []summary{
		{family: &family{name: "full fine-tuning"}, mean: full, low: full, high: full, params: 5000},
		{family: b, size: 1, mean: bottleneck, low: bottleneck, high: bottleneck, params: 1000},
		{family: b, size: 2, mean: bottleneck, low: bottleneck, high: bottleneck, params: 2000},
		{family: r, size: 1, mean: random, low: random, high: random, params: 200},
		{family: r, size: 2, mean: random, low: random, high: random, params: 400},
	}
}

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		all  []summary
		want []string
	}{
		{named(95, 94.6, 94.5), []string{"within 0.5 points of full fine-tuning is bottleneck, 1 with 1,000", "is ReLU-SNNK U, 1 with 200", "5.0 times fewer", "94.60 %: none"}},
		{named(95, 93, 94), []string{"No bottleneck adapter comes within 0.5", "bottleneck, 1, is 2.0 points below", "ReLU-SNNK U, 1, is 1.0 points below", "93.00 %: ReLU-SNNK U, 1, 200 parameters (5.0×)"}},
	} {
		var b bytes.Buffer
		table(&b, c.all, 1)
		verdict(&b, c.all)
		for _, s := range c.want {
			if !strings.Contains(b.String(), s) {
				t.Errorf("%q is missing in:\n%s", s, b.String())
			}
		}
	}
}

func TestChartIsXML(t *testing.T) {
	var file struct {
		Circles []struct{} `xml:"circle"`
	}
	if err := xml.Unmarshal(chart(named(95, 93, 94), 5), &file); err != nil || len(file.Circles) != 4+2 {
		t.Errorf("%d circles, error %v", len(file.Circles), err)
	}
}

// With -all a family has the sizes of the table and more, ascending, and among them the one whose
// rate was chosen.
func TestAddSizes(t *testing.T) {
	all := slices.Clone(families)
	addSizes(all)
	for i, f := range all {
		if !slices.Contains(f.sizes, f.tuned) {
			t.Errorf("%s: sizes %v without %d", f.name, f.sizes, f.tuned)
		}
		if len(f.sizes) != len(families[i].sizes)+len(families[i].more) || !slices.IsSorted(f.sizes) || len(slices.Compact(slices.Clone(f.sizes))) != len(f.sizes) {
			t.Errorf("%s: sizes %v from %v and %v", f.name, f.sizes, families[i].sizes, families[i].more)
		}
	}
}

// The README shows a table with a row for every method that there is.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(families)
	addSizes(all)
	for i := range all {
		for _, size := range all[i].sizes {
			s := summary{family: &all[i], size: size}
			if !strings.Contains(string(text), s.label()+" ") {
				t.Errorf("no row for %s", s.label())
			}
		}
	}
}
