package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/mat"
)

// shard are rows that are here.
type shard struct {
	shape
	lo, hi int            // their numbers among all
	files  []*table.Table // that are open
	x      *table.Table
	kept   bundle.Source // targets as they are kept
	y      bundle.Source // and as the fit has them
}

// consecutive are rows of a source.
type consecutive struct {
	bundle.Source
	lo, n int
}

func (r consecutive) Rows() int { return r.n }
func (r consecutive) Read(dst *mat.Dense[float64], row int) error {
	return r.Source.Read(dst, r.lo+row)
}

func shardStats(c *call) error {
	in := c.flags.String("x", "", "inputs, n×d, .npy, .safetensors or .csv `file`, or a pattern of files, read in the order of their names")
	truth := c.flags.String("y", "", "n labels or n×l targets, .npy, .safetensors or .csv `file`, or a pattern")
	first := c.flags.Int("first", 0, "the `number` of rows in all shards before this one")
	task := c.flags.String("task", "", "classify or regress; a plan says it")
	planned := c.flags.String("plan", "", "plan that merge-stats made, a `file`: the statistics are those that it asks for; without, they are what a plan is made of")
	out := c.flags.String("o", "", "`file` to write, for merge-stats")
	c.tables.register(c)
	c.memory.register(c)
	if err := c.parse(0, 0, "x", "y", "first", "o"); err != nil {
		return err
	}
	switch {
	case *first < 0 || *first > mostRow/2:
		return usagef("-first %d: want the number of rows before", *first)
	case *planned != "" && *task != "":
		return usagef("-task is what the plan says: leave it out")
	case *planned == "" && *task != string(bundle.Classify) && *task != string(bundle.Regress):
		return usagef("-task %s: want classify or regress", *task)
	}
	s := &shard{lo: *first}
	s.Task = bundle.Task(*task)
	var pl *fitPlan
	if *planned != "" {
		var err error
		if pl, err = c.readPlan(*planned); err != nil {
			return err
		}
		s.shape = pl.shape
	}
	defer s.close()
	if err := s.open(c, *in, *truth, pl); err != nil {
		return err
	}
	made := &portion{shape: s.shape, Spans: [][2]int{{s.lo, s.hi}}}
	var err error
	if pl == nil {
		err = s.survey(c, made)
	} else {
		err = s.sums(c, made, pl)
	}
	if err != nil {
		return err
	}
	return c.writePart(made, *out)
}

// writePart writes what is known of some rows, and says of which.
func (c *call) writePart(p *portion, out string) error {
	b, err := p.marshal()
	if err != nil {
		return err
	}
	if err := writeFile(out, b); err != nil {
		return err
	}
	kind := "survey"
	if p.sums != nil {
		kind = "sums"
	}
	if c.json {
		return printJSON(c.stdout, map[string]any{"kind": kind, "rows": p.rows(), "spans": p.Spans, "file": out, "file_bytes": len(b)})
	}
	t := &listing{}
	t.add("written", kind)
	for _, s := range p.Spans {
		t.add("rows", fmt.Sprintf("%s to %s", thousands(s[0]), thousands(s[1]-1)))
	}
	if len(p.Spans) == 1 {
		t.add("-first of the shard after them", fmt.Sprint(p.Spans[0][1]))
	}
	t.add("file bytes", thousands(len(b)))
	t.print(c.stdout)
	return nil
}

// open opens the files of the shard, which a plan may say more of.
func (s *shard) open(c *call, inputs, targets string, pl *fitPlan) (err error) {
	if s.x, err = c.open(inputs, 0); err != nil {
		return err
	}
	s.files = append(s.files, s.x)
	names := table.UniqueNames(s.x.Names())
	if pl != nil {
		if pl.Columns != nil {
			names = pl.Columns
		}
		if n := s.x.Cols(); n < pl.Inputs || n > pl.Inputs && (pl.Columns == nil || s.x.Names() == nil) {
			return fmt.Errorf("%s: %d columns, but the plan is of %d: %w", inputs, n, pl.Inputs, table.ErrFormat)
		}
	}
	if names != nil && s.x.Names() != nil {
		if _, err = s.x.Arrange(c.ctx, names); err != nil {
			return err
		}
	}
	y, err := c.open(targets, s.x.Rows())
	if err != nil {
		return err
	}
	s.files = append(s.files, y)
	s.hi = s.lo + s.x.Rows()
	s.kept, s.y = y, y
	if s.Task == bundle.Classify {
		var known []string
		count := 0
		if pl != nil {
			known, count = pl.Labels.Names, pl.Labels.Count
		}
		l, err := y.Labels(known, count, table.MissingFails)
		if err != nil {
			return err
		}
		if pl == nil {
			s.Labels = &table.Labels{Names: l.Names, Count: l.Count, Type: l.Type}
		}
		s.y = bundle.OneHot(l.Class, l.Count)
		numbers := mat.New[float64](len(l.Class), 1)
		for i, v := range l.Class {
			numbers.Set(i, 0, float64(v))
		}
		s.kept = bundle.Matrix(numbers)
	}
	switch {
	case pl == nil:
		s.shape = shape{asm.ArithmeticVersion, s.Task, s.x.Cols(), s.kept.Cols(), names, s.Labels}
	case y.Cols() != pl.Targets:
		return fmt.Errorf("%s: %d columns, but the plan is of %d: %w", targets, y.Cols(), pl.Targets, table.ErrFormat)
	case s.hi > pl.Rows:
		return fmt.Errorf("%s: rows %d to %d, but the plan is of %d rows: %w", inputs, s.lo, s.hi-1, pl.Rows, table.ErrFormat)
	}
	return nil
}

func (s *shard) close() {
	for _, t := range s.files {
		t.Close()
	}
}

// keep reads rows of the shard that belong to p itself.
func (s *shard) keep(p *portion, rows []int) error {
	slices.Sort(rows)
	rows = slices.Compact(rows)
	here := make([]int, len(rows))
	for i, row := range rows {
		here[i] = row - s.lo
	}
	p.kept = newKept(len(rows), s.Inputs, s.Targets)
	copy(p.kept.at, rows)
	if len(rows) == 0 {
		return nil
	}
	if err := table.SomeOf(s.x, here).Read(p.kept.x, 0); err != nil {
		return err
	}
	return table.SomeOf(s.kept, here).Read(p.kept.y, 0)
}

// span lists the numbers from lo to hi−1.
func span(lo, hi int) []int {
	list := make([]int, 0, max(hi-lo, 0))
	for i := lo; i < hi; i++ {
		list = append(list, i)
	}
	return list
}

// survey makes p the survey of the shard.
func (s *shard) survey(c *call, p *portion) error {
	p.x, p.y = fit.NewSurvey(s.Inputs), fit.NewSurvey(s.outputs())
	counting := p.surveying(0)
	lo, hi := counting.inner(s.lo, s.hi)
	progress := c.progress("survey")
	defer progress.end()
	for _, of := range []struct {
		rows bundle.Source
		sum  *fit.Survey
	}{{s.y, p.y}, {s.x, p.x}} {
		rows := consecutive{bundle.WithContext(c.ctx, of.rows), lo - s.lo, hi - lo}
		if err := bundle.Blocks(rows, fit.SurveyRows, func(b *mat.Dense[float64], row int) error {
			progress.step(row, hi-lo)
			return of.sum.Add(b, lo+row)
		}); err != nil {
			return err
		}
	}
	rows := fit.Sample(func(yield func(int) bool) {
		for row := s.lo; row < s.hi && yield(row); row++ {
		}
	})
	rows = append(append(rows, span(s.lo, min(lo, s.hi))...), span(max(hi, s.lo), s.hi)...)
	others, err := s.firsts(c.ctx)
	if err != nil {
		return err
	}
	return s.keep(p, append(rows, others...))
}

// firsts are the rows that [portion.firsts] marks.
func (s *shard) firsts(ctx context.Context) ([]int, error) {
	rows, seen := []int{s.lo}, map[float64]bool{}
	var first []float64
	differs := make([]bool, s.Targets)
	left := cmp.Or(s.outputs(), 1)
	block := mat.New[float64](fit.SurveyRows, s.Targets)
	for lo := 0; lo < s.hi-s.lo && left > 0; lo += block.Rows() {
		b := block.View(0, 0, min(block.Rows(), s.hi-s.lo-lo), s.Targets)
		if err := bundle.WithContext(ctx, s.kept).Read(b, lo); err != nil {
			return nil, err
		}
		if lo == 0 {
			first = slices.Clone(b.Row(0))
		}
		for i := range b.Rows() {
			for j, v := range b.Row(i) {
				switch {
				case s.Labels != nil && !seen[v]:
					seen[v] = true
				case s.Labels == nil && !differs[j] && v != first[j]:
					differs[j] = true
				default:
					continue
				}
				rows = append(rows, s.lo+lo+i)
				left--
			}
		}
	}
	return rows, nil
}

// sums makes p the sums of the shard that the plan asks for.
func (s *shard) sums(c *call, p *portion, pl *fitPlan) error {
	pass, err := pl.last()
	if err != nil {
		return err
	}
	if err := c.memory.need(2.5*float64(pass.Bytes()), fmt.Sprintf("sums of %d features", pass.Empty().Features()), "make a plan with fewer -features, or a smaller -pool"); err != nil {
		return err
	}
	p.Plan = pl.id(len(pl.passes) - 1)
	counting := &counting{period: int(pass.Period()), total: pl.Rows}
	lo, hi := counting.inner(s.lo, s.hi)
	if p.sums = pass.Empty(); lo < hi {
		progress := c.progress("sums")
		defer progress.end()
		if p.sums, err = pass.Statistics(c.ctx, consecutive{s.x, lo - s.lo, hi - lo}, consecutive{s.y, lo - s.lo, hi - lo}, progress.step); err != nil {
			return err
		}
	}
	return s.keep(p, append(span(s.lo, min(lo, s.hi)), span(max(hi, s.lo), s.hi)...))
}
