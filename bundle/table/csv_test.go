package table

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct {
		name, text string
		header     []string
		rows       int
	}{
		{"numbers", "1,2\n3,4\n", nil, 2},
		{"names", "a,b\n3,4\n", []string{"a", "b"}, 1},
		{"one name among numbers", "1,b\n3,4\n", []string{"1", "b"}, 1},
		{"one name among gaps", ",?,b\n3,4,5\n", []string{"", "?", "b"}, 1},
		{"labels", "cat\ndog\n", nil, 2},
		{"headed labels", "Label\ncat\ndog\n", []string{"Label"}, 2},
		{"byte order mark", "\ufeff1,2\n3,4\n", nil, 2},
		{"one line", "a,b\n", nil, 1},
		{"labels beside numbers", "1,cat\n2,dog\n", nil, 2},
		{"quoted, no newline at the end", "\"x, y\",z\n1,2", []string{"x, y", "z"}, 1},
	} {
		got, err := ReadCSV(strings.NewReader(c.text))
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
		table, err := ReadCSV(strings.NewReader(text))
		if err != nil || table.Numeric() != want {
			t.Errorf("%q: %v, want %v (error %v)", text, !want, want, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	table, err := ReadCSV(strings.NewReader("x,y\n 1 ,-2.5\ninf,nan\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Numbers[float64](table)
	if err != nil || len(got) != 4 {
		t.Fatalf("%v, %v", got, err)
	}
	if got[0] != 1 || got[1] != -2.5 || !math.IsInf(got[2], 1) || got[3] == got[3] {
		t.Errorf("got %v, want 1 −2.5 +Inf NaN", got)
	}
	// 1 + 2⁻²⁴ + 2⁻⁵⁴ rounds up in one step, and to 1 by way of float64.
	table, err = ReadCSV(strings.NewReader("1.00000005960464483090179\n"))
	if err != nil {
		t.Fatal(err)
	}
	if one, err := Numbers[float32](table); err != nil || one[0] != 1+0x1p-23 {
		t.Errorf("got %v, %v; want 1+2⁻²³", one, err)
	}
}

func TestCSVErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "no lines"},
		{"ragged", "1,2\n3\n", "line 2"},
		{"quote", "1,\"2\n", "line"},
		{"word", "1,2\n3,x\n", `line 2 column 2: "x"`},
		{"too large", "1,2\n-1e39,3\n", `line 2 column 1: "-1e39" is too large for a number of 32 bits`},
		{"gap in the first row", "1,,3\n4,5,6\n", `line 1 column 2: ""`},
		{"missing values in the first row", "NA, n/a ,3\n4,5,6\n", `line 1 column 1: "NA"`},
		{"word under a header", "a,b\n1,2\n,4\n", `line 3 column 1: ""`},
	} {
		table, err := ReadCSV(strings.NewReader(c.text))
		if err == nil {
			_, err = Numbers[float32](table)
		}
		if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that wraps ErrFormat and says %s", c.name, err, c.want)
		}
	}
}

// A field takes little more than its text, however short it is.
func TestMemory(t *testing.T) {
	file := strings.Repeat("1\n", 1<<17)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table, err := ReadCSV(strings.NewReader(file))
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
	table, err := ReadCSV(strings.NewReader("width,height\n1.5,2\n3,4\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	x, err := Numbers[float64](table)
	fmt.Println(table.Header, x, err)
	// Output: [width height] [1.5 2 3 4] <nil>
}
