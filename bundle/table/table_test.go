package table

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/internal/npy"
	"nnk/mat"
)

// folder writes files and returns a function that gives their paths.
func folder(t *testing.T, files map[string]string) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

func array(t *testing.T, rows, cols int, data ...float64) string {
	t.Helper()
	var b bytes.Buffer
	if err := npy.Write(&b, []int{rows, cols}, data); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Rows are read across the borders of files, from both formats.
func TestReadAcrossFiles(t *testing.T) {
	path := folder(t, map[string]string{
		"x-0.npy": array(t, 2, 2, 1, 2, 3, 4),
		"x-1.csv": "a,b\n5,6\n7,8\n",
		"x-2.npy": array(t, 1, 2, 9, 10),
	})
	x, err := Open(t.Context(), path("x-*"))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if x.Rows() != 5 || x.Cols() != 2 {
		t.Fatalf("%d×%d, want 5×2", x.Rows(), x.Cols())
	}
	for row := range 5 {
		for n := 0; row+n <= 5; n++ {
			got := mat.New[float64](n, 2)
			if err := x.Read(got, row); err != nil {
				t.Fatal(err)
			}
			for i, v := range got.Data() {
				if want := float64(2*row + i + 1); v != want {
					t.Errorf("rows %d to %d: element %d is %v, want %v", row, row+n, i, v, want)
				}
			}
		}
	}
	wide := mat.New[float64](3, 5) // a dst with gaps between its rows
	if err := x.Read(wide.View(0, 1, 3, 2), 1); err != nil || wide.At(0, 1) != 3 || wide.At(2, 2) != 8 || wide.At(0, 3) != 0 {
		t.Errorf("into a view: %v, %v", wide.Data(), err)
	}
}

func TestLabels(t *testing.T) {
	var ints bytes.Buffer
	if err := npy.WriteInts(&ints, []int{3, 7, 3, -1}); err != nil {
		t.Fatal(err)
	}
	path := folder(t, map[string]string{
		"ints.npy":  ints.String(),
		"plain.csv": "0\n2\n1\n1\n",
		"text.csv":  "label\noak\nash\noak\nelm\nelm\nash\n",
		"real.csv":  "0.5\n1\n",
	})
	for _, c := range []struct {
		name  string
		class []int
		names []string
	}{
		{"ints.npy", []int{1, 2, 1, 0}, []string{"-1", "3", "7"}},
		{"plain.csv", []int{0, 2, 1, 1}, nil},
		{"text.csv", []int{2, 0, 2, 1, 1, 0}, []string{"ash", "elm", "oak"}},
	} {
		y, err := Open(t.Context(), path(c.name))
		if err != nil {
			t.Fatal(err)
		}
		l, err := y.Labels(nil, 0, MissingFails)
		if err != nil || !slices.Equal(l.Class, c.class) || !slices.Equal(l.Names, c.names) || l.Count != 3 {
			t.Errorf("%s: %+v, %v; want %v of %v", c.name, l, err, c.class, c.names)
		}
		y.Close()
	}
	text, err := Open(t.Context(), path("text.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := text.Labels([]string{"ash", "oak"}, 2, MissingFails); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `text.csv: line 5: class "elm"`) {
		t.Errorf("class that the model does not have: %v", err)
	}
	real, err := Open(t.Context(), path("real.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if is, err := real.Integral(); is || err != nil {
		t.Error("real numbers taken for labels")
	}
}

func TestErrors(t *testing.T) {
	path := folder(t, map[string]string{
		"a-0.npy": array(t, 1, 2, 1, 2), "a-1.npy": array(t, 1, 3, 1, 2, 3),
		"empty.npy": array(t, 0, 2), "narrow.npy": array(t, 2, 0),
		"bad.npy": "no", "bad.csv": "", "x.txt": "1", "word.csv": "1,2\n3,x\n", "inf.csv": "1,2\n3,-inf\n", "large.csv": "1,2\n3,1e309\n",
	})
	for _, c := range []struct {
		name string
		is   error
		want string
	}{
		{"missing.npy", os.ErrNotExist, "missing.npy"},
		{"missing-*.npy", nil, "no file matches"},
		{"a-*.npy", ErrFormat, "a-1.npy: 3 columns, but"},
		{"empty.npy", ErrFormat, "no rows"},
		{"narrow.npy", ErrFormat, "no columns"},
		{"bad.npy", npy.ErrFormat, "bad.npy"},
		{"bad.csv", ErrFormat, "bad.csv"},
		{"x.txt", ErrFormat, ".npy, .safetensors, .csv or .tsv"},
		{"word.csv", ErrFormat, `word.csv: csv: unusable data: line 2 column 2: "x"`},
		{"inf.csv", mat.ErrNotFinite, "inf.csv: line 2 column 2"},
		{"large.csv", ErrFormat, `large.csv: csv: unusable data: line 2 column 2: "1e309" is too large`},
	} {
		x, err := Open(t.Context(), path(c.name))
		if err == nil {
			err = x.Read(mat.New[float64](x.Rows(), x.Cols()), 0)
			x.Close()
		}
		if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one that wraps %v and says %q", c.name, err, c.is, c.want)
		}
	}
}

// Labels keep their type and text; missing ones fail with their line, are left out or are a class.
func TestLabelTypes(t *testing.T) {
	file := func(kind string, words ...string) string {
		var b bytes.Buffer
		if err := npy.WriteLabels(&b, kind, words); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	path := folder(t, map[string]string{
		"b1.npy": file("b1", "True", "False", "True"), "U.npy": file("U", "eel", "éa", "eel"), "S.npy": file("S", "cat", "b", "cat"),
		"u1.npy": file("u1", "3", "1", "3"), "f4.npy": file("f4", "2", "-1", "2"), "nan.npy": file("f8", "2", "NaN", "1"),
		"zeros.csv": "01067\n1067\n01067\n", "gap.csv": "\"\"\ncat\n\ndog\nNA\n", "many.csv": "1\n2\n3\n4\n5\n",
	})
	for _, c := range []struct {
		name, kind string
		names      string
		class      []int
	}{
		{"b1.npy", "b1", "False True", []int{1, 0, 1}},
		{"U.npy", "U", "eel éa", []int{0, 1, 0}},
		{"S.npy", "S", "b cat", []int{1, 0, 1}},
		{"u1.npy", "u1", "1 3", []int{1, 0, 1}},
		{"f4.npy", "f4", "-1 2", []int{1, 0, 1}},
		{"zeros.csv", "U", "01067 1067", []int{0, 1, 0}},
	} {
		y, err := Open(t.Context(), path(c.name))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		l, err := y.Labels(nil, 0, MissingFails)
		if err != nil || l.Type != c.kind || strings.Join(l.Names, " ") != c.names || !slices.Equal(l.Class, c.class) || l.Kept != nil {
			t.Errorf("%s: %+v, %v", c.name, l, err)
		}
		y.Close()
	}
	y, err := Open(t.Context(), path("gap.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := y.Labels(nil, 0, MissingFails); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `gap.csv: line 1: ""`) {
		t.Errorf("missing label: %v", err)
	}
	if l, err := y.Labels(nil, 0, MissingDropped); err != nil || !slices.Equal(l.Kept, []int{1, 2}) || !slices.Equal(l.Class, []int{0, 1}) {
		t.Errorf("dropped: %+v, %v", l, err)
	}
	if l, err := y.Labels(nil, 0, MissingClass); err != nil || l.Count != 4 {
		t.Errorf("kept: %+v, %v", l, err)
	}
	nan, err := Open(t.Context(), path("nan.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer nan.Close()
	if _, err := nan.Labels(nil, 0, MissingFails); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("NaN as a label: %v", err)
	}
	many, err := Open(t.Context(), path("many.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := many.Integral(); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "5 different integers") {
		t.Errorf("many integers: %v", err)
	}
	var amounts, words strings.Builder
	for i := range 60 {
		fmt.Fprintf(&amounts, "%d.5 €\n", i)
		fmt.Fprintln(&words, []string{"lo", "mid", "hi"}[i%3])
	}
	if err := errors.Join(os.WriteFile(path("amounts.csv"), []byte(amounts.String()), 0o666), os.WriteFile(path("words.csv"), []byte(words.String()), 0o666)); err != nil {
		t.Fatal(err)
	}
	texts, err := Open(t.Context(), path("amounts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := texts.Integral(); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `60 different texts in 60 rows, such as "0.5 €"`) {
		t.Errorf("amounts with a unit: %v", err)
	}
	// A label is no header, although a row too many speaks for one.
	if y, err := (Format{Rows: 59}).Open(t.Context(), path("words.csv")); err != nil || y.Rows() != 60 {
		t.Errorf("labels of a row more: %v", err)
	}
	got := mat.New[float64](3, 1)
	if err := SomeOf(many, []int{0, 3, 4}).Read(got, 0); err != nil || !slices.Equal(got.Data(), []float64{1, 4, 5}) {
		t.Errorf("some rows: %v, %v", got.Data(), err)
	}
}
