package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"nnk/bundle"
	"nnk/bundle/checkpoint"
	"nnk/examples/digits"
)

func TestCompress(t *testing.T) {
	x, _, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	var xs bytes.Buffer
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			if j > 0 {
				xs.WriteByte(',')
			}
			fmt.Fprint(&xs, v)
		}
		xs.WriteByte('\n')
	}
	for name, b := range map[string][]byte{"x.csv": xs.Bytes(), "net.safetensors": digits.Teacher()} {
		if err := os.WriteFile(path(name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := compress(&out, path("net.safetensors"), path("x.csv"), path("m.safetensors")); err != nil {
		t.Fatal(err)
	}
	if want := "85002 parameters replaced by 2570\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
	model, err := bundle.Load[float32](path("m.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	file := digits.Teacher()
	c, err := checkpoint.Read[float32](bytes.NewReader(file), int64(len(file)), checkpoint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.Network.Fitness(t.Context(), bundle.Matrix(x), bundle.OutputsOf(c.Network, bundle.Matrix(x)))
	if err != nil {
		t.Fatal(err)
	}
	if f.R2 < 0.8 {
		t.Errorf("R² of the outputs is %.3f", f.R2)
	}
}
