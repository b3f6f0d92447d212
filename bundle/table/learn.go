package table

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"nnk/mat"
)

// SchemaOptions says how a schema is learned from a table. The zero value takes every column for an input.
type SchemaOptions struct {
	Targets []string // columns that the model is to predict
	Drop    []string // columns that are left out
	Text    []string // columns of numbers that are names, as postcodes are
}

// LevelsError says that a column has more different texts than become inputs, as one that names the rows has. It wraps [ErrFormat].
type LevelsError struct {
	Column       string
	Levels, Rows int
}

func (e *LevelsError) Error() string {
	return fmt.Sprintf("column %s: %d different texts in %d rows, of which each would be an input; at most %d are, and, beyond %d, half as many as rows: drop the column",
		quote(e.Column), e.Levels, e.Rows, mostLevels, fewLevels)
}

func (e *LevelsError) Unwrap() error { return ErrFormat }

// Schema learns from the rows of t how they become inputs. A column is one of numbers, booleans or dates if all its values
// are, and else one of text. The order of rows changes nothing, but for levels that are as frequent as
// others, of which the first to occur is the first. Columns without a value, and one that numbers the rows without a name of its own, as data frames write
// it, are left out: their names are the second result. Columns with gaps are marked. The error is what ended ctx, or wraps [ErrFormat] and names the column: one that
// is not there, or [*LevelsError].
func (t *CSV) Schema(ctx context.Context, opt SchemaOptions) (*Schema, []string, error) {
	left, text := make([]bool, t.cols), make([]bool, t.cols)
	for _, c := range []struct {
		names []string
		set   []bool
	}{{opt.Targets, left}, {opt.Drop, left}, {opt.Text, text}} {
		at, err := t.Columns(c.names)
		if err != nil {
			return nil, nil, err
		}
		for _, j := range at {
			c.set[j] = true
		}
	}
	s, out := &Schema{Targets: slices.Clone(opt.Targets)}, []string{}
	for j := range t.cols {
		if left[j] {
			continue
		}
		if t.numbersRows(j) {
			out = append(out, t.Name(j))
			continue
		}
		c, err := t.learn(ctx, j, text[j])
		if err != nil {
			return nil, nil, err
		}
		if c == nil {
			out = append(out, t.Name(j))
			continue
		}
		s.Columns = append(s.Columns, *c)
	}
	if len(s.Columns) == 0 {
		return nil, nil, fmt.Errorf("csv: no columns are left for inputs: %w", ErrFormat)
	}
	if _, err := t.Columns(s.columnNames()); err != nil { // two of a name
		return nil, nil, err
	}
	if err := s.Check(); err != nil {
		return nil, nil, err
	}
	return s, out, nil
}

// numbersRows reports whether a column has no name, or that which pandas gives such a one, and counts the rows.
func (t *CSV) numbersRows(j int) bool {
	if t.Header == nil {
		return false
	}
	if name := strings.TrimSpace(t.Header[j]); name != "" && !strings.HasPrefix(name, "Unnamed: ") {
		return false
	}
	first := 0.0
	for i := range t.Rows() {
		v, err := t.number(t.Field(i, j), 64)
		if i == 0 {
			first = v
		}
		if err != nil || v != first+float64(i) {
			return false
		}
	}
	return true
}

// learn makes the column of the schema from column j, nil if it has no values.
func (t *CSV) learn(ctx context.Context, j int, text bool) (*Column, error) {
	c := &Column{Name: t.Name(j)}
	var ok bool
	var err error
	if c.Kind, c.Marked, ok, err = t.kind(ctx, j); err != nil || !ok {
		return nil, err
	}
	if text {
		c.Kind = Text
	}
	if c.Kind == Text {
		names := text
		if !names {
			if names, err = t.codes(ctx, j); err != nil {
				return nil, err
			}
		}
		return c, t.learnLevels(ctx, c, j, names)
	}
	r := &reader{Column: &Column{Name: c.Name, Kind: c.Kind, Spread: 1}}
	var values []float64
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return nil, err
		}
		v, err := r.text(t.Field(i, j), func(text string) (float64, error) { return t.number(text, 64) })
		if err != nil {
			return nil, fmt.Errorf("csv: line %d column %s: %w", t.Line(i), quote(c.Name), err)
		}
		if v == v {
			values = append(values, v)
		}
	}
	c.Center, c.Spread = median(values), 1
	if c.Kind != Boolean {
		if c.Spread = deviation(values, c.Center); c.Spread-c.Spread != 0 {
			return nil, fmt.Errorf("csv: column %s varies so much that its spread is no float64: %w", quote(c.Name), mat.ErrNotFinite)
		}
	}
	return c, nil
}

// codes reports whether a column of numbers has some that only leading zeros tell apart, such as 012 and 12.
func (t *CSV) codes(ctx context.Context, j int) (bool, error) {
	zeros := false
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return false, err
		}
		f := strings.TrimSpace(t.Field(i, j))
		zeros = zeros || len(f) > 1 && f[0] == '0' && strings.Trim(f, "0123456789") == ""
	}
	if !zeros {
		return false, nil
	}
	written := map[string]string{} // without leading zeros
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return false, err
		}
		f := strings.TrimSpace(t.Field(i, j))
		if f == "" || strings.Trim(f, "0123456789") != "" {
			continue
		}
		bare := strings.TrimLeft(f, "0")
		if other, ok := written[bare]; ok && other != f {
			return true, nil
		}
		written[bare] = f
	}
	return false, nil
}

// kind is what all values of column j are, whether there are gaps, and whether there are values.
func (t *CSV) kind(ctx context.Context, j int) (kind Kind, gaps, some bool, err error) {
	numbers, isDate, pair := true, true, -1
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return "", false, false, err
		}
		f := strings.TrimSpace(t.Field(i, j))
		if Missing(f) {
			gaps = true
			continue
		}
		numbers = numbers && t.isNumber(f)
		if isDate {
			_, isDate = date(f)
		}
		_, p, ok := boolean(f)
		switch {
		case !ok || some && p != pair:
			pair = len(booleans)
		default:
			pair = p
		}
		some = true
	}
	codes := false
	if numbers {
		codes, err = t.codes(ctx, j)
	}
	switch {
	case numbers && !codes:
		kind = Number
	case isDate:
		kind = Date
	case pair < len(booleans):
		kind = Boolean
	default:
		kind = Text
	}
	return kind, gaps, some, err
}

// learnLevels finds the levels of column j, of which names says that its numbers are some.
func (t *CSV) learnLevels(ctx context.Context, c *Column, j int, names bool) error {
	counts := map[string]int{}
	values := 0
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return err
		}
		f := strings.TrimSpace(t.Field(i, j))
		if Missing(f) {
			continue
		}
		values++
		if counts[f]++; counts[f] == 1 {
			c.Levels = append(c.Levels, f)
		}
	}
	n := len(c.Levels)
	if !names {
		if err := t.likeAnother(c, j, values, n); err != nil {
			return err
		}
	}
	if n > mostLevels || n > fewLevels && 2*n > values {
		return &LevelsError{c.Name, n, t.Rows()}
	}
	slices.SortStableFunc(c.Levels, func(a, b string) int { return counts[b] - counts[a] })
	return nil
}

// median is the middle of the values, at least one, or the mean of the two in the middle. It sorts them.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	if n%2 == 1 {
		return values[n/2]
	}
	return float64(values[n/2-1]/2) + float64(values[n/2]/2)
}

// deviation is the standard deviation of ascending values, whose median is known, and 1 if they are equal. Values are taken in the
// unit of the largest deviation from the median: neither a level nor a unit costs digits or range.
func deviation(values []float64, median float64) float64 {
	most := max(values[len(values)-1]-median, median-values[0])
	if most == 0 || most-most != 0 {
		return 1 + most
	}
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += (v - median) / most
	}
	mean := sum / float64(len(values))
	for _, v := range values {
		d := (v-median)/most - mean
		squares = math.FMA(d, d, squares)
	}
	if s := most * math.Sqrt(squares/float64(len(values))); s > 0 {
		return s
	}
	return 1 // of subnormal numbers
}

// Pick returns the table of some rows of t, nil for all, and the columns with the given names, which keep their lines, unless ctx ends.
func (t *CSV) Pick(ctx context.Context, rows []int, columns []string) (*CSV, error) {
	at, err := t.Columns(columns)
	if err != nil {
		return nil, err
	}
	if columns == nil {
		for j := range t.cols {
			at = append(at, j)
		}
	}
	n := t.Rows()
	if rows != nil {
		n = len(rows)
	}
	p := &CSV{cols: len(at), sep: t.sep, decimal: t.decimal, mark: t.mark}
	var b strings.Builder
	for i := range n {
		if err := stopped(ctx, i); err != nil {
			return nil, err
		}
		row := i
		if rows != nil {
			row = rows[i]
		}
		if line := t.Line(row); line != p.line(i) {
			p.jumps = append(p.jumps, jump{i, line})
		}
		for _, j := range at {
			b.WriteString(t.Field(row, j))
			p.ends = append(p.ends, uint32(b.Len()))
		}
	}
	p.text = b.String()
	if t.Header != nil {
		p.Header = make([]string, len(at))
	}
	for i, j := range at {
		if t.Header != nil {
			p.Header[i] = t.Header[j]
		}
		p.origin = append(p.origin, t.inFile(j))
	}
	if n == 0 {
		return nil, fmt.Errorf("csv: no rows are left: %w", ErrFormat)
	}
	return p, nil
}

// WithValues are the rows with a value in all columns of the given names, unless ctx ends.
func (t *CSV) WithValues(ctx context.Context, columns []string) ([]int, error) {
	at, err := t.Columns(columns)
	if err != nil {
		return nil, err
	}
	rows := []int{}
	for i := range t.Rows() {
		if err := stopped(ctx, i); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(at, func(j int) bool { return Missing(t.Field(i, j)) }) {
			rows = append(rows, i)
		}
	}
	return rows, nil
}
