package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/safetensors"
	"nnk/mat"
	"nnk/snnk"
	"nnk/urf"
)

var none urf.Activation

func fileOf[T asm.Float](t testing.TB, m *Model[T]) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What could not be read is not written.
func TestEqualClassesNotWritten(t *testing.T) {
	m := &Model[float32]{Network: sampleNetwork[float32](t), Task: Classify, Classes: []string{"oak", "ash", "oak"}}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `two classes are named "oak"`) || b.Len() > 0 {
		t.Errorf("error %v, %d bytes", err, b.Len())
	}
}

func readModel(b []byte) (*Model[float32], error) {
	return ReadModel[float32](bytes.NewReader(b), int64(len(b)))
}

// TestModelActivations: every activation comes back from a file, with its parameter, and one that
// only has the name of another is refused.
func TestModelActivations(t *testing.T) {
	for _, text := range append(urf.ActivationNames(), "leaky-relu:0.2", "elu:0.5") {
		act, err := urf.ActivationByName(text)
		if err != nil {
			t.Fatal(err)
		}
		m := &Model[float32]{Network: NewNetwork[float32](NewLinear(random[float32](1, 3, 2), nil, act)), Task: Outputs}
		got, err := readModel(fileOf(t, m))
		if err != nil {
			t.Fatal(err)
		}
		if back := got.Network.Stages()[0].(*Linear[float32]).Activation(); back != act {
			t.Errorf("%s came back as %s", text, back.Name())
		}
		impostor := urf.ActivationOf(text, math.Abs, nil)
		m.Network = NewNetwork[float32](NewLinear(random[float32](1, 3, 2), nil, impostor))
		if _, err := m.Bytes(); !errors.Is(err, ErrFormat) {
			t.Errorf("another function called %s: error %v, want ErrFormat", text, err)
		}
	}
}

// What is saved comes back, and the same bytes again.
func TestModelRoundTrip(t *testing.T) {
	m := &Model[float32]{Network: sampleNetwork[float32](t), Task: Classify, Classes: []string{"oak", "ash", `"é"`}, Provenance: map[string]string{"lambda": "0.5"}}
	path := filepath.Join(t.TempDir(), "m.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load[float32](path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Task != Classify || strings.Join(got.Classes, " ") != `oak ash "é"` || got.Provenance["lambda"] != "0.5" || len(got.Provenance) != 1 {
		t.Errorf("task %q, classes %q, info %q", got.Task, got.Classes, got.Provenance)
	}
	if got.Network.Params() != m.Network.Params() || got.Network.MACs() != m.Network.MACs() {
		t.Errorf("%d parameters, %d multiply-adds; want %d, %d", got.Network.Params(), got.Network.MACs(), m.Network.Params(), m.Network.MACs())
	}
	if !bytes.Equal(fileOf(t, got), fileOf(t, m)) {
		t.Error("saved again, the file differs")
	}
	if n, err := m.Bytes(); err != nil || n != int64(len(fileOf(t, m))) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if _, err := Load[float32](path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load[float64](path); !errors.Is(err, ErrFormat) {
		t.Errorf("float32 file as float64: %v", err)
	}
}

// edit changes the metadata and tensors of the sample model's file.
func edit(t *testing.T, change func(meta map[string]string, w *safetensors.Writer)) []byte {
	t.Helper()
	return editNetwork(t, sampleNetwork[float32](t), change)
}

// editNetwork changes the metadata and tensors of a network's file.
func editNetwork(t *testing.T, n *Network[float32], change func(meta map[string]string, w *safetensors.Writer)) []byte {
	t.Helper()
	file := fileOf(t, &Model[float32]{Network: n, Task: Outputs})
	f, err := safetensors.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	w := &safetensors.Writer{Metadata: f.Metadata}
	skip := map[string]bool{}
	if change != nil {
		change(f.Metadata, w)
	}
	for _, name := range strings.Fields(f.Metadata["skip"]) {
		skip[name] = true
	}
	delete(f.Metadata, "skip")
	for i := range f.Tensors {
		x := &f.Tensors[i]
		if skip[x.Name] {
			continue
		}
		var shape []int
		for _, s := range x.Shape {
			shape = append(shape, int(s))
		}
		if x.DType == "I8" || x.DType == "U8" {
			addRaw(t, w, f, x, shape)
			continue
		}
		data, err := safetensors.Load[float32](f, x)
		if err != nil {
			t.Fatal(err)
		}
		safetensors.Add(w, x.Name, shape, data)
	}
	if f.Metadata[keyDigest] != "" {
		f.Metadata[keyDigest] = w.Digest(keyDigest)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileModels(t *testing.T) {
	if _, err := readModel(edit(t, nil)); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	type meta = map[string]string
	set := func(key, value string) func(meta, *safetensors.Writer) {
		return func(m meta, _ *safetensors.Writer) { m[key] = value }
	}
	swap := func(old, new string) func(meta, *safetensors.Writer) {
		return func(m meta, _ *safetensors.Writer) {
			if !strings.Contains(m[keyStages], old) {
				t.Fatalf("stages %s have no %s", m[keyStages], old)
			}
			m[keyStages] = strings.Replace(m[keyStages], old, new, 1)
		}
	}
	replace := func(name string, shape []int, data ...float32) func(meta, *safetensors.Writer) {
		return func(m meta, w *safetensors.Writer) {
			m["skip"] = name
			if data != nil {
				safetensors.Add(w, name, shape, data)
			}
		}
	}
	first := func(text string) func(meta, *safetensors.Writer) {
		return set(keyStages, `[{"kind":"map","map":"`+text+`"}]`)
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		name   string
		change func(meta, *safetensors.Writer)
		is     error
		want   string
	}{
		{"no format", func(m meta, _ *safetensors.Writer) { delete(m, keyFormat) }, ErrFormat, keyFormat},
		{"other format", set(keyFormat, "3"), ErrFormat, `version "3"`},
		{"other arithmetic", set(keyArithmetic, "0"), ErrArithmetic, `version "0", this program ` + asm.ArithmeticVersion},
		{"other type", set(keyType, "float64"), ErrFormat, "float64"},
		{"other task", set(keyTask, "sing"), ErrFormat, "sing"},
		{"stages are no JSON", set(keyStages, "{"), ErrFormat, keyStages},
		{"no stages", set(keyStages, "[]"), ErrFormat, "no stages"},
		{"too many stages", set(keyStages, "[{}"+strings.Repeat(",{}", 4096)+"]"), ErrFormat, "more than 4096 stages"},
		{"unknown kind", swap(`"linear"`, `"cube"`), ErrFormat, "cube"},
		{"unknown field", swap(`"kind":"linear"`, `"kind":"linear","name":"7"`), ErrFormat, "name"},
		{"more after the stages", func(m meta, _ *safetensors.Writer) { m[keyStages] += "]" }, ErrFormat, "text after the end"},
		{"no activation", swap(`,"activation":"relu"`, ""), ErrFormat, `kind "linear" with activation ""`},
		{"activation of a scaling", swap(`"scale"`, `"scale","activation":"relu"`), ErrFormat, `kind "scale" with activation "relu"`},
		{"map of a linear stage", swap(`"linear"`, `"linear","map":"relu() on iid(seed=0,m=1,d=6)"`), ErrFormat, `kind "linear" with`},
		{"diagonals of a scaling", swap(`"scale"`, `"scale","diagonals":true`), ErrFormat, `kind "scale"`},
		{"matrix of other features", swap("m=10", "m=9"), ErrFormat, "the matrix of stage 3 reads 10 numbers, its map gives 9"},
		{"unknown activation", swap(`relu`, `bogus`), ErrFormat, "bogus"},
		{"unknown map", swap("hadamard", "bogus"), ErrFormat, "bogus"},
		{"map of another width", swap("d=5", "d=6"), ErrFormat, "stage 1 reads 6 numbers, but the one before gives 5"},
		{"map of other features", swap("0+3+4", "0+4"), ErrFormat, "stage 2 reads 6 numbers, but the one before gives 5"},
		{"huge map", swap("m=24,d=5", "m=16777216,d=16777216"), ErrFormat, "stage 1 reads 16777216 numbers"},
		{"huge first map", func(m meta, _ *safetensors.Writer) {
			m[keyStages] = `[{"kind":"map","map":"fourier(kernel=gaussian) on iid(seed=0,m=1,d=16777216)"}]`
		}, ErrFormat, "draws 16777217 random numbers"},
		{"more features than bytes", func(m meta, _ *safetensors.Writer) {
			m[keyStages] = `[{"kind":"map","map":"fourier(kernel=gaussian) on hadamard(seed=0,m=16777216,d=1)"}]`
		}, ErrFormat, "draws 1157627904 random numbers"},
		{"a row of a huge simplex", first("relu() on simplex(seed=0,m=1,d=32768)"), ErrFormat, "draws 1073741825 random numbers of a pool of 1×32768 and needs 35184372088832 multiply-adds"},
		{"a row of a huge block", first("relu() on block(seed=0,m=30000,d=32768,select=7)"), ErrFormat, "draws 983070000 random numbers"},
		{"a row of each of many blocks", first("relu() on block(seed=0,m=10000,d=1000,select=0+1+1000+9999)"), ErrFormat, "draws 3010000 random numbers"},
		{"a block that takes long to orthogonalise", first("relu() on block(seed=0,m=2000,d=2000)"), ErrFormat, "draws 4002000 random numbers"},
		{"a row of a huge pool", first("urf(spectrum=0 1:1:0) on hadamard(seed=0,m=16777216,d=8,select=7)"), ErrFormat, "pool of 16777216×8"},
		{"a projection for each degree", first("maclaurin(coefficients=" + strings.Repeat("1 ", 64) + "1) on iid(seed=0,m=65,d=2000)"), ErrFormat, "draws 8450065 random numbers"},
		{"many maps", func(m meta, _ *safetensors.Writer) {
			m[keyStages] = `[` + strings.Repeat(`{"kind":"map","map":"relu() on iid(seed=0,m=1000,d=1000)"},`, 100) + `{}]`
		}, ErrFormat, "draws 1001000 random numbers"},
		{"missing tensor", replace("2.weight", nil), ErrFormat, `no tensor "2.weight"`},
		{"missing bias", replace("2.bias", nil), nil, ""},
		{"missing mean", replace("0.mean", nil), ErrFormat, "0.mean"},
		{"mean and factor differ", replace("0.factor", []int{4}, 1, 2, 3, 4), ErrFormat, `"0.factor" is F32 [4], want [5]`},
		{"vector as weight", replace("3.weight", []int{30}, make([]float32, 30)...), ErrFormat, "two dimensions"},
		{"NaN", replace("3.weight", []int{3, 10}, append(make([]float32, 29), nan)...), ErrNotFinite, `"3.weight" element 29`},
		{"a tensor too many", func(_ meta, w *safetensors.Writer) { safetensors.Add(w, "x", []int{1}, []float32{1}) }, ErrFormat, "6 tensors, but the stages use 5"},
		{"classes are no JSON", func(m meta, _ *safetensors.Writer) { m[keyTask], m[keyClasses] = "classify", "oak" }, ErrFormat, keyClasses},
		{"too few classes", func(m meta, _ *safetensors.Writer) { m[keyTask], m[keyClasses] = "classify", `["a"]` }, ErrFormat, "1 class names for 3 outputs"},
		{"classes of a regression", func(m meta, _ *safetensors.Writer) { m[keyTask], m[keyClasses] = "regress", `["a","b","c"]` }, ErrFormat, "class names"},
		{"equal classes", func(m meta, _ *safetensors.Writer) { m[keyTask], m[keyClasses] = "classify", `["a","b","a"]` }, ErrFormat, `two classes are named "a"`},
		{"type of labels", func(m meta, _ *safetensors.Writer) { m[keyLabelType] = "i3" }, ErrFormat, keyLabelType},
	} {
		_, err := readModel(edit(t, c.change))
		if c.is == nil {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: error %v, want one that wraps %q and says %s", c.name, err, c.is, c.want)
		}
	}
	whole := edit(t, nil)
	for n := range whole {
		if _, err := readModel(whole[:n]); !errors.Is(err, ErrFormat) {
			t.Fatalf("first %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// A stage or activation that a file cannot name is not saved.
func TestUnsavable(t *testing.T) {
	own := urf.ActivationOf("my own", func(z float64) float64 { return z }, nil)
	for name, n := range map[string]*Network[float32]{
		"activation": NewNetwork[float32](NewLinear(random[float32](1, 2, 2), nil, own)),
		"stage":      NewNetwork[float32](square{}),
	} {
		path := filepath.Join(t.TempDir(), "m")
		if err := (&Model[float32]{Network: n}).Save(path); err == nil {
			t.Errorf("%s: saved", name)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v, want no file", name, err)
		}
	}
}

// square is a stage from outside the package.
type square struct{}

func (square) In() int     { return 1 }
func (square) Out() int    { return 1 }
func (square) Params() int { return 0 }
func (square) MACs() int   { return 1 }
func (square) Forward(dst, x *mat.Dense[float32], _ *snnk.Workspace[float32]) *mat.Dense[float32] {
	dst.Copy(x)
	return dst
}

// The metadata are plain strings that other programs read.
func TestModelMetadata(t *testing.T) {
	file := fileOf(t, &Model[float32]{Network: sampleNetwork[float32](t), Task: Outputs})
	f, err := safetensors.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var stages []description
	if err := json.Unmarshal([]byte(f.Metadata["nnk.stages"]), &stages); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range stages {
		kinds = append(kinds, s.Kind)
	}
	if got := strings.Join(kinds, " "); got != "scale map linear layer" {
		t.Errorf("stages %s", got)
	}
}

// TestLargestModels: a file takes the largest number of stages, and no more are written.
func TestLargestModels(t *testing.T) {
	d := NewLinear(mat.Of(1, 1, []float32{1}), nil, urf.Activation{})
	stages := slices.Repeat([]Stage[float32]{d}, maxStages)
	m := &Model[float32]{Network: NewNetwork(stages...), Task: Outputs}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	again, err := readModel(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(again.Network.Stages()); n != maxStages {
		t.Errorf("%d stages of %d", n, maxStages)
	}
	m.Network = NewNetwork(append(stages, d)...)
	if _, err := m.WriteTo(io.Discard); !errors.Is(err, ErrRange) {
		t.Errorf("one stage more: %v", err)
	}
}
