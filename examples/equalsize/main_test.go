package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/snnk"
)

// few is a task of some rows of the digits.
func few(t *testing.T) task {
	t.Helper()
	d, err := digitTask()
	if err != nil {
		t.Fatal(err)
	}
	d.train, d.test, d.epochs, d.sizes = d.train.rows(0, 250), d.test.rows(0, 100), 2, []int64{1400, 3000}
	return d
}

// Every family keeps every size, nearly fills it, and has a line; what is trained is the same again.
func TestTable(t *testing.T) {
	d := few(t)
	for _, name := range []string{"narrow network", "diagonals, 8 bits", "random, 8 bits"} {
		rows, err := compare(context.Background(), io.Discard, d, name, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			for i, c := range r.cells {
				if c.problem != "" && r.kind == diagonals && i == 0 { // its three diagonals are too large
					continue
				}
				if c.bytes > d.sizes[i] || c.bytes < d.sizes[i]*8/10 || len(c.accuracy) != 2 || !(slices.Min(c.accuracy) > 20) {
					t.Errorf("%s: %+v", r.name(), c)
				}
			}
		}
		var text bytes.Buffer
		print(&text, d, rows)
		page := string(chart(d, rows, 2))
		for _, r := range rows {
			if !strings.Contains(text.String(), r.name()) || !strings.Contains(page, ">"+r.name()+"</text>") {
				t.Errorf("no %s in\n%s", r.name(), text.String())
			}
		}
		if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
			t.Errorf("the chart of %s has places that are no numbers", name)
		}
	}
	a, err1 := family{narrow, 8}.train(context.Background(), d, d.train, 5, choice{0.01, 1, 1.5, 1}, 3)
	b, err2 := family{narrow, 8}.train(context.Background(), d, d.train, 5, choice{0.01, 1, 1.5, 1}, 3)
	if err1 != nil || err2 != nil || !slices.Equal(a.Forward(nil, d.test.x, nil).Data(), b.Forward(nil, d.test.x, nil).Data()) {
		t.Errorf("a second training is another: %v, %v", err1, err2)
	}
}

// A network that was trained in units reads inputs in their own.
func TestUnits(t *testing.T) {
	d := few(t)
	for _, columns := range []bool{false, true} {
		d.columns = columns
		u := newUnits(d)
		m, err := family{narrow, 32}.untrained(d, 3, choice{scale: 1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		l := m.Modules()[0]
		want := l.Forward(nil, u.apply(d.test.x)).Clone()
		u.fold(m.Modules()[0].(*snnk.Linear[float32]))
		got := l.Forward(nil, d.test.x)
		for i, v := range want.Data() {
			if e := float64(v - got.Data()[i]); e > 1e-4 || e < -1e-4 {
				t.Fatalf("output %d is %g, want %g", i, got.Data()[i], v)
			}
		}
	}
}

// Files of the letters are read as they are split: the last fifth is the test. Files that do not belong together are refused.
func TestLetters(t *testing.T) {
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
	x := write("x.csv", 50, func(i int) string { return fmt.Sprintf("%d,7", i%2*4) })
	y := write("y.csv", 50, func(i int) string { return string(rune('A' + i%3)) })
	got, err := read("letters", x, y, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.train.y) != 40 || len(got.test.y) != 10 || got.classes != 3 || got.test.y[1] != 41%3 || got.train.x.At(1, 0) != 4 {
		t.Errorf("%d rows to train on, %d to test, %d classes: %v", len(got.train.y), len(got.test.y), got.classes, got.test.y)
	}
	if _, err := read("letters", x, write("short.csv", 49, func(int) string { return "A" }), ""); err == nil || !strings.Contains(err.Error(), "50 rows, and") {
		t.Errorf("classes for 49 of 50 rows: %v", err)
	}
	for _, bad := range [][]string{{"letters", filepath.Join(dir, "none.csv"), y, ""}, {"letters", "", "", ""}, {"fashion", "", "", ""}, {"fashion", "", "", dir}, {"digits", x, "", ""}, {"pens", "", "", ""}} {
		if _, err := read(bad[0], bad[1], bad[2], bad[3]); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

// Files of the form IDX are read from their first row on, and what is none, or too short, is refused.
func TestIDX(t *testing.T) {
	write := func(b []byte) string {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(b)
		w.Close()
		path := filepath.Join(t.TempDir(), "f.gz")
		if err := os.WriteFile(path, z.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := []byte{0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6}
	got, width, err := readIDX(write(good), 2)
	if err != nil || width != 2 || !slices.Equal(got, []byte{1, 2, 3, 4}) {
		t.Errorf("%d columns of %d, %v", got, width, err)
	}
	for _, bad := range [][]byte{nil, good[:10], good[:17], append([]byte{0, 0, 13}, good[3:]...), slices.Concat(good[:8], []byte{255, 255, 255, 255}, good[12:])} {
		if _, _, err := readIDX(write(bad), 2); err == nil {
			t.Errorf("% x: no error", bad)
		}
	}
	if _, _, err := readIDX(write(good), 4); err == nil {
		t.Error("4 of 3 rows: no error")
	}
}

func TestSizes(t *testing.T) {
	if got, err := parseSizes("3200,1700"); err != nil || !slices.Equal(got, []int64{1700, 3200}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "1,", "0", "many"} {
		if _, err := parseSizes(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
