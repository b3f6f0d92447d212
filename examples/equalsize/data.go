package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/examples/digits"
	"nnk/mat"
)

// data are rows with their classes.
type data struct {
	x *mat.Dense[float32]
	y []int
}

func (d data) rows(lo, hi int) data {
	return data{d.x.View(lo, 0, hi-lo, d.x.Cols()), d.y[lo:hi]}
}

// task is a set of rows to learn from and one to test on.
type task struct {
	name        string
	train, test data
	classes     int
	columns     bool    // whether columns are of different kinds, so that networks that are trained read each in its own unit
	sizes       []int64 // of the files
	epochs      int     // of trainings: those of learned directions; networks may have twice as many
}

// read returns one of the three sets.
func read(set, inputs, classes, dir string) (task, error) {
	switch {
	case set == "digits" && inputs+classes+dir == "":
		return digitTask()
	case set == "letters" && inputs != "" && classes != "" && dir == "":
		return letterTask(inputs, classes)
	case set == "fashion" && inputs+classes == "" && dir != "":
		return fashionTask(dir)
	}
	return task{}, fmt.Errorf("-data %s: want digits, letters with -x and -y, or fashion with -dir", set)
}

// digitTask is that of the demonstration. The test rows are by other writers.
func digitTask() (task, error) {
	x, y, err := digits.Load()
	if err != nil {
		return task{}, err
	}
	all := data{x, y}
	return task{name: "digits", train: all.rows(0, digits.Train), test: all.rows(digits.Train, digits.Rows), classes: digits.Classes, sizes: []int64{1700, 3200, 6400}, epochs: 60}, nil
}

// letterTask reads the letters; the last fifth of the rows is for the test.
func letterTask(inputs, classes string) (task, error) {
	x, err := table.Open(context.Background(), inputs)
	if err != nil {
		return task{}, err
	}
	defer x.Close()
	y, err := table.Open(context.Background(), classes)
	if err != nil {
		return task{}, err
	}
	defer y.Close()
	labels, err := y.Labels(nil, 0, table.MissingFails)
	if err != nil {
		return task{}, err
	}
	n := x.Rows()
	if len(labels.Class) != n || n < 25 {
		return task{}, fmt.Errorf("%s: %d rows, and %s has %d: want as many, and 25 at least", inputs, n, classes, len(labels.Class))
	}
	all := data{mat.New[float32](n, x.Cols()), labels.Class}
	if err := bundle.Read(all.x, x, 0); err != nil {
		return task{}, err
	}
	return task{name: "letters", train: all.rows(0, n-n/5), test: all.rows(n-n/5, n), classes: labels.Count, columns: true, sizes: []int64{4600, 9200}, epochs: 40}, nil
}

// fashionRows are the first rows that are trained on: a training of all 60,000 takes four times as long.
const fashionRows = 15_000

func fashionTask(dir string) (task, error) {
	read := func(name string, rows int) (data, error) {
		pixels, width, err := readIDX(filepath.Join(dir, name+"-images-idx3-ubyte.gz"), rows)
		if err != nil {
			return data{}, err
		}
		labels, _, err := readIDX(filepath.Join(dir, name+"-labels-idx1-ubyte.gz"), rows)
		if err != nil {
			return data{}, err
		}
		d := data{mat.New[float32](rows, width), make([]int, rows)}
		for i, p := range pixels {
			d.x.Data()[i] = float32(p)
		}
		for i, c := range labels {
			if d.y[i] = int(c); c > 9 {
				return d, fmt.Errorf("%s: row %d has the class %d of 10", dir, i, c)
			}
		}
		return d, nil
	}
	train, err := read("train", fashionRows)
	if err != nil {
		return task{}, err
	}
	test, err := read("t10k", 10_000)
	return task{name: "fashion", train: train, test: test, classes: 10, sizes: []int64{8200}, epochs: 42}, err
}

// readIDX returns the first rows of a compressed file of bytes in the form IDX, and how many bytes each has.
func readIDX(path string, rows int) ([]byte, int, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	z, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	var head [4]byte
	if _, err := io.ReadFull(z, head[:]); err != nil || head[0] != 0 || head[1] != 0 || head[2] != 8 || head[3] < 1 || head[3] > 3 {
		return nil, 0, fmt.Errorf("%s: not a file of bytes in the form IDX: % x, %v", path, head, err)
	}
	shape, width := make([]uint32, head[3]), 1
	if err := binary.Read(z, binary.BigEndian, shape); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	for _, n := range shape[1:] {
		if n < 1 || n > 1<<12 {
			return nil, 0, fmt.Errorf("%s: rows of shape %d", path, shape[1:])
		}
		width *= int(n)
	}
	if int64(shape[0]) < int64(rows) {
		return nil, 0, fmt.Errorf("%s: %d rows, want %d", path, shape[0], rows)
	}
	b := make([]byte, rows*width)
	if _, err := io.ReadFull(z, b); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	return b, width, nil
}
