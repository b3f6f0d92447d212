package main

import (
	"bytes"
	"strings"
	"testing"

	"nnk/examples/digits"
	"nnk/snnk"
)

// The table begins with the teacher, which loses nothing on its way to modules, and
// training a replaced network on, without its rate being chosen, improves it.
func TestRun(t *testing.T) {
	var b bytes.Buffer
	if err := run(&b, plan{1, 2, []float64{3e-4}, []replacement{{[]int{1}, 8}}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 4 || lines[0] != "teacher 64-256-256-10: 85002 parameters, 93.2 %" || !strings.HasPrefix(lines[3], "[1] by 8 features      21514") {
		t.Errorf("printed:\n%s", b.String())
	}
}

func TestUptrainingImproves(t *testing.T) {
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	all := data{x, y}
	out, err := plan{1, 6, []float64{3e-4}, nil}.measure(all.part(0, digits.Train), all.part(digits.Train, digits.Rows), replacement{[]int{1}, 8}.replaced)
	if err != nil {
		t.Fatal(err)
	}
	if out.after[0] < out.before[0]+5 {
		t.Errorf("accuracy %.1f %% after a refit, %.1f after training on", out.before[0], out.after[0])
	}
}

// A narrow network has the largest width that fits.
func TestNarrow(t *testing.T) {
	count := func(h int) int { return 65*h + (h+1)*h + (h+1)*10 }
	for _, params := range []int{count(10), count(11) - 1, 85002} {
		net, h, err := narrow(params, 1)
		if err != nil {
			t.Fatal(err)
		}
		if n := snnk.ParamCount[float32](net); n != count(h) || n > params || count(h+1) <= params {
			t.Errorf("%d parameters: width %d with %d, %d has %d", params, h, n, h+1, count(h+1))
		}
	}
}
