package main

import (
	"fmt"
	"strings"
	"testing"
)

// Columns that are equal in all rows change neither what is trained nor what it says, and nothing that is in them later does.
func TestTrainConstantColumns(t *testing.T) {
	f := newFolder(t)
	var narrow, wide, later, targets strings.Builder
	for i := range 80 {
		a, b := 1000+i%9, i*i%7
		fmt.Fprintf(&narrow, "%d,%d\n", a, b)
		fmt.Fprintf(&wide, "%d,5e30,%d,-2\n", a, b)
		fmt.Fprintf(&later, "%d,%d,%d,-2\n", a, i, b)
		fmt.Fprintf(&targets, "%d\n", a*b%11)
	}
	f.write("x.csv", []byte(narrow.String()))
	f.write("wide.csv", []byte(wide.String()))
	f.write("later.csv", []byte(later.String()))
	f.write("y.csv", []byte(targets.String()))
	for _, args := range [][]string{{"-hidden", "6"}, {"-hidden", "6", "-standardise", "no"}, {"-hidden", "6", "-bits", "8"}, {"-features", "8"}, {"-features", "8", "-standardise", "no"}} {
		train := func(x, out string) {
			ok(t, append([]string{"train", "-x", f.path(x), "-y", f.path("y.csv"), "-task", "regress", "-epochs", "3", "-o", f.path(out)}, args...)...)
		}
		train("x.csv", "narrow.safetensors")
		train("wide.csv", "wide.safetensors")
		// Plain networks are judged, models predict.
		says := func(model, x string) string {
			if len(args) == 2 && args[0] == "-hidden" || args[len(args)-1] == "no" && args[0] == "-hidden" {
				var r struct{ R2 float64 }
				decode(t, ok(t, "eval", "-model", f.path(model), "-x", f.path(x), "-y", f.path("y.csv"), "-json"), &r)
				return fmt.Sprint(r.R2)
			}
			ok(t, "predict", "-model", f.path(model), "-x", f.path(x), "-o", f.path("p.npy"))
			return string(f.read("p.npy"))
		}
		want := says("narrow.safetensors", "x.csv")
		for _, x := range []string{"wide.csv", "later.csv"} {
			if says("wide.safetensors", x) != want {
				t.Errorf("%v: other predictions for %s", args, x)
			}
		}
	}
}
