package main

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/mat"
	"nnk/rng"
)

// normal are n×d normal numbers.
func normal(seed uint64, n, d int) *mat.Dense[float64] {
	x := mat.New[float64](n, d)
	rng.Normal(rng.New(seed), x.Data(), 0)
	return x
}

// A row that is a million times as large as the others is found wherever it is; numbers that are merely uneven are not.
func TestFindWild(t *testing.T) {
	rows := func(found []wild) string {
		var b strings.Builder
		for _, w := range found {
			fmt.Fprintf(&b, "%d:%d ", w.row, w.column)
		}
		return b.String()
	}
	for _, c := range []struct {
		name string
		edit func(x *mat.Dense[float64])
		want string
	}{
		{"normal", func(*mat.Dense[float64]) {}, ""},
		{"one row", func(x *mat.Dense[float64]) {
			for j, v := range x.Row(1713) {
				x.Set(1713, j, 1e6*v)
			}
		}, "1713:"},
		{"one number in the first row", func(x *mat.Dense[float64]) { x.Set(0, 2, -1e5) }, "0:2 "},
		{"one number in the last row", func(x *mat.Dense[float64]) { x.Set(1999, 1, 1e5) }, "1999:1 "},
		{"two rows", func(x *mat.Dense[float64]) { x.Set(5, 1, 1e5); x.Set(9, 1, 2e5) }, "9:1 5:1 "},
		{"a hundred that are as far", func(x *mat.Dense[float64]) {
			for i := range 100 {
				x.Set(20*i, 1, 1e6)
			}
		}, ""},
		{"only far", func(x *mat.Dense[float64]) { x.Set(7, 1, 500) }, ""},
		{"heavy tails", func(x *mat.Dense[float64]) {
			for i := range x.Data() {
				x.Data()[i] = math.Exp(2 * x.Data()[i])
			}
		}, ""},
		{"a rare level", func(x *mat.Dense[float64]) {
			for i := range x.Rows() {
				x.Set(i, 1, 0)
			}
			x.Set(77, 1, 1)
		}, ""},
		{"mostly one value", func(x *mat.Dense[float64]) {
			for i := range x.Rows() {
				x.Set(i, 1, float64(i%10/9))
			}
			x.Set(77, 1, 1e6)
		}, "77:1 "},
		{"many before it", func(x *mat.Dense[float64]) {
			for i := range 3 * mostWild {
				x.Set(i, i%4, 2000)
			}
			x.Set(1500, 3, 1e7)
		}, "1500:3 "},
		{"small and at a level", func(x *mat.Dense[float64]) {
			for i := range x.Rows() {
				x.Set(i, 1, 1+1e-9*x.At(i, 1))
			}
			x.Set(40, 1, 1.1)
		}, "40:1 "},
	} {
		x := normal(3, 2000, 4)
		c.edit(x)
		found, err := findWild(bundle.Matrix(x))
		if got := rows(found); err != nil || got != c.want && (c.want != "1713:" || len(found) != 1 || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	for n := range 4 {
		if found, err := findWild(bundle.Matrix(normal(4, n+1, 2))); err != nil || found != nil {
			t.Errorf("%d rows: %v, %v", n+1, found, err)
		}
	}
}

// The warning names the row in one line, for inputs and for numbers to fit, and changes nothing.
func TestWarnWild(t *testing.T) {
	f := folder{t, t.TempDir()}
	var x, y, far strings.Builder
	x.WriteString("a,b\n")
	for i := range 300 {
		factor := 1.0
		if i == 123 {
			factor = 1e6
		}
		fmt.Fprintf(&x, "%g,%g\n", factor*float64(1+i%5), factor*float64(1+i%7))
		fmt.Fprintf(&y, "%d.5\n", i%5)
		fmt.Fprintf(&far, "%g\n", factor*(float64(i%5)+0.5))
	}
	f.write("x.csv", []byte(x.String()))
	f.write("y.csv", []byte(y.String()))
	f.write("far.csv", []byte(far.String()))
	small := []string{"-features", "8", "-pool", "none", "-scale", "1", "-lambda", "0.1", "-standardise", "no", "-header"}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{append([]string{"fit", "-x", f.path("x.csv"), "-y", f.path("y.csv")}, append(small, "auto")...), []string{"a header", "warning: " + f.path("x.csv") + ": line 125: "}},
		{append([]string{"fit", "-x", f.path("y.csv"), "-y", f.path("far.csv")}, append(small, "no")...), []string{"warning: " + f.path("far.csv") + ": line 124: "}},
		{append([]string{"fit", "-quiet", "-x", f.path("x.csv"), "-y", f.path("y.csv")}, append(small, "auto")...), nil},
		{[]string{"train", "-x", f.path("x.csv"), "-y", f.path("far.csv"), "-hidden", "2", "-epochs", "1", "-lr", "1e-9"}, []string{"a header", "warning: " + f.path("x.csv") + ": line 125", "warning: " + f.path("far.csv") + ": line 124: "}},
	} {
		r := nnk(append(c.args, "-o", f.path("m"))...)
		lines := strings.Split(strings.TrimSuffix(r.stderr, "\n"), "\n")
		if c.want == nil {
			lines = nil
		}
		if r.code != 0 || len(lines) != len(c.want) || c.want == nil && r.stderr != "" {
			t.Errorf("%q: exit %d, %q", c.args, r.code, r.stderr)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(lines[i], want) {
				t.Errorf("%q: %q does not say %q", c.args, lines[i], want)
			}
		}
	}
}
