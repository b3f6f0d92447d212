// Command models writes model files with every kind of stage, map, projection and activation that a file can
// hold, in both types, for readers in other languages.
//
//	go run ./conformance/models DIR
//
// Beside NAME.safetensors it writes NAME.x.npy, rows that the model reads, or NAME.rows.json, rows of named
// columns, and NAME.npy, its outputs for them. A test says which kind is forgotten.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"nnk/asm"
	"nnk/bundle"
	"nnk/internal/npy"
	"nnk/mat"
	"nnk/rng"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./conformance/models DIR")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "models:", err)
		os.Exit(1)
	}
}

// write writes all files.
func write(dir string) error {
	if err := writeAll[float32](dir, "float32-"); err != nil {
		return err
	}
	return writeAll[float64](dir, "float64-")
}

func writeAll[T asm.Float](dir, prefix string) error {
	for _, n := range networks[T]() {
		if err := writeOne(filepath.Join(dir, prefix+n.name), n.net); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	if err := writeTable[T](filepath.Join(dir, prefix+"schema")); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	return nil
}

// model is that of a network, with metadata of its own, not all of ASCII.
func model[T asm.Float](net *bundle.Network[T]) *bundle.Model[T] {
	return &bundle.Model[T]{Network: net, Task: bundle.Outputs, Provenance: map[string]string{"note": "für andere Leser"}}
}

// rows is how many each network reads: more than go through one together.
const rows = 259

// writeOne writes a network, inputs and its outputs for them.
func writeOne[T asm.Float](path string, net *bundle.Network[T]) error {
	if err := model(net).Save(path + ".safetensors"); err != nil {
		return err
	}
	n := rows
	if net.MACs() > 1000 { // that is slow in Python
		n = 21
	}
	x, y := mat.Of(n, net.In(), numbers[float64](1, n*net.In())), mat.New[float64](n, net.Out())
	err := net.Predict(context.Background(), bundle.Matrix(x), func(block *mat.Dense[float64], row int) error {
		y.View(row, 0, block.Rows(), block.Cols()).Copy(block)
		return nil
	})
	if err != nil {
		return err
	}
	if err := writeMatrix(path+".x.npy", x); err != nil {
		return err
	}
	return writeMatrix(path+".npy", y)
}

func writeMatrix(path string, m *mat.Dense[float64]) error {
	var b bytes.Buffer
	if err := npy.Write(&b, []int{m.Rows(), m.Cols()}, m.Data()); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// numbers are n normal ones of a substream.
func numbers[T asm.Float](sub uint64, n int) []T {
	v := make([]T, n)
	rng.Normal(rng.New(0).Sub(sub), v, 0)
	return v
}
