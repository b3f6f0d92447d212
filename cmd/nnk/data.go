package main

import (
	"fmt"
	"os"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// openRows opens a table of inputs or targets; rows, if not 0, is what it must
// have.
func openRows(path string, rows int) (*table.Table, error) {
	t, err := table.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	if rows > 0 && t.Rows() != rows {
		t.Close()
		return nil, fmt.Errorf("%s: %d rows, but the inputs have %d: give one for each", path, t.Rows(), rows)
	}
	return t, nil
}

// plain drops the name of the system call from an error about a file.
func plain(err error) error {
	if pe, ok := err.(*os.PathError); ok {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

// loadModel reads a model file.
func loadModel(path string) (*bundle.Model[float32], error) {
	m, err := bundle.Load[float32](path)
	return m, plain(err)
}

// modelInputs opens the inputs for a model.
func modelInputs(path string, m *bundle.Model[float32]) (*table.Table, error) {
	t, err := openRows(path, 0)
	if err != nil {
		return nil, err
	}
	if t.Cols() != m.Network.In() {
		t.Close()
		return nil, fmt.Errorf("%s: %d columns, but the model reads %d", path, t.Cols(), m.Network.In())
	}
	return t, nil
}

// readHead reads the first rows of a table, at most n.
func readHead(t *table.Table, n int) (*mat.Dense[float32], error) {
	x := mat.New[float32](min(n, t.Rows()), t.Cols())
	return x, bundle.Read(x, t, 0)
}
