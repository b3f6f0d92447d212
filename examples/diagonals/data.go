package main

import (
	"context"
	"fmt"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/examples/digits"
	"nnk/mat"
	"nnk/snnk"
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
	train, test   data
	classes       int
	epochs, batch int
	trials        int // trainings of each choice on held-out rows
}

// digitTask has the pixels from 0 to 1. The test rows are by other writers.
func digitTask() (task, error) {
	x, y, err := digits.Load()
	if err != nil {
		return task{}, err
	}
	for i := range x.Data() {
		x.Data()[i] /= 16
	}
	all := data{x, y}
	return task{all.rows(0, digits.Train), all.rows(digits.Train, digits.Rows), digits.Classes, 60, 32, 2}, nil
}

// readTask reads a task from files of inputs and classes. The last fifth of the rows is for
// the test; columns have mean 0 and mean square 1 on the others.
func readTask(inputs, classes string) (task, error) {
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
	t := task{all.rows(0, n-n/5), all.rows(n-n/5, n), labels.Count, 40, 64, 1}
	units := snnk.Standardise(t.train.x)
	units.Apply(all.x, all.x)
	return t, nil
}
