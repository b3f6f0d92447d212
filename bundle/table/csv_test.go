package table

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name, text string
		header     []string
		rows       int
	}{
		{"numbers", "1,2\n3,4\n", nil, 2},
		{"names", "a,b\n3,4\n", []string{"a", "b"}, 1},
		{"one name among numbers", "1,b\n3,4\n", nil, 2}, // which is an error of the numbers
		{"one name among gaps", ",?,b\n3,4,5\n", []string{"", "?", "b"}, 1},
		{"damaged first row", "#N/A,1,2\n3,4,5\n", nil, 2},
		{"counted columns", "0,1,2\n0.5,1.5,2.5\n1.5,0,1e3\n", []string{"0", "1", "2"}, 2},
		{"counted over integers", "0,1,2\n1,0,5\n7,8,9\n", nil, 3},
		{"a word over words", "diagnosis\nbenign\nmalignant\nbenign\nmalignant\n", []string{"diagnosis"}, 4},
		{"rare words", "eel\ncat\ndog\ncat\n", nil, 4},
		{"words over words", "a,b\nx,z\nx,z\n", []string{"a", "b"}, 2},
		{"labels", "cat\ndog\n", nil, 2},
		{"headed labels", "Label\ncat\ndog\ncat\ndog\n", []string{"Label"}, 4},
		{"byte order mark", "\ufeff1,2\n3,4\n", nil, 2},
		{"one line", "a,b\n", nil, 1},
		{"labels beside numbers", "1,cat\n2,dog\n", nil, 2},
		{"quoted, no newline at the end", "\"x, y\",z\n1,2", []string{"x, y", "z"}, 1},
	} {
		got, err := ReadCSV(t.Context(), strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !slices.Equal(got.Header, c.header) || got.Rows() != c.rows {
			t.Errorf("%s: header %q, %d rows; want %q, %d", c.name, got.Header, got.Rows(), c.header, c.rows)
		}
	}
}

func TestNumeric(t *testing.T) {
	for text, want := range map[string]bool{
		"1,2\n3,x\n":     true, // x is an error of the numbers
		"a,b\n1,2\n":     true,
		"NA\n1\n0\n":     true, // and so is NA
		"?\ncat\ndog\n":  false,
		"1,cat\n2,dog\n": false,
	} {
		table, err := ReadCSV(t.Context(), strings.NewReader(text))
		if err != nil || table.Numeric() != want {
			t.Errorf("%q: %v, want %v (error %v)", text, !want, want, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	table, err := ReadCSV(t.Context(), strings.NewReader("x,y\n 1 ,-2.5\ninf,nan\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Numbers[float64](t.Context(), table)
	if err != nil || len(got) != 4 {
		t.Fatalf("%v, %v", got, err)
	}
	if got[0] != 1 || got[1] != -2.5 || !math.IsInf(got[2], 1) || got[3] == got[3] {
		t.Errorf("got %v, want 1 −2.5 +Inf NaN", got)
	}
	// 1 + 2⁻²⁴ + 2⁻⁵⁴ rounds up in one step, and to 1 by way of float64.
	table, err = ReadCSV(t.Context(), strings.NewReader("1.00000005960464483090179\n"))
	if err != nil {
		t.Fatal(err)
	}
	if one, err := Numbers[float32](t.Context(), table); err != nil || one[0] != 1+0x1p-23 {
		t.Errorf("got %v, %v; want 1+2⁻²³", one, err)
	}
}

func TestCSVErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "no lines"},
		{"ragged", "1,2\n3\n", "line 2"},
		{"quote", "1,\"2\n", "line"},
		{"word", "1,2\n3,x\n", `line 2 column 2: "x"`},
		{"word after empty lines", "a,b\n1,2\n\n\n3,x\n", `line 5 column 2: "x"`},
		{"word after a field of two lines", "\"a\n\",b\n1,2\n3,x\n", `line 4 column 2: "x"`},
		{"damaged first row", "#N/A,2\n3,4\n", `line 1 column 1: "#N/A"`},
		{"word in the first row", "x,2\n3,4\n", "if the line is a header, say so"},
		{"Latin-1", "b\u00e9\nb\xe9\n", "line 2: byte 0xe9 is not UTF-8; if the file is Latin-1"},
		{"half a rune", "a\n\xc3", "line 2: byte 0xc3 is not UTF-8"},
		{"UTF-16", "\xff\xfe1\x00\n\x00", "UTF-16"},
		{"UTF-16 without a mark", "1\x00\n\x002\x00", "UTF-16"},
		{"zeros", strings.Repeat("\x00", 9), "line 1: a byte that is 0"},
		{"long field", "1\n2\n" + strings.Repeat("\a", 1<<20), `line 3 column 1: "\a\a`},
		{"decimal comma and point", "a;b\n0,5;1\n0,25;1.00,5\n", `line 3 column 2: "1.00,5"`},
		{"points between thousands and before decimals", "a;b\n1.234.567;1\n0.25;1\n", `line 2 column 1: "1.234.567"`},
		{"carriage returns", "a,b\r1,2\r", `lines end with a carriage return alone`},
		{"a comment", "# made by hand\n1,2\n3,4\n", "line 2: 2 fields, but the lines before have 1; line 1 begins with #, but a table has no comments"},
		{"two headers", "a,b\nkg,EUR\n1,2\n", `line 1 column 1: "a" is not a number; if the file has two headers, leave one out`},
		{"hexadecimal", "1\n0x10\n", `line 2 column 1: "0x10"`},

		{"too large", "1,2\n-1e39,3\n", `line 2 column 1: "-1e39" is too large for a number of 32 bits`},
		{"gap in the first row", "1,,3\n4,5,6\n", `line 1 column 2: ""`},
		{"missing values in the first row", "NA, n/a ,3\n4,5,6\n", `line 1 column 1: "NA"`},
		{"word under a header", "a,b\n1,2\n,4\n", `line 3 column 1: ""`},
	} {
		table, err := ReadCSV(t.Context(), strings.NewReader(c.text))
		if err == nil {
			_, err = Numbers[float32](t.Context(), table)
		}
		if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that wraps ErrFormat and says %s", c.name, err, c.want)
		}
		if n := len(fmt.Sprint(err)); n > 300 {
			t.Errorf("%s: an error of %d bytes", c.name, n)
		}
	}
}

// A field takes little more than its text, however short it is.
func TestMemory(t *testing.T) {
	file := strings.Repeat("1\n", 1<<17)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table, err := ReadCSV(t.Context(), strings.NewReader(file))
	if err != nil || table.Rows() != 1<<17 {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if got := int(after.HeapAlloc) - int(before.HeapAlloc); got > 6*len(file) {
		t.Errorf("%d bytes held for a file of %d", got, len(file))
	}
	runtime.KeepAlive(table)
	runtime.KeepAlive(file)
}

func ExampleNumbers() {
	table, err := ReadCSV(context.Background(), strings.NewReader("width,height\n1.5,2\n3,4\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := Numbers[float64](context.Background(), table)
	fmt.Println(table.Header, x, err)
	// Output: [width height] [1.5 2 3 4] <nil>
}

// The separator and the decimal sign are found, and said.
func TestFound(t *testing.T) {
	for _, c := range []struct {
		name, text, found string
		format            Format
		want              []float64
	}{
		{"plain", "1.5,2\n3,4\n", "", Format{}, []float64{1.5, 2, 3, 4}},
		{"mark", "\ufeff\"a\",\"b\"\r\n1.5,2\r\n", "a byte order mark, a header (a, b)", Format{}, []float64{1.5, 2}},
		{"semicolons", "a;b;c\n-0,5;1,25;3\n1;2;3\n", "semicolons, decimal commas, a header (a, b, c)", Format{}, []float64{-0.5, 1.25, 3, 1, 2, 3}},
		{"thousands and decimal commas", "1.234,5;2\n-12.345.678;0,25\n", "semicolons, decimal commas", Format{}, []float64{1234.5, 2, -12345678, 0.25}},
		{"thousands and decimal points", "1,234.5;2\n1,234;0.25\n", "semicolons", Format{}, []float64{1234.5, 2, 1234, 0.25}},
		{"thousands that a comma elsewhere tells", "1.234;0,5\n12.345;1,5\n", "semicolons, decimal commas", Format{}, []float64{1234, 0.5, 12345, 1.5}},
		{"thousands or decimals", "1.234;1\n12.345;2\n", `semicolons, "1.234" taken for 1.234, not for thousands`, Format{}, []float64{1.234, 1, 12.345, 2}},
		{"told: thousands", "1.234;1\n12.345;2\n", "semicolons, decimal commas", Format{Decimal: ','}, []float64{1234, 1, 12345, 2}},
		{"thousands or decimals with commas", "1,234;1\n12,345;2\n", `semicolons, decimal commas, "1,234" taken for 1.234, not for thousands`, Format{}, []float64{1.234, 1, 12.345, 2}},
		{"told: thousands with commas", "1,234;1\n12,345;2\n", "semicolons", Format{Decimal: '.'}, []float64{1234, 1, 12345, 2}},
		{"one of savetxt", "1.5e+00 -2.5e+00\n3.5e+00 4.5e+00\n", "' ' between fields", Format{}, []float64{1.5, -2.5, 3.5, 4.5}},
		{"one of savetxt, aligned, with names", "# a b\n    1.50000    -2.50000\n   13.50000     4.50000 \n", "' ' between fields, a header (a, b)", Format{}, []float64{1.5, -2.5, 13.5, 4.5}},
		{"names after #", "# a,b\n1,2\n3,4\n", "a header (a, b)", Format{}, []float64{1, 2, 3, 4}},
		{"told: blanks", "1  2\n 3 4\n", "' ' between fields", Format{Separator: ' '}, []float64{1, 2, 3, 4}},
		{"semicolons without a header", "0,5;1,5\n2,5;3,5\n", "semicolons, decimal commas", Format{}, []float64{0.5, 1.5, 2.5, 3.5}},
		{"semicolons and points", "0.5;1\n2;3\n", "semicolons", Format{}, []float64{0.5, 1, 2, 3}},
		{"tabs", "1\t2\n3\t4\n", "tabs", Format{}, []float64{1, 2, 3, 4}},
		{"bars", "1|2\n3|4\n", "'|' between fields", Format{}, []float64{1, 2, 3, 4}},
		{"told: spaces", "1 2\n3 4\n", "' ' between fields", Format{Separator: ' '}, []float64{1, 2, 3, 4}},
		{"told: decimal commas in one column", "0,5\n1,5\n", "semicolons, decimal commas", Format{Separator: ';'}, []float64{0.5, 1.5}},
		{"told: decimal commas", "0,5;1\n", "semicolons, decimal commas", Format{Decimal: ','}, []float64{0.5, 1}},
		{"told: header", "1,2\n3,4\n", "a header (1, 2)", Format{Header: HeaderYes}, []float64{3, 4}},
		{"told: no header", "0,1\n0.5,4.5\n", "", Format{Header: HeaderNo}, []float64{0, 1, 0.5, 4.5}},
		{"rows: a header", "0\n0\n1\n", "a header (0)", Format{Rows: 2}, []float64{0, 1}},
		{"rows: none", "0\n0.5\n1.5\n", "", Format{Rows: 3}, []float64{0, 0.5, 1.5}},
	} {
		got, err := c.format.ReadCSV(t.Context(), strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		numbers, err := Numbers[float64](t.Context(), got)
		if err != nil || !slices.Equal(numbers, c.want) || got.Found() != c.found {
			t.Errorf("%s: %v, found %q, %v; want %v, %q", c.name, numbers, got.Found(), err, c.want, c.found)
		}
	}
	for _, f := range []Format{{Separator: ',', Decimal: ','}, {Separator: '"'}, {Decimal: 'x'}} {
		if _, err := f.ReadCSV(t.Context(), strings.NewReader("1;2\n")); !errors.Is(err, ErrFormat) {
			t.Errorf("%+v: error %v", f, err)
		}
	}
}

// What is not UTF-8 is found wherever reads are cut.
func TestCutRunes(t *testing.T) {
	text := "é,日,𝄞\n1,2,3\n"
	if _, err := ReadCSV(t.Context(), iotest.OneByteReader(strings.NewReader(text))); err != nil {
		t.Error(err)
	}
	for i := range text {
		if text[i] < 0x80 {
			continue
		}
		bad := []byte(text)
		bad[i] = 0xff
		if _, err := ReadCSV(t.Context(), iotest.OneByteReader(strings.NewReader(string(bad)))); !errors.Is(err, ErrFormat) {
			t.Errorf("byte %d: error %v", i, err)
		}
	}
}
