package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/examples/digits"
	"nnk/internal/npy"
	"nnk/mat"
	"nnk/snnk"
)

// A network that train wrote is one that compress reads; its accuracy is what the table
// says.
func TestTrain(t *testing.T) {
	f := newFolder(t)
	args := []string{"train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "24", "-epochs", "4", "-lr", "5e-3", "-o", f.path("net.safetensors")}
	text := ok(t, args...)
	if !strings.Contains(text, "accuracy %, held out") || !strings.Contains(text, "1,810") {
		t.Errorf("the table says\n%s", text)
	}
	first := f.read("net.safetensors")
	var r uptrained
	decode(t, ok(t, append(args, "-json")...), &r)
	if r.Params != 24*65+10*25 || r.Rows != 1167 || r.HeldOutRows != 130 || r.HeldOut.Accuracy < 0.85 || r.Epochs != 4 || r.Bytes != int64(len(first)) {
		t.Errorf("report %+v", r)
	}
	if !bytes.Equal(f.read("net.safetensors"), first) {
		t.Error("the same command wrote another file")
	}
	net, err := readPlain(f.path("net.safetensors"), "auto:relu")
	if err != nil {
		t.Fatal(err)
	}
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	scores, right := net.Forward(nil, x.View(digits.Train, 0, digits.Rows-digits.Train, digits.Pixels), nil), 0
	for i := range scores.Rows() {
		row := scores.Row(i)
		if best := y[digits.Train+i]; row[best] == maximum(row) {
			right++
		}
	}
	if right < 420 {
		t.Errorf("%d of 500 test digits are right", right)
	}
	ok(t, "compress", "-model", f.path("net.safetensors"), "-layers", "auto:relu", "-x", f.path("x.npy"), "-features", "16", "-pool", "none", "-standardise", "no", "-o", f.path("m.safetensors"))
}

// Two classes under the binary cross-entropy are one output, whose sign tells them apart: eval, predict and a compressed
// model know their names.
func TestTrainBinary(t *testing.T) {
	f := newFolder(t)
	var rows, labels strings.Builder
	for i := range 60 {
		v := i%20 - 10
		fmt.Fprintf(&rows, "%d,%d\n", v, 3-v)
		labels.WriteString(map[bool]string{true: "oak\n", false: "ash\n"}[v >= 0])
	}
	f.write("x.csv", []byte(rows.String()))
	f.write("y.csv", []byte(labels.String()))
	var r uptrained
	decode(t, ok(t, "train", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-loss", "binary", "-hidden", "4", "-epochs", "60", "-lr", "0.05", "-batch", "16", "-o", f.path("net.safetensors"), "-json"), &r)
	if r.Params != 3*4+5 {
		t.Errorf("%d parameters, want one output", r.Params)
	}
	ok(t, "compress", "-model", f.path("net.safetensors"), "-layers", "auto:relu", "-x", f.path("x.csv"), "-features", "8", "-pool", "none", "-o", f.path("m.safetensors"))
	for _, model := range []string{"net.safetensors", "m.safetensors"} {
		args := []string{"-model", f.path(model), "-x", f.path("x.csv")}
		if model == "net.safetensors" {
			args = append(args, "-layers", "auto:relu")
		}
		var e evaluation
		decode(t, ok(t, append([]string{"eval", "-y", f.path("y.csv"), "-json"}, args...)...), &e)
		if e.Accuracy == nil || *e.Accuracy < 0.95 {
			t.Errorf("%s: %+v", model, e)
		}
	}
	ok(t, "fit", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-loss", "binary", "-features", "8", "-report", f.path("r.html"), "-o", f.path("fit.safetensors"))
	ok(t, "predict", "-labels", "-o", f.path("p.csv"), "-model", f.path("fit.safetensors"), "-x", f.path("x.csv"))
	if says := strings.Fields(string(f.read("p.csv"))); len(says) != 60 || says[0] != "ash" || says[19] != "oak" {
		t.Errorf("labels of a fit %v", says)
	}
	ok(t, "predict", "-labels", "-o", f.path("p.csv"), "-model", f.path("m.safetensors"), "-x", f.path("x.csv"))
	if says := strings.Fields(string(f.read("p.csv"))); len(says) != 60 || says[0] != "ash" || says[19] != "oak" {
		t.Errorf("labels %v", says)
	}
}

func maximum(v []float32) float32 {
	m := v[0]
	for _, x := range v {
		m = max(m, x)
	}
	return m
}

// An offset, a unit or a sign of columns and targets changes neither training nor the file: it says how good that is on the rows held out, and
// eval and what compress makes of it say the same.
func TestTrainOffsets(t *testing.T) {
	f := folder{t, t.TempDir()}
	var labels []string
	x, y := mat.New[float64](400, 2), mat.New[float64](400, 1)
	for i := range 400 {
		a, b := math.Sin(float64(37*i)), math.Cos(float64(91*i))
		x.Set(i, 0, a)
		x.Set(i, 1, b)
		y.Set(i, 0, a*b+a)
		labels = append(labels, map[bool]string{true: "in", false: "out"}[a*a+b*b < 1])
	}
	wide := func(name string, a *mat.Dense[float64], by, plus float64) {
		data := make([]float64, 0, a.Rows()*a.Cols())
		for _, v := range a.Clone().Data() {
			data = append(data, math.FMA(v, by, plus))
		}
		var b bytes.Buffer
		if err := npy.Write(&b, []int{a.Rows(), a.Cols()}, data); err != nil {
			t.Fatal(err)
		}
		f.write(name, b.Bytes())
	}
	f.write("l.csv", []byte(strings.Join(labels, "\n")+"\n"))
	for _, kind := range [][]string{{"-hidden", "24", "-activation", "tanh"}, {"-features", "24"}, {"-hidden", "24", "-activation", "tanh", "-standardise", "no"}} {
		var classes, numbers float64 // of the file without offsets
		near := 1.0
		if kind[0] == "-features" {
			near = 4 // the same features of columns on another level are others
		}
		for i, c := range []struct{ by, plus, yBy, yPlus float64 }{{1, 0, 1, 0}, {1, 1e6, -1, 1e6}, {-1e-3, 300, 1e9, -1e12}, {1e5, -1e11, 1e-9, 1e-3}} {
			if kind[len(kind)-1] == "no" && c.by != 1 {
				continue
			}
			wide("x.npy", x, c.by, c.plus)
			wide("y.npy", y, c.yBy, c.yPlus)
			for _, truth := range []string{"l.csv", "y.npy"} {
				args := append([]string{"train", "-quiet", "-json", "-x", f.path("x.npy"), "-y", f.path(truth), "-epochs", "60", "-lr", "0.01", "-o", f.path("m")}, kind...)
				if kind[len(kind)-1] == "no" && truth == "y.npy" && i > 0 {
					continue // the targets' unit and level are then trained too
				}
				var r uptrained
				decode(t, ok(t, args...), &r)
				var e evaluation
				decode(t, ok(t, "eval", "-quiet", "-json", "-model", f.path("m"), "-x", f.path("x.npy"), "-y", f.path(truth)), &e)
				w := r.Written
				if w == nil || w.Rows != 40 || !w.HeldOut {
					t.Fatalf("%q: %+v", args, w)
				}
				if truth == "l.csv" {
					if i == 0 {
						classes = *e.Accuracy
					}
					if *w.Accuracy != r.HeldOut.Accuracy || *e.Accuracy < 0.9 || math.Abs(*e.Accuracy-classes) > 0.01*near {
						t.Errorf("%q %+v: the file %g, trained %g, on all rows %g, without offsets %g", kind, c, *w.Accuracy, r.HeldOut.Accuracy, *e.Accuracy, classes)
					}
					continue
				}
				if i == 0 {
					numbers = *e.R2
				}
				if *e.R2 < 0.97 || math.Abs(*w.R2-*e.R2) > 0.03 || math.Abs(*e.R2-numbers) > 1e-3*near {
					t.Errorf("%q %+v: R² of the file %g, on all rows %g, without offsets %g", kind, c, *w.R2, *e.R2, numbers)
				}
			}
		}
	}
	ok(t, "train", "-quiet", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-epochs", "60", "-lr", "0.01", "-hidden", "24", "-activation", "tanh", "-o", f.path("m"))
	ok(t, "compress", "-quiet", "-model", f.path("m"), "-x", f.path("x.npy"), "-features", "64", "-o", f.path("c"))
	var e evaluation
	decode(t, ok(t, "eval", "-quiet", "-json", "-model", f.path("c"), "-x", f.path("x.npy"), "-y", f.path("y.npy")), &e)
	if *e.R2 < 0.95 {
		t.Errorf("compressed: R² %g", *e.R2)
	}
}

// Numbers as targets, of a scale far from 1; every flag at another value than its default.
func TestTrainRegression(t *testing.T) {
	f := folder{t, t.TempDir()}
	x, y := mat.New[float32](200, 2), mat.New[float32](200, 1)
	for i := range 200 {
		a, b := float32(i%20)/20, float32(i/20)/10
		x.Set(i, 0, 1e4*a)
		x.Set(i, 1, b)
		y.Set(i, 0, 1e6+1e3*(a+b))
	}
	f.matrix("x.npy", x)
	f.matrix("y.npy", y)
	var r uptrained
	decode(t, ok(t, "train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "", "-activation", "tanh", "-task", "regress", "-loss", "squared", "-optimiser", "sgd", "-lr", "0.05",
		"-momentum", "0.5", "-decay", "1e-6", "-schedule", "constant", "-warmup", "5", "-clip", "10", "-epochs", "40", "-batch", "20", "-held-out", "0", "-seed", "7", "-json", "-o", f.path("o.safetensors")), &r)
	if r.Params != 3 || r.HeldOutRows != 0 || r.Trained.Loss > 1e-3 {
		t.Errorf("report %+v", r)
	}
	net, err := readPlain(f.path("o.safetensors"), "auto:none")
	if err != nil {
		t.Fatal(err)
	}
	got := net.Forward(nil, x, nil)
	for i := range 200 {
		if d := got.At(i, 0) - y.At(i, 0); d > 60 || d < -60 { // the targets' deviation is about 400
			t.Fatalf("row %d: %g, want %g", i, got.At(i, 0), y.At(i, 0))
		}
	}
}

// A checkpoint is written and gone on from; one of other options is refused.
func TestTrainCheckpoint(t *testing.T) {
	f := newFolder(t)
	args := []string{"train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-hidden", "8", "-schedule", "constant", "-o", f.path("net.safetensors")}
	ok(t, append(args, "-epochs", "3")...)
	straight := f.read("net.safetensors")
	args = append(args, "-checkpoint", f.path("state"))
	ok(t, append(args, "-epochs", "1")...)
	ok(t, append(args, "-epochs", "3")...)
	if !bytes.Equal(f.read("net.safetensors"), straight) {
		t.Error("one epoch and two more differ from three")
	}
	if r := nnk(append(args, "-batch", "7")...); r.code != 1 || !strings.Contains(r.stderr, "not a checkpoint of this training run") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("other options: exit %d, %q", r.code, r.stderr)
	}
	if err := os.Remove(f.path("net.safetensors")); err != nil {
		t.Fatal(err)
	}
	if r := nnk(append(args, "-lr", "1e30", "-checkpoint", f.path("other"))...); r.code != 1 || !strings.Contains(r.stderr, "smaller learning rate") {
		t.Errorf("diverging: exit %d, %q", r.code, r.stderr)
	}
	if _, err := os.Stat(f.path("net.safetensors")); err == nil {
		t.Error("a failed run wrote a network")
	}
}

// Features with trained diagonals of the 61 pixels that vary, from a closed form: a model that eval reads.
func TestTrainFeatures(t *testing.T) {
	f := newFolder(t)
	var r uptrained
	decode(t, ok(t, "train", "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-features", "64", "-map", "arccos", "-epochs", "5", "-json", "-o", f.path("m.safetensors")), &r)
	if r.Params != 61+3*64+64+64*10+10 || !(r.HeldOut.Loss <= r.Start.Loss) || r.HeldOut.Accuracy < 0.9 || r.Rows != 1167 {
		t.Errorf("report %+v", r)
	}
	var e evaluation
	decode(t, ok(t, "eval", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &e)
	if e.Accuracy == nil || *e.Accuracy < 0.85 {
		t.Errorf("test accuracy %+v", e)
	}
	// Numbers, of a scale far from 1.
	x, y := mat.New[float32](300, 2), mat.New[float32](300, 2)
	for i := range 300 {
		a, b := float32(i%20)/20, float32(i/20)/15
		x.Set(i, 0, 50*a)
		x.Set(i, 1, b)
		y.Set(i, 0, 1e5+1e3*a*b)
		y.Set(i, 1, a-b*b)
	}
	f.matrix("fx.npy", x)
	f.matrix("fy.npy", y)
	text := ok(t, "train", "-x", f.path("fx.npy"), "-y", f.path("fy.npy"), "-features", "32", "-epochs", "3", "-o", f.path("r.safetensors"))
	if !strings.Contains(text, "held out, before") || strings.Contains(text, "accuracy") {
		t.Errorf("the table says\n%s", text)
	}
	decode(t, ok(t, "eval", "-model", f.path("r.safetensors"), "-x", f.path("fx.npy"), "-y", f.path("fy.npy"), "-json"), &e)
	if e.R2 == nil || *e.R2 < 0.95 {
		t.Errorf("fit of numbers: %+v", e)
	}
}

// Compression goes on by gradient descent: to labels or the network's outputs, of the
// whole network or with a part that stays dense, with and without trained diagonals.
func TestUptrain(t *testing.T) {
	f := newFolder(t)
	args := []string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-features", "32", "-standardise", "no", "-scale", "0.03", "-lambda", "0.001", "-uptrain", "3", "-json", "-o", f.path("m.safetensors")}
	for _, c := range []struct {
		args   []string
		params int
	}{
		{[]string{"-y", f.path("y.npy")}, 330},
		{[]string{"-y", f.path("y.npy"), "-diagonals"}, 330 + 61 + 3*64 + 32},
		{nil, 330},
		{[]string{"-bundle", "1:", "-lr", "1e-4"}, 330 + 65*256},
	} {
		var r uptrained
		decode(t, ok(t, append(args, c.args...)...), &r)
		if r.Params != c.params || !(r.HeldOut.Loss <= r.Start.Loss) || r.Epochs != 3 || r.HeldOutRows != 130 {
			t.Errorf("%v: %+v", c.args, r)
		}
		var e evaluation
		decode(t, ok(t, "eval", "-model", f.path("m.safetensors"), "-x", f.path("xt.npy"), "-y", f.path("yt.npy"), "-json"), &e)
		if e.Accuracy == nil || *e.Accuracy < 0.6 || e.Params != c.params {
			t.Errorf("%v: %+v", c.args, e)
		}
	}
	for flags, want := range map[string]string{
		"-lr 0.1": "-lr go with -uptrain", "-diagonals": "go with -uptrain", "-uptrain -1": "-uptrain", "-uptrain 1 -diagonals -pool 99": "-pool",
		"-freeze": "-freeze and -lr go with -uptrain", "-uptrain 1 -diagonals -method montecarlo": "-diagonals has no use", "-method montecarlo -y y.npy": "-y has no use",
	} {
		r := nnk(append([]string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-o", f.path("o"), "-features", "32"}, strings.Fields(flags)...)...)
		if r.code != 2 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: exit %d, %q", flags, r.code, r.stderr)
		}
	}
}

// What other methods made is trained on as well, and with -freeze only that.
func TestUptrainMethods(t *testing.T) {
	f := newFolder(t)
	f.small()
	labels := make([]int, 300)
	for i := range labels {
		labels[i] = i * 7 % 3
	}
	f.ints("sy.npy", labels)
	auto := []string{"-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-standardise", "no", "-scale", "0.02", "-lambda", "0.001", "-budget", "700", "-method", "auto"}
	drawn := []string{"-model", f.path("small.safetensors"), "-layers", "0:gelu,1:gelu,2:none", "-x", f.path("sx.npy"), "-features", "1024", "-method", "montecarlo"}
	for _, c := range []struct {
		args   []string
		params func(n, frozen int) bool
	}{
		{append(auto, "-y", f.path("y.npy")), func(n, frozen int) bool { return n <= 700 && frozen == 0 }},
		{append(auto, "-bundle", "1:", "-freeze"), func(n, frozen int) bool { return n <= 700+65*256 && frozen == 65*256 }},
		{drawn, func(n, frozen int) bool { return n == 1025*3+3 && frozen == 0 }},
		{append(drawn, "-y", f.path("sy.npy")), func(n, frozen int) bool { return n == 1025*3+3 && frozen == 0 }},
		{append(drawn, "-bundle", "1:2", "-freeze"), func(n, frozen int) bool { return n == 7*8+1025*3+3 && frozen == 7*8 }}, // Ψ joins layer 2
		{append(drawn, "-bundle", "0:1", "-freeze"), func(n, frozen int) bool { return frozen == 8*3 }},                      // layer 1 has joined
	} {
		var r uptrained
		decode(t, ok(t, append([]string{"compress", "-uptrain", "2", "-lr", "1e-3", "-json", "-o", f.path("m.safetensors")}, c.args...)...), &r)
		if !c.params(r.Params, r.Frozen) || !(r.HeldOut.Loss <= r.Start.Loss) || r.Epochs != 2 || (r.Candidates == nil) != (r.Family == "") || (r.MonteCarlo == nil) != (r.Candidates != nil) {
			t.Errorf("%q: %+v", c.args, r)
		}
		if r.Bytes != int64(len(f.read("m.safetensors"))) {
			t.Errorf("%q: %d bytes reported, %d written", c.args, r.Bytes, len(f.read("m.safetensors")))
		}
	}
	text := ok(t, append([]string{"compress", "-uptrain", "1", "-bundle", "1:", "-freeze", "-o", f.path("m.safetensors")}, drawn...)...)
	for _, want := range []string{"predicted error", "held out, before", "of these kept as they were"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if r := nnk(append([]string{"compress", "-uptrain", "1", "-o", f.path("m.safetensors")}, append(drawn[:4:4], drawn[6:]...)...)...); r.code != 2 || !strings.Contains(r.stderr, "-x is needed") {
		t.Errorf("no inputs: %+v", r)
	}
}

// A layer that is frozen has the same numbers after training.
func TestUptrainFreezes(t *testing.T) {
	f := newFolder(t)
	args := []string{"compress", "-model", f.path("teacher.safetensors"), "-x", f.path("x.npy"), "-y", f.path("y.npy"), "-bundle", "1:", "-features", "32", "-standardise", "no", "-scale", "0.03", "-lambda", "0.001", "-uptrain", "2", "-lr", "1e-5", "-o", f.path("m.safetensors")}
	weights := func() (first, last *mat.Dense[float32]) {
		m, err := bundle.Load[float32](f.path("m.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		stages := m.Network.Stages()
		return stages[0].(*bundle.Linear[float32]).Weight(), stages[len(stages)-1].(*snnk.Layer[float32]).Psi()
	}
	net, err := readPlain(f.path("teacher.safetensors"), "auto:relu")
	if err != nil {
		t.Fatal(err)
	}
	want := net.Stages()[0].(*bundle.Linear[float32]).Weight().Data()
	ok(t, append(args, "-freeze")...)
	frozen, psi := weights()
	ok(t, args...)
	trained, other := weights()
	if !slices.Equal(frozen.Data(), want) || slices.Equal(trained.Data(), want) {
		t.Errorf("the first layer is changed with -freeze (%t), or is not without it (%t)", !slices.Equal(frozen.Data(), want), slices.Equal(trained.Data(), want))
	}
	if slices.Equal(psi.Data(), other.Data()) {
		t.Error("Ψ does not depend on what is trained beside it")
	}
}

func TestTrainUsage(t *testing.T) {
	for _, c := range []struct{ flag, value string }{
		{"-hidden", "3,x"}, {"-hidden", "0"}, {"-activation", "bogus"}, {"-task", "sing"}, {"-loss", "hinge"}, {"-optimiser", "lbfgs"},
		{"-schedule", "step"}, {"-standardise", "perhaps"}, {"-lr", "-1"}, {"-epochs", "0"}, {"-features", "-1"}, {"-map", "sin"}, {"-batch", "-1"}, {"-held-out", "1"},
		{"-lr", "Inf"}, {"-clip", "-1"}, {"-clip", "NaN"}, {"-patience", "-1"}, {"-warmup", "-1"}, {"-decay", "-1"}, {"-momentum", "2"},
	} {
		r := nnk("train", "-x", "x.npy", "-y", "y.npy", "-o", "o", c.flag, c.value)
		if r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, c.flag) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%s %s: exit %d, %q", c.flag, c.value, r.code, r.stderr)
		}
	}
}

// A run that is stopped by a signal ends with the shell's exit code for it and leaves the checkpoint from which
// the same command goes on to the same bytes.
func TestInterrupted(t *testing.T) {
	f := newFolder(t)
	var rows, labels strings.Builder
	for i := range 200 {
		fmt.Fprintf(&rows, "%d,%d\n", i%17, i*i%23)
		fmt.Fprintf(&labels, "%d\n", i*i%23/12)
	}
	f.write("x.csv", []byte(rows.String()))
	f.write("y.csv", []byte(labels.String()))
	straight, stopped := f.path("straight.safetensors"), f.path("stopped.safetensors")
	args := []string{"train", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-hidden", "8", "-epochs", "40", "-quiet", "-o"}
	ok(t, append(args, straight)...)
	args = append(args, stopped, "-checkpoint", f.path("checkpoint"))
	for _, c := range []struct {
		signal syscall.Signal
		want   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(interruption{c.signal})
		var out, err bytes.Buffer
		if code := run(ctx, args, &out, &err); code != c.want || strings.Count(err.String(), "\n") != 1 {
			t.Fatalf("exit %d, stderr %q, want exit %d and one line", code, err.String(), c.want)
		}
		if _, err := os.Stat(stopped); err == nil {
			t.Fatalf("%s: there is a model of a run that was stopped", stopped)
		}
	}
	ok(t, args...)
	if !bytes.Equal(f.read("straight.safetensors"), f.read("stopped.safetensors")) {
		t.Error("the run that was stopped twice made another model")
	}
}

// readPlain reads a network that train wrote.
func readPlain(path, layers string) (*bundle.Network[float32], error) {
	c, err := checkpoint.Open[float32](path, checkpoint.Options{Layers: layers})
	if err != nil {
		return nil, err
	}
	return c.Network, nil
}
