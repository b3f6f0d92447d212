package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The columns of -x-val are those of -x by their names, in any order; others are told, missing ones an error, and without names their places count.
func TestValidationByNames(t *testing.T) {
	f := newFolder(t)
	write := func(name, head string, order ...int) {
		var b strings.Builder
		b.WriteString(head)
		for i := range 80 {
			v := []int{i % 11, i * i % 7, i % 5, 3 * i % 13}
			for k, j := range order {
				fmt.Fprintf(&b, "%s%d.5", map[bool]string{true: ",", false: ""}[k > 0], v[j])
			}
			b.WriteByte('\n')
		}
		if err := os.WriteFile(f.path(name), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("x.csv", "a,b,c\n", 0, 1, 2)
	write("y.csv", "y\n", 3)
	write("turned.csv", "c,a,more,b\n", 2, 0, 3, 1)
	write("bare.csv", "", 0, 1, 2)
	write("other.csv", "a,b,d\n", 0, 1, 2)
	ok(t, "train", "-quiet", "-x", f.path("x.csv"), "-y", f.path("y.csv"), "-task", "regress", "-hidden", "4", "-epochs", "2", "-o", f.path("net"))
	for _, more := range [][]string{nil, {"-uptrain", "1"}} {
		args := append([]string{"compress", "-quiet", "-model", f.path("net"), "-x", f.path("x.csv"), "-features", "8", "-pool", "none", "-o", f.path("m"), "-json"}, more...)
		said := map[string]float64{}
		for _, name := range []string{"x.csv", "turned.csv", "bare.csv"} {
			var made struct{ Judged verdict }
			decode(t, ok(t, append(args, "-x-val", f.path(name))...), &made)
			said[name] = *made.Judged.R2
		}
		if said["turned.csv"] != said["x.csv"] || said["bare.csv"] != said["x.csv"] {
			t.Errorf("%q: R² %v", more, said)
		}
		if r := nnk(append(args, "-x-val", f.path("other.csv"))...); r.code != 1 || !strings.Contains(r.stderr, `"c"`) {
			t.Errorf("%q: %+v", more, r)
		}
	}
}
