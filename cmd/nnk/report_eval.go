package main

import (
	"fmt"

	"nnk/bundle"
	"nnk/bundle/table"
)

// evalReport writes the page about a model's answers for the rows of x with the numbers in kept, nil for all; labels are their classes or nil, and else
// numbers their targets. y is the table of either.
func evalReport(c *call, m *bundle.Model[float32], x *rows, y *table.Table, numbers bundle.Source, labels *table.Labels, kept []int, path string) error {
	j := &judged{x: pickRows(x, kept), targets: numberedTargets(y.Names(), y.Cols())}
	place := placeOf(func(row int) string { return withoutFile(x.place(row)) }, kept)
	if labels != nil {
		j.labels = labels.Class
		if j.classes = labels.Names; j.classes == nil {
			j.classes = numbersTo(labels.Count)
		}
	} else if err := j.truth(numbers); err != nil {
		return err
	}
	if x.inputs != nil {
		j.columns = namedColumns(x.inputs, place)
		j.targets = m.Schema.Targets
	} else {
		j.columns = numberedColumns(j.x, x.numbers.Names(), place)
	}
	if j.targets == nil {
		j.targets = numberedTargets(nil, y.Cols())
	}
	n := j.x.Rows()
	folds := dealt(n)
	if len(folds) < 2 {
		return fmt.Errorf("-report: %d rows are too few", n)
	}
	j.parts = []part{{m.Network, outside(nil, n)}}
	sections, err := j.sections(c, folds, "as it is in its file")
	if err != nil {
		return err
	}
	sections[0].Note = "The simple models were learned from these rows, those outside the fifth that each answers for; the model from others, if these are no rows that it was fitted to."
	page := &reportPage{
		Title:    "A model of " + few(j.targets) + " on " + x.path,
		Summary:  fmt.Sprintf("%s rows; %s trained parameters.", thousands(n), thousands(m.Network.Params())),
		Sections: sections,
		Foot:     "Made by nnk eval -report.",
	}
	return page.write(path)
}
