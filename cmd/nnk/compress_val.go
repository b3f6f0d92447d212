package main

import (
	"fmt"

	"nnk/bundle"
	"nnk/bundle/table"
)

// validation are rows on which what compress makes is judged.
type validation struct {
	x, y   string        // files
	names  []string      // of the columns of -x, by which those of x are found if it has names too; or nil
	rows   bundle.Source // of inputs of the network; nil if there are none
	truth  bundle.Source // or nil
	labels *table.Labels // what truth is made of, or nil
	files  []*table.Table
}

// verdict is what was found on rows of validation; the names are those of -json.
type verdict struct {
	Rows      int      `json:"rows"`
	Agreement *float64 `json:"agreement,omitempty"` // with the classes of the network before
	Accuracy  *float64 `json:"accuracy,omitempty"`  // by labels
	Before    *float64 `json:"accuracy_before,omitempty"`
	R2        *float64 `json:"r2,omitempty"` // of targets, or of the outputs of the network before
	R2Before  *float64 `json:"r2_before,omitempty"`
}

func (v *validation) register(c *call) {
	c.flags.StringVar(&v.x, "x-val", "", "inputs on which the result is judged, .npy, .safetensors or .csv `file`, best such as the network was not trained on: auto compares families on these, without them on folds of -x; columns are found by the names that both files have")
	c.flags.StringVar(&v.y, "y-val", "", "labels or targets of -x-val, .npy, .safetensors or .csv `file`; without them the network's own outputs or classes are right")
}

func (v *validation) close() {
	for _, f := range v.files {
		f.Close()
	}
}

// open opens the files for what is kept.
func (v *validation) open(c *call, k *compression) error {
	if v.x == "" {
		return nil
	}
	x, err := c.openAs(v.x, 0, v.names, func(others []string) error {
		if len(others) > 0 {
			c.say("%s: columns that %s does not have: %s", v.x, k.x, few(others))
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.files, v.rows = append(v.files, x), x
	if x.Cols() != k.net.In() {
		return fmt.Errorf("%s: %d columns, but the network reads %d", v.x, x.Cols(), k.net.In())
	}
	if v.y == "" {
		return nil
	}
	y, err := c.open(v.y, x.Rows())
	if err != nil {
		return err
	}
	v.files = append(v.files, y)
	if k.Kept == keptTargets || k.Kept == keptOutputs && y.Cols() == k.net.Out() {
		if v.truth = y; y.Cols() != k.net.Out() {
			return fmt.Errorf("%s: %d columns, but the network has %d outputs", v.y, y.Cols(), k.net.Out())
		}
		return nil
	}
	names, count := k.opt.Classes, bundle.ClassCount(k.net.Out())
	if names == nil {
		names = k.known.names
	}
	if v.labels, err = c.labels(y, names, count); err != nil {
		return err
	}
	v.rows, v.truth = pickRows(x, v.labels.Kept), bundle.OneHot(v.labels.Class, count)
	return nil
}

// forAuto are the rows as the layers read them, and what is right of what they say, nil for what the network says.
func (v *validation) forAuto(k *compression) (x, y bundle.Source) {
	if v.rows == nil {
		return nil, nil
	}
	if v.labels != nil && k.Kept == keptOutputs {
		return k.before(v.rows), nil
	}
	return k.before(v.rows), v.truth
}

// judge judges a network beside the one that it is made of; nil if there are no rows for that.
func (v *validation) judge(c *call, k *compression, made *bundle.Network[float32]) (*verdict, error) {
	if v.rows == nil {
		return nil, nil
	}
	j := &verdict{Rows: v.rows.Rows()}
	if v.labels == nil && k.Kept != keptAnswers && k.Kept != keptLabels {
		truth := v.truth
		if truth == nil {
			truth = bundle.OutputsOf(k.net, v.rows)
		} else if f, err := k.net.Fitness(c.ctx, v.rows, truth); err != nil {
			return nil, err
		} else {
			j.R2Before = &f.R2
		}
		f, err := made.Fitness(c.ctx, v.rows, truth)
		j.R2 = &f.R2
		return j, err
	}
	says, err := made.Classify(c.ctx, v.rows)
	if err != nil {
		return nil, err
	}
	said, err := k.net.Classify(c.ctx, v.rows)
	if err != nil {
		return nil, err
	}
	same := bundle.Agreement(says, said)
	j.Agreement = &same
	if v.labels != nil {
		a, b := bundle.Agreement(says, v.labels.Class), bundle.Agreement(said, v.labels.Class)
		j.Accuracy, j.Before = &a, &b
	}
	return j, nil
}

// print writes a line for each number.
func (j *verdict) print(c *call) {
	if j == nil || c.json {
		return
	}
	t := &listing{}
	t.add("judged on rows of -x-val", thousands(j.Rows))
	for _, line := range []struct {
		what   string
		v      *float64
		format string
	}{
		{"classes as the network's", j.Agreement, "%.2f %%"}, {"accuracy", j.Accuracy, "%.2f %%"}, {"accuracy of the network", j.Before, "%.2f %%"},
		{"R²", j.R2, "%.5g"}, {"R² of the network", j.R2Before, "%.5g"},
	} {
		if line.v == nil {
			continue
		}
		v := *line.v
		if line.format == "%.2f %%" {
			v *= 100
		}
		t.add(line.what, fmt.Sprintf(line.format, v))
	}
	fmt.Fprintln(c.stdout)
	t.print(c.stdout)
}
