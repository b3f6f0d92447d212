package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/examples/digits"
	"nnk/internal/npy"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
)

// result is what a run of the command left.
type result struct {
	code           int
	stdout, stderr string
}

func nnk(args ...string) result {
	var out, err bytes.Buffer
	code := run(context.Background(), args, &out, &err)
	return result{code, out.String(), err.String()}
}

// ok runs the command and fails the test unless it succeeds in silence.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	r := nnk(args...)
	if r.code != 0 || r.stderr != "" {
		t.Fatalf("nnk %s: exit %d, stderr %q", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// folder is a directory with the digits as files.
type folder struct {
	t   *testing.T
	dir string
}

func newFolder(t *testing.T) folder {
	t.Helper()
	f := folder{t, t.TempDir()}
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	test := digits.Rows - digits.Train
	f.matrix("x.npy", x.View(0, 0, digits.Train, digits.Pixels))
	f.matrix("xt.npy", x.View(digits.Train, 0, test, digits.Pixels))
	f.ints("y.npy", y[:digits.Train])
	f.ints("yt.npy", y[digits.Train:])
	f.write("teacher.safetensors", digits.Teacher())
	return f
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

func (f folder) write(name string, content []byte) {
	f.t.Helper()
	if err := os.WriteFile(f.path(name), content, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f folder) matrix(name string, x *mat.Dense[float32]) {
	f.t.Helper()
	var b bytes.Buffer
	if err := npy.Write(&b, []int{x.Rows(), x.Cols()}, x.Clone().Data()); err != nil {
		f.t.Fatal(err)
	}
	f.write(name, b.Bytes())
}

func (f folder) ints(name string, v []int) {
	f.t.Helper()
	var b bytes.Buffer
	if err := npy.WriteInts(&b, v); err != nil {
		f.t.Fatal(err)
	}
	f.write(name, b.Bytes())
}

func (f folder) read(name string) []byte {
	f.t.Helper()
	b, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return b
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if d.More() {
		t.Fatalf("more than one JSON object in %q", text)
	}
}

// Training from files, evaluation, prediction and inspection, from end to end.
func TestFitEvalPredict(t *testing.T) {
	f := newFolder(t)
	var made fitted
	size, pool, least := "128", "256", 0.92
	if testing.Short() {
		size, pool, least = "32", "48", 0.8
	}
	fit := []string{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", size, "-pool", pool, "-json", "-o"}
	decode(t, ok(t, append(fit, f.path("m.safetensors"))...), &made)
	if made.Task != "classify" || made.Params < 330 || made.Lambda <= 0 || made.Scale <= 0 || made.Bytes != int64(len(f.read("m.safetensors"))) {
		t.Errorf("fit: %+v", made)
	}
	var e evaluation
	decode(t, ok(t, "eval", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &e)
	if e.Accuracy == nil || *e.Accuracy < least || e.Rows != 500 || e.Bytes != made.Bytes || e.Params != made.Params || e.NsB1 <= 0 || e.NsB256 <= 0 || e.MACs <= 0 {
		t.Errorf("eval: %+v", e)
	}
	ok(t, "predict", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-labels", "-o", f.path("labels.npy"))
	a, err := npy.Open(bytes.NewReader(f.read("labels.npy")), int64(len(f.read("labels.npy"))))
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]float64, a.Rows)
	if err := npy.ReadRows(a, labels, 0, a.Rows); err != nil {
		t.Fatal(err)
	}
	_, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i, c := range y[digits.Train:] {
		if labels[i] == float64(c) {
			same++
		}
	}
	if got := float64(same) / 500; got != *e.Accuracy {
		t.Errorf("predicted labels have accuracy %v, eval says %v", got, *e.Accuracy)
	}
	text := ok(t, "inspect", f.path("m.safetensors"))
	for _, want := range []string{"nnk.arithmetic: " + asm.ArithmeticVersion, "nnk.stages:", "seed=0", ".weight"} {
		if !strings.Contains(text, want) {
			t.Errorf("inspect does not say %q:\n%s", want, text)
		}
	}
	// The same input and seed give the same file.
	few := []string{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "16", "-pool", "24", "-json", "-o"}
	ok(t, append(few, f.path("once.safetensors"))...)
	ok(t, append(few, f.path("again.safetensors"))...)
	if !bytes.Equal(f.read("once.safetensors"), f.read("again.safetensors")) {
		t.Error("two fits of the same data differ")
	}
}

// The loss is chosen or given, and reported, in the table, in JSON and in the file.
func TestFitLoss(t *testing.T) {
	f := newFolder(t)
	common := []string{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "16", "-pool", "none", "-scale", "0.03", "-standardise", "no", "-o", f.path("m.safetensors")}
	for _, c := range []struct {
		flags []string
		loss  snnk.Loss
		tried bool
	}{
		{nil, snnk.CrossEntropy, true},
		{[]string{"-loss", "squared"}, snnk.SquaredError, false},
		{[]string{"-loss", "cross-entropy", "-lambda", "1e-4", "-logit-penalty", "none"}, snnk.CrossEntropy, false},
	} {
		var made fitted
		decode(t, ok(t, slices.Concat(common, c.flags, []string{"-json"})...), &made)
		logistic := c.loss == snnk.CrossEntropy
		if made.Loss != c.loss || (made.HeldOutAccuracy > 0.7) != c.tried || (made.ChoicePasses > 0) != c.tried || made.Converged != logistic || (made.Passes > 0) != logistic {
			t.Errorf("%v: %+v", c.flags, *made.Report)
		}
		text := ok(t, "inspect", f.path("m.safetensors"))
		if !strings.Contains(text, c.loss.String()) || strings.Contains(text, "held-out-error") == logistic {
			t.Errorf("%v: inspect says\n%s", c.flags, text)
		}
		text = ok(t, append(common, c.flags...)...)
		if !strings.Contains(text, c.loss.String()) || strings.Contains(text, "held-out accuracy") != c.tried || strings.Contains(text, "tolerance reached") != logistic {
			t.Errorf("%v:\n%s", c.flags, text)
		}
	}
}

// Directions are learned: with a few of them more is right than with as many that are selected, and the file holds their codes.
func TestFitDirections(t *testing.T) {
	f := newFolder(t)
	common := []string{"fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "24", "-pool", "48", "-scale", "0.03", "-standardise", "no", "-projection", "hadamard", "-loss", "squared", "-json", "-o", f.path("m.safetensors")}
	accuracy := func(flags ...string) (float64, fitted) {
		var made fitted
		var e evaluation
		decode(t, ok(t, append(common, flags...)...), &made)
		decode(t, ok(t, "eval", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &e)
		return *e.Accuracy, made
	}
	selected, _ := accuracy()
	learned, made := accuracy("-directions", "learned", "-atoms", "1024", "-terms", "5")
	if !(learned > selected+0.05) || made.Learned == nil || made.Learned.Atoms != 1024 || made.Learned.Terms != 5 {
		t.Errorf("selected %.3f, learned %.3f, %+v", selected, learned, made.Learned)
	}
	text := ok(t, "inspect", f.path("m.safetensors"))
	for _, want := range []string{"atoms=1024,terms=5", "1.phi.codes", "U8 [249]", "made once"} { // 24·(5·(10 + 5) + 8) bits
		if !strings.Contains(text, want) {
			t.Errorf("inspect does not say %q:\n%s", want, text)
		}
	}
	if text := ok(t, append(slices.DeleteFunc(slices.Clone(common), func(s string) bool { return s == "-json" }), "-directions", "learned", "-atoms", "64", "-terms", "1")...); !strings.Contains(text, "1 of 64 atoms each") {
		t.Errorf("fit says\n%s", text)
	}
	for _, flags := range [][]string{{"-directions", "drawn"}, {"-atoms", "64"}, {"-terms", "2"}, {"-directions", "learned", "-atoms", "100"}, {"-directions", "learned", "-terms", "0"}, {"-directions", "learned", "-terms", "65"}, {"-directions", "learned", "-atoms", "2", "-terms", "3"}} {
		if r := nnk(append(common, flags...)...); r.code != 2 || r.stderr == "" {
			t.Errorf("%v: exit %d, %q", flags, r.code, r.stderr)
		}
	}
}

// Shards, read in the order of their names, are the same data.
func TestFitShards(t *testing.T) {
	f := newFolder(t)
	x, _, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	f.matrix("part-0.npy", x.View(0, 0, 700, digits.Pixels))
	f.matrix("part-1.npy", x.View(700, 0, digits.Train-700, digits.Pixels))
	common := []string{"-y", f.path("y.npy"), "-features", "32", "-pool", "none", "-scale", "0.03", "-lambda", "0.001", "-standardise", "no"}
	ok(t, append([]string{"fit", "-x", f.path("x.npy"), "-o", f.path("one.safetensors")}, common...)...)
	ok(t, append([]string{"fit", "-shards", f.path("part-*.npy"), "-o", f.path("two.safetensors")}, common...)...)
	if !bytes.Equal(f.read("one.safetensors"), f.read("two.safetensors")) {
		t.Error("one file and two shards give different models")
	}
}

func TestCompress(t *testing.T) {
	f := newFolder(t)
	common := []string{"-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-features", "40", "-pool", "none", "-standardise", "no"}
	// To the network's own outputs, and to labels.
	ok(t, append([]string{"compress", "-layers", "0:relu,2:relu,4:none", "-o", f.path("a.safetensors")}, common...)...)
	ok(t, append([]string{"compress", "-layers", "auto:relu", "-y", f.path("y.npy"), "-o", f.path("b.safetensors")}, common...)...)
	ok(t, "predict", "-model", f.path("a.safetensors"), "-x", f.path("xt.npy"), "-o", f.path("p.npy"))
	var fitness, accuracy evaluation
	decode(t, ok(t, "eval", "-model", f.path("a.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("p.npy"), "-json"), &fitness)
	if fitness.R2 == nil || *fitness.R2 != 1 || *fitness.RMSE != 0 {
		t.Errorf("a model against its own predictions: %+v", fitness)
	}
	// Outputs of a classifier are scores: labels tell its accuracy.
	var scores evaluation
	decode(t, ok(t, "eval", "-model", f.path("a.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &scores)
	if scores.Accuracy == nil || *scores.Accuracy < 0.7 || scores.R2 != nil {
		t.Errorf("bundle fitted to outputs, against labels: %+v", scores)
	}
	ok(t, "predict", "-model", f.path("a.safetensors"), "-x", f.path("xt.npy"), "-labels", "-o", f.path("l.npy"))
	decode(t, ok(t, "eval", "-model", f.path("a.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("l.npy"), "-json"), &scores)
	if *scores.Accuracy != 1 {
		t.Errorf("a model against its own labels: %+v", scores)
	}
	decode(t, ok(t, "eval", "-model", f.path("b.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &accuracy)
	if accuracy.Accuracy == nil || *accuracy.Accuracy < 0.8 {
		t.Errorf("bundle fitted to labels: %+v", accuracy)
	}
}

// CSV with a header and text labels.
func TestTextLabels(t *testing.T) {
	f := folder{t, t.TempDir()}
	var x, y strings.Builder
	x.WriteString("length,width\n")
	y.WriteString("species\n")
	for i := range 60 {
		fmt.Fprintf(&x, "%g,%g\n", float64(i%7)+10*float64(i%2), float64(i%5))
		y.WriteString([]string{"oak\n", "ash\n"}[i%2])
	}
	f.write("x.csv", []byte(x.String()))
	f.write("y.csv", []byte(y.String()))
	ok(t, "fit", "-quiet", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-features", "16", "-o", f.path("m.safetensors"))
	ok(t, "predict", "-quiet", "-model", f.path("m.safetensors"), "-x", f.path("x.csv"), "-labels", "-o", f.path("p.csv"))
	if got, want := string(f.read("p.csv")), strings.TrimPrefix(y.String(), "species\n"); got != want {
		t.Errorf("predicted labels %q, want %q", got, want)
	}
	if text := ok(t, "eval", "-quiet", "-model", f.path("m.safetensors"), "-x", f.path("x.csv"), "-y", f.path("y.csv")); !strings.Contains(text, "100.00 %") {
		t.Errorf("eval: %s", text)
	}
}

// Whatever is wrong with the input: one clear line, exit 1, nothing written.
func TestErrors(t *testing.T) {
	f := newFolder(t)
	ok(t, "fit", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "16", "-pool", "none", "-scale", "0.03", "-lambda", "0.01", "-o", f.path("m.safetensors"))
	bad := mat.New[float32](30, digits.Pixels)
	bad.Set(17, 3, float32(math.NaN()))
	f.matrix("nan.npy", bad)
	f.ints("short.npy", make([]int, 12))
	f.ints("same.npy", make([]int, digits.Train))
	f.write("text.csv", []byte("1,2\n3,x\n"))
	f.write("name.txt", []byte("1"))
	f.write("cut.safetensors", digits.Teacher()[:5000])
	f.write("cut.npy", f.read("x.npy")[:1000])
	model := f.read("m.safetensors")
	f.write("other.safetensors", safetensors.Sealed(bytes.Replace(model, []byte(`"nnk.arithmetic":"`+asm.ArithmeticVersion), []byte(`"nnk.arithmetic":"`+strings.Repeat("x", len(asm.ArithmeticVersion))), 1), "nnk.sha256"))
	p := f.path
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"no such inputs", []string{"fit", "-x", p("no.npy"), "-y", p("y.npy"), "-o", p("out")}, "no.npy: no such file"},
		{"no such model", []string{"eval", "-model", p("no.safetensors"), "-x", p("x.npy"), "-y", p("y.npy")}, "no.safetensors: no such file"},
		{"no such shard", []string{"fit", "-shards", p("no-*.npy"), "-y", p("y.npy"), "-o", p("out")}, "no file matches"},
		{"unknown kind of file", []string{"fit", "-x", p("name.txt"), "-y", p("y.npy"), "-o", p("out")}, "must end in .npy, .safetensors, .csv or .tsv"},
		{"truncated network", []string{"compress", "-model", p("cut.safetensors"), "-x", p("x.npy"), "-o", p("out")}, `tensor "0.weight" at byte`},
		{"truncated inputs", []string{"fit", "-x", p("cut.npy"), "-y", p("y.npy"), "-o", p("out")}, "bytes of data for shape"},
		{"network as model", []string{"predict", "-model", p("teacher.safetensors"), "-x", p("x.npy"), "-o", p("out.npy")}, "must be compressed first"},
		{"other arithmetic", []string{"predict", "-model", p("other.safetensors"), "-x", p("x.npy"), "-o", p("out.npy")}, "another version of the arithmetic"},
		{"NaN", []string{"fit", "-x", p("nan.npy"), "-y", p("short.npy"), "-o", p("out")}, "30"},
		{"NaN in predict", []string{"predict", "-model", p("m.safetensors"), "-x", p("nan.npy"), "-o", p("out.npy")}, "nan.npy: row 17 column 3"},
		{"word among numbers", []string{"fit", "-x", p("text.csv"), "-y", p("y.npy"), "-o", p("out")}, `line 2 column 2: "x"`},
		{"wrong columns", []string{"eval", "-model", p("m.safetensors"), "-x", p("y.npy"), "-y", p("y.npy")}, "1 columns, but the model reads 64"},
		{"wrong rows", []string{"fit", "-x", p("x.npy"), "-y", p("short.npy"), "-o", p("out")}, "12 rows, but the inputs have 1297"},
		{"one class", []string{"fit", "-x", p("x.npy"), "-y", p("same.npy"), "-o", p("out")}, "nothing to classify"},
		{"unknown class", []string{"eval", "-model", p("m.safetensors"), "-x", p("y.npy"), "-y", p("x.npy")}, "columns"},
		{"layer that is not there", []string{"compress", "-model", p("teacher.safetensors"), "-layers", "1:relu", "-x", p("x.npy"), "-o", p("out")}, `no layer "1" among the tensors that are read: there are 0, 2, 4`},
		{"logistic loss of numbers", []string{"fit", "-x", p("x.npy"), "-y", p("y.npy"), "-task", "regress", "-loss", "cross-entropy", "-o", p("m")}, "-loss cross-entropy is for labels"},
		{"binary loss of numbers", []string{"fit", "-x", p("x.npy"), "-y", p("y.npy"), "-task", "regress", "-loss", "binary", "-o", p("m")}, "-loss binary is for labels"},
		{"binary loss of ten classes", []string{"fit", "-x", p("x.npy"), "-y", p("y.npy"), "-loss", "binary", "-o", p("m")}, "for two classes, not for 10"},
		{"output in no folder", []string{"fit", "-x", p("x.npy"), "-y", p("y.npy"), "-features", "8", "-pool", "none", "-scale", "0.03", "-lambda", "0.01", "-o", p("no/out")}, "no/out: no such file or directory"},
		{"output is a folder", []string{"fit", "-x", p("no.npy"), "-y", p("y.npy"), "-o", f.dir}, f.dir + ": is a directory"},
		{"output below a file", []string{"predict", "-model", p("no"), "-x", p("x.npy"), "-o", p("x.npy/out.npy")}, "not a directory"},
		{"page in no folder", []string{"demo", "-html", p("no/page.html")}, "no/page.html: no such file or directory"},
		{"equal targets", []string{"fit", "-x", p("x.npy"), "-y", p("same.npy"), "-task", "regress", "-features", "8", "-o", p("out")}, "all rows of the targets are equal"},
		{"equal targets at one scale", []string{"fit", "-x", p("x.npy"), "-y", p("same.npy"), "-task", "regress", "-features", "8", "-scale", "0.03", "-standardise", "no", "-o", p("out")}, "all rows of the targets are equal"},
		{"more features than have statistics", []string{"fit", "-x", p("x.npy"), "-y", p("y.npy"), "-features", "100000", "-o", p("out")}, "100000 features"},
		{"larger pool than has statistics", []string{"fit", "-x", p("x.npy"), "-y", p("y.npy"), "-features", "8", "-pool", "16777216", "-o", p("out")}, "pool of 16777216"},
		{"network larger than memory", []string{"train", "-x", p("x.npy"), "-y", p("y.npy"), "-hidden", "1048576,1048576", "-o", p("out")}, "-hidden 1048576,1048576"},
		{"inspect of no safetensors", []string{"inspect", p("x.npy")}, "safetensors: unusable data: byte 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := list(t, f.dir)
			r := nnk(c.args...)
			if r.code != 1 || r.stdout != "" {
				t.Errorf("exit %d, stdout %q; want exit 1 and nothing", r.code, r.stdout)
			}
			if !strings.HasPrefix(r.stderr, "nnk "+c.args[0]+": ") || strings.Count(r.stderr, "\n") != 1 || !strings.HasSuffix(r.stderr, "\n") {
				t.Errorf("stderr is not one line: %q", r.stderr)
			}
			if !strings.Contains(r.stderr, c.want) {
				t.Errorf("stderr %q does not say %q", r.stderr, c.want)
			}
			if after := list(t, f.dir); after != before {
				t.Errorf("files before: %s; after: %s", before, after)
			}
		})
	}
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "usage"},
		{[]string{"bogus"}, `no command "bogus"`},
		{[]string{"demo", "-bogus"}, "-bogus"},
		{[]string{"demo", "extra"}, "1 arguments"},
		{[]string{"fit", "-x", "x.npy"}, "-y is needed"},
		{[]string{"fit", "-y", "y.npy", "-o", "m"}, "-shards"},
		{[]string{"fit", "-x", "x.npy", "-shards", "a", "-y", "y.npy", "-o", "m"}, "-shards"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-task", "sing"}, "-task sing"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-lambda", "-1"}, "-lambda -1"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-loss", "hinge"}, "-loss hinge"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-logit-penalty", "0"}, "-logit-penalty 0"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-features", "0"}, "-features 0"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-pool", "3"}, "-pool 3"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-map", "bogus"}, "-map bogus: want cos or arccos"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-projection", "bogus"}, "-projection bogus"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", "m", "-standardise", "perhaps"}, "-standardise perhaps"},
		{[]string{"predict", "-model", "m", "-x", "x.npy", "-o", "p.txt"}, "p.txt"},
		{[]string{"inspect"}, "0 arguments"},
		{[]string{"fit", "-x", "x.npy", "-y", "y.npy", "-o", ""}, "-o is needed"},
		{[]string{"bench", "-filter", "nothing"}, "no benchmark matches"},
		{[]string{"compress", "-model", "m", "-x", "x.npy", "-o", "o", "-method", "magic"}, "-method magic"},
	} {
		r := nnk(c.args...)
		if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, c.want) {
			t.Errorf("nnk %q: exit %d, stdout %q, stderr %q; want exit 2 and %q", c.args, r.code, r.stdout, r.stderr, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	text := ok(t, "help")
	for _, c := range commands() {
		if !strings.Contains(text, c.name) {
			t.Errorf("help does not name %s", c.name)
		}
		if out := ok(t, c.name, "-h"); !strings.Contains(out, "usage: nnk "+c.name) || !strings.Contains(out, "-json") {
			t.Errorf("nnk %s -h: %q", c.name, out)
		}
	}
}

// The closing words follow the table, whatever it shows.
func TestSentence(t *testing.T) {
	teacher := demoRow{Model: "teacher", Family: familyTeacher, Bytes: 1000, Accuracy: 0.9}
	seeds := &spread{}
	for _, c := range []struct {
		name string
		rows []demoRow
		want string
	}{
		{"bundle wins", []demoRow{teacher, {Model: "b", Bytes: 100, Ratio: 10, Accuracy: 0.915, Spread: seeds}}, "A file of 100 bytes (b, 10 times smaller than the teacher's 1,000) classifies 91.5 % of the test digits, 1.5 points more than the teacher."},
		{"more numbers in fewer bytes win", []demoRow{teacher, {Model: "a", Params: 5, Bytes: 120, Ratio: 8, Accuracy: 0.92, Spread: seeds}, {Model: "b", Params: 50, Bytes: 100, Ratio: 10, Accuracy: 0.915, Spread: seeds}}, "A file of 100 bytes (b, 10 times smaller than the teacher's 1,000) classifies 91.5 % of the test digits, 1.5 points more than the teacher; a with 120 bytes classifies 92.0 %."},
		{"bundle loses", []demoRow{teacher, {Model: "b", Bytes: 100, Accuracy: 0.8, Spread: seeds}}, "No bundle of the table classifies as many test digits as the teacher, 90.0 %."},
		{"narrow wins", []demoRow{teacher, {Model: "b", Bytes: 100, Ratio: 10, Accuracy: 0.9, Spread: seeds}, {Model: "n", Family: familyNarrow, Bytes: 100, Accuracy: 0.95}, {Model: "m", Family: familyNarrow8, Bytes: 101, Accuracy: 0.85}},
			"A file of 100 bytes (b, 10 times smaller than the teacher's 1,000) classifies 90.0 % of the test digits, as many as the teacher. " +
				"The smallest narrow network, n with 100 bytes, classifies 95.0 %, 5.0 points more than b with 100. The smallest narrow network in 8 bits, m with 101 bytes, classifies 85.0 %, 5.0 points fewer than b with 100."},
		{"low rank is smaller than any bundle", []demoRow{teacher, {Model: "b", Bytes: 100, Accuracy: 0.8, Spread: seeds}, {Model: "l", Family: familyLowRank, Bytes: 99, Accuracy: 0.5}},
			"No bundle of the table classifies as many test digits as the teacher, 90.0 %."},
	} {
		if got := strings.ReplaceAll(sentence(c.rows), nbsp, " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	if got, want := wrap("aa bb cc ddddddd e", 5), "aa bb\ncc\nddddddd\ne"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// An unknown kernel set is wrong usage, and is not silently replaced.
func TestUnknownKernels(t *testing.T) {
	var out bytes.Buffer
	if code := refuse(&out, errors.New("NNK_KERNELS=bogus:\nno such kernel set")); code != 2 || out.String() != "nnk: NNK_KERNELS=bogus: no such kernel set\n" {
		t.Errorf("exit %d, %q", code, out.String())
	}
}

// full is an output that takes nothing, as a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// What cannot be printed is failed work.
func TestFullOutput(t *testing.T) {
	var stderr bytes.Buffer
	if code := run(t.Context(), []string{"conformance", "-sets"}, full{}, &stderr); code != 1 || stderr.String() != "nnk conformance: standard output: no space left\n" {
		t.Errorf("exit %d, %q", code, stderr.String())
	}
}
