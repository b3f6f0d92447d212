package encoder

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"

	"nnk/asm"
	"nnk/internal/kerneltest"
	"nnk/internal/misuse"
	"nnk/mat"
	"nnk/rng"
	"nnk/snnk"
	"nnk/snnk/gradcheck"
)

// lossGradients goes forward and back for the loss Σ dy·vectors + Σ dlogits·logits, the latter unless there are none, and returns it. The gradients
// begin at zero.
func lossGradients[T asm.Float](t testing.TB, m *Trainable[T], texts Texts, pixels *mat.Dense[float64], dy *mat.Dense[T], dlogits []float64) float64 {
	t.Helper()
	snnk.ZeroGrads(m.Params())
	y, lengths := trainableHidden(t, m, texts, pixels)
	loss := 0.0
	for i, v := range y.Data() {
		loss = math.FMA(float64(v), float64(dy.Data()[i]), loss)
	}
	g := dy.Clone()
	if m.Head() != nil && dlogits != nil {
		z := m.Head().Forward(nil, First(nil, y, lengths))
		dz := mat.New[T](z.Rows(), z.Cols())
		for i, v := range dlogits {
			dz.Data()[i] = T(v)
			loss = math.FMA(float64(z.Data()[i]), v, loss)
		}
		d := m.Head().Backward(nil, dz, true)
		at := 0
		for i, n := range lengths {
			asm.Add(g.Row(at), g.Row(at), d.Row(i))
			at += n
		}
	}
	m.Backward(g)
	return loss
}

func trainableHidden[T asm.Float](t testing.TB, m *Trainable[T], texts Texts, pixels *mat.Dense[float64]) (*mat.Dense[T], []int) {
	t.Helper()
	if pixels != nil {
		c := m.Config()
		return m.Images(converted[T](pixels)), c.Lengths(pixels.Rows())
	}
	y, err := m.Texts(texts)
	if err != nil {
		t.Fatal(err)
	}
	return y, texts.Lengths
}

func normal[T asm.Float](seed uint64, rows, cols int) *mat.Dense[T] {
	m := mat.New[T](rows, cols)
	rng.Normal(rng.New(seed), m.Data(), 0)
	return m
}

// TestTrainableForward: every layout has the bits of the model that is not trained.
func TestTrainableForward(t *testing.T) {
	trainableForward[float32](t, textConfig(BERT), queryRows+3) // more than a block of queries
	trainableForward[float64](t, textConfig(BERT), 14)
	trainableForward[float32](t, textConfig(RoBERTa), 14)
	trainableForward[float64](t, textConfig(DistilBERT), 14)
	c := imageConfig()
	c.NoQKVBias = true
	trainableForward[float32](t, imageConfig(), 0)
	trainableForward[float64](t, c, 0)
}

func trainableForward[T asm.Float](t *testing.T, c Config, longest int) {
	t.Helper()
	p := tinyParameters[T](t, c)
	m, trainable := New(p), NewTrainable(p)
	e := &expected{}
	if c.Layout == ViT {
		e.pixels = normal[float64](1, 3, c.Image.Pixels())
	} else {
		e.texts = joined(someTexts(9, 1, longest))
	}
	if c.Layout == DistilBERT {
		e.texts.Types = nil
	}
	want, lengths := hidden(t, m, e, nil)
	got, _ := trainableHidden(t, trainable, e.texts, e.pixels)
	if !slices.Equal(got.Data(), want.Data()) {
		t.Errorf("%v, %T: the vectors differ", c.Layout, *new(T))
	}
	first := First(nil, want, lengths)
	if !slices.Equal(trainable.Head().Forward(nil, first).Data(), m.Logits(nil, first).Data()) {
		t.Errorf("%v, %T: the logits differ", c.Layout, *new(T))
	}
	n := 0
	for _, p := range trainable.Params() {
		n += len(p.Value.Data())
	}
	if want := m.Params(); n != want && c.Layout != RoBERTa { // RoBERTa's pooler is there, but not for the head
		t.Errorf("%v: %d numbers to train, want %d", c.Layout, n, want)
	}
}

// smallText and smallImage are shapes of which every gradient is checked against differences.
func smallText(l Layout, act string) Config {
	return Config{Layout: l, Width: 4, Blocks: 2, Heads: 2, Inner: 3, Activation: named(act), Epsilon: 1e-3, Vocabulary: 6, Positions: 7, Types: 2, Pad: 1, Pooler: l == BERT, Classes: 2}
}

func smallImage(act string) Config {
	return Config{Layout: ViT, Width: 4, Blocks: 2, Heads: 2, Inner: 3, Activation: named(act), Epsilon: 1e-3, Image: Image{1, 2, 4, 2, 2}, Classes: 3}
}

// TestGradients: the gradients of all parameters of all layouts are those that differences of the loss give.
func TestGradients(t *testing.T) {
	for _, c := range []Config{smallText(BERT, "gelu"), smallText(RoBERTa, "silu"), smallText(DistilBERT, "gelu-tanh"), smallImage("relu")} {
		t.Run(c.Layout.String()+" "+c.Activation.Name(), func(t *testing.T) {
			m := NewTrainable(tinyParameters[float64](t, c))
			texts, pixels := Texts{IDs: []int32{2, 3, 2, 5, 4}, Types: []int32{0, 1, 1, 0, 1}, Lengths: []int{3, 2}}, (*mat.Dense[float64])(nil)
			rows := 5
			if c.Layout == DistilBERT {
				texts.Types = nil
			}
			if c.Layout == ViT {
				pixels, rows = normal[float64](3, 2, c.Image.Pixels()), 2*c.MaxTokens()
			}
			dy, dlogits := normal[float64](4, rows, c.Width), normal[float64](5, 2, c.Classes).Data()
			lossGradients(t, m, texts, pixels, dy, dlogits)
			var list []gradcheck.Tensor
			for _, p := range m.Params() {
				list = append(list, gradcheck.Tensor{Name: p.Name, Value: p.Value, Grad: p.Grad.Clone()})
			}
			gradcheck.Compare(t, func() float64 { return lossGradients(t, m, texts, pixels, dy, dlogits) }, 5e-4, list...)
		})
	}
}

// gradients are those of all parameters, side by side.
func allGradients[T asm.Float](m *Trainable[T]) []T {
	var all []T
	for _, p := range m.Params() {
		all = append(all, p.Grad.Data()...)
	}
	return all
}

// TestGradientBits: gradients have the same bits for every kernel set, on one processor and on many, and for a batch as for its texts one
// after the other.
func TestGradientBits(t *testing.T) {
	var want32 []float32
	var want64 []float64
	kerneltest.Each(t, func(t *testing.T) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
		for _, processors := range []int{1, 3} {
			runtime.GOMAXPROCS(processors)
			gradientBits(t, &want32)
			gradientBits(t, &want64)
		}
	})
}

func gradientBits[T asm.Float](t *testing.T, want *[]T) {
	t.Helper()
	m := NewTrainable(tinyParameters[T](t, textConfig(BERT)))
	list := someTexts(17, 1, 9, 40)
	all := joined(list)
	dy := normal[T](6, len(all.IDs), 24)
	lossGradients(t, m, all, nil, dy, nil)
	got := allGradients(m)
	if *want == nil {
		*want = got
	}
	if !slices.Equal(got, *want) {
		t.Errorf("%T: the gradients differ from those of other kernels or processors", *new(T))
	}
	snnk.ZeroGrads(m.Params())
	at := 0
	for _, text := range list {
		if _, err := m.Texts(text); err != nil {
			t.Fatal(err)
		}
		n := len(text.IDs)
		m.Backward(dy.View(at, 0, n, 24))
		at += n
	}
	if !slices.Equal(allGradients(m), got) {
		t.Errorf("%T: the gradients of texts one by one differ from those of their batch", *new(T))
	}
}

// TestFrozen: whatever is frozen has no gradient, and that of the rest is the same.
func TestFrozen(t *testing.T) {
	for _, c := range []Config{textConfig(BERT), imageConfig()} {
		m := NewTrainable(tinyParameters[float32](t, c))
		texts, pixels := joined(someTexts(5, 2)), (*mat.Dense[float64])(nil)
		rows := 7
		if c.Layout == ViT {
			pixels, rows = normal[float64](1, 2, c.Image.Pixels()), 2*c.MaxTokens()
		}
		dy := normal[float32](2, rows, c.Width)
		lossGradients(t, m, texts, pixels, dy, nil)
		var want [][]float32
		for _, p := range m.Params() {
			want = append(want, slices.Clone(p.Grad.Data()))
		}
		n := len(m.Params())
		for trained := range n {
			snnk.Freeze(m.Params(), true)
			m.Params()[trained].Frozen = false
			m.Params()[(trained*7+3)%n].Frozen = false
			lossGradients(t, m, texts, pixels, dy, nil)
			for k, p := range m.Params() {
				zero := !slices.ContainsFunc(p.Grad.Data(), func(v float32) bool { return v != 0 })
				if p.Frozen && !zero {
					t.Fatalf("%v: %s is frozen and has a gradient", c.Layout, p.Name)
				}
				if !p.Frozen && !slices.Equal(p.Grad.Data(), want[k]) {
					t.Fatalf("%v: %s has another gradient where the rest is frozen", c.Layout, p.Name)
				}
			}
		}
	}
}

// TestTrainableAllocations: on one processor passes forward and back allocate nothing once they have seen as many tokens.
func TestTrainableAllocations(t *testing.T) {
	trainableAllocations[float32](t)
	trainableAllocations[float64](t)
}

func trainableAllocations[T asm.Float](t *testing.T) {
	m := NewTrainable(tinyParameters[T](t, textConfig(BERT)))
	large, small := joined(someTexts(9, 5, 11)), joined(someTexts(7, 11))
	dy, part := normal[T](1, 25, 24), normal[T](2, 18, 24)
	run := func(texts Texts, dy *mat.Dense[T]) {
		if _, err := m.Texts(texts); err != nil {
			t.Fatal(err)
		}
		m.Backward(dy)
	}
	run(large, dy)
	kerneltest.NoAllocs(t, fmt.Sprintf("texts of %T", *new(T)), func() { run(large, dy); run(small, part) })
}

// TestTrainablePanics: mistakes in the program panic, and name the function.
func TestTrainablePanics(t *testing.T) {
	bert, vit := NewTrainable(tinyParameters[float32](t, textConfig(BERT))), NewTrainable(tinyParameters[float32](t, imageConfig()))
	text := joined(someTexts(3))
	for name, call := range map[string]func(){
		"encoder.Trainable.Texts: a model of images": func() { vit.Texts(text) },
		"encoder.Trainable.Texts: 3 ids":             func() { bert.Texts(Texts{IDs: text.IDs, Lengths: []int{2}}) },
		"encoder.Trainable.Images: a model of texts": func() { bert.Images(mat.New[float32](1, 96)) },
		"encoder.Trainable.Images: 1×24 and 1×96":    func() { vit.Images(mat.New[float32](1, 24)) },
		"encoder.Trainable.Backward: there was no":   func() { bert.Backward(mat.New[float32](3, 24)) },
	} {
		misuse.Panics(t, name, call)
	}
	if y, err := bert.Texts(Texts{}); err != nil || y.Rows() != 0 || y.Cols() != 24 {
		t.Errorf("no texts: %v, %v", y, err)
	}
	bert.Backward(mat.New[float32](0, 24))
}
