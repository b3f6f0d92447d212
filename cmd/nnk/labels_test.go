package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"nnk/internal/npy"
	"nnk/mat"
)

// Labels have the same classes and type in predictions as they had in the data, from fit and from train through compress.
func TestLabelsKept(t *testing.T) {
	f := folder{t, t.TempDir()}
	x := mat.New[float32](90, 2)
	for i := range 90 {
		x.Set(i, 0, float32(i%3)+0.01*float32(i%7))
		x.Set(i, 1, 0.1*float32(i%5))
	}
	f.matrix("x.npy", x)
	f.matrix("two.npy", mat.Of(2, 2, []float32{0, 0.1, 1, 0.1}))
	some := []string{"-quiet", "-features", "8", "-pool", "none", "-scale", "1", "-lambda", "0.001", "-loss", "squared"}
	for _, c := range []struct {
		kind  string
		names [3]string
	}{
		{"i8", [3]string{"0", "1", "2"}}, {"i8", [3]string{"1", "2", "3"}}, {"u1", [3]string{"5", "7", "9"}}, {"f4", [3]string{"-1", "0", "1"}},
		{"b1", [3]string{"False", "True", "True"}}, {"U", [3]string{"cat", "dög", "eel"}}, {"S", [3]string{"cat", "dog", "eel"}},
	} {
		words := make([]string, 90)
		for i := range words {
			words[i] = c.names[i%3]
		}
		var want bytes.Buffer
		if err := npy.WriteLabels(&want, c.kind, words); err != nil {
			t.Fatal(err)
		}
		f.write("y.npy", want.Bytes())
		var few bytes.Buffer
		if err := npy.WriteLabels(&few, c.kind, c.names[:2]); err != nil {
			t.Fatal(err)
		}
		f.write("few.npy", few.Bytes())
		task := []string{"-y", f.path("y.npy"), "-task", "classify", "-x", f.path("x.npy")}
		ok(t, slices.Concat([]string{"fit", "-o", f.path("m")}, some, task)...)
		ok(t, slices.Concat([]string{"train", "-quiet", "-hidden", "8", "-epochs", "60", "-lr", "0.03", "-o", f.path("net")}, task)...)
		ok(t, slices.Concat([]string{"compress", "-model", f.path("net"), "-x", f.path("x.npy"), "-o", f.path("c")}, some)...)
		ok(t, slices.Concat([]string{"compress", "-model", f.path("net"), "-x", f.path("two.npy"), "-y", f.path("few.npy"), "-o", f.path("cy")}, some)...)
		for _, model := range []string{"m", "c"} {
			ok(t, "predict", "-model", f.path(model), "-x", f.path("x.npy"), "-labels", "-o", f.path("p.npy"))
			if got := f.read("p.npy"); !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%s of %s %q: predicted labels differ from those of the data: %q", model, c.kind, c.names, got[:min(len(got), 200)])
			}
			for _, y := range []string{"y.npy", "p.npy"} {
				if text := ok(t, "eval", "-model", f.path(model), "-x", f.path("x.npy"), "-y", f.path(y)); !strings.Contains(text, "100.00 %") {
					t.Errorf("%s of %s %q: %s", model, c.kind, c.names, text)
				}
			}
			if text := ok(t, "eval", "-model", f.path(model), "-x", f.path("two.npy"), "-y", f.path("few.npy")); !strings.Contains(text, "100.00 %") {
				t.Errorf("%s of %s %q, two of its classes: %s", model, c.kind, c.names, text)
			}
		}
	}
}

// A label that is missing is an error with its line, or left out and counted.
func TestMissingLabels(t *testing.T) {
	f := folder{t, t.TempDir()}
	var x, y strings.Builder
	for i := range 60 {
		fmt.Fprintf(&x, "%d,%d.5\n", i%2, i%7)
		y.WriteString([]string{"cat", "dog"}[i%2] + "\n")
	}
	f.write("x.csv", []byte(x.String()))
	f.write("y.csv", []byte(strings.Replace(y.String(), "cat\ndog", "cat\nNA", 1)))
	args := []string{"fit", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-features", "8", "-pool", "none", "-scale", "1", "-lambda", "0.1", "-loss", "squared", "-o", f.path("m")}
	var out, said strings.Builder
	if code := run(t.Context(), args, &out, &said); code != 1 || !strings.Contains(said.String(), `y.csv: line 2: "NA" stands for a missing label`) {
		t.Errorf("exit %d, %q", code, said.String())
	}
	said.Reset()
	if code := run(t.Context(), append(args, "-missing", "drop"), &out, &said); code != 0 || said.String() != "nnk fit: 1 of 60 rows have no label and are left out\n" {
		t.Errorf("exit %d, %q", code, said.String())
	}
	said.Reset()
	if code := run(t.Context(), append(args, "-missing", "x"), &out, &said); code != 2 {
		t.Errorf("exit %d, %q", code, said.String())
	}
}
