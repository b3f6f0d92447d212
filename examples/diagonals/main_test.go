package main

import (
	"bytes"
	"strings"
	"testing"

	"nnk/internal/digits"
)

// A table of one epoch has a line for every family, and is the same again.
func TestTable(t *testing.T) {
	p := plan{1, []int{1}, []float64{0.01}, []float64{2}}
	var a, b bytes.Buffer
	if err := run(&a, p); err != nil {
		t.Fatal(err)
	}
	if !testing.Short() {
		if err := run(&b, p); err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Errorf("a second run printed\n%s\nthe first\n%s", b.String(), a.String())
		}
	}
	for _, want := range []string{
		"64-34-10            2560", "64-48-10            3610", "cosines, 256                2570", "cosines, 358                3590",
		"features, 256          2570", "features, 358          3590", "256 cosines     3594", "256 ReLU        3594",
	} {
		if !strings.Contains(a.String(), want) {
			t.Errorf("no line with %q in\n%s", want, a.String())
		}
	}
}

// At equal size and with the same training, learned diagonals are above a narrow network
// on the test rows, in the mean of three seeds.
func TestLearnedDiagonalsBeatANarrowNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for a second, under emulation for a minute")
	}
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	list, err := families()
	if err != nil {
		t.Fatal(err)
	}
	mean := func(name string) float64 {
		for _, f := range list {
			if f.name != name {
				continue
			}
			sum := 0.0
			for seed := range uint64(3) {
				a, _, err := train(f, all.rows(0, digits.Train), all.rows(digits.Train, digits.Rows), 0.01, 2, 60, seed)
				if err != nil {
					t.Fatal(err)
				}
				sum += a / 3
			}
			return sum
		}
		t.Fatalf("no family %s", name)
		return 0
	}
	learned, narrow := mean("learned diagonals, 256 cosines"), mean("narrow network 64-48-10")
	if !(learned >= narrow) {
		t.Errorf("learned diagonals %.2f %%, narrow network %.2f %%", learned, narrow)
	}
}
