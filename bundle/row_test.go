package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"nnk/bundle/table"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// tableModel reads a size and a city: three inputs.
func tableModel() *Model[float32] {
	s := &table.Schema{Columns: []table.Column{{Name: "size", Kind: table.Number, Center: 70, Spread: 3}, {Name: "city", Kind: table.Text, Levels: []string{"Oslo", "Rome"}}}, Targets: []string{"price", "rent"}}
	return &Model[float32]{Network: NewNetwork[float32](NewLinear(random[float32](1, 2, 3), nil, none)), Task: Regress, Schema: s}
}

// A row of named values has the outputs of that row in a file, also from a model that was saved.
func TestPredictRow(t *testing.T) {
	m, err := readModel(fileOf(t, tableModel()))
	if err != nil {
		t.Fatal(err)
	}
	file, err := table.ReadCSV(t.Context(), strings.NewReader("city,id,size\nRome,1,75.5\nOslo,2,NA\n"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := file.Inputs(t.Context(), m.Schema, table.UnseenFails)
	if err != nil {
		t.Fatal(err)
	}
	want := mat.New[float64](2, 2)
	if err := m.Network.Predict(t.Context(), in, func(out *mat.Dense[float64], row int) error { want.Copy(out); return nil }); err != nil {
		t.Fatal(err)
	}
	for i, values := range []map[string]any{{"size": 75.5, "city": "Rome"}, {"size": nil, "city": "Oslo", "id": 2}} {
		if got, err := m.PredictRow(values, table.UnseenFails); err != nil || !slices.Equal(got, want.Row(i)) {
			t.Errorf("row %d: %v, %v; want %v", i, got, err, want.Row(i))
		}
	}
	if _, err := m.PredictRow(map[string]any{"size": 1, "city": true}, table.UnseenFails); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `column "city": a bool`) {
		t.Errorf("wrong type: %v", err)
	}
	m.Schema = nil
	if _, err := m.PredictRow(map[string]any{"size": 1}, table.UnseenFails); !errors.Is(err, ErrFormat) {
		t.Errorf("without a schema: %v", err)
	}
}

// A schema that is damaged, or not of the network, is refused when it is read and when it is written.
func TestHostileSchemas(t *testing.T) {
	good := fileOf(t, tableModel())
	f, err := safetensors.Open(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	column := `{"name":"%s","kind":"number","spread":1}`
	three := fmt.Sprintf(column+","+column+","+column, "a", "b", "c")
	for text, want := range map[string]string{
		`{"columns":[` + three + `]}`:                                "",
		`{"columns":[` + three + `],"targets":["d","e"]}`:            "",
		`{"columns":[` + three + `],"targets":["d"]}`:                "1 targets",
		`{"columns":[` + three + `,` + three + `]}`:                  "two columns",
		`{"columns":[` + fmt.Sprintf(column, "a") + `]}`:             "become 1 inputs",
		`{"columns":[` + three + `]`:                                 "schema",
		`null`:                                                       "want '{'",
		`{"columns":[{"name":"a","kind":"number","spread":1e-999}]}`: "spread",
	} {
		w := &safetensors.Writer{Metadata: map[string]string{}}
		for k, v := range f.Metadata {
			w.Metadata[k] = v
		}
		w.Metadata[keySchema] = text
		weight, err := safetensors.Load[float32](f, f.Tensor("0.weight"))
		if err != nil {
			t.Fatal(err)
		}
		safetensors.Add(w, "0.weight", []int{2, 3}, weight)
		w.Metadata[keyDigest] = w.Digest(keyDigest)
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		m, err := readModel(b.Bytes())
		if want == "" {
			if err != nil || len(m.Schema.Columns) != 3 {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), keySchema) {
			t.Errorf("%s: error %v, want %s", text, err, want)
		}
	}
	m := tableModel()
	m.Schema.Columns = m.Schema.Columns[1:]
	if _, err := m.Bytes(); !errors.Is(err, ErrFormat) {
		t.Errorf("written: %v", err)
	}
	m = tableModel()
	m.Task, m.Schema.Targets = Classify, m.Schema.Targets[:1]
	if info, err := ReadInfo(bytes.NewReader(fileOf(t, m)), int64(len(fileOf(t, m)))); err != nil || info.Schema.Targets[0] != "price" {
		t.Errorf("info: %v", err)
	}
}
