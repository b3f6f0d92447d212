package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"nnk/conformance"
	"nnk/internal/bigref"
)

// p is the precision of all exact results.
const p = bigref.Prec(320)

// file is a text file of sets.
type file struct {
	name string
	sets []set
}

// set is what makes one set: arguments, and how the exact results follow from them.
type set struct {
	function, typ string
	span          string // of the arguments, if there are several sets
	formula       string
	source        string
	notes         string
	claim         float64
	unit          string // "ulp", or what the scale column is
	columns       []string
	inputs        []input
	// exact returns the results, nil for NaN, and one unit of the claim (0 for ulp).
	exact func(c *conformance.Case) (want []*big.Float, scale float64)
}

// input is the arguments of one case in the order of the columns.
type input struct {
	flags string
	args  []string
}

// text returns the file with every step-th case of each set.
func (f file) text(step int) (string, error) {
	var b strings.Builder
	b.WriteString("# nnk conformance vectors, format 1. Public domain (CC0).\n")
	for i := range f.sets {
		if err := f.sets[i].write(&b, step); err != nil {
			return "", fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return b.String(), nil
}

// write writes the set: first with empty results, which are parsed again so that the
// exact results come from the arguments as they are written.
func (s *set) write(b *strings.Builder, step int) error {
	var draft strings.Builder
	draft.WriteString("# nnk conformance vectors, format 1. Public domain (CC0).\n")
	s.head(&draft, (len(s.inputs)+step-1)/step)
	for i := 0; i < len(s.inputs); i += step {
		fmt.Fprintf(&draft, "%d %s 0 0 0%s\n", i+1, s.line(i), s.zero())
	}
	parsed, err := conformance.Parse(draft.String())
	if err != nil {
		return err
	}
	got, err := conformance.Library{}.Results(parsed[0])
	if err != nil {
		return err
	}
	s.head(b, len(parsed[0].Cases))
	for i := range parsed[0].Cases {
		c := &parsed[0].Cases[i]
		exact, scale := s.exact(c)
		want, rest := make([]float64, len(exact)), make([]float64, len(exact))
		for j, x := range exact {
			want[j], rest[j] = round(x, s.typ)
		}
		bits := floats(got[i])
		if bits == floats(want) {
			bits = "="
		}
		fmt.Fprintf(b, "%s %s %s %s", c.ID, s.line(i*step), floats(want), floats(rest))
		if s.unit != "ulp" {
			fmt.Fprintf(b, " %s", floats([]float64{scale}))
		}
		fmt.Fprintf(b, " %s\n", bits)
	}
	return nil
}

func (s *set) line(i int) string {
	return strings.Join(append([]string{s.inputs[i].flags}, s.inputs[i].args...), " ")
}

// zero is the scale of a draft.
func (s *set) zero() string {
	if s.unit != "ulp" {
		return " 1"
	}
	return ""
}

func (s *set) head(b *strings.Builder, count int) {
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(b, "%s: %s\n", key, value)
		}
	}
	b.WriteString("\n")
	line("function", s.function)
	line("type", s.typ)
	line("range", s.span)
	line("formula", s.formula)
	pkg, _, _ := strings.Cut(s.function, ".")
	line("source", cmp.Or(s.source, "doc of package "+pkg))
	line("reference", fmt.Sprintf("math/big, %d bits (internal/bigref), checked with mpmath (gen/check_mpmath.py)", p))
	line("generated-by", "go generate ./conformance (generator 1)")
	line("rounding", "want is the exact result to nearest even, rest is (exact − want)/ulp(want) in float64")
	line("claim", strconv.FormatFloat(s.claim, 'g', -1, 64)+" "+s.unit)
	line("notes", s.notes)
	line("count", strconv.Itoa(count))
	scale := ""
	if s.unit != "ulp" {
		scale = " scale"
	}
	line("columns", "id flags "+strings.Join(s.columns, " ")+" want rest"+scale+" bits")
	b.WriteString("\n")
}

// round returns x in type typ, and what is left in units of the last place.
func round(x *big.Float, typ string) (want, rest float64) {
	if x == nil {
		return math.NaN(), 0
	}
	if typ == "float32" {
		f, _ := x.Float32()
		want = float64(f)
	} else {
		want, _ = x.Float64()
	}
	if math.IsInf(want, 0) {
		return want, 0
	}
	d := p.Sub(x, p.Float(want))
	if d.Sign() == 0 || want != 0 && d.MantExp(nil) < x.MantExp(nil)-200 {
		return want, 0
	}
	rest, _ = p.Quo(d, p.Float(conformance.ULP(want, typ))).Float64()
	return want, rest
}

// floats is v as hexadecimal numbers, separated by commas.
func floats(v []float64) string {
	if len(v) == 0 {
		return "-"
	}
	var b strings.Builder
	for i, x := range v {
		if i > 0 {
			b.WriteByte(',')
		}
		switch {
		case x != x:
			b.WriteString("nan")
		case math.IsInf(x, 0):
			b.WriteString(strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(x, 'g', -1, 64)), "+"))
		default:
			b.WriteString(strconv.FormatFloat(x, 'x', -1, 64))
		}
	}
	return b.String()
}

// float is one hexadecimal number.
func float(x float64) string { return floats([]float64{x}) }

func sumLine(name, text string) string {
	return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), name)
}

// types are both, in the order of the files.
var types = []string{"float32", "float64"}

// by is one value for each type.
func by(typ string, single, double float64) float64 { return pair{single, double}.of(typ) }

// in rounds v to type typ.
func in(typ string, v float64) float64 {
	if typ == "float32" {
		return float64(float32(v))
	}
	return v
}

// next is the number of type typ after v in the direction of to.
func next(typ string, v, to float64) float64 {
	if typ == "float32" {
		return float64(math.Nextafter32(float32(v), float32(to)))
	}
	return math.Nextafter(v, to)
}
