package main

import (
	"fmt"
	"strings"
	"testing"
)

// Outputs that are NaN, though the row is finite, are an error with the line of the row; they are written if that is
// wanted, and are never a class.
func TestNaNOutputs(t *testing.T) {
	f := folder{t, t.TempDir()}
	var x, labels, numbers strings.Builder
	for i := range 40 {
		fmt.Fprintf(&x, "%d.5,%d.25\n", i%5, i%7)
		fmt.Fprintf(&labels, "%s\n", []string{"cat", "dog"}[i%2])
		fmt.Fprintf(&numbers, "%d.5\n", i%5)
	}
	f.write("x.csv", []byte(x.String()))
	f.write("labels.csv", []byte(labels.String()))
	f.write("numbers.csv", []byte(numbers.String()))
	f.write("large.csv", []byte("1,2\n\n1e38,-3e38\n3,4\n")) // line 3
	f.write("words.csv", []byte("cat\ndog\ncat\n"))
	f.write("three.csv", []byte("1.5\n2.5\n3.25\n"))
	small := []string{"-quiet", "-features", "8", "-pool", "none", "-scale", "1", "-lambda", "0.1", "-loss", "squared", "-standardise", "no", "-x", f.path("x.csv")}
	for _, c := range []struct{ y, truth string }{{"labels.csv", "words.csv"}, {"numbers.csv", "three.csv"}} {
		ok(t, append([]string{"fit", "-o", f.path("m"), "-y", f.path(c.y)}, small...)...)
		predict := []string{"predict", "-quiet", "-model", f.path("m"), "-x", f.path("large.csv"), "-o"}
		fails := [][]string{append(predict, f.path("p.csv")), append(predict, f.path("p.npy")),
			{"eval", "-quiet", "-model", f.path("m"), "-x", f.path("large.csv"), "-y", f.path(c.truth), "-header", "no"}}
		if c.y == "labels.csv" {
			fails = append(fails, append(predict, f.path("p.csv"), "-labels"))
		}
		for _, args := range fails {
			before := list(t, f.dir)
			if r := nnk(args...); r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "large.csv: line 3: output 0 of the model is NaN") || strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("%q: %+v", args, r)
			}
			if list(t, f.dir) != before {
				t.Errorf("%q: wrote %s", args, list(t, f.dir))
			}
		}
		ok(t, append(predict, f.path("kept.csv"), "-nan", "keep")...)
		lines := strings.Split(string(f.read("kept.csv")), "\n")
		if len(lines) != 4 || strings.Contains(lines[0]+lines[2], "NaN") || !strings.Contains(lines[1], "NaN") {
			t.Errorf("%s: %q", c.y, lines)
		}
		for _, bad := range [][]string{{"-nan", "perhaps"}, {"-nan", "keep", "-labels"}} {
			if r := nnk(append(append(predict, f.path("p.csv")), bad...)...); r.code != 2 || !strings.Contains(r.stderr, "-nan") {
				t.Errorf("%q: %+v", bad, r)
			}
		}
	}
	// Without NaN, but with errors whose squares are no number.
	f.write("far.csv", []byte("1e300\n2\n3\n"))
	f.write("rows.csv", []byte("1.5,2.5\n1.5,1.5\n2.5,4.5\n"))
	if r := nnk("eval", "-quiet", "-json", "-model", f.path("m"), "-x", f.path("rows.csv"), "-y", f.path("far.csv")); r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "too large for a number") {
		t.Errorf("%+v", r)
	}
}
