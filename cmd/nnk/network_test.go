package main

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nnk/bundle/compress"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// exported copies an ONNX file of package checkpoint's tests, with its inputs and outputs as x.npy and y.npy, and so
// many times one after the other.
func (f folder) exported(name string, times int) {
	f.t.Helper()
	b, err := os.ReadFile("../../bundle/checkpoint/testdata/onnx/" + name + ".onnx")
	if err != nil {
		f.t.Fatal(err)
	}
	f.write("net.onnx", b)
	var shown struct {
		Metadata map[string]string `json:"metadata"`
		Nodes    []struct{ Type string }
	}
	decode(f.t, ok(f.t, "inspect", "-json", f.path("net.onnx")), &shown)
	if len(shown.Nodes) == 0 {
		f.t.Fatalf("no nodes of %s", name)
	}
	for key, file := range map[string]string{"x": "x.npy", "y": "y.npy"} {
		var values []float32
		for s := range strings.FieldsSeq(shown.Metadata[key]) {
			values = append(values, number(f.t, s))
		}
		f.matrix(file, mat.Of(6*times, len(values)/6, slices.Repeat(values, times)))
	}
}

// Every row of what a network is asked about it is compared with what it said where it was trained.
func TestCheck(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.exported("softmax-13", 1)
	args := []string{"compress", "-model", f.path("net.onnx"), "-x", f.path("x.npy"), "-features", "8", "-pool", "none", "-o", f.path("m.safetensors")}
	text := ok(t, append(args, "-check", f.path("x.npy"), f.path("y.npy"))...)
	for _, want := range []string{"stage  from", "/0/Gemm", "softmax", "checked: on 6 rows"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if i, j := strings.Index(text, "stage  from"), strings.Index(text, "held-out"); i != 0 || j < 0 {
		t.Errorf("the network is not shown before the work:\n%s", text)
	}
	// The flag's two files may stand anywhere, and wrong outputs end the command before there is a model.
	var wrong bytes.Buffer
	wrong.Write(f.read("y.npy"))
	changed := wrong.Bytes()
	changed[len(changed)-2] ^= 0x7f
	f.write("wrong.npy", changed)
	r := nnk(append([]string{"compress", "-check", f.path("x.npy"), f.path("wrong.npy")}, append(args[1:len(args)-1:len(args)-1], f.path("none.safetensors"))...)...)
	if r.code != 1 || !strings.Contains(r.stderr, "the network gives other outputs: output 2 differs by") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("wrong outputs: exit %d, stderr %q", r.code, r.stderr)
	}
	if _, err := os.Stat(f.path("none.safetensors")); err == nil {
		t.Error("there is a model of a network that was refused")
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-check", f.path("x.npy")}, 2, "want two files"},
		{[]string{"-check", f.path("x.npy"), f.path("none.npy")}, 1, "none.npy"},
		{[]string{"-check", f.path("y.npy"), f.path("y.npy")}, 1, "for a network 4 → 3"},
	} {
		if r := nnk(append(args, c.args...)...); r.code != c.code || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%q: exit %d, stderr %q; want exit %d and %q", c.args, r.code, r.stderr, c.code, c.want)
		}
	}
}

// What makes probabilities of scores stays, and the scores before it are what is replaced.
func TestCompressSoftmax(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.exported("softmax-13", 20)
	ok(t, "compress", "-model", f.path("net.onnx"), "-x", f.path("x.npy"), "-features", "64", "-pool", "none", "-o", f.path("m.safetensors"))
	var shown struct {
		Metadata map[string]string `json:"metadata"`
	}
	decode(t, ok(t, "inspect", "-json", f.path("m.safetensors")), &shown)
	if stages := shown.Metadata["nnk.stages"]; !strings.Contains(stages, `"softmax"`) || strings.Contains(stages, "relu") {
		t.Errorf("stages %s", stages)
	}
	var e evaluation
	decode(t, ok(t, "eval", "-json", "-model", f.path("m.safetensors"), "-x", f.path("x.npy"), "-y", f.path("y.npy")), &e)
	if e.R2 == nil || *e.R2 < 0.9 {
		t.Errorf("%+v", e)
	}
	ok(t, "predict", "-model", f.path("m.safetensors"), "-x", f.path("x.npy"), "-o", f.path("p.csv"))
	for line := range strings.Lines(string(f.read("p.csv"))) {
		sum := 0.0
		for s := range strings.SplitSeq(strings.TrimSpace(line), ",") {
			sum += float64(number(t, s))
		}
		if math.Abs(sum-1) > 1e-5 {
			t.Errorf("probabilities %s have the sum %v", strings.TrimSpace(line), sum)
		}
	}
}

// A network is a classifier if that is said, if it ends in a softmax or if its file names classes; what is kept of it is printed.
func TestCompressKept(t *testing.T) {
	f := newFolder(t)
	f.exported("softmax-13", 20)
	softmax := []string{"-model", f.path("net.onnx"), "-x", f.path("x.npy")}
	data := newFolder(t)
	ok(t, "train", "-quiet", "-x", data.path("xt.npy"), "-y", data.path("yt.npy"), "-hidden", "16", "-epochs", "2", "-o", data.path("net"))
	named := []string{"-model", data.path("net"), "-x", data.path("xt.npy")}
	bare := []string{"-model", data.path("teacher.safetensors"), "-x", data.path("xt.npy")}
	for _, c := range []struct {
		args             []string
		task, kept, says string
	}{
		{softmax, "classify", "answers", "ends in a softmax"},
		{named, "classify", "answers", "its file names classes"},
		{append(named, "-task", "regress"), "outputs", "outputs", "(-task regress)"},
		{append(named, "-loss", "squared"), "outputs", "outputs", "(-loss squared)"},
		{append(named, "-bundle", "0:1"), "outputs", "outputs", "not the last"},
		{append(named, "-y", data.path("yt.npy")), "classify", "labels", ""},
		{bare, "outputs", "outputs", "if so, -task classify"},
		{append(bare, "-task", "classify"), "classify", "answers", "(-task classify)"},
		{append(bare, "-task", "classify", "-uptrain", "1"), "classify", "answers", "(-task classify)"},
		{append(named, "-method", "auto", "-budget", "400"), "classify", "answers", "its file names classes"},
	} {
		args := append([]string{"compress", "-scale", "0.02", "-lambda", "0.01", "-standardise", "no", "-o", f.path("m.safetensors")}, c.args...)
		if !slices.Contains(args, "-budget") {
			args = append(args, "-features", "12", "-pool", "none")
		}
		var made struct {
			Kept string
			saved
		}
		decode(t, ok(t, append(args, "-json")...), &made)
		if string(made.Task) != c.task || made.Kept != c.kept {
			t.Errorf("%q: task %s, kept %s; want %s, %s", c.args, made.Task, made.Kept, c.task, c.kept)
		}
		if text := ok(t, args...); c.says != "" && (!strings.Contains(text, "\nkept: ") || !strings.Contains(text, c.says)) {
			t.Errorf("%q: no %q in\n%s", c.args, c.says, text)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{append(bare, "-task", "guess"), 2, "-task guess"},
		{append(bare, "-task", "classify", "-bundle", "0:1"), 2, "leaves the network's last layer as it is"},
		{append(bare, "-y-val", data.path("yt.npy")), 2, "-y-val goes with -x-val"},
		{append(bare, "-x-val", f.path("x.npy")), 1, "4 columns, but the network reads 64"},
		{[]string{"-model", f.path("m.safetensors"), "-x", data.path("xt.npy")}, 1, "fit or compress made this file"},
	} {
		r := nnk(append([]string{"compress", "-quiet", "-features", "12", "-pool", "none", "-o", f.path("none")}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%q: exit %d, stderr %q; want exit %d and %q", c.args, r.code, r.stderr, c.code, c.want)
		}
	}
}

// Rows of their own judge what is made, beside the network, and choose between families.
func TestCompressValidation(t *testing.T) {
	f := newFolder(t)
	common := []string{"compress", "-quiet", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-scale", "0.02", "-lambda", "0.001", "-standardise", "no", "-json", "-o", f.path("m.safetensors")}
	closed := append(common[:len(common):len(common)], "-features", "64", "-pool", "none")
	family := append(common[:len(common):len(common)], "-method", "auto", "-budget", "500")
	val := []string{"-x-val", f.path("xt.npy"), "-y-val", f.path("yt.npy")}
	for _, args := range [][]string{closed, append(closed, "-task", "classify"), append(closed, "-uptrain", "1"), append(family, "-task", "classify"), append(closed, "-y", f.path("y.npy"))} {
		var made struct {
			Judged     *verdict
			Candidates []compress.Candidate
		}
		decode(t, ok(t, append(args, val...)...), &made)
		var e, before evaluation
		decode(t, ok(t, "eval", "-json", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy")), &e)
		decode(t, ok(t, "eval", "-json", "-model", f.path("teacher.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy")), &before)
		j := made.Judged
		if j == nil || j.Rows != 500 || j.Accuracy == nil || *j.Accuracy != *e.Accuracy || *j.Before != *before.Accuracy || !(*j.Agreement > 0.7) || j.R2 != nil {
			t.Errorf("%q: judged %+v, eval %+v", args, j, e)
		}
		for _, c := range made.Candidates {
			if c.Chosen && c.Accuracy != *e.Accuracy {
				t.Errorf("chosen at %g, eval %g", c.Accuracy, *e.Accuracy)
			}
		}
	}
	var made struct{ Judged *verdict }
	decode(t, ok(t, append(closed, val[:2]...)...), &made)
	if made.Judged == nil || made.Judged.R2 == nil || !(*made.Judged.R2 > 0.3 && *made.Judged.R2 < 1) || made.Judged.Accuracy != nil {
		t.Errorf("outputs are kept, but judged %+v", made.Judged)
	}
	text := ok(t, slices.Concat(slices.DeleteFunc(slices.Clone(family), func(s string) bool { return s == "-json" }), []string{"-task", "classify"}, val)...)
	if !strings.Contains(text, "held-out accuracy") || !strings.Contains(text, "judged on rows of -x-val") || strings.Contains(text, "look better than they are") {
		t.Errorf("no word of the rows apart in\n%s", text)
	}
}

// The original stands beside what replaces it.
func TestEvalPlain(t *testing.T) {
	f := newFolder(t)
	var e evaluation
	decode(t, ok(t, "eval", "-json", "-model", f.path("teacher.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy")), &e)
	if e.Accuracy == nil || math.Abs(*e.Accuracy-0.932) > 1e-9 || e.Params != 85002 {
		t.Errorf("%+v", e)
	}
	text := ok(t, "eval", "-model", f.path("teacher.safetensors"), "-layers", "auto:tanh", "-x", f.path("xt.npy"), "-y", f.path("yt.npy"))
	if !strings.Contains(text, "tanh") || strings.Contains(text, "93.20 %") {
		t.Errorf("with another activation:\n%s", text)
	}
}

func TestInspectUnusual(t *testing.T) {
	f := folder{t, t.TempDir()}
	header := `{"__metadata__":null,"a":{"dtype":"F8_E5M2","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"F4_NEW","shape":[4],"data_offsets":[2,4]}}`
	f.write("m.safetensors", append(append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...), 1, 2, 3, 4))
	text := ok(t, "inspect", f.path("m.safetensors"))
	for _, want := range []string{"F8_E5M2 [2]", "F4_NEW [4]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	f.write("m.safetensors.index.json", []byte(`{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}`))
	if text := ok(t, "inspect", f.path("m.safetensors.index.json")); !strings.Contains(text, "two.safetensors") || !strings.Contains(text, "2 tensors in 2 files") {
		t.Errorf("index:\n%s", text)
	}
	f.exported("mixed-17", 1)
	if text := ok(t, "inspect", f.path("net.onnx")); !strings.Contains(text, "LayerNormalization") || !strings.Contains(text, "F32 [6×4]") {
		t.Errorf("graph:\n%s", text)
	}
	for name, content := range map[string]string{"bad.onnx": "hello", "bad.index.json": "hello"} {
		f.write(name, []byte(content))
		if r := nnk("inspect", f.path(name)); r.code != 1 || !strings.Contains(r.stderr, name) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// Two networks in one file, of which one is chosen.
func TestCompressPrefix(t *testing.T) {
	f := folder{t, t.TempDir()}
	w := &safetensors.Writer{}
	for i, name := range []string{"actor", "critic"} {
		for j, shape := range [][]int{{8, 4}, {4, 8}} {
			data := make([]float32, 32)
			for k := range data {
				data[k] = float32((k*7+i*3+j*5)%11-5) / 8
			}
			safetensors.Add(w, name+"."+[]string{"0", "2"}[j]+".weight", shape, data)
		}
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f.write("two.safetensors", b.Bytes())
	f.matrix("x.npy", mat.Of(50, 4, slices.Repeat([]float32{1, -1, 0.5, 2, 0}, 40)))
	args := []string{"compress", "-model", f.path("two.safetensors"), "-x", f.path("x.npy"), "-features", "8", "-pool", "none", "-o", f.path("m.safetensors")}
	r := nnk(args...)
	if r.code != 1 || !strings.Contains(r.stderr, `"actor", "critic" may be several networks`) || r.stdout != "" {
		t.Errorf("both: %+v", r)
	}
	for _, more := range [][]string{{"-prefix", "critic"}, {"-ignore", "actor.*"}, {"-ignore", "actor.0*", "-ignore", "actor.2*", "-layers", "critic.0:relu,critic.2:none"}} {
		if text := ok(t, append(args, more...)...); !strings.Contains(text, "critic.0") || strings.Contains(text, "actor.0") || !strings.Contains(text, "2 of 4 tensors are left out") {
			t.Errorf("%q:\n%s", more, text)
		}
	}
}

func number(t *testing.T, text string) float32 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 32)
	if err != nil {
		t.Fatal(err)
	}
	return float32(v)
}

// With -json the objects of compress, eval and export hold how the network was read, and how well it was met.
func TestUnderstoodInJSON(t *testing.T) {
	f := rowsOf(t)
	x, y := f.path("x.csv"), f.path("y.csv")
	ok(t, "train", "-quiet", "-x", x, "-y", f.path("c.csv"), "-hidden", "8", "-epochs", "2", "-o", f.path("net.safetensors"))
	ok(t, "export", "-model", f.path("net.safetensors"), "-onnx", f.path("net.onnx"))
	model := []string{"-json", "-quiet", "-model", f.path("net.safetensors"), "-x", x}
	out := []string{"-features", "16", "-pool", "none", "-o", f.path("c.safetensors")}
	for _, args := range [][]string{
		slices.Concat([]string{"compress"}, model, out),
		slices.Concat([]string{"compress"}, model, out, []string{"-uptrain", "1"}),
		slices.Concat([]string{"compress"}, model, []string{"-method", "auto", "-budget", "40", "-o", f.path("c.safetensors")}),
		slices.Concat([]string{"eval"}, model, []string{"-y", f.path("c.csv")}),
		{"export", "-json", "-model", f.path("net.safetensors"), "-onnx", f.path("again.onnx")},
	} {
		var got understood
		decode(t, ok(t, args...), &got)
		if len(got.Network) != 2 || got.Network[0].In != 3 || got.Network[0].Out != 8 || got.Network[0].Activation != "relu" || got.Network[0].Kind != "linear" || got.Check != nil {
			t.Errorf("nnk %s: %+v", strings.Join(args, " "), got)
		}
	}
	ok(t, "fit", "-quiet", "-x", x, "-y", y, "-features", "16", "-pool", "none", "-o", f.path("own.safetensors"))
	ok(t, "predict", "-quiet", "-model", f.path("own.safetensors"), "-x", x, "-o", f.path("p.npy"))
	ok(t, "export", "-model", f.path("own.safetensors"), "-onnx", f.path("own.onnx"))
	var got understood
	decode(t, ok(t, "compress", "-json", "-quiet", "-model", f.path("own.onnx"), "-check", x, f.path("p.npy"), "-x", x, "-features", "16", "-pool", "none", "-o", f.path("c.safetensors")), &got)
	if got.Check == nil || got.Check.Rows != 200 || !(got.Check.Error < 1e-4) || len(got.Network) < 2 || got.Network[0].Activation != "cos" && got.Network[1].Activation != "cos" {
		t.Errorf("an export that is checked by predictions: %+v, check %+v", got, got.Check)
	}
	if strings.Contains(ok(t, "eval", "-json", "-model", f.path("own.safetensors"), "-x", x, "-y", y), `"network"`) {
		t.Error("a model of our own has a listing of a network from elsewhere")
	}
}
