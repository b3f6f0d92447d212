package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"nnk/bundle"
	"nnk/examples/digits"
)

func TestFit(t *testing.T) {
	x, y, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	var xs, ys bytes.Buffer
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			if j > 0 {
				xs.WriteByte(',')
			}
			fmt.Fprint(&xs, v)
		}
		xs.WriteByte('\n')
	}
	for _, class := range y {
		fmt.Fprintln(&ys, class)
	}
	for name, b := range map[string]*bytes.Buffer{"x.csv": &xs, "y.csv": &ys} {
		if err := os.WriteFile(path(name), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := run(&out, path("x.csv"), path("y.csv"), path("m.safetensors")); err != nil {
		t.Fatal(err)
	}
	if want := "1797 rows, 128 features selected from 2048, 1290 parameters\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
	model, err := bundle.Load[float32](path("m.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	says, err := model.Network.Classify(t.Context(), bundle.Matrix(x))
	if err != nil {
		t.Fatal(err)
	}
	if a := bundle.Agreement(says, y); a < 0.95 {
		t.Errorf("accuracy %.3f on the training rows", a)
	}
}
