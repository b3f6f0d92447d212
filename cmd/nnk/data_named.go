package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/bundle"
	"nnk/bundle/fit"
	"nnk/bundle/table"
	"nnk/internal/fault"
	"nnk/mat"
	"nnk/snnk"
)

// names is a flag of names of columns: a list with commas, which may be given several times. A name with a comma stands in
// quotes, as in a file.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(text string) error {
	list, err := csv.NewReader(strings.NewReader(text)).Read()
	if err != nil {
		return fmt.Errorf("%q is no list of names", text)
	}
	for _, name := range list {
		*n = append(*n, strings.TrimSpace(name))
	}
	return nil
}

// named are the flags about tables whose columns have names.
type named struct {
	targets, drop, text names
	unseen              string
}

// registerDrop adds the flag about columns that are not read.
func (n *named) registerDrop(c *call) {
	c.flags.Var(&n.drop, "drop", "`names` of columns of the table that are left out, such as -drop id,note")
}

// registerLearning adds the flags about what is learned.
func (n *named) registerLearning(c *call) {
	c.flags.Var(&n.targets, "target", "`names` of the columns of the table to predict, such as -target price; without a header they are 1, 2, …")
	n.registerDrop(c)
	c.flags.Var(&n.text, "text", "`names` of columns of numbers that are names, such as postcodes: one input for each")
}

// registerReading adds the flags about reading by the schema of a model.
func (n *named) registerReading(c *call) {
	n.registerDrop(c)
	c.flags.StringVar(&n.unseen, "unseen", "error", "what to do about a text that its column did not have when the model was fitted: error, or zero, which is none of its levels")
}

// check refuses flags of fit that do not go together: those of one table with names, and those of inputs and targets.
func (n *named) check(c *call, x, shards, y string) error {
	if len(c.operands) > 0 {
		switch {
		case x+shards+y != "":
			return usagef("give a table and -target, or inputs and -y, not both")
		case len(n.targets) == 0:
			return usagef("-target is needed: the name of the column to predict")
		}
		return nil
	}
	for _, name := range []string{"target", "drop", "text"} {
		if c.given()[name] {
			return usagef("-%s is for a table with names: nnk fit TABLE.csv -target NAME", name)
		}
	}
	if (x == "") == (shards == "") {
		return usagef("give a table and -target, or one of -x and -shards")
	}
	if y == "" {
		return usagef("flag -y is needed")
	}
	return nil
}

// say writes a line about what was found, unless -quiet.
func (c *call) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.stderr, "nnk %s: %s\n", c.name, fault.Text(fmt.Sprintf(format, args...)))
	}
}

// openNamed reads a table whose header, if it has one, has the given names.
func (c *call) openNamed(path string, names []string) (*table.CSV, error) {
	if isArray(path) {
		return nil, fmt.Errorf("%s: the columns of .npy and .safetensors files have no names: give a .csv file", path)
	}
	f, err := c.tables.format()
	if err != nil {
		return nil, err
	}
	if err := c.needTable(path); err != nil {
		return nil, err
	}
	f.Names = names
	t, err := f.ReadFile(c.ctx, path)
	if err != nil {
		return nil, plain(err)
	}
	if found := t.Found(); found != "" {
		c.say("%s: %s", path, found)
	}
	return t, nil
}

// withTargets are the rows of t that have a value in each target: all, or, with -missing drop, what is left.
func (c *call) withTargets(t *table.CSV, path string, targets []string) (*table.CSV, error) {
	rows, err := t.WithValues(c.ctx, targets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	without := t.Rows() - len(rows)
	switch {
	case without == 0 || c.tables.missing == "keep":
		return t, nil
	case c.tables.missing == "drop":
		c.say("%d of %d rows have no %s and are left out", without, t.Rows(), strings.Join(targets, " or no "))
		t, err = t.Pick(c.ctx, rows, nil)
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return t, err
	case c.tables.missing != "error":
		return nil, usagef("-missing %s: want error, drop or keep", c.tables.missing)
	}
	first := 0
	for first < len(rows) && rows[first] == first {
		first++
	}
	return nil, fmt.Errorf("%s: line %d: no value of %s, as in %d of %d rows: -missing drop leaves them out", path, t.Line(first), strings.Join(targets, " or of "), without, t.Rows())
}

// learned is a table with names of which a schema was learned.
type learned struct {
	file   *table.CSV
	path   string
	inputs *table.Inputs
	target *table.Table // the columns to predict
}

// learn reads a table and learns how its columns become inputs.
func (n *named) learn(c *call, path string) (*learned, error) {
	for _, name := range n.targets {
		if slices.Contains(n.drop, name) || slices.Contains(n.text, name) {
			return nil, usagef("-target and -drop or -text name the same column, %q", name)
		}
	}
	t, err := c.openNamed(path, slices.Concat(n.targets, n.drop, n.text))
	if err == nil {
		t, err = c.withTargets(t, path, n.targets)
	}
	if err != nil {
		return nil, err
	}
	s, out, err := t.Schema(c.ctx, table.SchemaOptions{Targets: n.targets, Drop: n.drop, Text: n.text})
	if err != nil {
		var levels *table.LevelsError
		if errors.As(err, &levels) {
			err = fmt.Errorf("%w (-drop %s)", err, levels.Column)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(out) > 0 {
		c.say("%s: left out, without values or names of their own: %s", path, few(out))
	}
	in, err := t.Inputs(c.ctx, s, table.UnseenFails)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if ids := namesRows(in); ids != nil {
		c.say("%s: names the rows, and is an input unless it is dropped: %s (-drop %s)", path, few(ids), ids[0])
	}
	y, err := t.Pick(c.ctx, nil, n.targets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &learned{t, path, in, y.Table(path)}, nil
}

// namesRows are the columns of numbers that count the rows, or that are called IDs and have another integer in each.
func namesRows(in *table.Inputs) (names []string) {
	for i, col := range in.Schema().Columns {
		if col.Kind != table.Number || in.Rows() < 3 {
			continue
		}
		v := make([]float64, in.Rows())
		counts, integers := true, true
		for row := range v {
			v[row] = in.Value(row, i)
			counts = counts && v[row] == v[0]+float64(row)
			integers = integers && v[row] == math.Trunc(v[row])
		}
		if lower := strings.ToLower(col.Name); !counts && integers && strings.HasSuffix(lower, "id") && (lower == "id" || strings.ContainsAny(lower[len(lower)-3:], "_- .") || strings.HasSuffix(col.Name, "Id") || strings.HasSuffix(col.Name, "ID")) {
			slices.Sort(v)
			counts = len(slices.Compact(v)) == in.Rows()
		}
		if counts {
			names = append(names, col.Name)
		}
	}
	return names
}

// few are names in a line.
func few(list []string) string {
	const most = 8
	text := namesOf(list[:min(len(list), most)], ", ")
	if len(list) > most {
		text += fmt.Sprintf(" and %d more", len(list)-most)
	}
	return text
}

// kinds says which columns were taken for what.
func kinds(s *table.Schema) string {
	of := map[table.Kind][]string{}
	for _, col := range s.Columns {
		name := col.Name
		if col.Kind == table.Text {
			name += fmt.Sprintf(" (%d levels)", len(col.Levels))
		}
		of[col.Kind] = append(of[col.Kind], name)
	}
	var parts []string
	for _, k := range []struct {
		kind table.Kind
		text string
	}{{table.Number, "numbers"}, {table.Boolean, "yes or no"}, {table.Date, "dates"}, {table.Text, "text"}} {
		if of[k.kind] != nil {
			parts = append(parts, k.text+": "+few(of[k.kind]))
		}
	}
	return strings.Join(parts, "; ")
}

// plainNumbers are the columns of numbers as they are in the file, with the median in gaps. It implements bundle.Source.
type plainNumbers struct {
	in      *table.Inputs
	columns []int
}

func (p plainNumbers) Rows() int { return p.in.Rows() }
func (p plainNumbers) Cols() int { return len(p.columns) }

func (p plainNumbers) Read(dst *mat.Dense[float64], row int) error {
	for i := range dst.Rows() {
		for k, col := range p.columns {
			v := p.in.Value(row+i, col)
			if v != v {
				v = p.in.Schema().Columns[col].Center
			}
			dst.Set(i, k, v)
		}
	}
	return nil
}

// warnWild is [call.warnWild] for the columns of numbers.
func (l *learned) warnWild(c *call) error {
	p := plainNumbers{in: l.inputs}
	columns := l.inputs.Schema().Columns
	for i, col := range columns {
		if col.Kind == table.Number {
			p.columns = append(p.columns, i)
		}
	}
	if p.columns == nil {
		return nil
	}
	return c.warnWild(p, func(row int) string { return fmt.Sprintf("%s: line %d", l.path, l.file.Line(row)) },
		func(column int) string { return "column " + strconv.Quote(columns[p.columns[column]].Name) })
}

// markFeatures is the number of features, at most, with which it is decided whether gaps are marked.
const markFeatures = 128

// markGain is the error with marks, at most, of that without for which they are kept: an input more has to earn its place, and
// other features alone make errors differ by some per cent.
const markGain = 0.9

// decideMarks leaves the inputs that mark gaps out if the error on held-out folds is not a tenth lower with them, and says what was done
// about gaps.
func (l *learned) decideMarks(c *call, opt fit.Options, y bundle.Source) error {
	gaps := gapsOf(l.inputs)
	if gaps == "" {
		return nil
	}
	opt.Features = min(opt.Features, markFeatures)
	opt.Pool, opt.Loss, opt.Learn = opt.Features, snnk.SquaredError, nil
	if opt.Lambda > 0 {
		opt.Lambdas, opt.Lambda = []float64{opt.Lambda}, 0
	}
	plain := l.inputs.Under(l.inputs.Schema().Unmarked())
	var errs [2]float64
	for i, in := range []*table.Inputs{plain, l.inputs} {
		_, report, err := fit.Run[float32](c.ctx, in, y, opt)
		if err != nil {
			return err
		}
		errs[i] = report.HeldOut
	}
	done := "marked by an input"
	if !(errs[1] < markGain*errs[0]) {
		l.inputs, done = plain, "not marked"
	}
	c.say("%s: gaps (%s) become the median or no level, and are %s: held-out squared error %.4g with marks, %.4g without", l.path, gaps, done, errs[1], errs[0])
	return nil
}

// gapsOf counts the gaps of each column, "" if there are none.
func gapsOf(in *table.Inputs) string {
	var list []string
	for i, col := range in.Schema().Columns {
		if n := in.Gaps(i); n > 0 {
			list = append(list, fmt.Sprintf("%s %d", col.Name, n))
		}
	}
	if list == nil {
		return ""
	}
	return few(list)
}

// rows are the inputs of a model: of a file of numbers, or of a table by the names of its columns.
type rows struct {
	bundle.Source
	path    string
	numbers *table.Table
	file    *table.CSV // with inputs, or nil
	inputs  *table.Inputs
}

// Close closes the files.
func (r *rows) Close() {
	if r.numbers != nil {
		r.numbers.Close()
	}
}

// modelRows reads the inputs of a model. If it was fitted to a table with names they are the columns of those names; with
// targets, only rows that have their values.
func (n *named) modelRows(c *call, path string, m *bundle.Model[float32], targets bool) (*rows, error) {
	if m.Schema == nil {
		return n.numberRows(c, path, m)
	}
	unseen, ok := map[string]table.Unseen{"error": table.UnseenFails, "zero": table.UnseenZero}[n.unseen]
	if !ok {
		return nil, usagef("-unseen %s: want error or zero", n.unseen)
	}
	var names []string
	for _, col := range m.Schema.Columns {
		names = append(names, col.Name)
	}
	t, err := c.openNamed(path, names)
	if err == nil && targets {
		t, err = c.withTargets(t, path, m.Schema.Targets)
	}
	if err != nil {
		return nil, err
	}
	in, err := t.Inputs(c.ctx, m.Schema, unseen)
	if err != nil {
		if errors.Is(err, table.ErrUnseen) {
			err = fmt.Errorf("%w (-unseen zero takes it for none of them)", err)
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if _, err := t.Columns(n.drop); err != nil {
		return nil, fmt.Errorf("%s: -drop: %w", path, err)
	}
	n.sayRead(c, t, in, path)
	return &rows{Source: in, path: path, file: t, inputs: in}, nil
}

// numberRows reads the inputs of a model that was fitted to numbers: by the names of its inputs if it has some and the file too, else in
// their order. A model without names does not take numbers for a header.
func (n *named) numberRows(c *call, path string, m *bundle.Model[float32]) (*rows, error) {
	names := inputNames(m)
	if names == nil && n.drop != nil {
		return nil, usagef("-drop: the model knows no names of columns")
	}
	if names == nil && c.tables.header == "auto" && !isArray(path) {
		c.tables.header = headerWords
		defer func() { c.tables.header = "auto" }() // of labels or targets
	}
	x, err := c.openAs(path, 0, names, func(others []string) error {
		for _, name := range n.drop {
			at := slices.Index(others, name)
			if at < 0 {
				return fmt.Errorf("%s: -drop %s: there is no such column that the model does not read", path, name)
			}
			others = slices.Delete(others, at, at+1)
		}
		if len(others) > 0 {
			c.say("%s: columns that the model does not read: %s", path, few(others))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if x.Cols() != m.Network.In() {
		x.Close()
		return nil, fmt.Errorf("%s: %d columns, but the model reads %d", path, x.Cols(), m.Network.In())
	}
	return &rows{Source: x, path: path, numbers: x}, nil
}

// sayRead says what of a table was not as the model knows it.
func (n *named) sayRead(c *call, t *table.CSV, in *table.Inputs, path string) {
	var extra, unseen []string
	s := in.Schema()
	for j := range t.Cols() {
		name := t.Name(j)
		if !slices.ContainsFunc(s.Columns, func(c table.Column) bool { return c.Name == name }) && !slices.Contains(s.Targets, name) && !slices.Contains(n.drop, name) {
			extra = append(extra, name)
		}
	}
	if extra != nil {
		c.say("%s: columns that the model does not read: %s", path, few(extra))
	}
	if gaps := gapsOf(in); gaps != "" {
		c.say("%s: gaps become the median or no level: %s", path, gaps)
	}
	for i, col := range s.Columns {
		if k := in.Unseen(i); k > 0 {
			unseen = append(unseen, fmt.Sprintf("%s %d", col.Name, k))
		}
	}
	if unseen != nil {
		c.say("%s: texts that the model does not know: %s", path, few(unseen))
	}
}

// truth are the targets of rows: those of the model's names in their table, or of another file.
func (r *rows) truth(c *call, m *bundle.Model[float32], path string) (*table.Table, error) {
	if path != "" {
		return c.open(path, r.Rows())
	}
	y, err := r.file.Pick(c.ctx, nil, m.Schema.Targets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	return y.Table(r.path), nil
}

// oneOf returns the table that is given as an argument, or else the file that a flag names.
func (c *call) oneOf(flag string) (string, error) {
	switch {
	case len(c.operands) == 1 && flag != "":
		return "", usagef("give a table or -x, not both")
	case len(c.operands) == 1:
		return c.operands[0], nil
	case flag == "":
		return "", usagef("give a table, or -x")
	}
	return flag, nil
}

// place says where a row is: its file, and its line there or its number.
func (r *rows) place(row int) string {
	if r.file != nil {
		return fmt.Sprintf("%s: line %d", r.path, r.file.Line(row))
	}
	return r.numbers.Place(row)
}
