package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
)

// Config says which rows there are and who reads them.
type Config struct {
	Inputs, Targets string      // patterns of files, each read in the order of their names; n×d, and n labels or n×l targets
	Task            bundle.Task // bundle.Classify, of which the targets are labels, or bundle.Regress
	Tensors         [2]string   // names of those of inputs and of targets in .safetensors files of more than one; "" is "x" and "y"
	Temp            string      // folder that the driver and the workers can write and read; "" is one of this machine
	RangeRows       int         // rows, about, that are read at a time; 0: a quarter of all, at least 65,536, and a whole shard where files can only be read from their beginning
	// Run runs a pipeline, as beamx.RunWithMetrics does.
	Run func(ctx context.Context, p *beam.Pipeline) (beam.PipelineResult, error)
	// Ran, if not nil, is called after each pipeline with what it was for.
	Ran func(what string, r beam.PipelineResult)
}

const (
	// rangeRows are enough that what is to be done with them takes longer than to send their sums.
	rangeRows = 1 << 16
	// mostRanges bounds the sums of which Prism, which is the worker as well, holds some ten copies each: those of 2,048 features are
	// 170 MB. All cores work at each range.
	mostRanges = 4
)

// data are the rows of a Config. They implement fit.Data.
type data struct {
	Config
	inputs, targets []shard
	rows, in, out   int
	classes         *classes
	labelType       string
	names           []string // of the columns of the inputs
	runs            int
}

// Fit fits a model, as [fit.Run] does under the squared loss: logistic regression would pass over all rows tens of times, each a
// pipeline, and hundreds to choose its penalties. What is wrong with the data is an error that wraps [table.ErrFormat] and names the shard.
func Fit(ctx context.Context, c Config, opt fit.Options) (*bundle.Model[float32], *fit.Report, error) {
	if c.Task != bundle.Classify && c.Task != bundle.Regress {
		return nil, nil, fmt.Errorf("task %q: want %s or %s: %w", c.Task, bundle.Classify, bundle.Regress, bundle.ErrRange)
	}
	d := &data{Config: c}
	for i, name := range []string{"x", "y"} {
		d.Tensors[i] = cmp.Or(d.Tensors[i], name)
	}
	if d.Temp == "" {
		dir, err := os.MkdirTemp("", "nnk-beam-")
		if err != nil {
			return nil, nil, err
		}
		defer os.RemoveAll(dir)
		d.Temp = dir
	}
	if err := d.heads(ctx); err != nil {
		return nil, nil, err
	}
	opt.Task = c.Task
	if d.classes != nil {
		opt.Classes = d.classes.Names
	}
	m, report, err := fit.NewDistributed[float32](d).Run(ctx, opt)
	if err != nil {
		return nil, nil, err
	}
	m.LabelType = d.labelType
	if d.names != nil {
		text, err := json.Marshal(d.names)
		if err != nil {
			return nil, nil, err
		}
		m.Provenance["columns"] = string(text)
	}
	return m, report, nil
}

// Rows is the number of rows.
func (d *data) Rows() int { return d.rows }

// Inputs is the number of columns of the inputs.
func (d *data) Inputs() int { return d.in }

// Targets is the number of targets, or of classes.
func (d *data) Targets() int { return d.out }

// run runs a pipeline over the items.
func (d *data) run(ctx context.Context, w work, items []Item) (Sum, error) {
	w.Inputs, w.Targets, w.In, w.Out = d.inputs, d.targets, d.in, d.out
	w.Tensors = d.Tensors
	w.Names, w.Labels, w.Classes = d.names, d.Task == bundle.Classify, d.classes
	groups := int(math.Sqrt(float64(len(items))))
	for i := range items {
		items[i].Group = i % groups
	}
	d.runs++
	path := fmt.Sprintf("%s/%d-%s", strings.TrimSuffix(d.Temp, "/"), d.runs, w.What)
	defer remove(ctx, path)
	r, err := d.Run(ctx, build(w, items, path))
	if err != nil {
		return Sum{}, fmt.Errorf("the pipeline that reads %s: %w", w.What, err)
	}
	if d.Ran != nil {
		d.Ran(w.What, r)
	}
	s, err := readSum(ctx, path)
	if err == nil && s.head.Failure != "" {
		err = dataError(s.head.Failure)
	}
	return s, err
}

// dataError is what is wrong with the data.
type dataError string

func (e dataError) Error() string { return string(e) }

// Unwrap makes all of them one.
func (dataError) Unwrap() error { return table.ErrFormat }

// remove removes a file if its file system can; what is left is in a folder for such.
func remove(ctx context.Context, path string) {
	fsys, err := filesystem.New(ctx, path)
	if err != nil {
		return
	}
	defer fsys.Close()
	if r, ok := fsys.(filesystem.Remover); ok {
		r.Remove(ctx, path)
	}
}

// heads reads those of all shards.
func (d *data) heads(ctx context.Context) (err error) {
	if d.inputs, err = list(ctx, d.Config.Inputs); err != nil {
		return err
	}
	if d.targets, err = list(ctx, d.Config.Targets); err != nil {
		return err
	}
	var items []Item
	for of, list := range [][]shard{d.inputs, d.targets} {
		for i := range list {
			items = append(items, Item{Lo: i, Hi: of})
		}
	}
	s, err := d.run(ctx, work{What: readHeads}, items)
	if err != nil {
		return err
	}
	slices.SortFunc(s.head.Heads, func(a, b head) int { return cmp.Or(a.Of-b.Of, a.Index-b.Index) })
	x, y := s.head.Heads[:len(d.inputs)], s.head.Heads[len(d.inputs):]
	targets := 0
	if d.rows, d.in, err = line(d.inputs, x); err != nil {
		return err
	}
	if targets, d.out, err = line(d.targets, y); err != nil {
		return err
	}
	if targets != d.rows {
		return fmt.Errorf("%s: %d rows, but the inputs have %d: give one for each: %w", d.Config.Targets, targets, d.rows, table.ErrFormat)
	}
	d.names = table.UniqueNames(x[0].Names)
	if d.Task == bundle.Classify {
		var parts []*table.Labels
		for _, h := range y {
			parts = append(parts, h.Labels)
		}
		d.classes = &classes{}
		d.classes.Names, d.classes.Count, d.labelType = table.Classes(parts)
		if d.out = d.classes.Count; d.out < 2 {
			return fmt.Errorf("all labels are the same: there is nothing to classify: %w", table.ErrFormat)
		}
	}
	return nil
}

// line numbers the rows of shards.
func line(shards []shard, heads []head) (rows, cols int, err error) {
	for i, h := range heads {
		if h.Cols != heads[0].Cols {
			return 0, 0, fmt.Errorf("%s: %d columns, but %s has %d: %w", shards[i].Name, h.Cols, shards[0].Name, heads[0].Cols, table.ErrFormat)
		}
		shards[i].First, shards[i].Rows = rows, h.Rows
		rows += h.Rows
	}
	return rows, heads[0].Cols, nil
}

// ranges cuts the rows at multiples of period: at the first in each shard of the inputs and, where files can be read anywhere, into
// about RangeRows.
func (d *data) ranges(period int) []Item {
	most := d.RangeRows
	if most == 0 && !remote(d.Config.Inputs) && !remote(d.Config.Targets) {
		most = max(rangeRows, d.rows/mostRanges)
	}
	most = (most + period - 1) / period * period
	var items []Item
	lo := 0
	cut := func(hi int) {
		for most > 0 && hi-lo > most {
			items = append(items, Item{Lo: lo, Hi: lo + most})
			lo += most
		}
		if hi > lo {
			items = append(items, Item{Lo: lo, Hi: hi})
			lo = hi
		}
	}
	for _, s := range d.inputs {
		if at := (s.First + period - 1) / period * period; at < d.rows {
			cut(at)
		}
	}
	cut(d.rows)
	return items
}

// Survey is the pipeline that surveys the columns.
func (d *data) Survey(ctx context.Context) (inputs, targets *fit.Survey, err error) {
	s, err := d.run(ctx, work{What: readSurvey}, d.ranges(fit.SurveyRows))
	return s.inputs, s.targets, err
}

// Pick is the pipeline that reads some rows.
func (d *data) Pick(ctx context.Context, rows []int) (x, y *mat.Dense[float64], err error) {
	var items []Item
	i := 0
	for _, it := range d.ranges(fit.SurveyRows) {
		from := i
		for i < len(rows) && rows[i] < it.Hi {
			i++
		}
		if i > from {
			items = append(items, it)
		}
	}
	s, err := d.run(ctx, work{What: readRows, Rows: rows}, items)
	if err != nil {
		return nil, nil, err
	}
	found := s.head.Picked
	slices.SortFunc(found, func(a, b picked) int { return a.Row - b.Row })
	if !slices.EqualFunc(found, rows, func(p picked, row int) bool { return p.Row == row }) {
		return nil, nil, errors.New("the pipeline read other rows than it should")
	}
	x, y = mat.New[float64](len(rows), d.in), mat.New[float64](len(rows), d.out)
	for i, p := range found {
		copy(x.Row(i), p.X)
		copy(y.Row(i), p.Y)
	}
	return x, y, nil
}

// Statistics is the pipeline that adds up the statistics.
func (d *data) Statistics(ctx context.Context, p *fit.Pass[float32], _ func(done, total int)) (*fit.Stats[float32], error) {
	text, err := p.Marshal()
	if err != nil {
		return nil, err
	}
	s, err := d.run(ctx, work{What: readStatistics, Pass: text}, d.ranges(int(p.Period())))
	if err == nil && s.stats.Rows() != int64(d.rows) {
		err = fmt.Errorf("the pipeline counted %d of %d rows", s.stats.Rows(), d.rows)
	}
	return s.stats, err
}
