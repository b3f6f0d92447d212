package table

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"nnk/mat"
)

func readTable(t *testing.T, text string) *CSV {
	t.Helper()
	table, err := ReadCSV(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func learn(t *testing.T, text string, opt SchemaOptions) (*CSV, *Schema) {
	t.Helper()
	table := readTable(t, text)
	s, _, err := table.Schema(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return table, s
}

// rowsOf are all inputs of a source of rows.
func rowsOf(t *testing.T, in *Inputs) *mat.Dense[float64] {
	t.Helper()
	x := mat.New[float64](in.Rows(), in.Cols())
	if err := in.Read(x, 0); err != nil {
		t.Fatal(err)
	}
	return x
}

const houses = `id,size,city,sold,garden,price
a,10,Oslo,2020-01-01,yes,1
b,,Rome,2020-01-03,no,2
c,30,NA,2020-01-05T12:00,yes,3
d,20,Oslo,,,4
e,40,Oslo,2020-01-02,yes,5
`

// Every kind of column is found, and what is learned of it is its median, spread, levels and whether it has gaps.
func TestLearn(t *testing.T) {
	_, s := learn(t, houses, SchemaOptions{Targets: []string{"price"}, Drop: []string{"id"}})
	want := `{"columns":[{"name":"size","kind":"number","center":25,"spread":11.180339887498949,"marked":true},` +
		`{"name":"city","kind":"text","levels":["Oslo","Rome"],"marked":true},` +
		`{"name":"sold","kind":"date","center":18263.5,"spread":1.6723860200324565,"marked":true},` +
		`{"name":"garden","kind":"boolean","center":1,"spread":1,"marked":true}],"targets":["price"]}`
	if got := s.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := s.InputNames(); !slices.Equal(got, []string{"size", "size is missing", "city=Oslo", "city=Rome", "city is missing", "sold", "sold is missing", "garden", "garden is missing"}) {
		t.Errorf("inputs %q", got)
	}
	if again, err := ParseSchema(want); err != nil || again.String() != want {
		t.Errorf("read again: %v, %v", again, err)
	}
	for text, kind := range map[string]Kind{
		"1\n2\n": Number, "1e3\n-.5\n": Number, "1\nx\n": Text, "true\nFalse\n": Boolean, "yes\ntrue\n": Text, "Y\nn\n": Boolean, "1\n0\n": Number, "yes\n1\n": Text,
		"2020-02-29\n2021-01-01 10:00:00+01:00\n": Date, "1999-12\n": Date, "20200101\n": Number, "no\nse\ndk\n": Text,
		"0012\n012\n12\n": Text, "0012\n0013\n0700\n": Number, "0\n0.5\n00.5\n": Number,
		"2020-01-01T00:00:00.5Z\n2020-01-01T00:00\n": Date,
	} {
		if _, s := learn(t, "c,d\n"+strings.ReplaceAll(text, "\n", ",0\n"), SchemaOptions{}); s.Columns[0].Kind != kind {
			t.Errorf("%q is taken for %s, want %s", text, s.Columns[0].Kind, kind)
		}
	}
}

func TestInputs(t *testing.T) {
	table, s := learn(t, houses, SchemaOptions{Targets: []string{"price"}, Drop: []string{"id"}})
	in, err := table.Inputs(t.Context(), s, UnseenFails)
	if err != nil {
		t.Fatal(err)
	}
	x := rowsOf(t, in)
	sd, dd := math.Sqrt(125), s.Columns[2].Spread
	for i, want := range [][]float64{
		{-15 / sd, 0, 1, 0, 0, -1.5 / dd, 0, 0, 0},
		{0, 1, 0, 1, 0, 0.5 / dd, 0, -1, 0},
		{5 / sd, 0, 0, 0, 1, 3 / dd, 0, 0, 0},
		{-5 / sd, 0, 1, 0, 0, 0, 1, 0, 1},
		{15 / sd, 0, 1, 0, 0, -0.5 / dd, 0, 0, 0},
	} {
		if got := x.Row(i); !slices.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-14 }) {
			t.Errorf("row %d: got %v, want %v", i, got, want)
		}
	}
	if in.Gaps(0) != 1 || in.Gaps(1) != 1 || in.Gaps(3) != 1 {
		t.Errorf("gaps counted: %d, %d, %d", in.Gaps(0), in.Gaps(1), in.Gaps(3))
	}
	if u := in.Under(s.Unmarked()); u.Cols() != 5 || rowsOf(t, u).At(2, 4) != 0 || rowsOf(t, u).At(0, 1) != 1 {
		t.Errorf("without marks: %v", rowsOf(t, u).Data())
	}
	// The columns in another order, with others between them: the same inputs.
	other := readTable(t, "x,garden,sold,city,size\n1,yes,2020-01-01,Oslo,10\n2,no,2020-01-03,Rome,?\n")
	if in, err = other.Inputs(t.Context(), s, UnseenFails); err != nil {
		t.Fatal(err)
	}
	if y := rowsOf(t, in); !slices.Equal(y.Row(0), x.Row(0)) || !slices.Equal(y.Row(1), x.Row(1)) {
		t.Errorf("in another order %v, want %v", y.Data(), x.Data()[:18])
	}
}

// A row of Go values has the inputs of that row in a file, and what is wrong names its column.
func TestRow(t *testing.T) {
	table, s := learn(t, houses, SchemaOptions{Targets: []string{"price"}, Drop: []string{"id"}})
	in, err := table.Inputs(t.Context(), s, UnseenFails)
	if err != nil {
		t.Fatal(err)
	}
	x := rowsOf(t, in)
	noon := time.Date(2020, 1, 5, 13, 0, 0, 0, time.FixedZone("", 3600))
	for i, values := range []map[string]any{
		{"size": 10, "city": "Oslo", "sold": "2020-01-01", "garden": true, "other": 1i},
		{"size": nil, "city": " Rome ", "sold": "2020-01-03T00:00Z", "garden": 0},
		{"size": float32(30), "city": nil, "sold": noon, "garden": "Yes"},
		{"size": json.Number("20"), "city": "Oslo", "sold": "NA", "garden": math.NaN()},
		{"size": uint8(40), "city": "Oslo", "sold": "2020-01-02", "garden": "y"},
	} {
		if got, err := s.Row(nil, values, UnseenFails); err != nil || !slices.Equal(got, x.Row(i)) {
			t.Errorf("row %d: got %v, %v; want %v", i, got, err, x.Row(i))
		}
	}
	for _, c := range []struct {
		column string
		value  any
		want   string
	}{
		{"size", "10", `column "size": a string, "10", where a number`}, {"size", true, `column "size": a bool where a number`}, {"size", math.Inf(1), `column "size": +Inf`},
		{"size", 1e308, ""}, {"size", []int{1}, `column "size": a []int where a number`}, {"size", noon, `column "size": a time.Time where a number`},
		{"city", "Lima", `column "city": "Lima" is not one of the column's levels, Oslo, Rome`}, {"city", 5, `column "city": "5" is not one`}, {"city", 0.5, `column "city": the number 0.5 where a string`},
		{"sold", 5, `column "sold": the number 5 where a time.Time`}, {"sold", "05.01.2020", `column "sold": "05.01.2020" is not a date`},
		{"garden", 2, `column "garden": the number 2 where a bool`}, {"garden", "perhaps", `column "garden": "perhaps" is not a boolean`},
	} {
		values := map[string]any{"size": 10, "city": "Oslo", "sold": "2020-01-01", "garden": true}
		values[c.column] = c.value
		_, err := s.Row(nil, values, UnseenFails)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s %v: %v", c.column, c.value, err)
			}
			continue
		}
		if !errors.Is(err, ErrFormat) && !errors.Is(err, mat.ErrNotFinite) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s %v: error %v, want %s", c.column, c.value, err, c.want)
		}
		delete(values, c.column)
		if _, err = s.Row(nil, values, UnseenFails); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), fmt.Sprintf("column %q is not there", c.column)) {
			t.Errorf("without %s: %v", c.column, err)
		}
	}
	got, err := s.Row(nil, map[string]any{"size": 10, "city": "Lima", "sold": "2020-01-01", "garden": true}, UnseenZero)
	if err != nil || got[2] != 0 || got[3] != 0 || got[4] != 0 || got[0] != x.At(0, 0) {
		t.Errorf("unseen as zeros: %v, %v", got, err)
	}
}

// Units, another order of rows and renamed levels change nothing in the inputs, but for rounding.
func TestSchemaEquivariance(t *testing.T) {
	var plain, units, renamed, backwards strings.Builder
	header := "size,city,on\n"
	for _, b := range []*strings.Builder{&plain, &units, &renamed, &backwards} {
		b.WriteString(header)
	}
	const rows = 60
	line := func(i int, a, c float64, names [3]string) string {
		size := fmt.Sprintf("%.12g", a*float64(i*i%37)/7+c)
		if i%9 == 4 {
			size = "NA"
		}
		return fmt.Sprintf("%s,%s,2020-01-%02d\n", size, names[i*7%5%3], i%28+1)
	}
	cities := [3]string{"Oslo", "Rome", "Lima"}
	for i := range rows {
		plain.WriteString(line(i, 1, 0, cities))
		units.WriteString(line(i, 1000, 5, cities))
		renamed.WriteString(line(i, 1, 0, [3]string{"zz", "yy", "aa"}))
		backwards.WriteString(line(rows-1-i, 1, 0, cities))
	}
	inputs := func(text string) *mat.Dense[float64] {
		table, s := learn(t, text, SchemaOptions{})
		in, err := table.Inputs(t.Context(), s, UnseenFails)
		if err != nil {
			t.Fatal(err)
		}
		return rowsOf(t, in)
	}
	want := inputs(plain.String())
	for i := range rows {
		got := inputs(units.String()).Row(i)
		if !slices.EqualFunc(got, want.Row(i), func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) {
			t.Fatalf("in other units row %d is %v, want %v", i, got, want.Row(i))
		}
	}
	if !slices.Equal(inputs(renamed.String()).Data(), want.Data()) {
		t.Error("renamed levels have other inputs")
	}
	back := inputs(backwards.String())
	for i := range rows {
		if !slices.Equal(back.Row(rows-1-i), want.Row(i)) {
			t.Fatalf("backwards row %d is %v, want %v", i, back.Row(rows-1-i), want.Row(i))
		}
	}
}

// What cannot be learned or read names the column and the line of the file.
func TestSchemaErrors(t *testing.T) {
	var ids, words strings.Builder
	ids.WriteString("id,x\n")
	words.WriteString("n,x\n")
	for i := range 50 {
		fmt.Fprintf(&ids, "k%d,1\n", i)
		fmt.Fprintf(&words, "%d,1\n", i*i)
	}
	words.WriteString("12a,1\n")
	for i := range 60 { // of few numbers, so that they would be levels
		fmt.Fprintf(&words, "%d,1\n", i*i%30)
	}
	for _, c := range []struct {
		name, text string
		opt        SchemaOptions
		want       string
	}{
		{"names of rows", ids.String(), SchemaOptions{}, `column "id": 50 different texts in 50 rows`},
		{"a word among numbers", words.String(), SchemaOptions{}, `line 52 column "n": "12a" is not a number`},
		{"thousands", "a,b\n\"1,234\",1\n\"5,000\",2\n7,3\n", SchemaOptions{}, `line 2 column "a": "1,234" looks like a number with`},
		{"currency", "a,b\n7,3\n$8.50,1\n$9,2\n", SchemaOptions{}, `line 3 column "a": "$8.50" looks like a number with`},
		{"thousands with blanks and decimal commas", "a;b\n1 234,5;0,5\n5 000,25;1,5\n", SchemaOptions{}, `line 2 column "a": "1 234,5" looks like a number with`},
		{"a header of units", "a,b\nkg,EUR\n" + strings.Repeat("1,2\n2,3\n", 20), SchemaOptions{}, `"a" is not a number, as most there are; if they are names, say that the column is text; if the file has two headers, leave one out`},
		{"no such columns", ids.String(), SchemaOptions{Targets: []string{"z"}, Drop: []string{"y", "x", "w"}}, `no column "z"`},
		{"a rare word", "a,b\n" + strings.Repeat("1,1\n2,1\n", 10) + "x,1\n", SchemaOptions{}, `line 22 column "a": "x" is not a number, as most there are; if they are names, say`},
		{"dates of another form", "a,b\n31.12.2024,1\n,2\n01.02.2025,2\n", SchemaOptions{}, `line 2 column "a": "31.12.2024" looks like a date: write it as year-month-day`},
		{"no such day", "a,b\n2020-02-28,1\n2021-02-29,2\n", SchemaOptions{}, `line 3 column "a": "2021-02-29" is not a date, as most there are`},
		{"a word among dates", "a,b\n2020-02-28,1\nsoon,2\n2021-02-28,4\n", SchemaOptions{}, `line 3 column "a": "soon" is not a date, as most there are`},
		{"dates with strokes and times", "a,b\n12/31/24 10:00,1\n1/2/25 11:30,2\n", SchemaOptions{}, `line 2 column "a": "12/31/24 10:00" looks like a date`},
		{"no such target", ids.String(), SchemaOptions{Targets: []string{"z"}}, `no column "z"; the columns are id, x`},
		{"no such column to drop", "1,2\n3,4\n", SchemaOptions{Drop: []string{"z"}}, "no header was found, and the columns are 1, 2"},
		{"a name twice", "a,a\n1,2\n", SchemaOptions{}, `two columns are named "a"`},
		{"a target twice", "a,b,b\n1,2,3\n", SchemaOptions{Targets: []string{"b"}}, `two columns are named "b"`},
		{"nothing left", "a,b\n1,2\n", SchemaOptions{Drop: []string{"a", "b"}}, "no columns are left"},
		{"infinity", "a,b\n1,2\ninf,3\n", SchemaOptions{}, `line 3 column "a": "inf"`},
		{"too large", "a,b\n1,2\n1e999,3\n", SchemaOptions{}, `line 3 column "a": "1e999"`},
		{"a spread that is none", "a,b\n-1.7e308,2\n1.7e308,3\n-1.7e308,4\n", SchemaOptions{}, `column "a" varies so much`},
	} {
		_, _, err := readTable(t, c.text).Schema(t.Context(), c.opt)
		if !errors.Is(err, ErrFormat) && !errors.Is(err, mat.ErrNotFinite) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
	var levels *LevelsError
	if _, _, err := readTable(t, ids.String()).Schema(t.Context(), SchemaOptions{}); !errors.As(err, &levels) || levels.Column != "id" {
		t.Errorf("error %v, want a LevelsError", err)
	}
	_, s := learn(t, "a,c,note\n1,x,\"two\nlines\"\n2,y,p\n3,x,p\n", SchemaOptions{Drop: []string{"note"}})
	for _, c := range []struct{ text, want string }{
		{"note,a,c\n\"two\nlines\",1,x\nq,1,z\n", `line 4 column "c": "z" is not one of the column's levels, x, y`},
		{"d,e\n1,2\n", `no columns "a", "c"; the columns are d, e`},
		{"c,a\nx,1\n\ny,q\n", `line 4 column "a": "q" is not a number`},
		{"a,d\n1,2\n", `no column "c"`},
		{"a,c\n1e400,x\n", `line 2 column "a": "1e400"`},
	} {
		if _, err := readTable(t, c.text).Inputs(t.Context(), s, UnseenFails); !errors.Is(err, ErrFormat) && !errors.Is(err, mat.ErrNotFinite) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%q: error %v, want %s", c.text, err, c.want)
		}
	}
	in, err := readTable(t, "a,c\n1,z\n2,x\n").Inputs(t.Context(), s, UnseenZero)
	if err != nil || in.Unseen(1) != 1 || rowsOf(t, in).At(0, 1) != 0 || rowsOf(t, in).At(1, 1) != 1 {
		t.Errorf("unseen as zeros: %v", err)
	}
}

// Of exactly as many levels as are allowed, and of one more.
func TestMostLevels(t *testing.T) {
	for _, c := range []struct {
		levels, rows int
		ok           bool
	}{{20, 20, true}, {21, 41, false}, {21, 42, true}, {256, 512, true}, {257, 1000, false}} {
		var b strings.Builder
		b.WriteString("c,x\n")
		for i := range c.rows {
			fmt.Fprintf(&b, "k%d,1\n", i%c.levels)
		}
		if _, _, err := readTable(t, b.String()).Schema(t.Context(), SchemaOptions{}); (err == nil) != c.ok {
			t.Errorf("%d levels in %d rows: %v", c.levels, c.rows, err)
		}
	}
}

// Columns without values, and the nameless one of a data frame, are left out; numbers can be names.
func TestLeftOut(t *testing.T) {
	table := readTable(t, ",a,empty,zip\n0,5,,0150\n1,6,NA,0250\n2,8,,0150\n")
	s, out, err := table.Schema(t.Context(), SchemaOptions{Text: []string{"zip"}})
	if err != nil || !slices.Equal(out, []string{"1", "empty"}) || !slices.Equal(s.InputNames(), []string{"a", "zip=0150", "zip=0250"}) {
		t.Errorf("left out %q, inputs %q, %v", out, s.InputNames(), err)
	}
	if s, _, err = readTable(t, "a,b\n12 345,1\n12 346,2\n").Schema(t.Context(), SchemaOptions{Text: []string{"a"}}); err != nil || len(s.Columns[0].Levels) != 2 {
		t.Errorf("numbers that are names: %v", err)
	}
	if s, out, err = readTable(t, "Unnamed: 0,a\n7,1\n8,0\n9,4\n").Schema(t.Context(), SchemaOptions{}); err != nil || !slices.Equal(out, []string{"Unnamed: 0"}) || len(s.Columns) != 1 {
		t.Errorf("left out %q, %v", out, err)
	}
	// Of more than one in twenty a word is a level.
	if _, s := learn(t, "a,b\n"+strings.Repeat("1,1\n2,1\n", 9)+"5+,1\n", SchemaOptions{}); s.Columns[0].Kind != Text {
		t.Errorf("levels are taken for %s", s.Columns[0].Kind)
	}
	// A code as a name is asked for; versions and ranges are texts.
	for _, text := range []string{"1.2.3", "1-5", "3/4", "A1", "12 kg", "10:30", "192.168.0.1", "10.100.20", "1-800-555"} {
		if _, s := learn(t, "a,b\n"+text+",1\nx,2\n", SchemaOptions{}); s.Columns[0].Kind != Text {
			t.Errorf("%q is taken for %s", text, s.Columns[0].Kind)
		}
	}
	// Numbers that are none of the rows are a column, by its number.
	if _, s = learn(t, ",a\n0,5\n2,6\n1,8\n", SchemaOptions{}); s.Columns[0].Name != "1" {
		t.Errorf("columns %v", s.Columns)
	}
}

// A first line that has the names which must be there is a header, whatever is below it.
func TestNamesMakeHeader(t *testing.T) {
	text := "city,kind\nOslo,a\nRome,b\n"
	if got := readTable(t, text); got.Header != nil {
		t.Fatal("words alone are no header")
	}
	got, err := Format{Names: []string{"kind"}}.ReadCSV(t.Context(), strings.NewReader(text))
	if err != nil || !slices.Equal(got.Header, []string{"city", "kind"}) {
		t.Errorf("header %q, %v", got.Header, err)
	}
	if got, err = (Format{Names: []string{"kind"}}).ReadCSV(t.Context(), strings.NewReader("city,kind\n")); err != nil || got.Header == nil || got.Rows() != 0 {
		t.Errorf("a header alone: header %q, %v", got.Header, err)
	}
	if got, err = (Format{Names: []string{"1"}}).ReadCSV(t.Context(), strings.NewReader("1,2\n3,4\n")); err != nil || got.Header != nil {
		t.Errorf("a number is a name: header %q, %v", got.Header, err)
	}
}

func TestPick(t *testing.T) {
	table := readTable(t, "a,b,c\n1,\"x\ny\",p\n\n2,,q\n3,z,r\n")
	rows, err := table.WithValues(t.Context(), []string{"b"})
	if err != nil || !slices.Equal(rows, []int{0, 2}) {
		t.Fatalf("rows %v, %v", rows, err)
	}
	p, err := table.Pick(t.Context(), rows, []string{"c", "a"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows() != 2 || p.Field(1, 0) != "r" || p.Field(1, 1) != "3" || p.Line(0) != 2 || p.Line(1) != 6 || !slices.Equal(p.Header, []string{"c", "a"}) {
		t.Errorf("picked %d rows, %q %q on lines %d and %d, header %q", p.Rows(), p.Field(1, 0), p.Field(1, 1), p.Line(0), p.Line(1), p.Header)
	}
	if _, err := Numbers[float64](t.Context(), p); err == nil || !strings.Contains(err.Error(), `line 2 column 3: "p" is not a number`) || strings.Contains(err.Error(), "header") {
		t.Errorf("error %v", err)
	}
	if _, err := table.Pick(t.Context(), []int{}, nil); !errors.Is(err, ErrFormat) {
		t.Errorf("no rows: %v", err)
	}
	all, err := table.Pick(t.Context(), nil, nil)
	if err != nil || all.Rows() != 3 || all.Field(2, 2) != "r" || all.Line(2) != 6 {
		t.Errorf("all: %v", err)
	}
}

// A schema from elsewhere is checked.
func TestHostileSchema(t *testing.T) {
	for _, text := range []string{
		``, `null`, `{}`, `[]`, `{"columns":[]}`, `{"columns":[{"name":"a","kind":"number","spread":1}]} x`, `{"columns":[{"name":"a","kind":"number","spread":1,"more":1}]}`,
		`{"columns":[{"name":"","kind":"number","spread":1}]}`, `{"columns":[{"name":"a","kind":"number"}]}`, `{"columns":[{"name":"a","kind":"number","spread":-1}]}`,
		`{"columns":[{"name":"a","kind":"number","spread":1e999}]}`, `{"columns":[{"name":"a","kind":"word","spread":1}]}`, `{"columns":[{"name":"a","kind":"number","spread":1,"levels":["x"]}]}`,
		`{"columns":[{"name":"a","kind":"text"}]}`, `{"columns":[{"name":"a","kind":"text","levels":["x","x"]}]}`, `{"columns":[{"name":"a","kind":"text","levels":["NA"]}]}`,
		`{"columns":[{"name":"a","kind":"text","levels":["x"],"center":1}]}`, `{"columns":[{"name":"a","kind":"number","spread":1},{"name":"a","kind":"date","spread":1}]}`,
		`{"columns":[{"name":"a","kind":"number","spread":1}],"targets":["a"]}`, `{"columns":[{"name":"a","kind":"number","spread":1}],"targets":["b","b"]}`,
		`{"columns":[{"name":"a","kind":"text","levels":["` + strings.Repeat(`x","x`, 300) + `"]}]}`,
		`{"columns":[` + strings.Repeat(`{"name":"a","kind":"number","spread":1},`, 1<<16) + `{"name":"a","kind":"number","spread":1}]}`,
	} {
		if s, err := ParseSchema(text); !errors.Is(err, ErrFormat) {
			t.Errorf("%.100q: %v, error %v", text, s, err)
		} else if n := len(err.Error()); n > 300 {
			t.Errorf("%.100q: an error of %d bytes", text, n)
		}
	}
}

func ExampleSchema_Row() {
	text := "size,city,price\n50,Oslo,9\n70,Rome,7\n90,Oslo,12\n"
	table, err := ReadCSV(context.Background(), strings.NewReader(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, _, err := table.Schema(context.Background(), SchemaOptions{Targets: []string{"price"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := s.Row(nil, map[string]any{"city": "Rome", "size": 70}, UnseenFails)
	fmt.Println(s.InputNames(), x, err)
	_, err = s.Row(nil, map[string]any{"city": "Lima", "size": 70}, UnseenFails)
	fmt.Println(err)
	// Output:
	// [size city=Oslo city=Rome] [0 0 1] <nil>
	// column "city": "Lima" is not one of the column's levels, Oslo, Rome: unusable data
}
