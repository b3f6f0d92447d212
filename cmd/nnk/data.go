package main

import (
	"fmt"
	"os"
	"strings"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// tables are the flags that say how text files are written.
type tables struct {
	header, sep, decimal string
	missing, tensors     string
}

func (t *tables) register(c *call) {
	c.flags.StringVar(&t.header, "header", "auto", "whether the first line of .csv files is a header: yes, no, or auto: names above numbers; 0,1,2,… above real numbers; words that occur once above words that occur more often; else no")
	c.flags.StringVar(&t.sep, "sep", "auto", "`character` between the fields of .csv files: , ; | tab space, another, or auto, which finds blanks too where all fields are numbers")
	c.flags.StringVar(&t.decimal, "decimal", "auto", "decimal `sign` of .csv files: . or , or auto; the other sign may stand between thousands where it separates no fields")
	c.flags.StringVar(&t.tensors, "tensors", "x,y", "`names` of the tensors of inputs and of targets in .safetensors files that hold more than one")
}

// headerWords is auto for a model whose inputs have no names; it is not documented.
const headerWords = "words"

// registerLabels adds the flag about labels.
func (t *tables) registerLabels(c *call) {
	c.flags.StringVar(&t.missing, "missing", "error", "what to do about rows whose label or target is empty, NA, NaN, None, null or ?: error; drop, which leaves them out and counts them; keep, labels as a class")
}

// labels reads class labels; names and count are those of a model, or nil and 0.
func (c *call) labels(y *table.Table, names []string, count int) (*table.Labels, error) {
	missing, ok := map[string]table.MissingLabels{"error": table.MissingFails, "drop": table.MissingDropped, "keep": table.MissingClass}[c.tables.missing]
	if !ok {
		return nil, usagef("-missing %s: want error, drop or keep", c.tables.missing)
	}
	l, err := y.Labels(names, count, missing)
	if err == nil && l.Kept != nil && !c.quiet {
		fmt.Fprintf(c.stderr, "nnk %s: %d of %d rows have no label and are left out\n", c.name, y.Rows()-len(l.Kept), y.Rows())
	}
	if err == nil && l.Count < 2 {
		return nil, fmt.Errorf("all labels are the same: there is nothing to classify")
	}
	return l, err
}

// classifies decides whether y are labels, by -task.
func (c *call) classifies(y *table.Table, task string) (bool, error) {
	if task != "auto" {
		return task == "classify", nil
	}
	labels, err := y.Integral()
	if err != nil {
		return false, fmt.Errorf("%w: say -task classify or -task regress", err)
	}
	if n := y.WholeNumbers(); !labels && n > 0 && !c.quiet {
		c.say("the targets, %d different whole numbers that are not written as integers, are taken for amounts; -task classify takes them for classes", n)
	}
	return labels, nil
}

// complete are targets that are numbers, and their rows in y, nil for all: with -missing drop, those without gaps.
func (c *call) complete(y *table.Table) (bundle.Source, []int, error) {
	switch c.tables.missing {
	case "drop":
	case "error", "keep":
		return y, nil, nil
	default:
		return nil, nil, usagef("-missing %s: want error, drop or keep", c.tables.missing)
	}
	kept, err := y.Complete(c.ctx)
	if err != nil || kept == nil {
		return y, nil, err
	}
	if len(kept) == 0 {
		return nil, nil, fmt.Errorf("no row has a target")
	}
	if !c.quiet {
		c.say("%d of %d rows have no target and are left out", y.Rows()-len(kept), y.Rows())
	}
	return pickRows(y, kept), kept, nil
}

// placeOf is place for the rows with the numbers in kept, nil for all.
func placeOf(place func(row int) string, kept []int) func(row int) string {
	if kept == nil {
		return place
	}
	return func(row int) string { return place(kept[row]) }
}

// pickRows are the rows of x with the numbers in kept, nil for all.
func pickRows(x bundle.Source, kept []int) bundle.Source {
	if kept == nil {
		return x
	}
	return table.SomeOf(x, kept)
}

// format turns the flags' text into what reads the files.
func (t *tables) format() (table.Format, error) {
	var f table.Format
	header, ok := map[string]table.Header{"auto": table.HeaderAuto, "yes": table.HeaderYes, "no": table.HeaderNo, headerWords: table.HeaderWords}[t.header]
	if !ok {
		return f, usagef("-header %s: want auto, yes or no", t.header)
	}
	f.Header = header
	sep := []rune(t.sep)
	switch {
	case t.sep == "auto":
	case t.sep == "tab" || t.sep == `\t`:
		f.Separator = '\t'
	case t.sep == "space":
		f.Separator = ' '
	case len(sep) == 1:
		f.Separator = sep[0]
	default:
		return f, usagef("-sep %s: want auto, tab, space or one character", t.sep)
	}
	switch t.decimal {
	case "auto":
	case ".", ",":
		f.Decimal = rune(t.decimal[0])
	default:
		return f, usagef("-decimal %s: want auto, . or ,", t.decimal)
	}
	return f, nil
}

// open opens a table of inputs or targets and says what was found of how it is written; rows, if not 0, is what it must
// have.
func (c *call) open(path string, rows int) (*table.Table, error) {
	return c.openAs(path, rows, nil, nil)
}

// openAs is open for a table whose header, if it has one, has the given names, in any order, and perhaps others; arranged is called with
// these.
func (c *call) openAs(path string, rows int, names []string, arranged func(others []string) error) (*table.Table, error) {
	f, err := c.tables.format()
	if err != nil {
		return nil, err
	}
	if err := c.needTable(path); err != nil {
		return nil, err
	}
	f.Rows, f.Names = rows, names
	inputs, targets, ok := strings.Cut(c.tables.tensors, ",")
	if !ok || inputs == "" || targets == "" {
		return nil, usagef("-tensors %s: want two names, of inputs and targets, such as x,y", c.tables.tensors)
	}
	if f.Tensor = inputs; rows > 0 {
		f.Tensor = targets
	}
	t, err := f.Open(c.ctx, path)
	if err != nil {
		return nil, plain(err)
	}
	if names != nil && t.Names() != nil {
		others, err := t.Arrange(c.ctx, names)
		if err == nil && arranged != nil {
			err = arranged(others)
		}
		if err != nil {
			t.Close()
			return nil, err
		}
	}
	for _, line := range t.Found() {
		if !c.quiet {
			fmt.Fprintf(c.stderr, "nnk %s: %s\n", c.name, line)
		}
	}
	if rows == 0 {
		if err := t.Numbers(c.ctx); err != nil {
			t.Close()
			return nil, err
		}
	}
	if rows > 0 && t.Rows() != rows {
		t.Close()
		return nil, fmt.Errorf("%s: %d rows, but the inputs have %d: give one for each", path, t.Rows(), rows)
	}
	return t, nil
}

// plain drops the name of the system call from an error about a file.
func plain(err error) error {
	if pe, ok := err.(*os.PathError); ok {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

// loadModel reads a model file.
func loadModel(path string) (*bundle.Model[float32], error) {
	m, err := bundle.Load[float32](path)
	return m, plain(err)
}

// readHead reads the first rows of a table, at most n.
func readHead(t bundle.Source, n int) (*mat.Dense[float32], error) {
	x := mat.New[float32](min(n, t.Rows()), t.Cols())
	return x, bundle.Read(x, t, 0)
}
