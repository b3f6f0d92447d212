package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"nnk/bundle/table"
	"nnk/mat"
)

// isNamed reports whether the first row of a JSON list is an object, not a list.
func isNamed(text []byte) bool {
	text, ok := bytes.CutPrefix(bytes.TrimLeft(text, " \n\r\t"), []byte{'['})
	return ok && bytes.HasPrefix(bytes.TrimLeft(text, " \n\r\t"), []byte{'{'})
}

// parseNamed reads a JSON list of rows, objects of values by the names of columns, and nothing else, as the inputs that the schema
// makes of them. Names that are no columns are passed over, as [table.Schema.Row] does. Of rows there may be so many at most.
func parseNamed(text []byte, s *table.Schema, unseen table.Unseen, most int) (*mat.Dense[float64], error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // integers that float64 does not have stay texts
	if err := wantDelim(d, '['); err != nil {
		return nil, err
	}
	var data []float64
	values, rows := map[string]any{}, 0
	for d.More() {
		if rows == most {
			return nil, fmt.Errorf("row %d, byte %d: more than %d rows: send fewer at a time", rows, d.InputOffset(), most)
		}
		clear(values)
		if err := readObject(d, values); err != nil {
			return nil, fmt.Errorf("row %d, byte %d: %w", rows, d.InputOffset(), err)
		}
		row, err := s.Row(nil, values, unseen)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", rows, err)
		}
		data = append(data, row...)
		rows++
	}
	if err := wantDelim(d, ']'); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("byte %d: the list of rows ends before", d.InputOffset())
	}
	return mat.Of(rows, s.Inputs(), data), nil
}

// wantDelim passes over a bracket.
func wantDelim(d *json.Decoder, want json.Delim) error {
	if t, err := d.Token(); err != nil || t != want {
		return fmt.Errorf("byte %d: want '%v'", d.InputOffset(), want)
	}
	return nil
}

// readObject reads an object of single values.
func readObject(d *json.Decoder, values map[string]any) error {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return errors.New("want '{'")
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return errors.New("want the name of a column")
		}
		if _, twice := values[name]; twice {
			return fmt.Errorf("%.100q is there twice", name)
		}
		v, err := d.Token()
		if err != nil {
			return fmt.Errorf("want a value of %.100q", name)
		}
		if _, nested := v.(json.Delim); nested {
			return fmt.Errorf("%.100q is a list or an object: want a number, a text, true, false or null", name)
		}
		values[name] = v
	}
	if _, err := d.Token(); err != nil {
		return errors.New("want '}'")
	}
	return nil
}
