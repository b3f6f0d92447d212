package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/internal/atomicfile"
)

var (
	//go:embed style.html
	styleSheet string
	//go:embed report.html
	reportTemplate string
)

// reportPage is what report.html shows.
type reportPage struct {
	Title, Summary string
	Sections       []reportSection
	Foot           string
}

type reportSection struct {
	Title, Note string
	Charts      []pageChart
	Tables      []pageTable
}

type pageTable struct {
	About string
	Head  []string
	Rows  [][]pageCell
}

// pageCell is a cell; Shade, from 0 to 9, colours it.
type pageCell struct {
	Text  string
	Shade int
}

// cells are plain ones.
func cells(texts ...string) []pageCell {
	list := make([]pageCell, len(texts))
	for i, t := range texts {
		list[i].Text = t
	}
	return list
}

func (p *reportPage) write(path string) error {
	t, err := template.New("report").Parse(reportTemplate)
	if err == nil {
		t, err = t.Parse(styleSheet)
	}
	if err != nil {
		return err
	}
	return plain(atomicfile.Write(path, func(w io.Writer) error { return t.Execute(w, p) }))
}

// scores is the table of the models side by side.
func (j *judged) scoreTable(list []score) pageTable {
	t := pageTable{About: "Measures of the model and of simple ones", Head: []string{"model", "rows"}}
	if j.classes != nil {
		t.Head = append(t.Head, "accuracy %", "mean recall %")
	} else {
		for _, name := range j.targets[:min(len(j.targets), mostTargets)] {
			t.Head = append(t.Head, "R² of "+name, "root mean squared error")
		}
	}
	t.Head = append(t.Head, "what it is")
	for _, s := range list {
		row := cells(s.name, thousands(s.rows))
		if j.classes != nil {
			row = append(row, cells(fmt.Sprintf("%.2f", 100*s.accuracy), fmt.Sprintf("%.2f", 100*s.recall))...)
		}
		for k := range min(len(s.r2), mostTargets) {
			row = append(row, cells(fmt.Sprintf("%.4f", s.r2[k]), brief(s.rmse[k]))...)
		}
		t.Rows = append(t.Rows, append(row, cells(s.note)...))
	}
	return t
}

const (
	mostTargets  = 4    // that are shown
	mostClasses  = 20   // in the table of confusions
	mostDots     = 1000 // in a drawing
	mostBars     = 20
	mostRanges   = 6 // columns whose ranges are shown
	mostWorst    = 12
	mostColumns  = 8 // of the worst rows
	longestLabel = 21
)

// answersSection shows predicted against true values, or which classes are taken for which.
func (j *judged) answersSection() reportSection {
	if j.classes != nil {
		return reportSection{Title: "Which classes are taken for which", Note: "Rows are the true classes, columns what the model says.", Tables: []pageTable{j.confusions()}}
	}
	s := reportSection{Title: "Predicted against true", Note: "On the line both are equal."}
	dots := make([]int, len(j.rows))
	for i := range dots {
		dots[i] = i
	}
	dots = thin(dots, mostDots)
	for k, name := range j.targets[:min(len(j.targets), mostTargets)] {
		points := series{name: "a row", colour: 1, dots: true, small: true}
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, i := range dots {
			v, w := j.values.At(j.rows[i], k), j.out.At(i, k)
			lo, hi = min(lo, v, w), max(hi, v, w)
			points.points = append(points.points, [2]float64{v, w})
		}
		ticks := linearTicks(lo, hi)
		ends := [2]float64{ticks[0], ticks[len(ticks)-1]}
		p := plot{
			about: "Predicted against true values of " + name, x: scaleOf{name: "true " + clipped(name), ticks: ticks}, y: scaleOf{name: "predicted", ticks: ticks},
			series: []series{points, {name: "equal", colour: 0, line: true, points: [][2]float64{{ends[0], ends[0]}, {ends[1], ends[1]}}}},
		}
		s.Charts = append(s.Charts, pageChart{Title: name, Note: fmt.Sprintf("%s of %s rows.", thousands(len(dots)), thousands(len(j.rows))), SVG: p.svg()})
	}
	return s
}

// confusions counts which classes are taken for which: the most frequent ones, and the others together.
func (j *judged) confusions() pageTable {
	counts, order := make([]int, len(j.classes)), make([]int, len(j.classes))
	for k := range order {
		order[k] = k
	}
	for _, row := range j.rows {
		counts[j.labels[row]]++
	}
	names := j.classes
	if len(order) > mostClasses {
		slices.SortStableFunc(order, func(a, b int) int { return counts[b] - counts[a] })
		names = nil
		for _, k := range order[:mostClasses] {
			names = append(names, j.classes[k])
		}
		names = append(names, "others")
	}
	place := make([]int, len(j.classes))
	for at, k := range order {
		place[k] = min(at, len(names)-1)
	}
	n := make([][]int, len(names))
	for k := range n {
		n[k] = make([]int, len(names))
	}
	for i, row := range j.rows {
		n[place[j.labels[row]]][place[classOf(j.out.Row(i))]]++
	}
	t := pageTable{About: "Numbers of rows by true and predicted class", Head: append([]string{"true"}, names...)}
	for k, line := range n {
		sum := 0
		for _, v := range line {
			sum += v
		}
		row := cells(names[k])
		for _, v := range line {
			row = append(row, pageCell{thousands(v), 9 * v / max(sum, 1)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// columnsSections show what matters, and where the errors are.
func (j *judged) columnsSections(list []importance, rows int) ([]reportSection, error) {
	unit, text := "R²", func(v float64) string { return fmt.Sprintf("%.3f", v) }
	if j.classes != nil {
		unit, text = "accuracy", func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }
	}
	var bars []bar
	for _, c := range list[:min(len(list), mostBars)] {
		bars = append(bars, bar{name: clipped(j.columns.names[c.column]), colour: 1, full: c.loss})
	}
	matters := reportSection{
		Title: "What matters",
		Note: fmt.Sprintf("What the model loses in %s when the values of one column are dealt to other rows, on %s rows. Where several columns tell the same, each may seem to matter little.",
			unit, thousands(rows)),
		Charts: []pageChart{{Title: "Columns", Note: shown(len(bars), len(list), "columns"), SVG: listSVG("Loss of "+unit+" for each column", bars, text)}},
	}
	of := "Root mean squared error over the spread of the target"
	if j.classes != nil {
		of = "Share of rows with a wrong class"
	}
	errs := reportSection{Title: "Errors by range", Note: of + ", for ranges with about equally many rows, or for values, of the columns that matter most. In brackets the number of rows."}
	var top []int
	for _, c := range list[:min(len(list), mostRanges)] {
		top = append(top, c.column)
	}
	v, err := j.columns.valuesOf(top, j.rows)
	if err != nil {
		return nil, err
	}
	for k, col := range top {
		column := make([]float64, v.Rows())
		for i := range column {
			column[i] = v.At(i, k)
		}
		bars = nil
		for _, b := range j.bins(col, column) {
			bars = append(bars, bar{name: fmt.Sprintf("%s (%s)", clipped(b.name), thousands(len(b.rows))), colour: 2, full: j.wrong(b)})
		}
		errs.Charts = append(errs.Charts, pageChart{Title: j.columns.names[col], SVG: listSVG("Errors by range of "+j.columns.names[col], bars, text)})
	}
	return []reportSection{matters, errs}, nil
}

func shown(n, of int, what string) string {
	if n == of {
		return ""
	}
	return fmt.Sprintf("%d of %s %s.", n, thousands(of), what)
}

// clipped shortens a name to what fits beside a bar.
func clipped(name string) string {
	if r := []rune(name); len(r) > longestLabel {
		return string(r[:longestLabel-1]) + "…"
	}
	return name
}

// worstSection lists the rows with the worst answers, with the columns that matter most.
func (j *judged) worstSection(list []importance) (reportSection, error) {
	s := reportSection{Title: "Worst rows", Note: "Look here for damaged rows and wrong labels first."}
	t := pageTable{About: "The rows with the worst answers", Head: []string{"row"}}
	if j.classes != nil {
		t.Head = append(t.Head, "true "+j.targets[0], "predicted")
	} else {
		for _, name := range j.targets[:min(len(j.targets), mostTargets)] {
			t.Head = append(t.Head, "true "+name, "predicted")
		}
	}
	var cols, rows []int
	for _, c := range list[:min(len(list), mostColumns)] {
		cols = append(cols, c.column)
		t.Head = append(t.Head, j.columns.names[c.column])
	}
	worst := j.worst(mostWorst)
	for _, i := range worst {
		rows = append(rows, j.rows[i])
	}
	v, err := j.columns.valuesOf(cols, rows)
	if err != nil {
		return s, err
	}
	for n, i := range worst {
		row := cells(j.columns.place(rows[n]))
		if j.classes != nil {
			row = append(row, cells(j.classes[j.labels[rows[n]]], j.classes[classOf(j.out.Row(i))])...)
		} else {
			for k := range min(len(j.targets), mostTargets) {
				row = append(row, cells(brief(j.values.At(rows[n], k)), brief(j.out.At(i, k)))...)
			}
		}
		for k, col := range cols {
			row = append(row, cells(j.columns.text(col, v.At(n, k)))...)
		}
		t.Rows = append(t.Rows, row)
	}
	s.Tables = []pageTable{t}
	return s, nil
}

// linearTicks are round values, from at most lo to at least hi.
func linearTicks(lo, hi float64) []float64 {
	if !(hi > lo) {
		pad := math.Abs(lo) / 2
		if pad == 0 {
			pad = 1
		}
		lo, hi = lo-pad, hi+pad
	}
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/4)))
	for _, m := range []float64{1, 2, 5, 10} {
		if (hi-lo)/(m*step) <= 5 {
			step *= m
			break
		}
	}
	first := math.Floor(lo / step)
	var ticks []float64
	for k := first; ; k++ {
		v, _ := strconv.ParseFloat(strconv.FormatFloat(k*step, 'g', 12, 64), 64) // 0.3, not 0.30000000000000004
		ticks = append(ticks, v)
		if v >= hi {
			return ticks
		}
	}
}

// logTicks are powers of ten, with threes between few of them, from at most lo to at least hi; lo is above 0.
func logTicks(lo, hi float64) []float64 {
	from, to := int(math.Floor(math.Log10(lo))), int(math.Ceil(math.Log10(hi)))
	if from == to {
		to++
	}
	step := (to-from)/6 + 1
	var ticks []float64
	for e := from; ; e += step {
		v, _ := strconv.ParseFloat("1e"+strconv.Itoa(e), 64)
		ticks = append(ticks, v)
		if e >= to {
			break
		}
		if to-from <= 2 {
			ticks = append(ticks, 3*v)
		}
	}
	for len(ticks) > 2 && ticks[1] <= lo {
		ticks = ticks[1:]
	}
	for len(ticks) > 2 && ticks[len(ticks)-2] >= hi {
		ticks = ticks[:len(ticks)-1]
	}
	return ticks
}

// errorTicks are those of errors: logarithmic if they span much.
func errorTicks(name string, errs []float64) scaleOf {
	lo, hi := slices.Min(errs), slices.Max(errs)
	if lo > 0 && hi > 20*lo {
		return scaleOf{name, true, logTicks(lo, hi)}
	}
	return scaleOf{name: name, ticks: linearTicks(min(lo, 0), hi)}
}

// curve is a chart of errors against what was tried, with one marked that is called what.
func curve(title, note, name, unit string, lines []series, what string, chosen [2]float64) pageChart {
	var xs, ys []float64
	for _, s := range append(lines, series{points: [][2]float64{chosen}}) {
		for _, q := range s.points {
			xs, ys = append(xs, q[0]), append(ys, q[1])
		}
	}
	lines = append(lines, series{name: what, colour: 2, dots: true, points: [][2]float64{chosen}})
	p := plot{
		about: strings.TrimSpace("Held-out error against " + name + ", with what was chosen"),
		x:     scaleOf{name, true, logTicks(slices.Min(xs), slices.Max(xs))}, y: errorTicks(unit, ys), series: lines,
	}
	return pageChart{title, note, p.svg()}
}
