package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nnk/examples/digits"
	"nnk/snnk"
)

// A table of one epoch has a line for every family, and is the same again.
func TestTable(t *testing.T) {
	digit, err := digitTask()
	if err != nil {
		t.Fatal(err)
	}
	digit.epochs = 1
	p := plan{1, []float64{0.01}, []float64{2}}
	var a, b bytes.Buffer
	if err := run(&a, digit, p); err != nil {
		t.Fatal(err)
	}
	if !testing.Short() {
		if err := run(&b, digit, p); err != nil {
			t.Fatal(err)
		}
		if a.String() != b.String() {
			t.Errorf("a second run printed\n%s\nthe first\n%s", b.String(), a.String())
		}
	}
	for _, want := range []string{
		"1297 rows to train on, 500 to test, 1 epochs", "64-48-10            3610", "64-33-33-10         3607", "cosines, 256                2570", "cosines, 358                3590",
		"ReLU, 256                   2570", "ReLU, 358                   3590", "256 cosines     3594", "256 ReLU        3594",
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
	digit, err := digitTask()
	if err != nil {
		t.Fatal(err)
	}
	list, err := families(digits.Pixels, digits.Classes)
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
				a, err := digit.fit(f, digit.train, digit.test, 0.01, 2, seed)
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

// At the sizes of the letters, 16 inputs and 26 classes, no row that is compared with learned
// diagonals differs from it by more than one percent in parameters.
func TestEqualParameters(t *testing.T) {
	list, err := families(16, 26)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		m, err := f.make(1, 0)
		if err != nil {
			t.Fatal(err)
		}
		n := snnk.ParamCount(m)
		if strings.HasPrefix(f.name, "random") && strings.HasSuffix(f.name, " 256") {
			continue // as many features, without the diagonals
		}
		if n < 7706-77 || n > 7706+77 {
			t.Errorf("%s: %d parameters, want about 7706", f.name, n)
		}
	}
}

// Files are read as they are split: the last fifth is the test, which has no part in the units
// of the columns, and files that do not belong together are refused.
func TestReadTask(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, rows int, line func(i int) string) string {
		text := ""
		for i := range rows {
			text += line(i) + "\n"
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	x := write("x.csv", 50, func(i int) string {
		if i >= 40 {
			return "1000,7"
		}
		return fmt.Sprintf("%d,7", i%2*4)
	})
	y := write("y.csv", 50, func(i int) string { return string(rune('A' + i%3)) })
	got, err := readTask(x, y)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.train.y) != 40 || len(got.test.y) != 10 || got.classes != 3 || got.test.y[1] != 41%3 {
		t.Errorf("%d rows to train on, %d to test, %d classes: %v", len(got.train.y), len(got.test.y), got.classes, got.test.y)
	}
	if a, b := got.train.x.Row(0), got.train.x.Row(1); a[0] != -1 || b[0] != 1 || a[1] != 0 || got.test.x.Row(0)[0] != 499 {
		t.Errorf("rows %v and %v, of the test %v", a, b, got.test.x.Row(0))
	}
	if _, err := readTask(x, write("short.csv", 49, func(int) string { return "A" })); err == nil || !strings.Contains(err.Error(), "50 rows, and") {
		t.Errorf("classes for 49 of 50 rows: %v", err)
	}
	if _, err := readTask(filepath.Join(dir, "none.csv"), y); err == nil {
		t.Error("no error without a file")
	}
}
