package fuzz

import (
	"encoding/json"
	"math"
	"testing"

	"nnk/internal/jsontext"
)

// FuzzJSON: a list of strings and objects of a number each that the strict reader takes has for encoding/json the same
// values; what is written of it is read again.
func FuzzJSON(f *testing.F) {
	type item struct {
		Name  string
		Value float64
	}
	read := func(text []byte) (list []item, err error) {
		s := jsontext.NewScanner(text)
		s.List(func() {
			var i item
			s.Fields(jsontext.Field{Key: "Name", Read: func() { i.Name = s.String() }}, jsontext.Field{Key: "Value", Read: func() { i.Value = s.Number() }})
			list = append(list, i)
		})
		return list, s.End()
	}
	f.Add([]byte(`[{"Name":"a\ud83d\ude00\n","Value":-1.5e-3},{}]`))
	f.Add([]byte(`[{"Value":01,"value":2}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := read(text)
		if err != nil {
			return
		}
		var want []item
		if err := json.Unmarshal(text, &want); err != nil || len(want) != len(list) {
			t.Fatalf("%q: %d items, and for encoding/json %d, %v", text, len(list), len(want), err)
		}
		b := []byte{'['}
		for i, v := range list {
			if v.Name != want[i].Name || math.Float64bits(v.Value) != math.Float64bits(want[i].Value) {
				t.Fatalf("%q: item %d is %v, and for encoding/json %v", text, i, v, want[i])
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = jsontext.AppendString(jsontext.AppendKey(append(b, '{'), "Name"), v.Name)
			b = append(jsontext.AppendNumber(jsontext.AppendKey(b, "Value"), v.Value), '}')
		}
		again, err := read(append(b, ']'))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%q was written as %q: %v", text, b, err)
		}
		for i, v := range again {
			if v.Name != list[i].Name || math.Float64bits(v.Value) != math.Float64bits(list[i].Value) {
				t.Fatalf("%q was written as %q", text, b)
			}
		}
	})
}
