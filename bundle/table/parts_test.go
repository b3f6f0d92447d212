package table

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"nnk/internal/npy"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// A file that is read by what is no file of this machine is the one that is opened by its name; it may be empty.
func TestFormatRead(t *testing.T) {
	files := map[string]string{"a.npy": array(t, 3, 2, 1, 2, 3, 4, 5, 6), "b.csv": "u,v\n1,2\n3,4\n5,6\n", "c.tsv": "1\t2\n3\t4\n5\t6\n"}
	path := folder(t, files)
	for name, text := range files {
		got, err := Format{}.Read(t.Context(), name, strings.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatal(err)
		}
		want, err := Open(t.Context(), path(name))
		if err != nil {
			t.Fatal(err)
		}
		defer want.Close()
		a, b := mat.New[float64](3, 2), mat.New[float64](3, 2)
		if err := got.Read(a, 0); err != nil {
			t.Fatal(err)
		}
		if err := want.Read(b, 0); err != nil {
			t.Fatal(err)
		}
		if got.Rows() != 3 || got.Cols() != 2 || !slices.Equal(a.Data(), b.Data()) || !slices.Equal(got.Names(), want.Names()) {
			t.Errorf("%s: %v %q, want %v %q", name, a.Data(), got.Names(), b.Data(), want.Names())
		}
	}
	var empty bytes.Buffer
	if err := npy.Write(&empty, []int{0, 4}, []float32{}); err != nil {
		t.Fatal(err)
	}
	none, err := Format{}.Read(t.Context(), "none.npy", bytes.NewReader(empty.Bytes()), int64(empty.Len()))
	if err != nil || none.Rows() != 0 || none.Cols() != 4 {
		t.Errorf("no rows: %+v, %v", none, err)
	}
	for _, c := range [][2]string{{"a.npy", files["a.npy"][:100]}, {"a.txt", "1,2\n"}, {"a.csv", ""}, {"b.npy", "1,2\n3,4\n"}} {
		if _, err := (Format{}).Read(t.Context(), c[0], strings.NewReader(c[1]), int64(len(c[1]))); !errors.Is(err, ErrFormat) || !strings.HasPrefix(err.Error(), c[0]+": ") {
			t.Errorf("%s of %d bytes: %v", c[0], len(c[1]), err)
		}
	}
}

// The classes of labels in parts are those of all labels.
func TestClasses(t *testing.T) {
	for name, shards := range map[string][]string{
		"numbers":           {"2\n0\n2\n", "1\n", "0\n1\n"},
		"gaps":              {"7\n11\n", "3\n"},
		"texts":             {"cat\ndog\n", "ape\ncat\n"},
		"numbers and texts": {"1\n2\n", "one\n2\n", "3\n"},
		"one class":         {"0\n0\n", "0\n"},
	} {
		files := map[string]string{}
		var parts []*Labels
		for i, text := range shards {
			files[string(rune('a'+i))+".csv"] = text
		}
		path := folder(t, files)
		for i := range shards {
			x, err := Format{Header: HeaderNo}.Open(t.Context(), path(string(rune('a'+i))+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			l, err := x.Labels(nil, 0, MissingFails)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, l)
		}
		all, err := Format{Header: HeaderNo}.Open(t.Context(), path("*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		want, err := all.Labels(nil, 0, MissingFails)
		if err != nil {
			t.Fatal(err)
		}
		if names, count, kind := Classes(parts); !slices.Equal(names, want.Names) || (names == nil) != (want.Names == nil) || count != want.Count || kind != want.Type {
			t.Errorf("%s: %q, %d, %s, want %q, %d, %s", name, names, count, kind, want.Names, want.Count, want.Type)
		}
	}
}

// Tensors of a safetensors file are tables: the only one, or the one that is named.
func TestTensors(t *testing.T) {
	file := func(add func(w *safetensors.Writer)) string {
		var w safetensors.Writer
		add(&w)
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	both := func(w *safetensors.Writer) {
		safetensors.Add(w, "x", []int{3, 2}, []float64{1, 2, 3, 4, 5, 0.1})
		safetensors.AddBytes(w, "y", []int{3}, []int8{-1, 7, 7})
	}
	one := file(func(w *safetensors.Writer) { safetensors.Add(w, "rows", []int{2, 2}, []float32{7, 8, 9, 10}) })
	path := folder(t, map[string]string{
		"both.safetensors": file(both), "a-1.safetensors": file(both), "a-2.safetensors": one, "half.safetensors": file(both)[:150], "none.safetensors": "no",
		"odd.safetensors": strings.Replace(one, `"F32"`, `"F4X"`, 1), "nan.safetensors": file(func(w *safetensors.Writer) { safetensors.Add(w, "x", []int{2, 1}, []float32{1, float32(math.NaN())}) }),
	})
	for _, c := range []struct {
		name, tensor string
		rows         int
		want         []float64
	}{
		{"both.safetensors", "x", 3, []float64{1, 2, 3, 4, 5, 0.1}},
		{"both.safetensors", "y", 3, []float64{-1, 7, 7}},
		{"a-2.safetensors", "x", 2, []float64{7, 8, 9, 10}},
		{"a-*.safetensors", "x", 5, []float64{1, 2, 3, 4, 5, 0.1, 7, 8, 9, 10}},
	} {
		got, err := Format{Tensor: c.tensor}.Open(t.Context(), path(c.name))
		if err != nil {
			t.Fatal(err)
		}
		defer got.Close()
		x := mat.New[float64](got.Rows(), got.Cols())
		if err := got.Read(x, 0); err != nil || got.Rows() != c.rows || !slices.Equal(x.Data(), c.want) {
			t.Errorf("%s %s: %v, %v", c.name, c.tensor, x.Data(), err)
		}
		if c.tensor == "y" {
			l, err := got.Labels(nil, 0, MissingFails)
			if err != nil || !slices.Equal(l.Names, []string{"-1", "7"}) || l.Type != "i1" {
				t.Errorf("labels %+v, %v", l, err)
			}
			if yes, err := got.Integral(); !yes || err != nil {
				t.Errorf("integers are no labels: %v", err)
			}
		}
	}
	for name, want := range map[string]string{
		"both.safetensors": "2 tensors, x, y, of which none is named \"z\"", "half.safetensors": "safetensors", "none.safetensors": "safetensors", "odd.safetensors": "F4X", "nan.safetensors": "",
	} {
		got, err := Format{Tensor: "z"}.Open(t.Context(), path(name))
		if name == "nan.safetensors" {
			if err != nil {
				t.Fatal(err)
			}
			defer got.Close()
			if err := got.Read(mat.New[float64](2, 1), 0); !errors.Is(err, mat.ErrNotFinite) || !strings.Contains(err.Error(), "row 1") {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), name+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}
