package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/internal/atomicfile"
	"nnk/internal/npy"
	"nnk/mat"
)

func predict(c *call) error {
	model := c.flags.String("model", "", "model `file`")
	in := c.flags.String("x", "", "inputs, n×d, .npy, .safetensors or .csv `file`, if no table is given")
	out := c.flags.String("o", "", "`file` to write, .npy or .csv")
	labels := c.flags.Bool("labels", false, "write class labels instead of scores")
	nan := c.flags.String("nan", "error", "what to do about outputs that are NaN or infinite, as those of a row are whose numbers are too large for the model: error; keep, which writes them")
	var by named
	var whole integers
	whole.register(c)
	c.tables.register(c)
	c.memory.register(c)
	by.registerReading(c)
	if err := c.parse(0, 1, "model", "o"); err != nil {
		return err
	}
	path, err := c.oneOf(*in)
	if err != nil {
		return err
	}
	if *nan != "error" && *nan != "keep" {
		return usagef("-nan %s: want error or keep", *nan)
	}
	if *nan == "keep" && *labels {
		return usagef("-nan keep has no use with -labels: outputs that are NaN stand for no class")
	}
	kind := strings.ToLower(filepath.Ext(*out))
	if kind != ".npy" && kind != ".csv" {
		return usagef("-o %s: the name must end in .npy or .csv", *out)
	}
	m, err := loadModel(*model)
	if err != nil {
		return err
	}
	if m.Network, err = whole.network(m, *model); err != nil {
		return err
	}
	if *labels && !hasScores(m) {
		return usagef("-labels: %s is a model for the task %q and has no classes", *model, m.Task)
	}
	x, err := by.modelRows(c, path, m, false)
	if err != nil {
		return err
	}
	defer x.Close()

	bytes := 12 * float64(x.Rows()) * float64(m.Network.Out()) // float64, and float32 or text of some of it
	if err := c.memory.need(bytes, fmt.Sprintf("%s: the outputs of %d rows", path, x.Rows()), "give fewer rows at a time"); err != nil {
		return err
	}
	p := c.progress("predict")
	defer p.end()
	scores := mat.New[float64](x.Rows(), m.Network.Out())
	err = m.Network.PredictUnchecked(c.ctx, x, func(block *mat.Dense[float64], row int) error {
		if *nan == "error" {
			if err := checkOutputs(x, block, row); err != nil {
				if !*labels {
					err = fmt.Errorf("%w; -nan keep writes it", err)
				}
				return err
			}
		}
		scores.View(row, 0, block.Rows(), block.Cols()).Copy(block)
		p.step(row+block.Rows(), x.Rows())
		return nil
	})
	if err != nil {
		return c.outputError(err, m, x)
	}
	err = plain(atomicfile.Write(*out, func(w io.Writer) error {
		switch {
		case kind == ".csv":
			return writeCSV(w, m, scores, *labels)
		case *labels:
			return npy.WriteLabels(w, labelType(m), labelNames(m, scores))
		}
		return writeScores(w, m, scores)
	}))
	if err != nil || !c.json {
		return err
	}
	return printJSON(c.stdout, map[string]any{"rows": x.Rows(), "outputs": m.Network.Out(), "file": *out})
}

// checkOutputs refuses outputs, for the rows of x from row on, that are no numbers.
func checkOutputs(x *rows, outputs *mat.Dense[float64], row int) error {
	for i := range outputs.Rows() {
		for j, v := range outputs.Row(i) {
			if v-v != 0 {
				return fmt.Errorf("%s: output %d of the model is %g: the numbers of the row are too large for it", x.place(row+i), j, v)
			}
		}
	}
	return nil
}

// labelType is the type of a model's labels.
func labelType(m *bundle.Model[float32]) string {
	switch {
	case m.LabelType != "":
		return m.LabelType
	case m.Classes == nil:
		return "i8"
	}
	return "U"
}

// labelNames are the names of the rows' classes.
func labelNames(m *bundle.Model[float32], scores *mat.Dense[float64]) []string {
	names := make([]string, scores.Rows())
	for i, class := range bundle.Labels(nil, scores) {
		if m.Classes == nil {
			names[i] = strconv.Itoa(class)
		} else {
			names[i] = m.Classes[class]
		}
	}
	return names
}

func writeCSV(w io.Writer, m *bundle.Model[float32], scores *mat.Dense[float64], labels bool) error {
	c := csv.NewWriter(w)
	if labels {
		for _, name := range labelNames(m, scores) {
			if err := c.Write([]string{name}); err != nil {
				return err
			}
		}
	} else {
		line := make([]string, scores.Cols())
		for i := range scores.Rows() {
			for j, v := range scores.Row(i) {
				line[j] = strconv.FormatFloat(v, 'g', -1, scoreBits(m))
			}
			if err := c.Write(line); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// scoreBits is the size of the numbers that the outputs of a model are: float64 where they get their units back at the end.
func scoreBits(m *bundle.Model[float32]) int {
	stages := m.Network.Stages()
	if _, ok := stages[len(stages)-1].(*bundle.Scale[float32]); ok {
		return 64
	}
	return 32
}

func writeScores(w io.Writer, m *bundle.Model[float32], scores *mat.Dense[float64]) error {
	shape := []int{scores.Rows(), scores.Cols()}
	if scoreBits(m) == 64 {
		return npy.Write(w, shape, scores.Data())
	}
	narrow := mat.New[float32](scores.Rows(), scores.Cols())
	for i, v := range scores.Data() {
		narrow.Data()[i] = float32(v)
	}
	return npy.Write(w, shape, narrow.Data())
}
