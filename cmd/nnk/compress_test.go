package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"nnk/bundle/compress"
	"nnk/examples/digits"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/rng"
)

// small writes a network of small weights that Monte Carlo can bundle, 6-8-7-3 with the names 0, 1, 2, and
// inputs for it.
func (f folder) small() {
	f.t.Helper()
	pseudo := func(rows, cols int, size float32) *mat.Dense[float32] {
		a := mat.New[float32](rows, cols)
		state := uint32(rows*1000 + cols)
		for i := range a.Data() {
			state = state*1664525 + 1013904223
			a.Data()[i] = size * (float32(state>>8)/(1<<23) - 1)
		}
		return a
	}
	w := &safetensors.Writer{}
	widths := []int{6, 8, 7, 3}
	for i := range 3 {
		safetensors.Add(w, fmt.Sprintf("%d.weight", i), []int{widths[i+1], widths[i]}, pseudo(widths[i+1], widths[i], 0.1).Data())
		safetensors.Add(w, fmt.Sprintf("%d.bias", i), []int{widths[i+1]}, pseudo(1, widths[i+1], 0.2).Data())
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		f.t.Fatal(err)
	}
	f.write("small.safetensors", b.Bytes())
	f.matrix("sx.npy", pseudo(300, 6, 1))
}

// Monte Carlo bundles a run of layers with data or without, and what is left of the network works on.
func TestCompressMonteCarlo(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.small()
	layers := []string{"compress", "-model", f.path("small.safetensors"), "-layers", "0:gelu,1:cos,2:none", "-method", "montecarlo", "-features", "1024", "-json"}
	// What the network computes: its own layers, of which none is replaced but a linear one.
	ok(t, append(layers, "-bundle", "2:3", "-o", f.path("same.safetensors"))...)
	ok(t, "predict", "-model", f.path("same.safetensors"), "-x", f.path("sx.npy"), "-o", f.path("want.npy"))
	for _, args := range [][]string{
		{"-x", f.path("sx.npy")},
		{},
		{"-x", f.path("sx.npy"), "-bundle", "0:1"},
		{"-x", f.path("sx.npy"), "-bundle", "1:"},
		{"-bundle", ":2"},
	} {
		var made struct {
			compress.MonteCarloReport
			saved
		}
		decode(t, ok(t, append(append(layers, "-o", f.path("m.safetensors")), args...)...), &made)
		if len(made.Layers) == 0 || !(made.Error < 0.3*made.RMS) || made.Params < 3*1024 || made.Bytes != int64(len(f.read("m.safetensors"))) {
			t.Errorf("%q: %+v", args, made)
		}
		var e evaluation
		decode(t, ok(t, "eval", "-model", f.path("m.safetensors"), "-x", f.path("sx.npy"), "-y", f.path("want.npy"), "-json"), &e)
		if e.RMSE == nil || !(*e.RMSE < 0.1) {
			t.Errorf("%q: %+v", args, e)
		}
	}
	text := ok(t, append(layers[:len(layers)-1], "-o", f.path("m.safetensors"))...)
	for _, want := range []string{"predicted error", "standard normal rows", "143 before"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// A run of layers fitted in closed form; the others stay, and the whole agrees with the network.
func TestCompressRun(t *testing.T) {
	f := newFolder(t)
	common := []string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-features", "100", "-pool", "none", "-standardise", "no", "-json", "-o", f.path("m.safetensors")}
	for _, c := range []struct {
		run    string
		params int
	}{
		{"0:2", 100*10 + 10},          // the readout of the run joins the last layer
		{"1:3", 256*65 + 100*10 + 10}, // the first layer stays
		{"0:1", 256*100 + 256 + 2570}, // 256 × 100 and 256 × 256 join
		{"1:2", 256*65 + 100*10 + 10},
	} {
		var made fitted
		decode(t, ok(t, append(common, "-bundle", c.run)...), &made)
		if made.Params != c.params {
			t.Errorf("%s: %d parameters, want %d", c.run, made.Params, c.params)
		}
		var e evaluation
		decode(t, ok(t, "eval", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &e)
		if e.Accuracy == nil || *e.Accuracy < 0.88 {
			t.Errorf("%s: %+v", c.run, e)
		}
	}
}

// Auto prints every family and keeps one of the budget.
func TestCompressAuto(t *testing.T) {
	f := newFolder(t)
	common := []string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-method", "auto", "-standardise", "no", "-scale", "0.02", "-lambda", "0.001", "-budget", "500", "-o", f.path("m.safetensors")}
	var made struct {
		Family     string
		Candidates []compress.Candidate
		saved
	}
	decode(t, ok(t, append(common, "-json")...), &made)
	if made.Params > 500 || made.Bytes != int64(len(f.read("m.safetensors"))) || len(made.Candidates) != 6 || made.Family != "selected features" && made.Family != "random features" {
		t.Errorf("%+v", made)
	}
	text := ok(t, append(common, "-y", f.path("y.npy"))...)
	for _, want := range []string{"random features", "selected features", "low rank", "chosen neurons", "neurons by energy", "by selection", "chosen", "held-out accuracy",
		"too few for low rank", "look better than they are", "85,002 before"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestCompressUsage(t *testing.T) {
	f := newFolder(t)
	far := mat.New[float32](9, digits.Pixels)
	rng.Normal(rng.New(1), far.Data(), 0)
	for i := range far.Data() {
		far.Data()[i] *= 300
	}
	f.matrix("far.npy", far)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-method", "magic"}, "-method magic"},
		{[]string{"-method", "auto"}, "needs -budget"},
		{[]string{"-method", "auto", "-budget", "9", "-features", "9"}, "-features has no use"},
		{[]string{"-method", "montecarlo", "-lambda", "1"}, "-lambda has no use"},
		{[]string{"-budget", "9"}, "-budget has no use"},
		{[]string{"-uptrain", "-2"}, "-uptrain -2: want 0, for none, or more"},
		{[]string{"-uptrain", "2", "-lr", "Inf"}, "-lr +Inf: want a positive number"},
		{[]string{"-map", "bogus"}, "-map bogus: want cos or arccos"},
		{[]string{"-method", "montecarlo", "-projection", "bogus"}, "-projection bogus"},
		{[]string{"-layers", "auto:bogus"}, `-layers: no activation "bogus", known are none, relu`},
		{[]string{"-layers", "0:relu,2:bogus"}, `no activation "bogus"`},
		{[]string{"-layers", "0,2"}, `-layers: "0" is not NAME:ACTIVATION`},
		{[]string{"-prefix", "actor"}, `-prefix: no tensor has a name that begins with "actor"`},
		{[]string{"-ignore", "0.*", "-ignore", "x*"}, `-ignore: no tensor has a name like "x*"`},
		{[]string{"-epsilon", "-1"}, "-epsilon -1"},
		{[]string{"-bundle", "1"}, "-bundle 1"},
		{[]string{"-bundle", "2:1"}, "-bundle 2:1"},
		{[]string{"-bundle", "0:4"}, "within 0:3"},
		{[]string{"-bundle", "a:3"}, "-bundle a:3"},
		{[]string{"-bundle", "0:2", "-y", f.path("y.npy")}, "-y goes with the network's last layer"},
	} {
		r := nnk(append([]string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-o", f.path("m.safetensors")}, c.args...)...)
		if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit 2 and %q", c.args, r.code, r.stdout, r.stderr, c.want)
		}
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-method", "montecarlo", "-x", f.path("far.npy"), "-layers", "auto:sin"}, "hopeless by Monte Carlo"},
		{[]string{"-method", "montecarlo", "-uptrain", "1", "-features", "64", "-x", f.path("x.npy")}, "hopeless by Monte Carlo"},
		{[]string{"-method", "auto", "-budget", "9", "-x", f.path("x.npy")}, "no network of 9 parameters"},
	} {
		r := nnk(append([]string{"compress", "-model", f.path("teacher.safetensors"), "-o", f.path("m.safetensors")}, c.args...)...)
		if r.code != 1 || !strings.HasPrefix(r.stdout, "stage  from") || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit 1 and %q", c.args, r.code, r.stdout, r.stderr, c.want)
		}
	}
	if r := nnk("compress", "-model", f.path("teacher.safetensors"), "-o", f.path("m.safetensors")); r.code != 2 || !strings.Contains(r.stderr, "-x is needed") {
		t.Errorf("no inputs: %+v", r)
	}
}
