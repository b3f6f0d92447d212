package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"nnk/internal/safetensors"
	"nnk/mat"
)

// What is found of how a text file is written is said in one line, and the flags decide; errors name the line of the file.
func TestTextTables(t *testing.T) {
	f := folder{t, t.TempDir()}
	var x, y strings.Builder
	x.WriteString("a;b\n")
	y.WriteString("0\n")
	for i := range 40 {
		fmt.Fprintf(&x, "%d,5;%d,25\n", i%5, i%7)
		fmt.Fprintf(&y, "%d\n", i%2)
	}
	f.write("x.csv", []byte(x.String()))
	f.write("y.csv", []byte(y.String()))
	f.write("gap.csv", []byte("a,b\n1,2\n\n\n3,x\n"))
	f.write("damaged.csv", []byte("#N/A,2\n3,4\n"))
	f.write("nan.csv", []byte("1,2\n3,nan\n"))
	f.write("latin.csv", []byte("b\xe9\nc\n"))
	fit := func(args ...string) (int, string) {
		var out, err strings.Builder
		code := run(context.Background(), append([]string{"fit", "-features", "8", "-pool", "none", "-scale", "1", "-lambda", "0.1", "-loss", "squared", "-o", f.path("m")}, args...), &out, &err)
		return code, err.String()
	}
	if code, said := fit("-x", f.path("x.csv"), "-y", f.path("y.csv")); code != 0 || said != "nnk fit: "+f.path("x.csv")+": semicolons, decimal commas, a header (a, b)\nnnk fit: "+f.path("y.csv")+": a header (0)\n" {
		t.Errorf("exit %d, %q", code, said)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-x", "x.csv", "-y", "y.csv", "-quiet"}, 0, ""},
		{[]string{"-x", "x.csv", "-y", "y.csv", "-header", "no"}, 1, `x.csv: csv: unusable data: line 1 column 1: "a" is not a number`},
		{[]string{"-x", "x.csv", "-y", "y.csv", "-decimal", "."}, 1, `line 2 column 1: "0,5" is not a number`},
		{[]string{"-x", "x.csv", "-y", "y.csv", "-sep", "tab"}, 1, `line 1 column 1: "a;b" is not a number; if the line is a header`},
		{[]string{"-x", "x.csv", "-y", "y.csv", "-sep", "ab"}, 2, "-sep ab: want"},
		{[]string{"-x", "x.csv", "-y", "y.csv", "-decimal", "x"}, 2, "-decimal x: want"},
		{[]string{"-x", "x.csv", "-y", "y.csv", "-header", "x"}, 2, "-header x: want"},
		{[]string{"-x", "gap.csv", "-y", "y.csv"}, 1, "line 5 column 2"},
		{[]string{"-x", "damaged.csv", "-y", "y.csv"}, 1, `line 1 column 1: "#N/A" is not a number`},
		{[]string{"-x", "latin.csv", "-y", "y.csv"}, 1, "line 1: byte 0xe9 is not UTF-8"},
		{[]string{"-x", "nan.csv", "-y", "nan.csv", "-task", "regress"}, 1, "nan.csv: line 2 column 2 is NaN"},
	} {
		args := append([]string{}, c.args...)
		for i, a := range args {
			if strings.HasSuffix(a, ".csv") {
				args[i] = f.path(a)
			}
		}
		if code, said := fit(args...); code != c.code || !strings.Contains(said, c.want) || c.want == "" && said != "" {
			t.Errorf("%q: exit %d, %q; want %d, %q", c.args, code, said, c.code, c.want)
		}
	}
}

// Inputs and targets that are tensors of one file give the model of those that are arrays.
func TestFitTensors(t *testing.T) {
	f := newFolder(t)
	x, y := mat.New[float32](60, 3), mat.New[float32](60, 1)
	for i := range 60 {
		for j := range 3 {
			x.Set(i, j, float32((i*(j+3))%11))
		}
		y.Set(i, 0, x.At(i, 0)*x.At(i, 2))
	}
	f.matrix("a.npy", x)
	f.matrix("b.npy", y)
	var w safetensors.Writer
	safetensors.Add(&w, "u", []int{60, 3}, x.Data())
	safetensors.Add(&w, "v", []int{60}, y.Data())
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f.write("both.safetensors", b.Bytes())
	few := []string{"fit", "-quiet", "-task", "regress", "-features", "4", "-o"}
	both := []string{"-x", f.path("both.safetensors"), "-y", f.path("both.safetensors")}
	ok(t, append(few[:len(few):len(few)], f.path("arrays"), "-x", f.path("a.npy"), "-y", f.path("b.npy"))...)
	ok(t, slices.Concat(few, []string{f.path("tensors"), "-tensors", "u,v"}, both)...)
	if !bytes.Equal(f.read("arrays"), f.read("tensors")) {
		t.Error("another model")
	}
	if r := nnk(slices.Concat(few, []string{f.path("none")}, both)...); r.code != 1 || !strings.Contains(r.stderr, "both.safetensors: 2 tensors, u, v, of which none is named") {
		t.Errorf("%+v", r)
	}
	if r := nnk(slices.Concat(few, []string{f.path("none"), "-tensors", "u"}, both)...); r.code != 2 || !strings.Contains(r.stderr, "-tensors u: want two names") {
		t.Errorf("%+v", r)
	}
}
