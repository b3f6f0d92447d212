package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/internal/npy"
)

// nineFeatures are options that make a fit small.
var nineFeatures = []string{"-quiet", "-features", "9", "-pool", "none", "-scale", "1", "-lambda", "0.01", "-standardise", "no", "-projection", "iid"}

// columnsOf writes a table of three columns in some order, and the targets.
func (f folder) columnsOf(name, header string, order []int, rows int) {
	var b strings.Builder
	b.WriteString(header)
	for i := range rows {
		v := []float64{math.Sin(float64(i + 1)), math.Cos(float64(3 * i)), float64(i%7) / 7}
		var line []string
		for _, k := range order {
			if k < 0 {
				line = append(line, "text")
				continue
			}
			line = append(line, fmt.Sprint(v[k]))
		}
		b.WriteString(strings.Join(line, ",") + "\n")
	}
	f.write(name, []byte(b.String()))
}

// The names of a header of -x are part of the model: predict and eval find its inputs by them, wherever they are; what is not there is named.
func TestInputNames(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.columnsOf("x.csv", "a,b,c\n", []int{0, 1, 2}, 40)
	f.columnsOf("other.csv", "c,note,a,b\n", []int{2, -1, 0, 1}, 40)
	f.columnsOf("bare.csv", "", []int{0, 1, 2}, 40)
	f.columnsOf("lacks.csv", "a,x,y\n", []int{0, 1, 2}, 40)
	var y, classes strings.Builder
	for i := range 40 {
		fmt.Fprintln(&y, math.Sin(float64(i+1))+float64(i%7))
		fmt.Fprintln(&classes, []string{"u", "v"}[i%2])
	}
	f.write("y.csv", []byte(y.String()))
	f.write("l.csv", []byte(classes.String()))
	ok(t, slices.Concat([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-o", f.path("m")}, nineFeatures)...)
	ok(t, "train", "-quiet", "-x", f.path("bare.csv"), "-y", f.path("l.csv"), "-hidden", "4", "-epochs", "1", "-o", f.path("net"))
	ok(t, slices.Concat([]string{"compress", "-model", f.path("net"), "-x", f.path("x.csv"), "-o", f.path("c")}, nineFeatures)...)
	for _, model := range []string{"m", "c"} {
		predictions := map[string]string{}
		for _, x := range []string{"x.csv", "other.csv", "bare.csv"} {
			if r := nnk("predict", "-model", f.path(model), "-x", f.path(x), "-o", f.path("p.csv")); r.code != 0 || (x == "other.csv") != strings.Contains(r.stderr, "columns that the model does not read: note") {
				t.Errorf("%s: %+v", x, r)
			}
			predictions[x] = string(f.read("p.csv"))
			if got := strings.Count(predictions[x], "\n"); got != 40 {
				t.Errorf("%s: %d predictions of 40 rows", x, got)
			}
		}
		if predictions["x.csv"] != predictions["other.csv"] || predictions["x.csv"] != predictions["bare.csv"] {
			t.Errorf("%s: other predictions of other orders", model)
		}
	}
	var e, turned evaluation
	decode(t, ok(t, "eval", "-quiet", "-json", "-model", f.path("m"), "-x", f.path("x.csv"), "-y", f.path("y.csv")), &e)
	decode(t, ok(t, "eval", "-quiet", "-json", "-model", f.path("m"), "-x", f.path("other.csv"), "-y", f.path("y.csv")), &turned)
	if *e.R2 != *turned.R2 {
		t.Errorf("R² %g, in another order of columns %g", *e.R2, *turned.R2)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"-model", f.path("m"), "-x", f.path("lacks.csv")}, 1, `no columns "b", "c"; the columns are a, x, y`},
		{[]string{"-model", f.path("m"), "-x", f.path("other.csv"), "-drop", "noet"}, 1, "-drop noet: there is no such column"},
		{[]string{"-model", f.path("m"), "-x", f.path("other.csv"), "-drop", "note"}, 0, ""},
	} {
		r := nnk(append([]string{"predict", "-o", f.path("p.csv"), "-quiet"}, c.args...)...)
		if r.code != c.code || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") > 1 {
			t.Errorf("%q: %+v, want exit %d and %q", c.args, r, c.code, c.want)
		}
	}
}

// A model whose inputs have no names takes 0, 1, 2 for numbers: there are as many predictions as rows.
func TestCountedRow(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.columnsOf("x.csv", "", []int{0, 1, 2}, 40)
	f.columnsOf("counted.csv", "0,1,2\n", []int{0, 1, 2}, 40)
	f.write("y.csv", []byte(strings.Repeat("1.5\n2.5\n0.5\n0\n", 10)))
	ok(t, slices.Concat([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-o", f.path("m")}, nineFeatures)...)
	ok(t, slices.Concat([]string{"fit", "-x", f.path("counted.csv"), "-y", f.path("y.csv"), "-o", f.path("named")}, nineFeatures)...)
	for _, c := range []struct {
		model, header string
		rows          int
	}{{"m", "auto", 41}, {"m", "yes", 40}, {"named", "auto", 40}, {"named", "no", 41}} {
		ok(t, "predict", "-quiet", "-model", f.path(c.model), "-header", c.header, "-x", f.path("counted.csv"), "-o", f.path("p.csv"))
		if got := bytes.Count(f.read("p.csv"), []byte("\n")); got != c.rows {
			t.Errorf("%+v: %d predictions", c, got)
		}
	}
	ok(t, "eval", "-quiet", "-model", f.path("named"), "-x", f.path("counted.csv"), "-y", f.path("y.csv"))
}

// Rows without a target are left out with -missing drop, of numbers as of labels, and counted.
func TestMissingTargets(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.columnsOf("x.csv", "", []int{0, 1, 2}, 40)
	var text strings.Builder
	values := make([]float64, 40)
	for i := range values {
		if values[i] = math.Sin(float64(i + 1)); i%10 == 3 {
			values[i] = math.NaN()
			text.WriteString("NA\n")
			continue
		}
		fmt.Fprintln(&text, values[i])
	}
	f.write("y.csv", []byte(text.String()))
	var b bytes.Buffer
	if err := npy.Write(&b, []int{40}, values); err != nil {
		t.Fatal(err)
	}
	f.write("y.npy", b.Bytes())
	for _, y := range []string{"y.csv", "y.npy"} {
		fit := slices.Concat([]string{"fit", "-json", "-x", f.path("x.csv"), "-y", f.path(y), "-o", f.path("m")}, nineFeatures[1:])
		if r := nnk(fit...); r.code != 1 || !strings.Contains(r.stderr, y) {
			t.Errorf("%s: %+v", y, r)
		}
		var made fitted
		r := nnk(append(fit, "-missing", "drop")...)
		if r.code != 0 || !strings.Contains(r.stderr, "4 of 40 rows have no target and are left out") {
			t.Fatalf("%s: %+v", y, r)
		}
		decode(t, r.stdout, &made)
		var e evaluation
		decode(t, ok(t, "eval", "-quiet", "-json", "-missing", "drop", "-model", f.path("m"), "-x", f.path("x.csv"), "-y", f.path(y), "-report", f.path("r.html")), &e)
		if made.Rows != 36 || e.Rows != 36 || *e.R2 < 0.9 {
			t.Errorf("%s: %d rows fitted, eval %+v", y, made.Rows, e)
		}
		var trained uptrained
		decode(t, ok(t, "train", "-quiet", "-json", "-missing", "drop", "-x", f.path("x.csv"), "-y", f.path(y), "-hidden", "4", "-epochs", "1", "-held-out", "0", "-o", f.path("net")), &trained)
		if trained.Rows != 36 {
			t.Errorf("%s: trained on %d rows", y, trained.Rows)
		}
	}
}

// Whole numbers that are written with decimals are amounts, unless -task classify, which is said. Blanks around labels do not count. Columns
// cannot be targets and dropped.
func TestTargetHints(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.columnsOf("x.csv", "", []int{0, 1, 2}, 40)
	f.columnsOf("t.csv", "a,b,y\n", []int{0, 1, 2}, 40)
	f.write("whole.csv", []byte(strings.Repeat("1.0\n2.0\n", 20)))
	var b bytes.Buffer
	if err := npy.Write(&b, []int{40}, slices.Repeat([]float64{1, 2}, 20)); err != nil {
		t.Fatal(err)
	}
	f.write("whole.npy", b.Bytes())
	b.Reset()
	if err := npy.WriteLabels(&b, "U", slices.Repeat([]string{" u", "v "}, 20)); err != nil {
		t.Fatal(err)
	}
	f.write("l.npy", b.Bytes())
	f.write("l.csv", []byte(strings.Repeat("u\nv\n", 20)))
	for _, y := range []string{"whole.csv", "whole.npy"} {
		fit := slices.Concat([]string{"fit", "-x", f.path("x.csv"), "-y", f.path(y), "-o", f.path("m")}, nineFeatures[1:])
		if r := nnk(fit...); r.code != 0 || !strings.Contains(r.stderr, "2 different whole numbers") || !strings.Contains(r.stderr, "-task classify") {
			t.Errorf("%s: %+v", y, r)
		}
		if r := nnk(append(fit, "-task", "classify")...); r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "classify") {
			t.Errorf("%s: %+v", y, r)
		}
	}
	ok(t, slices.Concat([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("l.npy"), "-o", f.path("m")}, nineFeatures)...)
	var array, text evaluation
	decode(t, ok(t, "eval", "-json", "-model", f.path("m"), "-x", f.path("x.csv"), "-y", f.path("l.npy")), &array)
	decode(t, ok(t, "eval", "-json", "-model", f.path("m"), "-x", f.path("x.csv"), "-y", f.path("l.csv")), &text)
	if array.Accuracy == nil || *array.Accuracy != *text.Accuracy {
		t.Errorf("accuracy by an array %+v, by text %+v", array, text)
	}
	for _, flags := range [][]string{{"-target", "y", "-drop", "y"}, {"-target", "y", "-text", "a,y"}} {
		r := nnk(slices.Concat([]string{"fit", f.path("t.csv"), "-o", f.path("m")}, flags)...)
		if r.code != 2 || !strings.Contains(r.stderr, `name the same column, "y"`) {
			t.Errorf("%q: %+v", flags, r)
		}
	}
	ok(t, slices.Concat([]string{"fit", f.path("t.csv"), "-target", "y", "-o", f.path("m")}, nineFeatures)...)
	if r := nnk("predict", f.path("t.csv"), "-model", f.path("m"), "-drop", "idd", "-o", f.path("p.csv")); r.code != 1 || !strings.Contains(r.stderr, `-drop: csv: no column "idd"`) {
		t.Errorf("-drop of no column: %+v", r)
	}
}

// A row whose outputs are no numbers is named by its file, with -labels too, where there is nothing else to do about it.
func TestOverflowingLabels(t *testing.T) {
	f := folder{t, t.TempDir()}
	f.columnsOf("x.csv", "", []int{0, 1, 2}, 40)
	f.write("l.csv", []byte(strings.Repeat("u\nv\n", 20)))
	ok(t, slices.Concat([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("l.csv"), "-o", f.path("m")}, nineFeatures)...)
	f.write("far.csv", []byte("1,2,3\n1,1e308,3\n"))
	if r := nnk("predict", "-quiet", "-model", f.path("m"), "-x", f.path("far.csv"), "-labels", "-o", f.path("p.csv")); r.code != 1 || !strings.Contains(r.stderr, "far.csv: line 2") || strings.Contains(r.stderr, "-nan keep") {
		t.Errorf("%+v", r)
	}
}
