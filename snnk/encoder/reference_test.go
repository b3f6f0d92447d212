package encoder

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/safetensors"
	"nnk/mat"
)

// expected is what PyTorch computed in float64 for a checkpoint, with its inputs; see testdata/reference.py.
type expected struct {
	texts          Texts
	pixels         *mat.Dense[float64] // nil for texts
	hidden         []float64
	pooled, logits []float64 // nil where the checkpoint has no such part

	names   []string // of all tensors
	numbers func(name string) []float64
}

func readExpected(t testing.TB, folder string) *expected {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(newReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	numbers := func(name string) []float64 {
		tensor := f.Tensor(name)
		if tensor == nil {
			return nil
		}
		v, err := safetensors.Load[float64](f, tensor)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	e := &expected{hidden: numbers("hidden"), pooled: numbers("pooled"), logits: numbers("logits"), numbers: numbers}
	for _, tensor := range f.Tensors {
		e.names = append(e.names, tensor.Name)
	}
	if x := f.Tensor("pixels"); x != nil {
		n := int(x.Shape[0])
		e.pixels = mat.Of(n, x.Len()/n, numbers("pixels"))
		return e
	}
	for _, v := range numbers("lengths") {
		e.texts.Lengths = append(e.texts.Lengths, int(v))
	}
	for i, v := range numbers("ids") {
		e.texts.IDs = append(e.texts.IDs, int32(v))
		e.texts.Types = append(e.texts.Types, int32(numbers("types")[i]))
	}
	return e
}

// open reads a checkpoint of testdata.
func open[T asm.Float](t testing.TB, folder string, opt Options) *Checkpoint[T] {
	t.Helper()
	c, err := Open[T](t.Context(), folder, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hidden runs the model on the inputs of e.
func hidden[T asm.Float](t testing.TB, m *Model[T], e *expected, ws *Workspace[T]) (*mat.Dense[T], []int) {
	t.Helper()
	if e.pixels == nil {
		y, err := m.Texts(t.Context(), nil, e.texts, ws)
		if err != nil {
			t.Fatal(err)
		}
		return y, e.texts.Lengths
	}
	c := m.Config()
	y, err := m.Images(t.Context(), nil, converted[T](e.pixels), ws)
	if err != nil {
		t.Fatal(err)
	}
	return y, c.Lengths(e.pixels.Rows())
}

func converted[T asm.Float](x *mat.Dense[float64]) *mat.Dense[T] {
	y := mat.New[T](x.Rows(), x.Cols())
	for i, v := range x.Data() {
		y.Data()[i] = T(v)
	}
	return y
}

// apart is the largest difference; NaN if the lengths differ.
func apart[T asm.Float](got []T, want []float64) float64 {
	if len(got) != len(want) {
		return math.NaN()
	}
	worst := 0.0
	for i, v := range got {
		worst = max(worst, math.Abs(float64(v)-want[i]))
	}
	return worst
}

// TestReference: every layout gives what PyTorch gives, to 1e-10 in float64 and 1e-4 in float32.
func TestReference(t *testing.T) {
	for _, name := range []string{"bert", "minilm", "roberta", "distilbert", "vit", "vit-pooler"} {
		t.Run(name, func(t *testing.T) {
			reference[float64](t, filepath.Join("testdata", name), 1e-10)
			reference[float32](t, filepath.Join("testdata", name), 1e-4)
		})
	}
}

func reference[T asm.Float](t *testing.T, folder string, most float64) {
	e := readExpected(t, folder)
	m := New(open[T](t, folder, Options{}).Parameters)
	y, lengths := hidden(t, m, e, nil)
	first := First(nil, y, lengths)
	c := m.Config()
	check := func(what string, there bool, got func() *mat.Dense[T], want []float64) {
		if there != (want != nil) {
			t.Errorf("%s: there %v, expected %v", what, there, want != nil)
		}
		if !there {
			return
		}
		d := apart(got().Data(), want)
		t.Logf("%T %s: %d numbers, at most %.2g apart", *new(T), what, len(want), d)
		if !(d <= most) {
			t.Errorf("%T %s: %.3g apart, want at most %g", *new(T), what, d, most)
		}
	}
	check("hidden", true, func() *mat.Dense[T] { return y }, e.hidden)
	check("pooled", c.Pooler, func() *mat.Dense[T] { return m.Pooled(nil, first) }, e.pooled)
	check("logits", c.Classes > 0, func() *mat.Dense[T] { return m.Logits(nil, first) }, e.logits)
}

// TestUnread: what a checkpoint has and no output depends on is named.
func TestUnread(t *testing.T) {
	for name, want := range map[string][]string{
		"bert": {"cls.predictions.bias", "bert.embeddings.position_ids"}, "roberta": {"lm_head.bias"}, "minilm": nil, "distilbert": nil, "vit": nil,
	} {
		if got := open[float32](t, filepath.Join("testdata", name), Options{}).Unread; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	c := open[float32](t, "testdata/bert", Options{Ignore: []string{"bert.pooler.*", "classifier.*"}})
	if got := c.Parameters.Config(); got.Pooler || got.Classes != 0 || len(c.Unread) != 6 || c.Unread[0] != "bert.pooler.dense.weight" {
		t.Errorf("without pooler and head: %+v, %q", got, c.Unread)
	}
}
