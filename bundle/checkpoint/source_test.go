package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nnk/bundle"
	"nnk/mat"
)

// write writes files into a folder of its own.
func write(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestShards(t *testing.T) {
	a, b, c := layerA, layerB, layerC
	first, second := file("", slices.Concat(a.tensors("0"), b.tensors("2"))...), file("", c.tensors("4")...)
	const one, two = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	index := func(pairs ...string) []byte {
		var list []string
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, fmt.Sprintf("%q: %q", pairs[i], pairs[i+1]))
		}
		return []byte(`{"metadata": {"total_size": 1}, "weight_map": {` + strings.Join(list, ", ") + `}}`)
	}
	whole := []string{"0.weight", one, "0.bias", one, "2.weight", one, "2.bias", one, "4.weight", two, "4.bias", two}
	dir := write(t, map[string][]byte{one: first, two: second, "model.safetensors.index.json": index(whole...), "model-00001-of-00001.safetensors": first})
	got, err := Open[float32](filepath.Join(dir, "model.safetensors.index.json"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got.Network, chain(a.of, relu, b.of, relu, c.of))
	for _, name := range []string{one, two} {
		if _, err := Open[float32](filepath.Join(dir, name), Options{}); !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), "model.safetensors.index.json") {
			t.Errorf("%s alone: error %v", name, err)
		}
	}
	if _, err := Open[float32](filepath.Join(dir, "model-00001-of-00001.safetensors"), Options{}); err != nil {
		t.Errorf("one of one: %v", err)
	}
	for _, test := range []struct {
		name string
		file []byte
		want string
	}{
		{"no JSON", []byte(`{"weight_map": [`), "index:"},
		{"no map", []byte(`{"metadata": {}}`), "0 files"},
		{"a file that is missing", index("x", "other.safetensors"), "other.safetensors"},
		{"a tensor that the index lacks", index(whole[:10]...), `"4.bias"`},
		{"a tensor that the file lacks", index(append(whole[:12:12], "6.weight", two)...), `"6.weight"`},
		{"a tensor in another file", index(append(whole[:10:10], "4.bias", one)...), `"4.bias"`},
		{"a file that is none", index("x", "x.txt"), "x.txt"},
		{"a folder", index("x", "sub"), "no regular file"},
		{"out of the folder", index(append(whole[:10:10], "4.bias", "../secret.safetensors")...), "escapes"},
		{"out of the folder, absolute", index("x", "/etc/passwd"), "escapes"},
		{"out of the folder by a link", index("x", "link.safetensors"), "escapes"},
		{"the index itself", index("x", "i.json"), "i.json"},
	} {
		dir := write(t, map[string][]byte{"in/" + one: first, "in/" + two: second, "in/i.json": test.file, "in/x.txt": []byte("no tensors"), "in/sub/x": nil, "secret.safetensors": second})
		if err := os.Symlink(filepath.Join("..", "secret.safetensors"), filepath.Join(dir, "in", "link.safetensors")); err != nil {
			t.Fatal(err)
		}
		if _, err := Open[float32](filepath.Join(dir, "in", "i.json"), Options{}); !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
	}
}

// The numbers of an ONNX file that lie outside are read in its folder only.
func TestOutside(t *testing.T) {
	model, err := os.ReadFile("testdata/onnx/outside-13.onnx")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("testdata/onnx/outside-13.bin")
	if err != nil {
		t.Fatal(err)
	}
	// Names of one length, which stands in the file.
	for location, want := range map[string]string{
		"outside-13.bin": "", "sub/a/data.bin": "", "../outside.bin": "escapes", "/tmp/outside.x": "escapes", "in/none-13.bin": "no such file",
	} {
		name := strings.TrimLeft(location, "./")
		files := map[string][]byte{"in/m.onnx": []byte(strings.ReplaceAll(string(model), "outside-13.bin", location)), name: data}
		if want != "no such file" {
			files["in/"+name] = data
		}
		_, err := Open[float32](filepath.Join(write(t, files), "in", "m.onnx"), Options{})
		if want == "" && err != nil || want != "" && (!errors.Is(err, bundle.ErrFormat) || !strings.Contains(strings.ToLower(fmt.Sprint(err)), want)) {
			t.Errorf("%q: error %v, want %q", location, err, want)
		}
	}
}

func TestForeign(t *testing.T) {
	for name, b := range map[string]string{
		"zip": "PK\x03\x04............", "pickle": "\x80\x02}q\x00.......", "hdf": "\x89HDF\r\n\x1a\n......", "gguf": "GGUF\x03\x00\x00\x00....",
	} {
		if _, err := readFile([]byte(b), Options{}); !errors.Is(err, bundle.ErrFormat) || !strings.Contains(fmt.Sprint(err), "torch.onnx.export") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for _, b := range []string{"", "{", "\x08", "hello, world. This is text."} {
		if _, err := readFile([]byte(b), Options{}); !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("%q: error %v", b, err)
		}
	}
	if _, err := Open[float32]("testdata/none", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
}

func TestCheck(t *testing.T) {
	c, err := readFile(file("", slices.Concat(layerA.tensors("0"), layerC.tensors("2"))...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := rows(300, 4) // more than one block
	y := c.Network.Forward(nil, x, nil)
	check := func(x, y *mat.Dense[float32]) (Difference, error) {
		return c.Check(t.Context(), bundle.Matrix(x), bundle.Matrix(y))
	}
	if d, err := check(x, y); err != nil || d.Error != 0 || d.Rows != 300 {
		t.Errorf("its own outputs: %+v, %v", d, err)
	}
	near := y.Clone()
	for i := range near.Data() {
		near.Data()[i] += 1e-5
	}
	if d, err := check(x, near); err != nil || !(d.Error > 1e-7) {
		t.Errorf("rounded otherwise: %+v, %v", d, err)
	}
	// The error of one output is relative to its own spread.
	small := y.Clone()
	for i := range small.Rows() {
		small.Set(i, 1, 0.01*y.At(i, 1))
	}
	if d, err := check(x, small); !errors.Is(err, ErrDiffers) || d.Output != 1 || !(d.Error > 90) {
		t.Errorf("a column a hundredth as large: %+v, %v", d, err)
	}
	other, err := readFile(file("", slices.Concat(layerA.tensors("0"), layerC.tensors("2"))...), Options{Layers: "auto:elu"})
	if err != nil {
		t.Fatal(err)
	}
	if d, err := other.Check(t.Context(), bundle.Matrix(x), bundle.Matrix(y)); !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), "of its spread over 300 rows") {
		t.Errorf("another activation: %+v, %v", d, err)
	}
	one, alike := x.View(0, 0, 1, 4), y.View(0, 0, 1, 3)
	if d, err := check(one, alike); err != nil || d.Error != 0 {
		t.Errorf("one row: %+v, %v", d, err)
	}
	if d, err := check(one, mat.Of(1, 3, []float32{y.At(0, 0), y.At(0, 1), y.At(0, 2) + 1})); !errors.Is(err, ErrDiffers) {
		t.Errorf("one row, another output: %+v, %v", d, err)
	}
	if _, err := check(mat.New[float32](2, 4), mat.New[float32](2, 3)); !errors.Is(err, ErrDiffers) {
		t.Errorf("zeros: %v", err)
	}
	for name, err := range map[string]error{
		"columns": second(check(x, mat.New[float32](300, 2))), "rows": second(check(x, y.View(0, 0, 299, 3))), "none": second(check(x.View(0, 0, 0, 4), y.View(0, 0, 0, 3))),
		"inputs": second(check(y, y)),
	} {
		if !errors.Is(err, bundle.ErrFormat) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func second(_ Difference, err error) error { return err }

// endingSource ends a context when its block is read.
type endingSource struct {
	bundle.Source
	end    context.CancelFunc
	blocks *int
}

func (s endingSource) Read(dst *mat.Dense[float64], row int) error {
	*s.blocks++
	s.end()
	return s.Source.Read(dst, row)
}

// The comparison ends with its context after the block at which that ends, whatever the outputs say.
func TestCheckContext(t *testing.T) {
	c, err := readFile(file("", slices.Concat(layerA.tensors("0"), layerC.tensors("2"))...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := rows(2000, 4)
	y := c.Network.Forward(nil, x, nil)
	ctx, cancel := context.WithCancel(t.Context())
	blocks := 0
	if _, err := c.Check(ctx, endingSource{bundle.Matrix(x), cancel, &blocks}, bundle.Matrix(y)); !errors.Is(err, context.Canceled) || blocks > runtime.GOMAXPROCS(0) {
		t.Errorf("error %v after %d blocks, want %v after the first", err, blocks, context.Canceled)
	}
	if _, err := c.Check(ctx, bundle.Matrix(x), bundle.Matrix(y)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended before: error %v", err)
	}
}
