package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
)

func mergeStats(c *call) error {
	var f features
	planned := c.flags.String("plan", "", "plan by which the sums were made, a `file`: the model is that of all rows; without, a plan is made of surveys")
	next := c.flags.String("next", "", "`file` for another plan, if the model needs sums of other features as well")
	some := c.flags.Bool("partial", false, "write what is known of the given rows together, as nnk stats would have of all of them")
	total := c.flags.Int("rows", 0, "the `number` of rows that there should be, if it is known: fewer and more are refused")
	out := c.flags.String("o", "", "`file` to write: a plan, or a model")
	f.register(c)
	c.memory.register(c)
	if err := c.parse(1, 1<<20, "o"); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	if f.opt.Loss == snnk.CrossEntropy || f.opt.Loss == snnk.BinaryCrossEntropy {
		return usagef("-loss %v passes over all rows tens of times, and statistics are of one pass: take squared", f.opt.Loss)
	}
	if *planned != "" {
		for name := range c.given() {
			if !slices.Contains([]string{"plan", "next", "partial", "o", "json", "quiet", "memory", "rows"}, name) {
				return usagef("-%s is what the plan says: leave it out", name)
			}
		}
		return c.mergeSums(*planned, *next, *out, *some)
	}
	if *next != "" {
		return usagef("-next is for sums, with -plan")
	}
	return c.mergeSurveys(f.opt, *total, *out, *some)
}

// readPart reads a file of the given kind.
func (c *call) readPart(path, magic string) (*portion, error) {
	b, err := c.readStats(path)
	if err != nil {
		return nil, err
	}
	for _, other := range []struct{ magic, what string }{
		{surveyMagic, "a survey: leave out -plan to make one of it"}, {sumsMagic, "sums, which are merged with the -plan by which they were made"}, {planMagic, "a plan: give it as -plan"},
	} {
		if other.magic != magic && bytes.HasPrefix(b, []byte(other.magic)) {
			return nil, fmt.Errorf("%s: this is %s: %w", path, other.what, bundle.ErrFormat)
		}
	}
	p, err := unmarshalPart(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p.sources = slices.Repeat([]string{path}, len(p.Spans))
	return p, nil
}

// mergeSurveys makes a plan of surveys, or one survey.
func (c *call) mergeSurveys(opt fit.Options, total int, out string, some bool) error {
	var all *portion
	for _, path := range c.operands {
		p, err := c.readPart(path, surveyMagic)
		if err == nil && all != nil {
			if err = all.agree(p); err == nil {
				err = all.merge(p, all.surveying(0))
			}
			p = all
		}
		if err != nil {
			return err
		}
		all = p
	}
	if some {
		return c.writePart(all, out)
	}
	if total == 0 {
		total = all.Spans[len(all.Spans)-1][1]
	}
	if err := all.whole(total); err != nil {
		return err
	}
	if err := all.finish(all.surveying(total)); err != nil {
		return err
	}
	all.prune(all.surveying(total))
	pl := &fitPlan{shape: all.shape, Rows: total, inputs: all.x, targets: all.y, kept: all.kept,
		Options: planOptions{opt.Features, opt.Pool, opt.Map, opt.Projection, opt.Seed, opt.Scale, opt.Lambda, opt.Standardise, opt.Linear}}
	if pl.Labels != nil && pl.Labels.Count < 2 {
		return fmt.Errorf("all labels are the same: there is nothing to classify")
	}
	run := pl.options()
	run.Memory = c.memory.limit
	p := c.progress("choices")
	defer p.end()
	run.Tried = func(fit.Trial) { p.note("choosing a scale") }
	_, _, err := pl.run(c, run, nil)
	if err := pl.extend(err); err != nil {
		return err
	}
	return c.writePlan(pl, out)
}

// writePlan writes a plan and says what is to be done with it.
func (c *call) writePlan(pl *fitPlan, out string) error {
	b, err := pl.marshal()
	if err != nil {
		return err
	}
	pass, err := pl.last()
	if err != nil {
		return err
	}
	if err := writeFile(out, b); err != nil {
		return err
	}
	features := pass.Empty().Features()
	if c.json {
		return printJSON(c.stdout, map[string]any{"kind": "plan", "rows": pl.Rows, "features": features, "sums_bytes": pass.Bytes(), "round": len(pl.passes), "file": out, "file_bytes": len(b)})
	}
	t := &listing{}
	t.add("written", "plan")
	t.add("rows", thousands(pl.Rows))
	t.add("features to sum", thousands(features))
	t.add("bytes of sums", thousands(int(pass.Bytes())))
	t.add("file bytes", thousands(len(b)))
	t.print(c.stdout)
	fmt.Fprintf(c.stdout, "\nnow nnk stats -plan %s of each shard\n", out)
	return nil
}

// whole refuses to go on without all rows.
func (p *portion) whole(total int) error {
	at := 0
	for _, s := range p.Spans {
		if s[0] > at {
			return fmt.Errorf("rows %d to %d are missing: give the files of all shards: %w", at, s[0]-1, bundle.ErrFormat)
		}
		at = s[1]
	}
	if at < total {
		return fmt.Errorf("rows %d to %d are missing: give the files of all shards: %w", at, total-1, bundle.ErrFormat)
	}
	if at > total {
		return fmt.Errorf("%s: rows up to %d, but there should be %d: %w", p.sources[len(p.sources)-1], at-1, total, bundle.ErrFormat)
	}
	return nil
}

// addSums reads sums and adds them to those of the same pass.
func (c *call) addSums(pl *fitPlan, passes []*fit.Pass[float32], sums [][]*portion) error {
	ids := make([]string, len(pl.passes))
	for i := range ids {
		ids[i] = pl.id(i)
	}
	for _, path := range c.operands {
		p, err := c.readPart(path, sumsMagic)
		if err != nil {
			return err
		}
		i := slices.Index(ids, p.Plan)
		if i < 0 {
			return fmt.Errorf("%s: sums by another plan: make them again with nnk stats -plan: %w", path, bundle.ErrFormat)
		}
		if p.Spans[len(p.Spans)-1][1] > pl.Rows {
			return fmt.Errorf("%s: rows up to %d, and the plan is of %d: %w", path, p.Spans[len(p.Spans)-1][1]-1, pl.Rows, bundle.ErrFormat)
		}
		if len(sums[i]) == 0 {
			sums[i] = []*portion{p}
			continue
		}
		all := sums[i][0]
		if err := all.merge(p, all.summing(c, passes[i], pl.Rows)); err != nil {
			return err
		}
	}
	return nil
}

// summing is how rows become part of sums.
func (p *portion) summing(c *call, pass *fit.Pass[float32], total int) *counting {
	return &counting{int(pass.Period()), total, func(x *mat.Dense[float64], y bundle.Source, _ int) error {
		s, err := pass.Statistics(c.ctx, bundle.Matrix(x), y, nil)
		if err != nil {
			return err
		}
		return p.sums.Merge(s)
	}}
}

// mergeSums makes the model of the sums of all rows, or one file of sums.
func (c *call) mergeSums(path, next, out string, some bool) error {
	pl, err := c.readPlan(path)
	if err != nil {
		return err
	}
	var passes []*fit.Pass[float32]
	for _, b := range pl.passes {
		pass, err := fit.UnmarshalPass[float32](b)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		passes = append(passes, pass)
	}
	sums := make([][]*portion, len(passes))
	if err := c.addSums(pl, passes, sums); err != nil {
		return err
	}
	given := slices.DeleteFunc(slices.Concat(sums...), func(p *portion) bool { return p == nil })
	if some {
		if len(given) != 1 {
			return fmt.Errorf("sums of %d rounds: give those of one with -partial: %w", len(given), bundle.ErrFormat)
		}
		return c.writePart(given[0], out)
	}
	for _, p := range given {
		if err := p.whole(pl.Rows); err != nil {
			return err
		}
	}
	opt := pl.options()
	opt.Memory = c.memory.limit
	m, report, err := pl.run(c, opt, sums)
	var need *sumsNeeded
	if errors.As(err, &need) {
		if err := pl.extend(err); err != nil {
			return err
		}
		if next == "" {
			return fmt.Errorf("features of a larger scale have to be tried: say with -next FILE where to write a plan for their sums, and then merge those of both rounds by it")
		}
		return c.writePlan(pl, next)
	}
	if err != nil {
		return err
	}
	s, err := saveAs(m, out)
	if err != nil {
		return err
	}
	return c.printFitted(fitted{Report: report, saved: s})
}
