package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// evaluation is what eval prints; the names are those of -json.
type evaluation struct {
	Rows     int      `json:"rows"`
	Accuracy *float64 `json:"accuracy,omitempty"`
	R2       *float64 `json:"r2,omitempty"`
	RMSE     *float64 `json:"rmse,omitempty"`
	// Of each target; those above are of all together, where the ones with the largest numbers decide.
	Targets []bundle.TargetFitness `json:"targets,omitempty"`
	Params  int                    `json:"trained_params"`
	Bytes   int64                  `json:"file_bytes"`
	NsB1    float64                `json:"ns_per_sample_b1"`
	NsB256  float64                `json:"ns_per_sample_b256"`
	MACs    int                    `json:"macs_per_sample"`
	understood
}

// targetLines is the number of targets up to which each has lines of its own.
const targetLines = 8

// addFitness adds the lines of each target, or of all together and of the worst where there are many.
func (e *evaluation) addFitness(t *listing, s *table.Schema) {
	add := func(of string, r2, rmse float64) {
		t.add("R²"+of, strconv.FormatFloat(r2, 'g', 5, 64))
		t.add("root mean squared error"+of, strconv.FormatFloat(rmse, 'g', 5, 64))
	}
	if len(e.Targets) == 1 {
		add("", *e.R2, *e.RMSE)
		return
	}
	worst := 0
	for j, f := range e.Targets {
		of := " of target " + strconv.Itoa(j)
		if s != nil && j < len(s.Targets) {
			of = " of " + strconv.Quote(s.Targets[j])
		}
		if len(e.Targets) <= targetLines {
			add(of, f.R2, f.RMSE)
		} else if f.R2 < e.Targets[worst].R2 {
			worst = j
		}
	}
	if len(e.Targets) > targetLines {
		add(" of all targets", *e.R2, *e.RMSE)
		add(fmt.Sprintf(" of target %d, the worst", worst), e.Targets[worst].R2, e.Targets[worst].RMSE)
	}
}

// hasScores reports whether the outputs can be read as the scores of classes.
func hasScores(m *bundle.Model[float32]) bool {
	return m.Task == bundle.Classify || m.Task == bundle.Outputs && (m.Network.Out() > 1 || m.Classes != nil)
}

// outputError gives an error about outputs, or about inputs that are too large for the model, the place of their row in the file.
func (c *call) outputError(err error, m *bundle.Model[float32], x *rows) error {
	var found error
	switch {
	case errors.Is(err, bundle.ErrNotFinite):
		found = m.Network.PredictUnchecked(c.ctx, x, func(block *mat.Dense[float64], row int) error { return checkOutputs(x, block, row) })
	case errors.Is(err, bundle.ErrRange):
		found = bundle.Blocks(x, 256, func(block *mat.Dense[float64], row int) error {
			for i := range block.Rows() {
				for j, v := range block.Row(i) {
					if math.Abs(v) > math.MaxFloat32 {
						return fmt.Errorf("%s: input %d is %g, too large for the model", x.place(row+i), j, v)
					}
				}
			}
			return nil
		})
	}
	if found != nil {
		return found
	}
	return err
}

func eval(c *call) error {
	model := c.flags.String("model", "", "`file` of a model, or of a network from elsewhere as compress reads it")
	in := c.flags.String("x", "", "inputs, n×d, .npy, .safetensors or .csv `file`, if no table is given")
	truth := c.flags.String("y", "", "labels or targets of the inputs, .npy, .safetensors or .csv `file`; not needed of a table with the columns that the model was fitted to")
	report := c.flags.String("report", "", "`file` for a page (HTML) about the answers, beside those of simple models: where the errors are, what matters, the worst rows")
	var from networkFlags
	from.register(c)
	c.tables.register(c)
	c.memory.register(c)
	c.tables.registerLabels(c)
	var by named
	by.registerReading(c)
	var whole integers
	whole.register(c)
	if err := c.parse(0, 1, "model"); err != nil {
		return err
	}
	path, err := c.oneOf(*in)
	if err != nil {
		return err
	}
	m, err := from.model(c, *model)
	if err != nil {
		return err
	}
	if m.Network, err = whole.network(m, *model); err != nil {
		return err
	}
	info, err := os.Stat(*model)
	if err != nil {
		return plain(err)
	}
	if *truth == "" && (m.Schema == nil || m.Schema.Targets == nil) {
		return usagef("flag -y is needed")
	}
	x, err := by.modelRows(c, path, m, *truth == "")
	if err != nil {
		return err
	}
	defer x.Close()
	y, err := x.truth(c, m, *truth)
	if err != nil {
		return err
	}
	defer y.Close()

	e := evaluation{understood: from.understood, Rows: x.Rows(), Params: m.Network.Params(), Bytes: info.Size(), MACs: m.Network.MACs()}
	var labels *table.Labels
	var numbers bundle.Source
	var kept []int // rows of x that are judged, nil for all
	if m.Task == bundle.Classify && (y.Cols() != m.Network.Out() || y.Cols() == 1) || hasScores(m) && y.Cols() == 1 {
		labels, err = c.labels(y, m.Classes, bundle.ClassCount(m.Network.Out()))
		if err != nil {
			return err
		}
		kept = labels.Kept
		says, err := m.Network.Classify(c.ctx, pickRows(x, labels.Kept))
		if err != nil {
			return c.outputError(err, m, x)
		}
		e.Rows = len(says)
		a := bundle.Agreement(says, labels.Class)
		e.Accuracy = &a
	} else {
		if y.Cols() != m.Network.Out() {
			return fmt.Errorf("%s: %d columns, but the model has %d outputs", *truth, y.Cols(), m.Network.Out())
		}
		if numbers, kept, err = c.complete(y); err != nil {
			return err
		}
		e.Rows = numbers.Rows()
		f, err := m.Network.Fitness(c.ctx, pickRows(x, kept), numbers)
		if err != nil {
			return c.outputError(err, m, x)
		}
		if f.RMSE-f.RMSE != 0 {
			return fmt.Errorf("%s: the squares of the errors are too large for a number", x.path)
		}
		e.R2, e.RMSE, e.Targets = &f.R2, &f.RMSE, f.Targets
	}
	if *report != "" {
		if err := evalReport(c, m, x, y, numbers, labels, kept, *report); err != nil {
			return err
		}
	}
	head, err := readHead(x, 256)
	if err != nil {
		return err
	}
	e.NsB1, e.NsB256 = timePerSample(m.Network, head, 1), timePerSample(m.Network, head, 256)
	if c.json {
		return printJSON(c.stdout, e)
	}
	t := &listing{}
	t.add("rows", thousands(e.Rows))
	if e.Accuracy != nil {
		t.add("accuracy", fmt.Sprintf("%.2f %%", 100**e.Accuracy))
	} else {
		e.addFitness(t, m.Schema)
	}
	t.add("trained parameters", thousands(e.Params))
	t.add("file bytes", thousands(int(e.Bytes)))
	t.add("multiply-adds per sample", thousands(e.MACs))
	t.add("µs per sample, batch 1", microseconds(e.NsB1))
	t.add("µs per sample, batch 256", microseconds(e.NsB256))
	t.print(c.stdout)
	return nil
}
