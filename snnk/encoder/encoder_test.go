package encoder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
)

func newReader(b []byte) io.ReaderAt { return bytes.NewReader(b) }

// tiny builds a model of numbers that are a function of the name and the place alone.
func tiny[T asm.Float](t testing.TB, c Config) *Model[T] {
	t.Helper()
	return New(tinyParameters[T](t, c))
}

func tinyParameters[T asm.Float](t testing.TB, c Config) *Parameters[T] {
	t.Helper()
	p, err := Build(c, func(name string, shape ...int) ([]T, error) {
		n := 1
		for _, s := range shape {
			n *= s
		}
		v := make([]T, n)
		state := uint64(len(name))
		for _, b := range []byte(name) {
			state = state*31 + uint64(b)
		}
		for i := range v {
			state = state*6364136223846793005 + 1442695040888963407
			v[i] = T(float64(int32(state>>32)) * 0x1p-32)
		}
		return v, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func textConfig(l Layout) Config {
	return Config{Layout: l, Width: 24, Blocks: 2, Heads: 3, Inner: 30, Activation: named("gelu"), Epsilon: 1e-12, Vocabulary: 50, Positions: 700, Types: 2, Pad: 1, Pooler: l != DistilBERT, Classes: 3}
}

// someTexts are texts of the lengths; each depends on its own length and number alone.
func someTexts(lengths ...int) []Texts {
	var list []Texts
	for k, n := range lengths {
		t := Texts{Lengths: []int{n}}
		for i := range n {
			t.IDs = append(t.IDs, int32(2+(i*i*7+k*5+i)%48))
			t.Types = append(t.Types, int32(i*k%2))
		}
		list = append(list, t)
	}
	return list
}

func joined(list []Texts) Texts {
	var all Texts
	for _, t := range list {
		all.IDs, all.Types, all.Lengths = append(all.IDs, t.IDs...), append(all.Types, t.Types...), append(all.Lengths, t.Lengths...)
	}
	return all
}

// TestBatches: a text's vectors have the same bits alone and among others, on one goroutine and on many, with a
// workspace that has seen other batches and with none.
func TestBatches(t *testing.T) {
	batches[float32](t, BERT, 1, queryRows+3, 17, 2) // one has more than a block of queries
	batches[float64](t, BERT, 9, 1, 40, 2)
	batches[float32](t, RoBERTa, 1, 33, 17)
	batches[float64](t, DistilBERT, 1, 33, 17)
}

func batches[T asm.Float](t *testing.T, l Layout, lengths ...int) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	m := tiny[T](t, textConfig(l))
	list := someTexts(lengths...)
	if l == DistilBERT {
		for i := range list {
			list[i].Types = nil
		}
	}
	all := joined(list)
	alone := mat.New[T](len(all.IDs), m.Config().Width)
	at := 0
	for _, text := range list {
		n := len(text.IDs)
		if _, err := m.Texts(t.Context(), alone.View(at, 0, n, alone.Cols()), text, nil); err != nil {
			t.Fatal(err)
		}
		at += n
	}
	var ws Workspace[T]
	for _, processors := range []int{1, 3} {
		runtime.GOMAXPROCS(processors)
		together, err := m.Texts(t.Context(), nil, all, &ws)
		if err != nil {
			t.Fatal(err)
		}
		for i := range alone.Rows() {
			if !slices.Equal(alone.Row(i), together.Row(i)) {
				t.Fatalf("%v, %T, %d processors: token %d of lengths %v differs", l, *new(T), processors, i, lengths)
			}
		}
	}
}

// TestImageBatches: an image's vectors have the same bits alone and among others.
func TestImageBatches(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	c := imageConfig()
	m := tiny[float32](t, c)
	x := mat.New[float32](5, c.Image.Pixels())
	for i := range x.Data() {
		x.Data()[i] = float32(i*i%101)/50 - 1
	}
	for _, processors := range []int{1, 4} {
		runtime.GOMAXPROCS(processors)
		together, err := m.Images(t.Context(), nil, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range x.Rows() {
			alone, err := m.Images(t.Context(), nil, x.View(i, 0, 1, x.Cols()), nil)
			if err != nil {
				t.Fatal(err)
			}
			if n := c.MaxTokens(); !slices.Equal(alone.Data(), together.View(i*n, 0, n, c.Width).Data()) {
				t.Errorf("%d processors: image %d differs", processors, i)
			}
		}
	}
}

func imageConfig() Config {
	return Config{Layout: ViT, Width: 16, Blocks: 2, Heads: 2, Inner: 20, Activation: named("gelu-tanh"), Epsilon: 1e-12, Image: Image{2, 6, 8, 3, 2}, Classes: 4}
}

// TestCut: patches are cut as PyTorch's convolutions read them.
func TestCut(t *testing.T) {
	i := Image{Channels: 2, Height: 2, Width: 4, PatchHeight: 1, PatchWidth: 2}
	dst := mat.New[float64](5, 4)
	cut(i, dst, 1, []float64{0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17})
	if want := []float64{0, 0, 0, 0, 0, 1, 10, 11, 2, 3, 12, 13, 4, 5, 14, 15, 6, 7, 16, 17}; !slices.Equal(dst.Data(), want) {
		t.Errorf("%v, want %v", dst.Data(), want)
	}
}

// TestAttention: the mixed values are those of a softmax written out in float64, beyond one block of queries too.
func TestAttention(t *testing.T) {
	const heads, width, n = 2, 3, queryRows + 5
	qkv := mat.New[float64](n+2, 3*heads*width)
	for i := range qkv.Data() {
		qkv.Data()[i] = math.Mod(float64(i)*0.37, 2) - 1
	}
	got := mat.New[float64](n+2, heads*width)
	a := attention[float64]{heads: heads, width: width, scale: headScale[float64](width), qkv: qkv, dst: got, lengths: []int{2, n}}
	a.run()
	for i := range n {
		for h := range heads {
			sum, mixed := 0.0, [width]float64{}
			for k := range n {
				s := 0.0
				for j := range width {
					s = math.FMA(qkv.At(2+i, h*width+j), qkv.At(2+k, (heads+h)*width+j), s)
				}
				e := math.Exp(s / math.Sqrt(width))
				sum += e
				for j := range width {
					mixed[j] = math.FMA(e, qkv.At(2+k, (2*heads+h)*width+j), mixed[j])
				}
			}
			for j, v := range mixed {
				if d := math.Abs(got.At(2+i, h*width+j) - v/sum); !(d < 1e-13) {
					t.Fatalf("query %d, head %d: %g apart", i, h, d)
				}
			}
		}
	}
}

// TestExponentials: large products do not overflow, and NaN stays NaN.
func TestExponentials(t *testing.T) {
	s := []float32{3e38, -3e38, 3e38}
	if inverse := exponentials(s, 0.5); inverse != 0.5 || !slices.Equal(s, []float32{1, 0, 1}) {
		t.Errorf("%v, %v", s, inverse)
	}
	for i := range 3 {
		s := []float64{1, 2, 3}
		s[i] = math.NaN()
		if inverse := exponentials(s, 1); inverse == inverse {
			t.Errorf("NaN at %d: %v", i, inverse)
		}
	}
}

// TestAllocations: on one processor, with a workspace that has seen as many tokens, a pass allocates nothing.
func TestAllocations(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	allocations[float32](t)
	allocations[float64](t)
}

func allocations[T asm.Float](t *testing.T) {
	var ws Workspace[T]
	m := tiny[T](t, textConfig(BERT))
	large, small := joined(someTexts(60, 5, 33)), joined(someTexts(7, 33))
	dst, part := mat.New[T](98, 24), mat.New[T](40, 24)
	run := func(dst *mat.Dense[T], texts Texts) {
		if _, err := m.Texts(t.Context(), dst, texts, &ws); err != nil {
			t.Fatal(err)
		}
	}
	run(dst, large)
	kerneltest.NoAllocs(t, fmt.Sprintf("texts of %T", *new(T)), func() { run(dst, large); run(part, small) })
	c := imageConfig()
	v := tiny[T](t, c)
	x, y := mat.New[T](3, c.Image.Pixels()), mat.New[T](3*c.MaxTokens(), c.Width)
	look := func() {
		if _, err := v.Images(t.Context(), y, x, &ws); err != nil {
			t.Fatal(err)
		}
	}
	look()
	kerneltest.NoAllocs(t, fmt.Sprintf("images of %T", *new(T)), look)
}

// TestPool: the first token, and the mean of all.
func TestPool(t *testing.T) {
	hidden := mat.Of(4, 2, []float64{1, 2, 3, 4, 5, 6, 8, 10})
	if got := First(nil, hidden, []int{1, 3}); !slices.Equal(got.Data(), []float64{1, 2, 3, 4}) {
		t.Errorf("first: %v", got.Data())
	}
	third := 1 / 3.0
	if got := Mean(nil, hidden, []int{1, 3}); !slices.Equal(got.Data(), []float64{1, 2, 16 * third, 20 * third}) {
		t.Errorf("mean: %v", got.Data())
	}
	c := imageConfig()
	if got := c.Lengths(2); !slices.Equal(got, []int{9, 9}) {
		t.Errorf("lengths of images: %v", got)
	}
}

// TestRefusedTexts: what no table has, and what is too long, is an error that names the place.
func TestRefusedTexts(t *testing.T) {
	bert, roberta, distil := textConfig(BERT), textConfig(RoBERTa), textConfig(DistilBERT)
	bert.Positions, roberta.Positions, distil.Types = 4, 6, 0
	for _, c := range []struct {
		name  string
		model Config
		texts Texts
		want  string // "" if it is right
	}{
		{"the longest", bert, Texts{IDs: []int32{0, 49, 1, 2}, Lengths: []int{4}}, ""},
		{"too long", bert, Texts{IDs: make([]int32, 6), Lengths: []int{1, 5}}, "text 1 has 5 tokens, want 1 to 4"},
		{"no tokens", bert, Texts{IDs: make([]int32, 1), Lengths: []int{1, 0}}, "text 1 has 0 tokens"},
		{"id below", bert, Texts{IDs: []int32{1, 1, -1}, Lengths: []int{1, 2}}, "text 1, token 1: id -1 in a vocabulary of 50"},
		{"id above", bert, Texts{IDs: []int32{50}, Lengths: []int{1}}, "text 0, token 0: id 50"},
		{"type above", bert, Texts{IDs: []int32{5}, Types: []int32{2}, Lengths: []int{1}}, "text 0, token 0: type 2 of 2"},
		{"RoBERTa's longest", roberta, Texts{IDs: []int32{0, 2, 3, 4}, Lengths: []int{4}}, ""},
		{"RoBERTa's table ends", roberta, Texts{IDs: []int32{0, 2, 3, 4, 5}, Lengths: []int{5}}, "want 1 to 4"},
		{"RoBERTa's padding", roberta, Texts{IDs: []int32{0, 1}, Lengths: []int{2}}, "text 0, token 1: id 1 is padding"},
		{"types without a table", distil, Texts{IDs: []int32{0, 3}, Types: []int32{0, 1}, Lengths: []int{2}}, "token 1: type 1 of 1"},
		{"types of zeros without a table", distil, Texts{IDs: []int32{0, 3}, Types: []int32{0, 0}, Lengths: []int{2}}, ""},
		{"nothing", bert, Texts{}, ""},
	} {
		_, err := tiny[float32](t, c.model).Texts(t.Context(), nil, c.texts, nil)
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, ErrRange) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// TestContext: a pass ends before the next block.
func TestContext(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	stop(why)
	if _, err := tiny[float32](t, textConfig(BERT)).Texts(ctx, nil, joined(someTexts(3)), nil); !errors.Is(err, why) || !strings.Contains(fmt.Sprint(err), "block 0 of 2") {
		t.Errorf("texts: %v", err)
	}
	c := imageConfig()
	if _, err := tiny[float32](t, c).Images(ctx, nil, mat.New[float32](1, c.Image.Pixels()), nil); !errors.Is(err, why) {
		t.Errorf("images: %v", err)
	}
	if _, err := Open[float32](ctx, filepath.Join("testdata", "bert"), Options{}); !errors.Is(err, why) || !strings.Contains(fmt.Sprint(err), "word_embeddings") {
		t.Errorf("reading: %v", err)
	}
}

// TestPanics: mistakes in the program panic, and name the function.
func TestPanics(t *testing.T) {
	bert, vit := tiny[float32](t, textConfig(BERT)), tiny[float32](t, imageConfig())
	text := joined(someTexts(3))
	square := mat.New[float32](3, 24)
	c := imageConfig()
	x := mat.New[float32](1, c.Image.Pixels())
	for name, call := range map[string]func(){
		"encoder.Model.Texts: a model of images":            func() { vit.Texts(t.Context(), nil, text, nil) },
		"encoder.Model.Texts: 3 ids":                        func() { bert.Texts(t.Context(), nil, Texts{IDs: text.IDs, Lengths: []int{2}}, nil) },
		"encoder.Model.Texts: 4×24 and 3×24":                func() { bert.Texts(t.Context(), mat.New[float32](4, 24), text, nil) },
		"encoder.Model.Images: a model of texts":            func() { bert.Images(t.Context(), nil, x, nil) },
		"encoder.Model.Images: 3×24 and 3×96":               func() { vit.Images(t.Context(), nil, square, nil) },
		"encoder.Model.Pooled: the model has no pooler":     func() { vit.Pooled(nil, square) },
		"encoder.Model.Logits: 3×24 and 3×16":               func() { vit.Logits(nil, square) },
		"encoder.First: 3 rows for lengths of 2 tokens":     func() { First(nil, square, []int{2}) },
		"encoder.Mean: text 1 has 0 tokens":                 func() { Mean(nil, square, []int{3, 0}) },
		"encoder.Mean: dst overlaps hidden":                 func() { Mean(square.View(0, 0, 1, 24), square, []int{3}) },
		"encoder.Build: 1 elements for tensor embeddings.w": func() { Build(textConfig(BERT), func(string, ...int) ([]float32, error) { return []float32{1}, nil }) },
	} {
		misuse.Panics(t, name, call)
	}
}
