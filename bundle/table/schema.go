package table

import (
	"fmt"
	"math"

	"nnk/internal/jsontext"
)

// Kind is what the values of a column are.
type Kind string

// The kinds.
const (
	Number  Kind = "number"
	Boolean Kind = "boolean" // 1 for true, yes, t and y, 0 for false, no, f and n
	Date    Kind = "date"    // of ISO 8601, with or without a time, as days since 1970; without a zone it is UTC
	Text    Kind = "text"    // one input for each level: 1 if the text is that level, else 0
)

// Column says how a column becomes inputs of a model. A number, boolean or date x becomes (x − Center)/Spread, and a
// gap 0, the value of Center.
type Column struct {
	Name   string
	Kind   Kind
	Center float64  // the median; 0 for text
	Spread float64  // standard deviation, 1 for booleans and constants; 0 for text
	Levels []string // of text, the most frequent first
	Marked bool     // whether one more input is 1 where there is a gap, else 0
}

// Schema says how rows of named columns become rows of numbers, the inputs of a model. [CSV.Schema] learns it from a
// table. It must not change while it is used.
type Schema struct {
	Columns []Column
	Targets []string // names of the columns that the model predicts
}

const (
	// mostLevels is the largest number of different texts of a column; each costs an input.
	mostLevels = 256
	// fewLevels different texts are always taken, more only if they are at most half as many as rows.
	fewLevels = 20
	// rareWords: one word among so many numbers is a fault, not a level.
	rareWords = 20
	// mostColumns is far above what tables have; it bounds what a hostile schema can ask for.
	mostColumns = 1 << 16
)

// width is the number of inputs of a column.
func (c *Column) width() int {
	n := 1
	if c.Kind == Text {
		n = len(c.Levels)
	}
	if c.Marked {
		n++
	}
	return n
}

// Inputs is the number of inputs that the columns become.
func (s *Schema) Inputs() int {
	n := 0
	for i := range s.Columns {
		n += s.Columns[i].width()
	}
	return n
}

// Unmarked is the schema without inputs that mark gaps.
func (s *Schema) Unmarked() *Schema {
	u := &Schema{Columns: append([]Column{}, s.Columns...), Targets: s.Targets}
	for i := range u.Columns {
		u.Columns[i].Marked = false
	}
	return u
}

// Span is where the inputs of column i begin, and how many they are.
func (s *Schema) Span(i int) (start, n int) {
	for j := range s.Columns[:i] {
		start += s.Columns[j].width()
	}
	return start, s.Columns[i].width()
}

// String is the schema as JSON, which [ParseSchema] reads.
func (s *Schema) String() string {
	b := append(jsontext.AppendKey([]byte{'{'}, "columns"), '[')
	for i := range s.Columns {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.Columns[i].appendTo(b)
	}
	b = append(b, ']')
	if len(s.Targets) > 0 {
		b = jsontext.AppendStrings(jsontext.AppendKey(b, "targets"), s.Targets)
	}
	return string(append(b, '}'))
}

// ParseSchema reads JSON that [Schema.String] wrote. Everything in it is checked: the error wraps [ErrFormat].
func ParseSchema(text string) (*Schema, error) {
	s := &Schema{}
	j := jsontext.NewScanner([]byte(text))
	j.Fields(
		jsontext.Field{Key: "columns", Read: func() { j.List(func() { s.Columns = append(s.Columns, readColumn(j)) }) }},
		jsontext.Field{Key: "targets", Read: func() { s.Targets = j.Strings() }})
	if err := j.End(); err != nil {
		return nil, fmt.Errorf("schema: %w: %w", ErrFormat, err)
	}
	return s, s.Check()
}

// appendTo appends the column as a JSON object.
func (c *Column) appendTo(b []byte) []byte {
	b = jsontext.AppendString(jsontext.AppendKey(append(b, '{'), "name"), c.Name)
	b = jsontext.AppendString(jsontext.AppendKey(b, "kind"), string(c.Kind))
	if c.Center != 0 {
		b = jsontext.AppendNumber(jsontext.AppendKey(b, "center"), c.Center)
	}
	if c.Spread != 0 {
		b = jsontext.AppendNumber(jsontext.AppendKey(b, "spread"), c.Spread)
	}
	if len(c.Levels) > 0 {
		b = jsontext.AppendStrings(jsontext.AppendKey(b, "levels"), c.Levels)
	}
	if c.Marked {
		b = append(jsontext.AppendKey(b, "marked"), "true"...)
	}
	return append(b, '}')
}

// readColumn reads what appendTo wrote.
func readColumn(j *jsontext.Scanner) Column {
	var c Column
	j.Fields(
		jsontext.Field{Key: "name", Read: func() { c.Name = j.String() }},
		jsontext.Field{Key: "kind", Read: func() { c.Kind = Kind(j.String()) }},
		jsontext.Field{Key: "center", Read: func() { c.Center = j.Number() }},
		jsontext.Field{Key: "spread", Read: func() { c.Spread = j.Number() }},
		jsontext.Field{Key: "levels", Read: func() { c.Levels = j.Strings() }},
		jsontext.Field{Key: "marked", Read: func() { c.Marked = j.Bool() }})
	return c
}

// Check returns an error that wraps [ErrFormat] if rows cannot be read by the schema.
func (s *Schema) Check() error {
	if len(s.Columns) == 0 || len(s.Columns) > mostColumns {
		return fmt.Errorf("schema: %w: %d columns, want 1 to %d", ErrFormat, len(s.Columns), mostColumns)
	}
	seen := make(map[string]bool, len(s.Columns)+len(s.Targets))
	for i := range s.Columns {
		c := &s.Columns[i]
		if seen[c.Name] {
			return fmt.Errorf("schema: %w: two columns are named %s", ErrFormat, quote(c.Name))
		}
		seen[c.Name] = true
		if err := c.check(); err != nil {
			return fmt.Errorf("schema: %w: column %s: %w", ErrFormat, quote(c.Name), err)
		}
	}
	for _, name := range s.Targets {
		if name == "" || seen[name] {
			return fmt.Errorf("schema: %w: the target %s has no name or that of another column", ErrFormat, quote(name))
		}
		seen[name] = true
	}
	return nil
}

func (c *Column) check() error {
	if c.Name == "" {
		return fmt.Errorf("no name")
	}
	switch c.Kind {
	case Number, Boolean, Date:
		if c.Levels != nil {
			return fmt.Errorf("levels of a %s", c.Kind)
		}
		if math.IsNaN(c.Center) || math.IsInf(c.Center, 0) || !(c.Spread > 0) || math.IsInf(c.Spread, 0) {
			return fmt.Errorf("center %g and spread %g", c.Center, c.Spread)
		}
		return nil
	case Text:
	default:
		return fmt.Errorf("unknown kind %s", quote(string(c.Kind)))
	}
	if len(c.Levels) == 0 || len(c.Levels) > mostLevels || c.Center != 0 || c.Spread != 0 {
		return fmt.Errorf("%d levels, want 1 to %d, center %g and spread %g, want none", len(c.Levels), mostLevels, c.Center, c.Spread)
	}
	seen := make(map[string]bool, len(c.Levels))
	for _, level := range c.Levels {
		if seen[level] || Missing(level) {
			return fmt.Errorf("level %s twice, or a gap", quote(level))
		}
		seen[level] = true
	}
	return nil
}

// InputNames are the names of the inputs: of a column, "column=level", and "column is missing".
func (s *Schema) InputNames() []string {
	var names []string
	for i := range s.Columns {
		c := &s.Columns[i]
		if c.Kind != Text {
			names = append(names, c.Name)
		}
		for _, level := range c.Levels {
			names = append(names, c.Name+"="+level)
		}
		if c.Marked {
			names = append(names, c.Name+" is missing")
		}
	}
	return names
}

// spread sets dst to the inputs for one value of each column: NaN for a gap, of text the number of the level or −1 for none.
func (s *Schema) spread(dst []float64, value func(column int) float64) {
	clear(dst)
	for i := range s.Columns {
		c, v := &s.Columns[i], value(i)
		switch {
		case v != v:
		case c.Kind != Text:
			dst[0] = (v - c.Center) / c.Spread
		case v >= 0:
			dst[int(v)] = 1
		}
		n := c.width()
		if c.Marked && v != v {
			dst[n-1] = 1
		}
		dst = dst[n:]
	}
}
