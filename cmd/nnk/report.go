package main

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// judged is a model and the rows on which it is judged.
type judged struct {
	classes []string // names of the classes, nil for numbers
	targets []string // names of the targets, or that of the label
	columns columns
	x       bundle.Source
	labels  []int               // of all rows of x, if there are classes
	values  *mat.Dense[float64] // targets of all rows of x, if there are none
	spread  []float64           // of each target: root mean square of the deviations from its mean, 1 if constant
	parts   []part              // who answers for which rows
	rows    []int               // those of all parts, in their order
	out     *mat.Dense[float64] // what they said
}

// part is a network and the rows for which it answers. If it was fitted for that, it was to all other rows.
type part struct {
	net  *bundle.Network[float32]
	rows []int
}

// judge lets every part answer.
func (j *judged) judge(ctx context.Context) error {
	for _, p := range j.parts {
		j.rows = append(j.rows, p.rows...)
	}
	j.out = mat.New[float64](len(j.rows), j.outputs())
	done := 0
	for _, p := range j.parts {
		out, err := answers(ctx, p.net, table.SomeOf(j.x, p.rows))
		if err != nil {
			return err
		}
		j.out.View(done, 0, out.Rows(), out.Cols()).Copy(out)
		done += out.Rows()
	}
	return nil
}

// outputs is the number of outputs of the networks.
func (j *judged) outputs() int { return j.parts[0].net.Out() }

// answers are a network's outputs for all rows of x.
func answers(ctx context.Context, net *bundle.Network[float32], x bundle.Source) (*mat.Dense[float64], error) {
	out := mat.New[float64](x.Rows(), net.Out())
	err := net.Predict(ctx, x, func(block *mat.Dense[float64], row int) error {
		out.View(row, 0, block.Rows(), block.Cols()).Copy(block)
		return nil
	})
	return out, err
}

// truth reads the labels or values of all rows of y, one column for each class or target.
func (j *judged) truth(y bundle.Source) error {
	if j.classes != nil {
		j.labels = make([]int, y.Rows())
		return bundle.Blocks(y, 256, func(block *mat.Dense[float64], row int) error {
			bundle.Labels(j.labels[row:row+block.Rows()], block)
			return nil
		})
	}
	j.values = mat.New[float64](y.Rows(), y.Cols())
	if err := y.Read(j.values, 0); err != nil {
		return err
	}
	_, j.spread = meanAndSpread(j.values)
	return nil
}

// meanAndSpread are those of the columns of x; the spread of a constant is 1.
func meanAndSpread(x *mat.Dense[float64]) (mean, spread []float64) {
	mean, spread = make([]float64, x.Cols()), make([]float64, x.Cols())
	n := float64(x.Rows())
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			mean[j] += v / n
		}
	}
	for i := range x.Rows() {
		for j, v := range x.Row(i) {
			d := v - mean[j]
			spread[j] = math.FMA(d, d/n, spread[j])
		}
	}
	for j := range spread {
		if spread[j] = math.Sqrt(spread[j]); spread[j] == 0 {
			spread[j] = 1
		}
	}
	return mean, spread
}

// cost is how wrong the outputs for a row are: 1 for another class, or the sum of the squared errors of the targets, each over its variance.
func (j *judged) cost(row int, out []float64) float64 {
	if j.classes != nil {
		if classOf(out) == j.labels[row] {
			return 0
		}
		return 1
	}
	sum := 0.0
	for k, v := range out {
		e := (v - j.values.At(row, k)) / j.spread[k]
		sum = math.FMA(e, e, sum)
	}
	return sum
}

// badness orders the rows with the worst answers: how far the score of the right class is below the best other, or the cost.
func (j *judged) badness(row int, out []float64) float64 {
	if j.classes == nil {
		return j.cost(row, out)
	}
	right, other := j.labels[row], math.Inf(-1)
	if len(out) == 1 {
		return out[0] * float64(1-2*right)
	}
	for k, v := range out {
		if k != right {
			other = max(other, v)
		}
	}
	return other - out[right]
}

// classOf is the class of one row of scores.
func classOf(scores []float64) int {
	return bundle.Labels(nil, mat.Of(1, len(scores), scores))[0]
}

// score are the measures of some model on some rows; out has their outputs.
type score struct {
	name, note string
	rows       int
	accuracy   float64   // if there are classes
	recall     float64   // mean over the classes that occur
	r2, rmse   []float64 // of each target, if there are none
}

func (j *judged) score(name, note string, rows []int, out *mat.Dense[float64]) score {
	s := score{name: name, note: note, rows: len(rows)}
	if j.classes != nil {
		right, all := make([]float64, len(j.classes)), make([]float64, len(j.classes))
		for i, row := range rows {
			all[j.labels[row]]++
			right[j.labels[row]] += 1 - j.cost(row, out.Row(i))
		}
		present := 0.0
		for k, n := range all {
			s.accuracy += right[k] / float64(len(rows))
			if n > 0 {
				present++
				s.recall += right[k] / n
			}
		}
		s.recall /= present
		return s
	}
	truth := mat.New[float64](len(rows), j.values.Cols())
	for i, row := range rows {
		copy(truth.Row(i), j.values.Row(row))
	}
	_, spread := meanAndSpread(truth)
	for k := range truth.Cols() {
		mean := 0.0
		for i := range rows {
			e := (out.At(i, k) - truth.At(i, k)) / j.spread[k]
			mean = math.FMA(e, e/float64(len(rows)), mean)
		}
		u := spread[k] / j.spread[k]
		s.r2 = append(s.r2, 1-mean/(u*u))
		s.rmse = append(s.rmse, math.Sqrt(mean)*j.spread[k])
	}
	return s
}

// columns are what a person calls the columns of the inputs: each becomes one or more of these.
type columns struct {
	names  []string
	first  []int         // the first input of each, and at the end the number of inputs
	x      bundle.Source // the inputs
	inputs *table.Inputs // the values of columns with names, or nil
	place  func(row int) string
}

// numberedColumns are those of inputs without a schema; names may be nil.
func numberedColumns(x bundle.Source, names []string, place func(row int) string) columns {
	c := columns{x: x, place: place}
	for k := range x.Cols() {
		name := numbered(k)
		if names != nil && names[k] != "" {
			name = names[k]
		}
		c.names, c.first = append(c.names, name), append(c.first, k)
	}
	c.first = append(c.first, x.Cols())
	return c
}

// namedColumns are those of a schema.
func namedColumns(in *table.Inputs, place func(row int) string) columns {
	c := columns{x: in, inputs: in, place: place}
	for k := range in.Schema().Columns {
		start, _ := in.Schema().Span(k)
		c.names, c.first = append(c.names, in.Schema().Columns[k].Name), append(c.first, start)
	}
	c.first = append(c.first, in.Cols())
	return c
}

// valuesOf are the values of some columns in some rows, rows × columns: NaN for a gap, of text the number of the level, or −1.
func (c *columns) valuesOf(cols, rows []int) (*mat.Dense[float64], error) {
	v := mat.New[float64](len(rows), len(cols))
	if c.inputs != nil {
		for i, row := range rows {
			for k, col := range cols {
				v.Set(i, k, c.inputs.Value(row, col))
			}
		}
		return v, nil
	}
	return v, bundle.Blocks(table.SomeOf(c.x, rows), 256, func(block *mat.Dense[float64], row int) error {
		for i := range block.Rows() {
			for k, col := range cols {
				v.Set(row+i, k, block.At(i, col))
			}
		}
		return nil
	})
}

// text is a value of a column as a person reads it.
func (c *columns) text(col int, v float64) string {
	kind := table.Number
	var levels []string
	if c.inputs != nil {
		k := &c.inputs.Schema().Columns[col]
		kind, levels = k.Kind, k.Levels
	}
	switch {
	case v != v:
		return "missing"
	case kind == table.Text && v < 0:
		return "unknown"
	case kind == table.Text:
		return levels[int(v)]
	case kind == table.Boolean:
		return map[bool]string{false: "no", true: "yes"}[v == 1]
	case kind == table.Date:
		t := time.Unix(int64(math.Floor(float64(v*86400)+0.5)), 0).UTC()
		if t.Hour() == 0 && t.Minute() == 0 {
			return t.Format(time.DateOnly)
		}
		return t.Format("2006-01-02 15:04")
	}
	return brief(v)
}

// brief writes a number with four digits.
func brief(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// thin takes at most most of the rows, evenly.
func thin(rows []int, most int) []int {
	if len(rows) <= most {
		return rows
	}
	list := make([]int, most)
	for i := range list {
		list[i] = rows[i*len(rows)/most]
	}
	return list
}

// worst are the numbers, in j.rows, of the rows with the worst answers.
func (j *judged) worst(most int) []int {
	list := make([]int, len(j.rows))
	bad := make([]float64, len(j.rows))
	for i, row := range j.rows {
		list[i], bad[i] = i, j.badness(row, j.out.Row(i))
	}
	slices.SortStableFunc(list, func(a, b int) int {
		switch {
		case bad[a] > bad[b]:
			return -1
		case bad[a] < bad[b]:
			return 1
		}
		return 0
	})
	return list[:min(most, len(list))]
}
