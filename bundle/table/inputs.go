package table

import (
	"context"
	"fmt"
	"strings"

	"nnk/mat"
)

// Unseen says what becomes of texts that are no level of their column.
type Unseen int

const (
	UnseenFails Unseen = iota // an error that names the column and the text
	UnseenZero                // 0 in the inputs of all levels
)

// Inputs are the rows of a table as a [Schema] makes them. It implements bundle.Source.
type Inputs struct {
	schema *Schema
	rows   int
	values [][]float64 // of each column, see [Schema.spread]
	gaps   []int       // in each column
	unseen []int
}

// Inputs reads the columns of s in t, wherever they are; other columns are left out. The error names the column and the
// line, or is what ended ctx. Memory is a float64 for each row and column, however many inputs they become.
func (t *CSV) Inputs(ctx context.Context, s *Schema, unseen Unseen) (*Inputs, error) {
	in := &Inputs{schema: s, rows: t.Rows(), gaps: make([]int, len(s.Columns)), unseen: make([]int, len(s.Columns))}
	at, err := t.Columns(s.columnNames())
	if err != nil {
		return nil, err
	}
	for i, j := range at {
		r, column := &reader{Column: &s.Columns[i], unseen: unseen}, make([]float64, in.rows)
		r.index()
		for row := range column {
			if err := stopped(ctx, row); err != nil {
				return nil, err
			}
			v, err := r.text(t.Field(row, j), func(text string) (float64, error) { return t.number(text, 64) })
			if err != nil {
				return nil, fmt.Errorf("csv: line %d column %s: %w", t.Line(row), quote(r.Name), err)
			}
			column[row] = v
			if v != v {
				in.gaps[i]++
			}
			if r.Kind == Text && v < 0 {
				in.unseen[i]++
			}
		}
		in.values = append(in.values, column)
	}
	return in, nil
}

func (s *Schema) columnNames() []string {
	names := make([]string, len(s.Columns))
	for i := range s.Columns {
		names[i] = s.Columns[i].Name
	}
	return names
}

// Rows is the number of rows.
func (in *Inputs) Rows() int { return in.rows }

// Cols is the number of inputs.
func (in *Inputs) Cols() int { return in.schema.Inputs() }

// Read fills dst with the inputs of the rows from row on.
func (in *Inputs) Read(dst *mat.Dense[float64], row int) error {
	for i := range dst.Rows() {
		in.schema.spread(dst.Row(i), func(column int) float64 { return in.values[column][row+i] })
	}
	return nil
}

// Under returns the same rows as another schema of the same columns makes them, one with or without marks.
func (in *Inputs) Under(s *Schema) *Inputs {
	other := *in
	other.schema = s
	return &other
}

// Schema is how the inputs are made.
func (in *Inputs) Schema() *Schema { return in.schema }

// Value is the value of a row in column i of the schema: NaN for a gap, and of text the number of its level, or −1.
func (in *Inputs) Value(row, i int) float64 { return in.values[i][row] }

// Gaps counts the gaps in column i of the schema.
func (in *Inputs) Gaps(i int) int { return in.gaps[i] }

// Unseen counts the texts in column i of the schema that are no level.
func (in *Inputs) Unseen(i int) int { return in.unseen[i] }

// Row sets dst to the inputs for a row with the given values by the names of columns, and returns it; dst == nil
// allocates. A number may have any type of Go's or be a json.Number, a boolean is a bool, a date a time.Time or its text, and a
// text a string, or an integer; nil, NaN and texts such as "" and "NA" are gaps. Names that are no columns are left out. The
// error wraps [ErrFormat] or [mat.ErrNotFinite] and names the column: one that is not there, a value of another type or a
// text that is no level, unless unseen allows it. A row's inputs are those of the same row in a file.
func (s *Schema) Row(dst []float64, values map[string]any, unseen Unseen) ([]float64, error) {
	if dst == nil {
		dst = make([]float64, s.Inputs())
	}
	if len(dst) != s.Inputs() {
		panic(&mat.ArgumentError{Op: "table.Schema.Row", Why: fmt.Sprintf("dst has %d elements for %d inputs", len(dst), s.Inputs())})
	}
	row := make([]float64, len(s.Columns))
	for i := range s.Columns {
		c := &s.Columns[i]
		v, ok := values[c.Name]
		if !ok {
			return nil, fmt.Errorf("column %s is not there; nil is a gap: %w", quote(c.Name), ErrFormat)
		}
		x, err := (&reader{Column: c, unseen: unseen}).value(v)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", quote(c.Name), err)
		}
		row[i] = x
	}
	s.spread(dst, func(column int) float64 { return row[column] })
	return dst, nil
}

// Columns are the numbers of the columns with the given names. Without a header the names are "1", "2", …. The error wraps
// [ErrFormat] and tells the names that no column has, or one of two.
func (t *CSV) Columns(names []string) ([]int, error) {
	index, twice := make(map[string]int, t.cols), map[string]bool{}
	for j := range t.cols {
		name := t.Name(j)
		_, there := index[name]
		twice[name] = there
		index[name] = j
	}
	found, lacking := make([]int, len(names)), []string{}
	for i, name := range names {
		j, ok := index[name]
		switch {
		case twice[name]:
			return nil, fmt.Errorf("csv: two columns are named %s: %w", quote(name), ErrFormat)
		case !ok:
			lacking = append(lacking, quote(name))
		}
		found[i] = j
	}
	if len(lacking) > 0 {
		return nil, t.noColumns(lacking)
	}
	return found, nil
}

func (t *CSV) noColumns(lacking []string) error {
	var names []string
	for j := range min(t.cols, 20) {
		names = append(names, t.Name(j))
	}
	where := "the columns are"
	if t.Header == nil {
		where = "no header was found, and the columns are"
	}
	what := "column "
	if len(lacking) > 1 {
		what = "columns "
	}
	return fmt.Errorf("csv: no %s; %s %s: %w", what+clip(strings.Join(lacking, ", "), 200), where, clip(strings.Join(names, ", "), 120), ErrFormat)
}

// Name is the name of column j: that in the header, or else its number, from 1.
func (t *CSV) Name(j int) string {
	if t.Header != nil {
		if name := strings.TrimSpace(t.Header[j]); name != "" {
			return name
		}
	}
	return fmt.Sprint(j + 1)
}
