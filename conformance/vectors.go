package conformance

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"nnk/internal/fault"
)

// ErrFormat marks vectors that are not what the format or the checksums say.
var ErrFormat = fault.Format

//go:embed vectors
var vectors embed.FS

// A Set is the cases of one function and type. README.md describes the text.
type Set struct {
	Function string  // such as "asm.Exp"
	Type     string  // float32 or float64
	Range    string  // which arguments, if the function has a set for others too
	Unit     string  // of the claim: ulp, or what the scale column counts
	Claim    float64 // the largest error, in Unit; 0 means equal
	Columns  []string
	Cases    []Case
	columns  map[string]int
}

// A Case is arguments with the results they must have.
type Case struct {
	ID    string
	Flags string
	// Want is the exact result rounded to the type, Rest the exact result less Want in
	// units of its last place, Bits what every implementation of this library returns.
	Want, Rest, Bits []float64
	Scale            float64 // one unit of the claim, if the set has that column
	fields           []string
	set              *Set
}

// Text returns the named argument as it stands in the file; it panics if the set
// has no such column.
func (c *Case) Text(column string) string {
	i, ok := c.set.columns[column]
	if !ok {
		panic("conformance: " + c.set.Function + " has no column " + column)
	}
	return c.fields[i]
}

// Floats returns the named argument, an array of numbers; it panics if it is another
// text.
func (c *Case) Floats(column string) []float64 {
	v, err := parseFloats(c.Text(column))
	if err != nil {
		panic(fmt.Errorf("case %s of %s: %w", c.ID, c.set.Function, err))
	}
	return v
}

// Float returns the named argument, a number.
func (c *Case) Float(column string) float64 { return c.Floats(column)[0] }

// Int returns the named argument, an integer; hexadecimal with 0x.
func (c *Case) Int(column string) uint64 {
	n, err := strconv.ParseUint(c.Text(column), 0, 64)
	if err != nil {
		panic(fmt.Errorf("case %s of %s: %w", c.ID, c.set.Function, err))
	}
	return n
}

// Vectors returns the sets that are compiled in, after comparing every file with
// its SHA-256.
func Vectors() ([]*Set, error) {
	sums, err := vectors.ReadFile("vectors/SHA256SUMS")
	if err != nil {
		return nil, fmt.Errorf("vectors: %w: %w", ErrFormat, err)
	}
	return read(string(sums), func(name string) ([]byte, error) { return vectors.ReadFile("vectors/" + name) })
}

// read parses the files that sums lists.
func read(sums string, open func(name string) ([]byte, error)) ([]*Set, error) {
	var sets []*Set
	for line := range strings.Lines(sums) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			return nil, fmt.Errorf("vectors: %w: SHA256SUMS: %q", ErrFormat, line)
		}
		text, err := open(name)
		if err != nil {
			return nil, fmt.Errorf("vectors: %w: %w", ErrFormat, err)
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != sum {
			return nil, fmt.Errorf("vectors: %w: %s has another SHA-256 than SHA256SUMS says", ErrFormat, name)
		}
		s, err := Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sets = append(sets, s...)
	}
	return sets, nil
}

// magic is the first line of every file.
const magic = "# nnk conformance vectors, format 1. Public domain (CC0)."

// Parse reads the sets of one file. Its errors wrap ErrFormat and name the line.
func Parse(text string) ([]*Set, error) {
	if !strings.HasPrefix(text, magic+"\n") {
		return nil, fmt.Errorf("vectors: %w: line 1 is not %q", ErrFormat, magic)
	}
	lines := strings.Split(text, "\n")
	var sets []*Set
	for n := 1; n < len(lines); {
		if lines[n] == "" {
			n++
			continue
		}
		s, next, err := parseSet(lines, n)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
		n = next
	}
	return sets, nil
}

// parseSet reads a header from line n on, an empty line and the cases; it returns
// the line after them. Unknown keys of the header are for human readers.
func parseSet(lines []string, n int) (*Set, int, error) {
	s, count := &Set{Unit: "ulp", Claim: -1, columns: map[string]int{}}, -1
	bad := func(format string, args ...any) (*Set, int, error) {
		return nil, 0, fmt.Errorf("vectors: %w: line %d: %s", ErrFormat, n+1, fmt.Sprintf(format, args...))
	}
	for ; n < len(lines) && lines[n] != ""; n++ {
		key, value, ok := strings.Cut(lines[n], ": ")
		if !ok {
			return bad("%q is not key: value", lines[n])
		}
		var err error
		switch key {
		case "function":
			s.Function = value
		case "type":
			s.Type = value
		case "range":
			s.Range = value
		case "claim":
			number, unit, _ := strings.Cut(value, " ")
			s.Unit = unit
			s.Claim, err = strconv.ParseFloat(number, 64)
		case "count":
			count, err = strconv.Atoi(value)
		case "columns":
			s.Columns = strings.Fields(value)
			for i, c := range s.Columns {
				s.columns[c] = i
			}
		}
		if err != nil {
			return bad("%v", err)
		}
	}
	for _, c := range []string{"id", "flags", "want", "rest", "bits"} {
		if _, ok := s.columns[c]; !ok {
			return bad("the header has no column %s", c)
		}
	}
	if s.Function == "" || s.Type != "float32" && s.Type != "float64" || !(s.Claim >= 0) || len(s.columns) != len(s.Columns) {
		return bad("the header lacks function, type or claim, or repeats a column")
	}
	for n++; n < len(lines) && lines[n] != ""; n++ {
		c, err := s.parseCase(lines[n])
		if err != nil {
			return bad("%v", err)
		}
		s.Cases = append(s.Cases, c)
	}
	if len(s.Cases) != count {
		return bad("%d cases of %s, the header counts %d", len(s.Cases), s.Function, count)
	}
	for i := range s.Cases {
		s.Cases[i].set = s
	}
	return s, n, nil
}

func (s *Set) parseCase(line string) (c Case, err error) {
	c.fields = strings.Split(line, " ")
	if len(c.fields) != len(s.Columns) {
		return c, fmt.Errorf("%d fields, want %d", len(c.fields), len(s.Columns))
	}
	for i, text := range c.fields {
		switch s.Columns[i] {
		case "id":
			c.ID = text
		case "flags":
			c.Flags = text
		case "want":
			c.Want, err = parseFloats(text)
		case "rest":
			c.Rest, err = parseFloats(text)
		case "bits":
			if text == "=" {
				c.Bits = c.Want // which stands to the left
			} else {
				c.Bits, err = parseFloats(text)
			}
		case "scale":
			c.Scale, err = strconv.ParseFloat(text, 64)
		}
		if err != nil {
			return c, err
		}
	}
	if len(c.Want) != len(c.Rest) || len(c.Want) != len(c.Bits) || len(c.Want) == 0 {
		return c, fmt.Errorf("%d results, %d rests, %d bits", len(c.Want), len(c.Rest), len(c.Bits))
	}
	return c, nil
}

// parseFloats reads numbers separated by commas; "-" is an empty array.
func parseFloats(text string) ([]float64, error) {
	if text == "-" {
		return nil, nil
	}
	parts := strings.Split(text, ",")
	v := make([]float64, len(parts))
	for i, p := range parts {
		x, err := strconv.ParseFloat(p, 64)
		if err != nil {
			return nil, err
		}
		v[i] = x
	}
	return v, nil
}

// Error returns the distance of got from the exact result in units of the claim:
// those of the scale column, or of the last place of the exact result in the set's
// type. It is +Inf where one is a number or finite and the other is not.
func (c *Case) Error(got []float64) float64 {
	if len(got) != len(c.Want) {
		return math.Inf(1)
	}
	worst := 0.0
	for i, g := range got {
		want, rest := c.Want[i], c.Rest[i]
		if g == want && rest == 0 || g != g && want != want {
			continue
		}
		unit := ULP(want, c.set.Type)
		e := math.Abs((g-want)/unit - rest)
		if c.Scale != 0 {
			e *= unit / c.Scale
		}
		if g == want && math.IsInf(g, 0) {
			e = 0
		}
		if !(e <= math.MaxFloat64) {
			e = math.Inf(1)
		}
		worst = max(worst, e)
	}
	return worst
}

// ULP is the distance of the numbers of type typ that surround v.
func ULP(v float64, typ string) float64 {
	if v == 0 || math.IsInf(v, 0) {
		v = 0x1p-1074
	}
	_, e := math.Frexp(v)
	if typ == "float32" {
		return math.Ldexp(1, max(e-24, -149))
	}
	return math.Ldexp(1, max(e-53, -1074))
}

// sameBits reports whether got is bits, to the sign of zero; all NaNs are the same.
func sameBits(got, bits []float64) bool {
	return slices.EqualFunc(got, bits, func(a, b float64) bool {
		return a != a && b != b || math.Float64bits(a) == math.Float64bits(b)
	})
}
