package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/bundle/table"
	"nnk/mat"
	"nnk/urf"
)

// tableService is one of a model of a table: a size, a city and a day become four inputs.
func tableService(opt options) *service {
	w := mat.Of(2, 4, []float32{0.25, -1, 2, 0.5, 1.5, 0.75, -0.125, 3})
	return newService(&bundle.Model[float32]{
		Network: bundle.NewNetwork[float32](bundle.NewLinear(w, nil, urf.Activation{})), Task: bundle.Regress,
		Schema: &table.Schema{Columns: []table.Column{
			{Name: "size", Kind: table.Number, Center: 70, Spread: 3},
			{Name: "city", Kind: table.Text, Levels: []string{"Oslo", "Rome"}},
			{Name: "day", Kind: table.Date, Center: 20000, Spread: 100},
		}, Targets: []string{"price", "rent"}},
	}, opt)
}

// Rows by the names of columns have the outputs of [bundle.Model.PredictRow], and those of the same rows as numbers; /model says the names.
func TestNamedRows(t *testing.T) {
	s := tableService(defaults())
	defer s.close()
	server := httptest.NewServer(s.handler())
	defer server.Close()
	body := ` [ {"city":"Rome","size":75.5,"day":"2024-02-29","id":7} , {"day":null,"size":71,"city":null},{"size":-1e3,"city":"Oslo","day":"2020-01-01T12:00"} ] `
	status, text, _ := post(t, server.URL, body)
	var got [][]float32
	var rows []map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 || len(got) != 3 {
		t.Fatalf("status %d, %s", status, text)
	}
	if err := json.Unmarshal([]byte(body), &rows); err != nil {
		t.Fatal(err)
	}
	var lists []string
	for i, values := range rows {
		want, err := s.model.PredictRow(values, table.UnseenFails)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got[i]) != fmt.Sprint([]float32{float32(want[0]), float32(want[1])}) {
			t.Errorf("row %d: %v, want %v", i, got[i], want)
		}
		in, err := s.model.Schema.Row(nil, values, table.UnseenFails)
		if err != nil {
			t.Fatal(err)
		}
		list, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, string(list))
	}
	if _, same, _ := post(t, server.URL, "["+strings.Join(lists, ",")+"]"); same != text {
		t.Errorf("as numbers: %s, by names: %s", same, text)
	}
	r, err := http.Get(server.URL + "/model")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var about struct{ Schema json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&about); err != nil {
		t.Fatal(err)
	}
	if told, err := table.ParseSchema(string(about.Schema)); err != nil || told.String() != s.model.Schema.String() {
		t.Errorf("schema %s, error %v", about.Schema, err)
	}
}

// What is no list of objects with a value for each column is refused, with the row.
func TestNamedRefused(t *testing.T) {
	opt := defaults()
	opt.rows = 2
	s := tableService(opt)
	defer s.close()
	server := httptest.NewServer(s.handler())
	defer server.Close()
	const good = `{"size":1,"city":"Rome","day":"2024-01-01"}`
	for _, c := range []struct {
		body   string
		status int
		says   string
	}{
		{"[" + good + "]", 200, "[["}, {"[" + good + "," + good + "]", 200, "[["},
		{"[" + good + "," + good + "," + good + "]", 400, "row 2, byte 88: more than 2 rows"},
		{`[{"size":1,"city":"Rome"}]`, 400, `row 0: column "day" is not there`}, {"[{}]", 400, "is not there"},
		{"[" + good + `,{"size":1,"city":"Paris","day":null}]`, 422, "row 1"},
		{`[{"size":"much","city":"Rome","day":null}]`, 400, `column "size"`}, {`[{"size":1e999,"city":"Rome","day":null}]`, 400, `column "size"`},
		{`[{"size":true,"city":"Rome","day":null}]`, 400, `column "size"`}, {`[{"size":1,"city":"Rome","day":"soon"}]`, 400, `column "day"`},
		{`[{"size":[1],"city":"Rome","day":null}]`, 400, `"size" is a list or an object`}, {`[{"size":{},"city":"Rome","day":null}]`, 400, `"size" is a list or an object`},
		{`[{"size":1,"size":2,"city":"Rome","day":null}]`, 400, `"size" is there twice`},
		{`[{"size":NaN}]`, 400, `a value of "size"`}, {`[{size:1}]`, 400, "the name of a column"}, {`[{"size" 1}]`, 400, `a value of "size"`}, {`[{"size":1`, 400, "row 0"},
		{"[" + good + ",[1,2,3,4]]", 400, "row 1, byte 46: want '{'"}, {"[[1,2,3,4]," + good + "]", 400, "want '['"}, {"[" + good, 400, "want ']'"}, {"[" + good + "," + "]", 400, "row 1"},
		{"[" + good + "] x", 400, "ends before"}, {"[" + good + "][]", 400, "ends before"},
		{`[{"size":1e39,"city":"Rome","day":null}]`, 422, "row 0"},
	} {
		status, text, _ := post(t, server.URL, c.body)
		if status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%.60q: status %d, %.200q; want %d, %q", c.body, status, text, c.status, c.says)
		}
	}
	opt.unseen = "zero"
	lenient := tableService(opt)
	defer lenient.close()
	rows, err := lenient.rows([]byte(`[{"size":70,"city":"Paris","day":null}]`))
	if err != nil || fmt.Sprint(rows.Row(0)) != "[0 0 0 0]" {
		t.Errorf("a text that is no level: %v, error %v", rows, err)
	}
	digits := digitsService(t, defaults())
	defer digits.close()
	if _, err := digits.rows([]byte(`[{"size":70}]`)); err == nil || !strings.Contains(err.Error(), "no names of columns: send rows as lists of 64 numbers") {
		t.Errorf("a model without names: %v", err)
	}
	if opt.unseen = "maybe"; opt.check() == nil {
		t.Error("-unseen maybe is taken")
	}
}
