package main

import (
	"encoding/json"
	"os"

	"nnk/asm"
	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
)

// schema has columns of all kinds, with and without marks of gaps.
var schema = &table.Schema{
	Columns: []table.Column{
		{Name: "size", Kind: table.Number, Center: 70, Spread: 12.5, Marked: true},
		{Name: "höhe", Kind: table.Number, Spread: 3},
		{Name: "new", Kind: table.Boolean, Center: 1, Spread: 1},
		{Name: "day", Kind: table.Date, Center: 20000.25, Spread: 365, Marked: true},
		{Name: "city", Kind: table.Text, Levels: []string{"Oslo", "Rome", "São Paulo"}, Marked: true},
	},
	Targets: []string{"price", "rent"},
}

// tableRows are rows of the schema's columns, as JSON has them.
var tableRows = []map[string]any{
	{"size": 75.5, "höhe": 3.1, "new": true, "day": "2024-05-17", "city": "Rome", "else": 1.0},
	{"size": nil, "höhe": -2.0, "new": "No", "day": "1969-12-31 23:59:59.25", "city": "São Paulo"},
	{"size": 1e6, "höhe": nil, "new": 1.0, "day": "2030-01", "city": " Oslo "},
	{"size": 70.0, "höhe": 0.1, "new": nil, "day": "NA", "city": "#n/a"},
	{"size": -0.5, "höhe": 1e-9, "new": "y", "day": "2024-02-29T01:02:03.123456789+05:30", "city": nil},
	{"size": 3.0, "höhe": 7.0, "new": "F", "day": "2001-09-09T01:46Z", "city": "Rome"},
	{"size": 3.0, "höhe": 7.0, "new": "0", "day": "2001-09-09T01:46:40-0230", "city": "Rome"},
}

// writeTable writes a model that reads named columns.
func writeTable[T asm.Float](path string) error {
	l := &list[T]{}
	m := model(bundle.NewNetwork[T](l.linear(3, schema.Inputs(), 2, "none")))
	m.Task, m.Schema = bundle.Regress, schema
	if err := m.Save(path + ".safetensors"); err != nil {
		return err
	}
	y := mat.New[float64](len(tableRows), 2)
	for i, row := range tableRows {
		out, err := m.PredictRow(row, table.UnseenFails)
		if err != nil {
			return err
		}
		copy(y.Row(i), out)
	}
	text, err := json.Marshal(tableRows)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".rows.json", text, 0o644); err != nil {
		return err
	}
	return writeMatrix(path+".npy", y)
}
