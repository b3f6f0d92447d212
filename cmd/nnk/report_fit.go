package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/mat"
	"nnk/snnk"
)

// reportRefits is the number of rows up to which the model is fitted again outside each of five folds, and not of one alone.
const reportRefits = 4096

// dealt are the rows of each fold of n.
func dealt(n int) [][]int {
	f := fit.Folds{}.ForRows(n)
	folds := make([][]int, f.Count)
	for row := range n {
		k := f.Of(row)
		folds[k] = append(folds[k], row)
	}
	for k := len(folds) - 1; k > 0 && folds[k] == nil; k-- {
		folds = folds[:k]
	}
	return folds
}

// fitReport writes the page about a model that was fitted to d.
func (f *features) fitReport(c *call, d *fitData, fitter *fit.Fitter[float32], m *bundle.Model[float32], r *fit.Report, tried []fit.Trial, path string) error {
	j := &judged{x: d.x, columns: d.columns(), classes: classNames(m, d.y.Cols()), targets: d.targetNames()}
	if err := j.truth(d.y); err != nil {
		return err
	}
	folds := dealt(d.x.Rows())
	if d.x.Rows() > reportRefits {
		folds = folds[:1]
	}
	if len(folds) == 1 && d.x.Rows() <= reportRefits {
		return fmt.Errorf("-report: %d rows are too few to hold some out", d.x.Rows())
	}
	choices, err := f.choices(c, fitter, r, tried)
	if err != nil {
		return err
	}
	// From here on the fitter, and the statistics that it holds, are not needed any more.
	opt := f.chosen(r)
	p := c.progress("report")
	defer p.end()
	for k, held := range folds {
		p.note(fmt.Sprintf("fold %d of %d", k+1, len(folds)))
		rest := outside(held, d.x.Rows())
		again, _, err := fit.Run[float32](c.ctx, pickRows(d.x, rest), pickRows(d.y, rest), opt)
		if err != nil {
			return fmt.Errorf("-report: without fold %d: %w", k, err)
		}
		j.parts = append(j.parts, part{again.Network, held})
	}
	how := "Everything below but the choices is on rows that were held out: the model with the same choices, fitted again without each fifth of the rows, answered for that fifth."
	if len(folds) == 1 {
		how = "Everything below but the choices is on rows that were held out: the model with the same choices, fitted again without a fifth of the rows, answered for that fifth."
	}
	sections, err := j.sections(c, folds, describe(r))
	if err != nil {
		return err
	}
	page := &reportPage{
		Title:    "A model of " + few(j.targets),
		Summary:  fmt.Sprintf("%s rows, %s. %s", thousands(r.Rows), describe(r), how),
		Sections: append([]reportSection{sections[0], choices}, sections[1:]...),
		Foot:     "Made by nnk fit -report.",
	}
	if m.Schema != nil {
		page.Sections = append(page.Sections, schemaSection(m))
	}
	return page.write(path)
}

// describe says in words what was chosen.
func describe(r *fit.Report) string {
	return fmt.Sprintf("%s features of %s, projection %s, scale %s, columns %s%s, %s, λ %s", thousands(r.Features), thousands(r.Pool), r.Projection, brief(r.Scale),
		map[bool]string{true: "standardised", false: "as they are"}[r.Standardised], map[bool]string{true: " and features too"}[r.Linear], r.Loss, brief(r.Lambda))
}

// chosen are the options with what was chosen given.
func (f *features) chosen(r *fit.Report) fit.Options {
	opt := f.opt
	opt.Projection, opt.Features, opt.Scale, opt.Lambda, opt.Loss = r.Projection, r.Features, r.Scale, r.Lambda, r.Loss
	opt.Standardise, opt.Linear = fit.StandardiseNever, fit.LinearNever
	if r.Standardised {
		opt.Standardise = fit.StandardiseAlways
	}
	if r.Linear {
		opt.Linear = fit.LinearAlways
	}
	if r.Loss != snnk.SquaredError && r.LogitPenalty == 0 {
		opt.LogitPenalty = -1
	} else if r.Loss != snnk.SquaredError {
		opt.LogitPenalty = r.LogitPenalty
	}
	opt.Progress, opt.Tried, opt.Logistic.Progress = nil, nil, nil
	return opt
}

// choices are the curves of what was tried.
func (f *features) choices(c *call, fitter *fit.Fitter[float32], r *fit.Report, tried []fit.Trial) (reportSection, error) {
	s := reportSection{Title: "What was chosen, and between what", Note: "Squared errors on held-out folds; 1 is the error of the mean. The scale is chosen on at most 4,096 rows, first with fewer features, so that its errors are larger."}
	var scales, final []series // of each kind of projection, as the columns are and standardised
	lambdas := series{name: "λ", colour: 1, line: true, dots: true, small: true}
	var finally snnk.Loss
	var atFirst, atScale, atFinal, atLambda *[2]float64
	for _, t := range tried {
		point := [2]float64{t.Value, t.Error}
		if t.What == "lambda" {
			if n := len(lambdas.points); n > 0 && lambdas.points[n-1][0] >= t.Value {
				lambdas.points, atLambda = nil, nil // of a smaller scale
			}
			lambdas.points = append(lambdas.points, point)
			if atLambda == nil || t.Error <= atLambda[1] { // ties go to the larger
				atLambda = &point
			}
			continue
		}
		list := &scales
		if t.What == "final scale" {
			list, finally = &final, t.Loss
		}
		addTrial(list, t, point)
		if t.Projection == r.Projection && t.Standardised == r.Standardised && t.Linear == r.Linear && t.Value == r.Scale {
			if t.What == "final scale" {
				atFinal = &point
			} else {
				atScale = &point
			}
		}
		if t.What == "scale" && (atFirst == nil || t.Error < atFirst[1]) {
			atFirst = &point
		}
	}
	squared, what := "held-out squared error / variance", "chosen"
	if atScale == nil && atFirst != nil {
		atScale, what = atFirst, "least"
	}
	if atScale != nil {
		s.Charts = append(s.Charts, curve("Projection and scale of the inputs", "", "scale", squared, drawn(scales...), what, *atScale))
	}
	if atFinal != nil {
		unit := squared
		if finally == snnk.CrossEntropy {
			unit = "held-out cross-entropy, nats a row"
		}
		s.Charts = append(s.Charts, curve("Scale as the model is", "With its features and its loss.", "scale", unit, drawn(final...), "chosen", *atFinal))
	}
	if atLambda != nil {
		what, note := "chosen", ""
		if r.Loss != snnk.SquaredError {
			what, note = "least", fmt.Sprintf("Of the squared loss. That of the cross-entropy, %s, was chosen by its own errors.", brief(r.Lambda))
		}
		s.Charts = append(s.Charts, curve("Penalty λ", note, "λ", squared, drawn(lambdas), what, *atLambda))
	}
	sizes, err := f.sizes(c, fitter, r)
	if err != nil {
		return s, err
	}
	if n := len(sizes.points); n > 1 {
		s.Charts = append(s.Charts, curve("Number of features", "Smaller models from the same pool, each with its best λ.", "features", squared, drawn(sizes), "the model's", sizes.points[n-1]))
	}
	if r.HeldOutAccuracy > 0 {
		s.Note += fmt.Sprintf(" Between the losses the accuracy on held-out folds decided: %s, %.2f %%.", r.Loss, 100*r.HeldOutAccuracy)
	}
	return s, nil
}

// addTrial adds a scale that was tried to the series of its kind.
func addTrial(list *[]series, t fit.Trial, point [2]float64) {
	name := t.Projection
	if t.Standardised {
		name += ", standardised"
	}
	if t.Linear {
		name += ", columns too"
	}
	at := slices.IndexFunc(*list, func(s series) bool { return s.name == name })
	if at < 0 {
		at = len(*list)
		*list = append(*list, series{name: name, colour: []int{1, 3, 4, 5}[at%4], line: true, dots: true, small: true})
	}
	(*list)[at].points = append((*list)[at].points, point)
}

// drawn are the series with points, in order.
func drawn(list ...series) []series {
	var some []series
	for _, s := range list {
		if s.points == nil {
			continue
		}
		sortPoints(s.points)
		some = append(some, s)
	}
	return some
}

// sizes are the held-out errors of smaller models, up to as many features as were fitted.
func (f *features) sizes(c *call, fitter *fit.Fitter[float32], r *fit.Report) (series, error) {
	s := series{name: "squared loss", colour: 1, line: true, dots: true, small: true}
	for k := 4; k >= 0; k-- {
		opt := f.chosen(r)
		opt.Loss, opt.Lambda, opt.Lambdas = snnk.SquaredError, 0, f.opt.Lambdas
		if f.opt.Lambda > 0 {
			opt.Lambdas = []float64{f.opt.Lambda}
		}
		opt.Features, opt.Pool = r.Features>>k, r.Pool
		if r.Pool == r.Features {
			opt.Pool = opt.Features
		}
		if opt.Features < 2 {
			continue
		}
		_, smaller, err := fitter.Run(c.ctx, opt)
		if errors.Is(err, mat.ErrSingular) {
			continue // fewer are independent
		}
		if err != nil {
			return s, err
		}
		s.points = append(s.points, [2]float64{float64(smaller.Features), smaller.HeldOut})
	}
	return s, nil
}

// sections are the models side by side and, after that, what there is to say of the answers.
func (j *judged) sections(c *call, folds [][]int, note string) ([]reportSection, error) {
	if err := j.judge(c.ctx); err != nil {
		return nil, err
	}
	scores := []score{j.score("this model", note, j.rows, j.out)}
	simple, err := j.baselines(c.ctx, folds)
	if err != nil {
		return nil, err
	}
	list, rows, err := j.importances(c.ctx)
	if err != nil {
		return nil, err
	}
	matter, err := j.columnsSections(list, rows)
	if err != nil {
		return nil, err
	}
	worst, err := j.worstSection(list)
	if err != nil {
		return nil, err
	}
	first := reportSection{Title: "Beside simple models", Note: "Each was learned from the rows outside the fold that it answers for.", Tables: []pageTable{j.scoreTable(append(scores, simple...))}}
	return append(append([]reportSection{first, j.answersSection()}, matter...), worst), nil
}

// schemaSection says how columns become inputs.
func schemaSection(m *bundle.Model[float32]) reportSection {
	t := pageTable{About: "How columns become inputs", Head: []string{"column", "kind", "median", "spread", "levels", "gaps marked"}}
	for _, c := range m.Schema.Columns {
		row := cells(c.Name, string(c.Kind), "", "", "", "")
		if c.Levels == nil {
			row[2].Text, row[3].Text = brief(c.Center), brief(c.Spread)
		} else {
			row[4].Text = few(c.Levels)
		}
		if c.Marked {
			row[5].Text = "yes"
		}
		t.Rows = append(t.Rows, row)
	}
	return reportSection{Title: "Columns", Note: fmt.Sprintf("%s columns become %s inputs. Dates are days since 1970.", thousands(len(m.Schema.Columns)), thousands(m.Network.In())), Tables: []pageTable{t}}
}

// classNames are the names of a model's classes, nil if it has none.
func classNames(m *bundle.Model[float32], n int) []string {
	if m.Task != bundle.Classify {
		return nil
	}
	if m.Classes != nil {
		return m.Classes
	}
	return numbersTo(n)
}

// numbersTo are 0, 1, … n−1 as text.
func numbersTo(n int) []string {
	names := make([]string, n)
	for k := range names {
		names[k] = strconv.Itoa(k)
	}
	return names
}

// columns are those of the data.
func (d *fitData) columns() columns {
	if d.table != nil {
		return namedColumns(d.table.inputs, func(row int) string { return fmt.Sprintf("line %d", d.table.file.Line(row)) })
	}
	return numberedColumns(d.x, d.files[0].Names(), func(row int) string {
		if d.kept != nil {
			row = d.kept[row]
		}
		return withoutFile(d.files[0].Place(row))
	})
}

// withoutFile is the place of a row without the file.
func withoutFile(place string) string { return place[strings.LastIndex(place, ": ")+len(": "):] }

// targetNames are the names of what is predicted.
func (d *fitData) targetNames() []string {
	if d.table != nil {
		return d.table.inputs.Schema().Targets
	}
	return numberedTargets(d.files[1].Names(), d.files[1].Cols())
}

// numberedTargets are names of targets, if there are no others.
func numberedTargets(names []string, n int) []string {
	if names != nil {
		return names
	}
	if n == 1 {
		return []string{"the target"}
	}
	for k := range n {
		names = append(names, fmt.Sprintf("target %d", k+1))
	}
	return names
}
