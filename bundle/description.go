package bundle

import (
	"fmt"
	"strconv"

	"nnk/internal/jsontext"
)

// description is what the metadata of a file say of a stage, an object with its fields.
type description struct {
	Kind       string  // "kind"; the others only where it has them
	Activation string  // "activation"
	Map        string  // "map"
	Diagonals  bool    // "diagonals": whether the map has trained diagonals, which are tensors
	Bits       int64   // "bits" of a code, if the weights are quantised
	Width      int64   // "width" of an activation or softmax, of columns, or of weights of four bits; int64, so that int of 32 bits refuses the same ones
	Epsilon    float64 // "epsilon" of a layer norm
	Without    []int64 // "without": columns that are left out of those of "width"
}

// stagesText is list as a JSON list of objects, which parseStages reads.
func stagesText(list []description) string {
	b := []byte{'['}
	for i, d := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsontext.AppendString(jsontext.AppendKey(append(b, '{'), "kind"), d.Kind)
		if d.Activation != "" {
			b = jsontext.AppendString(jsontext.AppendKey(b, "activation"), d.Activation)
		}
		if d.Map != "" {
			b = jsontext.AppendString(jsontext.AppendKey(b, "map"), d.Map)
		}
		if d.Diagonals {
			b = append(jsontext.AppendKey(b, "diagonals"), "true"...)
		}
		if d.Bits != 0 {
			b = strconv.AppendInt(jsontext.AppendKey(b, "bits"), d.Bits, 10)
		}
		if d.Width != 0 {
			b = strconv.AppendInt(jsontext.AppendKey(b, "width"), d.Width, 10)
		}
		if d.Epsilon != 0 {
			b = jsontext.AppendNumber(jsontext.AppendKey(b, "epsilon"), d.Epsilon)
		}
		if d.Without != nil {
			b = append(jsontext.AppendKey(b, "without"), '[')
			for i, j := range d.Without {
				if i > 0 {
					b = append(b, ',')
				}
				b = strconv.AppendInt(b, j, 10)
			}
			b = append(b, ']')
		}
		b = append(b, '}')
	}
	return string(append(b, ']'))
}

// parseStages reads what stagesText wrote.
func parseStages(text string) ([]description, error) {
	var list []description
	s := jsontext.NewScanner([]byte(text))
	s.List(func() {
		var d description
		s.Fields(
			jsontext.Field{Key: "kind", Read: func() { d.Kind = s.String() }},
			jsontext.Field{Key: "activation", Read: func() { d.Activation = s.String() }},
			jsontext.Field{Key: "map", Read: func() { d.Map = s.String() }},
			jsontext.Field{Key: "diagonals", Read: func() { d.Diagonals = s.Bool() }},
			jsontext.Field{Key: "bits", Read: func() { d.Bits = s.Integer() }},
			jsontext.Field{Key: "width", Read: func() { d.Width = s.Integer() }},
			jsontext.Field{Key: "epsilon", Read: func() { d.Epsilon = s.Number() }},
			jsontext.Field{Key: "without", Read: func() { d.Without = []int64{}; s.List(func() { d.Without = append(d.Without, s.Integer()) }) }})
		if len(list) == maxStages {
			s.Fail("more than %d stages", maxStages)
		}
		list = append(list, d)
	})
	return list, s.End()
}

// check refuses a description that has more or less than its kind has.
func (d description) check(name string) error {
	var want struct{ activation, m, weights, width, epsilon, without bool }
	switch d.Kind {
	case kindLinear:
		want.activation, want.weights = true, true
	case kindLayer:
		want.m, want.weights = true, true
	case kindMap:
		want.m = true
	case kindHybrid:
		want.activation, want.m, want.weights = true, true, true
	case kindLayerNorm:
		want.epsilon = true
	case kindActivation:
		want.activation, want.width = true, true
	case kindSoftmax, kindLogSoftmax:
		want.width = true
	case kindColumns:
		want.width, want.without = true, true
	case kindScale, kindPReLU:
	default:
		return fmt.Errorf("%w: unknown kind of stage %q", ErrFormat, d.Kind)
	}
	want.width = want.width || d.Bits == 4
	if (d.Activation != "") != want.activation || (d.Map != "") != want.m || d.Diagonals && !want.m || d.Bits != 0 && (!want.weights || d.Bits != 8 && d.Bits != 4) || d.Width != 0 && !want.width || d.Epsilon != 0 && !want.epsilon || (d.Without != nil) != want.without {
		return fmt.Errorf("%w: stage %s of kind %q with activation %q, map %.60q, bits %d, width %d, epsilon %g and %d columns to leave out", ErrFormat, name, d.Kind, d.Activation, d.Map, d.Bits, d.Width, d.Epsilon, len(d.Without))
	}
	return nil
}
